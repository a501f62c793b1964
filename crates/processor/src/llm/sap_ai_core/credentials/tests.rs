//! Credentials wherever they may be, in every layout; and what is said of those that can't be used.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::*;

/// A service key whose client has this name.
fn key(client: &str) -> Value {
    json!({
        "clientid": format!("sb-{client}!b1|aicore!b2"),
        "clientsecret": "s$1=",
        "url": "https://zone.authentication.example.com",
        "identityzone": "zone",
        "serviceurls": {"AI_API_URL": "https://api.example.com"},
    })
}

/// A binding's files below `root`: one key per credential, as the operator writes them.
fn per_credential(root: &Path, name: &str, client: &str, kind: &str) {
    let mut files = key(client);
    files["type"] = json!(kind);
    files["label"] = json!(kind);
    files["tags"] = json!("[]");
    write(root, name, files.as_object().unwrap());
}

fn write(root: &Path, name: &str, files: &Map<String, Value>) {
    let folder = root.join(name);
    fs::create_dir_all(&folder).unwrap();
    for (name, value) in files {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        fs::write(folder.join(name), text).unwrap();
    }
    // Kubernetes's own links, and the facts that the operator adds.
    fs::create_dir_all(folder.join("..data")).unwrap();
    fs::write(folder.join(".metadata"), "{}").unwrap();
}

fn surroundings(variables: &[(&str, &str)]) -> Surroundings {
    let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    Surroundings::new(variables).with_binding_folders([])
}

#[track_caller]
fn check(surroundings: &Surroundings, client: &str) -> Credentials {
    let found = surroundings.credentials().unwrap();
    assert_eq!(found.client_id, format!("sb-{client}!b1|aicore!b2"), "{}", found.place);
    assert_eq!(found.proof, Proof::ClientSecret(Secret::new("s$1=")));
    assert_eq!(found.token_url.as_str(), "https://zone.authentication.example.com/oauth/token");
    assert_eq!(found.api_url.as_str(), "https://api.example.com/v2");
    found
}

#[track_caller]
fn refused(surroundings: &Surroundings, place: &str, problem: &str) {
    let error = surroundings.credentials().unwrap_err().to_string();
    assert!(error.contains(place) && error.contains(problem), "{error}\n  lacks {place} or {problem}");
}

#[test]
fn the_first_place_that_has_any_wins() {
    let folders = TempDir::new().unwrap();
    let root = |name: &str| folders.path().join(name);
    let (service_key, vcap) =
        (key("key").to_string(), json!({"aicore": [{"credentials": key("vcap")}]}).to_string());
    let mut variables = vec![("VCAP_SERVICES".to_owned(), vcap)];
    let around = |variables: &[(String, String)]| {
        Surroundings::new(variables.to_vec()).with_binding_folders([root("sapbtp"), root("sapcp")])
    };
    // From the last place to the first: each new one wins.
    assert_eq!(check(&around(&variables), "vcap").place, "VCAP_SERVICES");
    per_credential(&root("sapcp"), "instance", "sapcp", "aicore");
    check(&around(&variables), "sapcp");
    per_credential(&root("sapbtp"), "instance", "sapbtp", "aicore");
    check(&around(&variables), "sapbtp");
    // Beside other services' bindings, one that says it is SAP AI Core's.
    per_credential(&root("bindings"), "a-database", "database", "hana");
    variables.push(("SERVICE_BINDING_ROOT".to_owned(), root("bindings").display().to_string()));
    check(&around(&variables), "sapbtp");
    per_credential(&root("bindings"), "b-aicore", "root", "aicore");
    assert!(check(&around(&variables), "root").place.ends_with("b-aicore"));
    for (name, value) in [
        ("AICORE_CLIENT_ID", "sb-variables!b1|aicore!b2"),
        ("AICORE_CLIENT_SECRET", "s$1="),
        ("AICORE_AUTH_URL", "https://zone.authentication.example.com/oauth/token/"),
        ("AICORE_BASE_URL", "https://api.example.com/v2"),
    ] {
        variables.push((name.to_owned(), value.to_owned()));
    }
    check(&around(&variables), "variables");
    variables.push(("AICORE_SERVICE_KEY".to_owned(), service_key));
    check(&around(&variables), "key");
    // Empty is unset.
    variables.push(("AICORE_SERVICE_KEY".to_owned(), " ".to_owned()));
    check(&around(&variables), "key");
}

#[test]
fn a_bindings_secret_has_one_of_three_layouts() {
    let folders = TempDir::new().unwrap();
    let root = folders.path().display().to_string();
    let around = surroundings(&[("SERVICE_BINDING_ROOT", &root)]);
    let check_layout = |name: &str, files: Value, client: &str| {
        write(folders.path(), name, files.as_object().unwrap());
        check(&around, client);
        fs::remove_dir_all(folders.path().join(name)).unwrap();
    };
    per_credential(folders.path(), "one", "each", "aicore");
    check(&around, "each");
    fs::remove_dir_all(folders.path().join("one")).unwrap();
    check_layout("secret-key", json!({"k": key("whole"), "type": "aicore", "plan": "extended"}), "whole");
    let mut everything = key("root");
    everything["type"] = json!("aicore");
    check_layout("secret-root-key", json!({"k": everything}), "root");
    check_layout("nested", json!({"k": {"credentials": key("nested"), "label": "aicore\n"}}), "nested");
    // Serviceurls as text, with trailing line ends, as files have them.
    let mut text = key("text");
    text["serviceurls"] = json!("{\"AI_API_URL\":\"https://api.example.com/\"}\n");
    text["type"] = json!("aicore\n");
    check_layout("text", text, "text");
}

#[test]
fn a_binding_that_is_rotated_in_place_is_read_anew() {
    let folders = TempDir::new().unwrap();
    let around = Surroundings::default().with_binding_folders([folders.path().to_owned()]);
    per_credential(folders.path(), "instance", "old", "aicore");
    check(&around, "old");
    per_credential(folders.path(), "instance", "new", "aicore");
    check(&around, "new");
}

#[test]
fn cloud_foundry_names_services_by_label_or_tag() {
    for services in [
        json!({"hana": [{"credentials": {}}], "aicore": [{"label": "aicore", "credentials": key("cf")}]}),
        json!({"user-provided": [{"label": "user-provided", "tags": ["aicore"], "credentials": key("cf")}]}),
    ] {
        check(&surroundings(&[("VCAP_SERVICES", &services.to_string())]), "cf");
    }
    refused(&surroundings(&[("VCAP_SERVICES", r#"{"hana": []}"#)]), "no credentials", "AICORE_SERVICE_KEY");
    refused(&surroundings(&[("VCAP_SERVICES", "[]")]), "VCAP_SERVICES", "not a JSON object");
    refused(&surroundings(&[("VCAP_SERVICES", r#"{"aicore": [{}]}"#)]), "VCAP_SERVICES", "`credentials`");
}

#[test]
fn what_is_wrong_is_named_and_no_value_is_shown() {
    let with = |name: &str, value: Value| {
        let mut key = key("x");
        key[name] = value;
        surroundings(&[("AICORE_SERVICE_KEY", &key.to_string())])
    };
    let place = "AICORE_SERVICE_KEY";
    refused(&surroundings(&[]), "no credentials", "SERVICE_BINDING_ROOT");
    refused(&surroundings(&[(place, "sb-secret")]), place, "not JSON");
    refused(&surroundings(&[(place, "[]")]), place, "not a JSON object");
    refused(&with("clientid", json!("")), place, "`clientid` is missing");
    refused(&with("clientsecret", Value::Null), place, "neither `clientsecret` nor");
    refused(&with("url", Value::Null), place, "`url` is missing");
    refused(&with("url", json!("ftp://x")), place, "`url` is not an http or https address");
    refused(&with("serviceurls", json!({})), place, "AI_API_URL");
    let mut x509 = key("x");
    (x509["certificate"], x509["key"]) = (json!("nonsense"), json!("nonsense"));
    refused(&surroundings(&[(place, &x509.to_string())]), place, "`certificate` and `key` are not PEM");
    refused(&surroundings(&[("AICORE_CLIENT_ID", "x")]), "AICORE_CLIENT_ID", "neither");
    let missing = [("AICORE_CLIENT_ID", "x"), ("AICORE_CERT_FILE_PATH", "/nowhere.pem")];
    refused(&surroundings(&missing), "/nowhere.pem", "can't be read");
    let around = with("clientid", json!(""));
    assert!(!format!("{around:?} {:?}", around.credentials()).contains("s$1"));
    assert!(!format!("{:?}", with("x", Value::Null).credentials()).contains("s$1"));
}

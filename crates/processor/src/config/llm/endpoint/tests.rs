//! Keys of section `llm` and what they make of a call; and what is refused.

use docmill_chassis::config::Sections;
use serde_json::json;

use super::*;

const BASE_URL: (&str, &str) = ("BASE_URL", "https://llm.example.com/v1/");

fn service_key() -> String {
    json!({
        "clientid": "id",
        "clientsecret": "topsecret",
        "url": "https://zone.example.com",
        "serviceurls": {"AI_API_URL": "https://api.example.com"},
    })
    .to_string()
}

/// The settings of these keys (without `DOCMILL_LLM__`), with SAP AI Core's own variables around.
fn read(keys: &[(&str, &str)], around: &[(&str, &str)]) -> (LlmSettings, Problems) {
    let mut problems = Problems::default();
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    let variables = keys.iter().map(|(key, value)| (format!("DOCMILL_LLM__{key}"), (*value).to_owned()));
    let sections = Sections::load(None, variables, &mut problems);
    let section: LlmSection = sections.section("llm", &mut problems);
    let surroundings = Surroundings::new(around.iter().map(owned)).with_binding_folders([]);
    let settings = section.endpoint(surroundings, 8, &mut problems);
    (settings, problems)
}

#[track_caller]
fn openai(keys: &[(&str, &str)]) -> (OpenAiSettings, LlmSettings) {
    let (settings, problems) = read(&[&[BASE_URL, ("MODEL", "m")], keys].concat(), &[]);
    assert!(problems.is_empty(), "{problems}");
    let Provider::OpenAi(endpoint) = settings.provider.clone() else { panic!("the default is openai") };
    (endpoint, settings)
}

#[track_caller]
fn ai_core(keys: &[(&str, &str)], around: &[(&str, &str)]) -> (SapAiCoreSettings, LlmSettings) {
    let key = service_key();
    let keys = [&[("PROVIDER", "sap-ai-core"), ("MODEL", "gpt-5")], keys].concat();
    let (settings, problems) = read(&keys, &[&[("AICORE_SERVICE_KEY", key.as_str())], around].concat());
    assert!(problems.is_empty(), "{problems}");
    let Provider::SapAiCore(ai_core) = settings.provider.clone() else { panic!("it is SAP AI Core") };
    (ai_core, settings)
}

#[track_caller]
fn refused(keys: &[(&str, &str)], around: &[(&str, &str)], expected: &[&str]) {
    let (_, problems) = read(keys, around);
    let found = problems.as_slice();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}\n  lacks: {expected}");
        assert!(!found.contains("topsecret"), "{found}");
    }
}

#[test]
fn an_endpoint_of_openais_needs_an_address_and_a_key() {
    let (endpoint, settings) = openai(&[("API_KEY", "k")]);
    assert_eq!(endpoint.url.as_str(), "https://llm.example.com/v1/chat/completions");
    assert_eq!(endpoint.headers["authorization"], "Bearer k");
    assert!(endpoint.names_model);
    assert_eq!(settings.endpoint_name, "https://llm.example.com/v1");
    assert_eq!(settings.parameters, Parameters::default());
}

#[test]
fn azures_habits_are_keys() {
    let (endpoint, _) = openai(&[
        ("API_KEY", "k"),
        ("API_KEY_HEADER", "api-key"),
        ("QUERY", "?api-version=2024-10-21"),
        ("MODEL_IN_BODY", "false"),
        ("HEADERS", "X-Team: a:b, X-Other: c"),
    ]);
    assert_eq!(endpoint.url.as_str(), "https://llm.example.com/v1/chat/completions?api-version=2024-10-21");
    assert_eq!(endpoint.headers["api-key"], "k");
    assert_eq!(
        (&endpoint.headers["x-team"], &endpoint.headers["x-other"]),
        (&"a:b".parse().unwrap(), &"c".parse().unwrap())
    );
    assert!(!endpoint.headers.contains_key("authorization"));
    assert!(!endpoint.names_model);
    assert!(!format!("{endpoint:?}").contains("a:b"));
}

#[test]
fn parameters_follow_the_model_unless_they_are_set() {
    let check = |keys: &[(&str, &str)], expected: (&str, bool)| {
        let (_, settings) = openai(keys);
        let parameters = settings.parameters;
        assert_eq!((parameters.reply_tokens, parameters.is_temperature_zero), expected, "{keys:?}");
    };
    check(&[("MODEL", "gpt-4.1")], ("max_tokens", true));
    check(&[("MODEL", "gpt-5-mini")], ("max_completion_tokens", false));
    check(&[("MODEL", "o3")], ("max_completion_tokens", false));
    check(&[("MODEL", "gpt-5"), ("REPLY_TOKENS_PARAMETER", "max_tokens")], ("max_tokens", false));
    check(&[("MODEL", "m"), ("TEMPERATURE", "unset")], ("max_tokens", false));
    check(&[("MODEL", "o1"), ("TEMPERATURE", "zero")], ("max_completion_tokens", true));
}

#[test]
fn sap_ai_core_needs_nothing_but_its_service_key_and_a_model() {
    let (found, settings) = ai_core(&[], &[]);
    assert_eq!(
        (found.api, found.resource_group.as_str(), found.query.as_str()),
        (Api::Auto, "default", DEFAULT_QUERY)
    );
    assert_eq!(settings.endpoint_name, "api.example.com/default");
    let around = [("AICORE_RESOURCE_GROUP", "team-a")];
    assert_eq!(ai_core(&[], &around).0.resource_group, "team-a");
    let keys = [
        ("SAP_AI_CORE__API", "foundation-model"),
        ("SAP_AI_CORE__RESOURCE_GROUP", "team-b"),
        ("SAP_AI_CORE__MODEL_VERSION", "2025-08-07"),
        ("QUERY", "api-version=2025-01-01"),
    ];
    let (found, settings) = ai_core(&keys, &around);
    assert_eq!((found.api, found.resource_group.as_str()), (Api::FoundationModel, "team-b"));
    assert_eq!(found.query, "api-version=2025-01-01");
    assert_eq!(settings.model_version(), Some("2025-08-07"));
}

#[test]
fn what_cannot_work_is_refused() {
    let model = ("MODEL", "m");
    let address = "is not an http or https address";
    refused(&[("BASE_URL", "ftp://x"), model], &[], &[address]);
    refused(&[("BASE_URL", "http://"), model], &[], &[address]);
    refused(&[("BASE_URL", "http://x/v1/chat/completions"), model], &[], &["leave that out"]);
    refused(&[("BASE_URL", "http://u:p@x/v1"), model], &[], &["holds credentials"]);
    refused(&[("BASE_URL", "http://x/v1?api-version=1"), model], &[], &["llm.query"]);
    refused(&[BASE_URL, model, ("QUERY", "a b")], &[], &["llm.query"]);
    refused(&[BASE_URL, model, ("API_KEY", "k"), ("API_KEY_HEADER", "a b")], &[], &["llm.api_key_header"]);
    refused(&[BASE_URL, model, ("HEADERS", "topsecret")], &[], &["llm.headers: is a list"]);
    refused(&[BASE_URL, model, ("CA_FILE", "/nowhere")], &[], &["llm.ca_file: /nowhere"]);
    refused(&[BASE_URL, model, ("CA_FILE", "Cargo.toml")], &[], &["no certificate as PEM"]);
    refused(&[BASE_URL, model, ("SAP_AI_CORE__API", "orchestration")], &[], &["llm.sap_ai_core"]);
    refused(&[BASE_URL, model, ("TEMPERATURE", "warm")], &[], &["unknown variant"]);
    refused(&[BASE_URL, model, ("IDLE_TIMEOUT_SECONDS", "0")], &[], &["llm.idle_timeout_seconds"]);

    let (provider, key) = (("PROVIDER", "sap-ai-core"), service_key());
    let around = [("AICORE_SERVICE_KEY", key.as_str())];
    refused(&[provider, model], &[], &["no credentials for SAP AI Core"]);
    refused(&[provider, model, BASE_URL], &around, &["llm.base_url: has no use"]);
    refused(&[provider, model, ("API_KEY", "k")], &around, &["llm.api_key: has no use"]);
    refused(&[provider], &around, &["llm.model"]);
    refused(&[provider, model, ("SAP_AI_CORE__API", "azure")], &around, &["unknown variant"]);
    refused(&[provider, model], &[around[0], ("AICORE_RESOURCE_GROUP", "a b")], &["no resource group"]);
    refused(
        &[provider, model],
        &[("AICORE_SERVICE_KEY", "topsecret")],
        &["AICORE_SERVICE_KEY can't be used: it is not JSON"],
    );
}

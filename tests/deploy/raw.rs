//! `keda/` and `deploy/` are the chart's rendering, complete, of this version, and with a NATS that keeps what it acknowledged.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::helm::{all_scenarios, named, objects, of_kind, root, script};

/// Files that are beside a kustomization for people to apply by hand.
const BY_HAND: [&str; 1] = ["ai-core.yaml"];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array()
        .map_or_else(Vec::new, |list| list.iter().map(|item| item.as_str().unwrap().to_owned()).collect())
}

#[test]
fn raw_manifests_equal_the_rendering() {
    let output = script("render.py", &["--check"]);
    let differing = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "run scripts/helm/render.py; these differ:\n{differing}");
    assert_eq!(differing, "");
}

#[test]
fn kustomizations_name_every_file_beside_them() {
    for folder in ["keda", "deploy/base", "deploy/overlays/trial", "deploy/kyma"] {
        let kustomization = objects(&read(&format!("{folder}/kustomization.yaml"))).remove(0);
        let resources = strings(&kustomization["resources"]);
        let patches = kustomization["patches"].as_array().cloned().unwrap_or_default();
        let patches = patches.iter().map(|patch| patch["path"].as_str().unwrap().to_owned());
        let mentioned: BTreeSet<String> = resources.iter().cloned().chain(patches).collect();

        let present: BTreeSet<String> = fs::read_dir(root().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|file| file != "kustomization.yaml" && !BY_HAND.contains(&file.as_str()))
            .collect();
        let files: BTreeSet<String> =
            mentioned.iter().filter(|name| !name.starts_with("..")).cloned().collect();
        assert_eq!(files, present, "{folder}");
        for base in mentioned.iter().filter(|name| name.starts_with("..")) {
            assert!(root().join(folder).join(base).join("kustomization.yaml").exists(), "{folder}: {base}");
        }
    }
}

/// Kustomize would refuse a patch without a target; a patched container that isn't there would be added.
#[test]
fn the_trial_patches_what_is_there() {
    let workers = objects(&read("deploy/base/workers.yaml"));
    let patch = objects(&read("deploy/overlays/trial/processor.yaml")).remove(0);
    let target = named(&workers, "Deployment", &patch["metadata"]["name"]);
    assert_eq!(target["metadata"]["namespace"], patch["metadata"]["namespace"]);
    let container = |object: &Value| object["spec"]["template"]["spec"]["containers"][0]["name"].clone();
    assert_eq!(container(target), container(&patch));

    let services = objects(&read("deploy/overlays/trial/mock-llm.yaml"));
    let service = named(&services, "Service", &json!("docmill-mock-llm"));
    let environment = &patch["spec"]["template"]["spec"]["containers"][0]["env"];
    let port = &service["spec"]["ports"][0]["port"];
    let base_url = format!("http://docmill-mock-llm.docmill.svc:{port}/v1");
    assert!(
        environment.as_array().unwrap().iter().any(|variable| variable["value"] == base_url),
        "{environment}"
    );
}

/// What is applied by hand makes the Secret that the pods beside it mount, and lets it rotate.
#[test]
fn kyma_mounts_the_secret_that_its_binding_makes() {
    let services = objects(&read("deploy/kyma/ai-core.yaml"));
    let [instance, binding] = services.as_slice() else { panic!("an instance and a binding") };
    assert_eq!(instance["kind"], "ServiceInstance");
    assert_eq!(instance["spec"], json!({"serviceOfferingName": "aicore", "servicePlanName": "extended"}));
    assert_eq!(binding["kind"], "ServiceBinding");
    assert_eq!(binding["spec"]["serviceInstanceName"], instance["metadata"]["name"]);
    assert_eq!(binding["spec"]["credentialsRotationPolicy"]["enabled"], true);
    for file in ["workers.yaml", "provision.yaml"] {
        let pods = objects(&read(&format!("deploy/kyma/{file}")));
        let mounted = pods.iter().any(|object| {
            assert_eq!(object["metadata"]["namespace"], binding["metadata"]["namespace"]);
            let volumes = object["spec"]["template"]["spec"]["volumes"].as_array().unwrap();
            volumes.iter().any(|volume| volume["secret"]["secretName"] == binding["spec"]["secretName"])
        });
        assert!(mounted, "{file}");
    }
}

#[test]
fn chart_and_images_have_the_workspace_version() {
    let chart = objects(&read("charts/docmill/Chart.yaml")).remove(0);
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    let compose = read("deploy/compose.yaml");
    let images: Vec<&str> =
        compose.lines().filter_map(|line| line.trim().strip_prefix("image: docmill")).collect();
    assert_eq!(images.len(), 4);
    assert!(
        images.iter().all(|image| image.ends_with(concat!(":", env!("CARGO_PKG_VERSION")))),
        "{images:?}"
    );
}

#[test]
fn nats_syncs_every_acknowledged_message() {
    let mut configurations = vec![("deploy/nats.conf".to_owned(), read("deploy/nats.conf"))];
    for (scenario, objects) in all_scenarios() {
        let rendered = of_kind(objects, "ConfigMap").filter_map(|map| map["data"]["nats.conf"].as_str());
        configurations.extend(rendered.map(|text| (scenario.clone(), text.to_owned())));
    }
    assert!(configurations.len() >= 3);
    for (place, text) in configurations {
        assert!(text.contains("\n  sync_interval: always\n"), "{place}");
        assert!(text.contains("\nhttp: \"0.0.0.0:8222\"\n"), "{place}");
    }
}

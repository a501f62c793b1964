//! Every pod meets the restricted Pod Security level, and what objects say of each other is there.

use docmill_processor::llm::sap_ai_core::BINDING_FOLDERS;
use serde_json::{Value, json};

use crate::helm::{all_scenarios, named, of_kind, template_with};

const WITH_PODS: [&str; 3] = ["Deployment", "StatefulSet", "Job"];

/// The pod templates of a rendering, each with the name of its object; a bare pod is its own.
fn pods(objects: &[Value]) -> Vec<(&Value, &Value)> {
    let templates = objects
        .iter()
        .filter(|object| WITH_PODS.contains(&object["kind"].as_str().unwrap()))
        .map(|object| (&object["metadata"]["name"], &object["spec"]["template"]));
    let bare = of_kind(objects, "Pod").map(|pod| (&pod["metadata"]["name"], pod));
    let timed = of_kind(objects, "CronJob")
        .map(|object| (&object["metadata"]["name"], &object["spec"]["jobTemplate"]["spec"]["template"]));
    templates.chain(bare).chain(timed).collect()
}

fn check_restricted(name: &Value, pod: &Value) {
    assert_eq!(pod["automountServiceAccountToken"], false, "{name}");
    let context = &pod["securityContext"];
    assert_eq!(context["runAsNonRoot"], true, "{name}");
    assert_eq!((&context["runAsUser"], &context["runAsGroup"]), (&json!(10001), &json!(30001)), "{name}");
    assert_eq!(context["seccompProfile"], json!({"type": "RuntimeDefault"}), "{name}");
    for container in pod["containers"].as_array().unwrap() {
        let expected = json!({
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        });
        assert_eq!(container["securityContext"], expected, "{name}");
        assert!(container["resources"]["limits"]["memory"].is_string(), "{name}: memory has no limit");
    }
    for volume in pod["volumes"].as_array().into_iter().flatten() {
        let kinds: Vec<&String> = volume.as_object().unwrap().keys().filter(|key| *key != "name").collect();
        assert!(
            ["configMap", "secret", "projected", "emptyDir"].contains(&kinds[0].as_str()),
            "{name}: {kinds:?}"
        );
        if let Some(directory) = volume.get("emptyDir") {
            assert!(directory["sizeLimit"].is_string(), "{name}: a directory without a limit");
        }
    }
}

#[test]
fn pods_meet_the_restricted_level() {
    for (_, objects) in all_scenarios() {
        let pods = pods(objects);
        assert!(pods.len() >= 2);
        pods.iter().for_each(|(name, pod)| check_restricted(name, &pod["spec"]));
    }
}

#[test]
fn pods_refer_to_what_is_there() {
    for (scenario, objects) in all_scenarios() {
        for (name, pod) in pods(objects) {
            let account = named(objects, "ServiceAccount", &pod["spec"]["serviceAccountName"]);
            assert_eq!(account["automountServiceAccountToken"], false, "{scenario}: {name}");
            let volumes = pod["spec"]["volumes"].as_array().cloned().unwrap_or_default();
            for volume in &volumes {
                let projected = volume["projected"]["sources"].as_array().into_iter().flatten();
                let maps = projected.filter_map(|source| source["configMap"].get("name"));
                maps.chain(volume["configMap"].get("name")).for_each(|map| {
                    named(objects, "ConfigMap", map);
                });
            }
            let mounts = pod["spec"]["containers"][0]["volumeMounts"].as_array().cloned().unwrap_or_default();
            for mount in mounts {
                let claimed = mount["name"] == "data" && name == "docmill-nats";
                let there = claimed || volumes.iter().any(|volume| volume["name"] == mount["name"]);
                assert!(there, "{scenario}: {name} mounts {}", mount["name"]);
            }
        }
    }
}

/// Do labels satisfy a selector's `matchLabels`?
fn selects(selector: &Value, labels: &Value) -> bool {
    selector.as_object().unwrap().iter().all(|(key, value)| labels[key] == *value)
}

#[test]
fn selectors_select() {
    for (scenario, objects) in all_scenarios() {
        let pods = pods(objects);
        let selected = |selector: &Value| {
            pods.iter().filter(|(_, pod)| selects(selector, &pod["metadata"]["labels"])).count()
        };
        for object in objects {
            let name = format!("{scenario}: {} {}", object["kind"], object["metadata"]["name"]);
            match object["kind"].as_str().unwrap() {
                "Deployment" | "StatefulSet" | "PodDisruptionBudget" => {
                    assert_eq!(selected(&object["spec"]["selector"]["matchLabels"]), 1, "{name}");
                }
                "Service" => assert!(selected(&object["spec"]["selector"]) >= 1, "{name}"),
                "PodMonitor" => assert!(selected(&object["spec"]["selector"]["matchLabels"]) >= 2, "{name}"),
                "NetworkPolicy" => {
                    assert!(selected(&object["spec"]["podSelector"]["matchLabels"]) >= 1, "{name}")
                }
                _ => {}
            }
        }
    }
}

#[test]
fn workers_are_probed_and_told_of_new_configuration() {
    for (_, objects) in all_scenarios() {
        for (name, pod) in pods(objects) {
            let container = &pod["spec"]["containers"][0];
            if container["ports"][0]["containerPort"] != 8080 {
                continue;
            }
            assert_eq!(
                container["livenessProbe"]["httpGet"],
                json!({"path": "/livez", "port": "http"}),
                "{name}"
            );
            assert_eq!(
                container["readinessProbe"]["httpGet"],
                json!({"path": "/readyz", "port": "http"}),
                "{name}"
            );
            let checksum = pod["metadata"]["annotations"]["docmill/config-checksum"].as_str().unwrap();
            assert_eq!(checksum.len(), 64, "{name}");
        }
    }
}

/// The binding goes, as files, to those that read the processor's configuration; in the environment it would not follow
/// a rotation.
#[test]
fn the_binding_is_mounted_read_only_where_it_is_read() {
    for (scenario, objects) in all_scenarios() {
        for (name, pod) in pods(objects) {
            let component = pod["metadata"]["labels"]["app.kubernetes.io/component"].as_str().unwrap();
            let expected = *scenario == "sap-ai-core" && ["processor", "provision"].contains(&component);
            let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
            let mut volumes = list(&pod["spec"]["volumes"]);
            volumes.retain(|volume| volume["name"] == "ai-core-binding");
            let mut mounts = list(&pod["spec"]["containers"][0]["volumeMounts"]);
            mounts.retain(|mount| mount["name"] == "ai-core-binding");
            if !expected {
                assert_eq!((volumes, mounts), (Vec::new(), Vec::new()), "{scenario}: {name}");
                continue;
            }
            let volume = json!({"name": "ai-core-binding", "secret": {"secretName": "docmill-aicore"}});
            assert_eq!(volumes, [volume], "{name}");
            let path = format!("{}/docmill-aicore", BINDING_FOLDERS[0]);
            let mount = json!({"name": "ai-core-binding", "mountPath": path, "readOnly": true});
            assert_eq!(mounts, [mount], "{name}");
            let key = "DOCMILL_LLM__API_KEY";
            let variables = list(&pod["spec"]["containers"][0]["env"]);
            assert!(variables.iter().all(|variable| variable["name"] != key), "{name} has {key}");
        }
    }
}

/// SAP AI Core is asked over HTTPS, wherever it is.
#[test]
fn the_network_policy_lets_workers_reach_sap_ai_core() {
    let (_, objects) = all_scenarios().iter().find(|(scenario, _)| scenario == "sap-ai-core").unwrap();
    let policy = named(objects, "NetworkPolicy", &json!("docmill-workers"));
    let anywhere = policy["spec"]["egress"].as_array().unwrap().iter().filter(|rule| rule["to"].is_null());
    let mut ports = anywhere.flat_map(|rule| rule["ports"].as_array().unwrap());
    assert!(ports.any(|port| *port == json!({"protocol": "TCP", "port": 443})), "{policy}");
}

/// Each program has a login of its own, under the name that the accounts know it by; only NATS knows all passwords.
#[test]
fn each_program_has_its_own_login() {
    let (_, objects) = all_scenarios().iter().find(|(scenario, _)| scenario == "kyma").unwrap();
    let config = named(objects, "ConfigMap", &json!("docmill-nats"));
    let accounts = config["data"]["accounts.conf"].as_str().unwrap();
    assert!(config["data"]["nats.conf"].as_str().unwrap().contains("include accounts.conf"));
    let key = |variable: &Value| variable["valueFrom"]["secretKeyRef"]["key"].as_str().map(str::to_owned);
    for (name, pod) in pods(objects) {
        let variables = pod["spec"]["containers"][0]["env"].as_array().unwrap();
        let of = |name: &str| variables.iter().find(|variable| variable["name"] == name);
        let component = pod["metadata"]["labels"]["app.kubernetes.io/component"].as_str().unwrap();
        let login = match component {
            "nats" => {
                for login in ["processor", "analyser", "publisher", "operator"] {
                    let variable = format!("DOCMILL_{}_PASSWORD", login.to_uppercase());
                    assert_eq!(of(&variable).and_then(key).as_deref(), Some(login));
                    assert!(accounts.contains(&format!("user: {login}, password: ${variable}")));
                }
                continue;
            }
            "provision" | "reconcile" => "operator",
            worker => worker,
        };
        assert_eq!(of("DOCMILL_NATS__USER").unwrap()["value"], login, "{name}");
        assert_eq!(of("DOCMILL_NATS__PASSWORD").and_then(key).as_deref(), Some(login), "{name}");
    }
    for scaled_object in of_kind(objects, "ScaledObject") {
        assert_eq!(scaled_object["spec"]["triggers"][0]["metadata"]["account"], "DOCMILL");
        assert!(accounts.contains("\n  DOCMILL {\n"));
    }
}

/// Every program of the release sends its spans: one that didn't would leave a hole in each trace.
#[test]
fn every_program_has_the_collectors_headers_and_the_share() {
    let (_, objects) = all_scenarios().iter().find(|(scenario, _)| scenario == "priority").unwrap();
    let mut with_configuration = 0;
    for (name, pod) in pods(objects) {
        let variables = pod["spec"]["containers"][0]["env"].as_array().unwrap();
        let of = |name: &str| variables.iter().find(|variable| variable["name"] == name);
        if of("DOCMILL_CONFIG").is_none() {
            continue;
        }
        let headers = json!({"secretKeyRef": {"name": "docmill-collector", "key": "headers"}});
        assert_eq!(of("OTEL_EXPORTER_OTLP_HEADERS").unwrap()["valueFrom"], headers, "{name}");
        assert_eq!(of("OTEL_TRACES_SAMPLER").unwrap()["value"], "parentbased_traceidratio", "{name}");
        assert_eq!(of("OTEL_TRACES_SAMPLER_ARG").unwrap()["value"], "0.25", "{name}");
        with_configuration += 1;
    }
    // Four workers, two Jobs and the pod of `helm test`.
    assert_eq!(with_configuration, 7);
}

/// The LLM's key goes to who calls the LLM.
#[test]
fn only_processors_hold_the_llm_key() {
    let mut holders = 0;
    for (_, objects) in all_scenarios() {
        for (name, pod) in pods(objects) {
            let variables = pod["spec"]["containers"][0]["env"].as_array().cloned().unwrap_or_default();
            if variables.iter().any(|variable| variable["name"] == "DOCMILL_LLM__API_KEY") {
                assert_eq!(pod["metadata"]["labels"]["app.kubernetes.io/component"], "processor", "{name}");
                holders += 1;
            }
        }
    }
    assert!(holders >= 4);
}

/// What cluster autoscalers add nodes for, unless they are told otherwise (`--expendable-pods-priority-cutoff`).
const EXPENDABLE_BELOW: i64 = -10;

/// A fleet that fills the cluster must not keep out the NATS that it waits for, nor the analysers that finish its work.
#[test]
fn workers_make_room() {
    for (scenario, objects) in all_scenarios() {
        let priority = |name: &Value| -> i64 {
            let class = if name.is_null() { &Value::Null } else { named(objects, "PriorityClass", name) };
            class["value"].as_i64().unwrap_or(0)
        };
        let of = |component: &str| -> Vec<i64> {
            let found = pods(objects)
                .into_iter()
                .filter(|(_, pod)| pod["metadata"]["labels"]["app.kubernetes.io/component"] == component);
            found.map(|(_, pod)| priority(&pod["spec"]["priorityClassName"])).collect()
        };
        let (processors, analysers) = (of("processor"), of("analyser"));
        assert!(!processors.is_empty() && !analysers.is_empty(), "{scenario}");
        assert!(processors.iter().all(|&value| value >= EXPENDABLE_BELOW), "{scenario}: {processors:?}");
        assert!(
            processors.iter().max() < analysers.iter().min(),
            "{scenario}: processors make room for analysers"
        );
        for component in ["nats", "mock-llm", "provision", "reconcile"] {
            assert!(
                of(component).iter().all(|value| analysers.iter().max() < Some(value)),
                "{scenario}: {component}"
            );
        }
    }
}

#[test]
fn workers_have_the_class_they_are_given_or_none() {
    for (values, expected) in [
        (json!({"processor": {"priorityClassName": "batch"}}), json!("batch")),
        (json!({"priorityClasses": {"enabled": false}}), Value::Null),
    ] {
        let objects = template_with("trial", &values).unwrap();
        let processor = named(&objects, "Deployment", &json!("docmill-processor-bulk"));
        assert_eq!(processor["spec"]["template"]["spec"]["priorityClassName"], expected);
    }
}

/// A name that is asked for before it exists is remembered as absent by the cluster's DNS: workers would wait half a minute for it.
#[test]
fn nats_has_its_name_before_its_pod() {
    for (_, objects) in all_scenarios() {
        of_kind(objects, "Service")
            .filter(|service| service["spec"]["selector"]["app.kubernetes.io/component"] == "nats")
            .for_each(|service| assert_ne!(service["spec"]["clusterIP"], "None"));
    }
}

//! The programs accept the configuration exactly as a pod would give it to them: the rendered file and environment go
//! through their own readers, which know every key and refuse what can't work.

use std::fs;

use docmill_processor::llm::sap_ai_core::Api;
use docmill_processor::llm::settings::Provider;
use serde_json::{Value, json};

use crate::helm::{all_scenarios, named, objects as parsed, of_kind, root, template_with};
use crate::programs::{Read, bytes, lay_out, processor_containers, read, read_processor, workers};

#[test]
fn programs_accept_what_is_rendered() {
    for (scenario, objects) in all_scenarios() {
        for deployment in workers(objects) {
            let name = format!("{scenario}: {}", deployment["metadata"]["name"]);
            let Read { problems, chassis, .. } = read(objects, deployment);
            assert_eq!(problems, Vec::<String>::new(), "{name}");

            let template = &deployment["spec"]["template"];
            assert_eq!(
                chassis.worker.lane.as_str(),
                template["metadata"]["labels"]["docmill/lane"],
                "{name}"
            );
            let grace_seconds = template["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap();
            assert!(chassis.worker.drain.as_secs() < grace_seconds, "{name}");
            assert_eq!(chassis.http.listen.port(), 8080, "{name}");
        }
    }
}

/// The provisioning Job reads the whole configuration: where it lacks the binding, nothing would ever be provisioned.
#[test]
fn whoever_reads_the_configuration_finds_the_binding() {
    let ai_core = json!({"api": "orchestration", "resourceGroup": "team-a", "modelVersion": "2025-04-14"});
    let objects = template_with("sap-ai-core", &json!({"llm": {"sapAiCore": ai_core}})).unwrap();
    for container in processor_containers(&objects) {
        let folder = tempfile::tempdir().unwrap();
        let file = lay_out(&objects, folder.path());
        assert!(!fs::read_to_string(&file).unwrap().contains("base_url"), "the binding says the address");
        let (settings, problems) = read_processor(&file, container, folder.path());
        assert!(problems.is_empty(), "{}: {problems}", container["name"]);
        let Provider::SapAiCore(ai_core) = settings.llm.provider else { panic!("{:?}", settings.llm) };
        assert_eq!(ai_core.api, Api::Orchestration);
        assert_eq!(ai_core.resource_group, "team-a");
        assert_eq!(ai_core.model_version.as_deref(), Some("2025-04-14"));
        let credentials = ai_core.surroundings.credentials().unwrap();
        assert_eq!(credentials.api_url.host_str(), Some("api.example.com"));

        let unmounted = json!({"name": "unmounted", "env": container["env"], "volumeMounts": [], "resources": container["resources"]});
        let folder = tempfile::tempdir().unwrap();
        let file = lay_out(&objects, folder.path());
        let (_, problems) = read_processor(&file, &unmounted, folder.path());
        assert!(problems.to_string().contains("no credentials"), "{problems}");
    }
}

/// `deploy/kyma` is rendered from two files of values on top of each other, which is no scenario.
#[test]
fn the_processor_accepts_what_kyma_is_given() {
    let files = ["config", "workers", "provision"].map(|name| {
        let file = root().join(format!("deploy/kyma/{name}.yaml"));
        parsed(&fs::read_to_string(file).unwrap())
    });
    let objects = files.concat();
    for container in processor_containers(&objects) {
        let folder = tempfile::tempdir().unwrap();
        let file = lay_out(&objects, folder.path());
        let (settings, problems) = read_processor(&file, container, folder.path());
        assert!(problems.is_empty(), "{}: {problems}", container["name"]);
        assert!(matches!(settings.llm.provider, Provider::SapAiCore(_)), "{:?}", settings.llm);
    }
}

/// Every value of the chart's quota arrives where the code keeps it; the older name of the first still works.
#[test]
fn the_quota_is_what_the_values_say() {
    let prices = json!({"promptPrice": "0.40", "completionPrice": "1.60"});
    let with = |more: Value| {
        let mut llm = prices.clone();
        llm.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let objects = template_with("trial", &json!({"llm": llm})).unwrap();
        let [container, _] = processor_containers(&objects);
        let folder = tempfile::tempdir().unwrap();
        let file = lay_out(&objects, folder.path());
        let (settings, problems) = read_processor(&file, container, folder.path());
        assert!(problems.is_empty(), "{llm}: {problems}");
        settings.quota.map(|quota| {
            (
                quota.requests_per_minute.map(|limit| limit.get()),
                quota.tokens_per_minute.map(|limit| limit.get()),
                quota.cost_per_day.map(|cost| cost.to_string()),
                quota.slot.as_secs(),
            )
        })
    };
    let check = |more: Value, expected| assert_eq!(with(more.clone()), expected, "{more}");
    check(json!({}), None);
    check(json!({"quota": {"slotSeconds": 9}}), None);
    check(json!({"requestsPerMinute": 240}), Some((Some(240), None, None, 5)));
    check(json!({"quota": {"requestsPerMinute": 240}}), Some((Some(240), None, None, 5)));
    check(
        json!({"quota": {"tokensPerMinute": 10_000_000, "costPerDay": "25.00", "slotSeconds": 10}}),
        Some((None, Some(10_000_000), Some("25.00".to_owned()), 10)),
    );
}

/// The collector of traces is what the values say, in both workers, and network policies let it be reached.
#[test]
fn traces_go_where_the_values_say() {
    let check = |endpoint: &str, expected: Option<&str>, port: u16| {
        let values = json!({"telemetry": {"otlpEndpoint": endpoint}, "networkPolicy": {"enabled": true, "egressPorts": []}});
        let objects = template_with("trial", &values).unwrap();
        for deployment in workers(&objects) {
            let Read { problems, chassis, .. } = read(&objects, deployment);
            assert_eq!(problems, Vec::<String>::new(), "{endpoint}");
            assert_eq!(chassis.telemetry.otlp_endpoint.as_deref(), expected, "{endpoint}");
        }
        let policy = named(&objects, "NetworkPolicy", &json!("docmill-workers"));
        let rules = policy["spec"]["egress"].as_array().unwrap().iter();
        let anywhere: Vec<&Value> = rules.filter(|rule| rule["to"].is_null()).skip(1).collect();
        let port = expected.map(|_| json!({"ports": [{"protocol": "TCP", "port": port}]}));
        assert_eq!(anywhere, port.iter().collect::<Vec<_>>(), "{endpoint}");
    };
    check("", None, 0);
    for (endpoint, port) in [
        ("http://collector.observability.svc:4318", 4318),
        ("http://collector/otlp", 80),
        ("https://collector.example.com", 443),
        ("https://collector.example.com:8443/otlp/", 8443),
        ("https://[fd00::1]", 443),
        ("http://[fd00::1]:4318", 4318),
    ] {
        check(endpoint, Some(endpoint), port);
    }
}

/// A pod that is given less memory than its worst case says so, instead of being ended whole by the kernel.
#[test]
fn too_little_memory_is_refused_at_the_start() {
    let values = json!({"processor": {"resources": {"limits": {"memory": "1Gi"}}}});
    let objects = template_with("trial", &values).unwrap();
    let problems: Vec<String> =
        workers(&objects).flat_map(|deployment| read(&objects, deployment).problems).collect();
    let [problem] = problems.as_slice() else { panic!("one problem, not {problems:?}") };
    assert!(problem.contains("are too few"), "{problem}");
}

/// The server reserves what each store may become, so provisioning a NATS that is too small fails.
#[test]
fn all_stores_fit_into_the_nats_of_the_chart() {
    let mut checked = 0;
    for (scenario, objects) in all_scenarios() {
        let Some(nats) = of_kind(objects, "ConfigMap").find_map(|map| map["data"]["nats.conf"].as_str())
        else {
            continue;
        };
        let size = nats.lines().find_map(|line| line.trim().strip_prefix("max_file_store: ")).unwrap();
        let room: i64 = bytes(&json!(size)).parse().unwrap();
        let stores = read(objects, workers(objects).next().unwrap()).stores;
        let reserved: i64 = [
            stores.process,
            stores.analyse,
            stores.outcomes,
            stores.analyses,
            stores.dead,
            stores.collections,
            stores.documents,
            stores.payloads,
            stores.profiles,
            stores.replies,
            stores.quota,
            stores.starts,
        ]
        .iter()
        .map(|limits| limits.bytes_max)
        .sum();
        assert!(reserved <= room, "{scenario}: {reserved} of {room}");
        checked += 1;
    }
    assert!(checked >= 2);
}

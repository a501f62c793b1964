//! How workers are started and stopped: KEDA's rules as its source has them, and pods that are given time to hand back.

use serde_json::{Value, json};

use crate::helm::{all_scenarios, named, of_kind, template_with, variable};

/// Keys that the `nats-jetstream` trigger reads; it takes no notice of others, nor of their misspelling.
const TRIGGER_KEYS: [&str; 8] = [
    "natsServerMonitoringEndpoint",
    "account",
    "accountID",
    "stream",
    "consumer",
    "lagThreshold",
    "activationLagThreshold",
    "useHttps",
];

/// Keys of a ScaledObject's spec that we use.
const SPEC_KEYS: [&str; 8] = [
    "scaleTargetRef",
    "pollingInterval",
    "cooldownPeriod",
    "minReplicaCount",
    "maxReplicaCount",
    "fallback",
    "advanced",
    "triggers",
];

/// KEDA's webhook refuses longer names since 2.20.
const NAME_LENGTH_MAX: usize = 63;

fn number(pod: &Value, name: &str) -> u64 {
    variable(pod, name).unwrap_or_else(|| panic!("{name} is not set")).parse().unwrap()
}

fn check_trigger(metadata: &Value, concurrency: u64) {
    for (key, value) in metadata.as_object().unwrap() {
        assert!(TRIGGER_KEYS.contains(&key.as_str()), "KEDA knows no `{key}`");
        assert!(value.is_string(), "{key} must be a string, not {value}");
    }
    let threshold: u64 = metadata["lagThreshold"].as_str().unwrap().parse().unwrap();
    assert!(
        (1..=concurrency).contains(&threshold),
        "lagThreshold {threshold} with concurrency {concurrency}"
    );
    assert_eq!(metadata["activationLagThreshold"], "0");
    let (host, port) = metadata["natsServerMonitoringEndpoint"].as_str().unwrap().split_once(':').unwrap();
    assert!(host.contains('.'), "{host}: KEDA's operator looks from another namespace");
    assert!(port.parse::<u16>().is_ok(), "{port}");
    assert_ne!(metadata["account"], "");
}

fn check_scaled_object(scaled_object: &Value, objects: &[Value]) {
    assert_eq!(scaled_object["apiVersion"], "keda.sh/v1alpha1");
    assert!(scaled_object["metadata"]["name"].as_str().unwrap().len() <= NAME_LENGTH_MAX);
    let spec = &scaled_object["spec"];
    let unknown: Vec<&String> =
        spec.as_object().unwrap().keys().filter(|key| !SPEC_KEYS.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");

    let deployment = named(objects, "Deployment", &spec["scaleTargetRef"]["name"]);
    assert_eq!(deployment["spec"]["replicas"], Value::Null, "an upgrade would reset what KEDA scaled");
    let surge = &deployment["spec"]["strategy"]["rollingUpdate"]["maxSurge"];
    assert_eq!(surge, 0, "an upgrade would be more than what KEDA may start");
    let pod = &deployment["spec"]["template"]["spec"];
    check_trigger(&spec["triggers"][0]["metadata"], number(pod, "DOCMILL_WORKER__CONCURRENCY"));

    let replicas = |key: &str| spec[key].as_u64().unwrap();
    assert!(replicas("minReplicaCount") <= replicas("maxReplicaCount"));
    for key in ["pollingInterval", "cooldownPeriod"] {
        assert_eq!(
            spec.get(key).is_some(),
            replicas("minReplicaCount") == 0,
            "{key} is for what goes to zero"
        );
    }
    assert!(
        spec["fallback"]["replicas"].as_u64().unwrap() >= 1,
        "without it nothing starts before provisioning"
    );
    assert_eq!(
        spec["fallback"]["behavior"], "currentReplicasIfHigher",
        "an outage must not scale a busy fleet in"
    );
    let behavior = &spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"];
    let window = |direction: &str| behavior[direction]["stabilizationWindowSeconds"].as_u64().unwrap();
    assert!(window("scaleUp") < window("scaleDown"), "out fast, in slowly: {behavior}");
}

#[test]
fn scaled_objects_say_what_keda_understands() {
    for (_, objects) in all_scenarios() {
        of_kind(objects, "ScaledObject")
            .for_each(|scaled_object| check_scaled_object(scaled_object, objects));
    }
}

#[test]
fn pods_are_given_longer_than_they_drain() {
    for (scenario, objects) in all_scenarios() {
        let pods: Vec<&Value> = of_kind(objects, "Deployment")
            .map(|deployment| &deployment["spec"]["template"]["spec"])
            .filter(|pod| variable(pod, "DOCMILL_WORKER__LANE").is_some())
            .collect();
        assert!(pods.len() >= 2, "{scenario}");
        for pod in pods {
            let grace_seconds = pod["terminationGracePeriodSeconds"].as_u64().unwrap();
            assert!(grace_seconds >= number(pod, "DOCMILL_WORKER__DRAIN_SECONDS") + 7, "{scenario}");
        }
    }
}

#[test]
fn without_keda_fleets_have_a_size() {
    let objects = template_with("no-keda", &json!({})).unwrap();
    let sizes: Vec<&Value> =
        of_kind(&objects, "Deployment").map(|deployment| &deployment["spec"]["replicas"]).collect();
    assert_eq!(sizes, [1, 3]);
}

/// The processors' most replicas with a quota of calls a minute, eight jobs a pod and six calls a minute each.
#[test]
fn the_llm_quota_bounds_the_processors() {
    for (requests_per_minute, expected) in [(0, 20), (1, 1), (48, 1), (49, 2), (240, 5), (100_000, 20)] {
        let quota = json!({"llm": {"quota": {"requestsPerMinute": requests_per_minute}}});
        let objects = template_with("trial", &quota).unwrap();
        let most =
            |name: &str| named(&objects, "ScaledObject", &json!(name))["spec"]["maxReplicaCount"].clone();
        assert_eq!(most("docmill-processor-bulk"), expected, "{requests_per_minute} calls a minute");
        assert_eq!(most("docmill-analyser-bulk"), 5, "the analyser calls no LLM");
    }
}

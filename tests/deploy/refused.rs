//! Values that can't work are refused when the chart renders, with a reason that names them.

use serde_json::{Value, json};

use crate::helm::refusals;

/// Renders the trial with each row's values on top and expects a refusal that says the row's words.
fn check<const N: usize>(rows: &[(Value, [&str; N])]) {
    check_in("trial", rows);
}

/// The same on top of another scenario.
fn check_in<const N: usize>(scenario: &str, rows: &[(Value, [&str; N])]) {
    let values: Vec<&Value> = rows.iter().map(|(values, _)| values).collect();
    for ((values, expected), reason) in rows.iter().zip(refusals(scenario, &values)) {
        let reason = reason.unwrap_or_else(|| panic!("{values} is not refused"));
        for part in expected {
            assert!(reason.contains(part), "{values}: expected {part:?} in:\n{reason}");
        }
    }
}

#[test]
fn the_schema_refuses_nonsense() {
    check(&[
        (json!({"procesor": {}}), ["'procesor'", "not allowed"]),
        (json!({"processor": {"concurency": 4}}), ["/processor", "concurency"]),
        (json!({"processor": {"perLane": {"slow": {}}}}), ["/processor/perLane", "slow"]),
        (json!({"processor": {"concurrency": 0}}), ["/processor/concurrency", "minimum"]),
        (json!({"processor": {"concurrency": "four"}}), ["/processor/concurrency", "integer"]),
        (json!({"processor": {"lagThreshold": 0}}), ["/processor/lagThreshold", "minimum"]),
        (json!({"processor": {"tmpSizeLimit": "much"}}), ["/processor/tmpSizeLimit", "pattern"]),
        (
            json!({"processor": {"extraEnv": [{"name": "DOCMILL_WORKER__LANE", "value": "bulk"}]}}),
            ["/processor/extraEnv/0/name", "'not'"],
        ),
        (json!({"analyser": {"maxReplicas": 0}}), ["/analyser/maxReplicas", "minimum"]),
        (json!({"analyser": {"minReplicas": -1}}), ["/analyser/minReplicas", "minimum"]),
        (json!({"lanes": []}), ["/lanes", "minItems"]),
        (json!({"lanes": ["bulk", "slow"]}), ["/lanes/1", "'bulk', 'priority'"]),
        (json!({"lanes": ["bulk", "bulk"]}), ["/lanes", "equal"]),
        (json!({"connection": {"replicas": 2}}), ["/connection/replicas", "1, 3, 5"]),
        (json!({"connection": {"url": "http://nats:4222"}}), ["/connection/url", "pattern"]),
        (json!({"connection": {"url": "nats://user:secret@nats:4222"}}), ["/connection/url", "pattern"]),
        (
            json!({"connection": {"monitoringEndpoint": "http://nats:8222"}}),
            ["/connection/monitoringEndpoint", "pattern"],
        ),
        (json!({"llm": {"baseUrl": "https://llm.example/v1/chat/completions"}}), ["/llm/baseUrl", "'not'"]),
        (json!({"llm": {"provider": "oracle"}}), ["/llm/provider", "openai"]),
        (json!({"llm": {"apiKey": "secret"}}), ["/llm", "apiKey"]),
        (json!({"llm": {"sapAiCore": {"api": "azure"}}}), ["/llm/sapAiCore/api", "orchestration"]),
        (
            json!({"llm": {"sapAiCore": {"resourceGroup": "a b"}}}),
            ["/llm/sapAiCore/resourceGroup", "pattern"],
        ),
        (
            json!({"llm": {"sapAiCore": {"bindingSecret": "A_B"}}}),
            ["/llm/sapAiCore/bindingSecret", "pattern"],
        ),
        (json!({"llm": {"quota": {"costPerDay": "much"}}}), ["/llm/quota/costPerDay", "pattern"]),
        (json!({"llm": {"quota": {"slotSeconds": 31}}}), ["/llm/quota/slotSeconds", "maximum"]),
        (json!({"llm": {"quota": {"tokensPerHour": 1}}}), ["/llm/quota", "tokensPerHour"]),
        (json!({"llm": {"promptPrice": "cheap"}}), ["/llm/promptPrice", "pattern"]),
        (json!({"store": {"document": {"size": "1Gi"}}}), ["/store", "document"]),
        (json!({"store": {"documents": {"size": "1GB"}}}), ["/store/documents/size", "pattern"]),
        (json!({"pdf": {"readerMemory": "640M"}}), ["/pdf/readerMemory", "pattern"]),
        (json!({"keda": {"fallback": {"replicas": 0}}}), ["/keda/fallback/replicas", "minimum"]),
        (json!({"keda": {"pollingIntervalSeconds": 0}}), ["/keda/pollingIntervalSeconds", "minimum"]),
        (json!({"nats": {"storage": {"kind": "disk"}}}), ["/nats/storage/kind", "emptyDir"]),
        (json!({"nats": {"storage": {"size": "20GB"}}}), ["/nats/storage/size", "pattern"]),
        (json!({"reconcile": {"schedule": "often"}}), ["/reconcile/schedule", "pattern"]),
        (json!({"pod": {"runAsUser": 0}}), ["/pod/runAsUser", "minimum"]),
        (json!({"provisioning": {"mode": "hook"}}), ["/provisioning/mode", "job"]),
        (json!({"fullnameOverride": "Docmill_1"}), ["/fullnameOverride", "pattern"]),
    ]);
}

#[test]
fn nonsense_about_traces_is_refused() {
    check(&[
        (json!({"telemetry": {"otlpEndpoint": "collector:4318"}}), ["/telemetry/otlpEndpoint", "pattern"]),
        (json!({"telemetry": {"otlpEndpoint": "grpc://c:4317"}}), ["/telemetry/otlpEndpoint", "pattern"]),
        (
            json!({"telemetry": {"otlpEndpoint": "https://user:key@c"}}),
            ["/telemetry/otlpEndpoint", "pattern"],
        ),
        (json!({"telemetry": {"otlpEndpoint": "https://c?key=k"}}), ["/telemetry/otlpEndpoint", "pattern"]),
        (
            json!({"telemetry": {"otlpEndpoint": "http://c:4318/v1/traces"}}),
            ["/telemetry/otlpEndpoint", "'not'"],
        ),
        (json!({"telemetry": {"headers": {"authorization": "k"}}}), ["/telemetry", "headers"]),
        (
            json!({"telemetry": {"headersSecret": {"name": "A_B"}}}),
            ["/telemetry/headersSecret/name", "pattern"],
        ),
        (json!({"telemetry": {"sampledShare": 1.5}}), ["/telemetry/sampledShare", "maximum"]),
        (
            json!({"analyser": {"extraEnv": [{"name": "DOCMILL_TELEMETRY__OTLP_ENDPOINT", "value": "http://c"}]}}),
            ["/analyser/extraEnv/0/name", "'not'"],
        ),
    ]);
    check(&[
        (
            json!({"telemetry": {"headersSecret": {"name": "collector"}}}),
            ["telemetry.headersSecret and telemetry.sampledShare have no use without telemetry.otlpEndpoint"],
        ),
        (json!({"telemetry": {"sampledShare": 0.5}}), ["have no use without telemetry.otlpEndpoint"]),
    ]);
}

#[test]
fn combinations_that_cannot_work_are_refused() {
    let two_logins =
        json!({"connection": {"userSecret": {"name": "user"}, "tokenSecret": {"name": "token"}}});
    check(&[
        (
            json!({"processor": {"terminationGracePeriodSeconds": 56}}),
            ["terminationGracePeriodSeconds 56 must be at least 7 s longer than drainSeconds 50"],
        ),
        (
            json!({"analyser": {"drainSeconds": 90}}),
            ["analyser (lane bulk): terminationGracePeriodSeconds 60"],
        ),
        (json!({"processor": {"lagThreshold": 9}}), ["lagThreshold 9 is above concurrency 8"]),
        (
            json!({"lanes": ["bulk", "priority"], "processor": {"lagThreshold": 4, "perLane": {"priority": {"concurrency": 1}}}}),
            ["processor (lane priority): lagThreshold 4 is above concurrency 1"],
        ),
        (json!({"processor": {"minReplicas": 21}}), ["minReplicas 21 is above"]),
        (
            json!({"processor": {"minReplicas": 3}, "llm": {"requestsPerMinute": 60}}),
            ["llm.quota.requestsPerMinute allow, 2"],
        ),
        (
            json!({"llm": {"requestsPerMinute": 60, "quota": {"requestsPerMinute": 60}}}),
            ["llm.requestsPerMinute and llm.quota.requestsPerMinute"],
        ),
        (
            json!({"llm": {"quota": {"costPerDay": "25.00"}}}),
            ["llm.quota.costPerDay can't be kept without prices"],
        ),
        (json!({"llm": {"sapAiCore": {"bindingSecret": "binding"}}}), ["llm.sapAiCore has no use"]),
        (json!({"llm": {"sapAiCore": {"api": "orchestration"}}}), ["llm.sapAiCore has no use"]),
        (json!({"lanes": ["priority"]}), ["`bulk` must be among them"]),
        (json!({"nats": {"enabled": false}}), ["no NATS: set connection.url"]),
        (json!({"connection": {"url": "nats://elsewhere:4222"}}), ["nats.enabled starts a NATS of its own"]),
        (json!({"connection": {"replicas": 3}}), ["connection.replicas must be 1 with nats.enabled"]),
        (json!({"nats": {"accountsSecret": "accounts"}}), ["name a Secret for the workers to log in with"]),
        (
            json!({"connection": {"loginsSecret": "logins"}, "nats": {"accountsSecret": "accounts"}}),
            ["nats.accountsSecret has no use with connection.loginsSecret"],
        ),
        (
            json!({"connection": {"caSecret": {"name": "ca"}}, "nats": {"tlsSecret": "tls"}}),
            ["connection.caSecret has no use with nats.tlsSecret"],
        ),
        (two_logins, ["four ways to log in"]),
        (
            json!({"connection": {"maxAckPending": 159}}),
            ["20 pods of 8 jobs are more than connection.maxAckPending 159"],
        ),
        (json!({"mockLlm": {"enabled": false}}), ["no LLM: set llm.baseUrl"]),
        (
            json!({"llm": {"promptPrice": "0.15"}}),
            ["llm.promptPrice and llm.completionPrice belong together"],
        ),
        (json!({"llm": {"baseUrl": "https://llm.example/v1"}}), ["mockLlm.enabled and llm.baseUrl"]),
        (
            json!({"mockLlm": {"enabled": false}, "llm": {"baseUrl": "https://llm.example/v1"}}),
            ["llm.model must be given"],
        ),
    ]);
}

/// What the service binding says, and values say too.
#[test]
fn sap_ai_core_takes_its_address_and_key_from_the_binding_alone() {
    check_in(
        "sap-ai-core",
        &[
            (
                json!({"llm": {"baseUrl": "https://llm.example/v1"}}),
                ["llm.baseUrl has no use with llm.provider sap-ai-core"],
            ),
            (
                json!({"llm": {"existingSecret": {"name": "key"}}}),
                ["llm.existingSecret has no use with llm.provider sap-ai-core"],
            ),
            (
                json!({"llm": {"sapAiCore": {"bindingSecret": ""}}}),
                ["llm.sapAiCore.bindingSecret must be given"],
            ),
            (json!({"llm": {"model": ""}}), ["llm.model must be given"]),
            (json!({"mockLlm": {"enabled": true}}), ["mockLlm.enabled and llm.provider sap-ai-core"]),
            (json!({"llm": {"provider": "openai"}}), ["llm.sapAiCore has no use"]),
        ],
    );
}

/// The refusals above would pass for any reason if the scenario itself were refused.
#[test]
fn the_scenarios_themselves_render() {
    assert_eq!(refusals("trial", &[&json!({})]), [None]);
    assert_eq!(refusals("sap-ai-core", &[&json!({})]), [None]);
}

//! What KEDA and the autoscaler of Kubernetes make of NATS's monitoring port: the same request, the same reading of the answer,
//! the same arithmetic.
//!
//! After KEDA 2.20.2 and 2.19.0 (`pkg/scalers/nats_jetstream_scaler.go`, `pkg/fallback/fallback.go`,
//! `pkg/scaling/executor/scale_scaledobjects.go`) and the algorithm of the HorizontalPodAutoscaler (Kubernetes documentation,
//! "Algorithm details", `AverageValue`). The figures are those of the shipped manifests, nothing of them is repeated here.

use std::fs;

use docmill_tests::repository;
use serde_json::Value;

use crate::rig::get;

/// The autoscaler leaves a fleet alone whose load is off by less.
const TOLERANCE: f64 = 0.1;

/// How KEDA takes a consumer that isn't there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keda {
    /// 2.19 and older: it takes the stream's last sequence for the lag.
    Before220,
    /// 2.20 and newer: an error.
    Since220,
}

/// A ScaledObject with one trigger on a JetStream consumer.
#[derive(Debug)]
pub(crate) struct ScaledObject {
    account: String,
    stream: String,
    consumer: String,
    lag_threshold: u64,
    activation_lag_threshold: u64,
    least: u64,
    most: u64,
    fallback_replicas: u64,
    pods_per_period: u64,
}

impl ScaledObject {
    /// The one that `keda/` ships for this worker.
    pub(crate) fn shipped(worker: &str) -> Self {
        let file = fs::read_to_string(repository().join(format!("keda/{worker}-bulk.yaml"))).unwrap();
        Self::of(&serde_saphyr::from_str(&file).unwrap())
    }

    /// One as it is rendered.
    pub(crate) fn of(object: &Value) -> Self {
        let spec = &object["spec"];
        let trigger = &spec["triggers"][0];
        assert_eq!(trigger["type"], "nats-jetstream");
        let text = |key: &str| trigger["metadata"][key].as_str().unwrap().to_owned();
        assert_eq!(spec["fallback"]["behavior"], "currentReplicasIfHigher");
        let policies = &spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleUp"]["policies"];
        assert_eq!((&policies[0]["type"], &policies[0]["value"]), (&"Percent".into(), &100.into()));
        Self {
            account: text("account"),
            stream: text("stream"),
            consumer: text("consumer"),
            lag_threshold: text("lagThreshold").parse().unwrap(),
            activation_lag_threshold: text("activationLagThreshold").parse().unwrap(),
            least: spec["minReplicaCount"].as_u64().unwrap(),
            most: spec["maxReplicaCount"].as_u64().unwrap(),
            fallback_replicas: spec["fallback"]["replicas"].as_u64().unwrap(),
            pods_per_period: policies[1]["value"].as_u64().unwrap(),
        }
    }

    /// How many jobs one pod is reckoned to take.
    pub(crate) fn lag_threshold(&self) -> u64 {
        self.lag_threshold
    }

    /// The most pods.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }

    /// Asks as KEDA asks a single server; what it can't make sense of is the scaler's error.
    pub(crate) async fn lag(&self, monitor_url: &str, keda: Keda) -> Result<u64, String> {
        let answer = self.ask(monitor_url).await?;
        assert!(cluster_size(&answer) <= 1, "this asks a single server");
        self.lag_in(&answer, keda)
    }

    /// The same of a cluster that advertises nothing: KEDA asks any server who leads the consumer, and then that one, by the
    /// name of its pod under the headless service; `nodes` are these names with what they lead to.
    pub(crate) async fn lag_in_cluster(&self, nodes: &[(&str, String)], keda: Keda) -> Result<u64, String> {
        let (_, any) = nodes.first().unwrap();
        let answer = self.ask(any).await?;
        assert!(cluster_size(&answer) > 1, "this asks a cluster");
        let Some(leader) = self
            .consumer_in(&answer)
            .and_then(|found| found["cluster"]["leader"].as_str().map(str::to_owned))
        else {
            return self.lag_in(&answer, keda);
        };
        let leads = nodes.iter().find(|(name, _)| *name == leader);
        let (_, url) =
            leads.ok_or_else(|| format!("leader node not found for consumer {}", self.consumer))?;
        self.lag_in(&self.ask(url).await?, keda)
    }

    async fn ask(&self, monitor_url: &str) -> Result<Value, String> {
        let account = self.account.replace('$', "%24");
        let url = format!("{monitor_url}/jsz?acc={account}&config=true&consumers=true");
        // The status isn't looked at; what isn't JSON is an error.
        let (_, body) = get(&url).await.map_err(|error| error.to_string())?;
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }

    fn stream_in<'a>(&self, answer: &'a Value) -> Option<&'a Value> {
        let accounts = answer["account_details"].as_array()?;
        let account = accounts.iter().find(|account| account["name"] == *self.account)?;
        account["stream_detail"].as_array()?.iter().find(|stream| stream["name"] == *self.stream)
    }

    fn consumer_in<'a>(&self, answer: &'a Value) -> Option<&'a Value> {
        let consumers = self.stream_in(answer)?["consumer_detail"].as_array()?;
        consumers.iter().find(|consumer| consumer["name"] == *self.consumer)
    }

    fn lag_in(&self, answer: &Value, keda: Keda) -> Result<u64, String> {
        let Some(stream) = self.stream_in(answer) else {
            return Err(format!("no stream {} in account {}", self.stream, self.account));
        };
        match (self.consumer_in(answer), keda) {
            (Some(consumer), _) => {
                let count = |key: &str| consumer[key].as_u64().unwrap();
                Ok(count("num_pending") + count("num_ack_pending"))
            }
            (None, Keda::Before220) => Ok(stream["state"]["last_seq"].as_u64().unwrap()),
            (None, Keda::Since220) => {
                Err(format!("consumer {:?} not found in stream {:?}", self.consumer, self.stream))
            }
        }
    }

    /// How many pods are wanted where `current` run, once failures have lasted and cooldown and stabilisation are over.
    pub(crate) fn wanted(&self, current: u64, lag: &Result<u64, String>) -> u64 {
        let Ok(lag) = *lag else {
            // The fallback is treated as activity, and never scales a fleet in.
            return self.fallback_replicas.max(current).min(self.most);
        };
        if lag <= self.activation_lag_threshold {
            return self.least;
        }
        if current == 0 {
            // KEDA lifts it; the autoscaler goes on from there.
            return self.least.max(1);
        }
        let (lag, threshold) = (as_number(lag), as_number(self.lag_threshold));
        let load = lag / (threshold * as_number(current));
        if (1.0 - load).abs() <= TOLERANCE {
            return current;
        }
        let wanted = (lag / threshold).ceil();
        let wanted = (1..=self.most).find(|&pods| as_number(pods) >= wanted).unwrap_or(self.most);
        wanted.max(self.least)
    }

    /// How many pods there are after one period of the autoscaler, of what is wanted.
    pub(crate) fn in_one_period(&self, current: u64, wanted: u64) -> u64 {
        let most = (current * 2).max(current + self.pods_per_period);
        wanted.min(if current == 0 { 1 } else { most })
    }
}

fn cluster_size(answer: &Value) -> u64 {
    answer["meta_cluster"]["cluster_size"].as_u64().unwrap_or(0)
}

/// Beyond four thousand million all counts want the most pods.
fn as_number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[test]
fn the_arithmetic_is_the_autoscalers() {
    let fleet = ScaledObject::shipped("processor");
    let check = |current, lag: Result<u64, &str>, expected| {
        let found = fleet.wanted(current, &lag.map_err(str::to_owned));
        assert_eq!(found, expected, "{current} pods, {lag:?}");
    };
    check(0, Ok(0), 0);
    check(0, Ok(1), 1);
    check(1, Ok(8), 1);
    check(1, Ok(9), 2);
    check(1, Ok(100), 13);
    // Within a tenth of what they can take.
    check(10, Ok(87), 10);
    check(10, Ok(89), 12);
    check(3, Ok(1), 1);
    check(5, Ok(0), 0);
    check(1, Ok(100_000), fleet.most());
    check(0, Err("no answer"), 1);
    check(7, Err("no answer"), 7);
    let rows = [(0, 13, 1), (1, 13, 5), (5, 13, 10), (10, 13, 13), (10, 3, 3)];
    for (current, wanted, expected) in rows {
        assert_eq!(fleet.in_one_period(current, wanted), expected, "{wanted} of {current}");
    }
}

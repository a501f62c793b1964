//! `docmill pause` and `docmill resume`: the jobs of a lane wait while those of the other are done.

use async_nats::HeaderMap;
use docmill_contract::names::Work;
use serde_json::{Value, json};

use crate::rig::{Rig, sample_pdf};

/// Which lanes `docmill status` shows as paused, and until when.
async fn paused(rig: &Rig) -> Vec<(String, String, String)> {
    let status = rig.docmill(&["status"]).await;
    let text = |queue: &Value, member: &str| queue[member].as_str().unwrap_or_default().to_owned();
    let queues = status["queues"].as_array().unwrap().iter();
    let paused = queues.filter(|queue| queue.get("paused_until").is_some());
    paused.map(|queue| (text(queue, "work"), text(queue, "lane"), text(queue, "paused_until"))).collect()
}

#[tokio::test]
async fn a_paused_lanes_jobs_wait_and_the_other_lane_goes_on() {
    let mut rig = Rig::start_with_both_lanes().await;
    assert_eq!(paused(&rig).await, []);
    rig.docmill(&["pause"]).await;
    let far = "2200-01-01T00:00:00Z".to_owned();
    let of = |work: &str| (work.to_owned(), "bulk".to_owned(), far.clone());
    assert_eq!(paused(&rig).await, [of("process"), of("analyse")]);
    // Whoever brings the streams up to date resumes nothing.
    rig.docmill(&["provision"]).await;
    rig.provision().await;
    assert_eq!(paused(&rig).await.len(), 2);

    let _bulk = (rig.processor(), rig.analyser());
    rig.set("DOCMILL_NATS__LANES", "bulk,priority").set("DOCMILL_WORKER__LANE", "priority");
    let _priority = (rig.processor(), rig.analyser());
    let object = rig.store(&sample_pdf("invoice/english-classic.pdf")).await;
    let job = |document: &str| {
        json!({"source": {"object": object}, "document": document, "profile": "invoice"}).to_string()
    };
    rig.publish("docmill.jobs.process.bulk.q3", HeaderMap::new(), job("waits")).await;
    rig.publish("docmill.jobs.process.priority.q3", HeaderMap::new(), job("goes-on")).await;
    rig.outcome("goes-on").await;
    assert_eq!(rig.outcomes("q3").await, 1);
    let status = rig.docmill(&["status"]).await;
    assert_eq!(
        (&status["queues"][0]["waiting"], &status["queues"][0]["in_progress"]),
        (&json!(1), &json!(0))
    );

    rig.docmill(&["resume", "--work", "process"]).await;
    rig.outcome("waits").await;
    rig.drained(Work::Process).await;
    assert_eq!(paused(&rig).await, [of("analyse")]);
    rig.docmill(&["resume"]).await;
    rig.drained(Work::Analyse).await;
    assert_eq!(paused(&rig).await, []);

    rig.docmill(&["pause", "--lane", "priority", "--work", "process", "--for", "2h"]).await;
    let (work, lane, until) = paused(&rig).await.pop().unwrap();
    assert_eq!((work.as_str(), lane.as_str()), ("process", "priority"));
    assert!(until < far, "{until}");
}

//! Ledgers of LLM quotas: replaced by compare-and-swap, and stamped by the server.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use docmill_contract::names::BUCKET_QUOTA;

use super::Stocked;

#[tokio::test]
async fn a_ledger_is_replaced_from_what_was_read() {
    let Stocked { server: _server, nats, stores, .. } = Stocked::start().await;
    let ledgers = stores.quota;
    assert!(ledgers.get("a").await.unwrap().is_none());
    let (one, two) = (Bytes::from_static(b"1"), Bytes::from_static(b"2"));
    assert!(ledgers.replace("a", one.clone(), 0).await.unwrap());
    assert!(!ledgers.replace("a", two.clone(), 0).await.unwrap(), "somebody was faster");
    let kept = ledgers.get("a").await.unwrap().unwrap();
    assert_eq!(kept.value, Some(one));
    assert!(ledgers.replace("a", two.clone(), kept.sequence).await.unwrap());
    assert!(!ledgers.replace("a", two.clone(), kept.sequence).await.unwrap());
    assert!(ledgers.get("b").await.unwrap().is_none());
    // An operator who deletes it leaves a mark, from which it begins anew.
    nats.jetstream.get_key_value(BUCKET_QUOTA).await.unwrap().delete("ledger.a").await.unwrap();
    let mark = ledgers.get("a").await.unwrap().unwrap();
    assert_eq!(mark.value, None);
    assert!(ledgers.replace("a", two, mark.sequence).await.unwrap());
}

#[tokio::test]
async fn the_servers_time_is_between_question_and_answer() {
    let Stocked { server: _server, stores, .. } = Stocked::start().await;
    // The server runs on this machine, so its clock is this one's.
    let before = SystemTime::now();
    for _ in 0..3 {
        let stamp = stores.quota.server_time().await.unwrap();
        let after = SystemTime::now();
        let tick = Duration::from_millis(1);
        assert!(stamp + tick >= before && stamp <= after + tick, "{before:?} {stamp:?} {after:?}");
    }
}

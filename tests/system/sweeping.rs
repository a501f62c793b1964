//! What an upload leaves behind that was broken off, and `docmill sweep`.

use bytes::Bytes;
use docmill_contract::names::{BUCKET_DOCUMENTS, BUCKET_EXCERPTS};

use crate::rig::Rig;

/// More than one chunk.
const BYTES: usize = 1_200_000;

async fn sweep(rig: &Rig, hours: &str) -> serde_json::Value {
    let swept = tokio::process::Command::new(docmill_tests::program("docmill"))
        .args(["--json", "sweep", "--older-than-hours", hours])
        .env("DOCMILL_NATS__URL", rig.nats.url())
        .output()
        .await
        .unwrap();
    assert!(swept.status.success(), "{}", String::from_utf8_lossy(&swept.stderr));
    serde_json::from_slice(&swept.stdout).unwrap()
}

#[tokio::test]
async fn a_sweep_removes_broken_off_uploads_alone() {
    let rig = Rig::start().await;
    let whole = Bytes::from(vec![7; BYTES]);
    let object = rig.store(&whole).await;
    for bucket in [BUCKET_DOCUMENTS, BUCKET_DOCUMENTS, BUCKET_EXCERPTS] {
        rig.publish(&format!("$O.{bucket}.C.broken"), async_nats::HeaderMap::new(), "chunk").await;
    }
    let none = serde_json::json!({"writes": 0, "chunks": 0});
    assert_eq!(sweep(&rig, "1").await, none, "it may be an upload that goes on");
    assert_eq!(sweep(&rig, "0").await, serde_json::json!({"writes": 2, "chunks": 3}));
    assert_eq!(sweep(&rig, "0").await, none);
    assert_eq!(rig.stores.documents.get(&object, u64::MAX).await.unwrap(), whole);
}

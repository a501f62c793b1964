//! What an operator sees of a worker: health, readiness, metrics, logs.

use docmill_contract::outcome::Status;

use crate::rig::{self, Rig, WorkerProcess, eventually};

pub(crate) async fn get(worker: &WorkerProcess, path: &str) -> Option<(u16, String)> {
    let log = worker.log();
    let line = log.lines().find(|line| line.contains("127.0.0.1:"))?;
    let address =
        line.split("127.0.0.1:").nth(1)?.split(|character: char| !character.is_ascii_digit()).next()?;
    let url = format!("http://127.0.0.1:{address}{path}");
    let (status, body) = rig::get(&url).await.ok()?;
    Some((status, String::from_utf8(body).ok()?))
}

#[tokio::test]
async fn health_and_metrics() {
    let rig = Rig::start().await;
    let processor = rig.processor();
    let ready =
        eventually("ready", async || get(&processor, "/readyz").await.filter(|(status, _)| *status == 200))
            .await;
    assert_eq!(ready.0, 200);
    assert_eq!(get(&processor, "/livez").await.map(|(status, _)| status), Some(200));
    rig.submit("invoice/english-classic.pdf", "seen").await;
    assert_eq!(rig.outcome("seen").await.status, Status::Verified);
    let expected = [
        r#"docmill_jobs_total{work="process",lane="bulk",outcome="done"} 1"#,
        r#"docmill_documents_total{status="verified"} 1"#,
        r#"docmill_llm_calls_total{result="answered"} 1"#,
    ];
    eventually("the metrics", async || {
        let (_, text) = get(&processor, "/metrics").await?;
        expected.iter().all(|line| text.lines().any(|found| found == *line)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn logs_are_json_lines_without_document_text() {
    let rig = Rig::start().await;
    let processor = rig.processor();
    rig.submit("invoice/english-classic.pdf", "quiet").await;
    let outcome = rig.outcome("quiet").await;
    processor.logged("job done").await;
    let log = processor.log();
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line.is_object()), "{line}");
    }
    let supplier = outcome.data.unwrap()["supplier"].as_str().unwrap().to_owned();
    assert!(!log.contains(&supplier), "the log quotes the document");
    assert!(log.contains("\"sequence\":1"), "{log}");
}

//! `docmill report --narrative`: what a model writes is shown as far as its figures are the computed ones.

use std::process::Output;

use axum::http::StatusCode;
use docmill_contract::analysis::Analysis;
use docmill_contract::narrative::DropReason;
use docmill_mock_llm::{Fault, Faults};
use docmill_tests::program;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::asking::between;
use crate::rig::{Rig, eventually, id};

async fn report(rig: &Rig, model: &str, arguments: &[&str]) -> Output {
    Command::new(program("docmill"))
        .args(["report", "q3", "--nats", &rig.nats.url()])
        .args(arguments)
        .env("DOCMILL_LLM__BASE_URL", rig.llm_base_url())
        .env("DOCMILL_LLM__MODEL", model)
        .output()
        .await
        .unwrap()
}

async fn page(rig: &Rig, model: &str, arguments: &[&str]) -> String {
    let said = report(rig, model, &[&["--output", "-"], arguments].concat()).await;
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap()
}

/// The analysis with its narrative, as `--json` prints it.
async fn told(rig: &Rig, model: &str) -> Analysis {
    let said = report(rig, model, &["--narrative", "--json"]).await;
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    serde_json::from_slice(&said.stdout).unwrap()
}

#[tokio::test]
async fn sentences_are_kept_whose_figures_are_computed_and_others_counted() {
    let rig = Rig::start().await;
    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    for sample in ["wrong-total", "english-classic"] {
        rig.submit(&format!("invoice/{sample}.pdf"), sample).await;
        rig.outcome(sample).await;
    }
    let stored = eventually("a report of both", async || {
        let analysis = rig.stores.analyses.report(&id("q3")).await.ok()??.value;
        (analysis.covers.outcomes == 2).then_some(analysis)
    })
    .await;

    // Nobody asked for one.
    let calls = rig.mock.stats().calls;
    assert!(!page(&rig, "mock-llm", &[]).await.contains("id=\"narrative\""));
    assert_eq!(rig.mock.stats().calls, calls);

    // An honest model.
    let honest = told(&rig, "mock-llm").await;
    let narrative = honest.narrative.clone().unwrap();
    assert_eq!((narrative.dropped(), narrative.model.as_str()), (0, "mock-llm"), "{narrative:#?}");
    assert_eq!(narrative.sentences[0].text, "Coverage: documents 2, verified 1, in need of review 1.");
    assert!(narrative.sentences[0].facts[0].starts_with("Coverage, documents: 2; verified: 1"));
    assert_eq!(Analysis { narrative: None, ..honest }, stored, "nothing else changes");
    assert_eq!(rig.mock.stats().calls, calls + 1);
    let shown = page(&rig, "mock-llm", &["--narrative"]).await;
    let written = narrative.written();
    assert!(shown.contains(&format!("{written} of {written} sentences kept.")), "{shown}");
    assert!(shown.contains("Coverage: documents 2, verified 1, in need of review 1."));
    assert_eq!(
        rig.mock.stats().calls,
        calls + 1,
        "the same question of the same analysis is answered from what was kept"
    );

    let folder = tempfile::tempdir().unwrap();
    let (workbook, file) = (folder.path().join("q3.xlsx"), folder.path().join("q3.html"));
    let arguments = ["--narrative", "--xlsx", workbook.to_str().unwrap(), "--output", file.to_str().unwrap()];
    let said = report(&rig, "mock-llm", &arguments).await;
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.contains(&format!(
            "narrative: {written} of {written} sentences kept; LLM calls: 0, replayed: 1"
        )),
        "{said}"
    );
    assert!(std::fs::read_to_string(file).unwrap().contains("id=\"narrative\""));

    // One that miscopies: another model, since the first one's replies are kept.
    rig.mock.control(Faults { wrong_rate: 1.0, ..Faults::default() });
    let narrative = told(&rig, "careless").await.narrative.unwrap();
    assert_eq!(narrative.sentences, []);
    assert_eq!((narrative.dropped.len(), narrative.dropped[0].reason), (1, DropReason::Figure));
    let shown = page(&rig, "careless", &["--narrative"]).await;
    let dropped = format!("0 of {0} sentences kept; dropped: {0} with a figure", narrative.written());
    assert!(shown.contains(&dropped), "{shown}");
    rig.mock.control(Faults { wrong_rate: 0.5, ..Faults::default() });
    let narrative = told(&rig, "half-careless").await.narrative.unwrap();
    assert!(narrative.dropped() > 0 && !narrative.sentences.is_empty(), "{narrative:#?}");

    // One that has to be asked again, one that never answers what it is asked, and none.
    rig.mock.control(Faults { next: [Fault::InvalidJson].into(), ..Faults::default() });
    assert!(told(&rig, "mumbling").await.narrative.unwrap().written() > 0);
    rig.mock.control(Faults { invalid_json_rate: 1.0, ..Faults::default() });
    let said = report(&rig, "babbling", &["--narrative", "--output", "-"]).await;
    let error = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!((said.status.code(), said.stdout.len()), (Some(1), 0), "{error}");
    assert!(
        error.contains("failed to have a narrative written: the model's reply stayed invalid"),
        "{error}"
    );
    let said = report(&rig, "", &["--narrative"]).await;
    let error = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!(said.status.code(), Some(2), "{error}");
    assert!(error.contains("llm.model: is missing"), "{error}");
    let stored: Value =
        serde_json::to_value(&rig.stores.analyses.report(&id("q3")).await.unwrap().unwrap().value).unwrap();
    assert_eq!(stored.get("narrative"), None, "what is stored has none");
}

#[tokio::test]
async fn an_endpoint_that_takes_no_schema_finds_it_in_the_question() {
    let (mut rig, mut serving) = (Rig::start().await, tokio::task::JoinSet::new());
    let _analyser = rig.analyser();
    let processor = rig.processor();
    rig.submit("invoice/english-classic.pdf", "a").await;
    rig.outcome("a").await;
    eventually("a report", async || rig.stores.analyses.report(&id("q3")).await.ok()?).await;
    drop(processor);
    let asked = between(&mut rig, &mut serving, |request, body| {
        let has_format = request.get("response_format").is_some();
        if has_format {
            *body = json!({"error": {"code": 400, "message": "unsupported parameter: response_format"}});
        }
        has_format.then_some(StatusCode::BAD_REQUEST)
    })
    .await;
    let narrative = told(&rig, "mock-llm").await.narrative.unwrap();
    assert!(narrative.dropped() == 0 && !narrative.sentences.is_empty(), "{narrative:#?}");
    let asked = asked.lock().unwrap().clone();
    let questions: Vec<&str> =
        asked.iter().map(|asked| asked["messages"][1]["content"].as_str().unwrap()).collect();
    assert_eq!(questions.len(), 3);
    assert!(questions[0].starts_with("FACTS\n"));
    assert!(
        questions[1..]
            .iter()
            .all(|question| question.starts_with("SCHEMA\n{") && question.contains("\n\nFACTS\n"))
    );
}

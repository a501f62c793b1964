//! Everything an LLM endpoint can do wrong. What passes by itself makes jobs wait and nothing fail; what doesn't
//! fails its document with a code.

use docmill_contract::failure::FailureCode;
use docmill_contract::outcome::{Status, WarningCode};
use docmill_mock_llm::{Fault, Faults};

use crate::rig::{Rig, eventually};

const INVOICE: &str = "invoice/english-classic.pdf";

fn next(faults: &[Fault]) -> Faults {
    Faults { next: faults.iter().copied().collect(), ..Faults::default() }
}

#[tokio::test]
async fn passing_trouble_costs_no_document() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    let rows: &[(&str, &[Fault], u32)] = &[
        ("dropped", &[Fault::Drop], 1),
        ("failed", &[Fault::Status(503), Fault::Status(500)], 2),
        ("throttled", &[Fault::Throttle(1)], 0),
        ("failed-for-long", &[Fault::Status(500); 4], 1),
    ];
    for (document, faults, failed_calls) in rows {
        rig.mock.control(next(faults));
        rig.submit(INVOICE, document).await;
        let outcome = rig.outcome(document).await;
        assert_eq!(outcome.status, Status::Verified, "{document}: {:?}", outcome.failure);
        assert_eq!(outcome.usage.failed_calls, *failed_calls, "{document}");
        // Another document must not be answered from this one's reply.
        forget_replies(&rig).await;
    }
}

#[tokio::test]
async fn replies_that_are_no_answer_are_asked_for_again() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    let rows: &[(&str, &[Fault], u32)] = &[
        ("invalid-json", &[Fault::InvalidJson], 2),
        ("outside-schema", &[Fault::OutsideSchema, Fault::InvalidJson], 3),
    ];
    for (document, faults, calls) in rows {
        rig.mock.control(next(faults));
        rig.submit(INVOICE, document).await;
        let outcome = rig.outcome(document).await;
        assert_eq!(
            outcome.status,
            Status::Verified,
            "{document}: {:?} {:?}",
            outcome.failure,
            outcome.warnings
        );
        assert_eq!(outcome.usage.calls, *calls, "{document}");
        forget_replies(&rig).await;
    }
}

#[tokio::test]
async fn a_reply_that_is_cut_off_is_asked_for_in_parts() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    rig.mock.control(Faults { truncate_above_rows: Some(15), ..Faults::default() });
    rig.submit("invoice/two-pages-40-lines.pdf", "long").await;
    let outcome = rig.outcome("long").await;
    assert!(outcome.usage.calls > 2, "{:?}", outcome.usage);
    let rows = outcome.data.as_ref().unwrap()["lines"].as_array().unwrap().len();
    assert_eq!(rows, 40, "no row is lost and none is doubled at the seams: {:#?}", outcome.warnings);
}

#[tokio::test]
async fn lasting_trouble_fails_with_a_code() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    let rows: &[(&str, Faults, FailureCode)] = &[
        ("refused", Faults { refuse: true, ..Faults::default() }, FailureCode::LlmRefused),
        ("rejected", Faults { status: Some(422), ..Faults::default() }, FailureCode::LlmRequestRejected),
        ("invalid", Faults { invalid_json_rate: 1.0, ..Faults::default() }, FailureCode::LlmReplyInvalid),
        ("outside", Faults { outside_schema_rate: 1.0, ..Faults::default() }, FailureCode::LlmReplyInvalid),
        ("truncated", Faults { truncate_rate: 1.0, ..Faults::default() }, FailureCode::LlmReplyTruncated),
    ];
    for (document, faults, code) in rows {
        rig.mock.control(faults.clone());
        rig.submit(INVOICE, document).await;
        rig.expect_failure("q3", document, *code, "").await;
        forget_replies(&rig).await;
    }
}

#[tokio::test]
async fn wrong_credentials_stop_the_pulling_and_fail_nothing() {
    let rig = Rig::start().await;
    let processor = rig.processor();
    rig.mock.control(Faults { status: Some(401), ..Faults::default() });
    rig.submit(INVOICE, "first").await;
    rig.submit("invoice/german-modern.pdf", "second").await;
    processor.logged("llm.api_key").await;
    processor.logged("gate closed").await;
    assert_eq!(rig.outcomes("q3").await, 0);
    // Mended, and the worker started anew, as an operator does: both have their outcome.
    rig.mock.control(Faults::default());
    processor.terminate().await;
    let _mended = rig.processor();
    for document in ["first", "second"] {
        let outcome = rig.outcome(document).await;
        assert_eq!(outcome.failure, None);
        assert_eq!(outcome.usage.calls, 1);
    }
}

#[tokio::test]
async fn a_model_that_is_plausibly_wrong_is_caught() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    rig.mock.control(Faults { wrong_rate: 1.0, ..Faults::default() });
    rig.submit(INVOICE, "wrong").await;
    let outcome = rig.outcome("wrong").await;
    assert_eq!(outcome.status, Status::NeedsReview);
    let codes: Vec<WarningCode> = outcome.warnings.iter().map(|warning| warning.code).collect();
    assert!(codes.contains(&WarningCode::ArithmeticMismatch), "{:#?}", outcome.warnings);
}

#[tokio::test]
async fn a_slow_endpoint_is_given_up_on_and_tried_again() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_LLM__TIMEOUT_SECONDS", "1");
    let processor = rig.processor();
    rig.slow_mock(60_000);
    rig.submit(INVOICE, "slow").await;
    processor.logged("gate closed").await;
    rig.mock.control(Faults::default());
    let outcome = rig.outcome("slow").await;
    assert_eq!(outcome.status, Status::Verified);
}

async fn forget_replies(rig: &Rig) {
    let replies = rig.jetstream().get_key_value(docmill_contract::names::BUCKET_REPLIES).await.unwrap();
    eventually("the replies are gone", async || {
        let stream = rig.jetstream().get_stream(&replies.stream_name).await.ok()?;
        stream.purge().await.ok()?;
        Some(())
    })
    .await;
}

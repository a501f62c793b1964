//! An account of their own for publishers that aren't trusted, as docs/security.md shows it: they hand in documents and
//! hear what comes of them, and no answer of JetStream leaves their account.

use std::time::Duration;

use async_nats::{ConnectOptions, HeaderMap};
use docmill_contract::names::{self, Work};
use docmill_contract::outcome::{Outcome, Status};
use docmill_testkit::nats::NatsOptions;
use docmill_tests::repository;
use futures_util::StreamExt as _;

use crate::rig::{PATIENCE, Rig, eventually, example_accounts, password_of, sample_pdf};

const JOBS: &str = "docmill.jobs.process.bulk.outsiders";

/// The example accounts with the two pieces of the page: what DOCMILL exports, and the account beside it.
fn accounts_with_outsiders() -> String {
    let page = std::fs::read_to_string(repository().join("docs/security.md")).unwrap();
    let shown: Vec<&str> =
        page.split("```conf\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [exports, account] = shown.try_into().unwrap();
    let accounts = example_accounts();
    let (before, after) = accounts.split_once("    jetstream: enabled\n").unwrap();
    let after = after.trim_end().strip_suffix('}').unwrap();
    let password = password_of("outsider");
    format!(
        "DOCMILL_OUTSIDER_PASSWORD: \"{password}\"\n{before}    jetstream: enabled\n{exports}{after}{account}}}\n"
    )
}

async fn client(rig: &Rig, user: &str) -> async_nats::Client {
    let options = ConnectOptions::with_user_and_password(user.to_owned(), password_of(user));
    options.custom_inbox_prefix(format!("_INBOX.{user}")).connect(rig.nats.url()).await.unwrap()
}

#[tokio::test]
async fn outsiders_hand_in_documents_and_nothing_else() {
    let options = NatsOptions { fragment: Some(accounts_with_outsiders()), ..Default::default() };
    let password = password_of("operator");
    let login = [("DOCMILL_NATS__USER", "operator"), ("DOCMILL_NATS__PASSWORD", password.as_str())];
    let mut rig = Rig::start_with_login(options, &login).await;
    rig.provision().await;
    rig.set("DOCMILL_NATS__USER", "processor").set("DOCMILL_NATS__PASSWORD", &password_of("processor"));
    let processor = rig.processor();
    let (outsider, publisher) = (client(&rig, "outsider").await, client(&rig, "publisher").await);

    // A PDF as a message, and what comes of it; nothing of other collections.
    let mut heard = outsider.subscribe("docmill.outcome.>").await.unwrap();
    outsider.flush().await.unwrap();
    rig.submit("invoice/german-modern.pdf", "of-others").await;
    assert_eq!(rig.outcome("of-others").await.status, Status::Verified);
    let mut headers = HeaderMap::new();
    headers.insert(names::HEADER_CONTENT_TYPE, names::CONTENT_TYPE_PDF);
    headers.insert(names::HEADER_DOCUMENT, "mine");
    headers.insert(names::HEADER_PROFILE, "invoice");
    let pdf = sample_pdf("invoice/english-classic.pdf");
    let receipt = outsider.request_with_headers(JOBS, headers, pdf).await.unwrap();
    assert!(receipt.payload.starts_with(b"{\"stream\":\"DOCMILL_PROCESS\""), "{:?}", receipt.payload);
    let outcome = tokio::time::timeout(PATIENCE, heard.next()).await.unwrap().unwrap();
    assert_eq!(outcome.subject.as_str(), "docmill.outcome.outsiders.mine");
    let outcome: Outcome = serde_json::from_slice(&outcome.payload).unwrap();
    assert_eq!((outcome.collection.as_str(), outcome.status), ("outsiders", Status::Verified));
    rig.drained(Work::Process).await;
    processor.kill().await;

    // Said in plain, it reaches nobody; asked with another's subject for the answer, it isn't stored there.
    let outcomes = async || rig.outcomes("q3").await + rig.outcomes("outsiders").await;
    let before = outcomes().await;
    let attempts = ["docmill.outcome.q3.forged", "docmill.outcome.outsiders.forged"];
    for subject in attempts {
        outsider.publish(subject, "{}".into()).await.unwrap();
        outsider.publish_with_reply(JOBS, subject, "{}".into()).await.unwrap();
    }
    outsider.publish("docmill.jobs.process.bulk.q3", "{}".into()).await.unwrap();
    // Its jobs arrive, which the server answers before it takes what others say afterwards.
    eventually("the jobs", async || {
        let queue = rig.jetstream().get_stream(names::STREAM_PROCESS).await.ok()?;
        (queue.get_info().await.ok()?.state.messages == 2).then_some(())
    })
    .await;
    // The same by a login of the same account is stored: what this test would see.
    publisher.publish_with_reply(JOBS, attempts[0], "{}".into()).await.unwrap();
    eventually("the publisher's forgery", async || (outcomes().await > before).then_some(())).await;
    // Answers go out in the order of the jobs: those to the outsider would be there by now.
    assert_eq!(outcomes().await, before + 1);
    let asked =
        tokio::time::timeout(Duration::from_secs(1), outsider.request("$JS.API.STREAM.NAMES", "".into()));
    let names = asked
        .await
        .ok()
        .and_then(Result::ok)
        .map(|names| String::from_utf8_lossy(&names.payload).into_owned());
    assert!(!names.unwrap_or_default().contains("DOCMILL"), "it sees the streams");
}

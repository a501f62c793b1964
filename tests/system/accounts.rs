//! The example accounts, `deploy/nats/accounts.conf`: each program's login suffices for its part, and for no other.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::{ConnectOptions, Event};
use docmill_contract::names::{self, Work};
use docmill_contract::outcome::Status;
use docmill_tests::program;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::rig::{PATIENCE, Rig, eventually, id, password_of, sample};

/// Runs `docmill` as one of the users.
async fn docmill(rig: &Rig, user: &str, arguments: &[&str]) -> Value {
    let said = Command::new(program("docmill"))
        .args(arguments)
        .args(["--json", "--nats", &rig.nats.url()])
        .env("DOCMILL_NATS__USER", user)
        .env("DOCMILL_NATS__PASSWORD", password_of(user))
        .kill_on_drop(true)
        .output();
    let said = tokio::time::timeout(PATIENCE, said).await;
    let said =
        said.unwrap_or_else(|_| panic!("{arguments:?} waits for ever: {:#?}", violations(rig))).unwrap();
    assert!(said.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said.stderr));
    serde_json::from_slice(&said.stdout).unwrap()
}

/// What the server says it refused, by its own log.
fn violations(rig: &Rig) -> Vec<String> {
    rig.nats.log().lines().filter(|line| line.contains("Violation")).map(str::to_owned).collect()
}

#[tokio::test]
async fn each_login_suffices_for_its_part() {
    let rig = Rig::start_with_accounts().await;
    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    let text = tempfile::NamedTempFile::with_suffix(".pdf").unwrap();
    std::fs::write(text.path(), "%PDF-1.7\nno more than that").unwrap();

    let good = sample("invoice/wrong-total.pdf").to_string_lossy().into_owned();
    let submit = ["submit", &good, "--wait", "--profile", "invoice", "--document", "good"];
    let outcomes = docmill(&rig, "publisher", &[&submit[..], &["--collection", "q3"]].concat()).await;
    assert_eq!(outcomes[0]["status"], "needs_review", "{outcomes}");
    let bad = text.path().to_string_lossy().into_owned();
    let submit = ["submit", &bad, "--wait", "--profile", "invoice", "--document", "bad"];
    let outcomes = docmill(&rig, "publisher", &[&submit[..], &["--collection", "q4"]].concat()).await;
    assert_eq!(outcomes[0]["status"], "failed", "{outcomes}");

    let report = async || rig.stores.analyses.report(&id("q3")).await.ok()?;
    eventually("the report of what was submitted", report).await;
    let letters = async || {
        let letters = rig.stores.dead_letters.list(None).await.ok()?;
        (letters.len() == 1).then_some(())
    };
    eventually("the dead letter", letters).await;
    rig.drained(Work::Process).await;
    rig.drained(Work::Analyse).await;

    docmill(&rig, "operator", &["provision"]).await;
    docmill(&rig, "operator", &["status"]).await;
    docmill(&rig, "operator", &["status", "q3"]).await;
    docmill(&rig, "operator", &["results", "q3"]).await;
    docmill(&rig, "operator", &["dead", "list"]).await;
    docmill(&rig, "operator", &["profile", "list"]).await;
    assert_eq!(rig.outcome("good").await.status, Status::NeedsReview);
    docmill(&rig, "operator", &["pause", "--for", "1h"]).await;
    docmill(&rig, "operator", &["resume"]).await;
    docmill(&rig, "operator", &["forget", "q3", "--yes"]).await;
    assert_eq!(rig.outcomes("q3").await, 0);
    assert_eq!(violations(&rig), Vec::<String>::new());
}

/// A client that logs in as a user and hears what the server refuses.
struct Intruder {
    client: async_nats::Client,
    refused: mpsc::UnboundedReceiver<String>,
}

impl Intruder {
    async fn new(rig: &Rig, user: &str) -> Self {
        let (sender, refused) = mpsc::unbounded_channel();
        let options = ConnectOptions::with_user_and_password(user.to_owned(), password_of(user))
            .custom_inbox_prefix(format!("_INBOX.{user}"))
            .event_callback(move |event| {
                if let Event::ServerError(error) = event {
                    sender.send(error.to_string()).unwrap();
                }
                std::future::ready(())
            });
        Self { client: options.connect(rig.nats.url()).await.unwrap(), refused }
    }

    /// The server says it refused `what`, and nothing else.
    async fn expect_refusal(&mut self, what: &str) {
        self.client.flush().await.unwrap();
        let heard = tokio::time::timeout(PATIENCE, self.refused.recv()).await;
        let heard = heard.unwrap_or_else(|_| panic!("not refused: {what}")).unwrap();
        assert!(heard.contains(what), "{heard} instead of {what}");
    }
}

/// How much every stream holds and ever held.
async fn contents(rig: &Rig) -> BTreeMap<String, (u64, u64)> {
    let plain =
        [names::STREAM_OUTCOMES, names::STREAM_ANALYSES, names::STREAM_DEAD, names::STREAM_COLLECTIONS];
    let queues = Work::ALL.map(Work::stream);
    let keys = [names::BUCKET_PROFILES, names::BUCKET_REPLIES, names::BUCKET_QUOTA, names::BUCKET_STARTS];
    let objects = [names::BUCKET_DOCUMENTS, names::BUCKET_PAYLOADS, names::BUCKET_EXCERPTS];
    let all = plain.into_iter().chain(queues).map(str::to_owned);
    let all = all.chain(keys.map(|bucket| format!("KV_{bucket}")));
    let all = all.chain(objects.map(|bucket| format!("OBJ_{bucket}")));
    let mut contents = BTreeMap::new();
    for name in all {
        let state = rig.jetstream().get_stream(&name).await.unwrap().cached_info().state.clone();
        contents.insert(name, (state.messages, state.last_sequence));
    }
    contents
}

/// What each login must not say.
const REFUSED_PUBLISHES: [(&str, &[&str]); 4] = [
    (
        "processor",
        &[
            "docmill.analysis.q3.report",
            "docmill.analysis.q3.document.a",
            "docmill.collection.q3.done",
            "docmill.collection.q3.manifest",
            "docmill.dead.analyse.q3.a",
            "docmill.jobs.process.bulk.q3",
            "$O.docmill-excerpts.M.eA==",
            "$KV.docmill-starts.analyse.1",
            "$JS.ACK.DOCMILL_ANALYSE.analyse-bulk.1.1.1.1.0",
            "$JS.API.CONSUMER.MSG.NEXT.DOCMILL_ANALYSE.analyse-bulk",
            "$JS.API.CONSUMER.CREATE.DOCMILL_OUTCOMES",
            "$JS.API.STREAM.PURGE.DOCMILL_OUTCOMES",
            "$JS.API.STREAM.MSG.DELETE.DOCMILL_OUTCOMES",
            "$JS.API.STREAM.DELETE.DOCMILL_PROCESS",
            "_INBOX.analyser.1",
        ],
    ),
    (
        "analyser",
        &[
            "docmill.outcome.q3.a",
            "docmill.dead.process.q3.a",
            "docmill.collection.q3.manifest",
            "docmill.jobs.process.bulk.q3",
            "$KV.docmill-replies.a",
            "$KV.docmill-quota.clock",
            "$KV.docmill-profiles.invoice",
            "$KV.docmill-starts.process.1",
            "$O.docmill-documents.C.a",
            "$JS.API.DIRECT.GET.KV_docmill-replies.$KV.docmill-replies.a",
            "$JS.API.DIRECT.GET.OBJ_docmill-documents",
            "$JS.ACK.DOCMILL_PROCESS.process-bulk.1.1.1.1.0",
            "$JS.API.STREAM.PURGE.DOCMILL_ANALYSES",
            "$JS.API.STREAM.UPDATE.DOCMILL_OUTCOMES",
            "_INBOX.processor.1",
        ],
    ),
    (
        "publisher",
        &[
            "docmill.outcome.q3.a",
            "docmill.analysis.q3.report",
            "docmill.dead.process.q3.a",
            "docmill.collection.q3.done",
            "docmill.jobs.analyse.bulk.q3",
            "$KV.docmill-replies.a",
            "$KV.docmill-profiles.invoice",
            "$O.docmill-excerpts.C.a",
            "$JS.API.DIRECT.GET.KV_docmill-replies.$KV.docmill-replies.a",
            "$JS.API.STREAM.MSG.GET.KV_docmill-replies",
            "$JS.API.STREAM.MSG.GET.DOCMILL_PROCESS",
            "$JS.API.DIRECT.GET.OBJ_docmill-documents",
            "$JS.API.CONSUMER.CREATE.DOCMILL_PROCESS",
            "$JS.API.CONSUMER.MSG.NEXT.DOCMILL_PROCESS.process-bulk",
            "$JS.ACK.DOCMILL_PROCESS.process-bulk.1.1.1.1.0",
            "$JS.API.STREAM.PURGE.DOCMILL_PROCESS",
            "$JS.API.STREAM.PURGE.DOCMILL_OUTCOMES",
            "$JS.API.STREAM.DELETE.DOCMILL_OUTCOMES",
            "$JS.API.STREAM.CREATE.OTHER",
            "_INBOX.processor.1",
        ],
    ),
    (
        "operator",
        &[
            "docmill.analysis.q3.report",
            "docmill.dead.process.q3.a",
            "docmill.collection.q3.done",
            "$KV.docmill-replies.a",
            "$O.docmill-excerpts.C.a",
            "$JS.API.CONSUMER.MSG.NEXT.DOCMILL_PROCESS.process-bulk",
            "$JS.API.CONSUMER.DELETE.DOCMILL_PROCESS.process-bulk",
            "$JS.API.STREAM.DELETE.DOCMILL_OUTCOMES",
            "$JS.API.STREAM.CREATE.OTHER",
        ],
    ),
];

/// What each login must not hear.
const REFUSED_SUBSCRIPTIONS: [(&str, &[&str]); 4] = [
    (
        "processor",
        &["_INBOX.>", "_INBOX.analyser.>", "docmill.>", "docmill.jobs.process.>", "$KV.>", "$JS.>"],
    ),
    ("analyser", &["_INBOX.>", "_INBOX.processor.>", "docmill.outcome.*.*", "$O.>", "$SYS.>"]),
    ("publisher", &["_INBOX.>", "_INBOX.processor.>", "docmill.jobs.>", "docmill.analysis.>", "$KV.>", ">"]),
    ("operator", &["_INBOX.>", "_INBOX.publisher.>", "$KV.docmill-replies.>", ">"]),
];

#[tokio::test]
async fn what_a_login_is_not_for_is_refused_by_the_server() {
    let rig = Rig::start_with_accounts().await;
    rig.submit("invoice/english-classic.pdf", "waiting").await;
    let before = contents(&rig).await;

    for (user, subjects) in REFUSED_PUBLISHES {
        let mut intruder = Intruder::new(&rig, user).await;
        for &subject in subjects {
            intruder.client.publish(subject, json!({}).to_string().into()).await.unwrap();
            intruder.expect_refusal(&format!("Publish to \"{subject}\"")).await;
        }
    }

    for (user, subjects) in REFUSED_SUBSCRIPTIONS {
        let mut intruder = Intruder::new(&rig, user).await;
        for &subject in subjects {
            let _subscription = intruder.client.subscribe(subject).await.unwrap();
            intruder.expect_refusal(&format!("Subscription to \"{subject}\"")).await;
        }
    }
    assert_eq!(contents(&rig).await, before);
}

/// Not a promise but a limit, which the file states: if a server ever closes it, the sentence there can go.
#[tokio::test]
async fn an_answer_is_stored_where_it_is_sent() {
    let rig = Rig::start_with_accounts().await;
    let analyser = Intruder::new(&rig, "analyser").await;
    let own = "$O.docmill-excerpts.M.eA==";
    analyser.client.publish(own, "forged".into()).await.unwrap();
    let ask = format!("$JS.API.DIRECT.GET.OBJ_docmill-excerpts.{own}");
    let stored = async || {
        analyser.client.publish_with_reply(ask.clone(), "docmill.outcome.q3.a", "".into()).await.ok()?;
        let outcomes = rig.jetstream().get_stream(names::STREAM_OUTCOMES).await.ok()?;
        let last = outcomes.get_last_raw_message_by_subject("docmill.outcome.q3.a").await.ok()?;
        (last.payload == "forged").then_some(())
    };
    eventually("the forged outcome", stored).await;
}

#[tokio::test]
async fn a_publisher_hears_of_outcomes() {
    let rig = Rig::start_with_accounts().await;
    let publisher = Intruder::new(&rig, "publisher").await;
    let mut heard = publisher.client.subscribe("docmill.outcome.q3.*").await.unwrap();
    publisher.client.flush().await.unwrap();
    let _processor = rig.processor();
    rig.submit("invoice/english-classic.pdf", "heard").await;
    let outcome =
        tokio::time::timeout(PATIENCE + Duration::from_secs(1), heard.next()).await.unwrap().unwrap();
    assert_eq!(outcome.subject.as_str(), "docmill.outcome.q3.heard");
}

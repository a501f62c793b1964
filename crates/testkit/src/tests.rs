//! The samples, read by docmill's own reader and answered by its mock, say what their truths say.

use std::path::Path;

use docmill_contract::outcome::Status;
use docmill_contract::pages::PageSelection;
use docmill_contract::profile::Profile;
use docmill_extraction::{Answered, GroundContext, PlanBudget, Record, SchemaLevel, Task, ground, plan};
use docmill_mock_llm::{MockLlm, Options};
use docmill_pdf::{Limits, ReadError, read};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::layouts::draw;
use crate::samples::{self, PASSWORD};
use crate::varied;

/// What docmill makes of a PDF when the mock is asked, in chunks of at most so many tokens.
async fn extracted(mock: &MockLlm, profile: &str, pdf: &[u8], chunk_tokens_max: usize) -> Record {
    let profile = Profile::built_in(profile).unwrap();
    let task = Task::new(&profile.schema, &profile.instructions, &profile.rules).unwrap();
    let document = read(pdf.to_vec(), None, &PageSelection::default(), &Limits::default()).unwrap();
    let mut answers = Vec::new();
    let chunks = plan(&document, &PlanBudget { chunk_tokens_max, ..PlanBudget::default() });
    for question in task.questions(chunks) {
        let prompt = task.prompt(&question, SchemaLevel::JsonSchema);
        let messages = prompt.messages.iter();
        let messages: Vec<Value> = messages
            .map(|message| json!({"role": message.role.name(), "content": message.content}))
            .collect();
        let content =
            ask(mock, &json!({"messages": messages, "response_format": prompt.response_format})).await;
        let answer = task.read_reply(&content, &question).unwrap().answer;
        answers.push(Answered { question, answer });
    }
    ground(&task, &document, &answers, &GroundContext::default())
}

/// The text of the mock's answer.
async fn ask(mock: &MockLlm, request: &Value) -> String {
    let body = request.to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(mock.address()).await.unwrap();
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    let (_, body) = reply.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    body["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
}

/// Where two records differ; `12` and `12.0` are the same number.
fn differences(at: &str, found: &Value, truth: &Value) -> Vec<String> {
    match (found, truth) {
        (Value::Object(left), Value::Object(right)) => {
            let names = left.keys().chain(right.keys().filter(|name| !left.contains_key(*name)));
            names.flat_map(|name| differences(&format!("{at}/{name}"), &found[name], &truth[name])).collect()
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let pairs = left.iter().zip(right).enumerate();
            pairs.flat_map(|(row, (left, right))| differences(&format!("{at}/{row}"), left, right)).collect()
        }
        _ if found == truth || (found.is_number() && found.as_f64() == truth.as_f64()) => Vec::new(),
        _ => vec![format!("{at}: {found} instead of {truth}")],
    }
}

#[tokio::test]
async fn every_sample_with_text_is_extracted_as_its_truth_says() {
    let mock = MockLlm::start(Options::default()).await.unwrap();
    let mut extracted_samples = 0;
    for sample in samples::all().unwrap() {
        let expected = match sample.expect["status"].as_str().unwrap() {
            "verified" => Status::Verified,
            "needs_review" => Status::NeedsReview,
            _ => continue,
        };
        let record = extracted(&mock, sample.profile, &sample.pdf, 6_000).await;
        assert_eq!(differences("", &record.data, &sample.data), [""; 0], "{}", sample.name);
        assert_eq!(record.status, expected, "{}: {:#?}", sample.name, record.warnings);
        extracted_samples += 1;
    }
    assert_eq!(extracted_samples, 11);
}

#[tokio::test]
async fn varied_invoices_are_extracted_whole_and_in_chunks() {
    let mock = MockLlm::start(Options::default()).await.unwrap();
    for seed in 0..60 {
        let (invoice, layout) = varied::invoice(seed);
        let pdf = draw(&invoice, layout).write();
        for chunk_tokens_max in [6_000, 500] {
            let record = extracted(&mock, "invoice", &pdf, chunk_tokens_max).await;
            assert_eq!(differences("", &record.data, &invoice.record()), [""; 0], "{seed} {layout:?}");
            assert_eq!(record.status, Status::Verified, "{seed} {layout:?}: {:#?}", record.warnings);
        }
    }
}

#[test]
fn the_samples_that_fail_fail_for_their_reason() {
    let all = PageSelection::default();
    let limits = Limits::default();
    let sample =
        |name: &str| samples::all().unwrap().into_iter().find(|sample| sample.name == name).unwrap().pdf;
    assert_eq!(read(sample("encrypted"), None, &all, &limits), Err(ReadError::Encrypted));
    let opened = read(sample("encrypted"), Some(PASSWORD), &all, &limits).unwrap();
    assert_eq!(opened.pages[0].lines[0].text(), "Northgate Tools Ltd");
    assert!(matches!(read(sample("broken"), None, &all, &limits), Err(ReadError::Damaged { .. })));
    let scan = read(sample("scan"), None, &all, &limits).unwrap();
    assert!(scan.pages[0].has_image && !scan.pages[0].has_usable_text());
    let factur_x = read(sample("factur-x"), None, &all, &limits).unwrap();
    assert_eq!(factur_x.embedded_files[0].name, "factur-x.xml");
    assert_eq!(factur_x.embedded_files[0].relationship.as_deref(), Some("Data"));
}

/// Bytes of the scan depend on how a processor rounds, those of the encrypted file on random numbers.
#[test]
fn the_folder_holds_what_is_made() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    let read =
        |path: String| std::fs::read(folder.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let readme = String::from_utf8(read("README.md".to_owned())).unwrap();
    for sample in samples::all().unwrap() {
        let path = format!("{}/{}", sample.profile, sample.name);
        let made_anew = "run `cargo run -p docmill-testkit --bin make-samples -- samples`";
        let pdf = read(format!("{path}.pdf"));
        if !(sample.fresh || sample.name == "scan") {
            assert!(pdf == sample.pdf, "{path}.pdf is not what is made: {made_anew}");
        }
        let truth = String::from_utf8(read(format!("{path}.truth.json"))).unwrap();
        assert_eq!(truth, format!("{:#}\n", sample.truth()), "{path}: {made_anew}");
        assert!(readme.contains(sample.shows), "the README says of {path}: {}", sample.shows);
    }
}

#[test]
fn an_invoice_follows_from_its_seed() {
    let bytes = |seed| {
        let (invoice, layout) = varied::invoice(seed);
        draw(&invoice, layout).write()
    };
    assert_eq!(bytes(7), bytes(7));
    assert_ne!(bytes(7), bytes(8));
}

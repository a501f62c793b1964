//! The samples, read by docmill's own reader and answered by its mock, say what their truths say.

use std::path::Path;

use docmill_contract::pages::PageSelection;
use docmill_mock_llm::{MockLlm, Options};
use docmill_pdf::{Limits, ReadError, read};
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::layouts::draw;
use crate::samples::{self, PASSWORD};
use crate::varied;

/// The wire schema of a built-in profile.
fn wire(profile: &str) -> Value {
    let path = format!("{}/../contract/profiles/{profile}.json", env!("CARGO_MANIFEST_DIR"));
    let profile: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let properties = profile["schema"]["properties"].as_object().unwrap();
    let lowered = properties.iter().map(|(name, property)| {
        let description = &property["description"];
        let lowered = match property["items"]["properties"].as_object() {
            Some(columns) => {
                let cell = |column: &Value| json!({"type": ["string", "null"], "description": column["description"]});
                let columns = columns.iter().map(|(name, column)| (name.clone(), cell(column)));
                let anchor = [("line".to_owned(), json!({"type": "integer"}))];
                json!({"type": "array", "items": closed(anchor.into_iter().chain(columns).collect())})
            }
            None => {
                let mut value = closed(Map::from_iter([
                    ("value".to_owned(), json!({"type": "string"})),
                    ("line".to_owned(), json!({"type": "integer"})),
                ]));
                value["type"] = json!(["object", "null"]);
                value["description"] = description.clone();
                value
            }
        };
        (name.clone(), lowered)
    });
    closed(lowered.collect())
}

fn closed(properties: Map<String, Value>) -> Value {
    let required: Vec<&String> = properties.keys().collect();
    json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties})
}

/// The user message for a PDF, as the worker writes it.
fn prompt(pdf: &[u8]) -> String {
    let document = read(pdf.to_vec(), None, &PageSelection::default(), &Limits::default()).unwrap();
    let mut text = "INSTRUCTIONS\nnone\n\nDOCUMENT\n".to_owned();
    let mut number = 0;
    for page in &document.pages {
        text += &format!("=== page {} ===\n", page.number);
        for line in &page.lines {
            number += 1;
            let cells: Vec<String> = line.cells().into_iter().map(|cell| cell.text).collect();
            text += &format!("{number}| {}\n", cells.join(" | "));
        }
    }
    text + "END OF DOCUMENT"
}

/// What the mock answers for a PDF.
async fn answer(mock: &MockLlm, profile: &str, pdf: &[u8]) -> Value {
    let schema = json!({"name": "record", "strict": true, "schema": wire(profile)});
    let body = json!({
        "messages": [{"role": "user", "content": prompt(pdf)}],
        "response_format": {"type": "json_schema", "json_schema": schema},
    });
    let body = body.to_string();
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
    serde_json::from_str(body["choices"][0]["message"]["content"].as_str().unwrap()).unwrap()
}

/// A printed text as the JSON a record has in its place, judged by the truth's own type.
fn parsed(printed: &str, truth: &Value) -> Value {
    let text = printed.replace(['€', '£', '$', '%', ' '], "");
    if truth.is_number() {
        let (group, point) = if german(&text) { ('.', ',') } else { (',', '.') };
        let plain: String =
            text.chars().filter(|c| *c != group).map(|c| if c == point { '.' } else { c }).collect();
        return plain.parse::<f64>().map_or(Value::Null, |number| json!(number));
    }
    for format in ["%d %B %Y", "%B %d, %Y", "%d.%m.%Y"] {
        if let Ok(date) = Date::strptime(format, printed) {
            return json!(date.to_string());
        }
    }
    json!(printed)
}

/// Whether a number's decimal separator is a comma: one or two digits follow it.
fn german(text: &str) -> bool {
    text.rsplit_once(',').is_some_and(|(_, decimals)| decimals.len() < 3)
}

/// The differences between an answer and a truth.
fn differences(answer: &Value, truth: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |at: String, printed: &Value, truth: &Value| {
        let value = printed.as_str().map_or(Value::Null, |printed| parsed(printed, truth));
        let same = match (value.as_f64(), truth.as_f64()) {
            (Some(value), Some(truth)) => value.to_bits() == truth.to_bits(),
            _ => value == *truth,
        };
        if !same {
            found.push(format!("{at}: {printed} instead of {truth}"));
        }
    };
    for (name, truth) in truth.as_object().unwrap() {
        match truth.as_array() {
            Some(rows) => {
                let answered = answer[name].as_array().unwrap();
                compare(format!("{name}: count"), &json!(answered.len().to_string()), &json!(rows.len()));
                for (position, (answered, row)) in answered.iter().zip(rows).enumerate() {
                    for (column, truth) in row.as_object().unwrap() {
                        compare(format!("{name}/{position}/{column}"), &answered[column], truth);
                    }
                }
            }
            None => compare(name.clone(), &answer[name]["value"], truth),
        }
    }
    found
}

#[tokio::test]
async fn the_mock_reads_every_sample_with_text_as_its_truth_says() {
    let mock = MockLlm::start(Options::default()).await.unwrap();
    let mut read = 0;
    for sample in samples::all().unwrap() {
        if sample.expect["status"] == "verified" {
            let answer = answer(&mock, sample.profile, &sample.pdf).await;
            assert_eq!(differences(&answer, &sample.data), [""; 0], "{}: {answer:#}", sample.name);
            read += 1;
        }
    }
    assert_eq!(read, 9);
}

#[tokio::test]
async fn the_mock_reads_varied_invoices() {
    let mock = MockLlm::start(Options::default()).await.unwrap();
    for seed in 0..60 {
        let (invoice, layout) = varied::invoice(seed);
        let answer = answer(&mock, "invoice", &draw(&invoice, layout).write()).await;
        assert_eq!(differences(&answer, &invoice.record()), [""; 0], "{seed} {layout:?}: {answer:#}");
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

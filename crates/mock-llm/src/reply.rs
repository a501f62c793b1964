//! What the mock says to one request, with the fault that was decided for it.
//!
//! Called by the server after the delay. Pure: the same request, fault and settings give the same text.

use serde_json::{Value, json};

use crate::answer::{Answer, answer};
use crate::chat::{self, Reply, Request};
use crate::distort::{Distortion, happens, hash};
use crate::document::{self, Document};
use crate::faults::{Fault, Faults};
use crate::narrate::{self, Fact};
use crate::obey;

/// The reply, and the fault it really has: an answer may turn out too long, a wrong rate may hit no value.
pub(crate) fn reply(request: &Request, prompt: u64, fault: Fault, faults: &Faults) -> (Reply, Fault) {
    if fault == Fault::Refuse {
        return (Reply::Refusal("I'm sorry, but I can't help with that.".to_owned()), fault);
    }
    let Some(task) = Task::of(request) else {
        return (Reply::Content(small_talk(request)), Fault::None);
    };
    let rate = if fault == Fault::Wrong { 1.0 } else { faults.wrong_rate };
    let said = task.answer(&Distortion { rate, hash: prompt });
    let is_true = rate <= 0.0 || said == task.answer(&Distortion { rate: 0.0, hash: prompt });
    let wrong = if is_true { Fault::None } else { Fault::Wrong };
    if fault == Fault::Obey
        && let Some(given_away) = obey::obeyed(request, &said.record)
    {
        return (Reply::Content(given_away.to_string()), fault);
    }
    let text = said.record.to_string();
    match fault {
        Fault::InvalidJson => (Reply::Content(invalid(&text, prompt)), fault),
        Fault::OutsideSchema => (Reply::Content(outside(&said).to_string()), fault),
        Fault::Truncate => (Reply::Cut(cut(&text, prompt)), fault),
        Fault::None | Fault::Wrong | Fault::Obey => {
            if faults.truncate_above_rows.is_some_and(|rows_max| said.rows > rows_max) {
                return (Reply::Cut(cut(&text, prompt)), Fault::Truncate);
            }
            match request.completion_tokens_max {
                Some(most) if chat::tokens(&text) > most => {
                    (Reply::Cut(chat::first_tokens(&text, most)), Fault::Truncate)
                }
                _ => (Reply::Content(text), wrong),
            }
        }
        // These never reach a reply; a refusal was given above.
        Fault::Drop | Fault::Status(_) | Fault::Throttle(_) | Fault::Refuse => (Reply::Content(text), wrong),
    }
}

/// What a request asks.
enum Task {
    /// A record of a document: a schema and what it is filled from.
    Record(Value, Document),
    /// Sentences about facts.
    Narrative(Vec<Fact>),
}

impl Task {
    /// The last message with facts or a document counts.
    ///
    /// A schema without a document gives a record of nulls; a document without a schema is nothing to answer.
    fn of(request: &Request) -> Option<Self> {
        let users = || request.messages.iter().filter(|(role, _)| role == "user").rev();
        if let Some(facts) = users().find_map(|(_, text)| narrate::parse(text)) {
            return Some(Self::Narrative(facts));
        }
        let (in_prompt, document) = users().find_map(|(_, text)| document::parse(text)).unwrap_or_default();
        Some(Self::Record(request.schema.clone().or(in_prompt)?, document))
    }

    fn answer(&self, distortion: &Distortion) -> Answer {
        match self {
            Self::Record(schema, document) => answer(schema, document, distortion),
            Self::Narrative(facts) => narrate::answer(facts, distortion),
        }
    }
}

/// What is said where nothing can be extracted.
fn small_talk(request: &Request) -> String {
    let text = "I am mock-llm: I find labelled values in a document, and there is no schema to fill here.";
    if request.json_object { json!({"message": text}).to_string() } else { text.to_owned() }
}

/// Three ways in which models spoil JSON: prose instead, a single quote too many, a comment inside.
fn invalid(text: &str, prompt: u64) -> String {
    match hash(prompt, &["how"]) % 3 {
        0 => "Here is the record you asked for: the document is an invoice.".to_owned(),
        1 => text.replacen('"', "'", 3),
        _ => format!("{}, // and so on", text.trim_end_matches('}')),
    }
}

/// JSON that isn't the schema's: a property too many, one too few.
fn outside(answer: &Answer) -> Value {
    let mut record = answer.record.clone();
    if let Some(fields) = record.as_object_mut() {
        if let Some(first) = fields.keys().next().cloned() {
            fields.remove(&first);
        }
        fields.insert("unexpected".to_owned(), json!({"note": ["not", "in", "the", "schema"]}));
    }
    record
}

/// The first 30 to 80 per cent of a text.
fn cut(text: &str, prompt: u64) -> String {
    let count = text.chars().count();
    let keep = if happens(0.5, hash(prompt, &["cut"])) { count * 3 / 10 } else { count * 8 / 10 };
    text.chars().take(keep).collect()
}

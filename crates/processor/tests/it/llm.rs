//! The LLM port against real servers: the mock as either provider, and a server that does what it is told.

mod ai_core;
mod openai;
mod recorder;
mod tls;

use std::path::PathBuf;

use docmill_chassis::config::{Problems, Sections};
use docmill_extraction::{Message, Prompt, Role};
use docmill_processor::config::ProcessorSettings;
use docmill_processor::llm::sap_ai_core::credentials::Surroundings;
use docmill_processor::llm::{Llm, LlmError, Reply, Request};
use serde_json::{Value, json};

/// A client as `DOCMILL_LLM__…` and the variables around configure it.
fn llm(keys: &[(&str, &str)], around: &[(&str, String)], binding_folders: Vec<PathBuf>) -> Llm {
    docmill_chassis::run::install_tls();
    let mut problems = Problems::default();
    let variables = keys.iter().map(|(key, value)| (format!("DOCMILL_LLM__{key}"), (*value).to_owned()));
    let sections = Sections::load(None, variables, &mut problems);
    let around = around.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let surroundings = Surroundings::new(around).with_binding_folders(binding_folders);
    let settings = ProcessorSettings::read_in(&sections, surroundings, &mut problems);
    assert!(problems.is_empty(), "{problems}");
    Llm::new(settings.llm).unwrap()
}

/// A question about one line, as `extraction` writes it.
fn question(line: &str) -> Request {
    let anchored = |label: &str| {
        json!({
            "type": ["object", "null"],
            "description": format!("Printed as '{label}'"),
            "properties": {"value": {"type": "string"}, "line": {"type": "integer"}},
            "required": ["value", "line"],
            "additionalProperties": false,
        })
    };
    let schema = json!({
        "type": "object",
        "properties": {"customer": anchored("Customer")},
        "required": ["customer"],
        "additionalProperties": false,
    });
    let message = |role, content: String| Message { role, content };
    let document =
        format!("INSTRUCTIONS\nnone\n\nDOCUMENT\n=== page 1 ===\n1| Customer | {line}\nEND OF DOCUMENT\n");
    Request {
        prompt: Prompt {
            messages: vec![message(Role::System, "rules".to_owned()), message(Role::User, document)],
            response_format: Some(json!({
                "type": "json_schema", "json_schema": {"name": "record", "strict": true, "schema": schema},
            })),
        },
        images: Vec::new(),
        reply_tokens_max: 1_000,
    }
}

/// The customer that a reply names.
fn customer(reply: &Reply) -> String {
    let record: Value = serde_json::from_str(&reply.text).unwrap();
    record["customer"]["value"].as_str().unwrap().to_owned()
}

/// An error and all of its causes.
fn told(error: &LlmError) -> String {
    docmill_processor::error::chain(error)
}

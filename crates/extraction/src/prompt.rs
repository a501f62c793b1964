//! The messages of a question: fixed rules, the user's instructions, and a chunk's numbered lines.
//!
//! Made by the processor for each question. The document's text is one block between marks that its own lines can't
//! forge, since each of them starts with its number. There is no example: models copy examples into answers.

use serde_json::{Value, json};

use crate::chunk::tokens_of;
use crate::question::{Purpose, Question};
use crate::reply::ReplyProblem;
use crate::task::Task;

/// Names the prompt in outcomes and in the keys of kept replies. Changes whenever the messages do.
pub const PROMPT_VERSION: &str = "2";

const SYSTEM: &str = include_str!("../prompts/system.txt");

/// The most of an unreadable reply that is sent back for repair.
const REPAIR_REPLY_BYTES_MAX: usize = 16 * 1024;

/// How much of the wire schema a provider takes as a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SchemaLevel {
    /// All of it: `response_format` of type `json_schema`, strict.
    JsonSchema,
    /// Only that it is JSON: `response_format` of type `json_object`; the schema is in the text.
    JsonObject,
    /// Nothing: the schema is in the text.
    Prompt,
}

/// A question to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The messages, in order: system, user, and after a repair assistant and user again.
    pub messages: Vec<Message>,
    /// The `response_format` of the request; absent at [`SchemaLevel::Prompt`].
    pub response_format: Option<Value>,
}

/// A message of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The text.
    pub content: String,
}

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The fixed rules.
    System,
    /// The question.
    User,
    /// What the model said before.
    Assistant,
}

impl Role {
    /// Its name in chat completions.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

impl Prompt {
    /// Tokens of its messages and schema, estimated on the high side.
    pub fn tokens_estimated(&self) -> usize {
        let schema = self.response_format.as_ref().map_or(0, |format| format.to_string().len());
        let messages: usize = self.messages.iter().map(|message| message.content.len() + 16).sum();
        tokens_of(messages + schema)
    }
}

impl Task {
    /// The messages of a question.
    pub fn prompt(&self, question: &Question, level: SchemaLevel) -> Prompt {
        let wire = question.wire_schema();
        let instructions =
            if self.instructions.trim().is_empty() { "none" } else { self.instructions.trim() };
        let mut user = format!("INSTRUCTIONS\n{instructions}\n\n");
        let response_format = match level {
            SchemaLevel::JsonSchema => Some(json!({
                "type": "json_schema", "json_schema": {"name": "record", "strict": true, "schema": wire},
            })),
            SchemaLevel::JsonObject => Some(json!({"type": "json_object"})),
            SchemaLevel::Prompt => None,
        };
        if let Some(note) = note(question.purpose) {
            user.push_str(&format!("NOTE\n{note}\n\n"));
        }
        if level != SchemaLevel::JsonSchema {
            user.push_str(&format!("SCHEMA\n{wire}\n\n"));
        }
        user.push_str("DOCUMENT\n");
        user.push_str(&question.chunk.render());
        user.push_str("END OF DOCUMENT\n");
        let messages = vec![
            Message { role: Role::System, content: SYSTEM.trim_end().to_owned() },
            Message { role: Role::User, content: user },
        ];
        Prompt { messages, response_format }
    }

    /// The question asked again after a reply that couldn't be read: the same, with the reply and what is wrong
    /// with it.
    pub fn repair_prompt(&self, previous: &Prompt, reply: &str, problem: &ReplyProblem) -> Prompt {
        let kept = reply.get(..reply.floor_char_boundary(REPAIR_REPLY_BYTES_MAX)).unwrap_or_default();
        let mut prompt = previous.clone();
        if !kept.trim().is_empty() {
            prompt.messages.push(Message { role: Role::Assistant, content: kept.to_owned() });
        }
        let content = format!(
            "Your answer can't be used: {problem}. Answer the question again, with the whole JSON object of the \
             given schema and no text around it."
        );
        prompt.messages.push(Message { role: Role::User, content });
        prompt
    }

    /// The question asked again after an answer that leaves out nearly everything its lines have labels and rows for.
    pub fn fuller_prompt(&self, previous: &Prompt, reply: &str, unanswered: &[String]) -> Prompt {
        let mut prompt = self.repair_prompt(previous, reply, &ReplyProblem::Empty);
        if let Some(last) = prompt.messages.last_mut() {
            last.content = format!(
                "Your answer gives nothing for {}, though the document prints their labels or rows. Read it again \
                 from its first line to its last and give the whole JSON object, with every value that is printed; \
                 null stays right for what is not.",
                unanswered.join(", ")
            );
        }
        prompt
    }

    /// Tokens that every question takes beside its chunk, estimated on the high side.
    pub fn overhead_tokens_estimated(&self) -> usize {
        let schema = self.parts.iter().map(|part| part.wire.to_string().len()).max().unwrap_or_default();
        tokens_of(SYSTEM.len() + self.instructions.len() + schema + 512)
    }
}

/// What a model is told about why it is asked. No value that was read before is named: it could come back as an answer.
fn note(purpose: Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Fill => None,
        Purpose::MissingRows => Some(
            "The lines below are a stretch of a table from which rows were left out when it was read before. Give \
             every row that begins on one of them.",
        ),
        Purpose::Equation => Some(
            "The values that the schema asks for were read before and contradict each other. Read each again from \
             the lines below, exactly as it is printed, also if they contradict each other on the page. The lines \
             are picked from the document; give only rows that begin on one of them.",
        ),
    }
}

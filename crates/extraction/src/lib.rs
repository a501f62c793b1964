//! The brain of the Data Processor: what to ask a model about a document, and what to believe of its answer.
//!
//! Called by the processor, in this order: [`Task::new`] compiles a profile's schema once; [`Plan`] cuts a document into
//! chunks of numbered lines; [`Task::questions`] asks about each part of the schema in each chunk, and
//! [`Task::prompt`] makes a question's messages; [`Task::read_reply`] reads what came back, and leaves open what can't
//! be used ([`Task::repair_prompt`] asks again where nothing can); [`examine`] looks every value up on the pages, makes
//! the record with its evidence and warnings, and says what is worth asking once more ([`Examined::questions`]).
//!
//! A document that carries its data (an electronic invoice, a filled form) is asked about only where that doesn't do:
//! [`Task::carried`] says so.
//!
//! Everything is pure: no I/O, no clock, no network, and the same arguments give the same bytes. A model's
//! answer is never believed: a value counts as proved only where the page shows it.

mod again;
mod assemble;
mod chunk;
mod complete;
mod correct;
mod credible;
mod doubt;
mod embedded;
mod ground;
mod labelled;
mod labels;
mod layout;
mod lines;
mod lower;
mod merge;
mod mistaken;
mod part;
mod plan;
mod prompt;
mod prove;
mod question;
mod recheck;
mod record;
mod reply;
mod schema;
mod sparse;
mod task;
#[cfg(test)]
mod tests;
mod warn;

pub use again::Stage;
pub use chunk::{Chunk, ChunkLine};
pub use embedded::{Carried, Embedded};
pub use ground::{Answered, GroundContext, examine, ground};
pub use plan::{Plan, PlanBudget, plan};
pub use prompt::{Message, PROMPT_VERSION, Prompt, Role, SchemaLevel};
pub use question::{Purpose, Question};
pub use recheck::{in_broken_equations, is_rechecked, recheck};
pub use record::{Examined, Record};
pub use reply::{Answer, ReplyProblem, Usable};
pub use schema::SchemaError;
pub use task::Task;

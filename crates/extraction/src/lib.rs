//! The brain of the Data Processor: what to ask a model about a document, and what to believe of its answer.
//!
//! Called by the processor, in this order: [`Task::new`] compiles a profile's schema once; [`plan`] cuts a
//! document into chunks of numbered lines; [`Task::prompt`] makes a chunk's messages; [`Task::read_reply`]
//! reads what came back ([`Task::repair_prompt`] asks again where it can't be read); [`ground`] looks every
//! value up on the pages and makes the record with its evidence and warnings.
//!
//! Everything is pure: no I/O, no clock, no network, and the same arguments give the same bytes. A model's
//! answer is never believed: a value counts as proved only where the page shows it.

mod assemble;
mod complete;
mod ground;
mod lines;
mod lower;
mod merge;
mod plan;
mod prompt;
mod prove;
mod recheck;
mod record;
mod reply;
mod schema;
mod task;
#[cfg(test)]
mod tests;
mod warn;

pub use ground::{Answered, GroundContext, ground};
pub use plan::{Chunk, ChunkLine, PlanBudget, plan};
pub use prompt::{Message, PROMPT_VERSION, Prompt, Role, SchemaLevel};
pub use recheck::{is_rechecked, recheck};
pub use record::Record;
pub use reply::{Answer, ReplyProblem};
pub use schema::SchemaError;
pub use task::Task;

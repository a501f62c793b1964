//! How much of a schema the endpoint takes: as configured, until it refuses that.
//!
//! Read for every question by [`Asker`](super::Asker). Endpoints that call themselves compatible differ most in this, so
//! a refusal lowers the level for the life of the worker instead of failing documents.

use std::sync::atomic::{AtomicU8, Ordering};

use docmill_extraction::SchemaLevel;

/// The levels, the most specific first.
const LEVELS: [SchemaLevel; 3] = [SchemaLevel::JsonSchema, SchemaLevel::JsonObject, SchemaLevel::Prompt];

/// The level in force; it only ever falls.
#[derive(Debug)]
pub struct Level(AtomicU8);

impl Level {
    /// Starts at a level.
    pub fn new(level: SchemaLevel) -> Self {
        Self(AtomicU8::new(place(level)))
    }

    /// The level in force.
    pub fn current(&self) -> SchemaLevel {
        at(self.0.load(Ordering::Relaxed))
    }

    /// The endpoint refused this level: the next one is in force from now on. Said once, however many calls were
    /// refused at the same time.
    pub(super) fn fall_from(&self, level: SchemaLevel, why: &str) {
        let (from, to) = (place(level), place(level) + 1);
        if self.0.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            tracing::warn!(
                ?level,
                lower = ?self.current(),
                why,
                "the endpoint refuses the format of answers: asking for a less specific one; set `llm.schema_support` to begin with that"
            );
        }
    }
}

/// The next less specific level.
pub(super) fn below(level: SchemaLevel) -> SchemaLevel {
    at(place(level) + 1)
}

fn at(place: u8) -> SchemaLevel {
    LEVELS.get(usize::from(place)).copied().unwrap_or(SchemaLevel::Prompt)
}

fn place(level: SchemaLevel) -> u8 {
    match level {
        SchemaLevel::JsonSchema => 0,
        SchemaLevel::JsonObject => 1,
        SchemaLevel::Prompt => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_step_by_step_and_once_for_many_refusals() {
        let level = Level::new(SchemaLevel::JsonSchema);
        level.fall_from(SchemaLevel::JsonSchema, "");
        level.fall_from(SchemaLevel::JsonSchema, "");
        assert_eq!(level.current(), SchemaLevel::JsonObject);
        level.fall_from(SchemaLevel::JsonObject, "");
        assert_eq!(level.current(), SchemaLevel::Prompt);
    }
}

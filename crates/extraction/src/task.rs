//! A profile compiled for extraction: the shape of its record, its parts with their wire schemas, and what enforces it.
//!
//! Made once for a profile by the processor and shared by its jobs. It holds no document.

use std::sync::Arc;

use docmill_contract::profile::Rule;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::lower::wire_schema;
use crate::part::{Part, parts_of};
use crate::schema::{SchemaError, Shape, check_weight, shape_of};

/// The most memory a compiled pattern of a schema may take.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// What is to be extracted, compiled.
#[derive(Debug)]
pub struct Task {
    pub(crate) shape: Shape,
    pub(crate) parts: Vec<Arc<Part>>,
    pub(crate) validator: Validator,
    pub(crate) instructions: String,
    pub(crate) rules: Vec<Rule>,
    wire: Value,
}

impl Task {
    /// Compiles a profile's schema, instructions and rules.
    ///
    /// # Errors
    /// [`SchemaError`], for the person who wrote the schema.
    pub fn new(schema: &Value, instructions: &str, rules: &[Rule]) -> Result<Self, SchemaError> {
        if !schema.is_object() {
            return Err(SchemaError::NotAnObject);
        }
        check_weight(schema)?;
        let validator = compiled(schema)?;
        let shape = shape_of(schema)?;
        let parts = parts_of(&shape).into_iter().map(Arc::new).collect();
        let wire = wire_schema(&shape);
        let (instructions, rules) = (instructions.to_owned(), rules.to_vec());
        Ok(Self { shape, parts, validator, instructions, rules, wire })
    }

    /// The whole schema as a model would be asked to answer in it. A wide one is asked for in parts
    /// ([`Question::wire_schema`](crate::Question::wire_schema)).
    pub fn wire_schema(&self) -> &Value {
        &self.wire
    }

    /// In how many questions each chunk is asked about.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }
}

/// Compiles the user's schema. Patterns run in linear time: they meet text of strangers' documents.
fn compiled(schema: &Value) -> Result<Validator, SchemaError> {
    jsonschema::meta::validate(schema).map_err(|error| SchemaError::Invalid {
        pointer: error.instance_path().to_string(),
        reason: error.to_string(),
    })?;
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
        .build(schema)
        .map_err(|error| SchemaError::Invalid {
            pointer: error.instance_path().to_string(),
            reason: error.to_string(),
        })
}

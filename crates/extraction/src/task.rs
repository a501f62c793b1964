//! A profile compiled for extraction: the shape of its record, the wire schema, and what enforces it.
//!
//! Made once for a profile by the processor and shared by its jobs. It holds no document.

use docmill_contract::profile::Rule;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::lower::wire_schema;
use crate::schema::{SchemaError, Shape, shape_of};

/// The most memory a compiled pattern of a schema may take.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// What is to be extracted, compiled.
#[derive(Debug)]
pub struct Task {
    pub(crate) shape: Shape,
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
        let validator = compiled(schema)?;
        let shape = shape_of(schema)?;
        let wire = wire_schema(&shape);
        Ok(Self { shape, validator, instructions: instructions.to_owned(), rules: rules.to_vec(), wire })
    }

    /// The schema a model is asked to answer in.
    pub fn wire_schema(&self) -> &Value {
        &self.wire
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

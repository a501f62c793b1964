//! Profiles: what to extract from one kind of document, how to check it, and how to analyse it.
//!
//! Written by users as files, kept as JSON in the KV `docmill-profiles`; read by all programs. Four are built
//! in. Equations and columns are data, so that they can be read by other people's programs too; what they mean
//! is computed in the crates `arithmetic` and `analysis`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::Sha256Hex;
use crate::spec::AnalysisSpec;

/// The name of the profile of a job that names none.
pub const DEFAULT_PROFILE: &str = "general";

/// The built-in profiles as files: name and JSON.
const BUILT_IN: [(&str, &str); 4] = [
    ("invoice", include_str!("../profiles/invoice.json")),
    ("bank-statement", include_str!("../profiles/bank-statement.json")),
    ("financial-statement", include_str!("../profiles/financial-statement.json")),
    (DEFAULT_PROFILE, include_str!("../profiles/general.json")),
];

/// What to extract, how to check it, how to analyse it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The version of this format: 1.
    #[serde(default = "version")]
    pub version: u32,
    /// The name jobs use; absent for a schema that came with a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One line for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// JSON Schema (2020-12) of the record. It must describe an object. Quoted words in a `description` are the
    /// labels under which a document prints the value.
    pub schema: serde_json::Value,
    /// What the model should know beyond the schema.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instructions: String,
    /// Equations that a right record satisfies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// How records are analysed.
    #[serde(default)]
    pub analysis: AnalysisSpec,
    /// A record as it should be, for people and for `docmill profile check`. It is never sent to a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<serde_json::Value>,
}

/// An equation that a right record satisfies. Pointers are JSON pointers; `*` stands for every index of an
/// array. An equation is only checked where all of its members are there, but those named `optional`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// Σ parts − Σ minus = total.
    Sum {
        /// Names the equation in warnings and findings.
        id: String,
        /// What is added.
        parts: Vec<String>,
        /// What is taken off.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        minus: Vec<String>,
        /// Those of `parts` and `minus` that count as zero where they are missing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        optional: Vec<String>,
        /// What it must come to.
        total: String,
    },
    /// Π factors ÷ per = result, rounded half away from zero to the decimals that `result` shows.
    Product {
        /// Names the equation in warnings and findings.
        id: String,
        /// The array whose rows it holds for; the members are then relative to a row. Absent: the record itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        each: Option<String>,
        /// What is multiplied.
        factors: Vec<String>,
        /// What the product is divided by: 100 for percentages.
        #[serde(default = "one")]
        per: u32,
        /// What it must come to.
        result: String,
    },
    /// opening + change − minus = balance down the rows, and the last balance = closing.
    Balance {
        /// Names the equation in warnings and findings.
        id: String,
        /// The balance before the first row.
        opening: String,
        /// The array of rows.
        each: String,
        /// A row's change, relative to the row.
        change: String,
        /// What a row takes off, relative to the row, for documents that print money out in a column of its own: a
        /// row has a change, or this, or both.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minus: Option<String>,
        /// A row's balance, relative to the row; rows without one are added up.
        balance: String,
        /// The balance after the last row.
        closing: String,
    },
}

impl Rule {
    /// What names the equation in warnings and findings.
    pub fn id(&self) -> &str {
        match self {
            Self::Sum { id, .. } | Self::Product { id, .. } | Self::Balance { id, .. } => id,
        }
    }
}

impl Profile {
    /// The built-in profile of this name.
    pub fn built_in(name: &str) -> Option<Self> {
        let (_, text) = BUILT_IN.into_iter().find(|&(built_in, _)| built_in == name)?;
        // The files are part of the program, and a test reads each of them.
        serde_json::from_str(text).ok()
    }

    /// The names of the built-in profiles.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.into_iter().map(|(name, _)| name)
    }

    /// A profile of a schema that came with a job.
    pub fn inline(schema: serde_json::Value, instructions: Option<String>) -> Self {
        Self {
            version: version(),
            name: None,
            title: String::new(),
            schema,
            instructions: instructions.unwrap_or_default(),
            rules: Vec::new(),
            analysis: AnalysisSpec::default(),
            example: None,
        }
    }

    /// The digest of what shapes a record: schema, instructions and rules. Name, title, analysis and example don't, so a
    /// named and an inline profile of the same content have the same digest.
    pub fn digest(&self) -> Sha256Hex {
        Sha256Hex::of_json(&serde_json::json!({
            "schema": self.schema, "instructions": self.instructions, "rules": self.rules,
        }))
    }

    /// The key in `docmill-profiles` under which the content of a used profile is kept.
    pub fn content_key(digest: &Sha256Hex) -> String {
        format!("sha256-{digest}")
    }
}

fn version() -> u32 {
    crate::VERSION
}

fn one() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_profiles_are_read_and_carry_their_own_name() {
        for name in Profile::built_in_names() {
            let profile = Profile::built_in(name).unwrap_or_else(|| panic!("{name} can't be read"));
            assert_eq!(profile.name.as_deref(), Some(name));
            assert_eq!(profile.schema["type"], "object", "{name}");
        }
        assert_eq!(Profile::built_in("nonsense"), None);
    }

    #[test]
    fn the_digest_is_of_content_alone() {
        let named = Profile::built_in("invoice").unwrap();
        let mut inline = Profile::inline(named.schema.clone(), Some(named.instructions.clone()));
        assert_ne!(inline.digest(), named.digest());
        inline.rules.clone_from(&named.rules);
        assert_eq!(inline.digest(), named.digest());
    }
}

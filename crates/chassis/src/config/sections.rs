//! File and environment merged into sections, and each section read into the struct of whoever uses it.
//!
//! The `config` crate merges; this module finds *all* wrong keys instead of the first, by trying every key of a
//! section on its own. A section's struct is `#[serde(default, deny_unknown_fields)]`, tables inside it too.

use std::collections::BTreeMap;
use std::path::Path;

use config::{Config, Environment, File, FileFormat, Value, ValueKind};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::Problems;

/// The sections there are, of all programs together, so that one file can serve all of them.
pub const SECTIONS: [&str; 10] =
    ["nats", "worker", "http", "log", "telemetry", "store", "llm", "pdf", "web", "analysis"];

/// What the `config` crate calls the origin of a value from the environment.
const ENVIRONMENT_ORIGIN: &str = "the environment";

/// The settings as they were typed, by section.
#[derive(Debug, Clone, Default)]
pub struct Sections {
    leaves: BTreeMap<String, Vec<Leaf>>,
}

/// One key of a section. `Debug` is not derived: the value may be a secret.
#[derive(Clone)]
struct Leaf {
    path: Vec<String>,
    value: Typed,
}

impl std::fmt::Debug for Leaf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.path.join("."))
    }
}

/// A value as it was typed.
#[derive(Clone)]
enum Typed {
    /// In the environment, where everything is text.
    Text(String),
    /// In the file, where values have types.
    Value(Json),
}

impl Sections {
    /// Reads `file` (TOML) and `DOCMILL_<SECTION>__<KEY>` of `environment`, which wins. Empty variables count as
    /// unset. Variables without `__` are not settings: Kubernetes makes `DOCMILL_…_PORT` and the like by itself
    /// for services whose names begin with `docmill`.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        problems: &mut Problems,
    ) -> Self {
        let variables = environment
            .into_iter()
            .filter(|(key, _)| key.starts_with("DOCMILL_") && key.contains("__"))
            .filter(|(key, _)| {
                let clean = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if !clean {
                    problems.add(key, "is not a setting: use letters, digits and `_`");
                }
                clean
            })
            .collect();
        let variables = Environment::with_prefix("DOCMILL")
            .prefix_separator("_")
            .separator("__")
            .ignore_empty(true)
            .source(Some(variables));
        let text = file.map(|path| (path, std::fs::read_to_string(path)));
        let mut builder = Config::builder();
        match &text {
            None => {}
            Some((_, Ok(text))) => builder = builder.add_source(File::from_str(text, FileFormat::Toml)),
            Some((path, Err(error))) => problems.add(&path.display().to_string(), error),
        }
        match builder.add_source(variables).build() {
            Ok(config) => Self::from_config(config, problems),
            Err(error) => {
                let name =
                    file.map_or_else(|| "the environment".to_owned(), |path| path.display().to_string());
                problems.add(&name, without_snippet(&error.to_string()));
                Self::default()
            }
        }
    }

    fn from_config(config: Config, problems: &mut Problems) -> Self {
        let mut sections = Self::default();
        let ValueKind::Table(table) = config.cache.kind else { return sections };
        for (name, value) in table {
            if !SECTIONS.contains(&name.as_str()) {
                problems.add(&name, format_args!("is not a section: there are {}", SECTIONS.join(", ")));
                continue;
            }
            if !matches!(value.kind, ValueKind::Table(_)) {
                problems.add(&name, "is a section, not a value: write `[section]` and its keys below");
                continue;
            }
            let mut leaves = Vec::new();
            collect_leaves(&mut Vec::new(), value, &mut leaves);
            leaves.sort_by(|one, other| one.path.cmp(&other.path));
            sections.leaves.insert(name, leaves);
        }
        sections
    }

    /// Reads a section; keys that are missing take the struct's defaults, and each key that is unknown or wrong
    /// becomes a problem and takes its default too, so that checking goes on.
    pub fn section<T: DeserializeOwned + Default>(&self, name: &str, problems: &mut Problems) -> T {
        let leaves = self.leaves.get(name).map(Vec::as_slice).unwrap_or_default();
        let tried: Vec<_> = leaves.iter().map(|leaf| (leaf, try_alone::<T>(leaf))).collect();
        let mut whole = Json::Object(serde_json::Map::new());
        let mut wrong = Vec::new();
        for (leaf, outcome) in &tried {
            match outcome {
                Ok(value) => insert(&mut whole, &leaf.path, value.clone()),
                Err(message) => wrong.push((leaf, message)),
            }
        }
        for (leaf, message) in &wrong {
            problems.add(&leaf.name(name), leaf.describe(message));
        }
        serde_json::from_value(whole).unwrap_or_else(|error| {
            // Every key was fine alone, so this is about what is missing beside them.
            problems.add(name, error);
            T::default()
        })
    }
}

impl Leaf {
    /// The key as the user typed it.
    fn name(&self, section: &str) -> String {
        match self.value {
            Typed::Text(_) => {
                format!("DOCMILL_{}__{}", section.to_uppercase(), self.path.join("__").to_uppercase())
            }
            Typed::Value(_) => format!("{section}.{}", self.path.join(".")),
        }
    }

    /// What to say of the key. The value stands in serde's message before what is expected, so of a secret only the
    /// rest is shown.
    fn describe(&self, message: &str) -> String {
        let secret = self.path.iter().any(|name| {
            let name = name.to_lowercase();
            ["key", "password", "secret", "token", "credentials"].iter().any(|word| name.ends_with(word))
        });
        if !secret || message.starts_with("unknown field") {
            return message.to_owned();
        }
        let expected = message.rsplit_once(", expected ").map_or("another type", |(_, expected)| expected);
        format!("can't be read (its value is not shown), expected {expected}")
    }

    /// What the typed text can mean: text first, so that a key that looks like a number stays a key.
    fn candidates(&self) -> Vec<Json> {
        match &self.value {
            Typed::Value(value) => vec![value.clone()],
            Typed::Text(text) => {
                let scalar =
                    |text: &str| serde_json::from_str(text).ok().filter(|json: &Json| !json.is_object());
                let items = || text.split(',').map(str::trim).filter(|item| !item.is_empty());
                let mut candidates = vec![Json::from(text.as_str())];
                candidates.extend(scalar(text));
                candidates.push(items().map(Json::from).collect());
                candidates.push(items().filter_map(scalar).collect());
                candidates
            }
        }
    }
}

/// The leaf's value as a `T` without other keys takes it, or why it takes none.
fn try_alone<T: DeserializeOwned>(leaf: &Leaf) -> Result<Json, String> {
    let mut first_error = None;
    for candidate in leaf.candidates() {
        let mut alone = Json::Object(serde_json::Map::new());
        insert(&mut alone, &leaf.path, candidate.clone());
        match serde_json::from_value::<T>(alone) {
            Ok(_) => return Ok(candidate),
            Err(error) => {
                first_error.get_or_insert_with(|| error.to_string());
            }
        }
    }
    Err(first_error.unwrap_or_default())
}

fn insert(target: &mut Json, path: &[String], value: Json) {
    let Some((first, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    if let Json::Object(members) = target {
        let member = members.entry(first.clone()).or_insert_with(|| Json::Object(serde_json::Map::new()));
        insert(member, rest, value);
    }
}

fn collect_leaves(path: &mut Vec<String>, value: Value, leaves: &mut Vec<Leaf>) {
    let from_environment = value.origin() == Some(ENVIRONMENT_ORIGIN);
    let typed = match value.kind {
        ValueKind::Table(table) if !table.is_empty() => {
            for (key, value) in table {
                path.push(key);
                collect_leaves(path, value, leaves);
                path.pop();
            }
            return;
        }
        ValueKind::String(text) if from_environment => Typed::Text(text),
        kind => Typed::Value(super::raw::to_json(kind)),
    };
    if !path.is_empty() {
        leaves.push(Leaf { path: path.clone(), value: typed });
    }
}

/// A parser's message without the lines that quote the file: they may hold a secret.
fn without_snippet(message: &str) -> String {
    let lines: Vec<&str> = message.lines().map(str::trim).collect();
    lines.into_iter().filter(|line| !line.is_empty() && !line.contains('|')).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests;

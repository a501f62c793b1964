//! Everything that is wrong with a profile's file, told at once and by place. Pure.
//!
//! Called by `profile check` and `profile put`. What a worker would only find with the first document, and what nobody
//! would ever find (a rule whose pointer leads nowhere never applies), is said here.

use std::collections::BTreeSet;

use docmill_contract::profile::{Profile, Rule};
use docmill_contract::spec::{AnalysisSpec, Column, Group, Study};
use docmill_extraction::{Task, recheck};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::schema::{self, Kind};

/// The members of a profile's file.
const MEMBERS: [&str; 8] =
    ["version", "name", "title", "schema", "instructions", "rules", "analysis", "example"];

/// The members of its analysis.
const ANALYSIS_MEMBERS: [&str; 5] = ["columns", "groups", "unique", "analyses", "rates"];

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Problem {
    /// Where in the file: a JSON pointer, empty for the file as a whole.
    pub(crate) pointer: String,
    /// What is wrong there, and what to write instead.
    pub(crate) message: String,
}

/// The profile in a file's text.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn check(text: &str) -> Result<Profile, Vec<Problem>> {
    let mut problems = Problems::default();
    let file: Value = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => return Err(vec![problem("", format!("is not JSON: {error}"))]),
    };
    let Value::Object(members) = &file else {
        return Err(vec![problem("", "is not a profile: it must be a JSON object".to_owned())]);
    };
    problems.head(members);
    problems.unknown(members, &MEMBERS, "");
    let rules: Vec<(String, Rule)> = problems.each(members.get("rules"), "/rules");
    let schema = members.get("schema");
    let nothing = Map::new();
    let analysis = members.get("analysis").and_then(Value::as_object).unwrap_or(&nothing);
    problems.unknown(analysis, &ANALYSIS_MEMBERS, "/analysis");
    let columns: Vec<(String, Column)> = problems.each(analysis.get("columns"), "/analysis/columns");
    let groups: Vec<(String, Group)> = problems.each(analysis.get("groups"), "/analysis/groups");
    let unique: Vec<(String, Vec<String>)> = problems.each(analysis.get("unique"), "/analysis/unique");
    let studies: Vec<(String, Study)> = problems.each(analysis.get("analyses"), "/analysis/analyses");
    if let Some(schema) = schema {
        let instructions = members.get("instructions").and_then(Value::as_str).unwrap_or_default();
        let plain: Vec<Rule> = rules.iter().map(|(_, rule)| rule.clone()).collect();
        let task = problems.schema(schema, instructions, &plain);
        problems.rules(schema, &rules);
        problems.columns(schema, &columns);
        problems.leaves(
            schema,
            groups.iter().map(|(at, group)| (format!("{at}/pointer"), group.pointer.as_str())),
        );
        for (at, set) in &unique {
            if set.is_empty() {
                problems.add(at, "is empty: name the pointers that are unique together");
            }
            let named =
                set.iter().enumerate().map(|(index, pointer)| (format!("{at}/{index}"), pointer.as_str()));
            problems.leaves(schema, named);
        }
        let spec = AnalysisSpec {
            columns: columns.into_iter().map(|(_, column)| column).collect(),
            groups: groups.into_iter().map(|(_, group)| group).collect(),
            analyses: studies.iter().map(|(_, study)| study.clone()).collect(),
            ..AnalysisSpec::default()
        };
        for ((at, _), pointers) in studies.iter().zip(docmill_analysis::pointers(&spec)) {
            match pointers {
                Ok(pointers) => {
                    problems.leaves(schema, pointers.into_iter().map(|pointer| (at.clone(), pointer)))
                }
                Err(name) => problems.add(
                    at,
                    &format!(
                        "names `{name}`, which is neither a column or group of the analysis nor a pointer"
                    ),
                ),
            }
        }
        if let (Some(task), Some(example)) = (task, members.get("example")) {
            problems.example(&task, example);
        }
    }
    match serde_json::from_value(file.clone()) {
        Ok(profile) if problems.found.is_empty() => Ok(profile),
        Ok(_) => Err(problems.found),
        Err(error) => {
            // Whatever none of the closer looks saw.
            if problems.found.is_empty() {
                problems.add("", &format!("is not a profile: {error}"));
            }
            Err(problems.found)
        }
    }
}

fn problem(pointer: &str, message: String) -> Problem {
    Problem { pointer: pointer.to_owned(), message }
}

#[derive(Debug, Default)]
struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    fn add(&mut self, pointer: &str, message: &str) {
        self.found.push(problem(pointer, message.to_owned()));
    }

    /// Version, name, texts, and that there is a schema.
    fn head(&mut self, members: &Map<String, Value>) {
        if let Some(version) = members.get("version").filter(|version| **version != docmill_contract::VERSION)
        {
            let reads = docmill_contract::VERSION;
            self.add("/version", &format!("has version {version}: this docmill reads version {reads}"));
        }
        let is_good =
            |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
        let name = members.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() || !name.chars().all(is_good) {
            self.add("/name", "needs a `name` of A-Z, a-z, 0-9, `_` and `-`: jobs ask for it by that");
        }
        for text in ["title", "instructions"] {
            if members.get(text).is_some_and(|value| !value.is_string()) {
                self.add(&format!("/{text}"), "must be a text");
            }
        }
        if members.get("analysis").is_some_and(|value| !value.is_object()) {
            self.add("/analysis", "must be an object of columns, groups and unique");
        }
        if !members.contains_key("schema") {
            self.add("", "is not a profile: missing field `schema`");
        }
    }

    fn unknown(&mut self, members: &Map<String, Value>, known: &[&str], at: &str) {
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            let message = format!("unknown field `{name}`: there are {}", known.join(", "));
            self.add(&format!("{at}/{name}"), &message);
        }
    }

    /// The items of an array that can be read, each with its place.
    fn each<T: DeserializeOwned>(&mut self, array: Option<&Value>, at: &str) -> Vec<(String, T)> {
        let items = match array {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.add(at, "must be an array");
                return Vec::new();
            }
        };
        let mut read = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let at = format!("{at}/{index}");
            match serde_json::from_value(item.clone()) {
                Ok(item) => read.push((at, item)),
                Err(error) => self.add(&at, &error.to_string()),
            }
        }
        read
    }

    /// The schema itself: valid, and of something that can be extracted.
    fn schema(&mut self, schema: &Value, instructions: &str, rules: &[Rule]) -> Option<Task> {
        if let Ok(meta) = jsonschema::meta::validator_for(schema) {
            let errors: Vec<Problem> = meta
                .iter_errors(schema)
                .map(|error| problem(&format!("/schema{}", error.instance_path()), error.to_string()))
                .collect();
            if !errors.is_empty() {
                self.found.extend(errors);
                return None;
            }
        }
        match Task::new(schema, instructions, rules) {
            Ok(task) => Some(task),
            Err(error) => {
                self.add("/schema", &error.to_string());
                None
            }
        }
    }

    fn rules(&mut self, schema: &Value, rules: &[(String, Rule)]) {
        let mut ids = BTreeSet::new();
        for (at, rule) in rules {
            let id = format!("{at}/id");
            if rule.id().is_empty() {
                self.add(&id, "is empty: findings and warnings name the rule by it");
            } else if !ids.insert(rule.id()) {
                self.add(&id, &format!("{:?} is another rule's id, too", rule.id()));
            }
            match rule {
                Rule::Sum { parts, minus, optional, total, .. } => {
                    if parts.is_empty() && minus.is_empty() {
                        self.add(&format!("{at}/parts"), "is empty: name what is added");
                    }
                    for (member, pointers) in [("parts", parts), ("minus", minus)] {
                        for (index, pointer) in pointers.iter().enumerate() {
                            self.number(schema, &format!("{at}/{member}/{index}"), pointer);
                        }
                    }
                    for (index, pointer) in optional.iter().enumerate() {
                        if !parts.contains(pointer) && !minus.contains(pointer) {
                            let message = format!("{pointer:?} is neither among `parts` nor among `minus`");
                            self.add(&format!("{at}/optional/{index}"), &message);
                        }
                    }
                    self.number(schema, &format!("{at}/total"), total);
                }
                Rule::Product { each, factors, per, result, .. } => {
                    if factors.is_empty() {
                        self.add(&format!("{at}/factors"), "is empty: name what is multiplied");
                    }
                    if *per == 0 {
                        self.add(&format!("{at}/per"), "is 0, and nothing can be divided by it");
                    }
                    let Some(row) = self.row(schema, at, each.as_deref()) else { continue };
                    for (index, factor) in factors.iter().enumerate() {
                        self.number(schema, &format!("{at}/factors/{index}"), &within(&row, factor));
                    }
                    self.number(schema, &format!("{at}/result"), &within(&row, result));
                }
                Rule::Balance { opening, each, change, minus, balance, closing, .. } => {
                    self.number(schema, &format!("{at}/opening"), opening);
                    self.number(schema, &format!("{at}/closing"), closing);
                    let Some(row) = self.row(schema, at, Some(each)) else { continue };
                    let members =
                        [("change", Some(change)), ("minus", minus.as_ref()), ("balance", Some(balance))];
                    for (name, member) in members {
                        if let Some(member) = member {
                            self.number(schema, &format!("{at}/{name}"), &within(&row, member));
                        }
                    }
                }
            }
        }
    }

    /// The pointer of a row of `each`; the record's own where that is absent, none where it isn't an array.
    fn row(&mut self, schema: &Value, at: &str, each: Option<&str>) -> Option<String> {
        let Some(each) = each else { return Some(String::new()) };
        match schema::place(schema, each).map(|place| place.kind()) {
            Some(Kind::Array) => Some(format!("{each}/*")),
            found => {
                self.nowhere(&format!("{at}/each"), each, found, "an array");
                None
            }
        }
    }

    fn columns(&mut self, schema: &Value, columns: &[(String, Column)]) {
        for (at, column) in columns {
            self.number(schema, &format!("{at}/pointer"), &column.pointer);
        }
        let currencies = columns
            .iter()
            .filter_map(|(at, column)| Some((format!("{at}/currency"), column.currency.as_deref()?)));
        self.leaves(schema, currencies);
    }

    fn leaves<'a>(&mut self, schema: &Value, pointers: impl Iterator<Item = (String, &'a str)>) {
        for (at, pointer) in pointers {
            let kind = schema::place(schema, pointer).map(|place| place.kind());
            if !kind.is_some_and(Kind::is_leaf) {
                self.nowhere(&at, pointer, kind, "a single value");
            }
        }
    }

    fn number(&mut self, schema: &Value, at: &str, pointer: &str) {
        let kind = schema::place(schema, pointer).map(|place| place.kind());
        if !kind.is_some_and(Kind::is_number) {
            self.nowhere(at, pointer, kind, "a number");
        }
    }

    fn nowhere(&mut self, at: &str, pointer: &str, found: Option<Kind>, expected: &str) {
        let message = match found {
            None => format!("{pointer:?} is no property of the schema"),
            Some(kind) => format!("{pointer:?} is {}, not {expected}", named(kind)),
        };
        self.add(at, &message);
    }

    /// What the schema and the rules say against the example.
    fn example(&mut self, task: &Task, example: &Value) {
        for warning in recheck(task, example, &[], &[]) {
            let pointer = format!("/example{}", warning.pointer.unwrap_or_default());
            self.add(&pointer, &warning.message);
        }
    }
}

/// A member of a row, or of the record where there is no row.
fn within(row: &str, member: &str) -> String {
    if member.starts_with('/') { format!("{row}{member}") } else { format!("{row}/{member}") }
}

fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Date => "a date",
        Kind::Number | Kind::Integer => "a number",
        Kind::Boolean => "a yes or no",
        Kind::Array => "an array",
        Kind::Object => "an object",
    }
}

#[cfg(test)]
mod tests;

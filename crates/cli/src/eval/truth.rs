//! Truth files: what a reader without fault extracts from a document, and how much of that is known.
//!
//! Read by `eval` from `X.truth.json` beside `X.pdf`. The format is described in `docs/evaluation.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use docmill_contract::outcome::{Outcome, Status};
use serde::Deserialize;
use serde_json::Value;

use crate::error::CliError;

/// What replaces `.pdf` in the name of a document's truth file.
const SUFFIX: &str = "truth.json";

/// What a document truly says.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Truth {
    /// The profile it is to be read with; the folder's name or `--profile` where absent.
    #[serde(default)]
    pub(crate) profile: Option<String>,
    /// The record. What is not in it isn't in the document, unless `unknown` says otherwise. Null where no record can
    /// be made of the document.
    #[serde(default)]
    pub(crate) data: Option<Value>,
    /// Pointers of what nobody knows the truth of: it is not scored. `*` stands for every index.
    #[serde(default)]
    pub(crate) unknown: Vec<String>,
    /// By pointer, other values that are as right as the one in `data`.
    #[serde(default)]
    pub(crate) also_right: BTreeMap<String, Vec<Value>>,
    /// By pointer, where a value stands.
    #[serde(default)]
    pub(crate) places: BTreeMap<String, TruePlace>,
    /// What docmill is expected to make of the document.
    #[serde(default)]
    pub(crate) expect: Expected,
}

/// Where a value truly stands.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TruePlace {
    /// The page, from 1.
    pub(crate) page: u32,
    /// Where on the page, as in evidence; the page alone where absent.
    #[serde(rename = "box", default)]
    pub(crate) bounds: Option<[f32; 4]>,
}

/// What docmill is expected to make of a document. Other members are for other readers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub(crate) struct Expected {
    /// The verdict; any where absent.
    #[serde(default)]
    pub(crate) status: Option<Status>,
    /// The failure's code; any where absent.
    #[serde(default)]
    pub(crate) failure_code: Option<String>,
}

impl Truth {
    /// Where the truth of a document would be.
    pub(crate) fn path_of(document: &Path) -> PathBuf {
        document.with_extension(SUFFIX)
    }

    /// Reads the truth of a document; `None` where it has none.
    ///
    /// # Errors
    /// For a file that is there and can't be read as a truth: exit code 2, since whoever wrote it can mend it.
    pub(crate) fn read(document: &Path) -> Result<Option<Self>, CliError> {
        let path = Self::path_of(document);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CliError::File { path, verb: "read", source }),
        };
        let wrong =
            |problem: String| CliError::Usage(format!("{} is not a truth: {problem}", path.display()));
        let truth: Self = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if truth.data.as_ref().is_some_and(|data| !data.is_object()) {
            return Err(wrong("`data` must be an object, the record, or null".to_owned()));
        }
        Ok(Some(truth))
    }

    /// Whether nobody knows the truth at `pointer`, or of all that it is part of.
    pub(crate) fn is_unknown(&self, pointer: &str) -> bool {
        self.unknown.iter().any(|pattern| is_within(pointer, pattern))
    }

    /// The other values that are right at `pointer`.
    pub(crate) fn others(&self, pointer: &str) -> impl Iterator<Item = &Value> {
        self.also_right
            .iter()
            .filter(move |(pattern, _)| matches(pointer, pattern))
            .flat_map(|(_, values)| values)
    }

    /// Whether an outcome is as the truth expects it; `None` where it expects nothing.
    pub(crate) fn is_met_by(&self, outcome: &Outcome) -> Option<bool> {
        let status = self.expect.status.map(|status| status == outcome.status);
        let found = outcome.failure.as_ref().map(|failure| failure.code.as_str());
        let code = self.expect.failure_code.as_deref().map(|code| found.as_deref() == Some(code));
        match (status, code) {
            (None, None) => None,
            (status, code) => Some(status.unwrap_or(true) && code.unwrap_or(true)),
        }
    }
}

/// Whether `pointer` is what `pattern` names.
fn matches(pointer: &str, pattern: &str) -> bool {
    pointer.split('/').count() == pattern.split('/').count() && is_within(pointer, pattern)
}

/// Whether `pointer` is what `pattern` names, or a part of it.
fn is_within(pointer: &str, pattern: &str) -> bool {
    let mut segments = pointer.split('/');
    pattern
        .split('/')
        .all(|expected| segments.next().is_some_and(|found| expected == "*" || expected == found))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_name_whole_subtrees() {
        let truth = Truth { unknown: vec!["/lines/*/price".into(), "/tax".into()], ..Truth::default() };
        let check =
            |pointer: &str, expected: bool| assert_eq!(truth.is_unknown(pointer), expected, "{pointer}");
        check("/tax", true);
        check("/tax/rate", true);
        check("/taxes", false);
        check("/lines/3/price", true);
        check("/lines/3", false);
        check("/lines/3/amount", false);
    }

    #[test]
    fn a_truth_is_read_strictly() {
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join("a.pdf");
        let check = |text: Value, expected: Option<&str>| {
            std::fs::write(folder.path().join("a.truth.json"), text.to_string()).unwrap();
            let problem = Truth::read(&document).err().map(|error| error.explain());
            let found = problem.as_deref().unwrap_or("none");
            assert!(found.contains(expected.unwrap_or("none")), "{text}: {found}");
        };
        assert_eq!(Truth::read(&document).unwrap(), None);
        check(
            json!({"profile": "invoice", "data": {"total": 1}, "expect": {"status": "verified", "findings": []}}),
            None,
        );
        check(json!({"data": null, "expect": {"status": "failed", "failure_code": "no_text"}}), None);
        check(json!({"data": [1]}), Some("`data` must be an object"));
        check(json!({"dat": {}}), Some("unknown field `dat`"));
        check(json!({"expect": {"status": "fine"}}), Some("unknown variant `fine`"));
    }
}

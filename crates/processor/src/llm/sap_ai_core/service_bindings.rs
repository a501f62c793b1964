//! Service bindings as folders of files: a folder per binding, laid out in one of three ways.
//!
//! Called by [`credentials`](super::credentials). A binding's secret holds one key per credential, or the whole
//! credentials as JSON under one key (`secretKey`) beside the instance's facts, or everything as JSON under one key
//! (`secretRootKey`). Kubernetes replaces the files of a rotated secret all at once, behind a link.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::credentials::CredentialsError;

/// What a binding to SAP AI Core says it is.
pub(super) const TYPE: &str = "aicore";

/// The largest file that is read: a certificate with its chain has a few KiB.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// The most bindings and the most files of one that are looked at.
const ENTRIES_MAX: usize = 200;

/// A binding that was found.
#[derive(Debug)]
pub(super) struct Binding {
    /// Its service key.
    pub(super) key: Map<String, Value>,
    /// Its folder.
    pub(super) place: String,
}

/// The first binding to SAP AI Core below `root`, by name. Where other services' bindings may lie beside it
/// (`has_others`), it is one that says so.
pub(super) fn find(root: &Path, has_others: bool) -> Result<Option<Binding>, CredentialsError> {
    for folder in entries(root).into_iter().filter(|entry| entry.is_dir()) {
        let files = read(&folder)?;
        let Some(key) = service_key(&files) else { continue };
        if !has_others || is_ai_core(&files, &key) {
            return Ok(Some(Binding { key, place: folder.display().to_string() }));
        }
    }
    Ok(None)
}

/// What is in a folder, by name; nothing where there is no folder. Names that begin with a dot are Kubernetes's own
/// links, or facts about the binding.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .map(|entry| entry.path())
        .take(ENTRIES_MAX)
        .collect();
    paths.sort();
    paths
}

/// The files of a binding, by name.
fn read(folder: &Path) -> Result<Map<String, Value>, CredentialsError> {
    let mut files = Map::new();
    for path in entries(folder).into_iter().filter(|path| path.is_file()) {
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            files.insert(name.to_owned(), Value::from(read_file(&path)?));
        }
    }
    Ok(files)
}

/// A file's text.
pub(super) fn read_file(path: &Path) -> Result<String, CredentialsError> {
    let read = || -> io::Result<String> {
        let mut text = String::new();
        fs::File::open(path)?.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
        Ok(text)
    };
    read().map_err(|error| CredentialsError::Unusable {
        place: path.display().to_string(),
        problem: format!("the file can't be read: {error}"),
    })
}

/// The service key in a binding's files, whichever way they are laid out.
fn service_key(files: &Map<String, Value>) -> Option<Map<String, Value>> {
    let is_key = |members: &Map<String, Value>| members.contains_key("clientid");
    if is_key(files) {
        return Some(files.clone());
    }
    files.values().find_map(|text| {
        let Ok(Value::Object(members)) = serde_json::from_str::<Value>(text.as_str()?) else { return None };
        if is_key(&members) {
            return Some(members);
        }
        let inner = members.get("credentials")?.as_object().filter(|inner| is_key(inner))?;
        // What the binding is stands beside the credentials.
        let mut inner = inner.clone();
        inner.extend(
            members
                .iter()
                .filter(|(name, _)| *name == "type" || *name == "label")
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        Some(inner)
    })
}

/// Whether the binding says that it is SAP AI Core's, beside its credentials or among them.
fn is_ai_core(files: &Map<String, Value>, key: &Map<String, Value>) -> bool {
    let says = |members: &Map<String, Value>, name: &str| {
        members.get(name).and_then(Value::as_str).is_some_and(|text| text.trim() == TYPE)
    };
    ["type", "label"].iter().any(|name| says(files, name) || says(key, name))
}

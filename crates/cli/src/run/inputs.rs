//! Which files are meant by the paths that were typed, and what each is called: its document id, its name for
//! people, and the folders that may name its profile.
//!
//! Called by `run` and `submit`. It reads folders but no file's content, and it doesn't judge whether a file is
//! a PDF: a file that was named explicitly is submitted, and fails with a reason if it is none.

use std::collections::{BTreeMap, HashSet};
use std::fs::Metadata;
use std::path::{Component, Path, PathBuf};

use docmill_contract::identity::{DocumentId, ID_CHARACTERS_MAX, Sha256Hex};
use docmill_contract::job::NAME_CHARACTERS_MAX;

/// The most folders below each other that are searched: a guard against a file system that loops.
const FOLDER_DEPTH_MAX: usize = 64;

/// The most files of one run; more belong into collections of their own.
pub(crate) const FILES_MAX: usize = 100_000;

/// The largest file that is taken: it is held in memory while it is stored.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Hex digits of the path's digest that tell clashing ids apart.
const SUFFIX_DIGITS: usize = 8;

/// A file that becomes a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its id: made of its path below the folder that was typed.
    pub(crate) document: DocumentId,
    /// That path, for people.
    pub(crate) name: String,
    /// The names of the folders it is in, the nearest first, as far as they were typed or searched.
    pub(crate) folders: Vec<String>,
}

/// Why the paths can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputsError {
    /// A path can't be read.
    #[error("{} can't be read: check the path and its permissions", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Folders without a PDF.
    #[error("no file ending in .pdf is in {folders}: name a file, or another folder")]
    Nothing {
        /// The folders that were searched.
        folders: String,
    },
    /// More files than one run takes.
    #[error("there are more than {FILES_MAX} files: name fewer folders at a time")]
    TooMany,
    /// A file that is too large to take.
    #[error("{} has {bytes} bytes: at most {FILE_BYTES_MAX} are taken", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
}

/// A file that was found, before ids are made unique.
struct Found {
    path: PathBuf,
    name: String,
    folders: Vec<String>,
}

/// The files that `paths` mean, in the order of their names; each file once, however often it is named.
///
/// # Errors
/// [`InputsError`] for a path that can't be read and for folders that hold no PDF at all.
pub(crate) fn discover(paths: &[PathBuf]) -> Result<Vec<Input>, InputsError> {
    let mut found = Vec::new();
    for path in paths {
        let metadata = metadata(path)?;
        if metadata.is_dir() {
            let outer = path.file_name().or_else(|| path.components().next_back().map(Component::as_os_str));
            let outer = outer.map(|name| name.to_string_lossy().into_owned());
            walk(path, &[], outer.as_deref(), &mut found)?;
        } else {
            let folders =
                path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            found.push(file(path.clone(), &metadata, name, folders.into_iter().collect())?);
        }
    }
    if found.is_empty() {
        let folders: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(InputsError::Nothing { folders: folders.join(", ") });
    }
    let mut seen = HashSet::new();
    found.retain(|file| seen.insert(std::fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone())));
    found.sort_by(|one, other| (&one.name, &one.path).cmp(&(&other.name, &other.path)));
    if found.len() > FILES_MAX {
        return Err(InputsError::TooMany);
    }
    Ok(name_documents(found))
}

/// Adds the PDFs below `folder`. Hidden entries and links to folders are left out: the first hold state like our
/// own, the second may loop.
fn walk(
    folder: &Path,
    inner: &[String],
    outer: Option<&str>,
    found: &mut Vec<Found>,
) -> Result<(), InputsError> {
    if inner.len() > FOLDER_DEPTH_MAX || found.len() > FILES_MAX {
        return Err(InputsError::TooMany);
    }
    let unreadable = |source| InputsError::Unreadable { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            let deeper: Vec<String> = inner.iter().cloned().chain([name]).collect();
            walk(&entry.path(), &deeper, outer, found)?;
        } else if has_pdf_suffix(&name)
            && let Ok(metadata) = std::fs::metadata(entry.path())
            && metadata.is_file()
        {
            let relative: Vec<&str> = inner.iter().map(String::as_str).chain([name.as_str()]).collect();
            let folders = inner.iter().rev().map(String::as_str).chain(outer).map(str::to_owned).collect();
            found.push(file(entry.path(), &metadata, relative.join("/"), folders)?);
        }
    }
    Ok(())
}

fn metadata(path: &Path) -> Result<Metadata, InputsError> {
    std::fs::metadata(path).map_err(|source| InputsError::Unreadable { path: path.to_owned(), source })
}

fn file(
    path: PathBuf,
    metadata: &Metadata,
    name: String,
    folders: Vec<String>,
) -> Result<Found, InputsError> {
    if metadata.len() > FILE_BYTES_MAX {
        return Err(InputsError::TooLarge { path, bytes: metadata.len() });
    }
    let name = name.chars().take(NAME_CHARACTERS_MAX).collect();
    Ok(Found { path, name, folders })
}

fn has_pdf_suffix(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pdf"))
}

/// Gives each file an id. All files whose names come to the same id get a suffix, not all but one: which file
/// has the plain id must not depend on what else is in the folder, or a removed file would pass its history on
/// to another.
fn name_documents(found: Vec<Found>) -> Vec<Input> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for file in &found {
        *uses.entry(sanitise(&file.name)).or_default() += 1;
    }
    let mut inputs = Vec::with_capacity(found.len());
    for file in found {
        let plain = sanitise(&file.name);
        let unique = uses.get(&plain).is_some_and(|&count| count == 1);
        let fits = (1..=ID_CHARACTERS_MAX).contains(&plain.len());
        let text = if unique && fits { plain } else { with_suffix(&plain, &file.path) };
        // Both forms consist of the characters an id may have; the digest's id is there for the types alone.
        let document = text.parse().unwrap_or_else(|_| {
            DocumentId::from_digest(&Sha256Hex::of(file.path.as_os_str().as_encoded_bytes()))
        });
        inputs.push(Input { path: file.path, document, name: file.name, folders: file.folders });
    }
    inputs
}

/// The name without `.pdf`, every run of other characters than an id's made one `-`.
fn sanitise(name: &str) -> String {
    let stem =
        if has_pdf_suffix(name) { name.get(..name.len() - ".pdf".len()).unwrap_or(name) } else { name };
    let mut text = String::with_capacity(stem.len());
    for character in stem.chars() {
        if character.is_ascii_alphanumeric() || character == '_' {
            text.push(character);
        } else if !text.ends_with('-') && !text.is_empty() {
            text.push('-');
        }
    }
    text.truncate(text.trim_end_matches('-').len());
    text
}

fn with_suffix(plain: &str, path: &Path) -> String {
    let digest = Sha256Hex::of(path.as_os_str().as_encoded_bytes());
    let suffix: String = digest.as_str().chars().take(SUFFIX_DIGITS).collect();
    let stem: String = plain.chars().take(ID_CHARACTERS_MAX - SUFFIX_DIGITS - 1).collect();
    if stem.is_empty() { format!("document-{suffix}") } else { format!("{stem}-{suffix}") }
}

/// The first folder's name that is a known profile's.
pub(crate) fn profile_of<'a>(input: &'a Input, known: &[String]) -> Option<&'a str> {
    input.folders.iter().find(|folder| known.contains(folder)).map(String::as_str)
}

#[cfg(test)]
mod tests;

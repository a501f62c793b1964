use proptest::prelude::*;

use super::*;

/// A folder tree of empty files.
fn tree(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, b"").unwrap();
    }
    folder
}

/// What is found when `paths` below a folder with `files` are typed, as (name, id).
#[track_caller]
fn check(files: &[&str], paths: &[&str], expected: &[(&str, &str)]) {
    let folder = tree(files);
    let paths: Vec<PathBuf> = paths.iter().map(|path| folder.path().join(path)).collect();
    let inputs = discover(&paths).unwrap();
    let found: Vec<(String, String)> =
        inputs.iter().map(|input| (input.name.clone(), shown(&input.document))).collect();
    let expected: Vec<(String, String)> =
        expected.iter().map(|&(name, id)| (name.to_owned(), id.to_owned())).collect();
    assert_eq!(found, expected);
}

/// The id with a suffix of eight hex digits written as `#`: the suffix is of a temporary folder's path.
fn shown(id: &DocumentId) -> String {
    match id.as_str().rsplit_once('-') {
        Some((stem, suffix)) if suffix.len() == 8 && suffix.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("{stem}-#")
        }
        Some(_) | None => id.as_str().to_owned(),
    }
}

#[test]
fn folders_are_searched_for_pdfs() {
    check(&["a.pdf", "b.txt", "in/c.PDF"], &["."], &[("a.pdf", "a"), ("in/c.PDF", "in-c")]);
    check(&["z/a.pdf", "z/.hidden/b.pdf", "z/.c.pdf"], &["z"], &[("a.pdf", "a")]);
}

#[test]
fn named_files_are_taken_whatever_they_are() {
    check(&["b.txt"], &["b.txt"], &[("b.txt", "b-txt")]);
    check(&["x/a.pdf", "x/b.pdf"], &["x/b.pdf", "x"], &[("a.pdf", "a"), ("b.pdf", "b")]);
}

#[test]
fn ids_are_clean_and_unique() {
    check(&["Größe 1 (neu).pdf"], &["."], &[("Größe 1 (neu).pdf", "Gr-e-1-neu")]);
    check(&["日本.pdf"], &["."], &[("日本.pdf", "document-#")]);
    check(
        &["a b.pdf", "a-b.pdf", "c.pdf"],
        &["."],
        &[("a b.pdf", "a-b-#"), ("a-b.pdf", "a-b-#"), ("c.pdf", "c")],
    );
    check(&["x/a.pdf", "y/a.pdf"], &["x", "y"], &[("a.pdf", "a-#"), ("a.pdf", "a-#")]);
}

#[test]
fn folders_name_profiles_the_nearest_first() {
    let known: Vec<String> = ["invoice", "bank-statement"].map(str::to_owned).into();
    let check = |file: &str, path: &str, expected: Option<&str>| {
        let folder = tree(&[file]);
        let inputs = discover(&[folder.path().join(path)]).unwrap();
        assert_eq!(profile_of(&inputs[0], &known), expected, "{path} of {file}");
    };
    check("samples/invoice/x.pdf", "samples", Some("invoice"));
    check("samples/invoice/x.pdf", "samples/invoice", Some("invoice"));
    check("samples/invoice/x.pdf", "samples/invoice/x.pdf", Some("invoice"));
    check("invoice/bank-statement/x.pdf", "invoice", Some("bank-statement"));
    check("invoice/other/x.pdf", "invoice", Some("invoice"));
    check("other/x.pdf", "other", None);
}

#[test]
fn what_cannot_be_used_says_so() {
    let folder = tree(&["b.txt"]);
    let nothing = discover(&[folder.path().to_owned()]).unwrap_err().to_string();
    assert!(nothing.starts_with("no file ending in .pdf is in "), "{nothing}");
    let missing = discover(&[folder.path().join("nowhere")]).unwrap_err().to_string();
    assert!(missing.contains("nowhere can't be read"), "{missing}");
}

proptest! {
    #[test]
    fn every_name_has_an_id_of_its_own(names in proptest::collection::hash_set(".{1,200}", 1..20)) {
        let found = names.iter().map(|name| Found { path: name.into(), name: name.clone(), folders: Vec::new() });
        let inputs = name_documents(found.collect());
        let ids: HashSet<&str> = inputs.iter().map(|input| input.document.as_str()).collect();
        prop_assert_eq!(ids.len(), names.len());
    }
}

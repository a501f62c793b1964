//! What real and hostile files made by others say about themselves, where they are at hand.

use std::path::{Path, PathBuf};

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, ReadError, facts};

fn pdfs(folder: &str) -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "pdf"));
    files.sort();
    Some(files)
}

#[test]
fn files_say_what_they_are() {
    for folder in ["invoices", "e-invoices", "hostile"] {
        let Some(files) = pdfs(folder) else {
            println!("skipped: ../shared/data is absent");
            return;
        };
        let mut whole = 0;
        let (mut refused, mut titled, mut dated, mut labelled, mut with_outline) = (0, 0, 0, 0, 0);
        let (mut fields, mut filled, mut placed, mut signatures, mut encrypted, mut truncated) =
            (0, 0, 0, 0, 0, 0);
        for file in &files {
            let bytes = std::fs::read(file).unwrap();
            let facts = match facts(bytes.clone(), None, &Limits::default()) {
                Ok(facts) => facts,
                Err(error) => {
                    // What can't be read at all has no facts either; what can be read has them.
                    let read = docmill_pdf::read(bytes, None, &PageSelection::all(), &Limits::default());
                    println!("{}: {error}; read: {}", file.display(), read.is_ok());
                    assert!(
                        read.is_err() || matches!(error, ReadError::Damaged { .. }),
                        "{}",
                        file.display()
                    );
                    refused += 1;
                    continue;
                }
            };
            titled += usize::from(facts.metadata.title.is_some());
            dated += usize::from(facts.metadata.created_at.is_some());
            labelled += usize::from(!facts.page_labels.is_empty());
            with_outline += usize::from(!facts.outline.is_empty());
            fields += facts.form_fields.len();
            filled += facts.form_fields.iter().filter(|field| field.value.is_some()).count();
            placed += facts.form_fields.iter().filter(|field| field.page.is_some()).count();
            signatures += facts.signatures.len();
            whole += facts.signatures.iter().filter(|signature| signature.covers_whole_file).count();
            encrypted += usize::from(facts.encryption.is_some());
            truncated += usize::from(!facts.truncated.is_empty());
        }
        println!(
            "{folder}: {} files, {refused} refused, {titled} with a title, {dated} with a date, {labelled} with page \
             labels, {with_outline} with an outline, {fields} form fields ({filled} filled, {placed} on a known page), \
             {signatures} signatures ({whole} of the whole file), {encrypted} encrypted, {truncated} truncated",
            files.len()
        );
        assert!(folder == "hostile" || (refused == 0 && dated * 4 > files.len() * 3));
    }
}

//! Real invoices made by others, where they are at hand.

use std::path::{Path, PathBuf};

use docmill_contract::pages::PageSelection;
use docmill_pdf::Limits;

fn pdfs(folder: &str) -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "pdf"));
    files.sort();
    Some(files)
}

#[test]
fn invoices_are_read() {
    for folder in ["invoices", "e-invoices"] {
        let Some(files) = pdfs(folder) else {
            println!("skipped: ../shared/data is absent");
            return;
        };
        let (mut pages, mut words, mut unmapped, mut embedded) = (0, 0, 0, 0);
        for file in &files {
            let bytes = std::fs::read(file).unwrap();
            let document = docmill_pdf::read(bytes, None, &PageSelection::all(), &Limits::default())
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert_eq!(
                document.pages.len(),
                usize::try_from(document.pages_in_file).unwrap(),
                "{}",
                file.display()
            );
            pages += document.pages.len();
            words += document
                .pages
                .iter()
                .flat_map(|page| &page.lines)
                .map(|line| line.words.len())
                .sum::<usize>();
            unmapped += document.pages.iter().map(|page| page.glyphs_unmapped).sum::<u32>();
            embedded += document.embedded_files.len();
        }
        println!(
            "{folder}: {} files, {pages} pages, {words} words, {unmapped} glyphs unmapped, {embedded} embedded files",
            files.len()
        );
        assert!(!files.is_empty() && words > 100 * files.len() && unmapped < 100);
    }
}

/// A line that is read on the first page of one of the files, where it is among them.
#[track_caller]
fn check_line(files: &[PathBuf], file: &str, expected: &str) {
    let Some(file) = files.iter().find(|known| known.ends_with(file)) else { return };
    let bytes = std::fs::read(file).unwrap();
    let document = docmill_pdf::read(bytes, None, &PageSelection::all(), &Limits::default()).unwrap();
    let lines = crate::lines(&document.pages[0]);
    assert!(
        lines.iter().any(|line| line == expected),
        "{}: {expected:?} isn't in {lines:#?}",
        file.display()
    );
}

#[test]
fn what_fonts_and_forms_say() {
    let Some(files) = pdfs("hostile") else {
        println!("skipped: ../shared/data is absent");
        return;
    };
    let check = |file, expected| check_line(&files, file, expected);
    check("annotation-tx.pdf", "tx annotation");
    check("bug1011159.pdf", "www.");
    check("bug1157493.pdf", "net: | \"host\"");
    check("issue12750.pdf", "Field1 | Field2 value");
    check(
        "issue13226.pdf",
        "Mitarbeiterinnen und Mitarbeiter arbeiten in über 100 Ländern engagiert im Dienste",
    );
    check("issue14999_reduced.pdf", "density estimation.");
    check("XiaoBiaoSong.pdf", "（ 一 九 三 七 年 八 月 一 日 ）");
}

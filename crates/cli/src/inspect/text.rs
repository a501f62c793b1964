//! What `docmill inspect` prints for people: the lines in reading order, with a bar where a new cell starts.

use std::fmt::Write as _;

use docmill_pdf::{FormField, Page, Table};

use super::Inspection;

/// All that was seen.
pub(super) fn of(Inspection { document, tables, facts }: &Inspection) -> String {
    let mut text = String::new();
    for page in &document.pages {
        page_text(&mut text, page, tables);
    }
    for file in &document.embedded_files {
        line(&mut text, &format!("embedded file: {} ({} bytes)", file.name, file.bytes.len()));
    }
    for FormField { name, value, .. } in &facts.form_fields {
        line(&mut text, &format!("form field: {name} = {}", value.as_deref().unwrap_or("(empty)")));
    }
    for signature in &facts.signatures {
        let signer = signature.signer.as_deref().unwrap_or("somebody who isn't named");
        line(&mut text, &format!("signature: by {signer}, as it says itself; not checked"));
    }
    if facts.encryption.is_some() {
        line(&mut text, "the file is encrypted");
    }
    for warning in &document.warnings {
        line(&mut text, &format!("warning: {warning}"));
    }
    text
}

fn page_text(text: &mut String, page: &Page, tables: &[Table]) {
    let usable = if page.has_usable_text() { "" } else { ", text not usable" };
    let layer = if page.is_ocr_layer { ", text written by OCR over an image" } else { "" };
    let (width, height) = (page.width, page.height);
    line(
        text,
        &format!(
            "page {}: {width:.0} × {height:.0} points, {} lines{usable}{layer}",
            page.number,
            page.lines.len()
        ),
    );
    for each in &page.lines {
        let cells: Vec<String> = each.cells().into_iter().map(|cell| cell.text).collect();
        line(text, &format!("  {}", cells.join(" | ")));
    }
    let begins_here = |table: &&Table| table.areas.first().is_some_and(|area| area.page == page.number);
    for table in tables.iter().filter(begins_here) {
        let (rows, columns, headers) = (table.rows.len(), table.columns, table.header_rows);
        line(text, &format!("  table: {rows} rows ({headers} of them headings), {columns} columns"));
    }
}

/// One line. Control characters are replaced: the text is other people's, and must not move a terminal's cursor.
fn line(text: &mut String, content: &str) {
    text.extend(content.chars().map(|character| if character.is_control() { ' ' } else { character }));
    // Writing to a string can't fail.
    writeln!(text).unwrap_or_default();
}

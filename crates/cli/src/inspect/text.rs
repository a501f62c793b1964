//! What `docmill inspect` prints for people: the lines in reading order, with a bar where a new cell starts.

mod conventions;

use std::fmt::Write as _;

use docmill_pdf::{Encryption, Facts, FormField, Metadata, OutlineItem, Page, Signature, Table};

use super::{Inspection, json};

/// All that was seen.
pub(super) fn of(Inspection { document, tables, facts, conventions }: &Inspection) -> String {
    let mut text = String::new();
    for page in &document.pages {
        page_text(&mut text, page, tables);
    }
    for file in &document.embedded_files {
        let relationship = file.relationship.as_deref().map(|name| format!(", {name}")).unwrap_or_default();
        line(&mut text, &format!("embedded file: {} ({} bytes{relationship})", file.name, file.bytes.len()));
    }
    facts_text(&mut text, facts);
    for sentence in conventions::sentences(conventions) {
        line(&mut text, &sentence);
    }
    for warning in &document.warnings {
        line(&mut text, &format!("warning: {warning}"));
    }
    text
}

/// What the file says about itself.
fn facts_text(text: &mut String, facts: &Facts) {
    for FormField { name, value, .. } in &facts.form_fields {
        line(text, &format!("form field: {name} = {}", value.as_deref().unwrap_or("(empty)")));
    }
    if facts.has_xfa_form {
        line(text, "the file has an XFA form, whose fields are not read");
    }
    for Signature { signer, signed_at, covers_whole_file, .. } in &facts.signatures {
        let signer = signer.as_deref().unwrap_or("somebody who isn't named");
        let time = signed_at.as_deref().map(|time| format!(" on {time}")).unwrap_or_default();
        let whole = if *covers_whole_file { "" } else { ", for a part of the file" };
        line(text, &format!("signature: by {signer}{time}{whole}, as it says itself; not checked"));
    }
    if let Some(Encryption { method, key_bits }) = facts.encryption {
        let method = json::method_name(method);
        line(text, &format!("the file is encrypted ({method}, {key_bits} bits)"));
    }
    let Metadata { title, author, subject, keywords, creator, producer, created_at, modified_at } =
        &facts.metadata;
    for (name, value) in [
        ("title", title),
        ("author", author),
        ("subject", subject),
        ("keywords", keywords),
        ("written with", creator),
        ("made by", producer),
        ("created", created_at),
        ("changed", modified_at),
    ] {
        if let Some(value) = value {
            line(text, &format!("{name}: {value}"));
        }
    }
    if !facts.page_labels.is_empty() {
        line(text, &format!("page labels: {}", facts.page_labels.join(", ")));
    }
    for OutlineItem { title, level, page } in &facts.outline {
        let indent = "  ".repeat(usize::try_from(level.saturating_sub(1)).unwrap_or_default());
        let page = page.map(|page| format!(" (page {page})")).unwrap_or_default();
        line(text, &format!("outline: {indent}{title}{page}"));
    }
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

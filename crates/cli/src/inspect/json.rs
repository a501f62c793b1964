//! What `docmill inspect --json` prints. People's scripts read it: fields are added, never renamed or removed.

mod conventions;
mod facts;

use docmill_pdf::{Bounds, EmbeddedFile, FieldKind, FormField, Line, Page, Table};
use serde::Serialize;

use self::conventions::ConventionsView;
use self::facts::FactsView;
pub(super) use self::facts::method_name;
use super::Inspection;

#[derive(Debug, Serialize)]
struct ErrorView<'a> {
    error: &'a str,
}

#[derive(Debug, Serialize)]
struct InspectionView<'a> {
    pages: Vec<PageView<'a>>,
    embedded_files: Vec<FileView<'a>>,
    form_fields: Vec<FieldView<'a>>,
    encrypted: bool,
    pages_in_file: u32,
    #[serde(flatten)]
    conventions: ConventionsView<'a>,
    #[serde(flatten)]
    facts: FactsView<'a>,
    /// What was left out or mended while reading, a sentence each.
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FileView<'a> {
    name: &'a str,
    bytes: usize,
    media_type: Option<&'a str>,
    relationship: Option<&'a str>,
}

/// A field of the file's form; no value where nothing is entered.
#[derive(Debug, Serialize)]
struct FieldView<'a> {
    name: &'a str,
    kind: &'static str,
    value: Option<&'a str>,
    page: Option<u32>,
}

/// A page with what is on it; boxes are points from its top left, `[x0, y0, x1, y1]`.
#[derive(Debug, Serialize)]
struct PageView<'a> {
    number: u32,
    width: f32,
    height: f32,
    text_usable: bool,
    lines: Vec<LineView<'a>>,
    tables: Vec<TableView<'a>>,
}

#[derive(Debug, Serialize)]
struct LineView<'a> {
    text: String,
    #[serde(rename = "box")]
    bounds: [f32; 4],
    words: Vec<WordView<'a>>,
}

#[derive(Debug, Serialize)]
struct WordView<'a> {
    text: &'a str,
    #[serde(rename = "box")]
    bounds: [f32; 4],
}

/// A table, on the page where it begins: with the rows of the pages it goes on over, and the box on this one.
#[derive(Debug, Serialize)]
struct TableView<'a> {
    #[serde(rename = "box")]
    bounds: [f32; 4],
    header_rows: u32,
    rows: Vec<Vec<&'a str>>,
}

/// All that was seen.
pub(super) fn inspection<'a>(
    Inspection { document, tables, facts, conventions }: &'a Inspection,
) -> impl Serialize {
    let file = |EmbeddedFile { name, media_type, relationship, bytes }: &'a EmbeddedFile| FileView {
        name,
        bytes: bytes.len(),
        media_type: media_type.as_deref(),
        relationship: relationship.as_deref(),
    };
    InspectionView {
        pages: document.pages.iter().map(|page| page_view(page, tables)).collect(),
        embedded_files: document.embedded_files.iter().map(file).collect(),
        form_fields: facts.form_fields.iter().map(field_view).collect(),
        encrypted: facts.encryption.is_some(),
        pages_in_file: document.pages_in_file,
        conventions: ConventionsView::of(conventions),
        facts: FactsView::of(facts),
        warnings: document.warnings.iter().map(ToString::to_string).collect(),
    }
}

/// Why there is nothing to see.
pub(super) fn error(text: &str) -> impl Serialize {
    ErrorView { error: text }
}

fn page_view<'a>(page: &'a Page, tables: &'a [Table]) -> PageView<'a> {
    let tables = tables.iter().filter_map(|table| {
        let area = table.areas.first().filter(|area| area.page == page.number)?;
        Some(TableView {
            bounds: corners(area.bounds),
            header_rows: table.header_rows,
            rows: table.rows.iter().map(|row| row.texts(table.columns)).collect(),
        })
    });
    PageView {
        number: page.number,
        width: page.width,
        height: page.height,
        text_usable: page.has_usable_text(),
        lines: page.lines.iter().map(line_view).collect(),
        tables: tables.collect(),
    }
}

fn field_view(FormField { name, kind, value, page, .. }: &FormField) -> FieldView<'_> {
    let kind = match kind {
        FieldKind::Text => "text",
        FieldKind::CheckBox => "check_box",
        FieldKind::RadioButton => "radio_button",
        FieldKind::PushButton => "push_button",
        FieldKind::Choice => "choice",
        FieldKind::Signature => "signature",
        FieldKind::Unknown => "unknown",
    };
    FieldView { name, kind, value: value.as_deref(), page: *page }
}

fn line_view(line: &Line) -> LineView<'_> {
    let words = line.words.iter().map(|word| WordView { text: &word.text, bounds: corners(word.bounds) });
    LineView { text: line.text(), bounds: corners(line.bounds), words: words.collect() }
}

fn corners(Bounds { x0, y0, x1, y1 }: Bounds) -> [f32; 4] {
    [x0, y0, x1, y1]
}

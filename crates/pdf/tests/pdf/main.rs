//! What reading does to whole files: small ones made here with lopdf, and real ones where they are at hand.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail loudly")]

mod annotations;
mod builder;
mod conventions;
mod embedded;
mod encryption;
mod fallback_font;
mod fonts;
mod hidden;
mod invariants;
mod limits;
mod refused;
mod render;
mod robustness;
mod shared_data;
mod structure;
mod tables;
mod text;

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Document, Limits, Page};

/// Reads all pages with default limits and no password.
#[track_caller]
fn read(bytes: Vec<u8>) -> Document {
    docmill_pdf::read(bytes, None, &PageSelection::all(), &Limits::default()).unwrap()
}

/// A page's lines, cells parted by ` | `.
fn lines(page: &Page) -> Vec<String> {
    let cells = |line: &docmill_pdf::Line| line.cells().into_iter().map(|cell| cell.text).collect::<Vec<_>>();
    page.lines.iter().map(|line| cells(line).join(" | ")).collect()
}

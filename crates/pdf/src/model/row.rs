//! A page's rows: its lines put together as they stand beside each other.
//!
//! Called by whoever wants a table's row, or a name and its value, in one piece, such as extraction's prompt; reading
//! order parts them where a cell wraps.

use std::borrow::Cow;

use crate::model::{Line, Page};

impl Page {
    /// The rows from top to bottom; a row's words come line by line, from left to right.
    pub fn rows(&self) -> Vec<Cow<'_, Line>> {
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        lines
            .sort_by(|left, right| left.row.cmp(&right.row).then(left.bounds.x0.total_cmp(&right.bounds.x0)));
        let rows = lines.chunk_by(|left, right| left.row == right.row);
        rows.filter_map(|row| match row {
            [line] => Some(Cow::Borrowed(*line)),
            lines => joined(lines).map(Cow::Owned),
        })
        .collect()
    }
}

/// Lines of one row as one; its font is that of the line with the most words. None for no lines.
fn joined(lines: &[&Line]) -> Option<Line> {
    let longest = lines.iter().max_by_key(|line| line.words.len())?;
    Some(Line {
        words: lines.iter().flat_map(|line| &line.words).cloned().collect(),
        bounds: lines.iter().map(|line| line.bounds).reduce(super::Bounds::union)?,
        font_size: longest.font_size,
        row: longest.row,
    })
}

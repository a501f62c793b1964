//! One sheet: a header that stays in sight and can be filtered by, then rows.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::cells::Cell;
use crate::shown::cut;

/// Rows of a sheet: spreadsheets have 1,048,576. The JSON has all.
const ROWS_MAX: u32 = 1_000_000;
/// Columns of a sheet: nobody reads more, and spreadsheets have 16,384.
const COLUMNS_MAX: usize = 1_000;
/// Rows that a column's width is found from.
const MEASURED_ROWS_MAX: u32 = 500;
/// Widths of columns in characters.
const WIDTH_MIN: usize = 8;
const WIDTH_MAX: usize = 60;

/// A column's heading, and where its cells stand.
#[derive(Debug)]
pub(super) struct Column {
    name: String,
    is_number: bool,
}

impl Column {
    pub(super) fn text(name: &str) -> Self {
        Self { name: cut(name, 500), is_number: false }
    }

    pub(super) fn number(name: &str) -> Self {
        Self { name: cut(name, 500), is_number: true }
    }
}

/// What was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    /// Rows below the header.
    pub(super) rows: u32,
}

/// Fills a sheet.
pub(super) fn write(
    worksheet: &mut Worksheet,
    columns: &[Column],
    rows: impl Iterator<Item = Vec<Cell>>,
) -> Result<Written, XlsxError> {
    let columns = columns.get(..COLUMNS_MAX).unwrap_or(columns);
    let mut widths: Vec<usize> = columns.iter().map(|column| width(&column.name) + 3).collect();
    for (at, column) in (0_u16..).zip(columns) {
        let align = if column.is_number { FormatAlign::Right } else { FormatAlign::Left };
        let heading =
            quoted(&column.name).set_bold().set_align(align).set_background_color(Color::RGB(0x00F1_EEE9));
        worksheet.write_string_with_format(
            0,
            at,
            &column.name,
            &heading.set_border_bottom(FormatBorder::Thin),
        )?;
    }
    let mut written = Written { rows: 0 };
    for (row, cells) in (1..=ROWS_MAX).zip(rows) {
        for ((at, cell), widest) in (0_u16..).zip(&cells).zip(&mut widths) {
            let length = write_cell(worksheet, row, at, cell)?;
            if row <= MEASURED_ROWS_MAX {
                *widest = (*widest).max(length + 2);
            }
        }
        written.rows = row;
    }
    for (at, width) in (0_u16..).zip(widths) {
        let width = u16::try_from(width.clamp(WIDTH_MIN, WIDTH_MAX)).unwrap_or(u16::MAX);
        worksheet.set_column_width(at, width)?;
    }
    if let Some(last) = columns.len().checked_sub(1).and_then(|last| u16::try_from(last).ok()) {
        worksheet.set_freeze_panes(1, 0)?;
        worksheet.autofilter(0, 0, written.rows, last)?;
        worksheet.set_repeat_rows(0, 0)?;
    }
    worksheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(written)
}

/// Writes a cell, and says about how many characters wide it is.
fn write_cell(worksheet: &mut Worksheet, row: u32, at: u16, cell: &Cell) -> Result<usize, XlsxError> {
    match cell {
        Cell::Empty => Ok(0),
        Cell::Text(text) => {
            let length = width(text);
            let format = if length > WIDTH_MAX { quoted(text).set_text_wrap() } else { quoted(text) };
            worksheet.write_string_with_format(row, at, text, &format)?;
            Ok(length)
        }
        Cell::LongNumber(text) => {
            worksheet.write_string_with_format(row, at, text, &quoted(text).set_align(FormatAlign::Right))?;
            Ok(width(text))
        }
        Cell::Number(value, shown_as) => {
            worksheet.write_number_with_format(row, at, *value, &top().set_num_format(shown_as))?;
            // About what the format makes of it: groups and decimals.
            Ok(format!("{value:.0}").len() * 4 / 3 + shown_as.len().saturating_sub(4))
        }
        Cell::Date(day) => {
            worksheet.write_number_with_format(row, at, *day, &top().set_num_format("yyyy-mm-dd"))?;
            Ok(10)
        }
    }
}

fn top() -> Format {
    Format::new().set_align(FormatAlign::Top)
}

/// A text that begins like a formula is marked as text, so that it stays one even when somebody edits the cell.
fn quoted(text: &str) -> Format {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\'']);
    if formula { top().set_quote_prefix() } else { top() }
}

fn width(text: &str) -> usize {
    text.chars().map(|character| if character > '\u{2e80}' { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_formula_stays_a_text_when_it_is_edited() {
        let check = |text: &str, is_marked: bool| {
            assert_eq!(quoted(text) == top().set_quote_prefix(), is_marked, "{text}");
        };
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1", "＋1", "－1", "＠x", "'=1"] {
            check(text, true);
        }
        for text in ["", "ACME", "1=1", "a-b"] {
            check(text, false);
        }
    }
}

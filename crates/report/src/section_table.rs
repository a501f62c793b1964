//! A section's table: cells by their kind, a caption that says how much of it is here.

use docmill_contract::section::{CellKind, Table, TableColumn};
use maud::{Markup, html};

use crate::numbers::{count, grouped, of, percent};
use crate::shown::shown;

/// Rows of one table on the page; the workbook and the CSV have as many as the JSON.
const ROWS_MAX: usize = 100;
/// Columns of one table on the page: more than that, and nobody finds the row's name again.
const COLUMNS_MAX: usize = 40;
/// Tables of more columns are set small.
const COLUMNS_WIDE: usize = 9;

/// The most rows that stand open below a chart, which says the same.
const OPEN_ROWS_MAX: usize = 24;

/// The table. Below a chart a long one is folded; on paper everything is open.
pub(crate) fn table(table: &Table, below_chart: bool) -> Markup {
    if !below_chart || table.rows.len() <= OPEN_ROWS_MAX {
        return open(table);
    }
    html! {
        details {
            summary { (shown(&table.title)) ": " (of(count_of(table.rows.len().min(ROWS_MAX)), "row", "rows")) }
            (open(table))
        }
    }
}

fn open(table: &Table) -> Markup {
    let columns = table.columns.get(..COLUMNS_MAX).unwrap_or(&table.columns);
    let rows = table.rows.get(..ROWS_MAX).unwrap_or(&table.rows);
    let (here, given) = (count_of(rows.len()), count_of(table.rows.len()));
    let all = table.rows_in_all.max(given);
    html! {
        div.wide role="group" aria-label=(shown(&table.title)) tabindex="0" {
            table.analysed.statistics[columns.len() > COLUMNS_WIDE] {
                caption {
                    (shown(&table.title))
                    @if here < all { ": the first " (count(here)) " of " (of(all, "row", "rows")) }
                }
                thead { tr { @for column in columns { th.number[is_number(column)] scope="col" { (shown(&column.name)) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (position, column) in columns.iter().enumerate() {
                                @let cell = shown_cell(column.kind, row.get(position).and_then(Option::as_deref));
                                @if position == 0 && !is_number(column) { th scope="row" { bdi { (cell) } } }
                                @else if is_number(column) { td.number { (cell) } }
                                @else { td { bdi { (cell) } } }
                            }
                        }
                    }
                }
            }
        }
        @if rows.is_empty() { p.empty { "There are no rows." } }
        @if here < given { p.empty { (of(given - here, "more row is", "more rows are")) " in the workbook and the CSV." } }
        @if columns.len() < table.columns.len() {
            p.empty { (of(count_of(table.columns.len() - columns.len()), "more column is", "more columns are")) " in the workbook and the CSV." }
        }
    }
}

fn count_of(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Numbers stand right, so that their digits are below each other.
fn is_number(column: &TableColumn) -> bool {
    match column.kind {
        CellKind::Count | CellKind::Decimal | CellKind::Share => true,
        CellKind::Text | CellKind::Date => false,
    }
}

fn shown_cell(kind: CellKind, cell: Option<&str>) -> String {
    match (kind, cell) {
        (_, None) => "–".to_owned(),
        (CellKind::Text | CellKind::Date, Some(text)) => shown(text),
        (CellKind::Count | CellKind::Decimal, Some(number)) => shown(&grouped(number)),
        (CellKind::Share, Some(share)) => shown(&percent(share)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_shown_by_their_kind() {
        let check = |kind: CellKind, cell: Option<&str>, expected: &str| {
            assert_eq!(shown_cell(kind, cell).replace('\u{202f}', " "), expected, "{kind:?} {cell:?}");
        };
        check(CellKind::Text, Some("1234"), "1234");
        check(CellKind::Count, Some("1234"), "1 234");
        check(CellKind::Decimal, Some("-1234.50"), "−1 234.50");
        check(CellKind::Share, Some("0.125"), "12.5 %");
        check(CellKind::Date, Some("2024-03-31"), "2024-03-31");
        check(CellKind::Decimal, None, "–");
        check(CellKind::Decimal, Some("n/a"), "n/a");
    }
}

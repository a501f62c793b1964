//! The figures: for each a picture of the sums, and a table with every number.

use docmill_contract::analysis::{Analysis, Figure, FigureRow, Statistics};
use maud::{Markup, html};

use crate::bars::{BARS_MAX, Bar, bars};
use crate::histogram::{histogram, thumbnail};
use crate::numbers::{count, grouped, of};
use crate::shown::shown;

/// Rows of one table; the workbook and the JSON have more.
const ROWS_MAX: usize = 200;

/// The section.
pub(crate) fn section(analysis: &Analysis) -> Markup {
    html! {
        @if !analysis.figures.is_empty() {
            section #figures {
                h2 { "Figures" }
                @for (number, listed) in analysis.figures.iter().enumerate() { (figure(number + 1, listed)) }
            }
        }
    }
}

fn figure(number: usize, figure: &Figure) -> Markup {
    let title = shown(&figure.title);
    let rows = figure.rows.get(..ROWS_MAX).unwrap_or(&figure.rows);
    let more = figure.rows.len() - rows.len();
    html! {
        article.figure id=(format!("figure-{number}")) {
            h3 { (title) " " code.pointer { (shown(&figure.column)) } }
            @if figure.rows.is_empty() { p.empty { "There are no such values." } }
            @else {
                @if figure.grouped_by.is_some() { (sums(&title, &figure.rows)) } @else { (spreads(&title, &figure.rows)) }
                (table(&title, figure, rows))
                (shapes(rows))
                @if more > 0 { p.empty { (of(u64::try_from(more).unwrap_or(u64::MAX), "more row is", "more rows are")) " in the workbook and the JSON." } }
            }
        }
    }
}

/// A chart for each currency, where there are several groups to compare.
fn sums(title: &str, rows: &[FigureRow]) -> Markup {
    let charts = rows.chunk_by(|left, right| left.currency == right.currency).map(|rows| {
        let drawn: Vec<Bar<'_>> = rows
            .iter()
            .filter_map(|row| {
                let statistics = row.statistics.as_ref()?;
                Some(Bar { label: row.group.as_deref().unwrap_or("(none)"), decimal: &statistics.sum })
            })
            .collect();
        (rows.first().and_then(|row| row.currency.as_deref()), drawn)
    });
    html! {
        @for (currency, drawn) in charts.filter(|(_, drawn)| drawn.len() > 1) {
            @let said = format!("Sums of {title}{}", currency.map(|code| format!(" in {}", shown(code))).unwrap_or_default());
            figure {
                figcaption {
                    (said)
                    @if drawn.len() > BARS_MAX { ", the " (BARS_MAX) " largest of " (count(u64::try_from(drawn.len()).unwrap_or(u64::MAX))) }
                }
                (bars(&said, &drawn))
            }
        }
    }
}

/// A histogram for each row that has one.
fn spreads(title: &str, rows: &[FigureRow]) -> Markup {
    html! {
        @if rows.iter().any(|row| !row.histogram.is_empty()) {
            div.spreads {
                @for row in rows.iter().filter(|row| !row.histogram.is_empty()) {
                    @let said = format!("How values of {title} spread{}", in_currency(row));
                    figure { figcaption { (said) } (histogram(&said, &row.histogram)) }
                }
            }
        }
    }
}

fn in_currency(row: &FigureRow) -> String {
    row.currency.as_deref().map(|code| format!(" ({})", shown(code))).unwrap_or_default()
}

fn table(title: &str, figure: &Figure, rows: &[FigureRow]) -> Markup {
    // Columns that say nothing are left out.
    let money = figure.rows.iter().any(|row| row.currency.is_some());
    let spread = figure.grouped_by.is_some() && rows.iter().any(|row| !row.histogram.is_empty());
    html! {
        div.wide tabindex="0" {
            table.statistics {
                caption { (title) @if let Some(group) = &figure.grouped_by { ": a row for each " (shown(group).to_lowercase()) @if money { " and currency" } } }
                thead {
                    tr {
                        @if let Some(group) = &figure.grouped_by { th scope="col" { (shown(group)) } }
                        @if money { th scope="col" { "Currency" } }
                        @for name in ["Values", "Sum", "Mean", "SD", "Min", "Q1", "Median", "Q3", "Max", "MAD"] {
                            th.number scope="col" { (name) }
                        }
                        @if spread { th scope="col" { "Spread" } }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            @if figure.grouped_by.is_some() { th scope="row" { bdi { (row.group.as_deref().map_or_else(|| "(none)".to_owned(), shown)) } } }
                            @if money { td { (row.currency.as_deref().map_or_else(|| "(none)".to_owned(), shown)) } }
                            (values(row))
                            @match &row.statistics {
                                Some(statistics) => (numbers(statistics)),
                                None => { @for _ in 0..9 { td.number { "–" } } }
                            }
                            @if spread { td { @if !row.histogram.is_empty() { (thumbnail("How the values spread", &row.histogram)) } } }
                        }
                    }
                }
            }
        }
    }
}

/// How many values were used, and of how many if not all were.
fn values(row: &FigureRow) -> Markup {
    let counts = &row.counts;
    html! {
        td.number {
            (count(counts.used))
            @if counts.used != counts.total {
                span.remark {
                    "of " (count(counts.total))
                    @if counts.missing > 0 { ", " (count(counts.missing)) " missing" }
                    @if counts.rejected > 0 { ", " (count(counts.rejected)) " left out" }
                }
            }
        }
    }
}

/// Values that say something of how they lie around their middle, at least.
const SHAPE_VALUES_MIN: u64 = 5;

/// What a few wild values don't move, and how far the values lean.
fn shapes(rows: &[FigureRow]) -> Markup {
    let shapes = rows.iter().filter(|row| row.counts.used >= SHAPE_VALUES_MIN);
    let shapes = shapes.filter_map(|row| Some((row, row.statistics.as_ref()?.shape.as_ref()?)));
    html! {
        @for (row, shape) in shapes {
            p.remark {
                "Without the outer tenths" (in_currency(row)) ": trimmed mean " (grouped(&shape.trimmed_mean))
                ", winsorised mean " (grouped(&shape.winsorised_mean))
                @if let Some(skewness) = &shape.skewness { "; skewness " (grouped(skewness)) }
                @if let Some(kurtosis) = &shape.kurtosis { ", excess kurtosis " (grouped(kurtosis)) }
                "."
            }
        }
    }
}

fn numbers(statistics: &Statistics) -> Markup {
    let cells = [
        Some(&statistics.sum),
        Some(&statistics.mean),
        statistics.standard_deviation.as_ref(),
        Some(&statistics.minimum),
        Some(&statistics.first_quartile),
        Some(&statistics.median),
        Some(&statistics.third_quartile),
        Some(&statistics.maximum),
        Some(&statistics.median_absolute_deviation),
    ];
    html! { @for cell in cells { td.number { (cell.map_or_else(|| "–".to_owned(), |decimal| grouped(decimal))) } } }
}

//! The analysis as a workbook: a summary, the findings, the figures, a sheet for each table of each section, the documents.
//!
//! Called through [`crate::xlsx`]. Cells are typed, so that a spreadsheet can sort and add them; texts are written as texts,
//! so that none of them is ever a formula. The bytes depend on the analysis alone: no clock is asked.

mod cells;
mod names;
mod sheet;

use docmill_contract::analysis::{Analysis, Figure, FigureRow, Finding, Place, Severity};
use docmill_contract::outcome::Status;
use docmill_contract::section::{CellKind, Section, Table};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use cells::Cell;
use names::Names;
use sheet::{Column, Written};

/// Tables with a sheet of their own; a workbook of more can't be leafed through. The JSON has all.
const TABLES_MAX: usize = 200;

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
#[error("the workbook can't be made: {0}")]
pub struct WorkbookError(#[from] XlsxError);

/// The workbook's bytes.
pub(crate) fn xlsx(analysis: &Analysis) -> Result<Vec<u8>, WorkbookError> {
    let mut workbook = Workbook::new();
    let mut names = Names::default();
    // When it was made would make each file another; what it is made of is the revision.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let title = format!("{}, revision {}", analysis.collection, analysis.revision);
    workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
    summary(analysis, &mut workbook, &mut names)?;
    findings(analysis, &mut workbook, &mut names)?;
    if !analysis.figures.is_empty() {
        figures(analysis, &mut workbook, &mut names)?;
    }
    if !analysis.sections.is_empty() {
        sections(analysis, &mut workbook, &mut names)?;
    }
    documents(analysis, &mut workbook, &mut names)?;
    Ok(workbook.save_to_buffer()?)
}

fn summary(analysis: &Analysis, workbook: &mut Workbook, names: &mut Names) -> Result<(), XlsxError> {
    let covers = &analysis.covers;
    let severe = |severity| {
        Cell::count(counted(analysis.findings.iter().filter(|finding| finding.severity == severity).count()))
    };
    let document = analysis.document.as_ref().map(|document| ("Document", Cell::text(document.as_str())));
    let rows = [("Collection", Cell::text(analysis.collection.as_str()))].into_iter().chain(document).chain([
        ("Revision", Cell::count(analysis.revision.into())),
        ("Documents", Cell::count(covers.outcomes)),
        ("Verified", Cell::count(covers.verified)),
        ("Needs review", Cell::count(covers.needs_review)),
        ("Failed", Cell::count(covers.failed)),
        ("Errors found", severe(Severity::Error)),
        ("Warnings", severe(Severity::Warning)),
        ("Notes", severe(Severity::Info)),
        ("Made by docmill", Cell::text(&analysis.docmill)),
        (
            "Long numbers",
            Cell::text("Numbers of more than 15 digits are written as texts, since a spreadsheet would keep no more of them."),
        ),
    ]);
    let rows = rows.map(|(name, value)| vec![Cell::text(name), value]);
    let columns = [Column::text("What"), Column::text("Value")];
    sheet::write(workbook.add_worksheet().set_name(names.take("Summary"))?, &columns, rows).map(drop)
}

fn findings(analysis: &Analysis, workbook: &mut Workbook, names: &mut Names) -> Result<(), XlsxError> {
    let columns = [
        Column::text("Severity"),
        Column::text("Rule"),
        Column::text("Finding"),
        Column::number("Expected"),
        Column::number("Found"),
        Column::text("Document"),
        Column::text("Name"),
        Column::text("Pointer"),
        Column::number("Page"),
        Column::text("Text"),
        Column::number("x0, points"),
        Column::number("y0, points"),
        Column::number("x1, points"),
        Column::number("y1, points"),
    ];
    let rows = analysis.findings.iter().flat_map(|finding| {
        let places: Vec<Option<&Place>> = match finding.places.as_slice() {
            [] => vec![None],
            places => places.iter().map(Some).collect(),
        };
        places.into_iter().map(move |place| finding_row(finding, place))
    });
    sheet::write(workbook.add_worksheet().set_name(names.take("Findings"))?, &columns, rows).map(drop)
}

fn finding_row(finding: &Finding, place: Option<&Place>) -> Vec<Cell> {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let value = |text: Option<&str>| text.map_or(Cell::Empty, Cell::value);
    let text = |text: Option<&str>| text.map_or(Cell::Empty, Cell::text);
    let corners = place.and_then(|place| place.bounds).map(|bounds| bounds.map(|at| format!("{at:.1}")));
    let corner = |index: usize| {
        corners.as_ref().and_then(|corners| corners.get(index)).map_or(Cell::Empty, |at| Cell::value(at))
    };
    vec![
        Cell::text(severity),
        Cell::text(&finding.rule),
        Cell::text(&finding.message),
        value(finding.expected.as_deref()),
        value(finding.found.as_deref()),
        text(place.map(|place| place.document.as_str())),
        text(place.map(|place| place.name.as_str())),
        text(place.and_then(|place| place.pointer.as_deref())),
        place.and_then(|place| place.page).map_or(Cell::Empty, |page| Cell::count(page.into())),
        text(place.and_then(|place| place.text.as_deref())),
        corner(0),
        corner(1),
        corner(2),
        corner(3),
    ]
}

fn figures(analysis: &Analysis, workbook: &mut Workbook, names: &mut Names) -> Result<(), XlsxError> {
    let texts = ["Figure", "Values at", "Grouped by", "Group", "Currency"].map(Column::text);
    let numbers = [
        "Values",
        "Missing",
        "Left out",
        "Sum",
        "Mean",
        "SD",
        "Minimum",
        "First quartile",
        "Median",
        "Third quartile",
        "Maximum",
        "MAD",
        "Trimmed mean",
        "Winsorised mean",
        "Skewness",
        "Excess kurtosis",
    ]
    .map(Column::number);
    let columns: Vec<Column> = texts.into_iter().chain(numbers).collect();
    let rows =
        analysis.figures.iter().flat_map(|figure| figure.rows.iter().map(move |row| figure_row(figure, row)));
    sheet::write(workbook.add_worksheet().set_name(names.take("Figures"))?, &columns, rows).map(drop)
}

fn figure_row(figure: &Figure, row: &FigureRow) -> Vec<Cell> {
    let text = |text: Option<&str>| text.map_or(Cell::Empty, Cell::text);
    let mut cells = vec![
        Cell::text(&figure.title),
        Cell::text(&figure.column),
        text(figure.grouped_by.as_deref()),
        text(row.group.as_deref()),
        text(row.currency.as_deref()),
        Cell::count(row.counts.used),
        Cell::count(row.counts.missing),
        Cell::count(row.counts.rejected),
    ];
    if let Some(statistics) = &row.statistics {
        let deviation = statistics.standard_deviation.as_deref();
        cells.extend([Cell::decimal(&statistics.sum), Cell::decimal(&statistics.mean)]);
        cells.push(deviation.map_or(Cell::Empty, Cell::decimal));
        cells.extend(
            [
                &statistics.minimum,
                &statistics.first_quartile,
                &statistics.median,
                &statistics.third_quartile,
                &statistics.maximum,
                &statistics.median_absolute_deviation,
            ]
            .map(|decimal| Cell::decimal(decimal)),
        );
        if let Some(shape) = &statistics.shape {
            let decimal = |text: Option<&String>| text.map_or(Cell::Empty, |text| Cell::decimal(text));
            cells.extend([Some(&shape.trimmed_mean), Some(&shape.winsorised_mean)].map(decimal));
            cells.extend([shape.skewness.as_ref(), shape.kurtosis.as_ref()].map(decimal));
        }
    }
    cells
}

/// The list of all tables with what they came to, and a sheet for each of them.
fn sections(analysis: &Analysis, workbook: &mut Workbook, names: &mut Names) -> Result<(), XlsxError> {
    // The list comes first, and its name must be taken before a section's title takes it.
    let list = names.take("Analyses");
    workbook.add_worksheet().set_name(&list)?;
    let mut rows = Vec::new();
    let mut tables = 0;
    for (number, section) in (1..).zip(&analysis.sections) {
        if section.tables.is_empty() {
            rows.push(section_row(section, None));
        }
        for (nth, table) in (1..).zip(&section.tables) {
            if tables == TABLES_MAX {
                rows.push(section_row(section, None));
                continue;
            }
            tables += 1;
            let title = match section.tables.as_slice() {
                [_] => format!("{number} {}", section.title),
                _ => format!("{number}.{nth} {}", table.title),
            };
            let name = names.take(&title);
            let written = section_table(table, workbook.add_worksheet().set_name(&name)?)?;
            rows.push(section_row(section, Some((&name, written, table))));
        }
    }
    let columns = [
        Column::text("Sheet"),
        Column::text("Analysis"),
        Column::text("Kind"),
        Column::text("What came out"),
        Column::text("Table"),
        Column::number("Rows in the sheet"),
        Column::number("Rows in all"),
        Column::number("Values used"),
        Column::number("Missing"),
        Column::number("Left out"),
        Column::text("Parameters"),
        Column::text("Notes"),
    ];
    sheet::write(workbook.worksheet_from_name(&list)?, &columns, rows.into_iter()).map(drop)
}

fn section_row(section: &Section, table: Option<(&str, Written, &Table)>) -> Vec<Cell> {
    let parameters: Vec<String> =
        section.parameters.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let (name, title, rows, all) = match table {
        Some((name, written, table)) => (
            Cell::text(name),
            Cell::text(&table.title),
            Cell::count(u64::from(written.rows)),
            Cell::count(table.rows_in_all.max(counted(table.rows.len()))),
        ),
        None => (Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty),
    };
    vec![
        name,
        Cell::text(&section.title),
        Cell::text(&section.kind),
        Cell::text(&section.summary),
        title,
        rows,
        all,
        Cell::count(section.counts.used),
        Cell::count(section.counts.missing),
        Cell::count(section.counts.rejected),
        Cell::text(&parameters.join("; ")),
        Cell::text(&section.notes.join(" ")),
    ]
}

fn section_table(table: &Table, worksheet: &mut rust_xlsxwriter::Worksheet) -> Result<Written, XlsxError> {
    let columns: Vec<Column> = table
        .columns
        .iter()
        .map(|column| match column.kind {
            CellKind::Text | CellKind::Date => Column::text(&column.name),
            CellKind::Count | CellKind::Decimal | CellKind::Share => Column::number(&column.name),
        })
        .collect();
    let rows = table.rows.iter().map(|row| {
        let cells =
            table.columns.iter().zip(row).map(|(column, cell)| match (column.kind, cell.as_deref()) {
                (_, None) => Cell::Empty,
                (CellKind::Text, Some(text)) => Cell::text(text),
                (CellKind::Count | CellKind::Decimal, Some(number)) => Cell::decimal(number),
                (CellKind::Share, Some(share)) => Cell::share(share),
                (CellKind::Date, Some(date)) => Cell::date(date),
            });
        cells.collect()
    });
    sheet::write(worksheet, &columns, rows)
}

fn documents(analysis: &Analysis, workbook: &mut Workbook, names: &mut Names) -> Result<(), XlsxError> {
    let texts = ["Document", "Name", "Verdict", "Profile", "Why it failed"].map(Column::text);
    let numbers = ["Pages", "Values proved", "Values", "Findings"].map(Column::number);
    let columns: Vec<Column> = texts.into_iter().chain(numbers).collect();
    let rows = analysis.documents.iter().map(|line| {
        let verdict = match line.status {
            Status::Verified => "verified",
            Status::NeedsReview => "needs review",
            Status::Failed => "failed",
        };
        vec![
            Cell::text(line.document.as_str()),
            Cell::text(&line.name),
            Cell::text(verdict),
            line.profile.as_deref().map_or(Cell::Empty, Cell::text),
            line.failure.as_deref().map_or(Cell::Empty, Cell::text),
            Cell::count(line.pages.into()),
            Cell::count(line.values_verified),
            Cell::count(line.values),
            Cell::count(line.findings),
        ]
    });
    sheet::write(workbook.add_worksheet().set_name(names.take("Documents"))?, &columns, rows).map(drop)
}

fn counted(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

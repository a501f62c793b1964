//! The one place that writes to standard output and standard error.
//!
//! Called by every command. On a terminal: tables with lines, colours, progress. Elsewhere: the same tables as
//! plain columns, one row a line, nothing moving. With `--json`: nothing but JSON on standard output.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};

use comfy_table::presets::{NOTHING, UTF8_FULL_CONDENSED};
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width,
};
use docmill_contract::outcome::Status;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Why nothing more can be printed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrintError {
    /// The reader of our output has gone, as `head` does.
    #[error("standard output was closed")]
    Closed,
    /// Writing failed in another way.
    #[error("standard output can't be written")]
    Broken(#[source] std::io::Error),
}

impl From<std::io::Error> for PrintError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Broken(error) }
    }
}

/// Prints for people or for machines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    /// Whether JSON was asked for.
    pub(crate) json: bool,
    terminal: bool,
    colours: bool,
}

/// A text in a table, with what it means.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    text: String,
    tone: Tone,
    numeric: bool,
}

/// What a text means, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Plain,
    Good,
    Doubtful,
    Bad,
    Quiet,
}

impl Printer {
    /// A printer for this process's standard output.
    pub(crate) fn new(json: bool) -> Self {
        let terminal = std::io::stdout().is_terminal();
        // https://no-color.org: any value but the empty one.
        let colourless = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { json, terminal, colours: terminal && !colourless }
    }

    /// A line for people.
    pub(crate) fn line(self, text: impl Display) -> Result<(), PrintError> {
        Ok(writeln!(std::io::stdout().lock(), "{text}")?)
    }

    /// A text as it is: a file's content, or CSV.
    pub(crate) fn raw(self, text: &str) -> Result<(), PrintError> {
        let mut output = std::io::stdout().lock();
        output.write_all(text.as_bytes())?;
        Ok(output.flush()?)
    }

    /// A value as JSON over several lines.
    pub(crate) fn value(self, value: &impl Serialize) -> Result<(), PrintError> {
        self.line(serde_json::to_string_pretty(value).map_err(std::io::Error::from)?)
    }

    /// A value as JSON on one line.
    pub(crate) fn value_line(self, value: &impl Serialize) -> Result<(), PrintError> {
        self.line(serde_json::to_string(value).map_err(std::io::Error::from)?)
    }

    /// A table.
    pub(crate) fn table(self, header: &[&str], rows: Vec<Vec<Text>>) -> Result<(), PrintError> {
        self.line(render(header, rows, self.terminal, self.colours))
    }

    /// A hint on standard error, where it doesn't mix with what is piped on. Lost if that is closed.
    pub(crate) fn hint(text: impl Display) {
        writeln!(std::io::stderr().lock(), "{text}").unwrap_or_default();
    }

    /// An error on standard error.
    pub(crate) fn error(text: impl Display) {
        writeln!(std::io::stderr().lock(), "docmill: {text}").unwrap_or_default();
    }

    /// A progress bar of `length` steps on standard error; invisible where that isn't a terminal or JSON is wanted.
    pub(crate) fn progress(self, length: u64) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        }
        let bar = ProgressBar::new(length);
        // The template is part of the program; should it be wrong, the default style shows the same numbers.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:40} {pos}/{len}  {msg}") {
            bar.set_style(style);
        }
        bar
    }
}

impl Text {
    /// A text that means nothing in particular. Control characters are replaced: names come from other people,
    /// and must not move a terminal's cursor.
    pub(crate) fn plain(text: impl Display) -> Self {
        let visible = |character: char| if character.is_control() { ' ' } else { character };
        Self { text: text.to_string().chars().map(visible).collect(), tone: Tone::Plain, numeric: false }
    }

    /// A number, set to the right.
    pub(crate) fn number(number: impl Display) -> Self {
        Self { numeric: true, ..Self::plain(number) }
    }

    /// What is there but matters less.
    pub(crate) fn quiet(text: impl Display) -> Self {
        Self { tone: Tone::Quiet, ..Self::plain(text) }
    }

    /// A document's status.
    pub(crate) fn status(status: Status) -> Self {
        let (text, tone) = match status {
            Status::Verified => ("verified", Tone::Good),
            Status::NeedsReview => ("needs review", Tone::Doubtful),
            Status::Failed => ("failed", Tone::Bad),
        };
        Self { tone, ..Self::plain(text) }
    }

    /// A sentence about something that went wrong.
    pub(crate) fn bad(text: impl Display) -> Self {
        Self { tone: Tone::Bad, ..Self::plain(text) }
    }

    fn cell(self, colours: bool) -> Cell {
        let cell = Cell::new(self.text);
        let cell = if self.numeric { cell.set_alignment(CellAlignment::Right) } else { cell };
        match self.tone {
            Tone::Plain => cell,
            Tone::Good if colours => cell.fg(Color::Green),
            Tone::Doubtful if colours => cell.fg(Color::Yellow),
            Tone::Bad if colours => cell.fg(Color::Red),
            Tone::Quiet if colours => cell.add_attribute(Attribute::Dim),
            Tone::Good | Tone::Doubtful | Tone::Bad | Tone::Quiet => cell,
        }
    }
}

/// A table as text, without white space at the ends of lines.
fn render(header: &[&str], rows: Vec<Vec<Text>>, terminal: bool, colours: bool) -> String {
    let mut table = Table::new();
    if terminal {
        table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    } else {
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(header.iter().map(|title| {
        let cell = Cell::new(title);
        if colours { cell.add_attribute(Attribute::Bold) } else { cell }
    }));
    for row in rows {
        table.add_row(row.into_iter().map(|text| text.cell(colours)));
    }
    // The first column names what the row is about: it is wrapped last.
    let named = table.column_max_content_widths().first().copied().unwrap_or_default();
    let third = table.width().unwrap_or_default() / 3;
    if terminal && let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(named.min(third))));
    }
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn away_from_a_terminal_a_table_is_plain_columns() {
        let rows = vec![
            vec![Text::plain("a.pdf"), Text::status(Status::Verified), Text::number(12)],
            vec![Text::plain("long name.pdf"), Text::status(Status::NeedsReview), Text::number(3)],
        ];
        assert_eq!(
            render(&["document", "status", "pages"], rows, false, false),
            [
                " document       status        pages",
                " a.pdf          verified         12",
                " long name.pdf  needs review      3"
            ]
            .join("\n")
        );
    }

    #[test]
    fn names_cannot_move_the_cursor() {
        assert_eq!(Text::plain("a\u{1b}[2Jb\nc").text, "a [2Jb c");
    }
}

//! The decoded records of one set, and what analyses take of them: amounts, keys and days of the same rows.
//!
//! A value that a record has once counts for each of its rows, so a supplier can group the lines of its invoices.

use std::borrow::Cow;

use docmill_columns::{Column, Id, Layout, Level, Table, Tables};
use docmill_contract::analysis::{Counts, Place};
use docmill_contract::spec::AnalysisSpec;
use docmill_statistics::NO_KEY;
use docmill_statistics::calendar::NO_DAY;

use super::rates::Converter;
use super::{Unfit, layout};

/// Shows where a value stands, if it can.
pub(crate) trait Witness: Sync {
    /// The place of a document, or of a leaf of its record.
    fn place(&self, document: Id<'_>, pointer: Option<&str>) -> Place;
}

/// The decoded records.
pub(crate) struct Frame<'a> {
    pub(crate) tables: &'a Tables,
    pub(crate) spec: &'a AnalysisSpec,
    /// What the tables were read by.
    pub(crate) layout: &'a Layout,
    pub(crate) witness: &'a dyn Witness,
}

/// Amounts or numbers, one for each row of their table.
pub(crate) struct Measure<'a> {
    /// What people are shown.
    pub(crate) name: &'a str,
    pub(crate) pointer: &'a str,
    pub(crate) table: &'a Table,
    pub(crate) column: &'a Column,
    pub(crate) is_money: bool,
}

/// The key of each row, chunk by chunk, and what the keys are.
pub(crate) struct Keys<'a> {
    pub(crate) name: &'a str,
    pub(crate) codes: Vec<Cow<'a, [u32]>>,
    column: &'a Column,
}

impl<'a> Frame<'a> {
    /// The amounts that an analysis is of.
    pub(crate) fn measure(&self, of: &'a str) -> Result<Measure<'a>, Unfit> {
        let (pointer, currency) = layout::measure(self.spec, of).ok_or_else(|| unknown("column", of))?;
        let name = layout::amounts(pointer, currency);
        let (table, column) = self.column(&name).ok_or_else(|| unknown("column", of))?;
        Ok(Measure { name: of, pointer, table, column, is_money: currency.is_some() })
    }

    /// The keys of the rows of `table`.
    pub(crate) fn keys(&self, table: &'a Table, by: &'a str) -> Result<Keys<'a>, Unfit> {
        self.keys_or(table, by, |_| NO_KEY)
    }

    /// The same, where rows without a key have one more than there are, which is no text's.
    pub(crate) fn keys_or_rest(&self, table: &'a Table, by: &'a str) -> Result<Keys<'a>, Unfit> {
        self.keys_or(table, by, |column| u32::try_from(column.dictionary().len()).unwrap_or(NO_KEY))
    }

    fn keys_or(
        &self,
        table: &'a Table,
        by: &'a str,
        nothing: impl Fn(&Column) -> u32,
    ) -> Result<Keys<'a>, Unfit> {
        let pointer = layout::grouping(self.spec, by).ok_or_else(|| unknown("group", by))?;
        let (level, column) = self.beside(table, &layout::keys(pointer), by)?;
        let codes = per_row(table, level, column, nothing(column), |chunk| chunk.keys());
        Ok(Keys { name: by, codes, column })
    }

    /// The day of each row of `table`, chunk by chunk.
    pub(crate) fn days(&self, table: &'a Table, by: &'a str) -> Result<Vec<Cow<'a, [i32]>>, Unfit> {
        let pointer = layout::grouping(self.spec, by).ok_or_else(|| unknown("date", by))?;
        let (level, column) = self.beside(table, &layout::days(pointer), by)?;
        Ok(per_row(table, level, column, NO_DAY, |chunk| chunk.days()))
    }

    /// The currency of each row of a measure's table, chunk by chunk, and the codes' texts.
    pub(crate) fn currencies(&self, measure: &Measure<'a>) -> Option<Keys<'a>> {
        let (level, column) = self.tables.currency(measure.table, measure.column)?;
        let codes = per_row(measure.table, level, column, NO_KEY, |chunk| chunk.keys());
        Some(Keys { name: "Currency", codes, column })
    }

    /// What amounts are converted with, where the specification says so.
    pub(crate) fn converter(&self, table: &'a Table) -> Result<Option<Converter<'a>>, Unfit> {
        let Some(rates) = &self.spec.rates else { return Ok(None) };
        let days = rates.date.as_deref().map(|date| self.days(table, date)).transpose()?;
        Converter::new(rates, days).map(Some)
    }

    /// Where the value of a row stands.
    pub(crate) fn place(&self, table: &Table, pointer: &str, row: usize) -> Option<Place> {
        let place = table.place(row)?;
        let document = self.tables.documents().id(usize::try_from(place.document).ok()?)?;
        let pointer = pointer.replacen("/*", &format!("/{}", place.row), 1);
        Some(self.witness.place(document, Some(&pointer)))
    }

    /// Whether the amounts at this pointer were read.
    pub(crate) fn is_read(&self, pointer: &str, currency: Option<&str>) -> bool {
        let name = layout::amounts(pointer, currency);
        self.layout.columns.iter().any(|asked| asked.name == name)
    }

    /// The pointer of a column of the tables, and what people call what stands there.
    pub(crate) fn called(&self, column: &Column) -> Option<(&'a str, &'a str)> {
        let found = self.layout.columns.iter().find(|asked| asked.name == column.name())?;
        let pointer = found.pointer.as_str();
        let columns = self.spec.columns.iter().map(|asked| (&asked.pointer, &asked.name));
        let groups = self.spec.groups.iter().map(|group| (&group.pointer, &group.name));
        let name = columns.chain(groups).find(|(known, _)| *known == pointer);
        Some((pointer, name.map_or(pointer, |(_, name)| name.as_str())))
    }

    /// Where a document stands.
    pub(crate) fn document_place(&self, document: usize) -> Option<Place> {
        Some(self.witness.place(self.tables.documents().id(document)?, None))
    }

    /// The column of this name, with its table.
    fn column(&self, name: &str) -> Option<(&'a Table, &'a Column)> {
        let mut tables = std::iter::once(self.tables.record()).chain(self.tables.row_sets());
        tables.find_map(|table| Some((table, table.column(name)?)))
    }

    /// The column of this name that has a value for each row of `table`, or for each document.
    fn beside(&self, table: &'a Table, name: &str, by: &str) -> Result<(Level, &'a Column), Unfit> {
        self.tables.column(table, name).ok_or_else(|| {
            let rows = table
                .pointer()
                .map_or_else(|| "the record".to_owned(), |rows| format!("the rows of `{rows}`"));
            Unfit(format!("`{by}` stands neither in {rows} nor once in the record"))
        })
    }
}

impl Keys<'_> {
    /// How many keys there may be.
    pub(crate) fn len(&self) -> usize {
        self.column.dictionary().len()
    }

    /// What a key is.
    pub(crate) fn text(&self, key: u32) -> Option<&str> {
        self.column.dictionary().text(key)
    }

    /// The key of a row.
    pub(crate) fn of_row(&self, row: usize) -> Option<u32> {
        let (chunk, row) = (row / docmill_columns::CHUNK_ROWS, row % docmill_columns::CHUNK_ROWS);
        self.codes.get(chunk)?.get(row).copied().filter(|&key| key != NO_KEY)
    }

    /// All texts, by key.
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.column.dictionary().texts().collect()
    }
}

impl Measure<'_> {
    /// How many values there are, used and not.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            total: u64::try_from(self.table.rows()).unwrap_or(u64::MAX),
            used: self.column.used(),
            missing: self.column.missing(),
            rejected: self.column.rejections().total(),
        }
    }

    /// Decimals of its values.
    pub(crate) fn scale(&self) -> u32 {
        u32::from(self.column.scale())
    }
}

fn unknown(what: &str, name: &str) -> Unfit {
    Unfit(format!("`{name}` is neither the name of a {what} of the specification nor a pointer"))
}

/// The values of a column for each row of `table`, `nothing` where there is none.
fn per_row<'a, T: Copy>(
    table: &'a Table,
    level: Level,
    column: &'a Column,
    nothing: T,
    values: impl Fn(&'a docmill_columns::Chunk) -> Option<&'a [T]>,
) -> Vec<Cow<'a, [T]>> {
    let masked = |chunk: &'a docmill_columns::Chunk| {
        let values = values(chunk).unwrap_or_default();
        if chunk.used() == values.len() {
            return Cow::Borrowed(values);
        }
        let valid =
            values.iter().enumerate().map(|(row, &value)| if chunk.is_valid(row) { value } else { nothing });
        Cow::Owned(valid.collect())
    };
    let own: Vec<Cow<'a, [T]>> = column.chunks().iter().map(masked).collect();
    match level {
        Level::Row => own,
        Level::Document => {
            let chunks = table.rows().div_ceil(docmill_columns::CHUNK_ROWS);
            let of_document = |&document: &u32| {
                let document = usize::try_from(document).ok()?;
                own.get(document / docmill_columns::CHUNK_ROWS)?
                    .get(document % docmill_columns::CHUNK_ROWS)
                    .copied()
            };
            let rows =
                |chunk| table.chunk_documents(chunk).iter().map(|row| of_document(row).unwrap_or(nothing));
            (0..chunks).map(|chunk| Cow::Owned(rows(chunk).collect())).collect()
        }
    }
}

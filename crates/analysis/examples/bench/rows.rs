//! The documents decoded: amounts, and for each of their rows vendor, currency and day.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use docmill_columns::{ColumnLayout, Decoder, Folding, Kind, Layout, Level, Plan, Scale, Table, Tables};
use docmill_statistics::{CHUNK_ROWS, Chunk, KeyedChunk};

/// As `docmill analyse --records` reads.
const PIECE_BYTES: u64 = 64 << 20;

/// Columns in rows of their own: what other engines have after they unnested.
pub(crate) struct Rows {
    pub(crate) tables: Tables,
    pub(crate) vendors: Vec<u32>,
    pub(crate) currencies: Vec<u32>,
    pub(crate) days: Vec<i32>,
}

/// The columns that are read; currency, category and quantity, too, as the other engines read them.
pub(crate) fn plan() -> Plan {
    let column = |name: &str, pointer: &str, kind: Kind| ColumnLayout {
        name: name.to_owned(),
        pointer: pointer.to_owned(),
        kind,
    };
    let key = || Kind::Key { folding: Folding::CaseAndSpace };
    let layout = Layout {
        record: String::new(),
        id: Some("/id".to_owned()),
        columns: vec![
            column("vendor", "/vendor", key()),
            column("currency", "/currency", key()),
            column("date", "/date", Kind::Date),
            column("category", "/lines/*/category", key()),
            column("quantity", "/lines/*/quantity", Kind::Decimal { scale: Scale::Found }),
            column(
                "amount",
                "/lines/*/amount",
                Kind::Money { scale: Scale::Fixed(2), currency: "/currency".to_owned() },
            ),
        ],
    };
    Plan::new(&layout).expect("the layout fits")
}

/// The tables of a file.
pub(crate) fn decoded(plan: &Plan, file: &Path) -> Tables {
    let mut decoder = Decoder::new(plan);
    let mut input = BufReader::new(File::open(file).expect("failed to open the documents"));
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let read = input.by_ref().take(PIECE_BYTES).read_to_end(&mut piece).expect("failed to read");
        if read == 0 {
            return decoder.finish().expect("there are fewer documents");
        }
        input.read_until(b'\n', &mut piece).expect("failed to read");
        decoder.lines(&piece);
    }
}

impl Rows {
    /// What documents have once, for each of their rows.
    pub(crate) fn of(tables: Tables) -> Self {
        let table = tables.row_set("/lines").expect("there are lines");
        let vendors = per_row(&tables, table, "vendor", |chunk| chunk.keys());
        let currencies = per_row(&tables, table, "currency", |chunk| chunk.keys());
        let days = per_row(&tables, table, "date", |chunk| chunk.days());
        Self { vendors, currencies, days, tables }
    }

    /// The amounts, with their validity.
    pub(crate) fn amounts(&self) -> Vec<Chunk<'_>> {
        let chunks = self.table().column("amount").expect("it was asked for").chunks();
        chunks
            .iter()
            .map(|chunk| {
                Chunk::new(chunk.numbers().expect("they are numbers"), Some(&chunk.valid)).expect("a chunk")
            })
            .collect()
    }

    /// The amounts, each with one of `keys`.
    pub(crate) fn keyed<'a>(&'a self, keys: &'a [u32]) -> Vec<KeyedChunk<'a>> {
        let chunks = self.amounts().into_iter().zip(keys.chunks(CHUNK_ROWS));
        chunks.map(|(chunk, keys)| KeyedChunk::new(chunk, keys).expect("as long")).collect()
    }

    /// What keys of a column of documents are.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        self.tables.record().column(name).expect("it was asked for").dictionary().texts().collect()
    }

    pub(crate) fn table(&self) -> &Table {
        self.tables.row_set("/lines").expect("there are lines")
    }
}

/// The values are all there.
fn per_row<T: Copy>(
    tables: &Tables,
    table: &Table,
    name: &str,
    values: impl Fn(&docmill_columns::Chunk) -> Option<&[T]>,
) -> Vec<T> {
    let (level, column) = tables.column(table, name).expect("it was asked for");
    assert_eq!(level, Level::Document);
    let own: Vec<&[T]> = column.chunks().iter().map(|chunk| values(chunk).expect("of this kind")).collect();
    let mut rows = Vec::with_capacity(table.rows());
    for chunk in 0..table.rows().div_ceil(CHUNK_ROWS) {
        rows.extend(table.chunk_documents(chunk).iter().filter_map(|&document| {
            own.get(document as usize / CHUNK_ROWS)?.get(document as usize % CHUNK_ROWS).copied()
        }));
    }
    rows
}

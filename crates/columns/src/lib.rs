//! JSON records as columns: exact numbers, days, keys and truth values side by side, decoded straight from the text.
//!
//! Called by the analysis, by the analyser and by `docmill analyse`, inside whatever rayon pool they run it in. A
//! [`Layout`] says what to read and becomes a [`Plan`]; a [`Decoder`] reads documents by it, in any order, and
//! gives [`Tables`]; what was read of some documents can be kept as a [`Part`] and added to a decoder another time.
//! It does no I/O, reads no clock, and builds no tree of a document. The same documents give the same tables,
//! whatever their order, however they were put into parts, and however many threads the pool has.

mod assemble;
mod bits;
mod block;
mod cells;
mod day;
mod decoder;
mod dictionary;
mod gather;
mod layout;
mod number;
mod order;
mod part;
mod plan;
mod pointer;
mod read;
mod rejection;
mod scan;
mod table;

pub use bits::is_set;
pub use day::parse as parse_day;
pub use decoder::{BLOCK_BYTES, Decoder, TooMany};
pub use dictionary::{Dictionary, Interner, KEY_BYTES_MAX, folded};
pub use layout::{Column as ColumnLayout, DECIMALS_MAX, Folding, Kind, Layout, Scale};
pub use part::{Part, PartError};
pub use plan::{COLUMNS_MAX, LayoutError, Plan};
pub use rejection::{PLACES_MAX, Place, Rejection, Rejections};
pub use scan::{DEPTH_MAX, DOCUMENT_BYTES_MAX, Unreadable};
pub use table::{CHUNK_ROWS, Chunk, Column, CurrencyColumn, Documents, Id, Level, Table, Tables, Values};

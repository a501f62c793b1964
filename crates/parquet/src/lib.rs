//! Columns of records as Parquet, for DuckDB, Spark and whatever else reads it.
//!
//! Called by `docmill analyse --parquet`. An [`Export`] says which files there are, and each [`Part`] writes its own
//! bytes into whatever it is given: this crate opens no file, reads no clock, and starts no thread. The same tables
//! give the same bytes. What is in the files, and what the columns are called, is in `docs/parquet.md`.

mod columns;
mod export;
mod names;
mod partition;
mod write;

pub use export::{Export, ExportError, Part};
pub use partition::{MONTHS_MAX, NO_MONTH, PartitionBy};
pub use write::ROW_GROUP_ROWS;

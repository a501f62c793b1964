//! Bytes of a PDF in, pages with words and lines with boxes out; and pages as images.
//!
//! `hayro` interprets the pages, `lopdf` reads the structure around them (encryption, embedded files) and mends
//! files `hayro` refuses. Called by the worker's reading child process and by tests. Everything is synchronous and
//! pure: no I/O, no clock, no threads, limits are arguments. A hang or an abort inside a parser is survived by the
//! process that runs this one, not here.

mod error;
mod limits;
mod model;

pub use error::ReadError;
pub use limits::Limits;
pub use model::*;

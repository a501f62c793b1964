//! The numeric kernels of docmill's analyses: exact, the same bit for bit on any number of threads, and fast.
//!
//! Called by the analyses, inside whatever rayon pool they run in. Values are integers at a column's scale (money in
//! minor units); a column is chunks of [`CHUNK_ROWS`] rows, worked on in parallel and folded in order. Partial results
//! ([`moments::Sums`], [`benford::DigitCounts`], [`series::Months`] ...) merge exactly, so that a collection which grew
//! is not counted again. Nothing here does I/O, reads a clock, knows JSON, or words a finding.
//!
//! What is rounded is rounded once, at the end. Logarithms and their kind come from `libm`, not from the platform.

pub mod benford;
pub mod bootstrap;
pub mod calendar;
mod chunks;
pub mod concentration;
pub mod correlation;
mod counts;
pub mod cutoff;
pub mod duplicates;
mod exact;
pub mod floats;
pub mod groups;
pub mod moments;
mod normal;
pub mod outliers;
pub mod quantiles;
mod quotient;
mod random;
pub mod ranks;
pub mod robust;
pub mod sequences;
pub mod series;
mod summary;
pub mod texts;

pub use chunks::{CHUNK_ROWS, Chunk, KeyedChunk, NO_KEY, chunked, used_values};
pub use counts::Counts;
pub use exact::ExactSum;
pub use quotient::{Fraction, round_quotient, round_root};
pub use summary::{OrderStatistics, Summary, summary};

//! Numbers and dates as documents print them, exact decimals, and the equations of profiles.
//!
//! Shared by the extraction (which proves values) and the analysis (which checks records), so that both read a
//! number and judge an equation alike. Pure functions; no floating point anywhere.

pub mod dates;
pub mod decimal;
pub mod equations;
pub mod notation;

pub use dates::{Date, DateOrder, parse_date};
pub use equations::{Equation, Term, TermRole, equations};
pub use notation::{DecimalMark, Notation, parse_number};
pub use rust_decimal::Decimal;

//! What tests share: a real nats-server each, and PDFs made on the spot. Never part of a program.

pub mod bank_statement;
pub mod disk;
pub mod factur_x;
pub mod financial_statement;
pub mod hostile;
pub mod invoice;
pub mod layouts;
pub mod letter;
pub mod nats;
pub mod notation;
pub mod pdf;
pub mod samples;
pub mod scan;
pub mod tls;
pub mod varied;

#[cfg(test)]
mod tests;

//! What tests share: a real nats-server each, and PDFs made on the spot. Never part of a program.

pub mod nats;

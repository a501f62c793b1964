//! What is rendered of an analysis with sections of every kind, looked at from outside: the page as a tree, the workbook
//! unpacked, the tables read back.

#![allow(
    missing_docs,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests"
)]

mod demonstration;
mod page;
mod tables;
mod workbook;

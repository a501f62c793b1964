//! Electronic invoices: the bytes of an XML file in, the business terms of EN 16931 out.
//!
//! Called by the extraction for files embedded in a PDF. It reads UN/CEFACT Cross Industry Invoices (Factur-X, ZUGFeRD 1
//! and 2, XRechnung, in every profile from MINIMUM to EXTENDED) and UBL invoices and credit notes. The bytes are a
//! stranger's: everything is bounded, and there are no entities but XML's own five. Everything is pure. Whether what an
//! invoice says is true, valid or printed on its pages is nobody's business here.

mod numbers;
mod path;
mod read;
mod terms;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;

use docmill_arithmetic::{Date, Decimal};

pub use read::{ROWS_MAX, looks_like_xml, read};
pub use terms::{Group, Kind, Term};
pub use tree::{ATTRIBUTES_MAX, DEPTH_MAX, ELEMENTS_MAX, XML_BYTES_MAX};

/// The business terms of one invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EInvoice {
    /// How it is written.
    pub syntax: Syntax,
    /// Terms of the document as a whole; each has its contents in the file's order, and at least one.
    pub header: BTreeMap<Term, Vec<Content>>,
    /// Terms of the rows of each group, in the file's order.
    pub rows: BTreeMap<Group, Vec<Row>>,
    /// What stands where a number or a date belongs and is none.
    pub unreadable: Vec<Unreadable>,
}

/// The terms of one row of a group.
pub type Row = BTreeMap<Term, Vec<Content>>;

/// How an invoice is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// ZUGFeRD 1: `CrossIndustryDocument`.
    Zugferd1,
    /// Factur-X, ZUGFeRD 2, XRechnung: `CrossIndustryInvoice`.
    CrossIndustryInvoice,
    /// UBL: `Invoice` or `CreditNote`.
    Ubl,
}

/// What a term says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text with single spaces, never empty. Identifiers and codes, too.
    Text(String),
    /// A day.
    Date(Date),
    /// A number, exact.
    Number(Decimal),
}

/// What stands where a number or a date belongs and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where.
    pub term: Term,
    /// What.
    pub text: String,
}

/// Why a file is no invoice that can be read. The text is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Too much of it.
    #[error("it has {bytes} bytes, more than {XML_BYTES_MAX}")]
    TooLarge {
        /// How much.
        bytes: usize,
    },
    /// Not text in the encoding it claims.
    #[error("it is not text in the encoding it claims")]
    Encoding,
    /// It defines a document type, and with it entities.
    #[error("it has a document type definition, which no invoice has")]
    DocumentType,
    /// It refers to an entity that isn't one of XML's own.
    #[error("it refers to an entity that XML doesn't have")]
    Entity,
    /// Elements within elements without end.
    #[error("its elements are more than {DEPTH_MAX} deep")]
    TooDeep,
    /// Elements without end.
    #[error("it has more than {ELEMENTS_MAX} elements, or one with more than {ATTRIBUTES_MAX} attributes")]
    TooManyElements,
    /// Rows without end.
    #[error("it has more than {ROWS_MAX} rows")]
    TooManyRows,
    /// No XML.
    #[error("it is not well-formed XML: {reason}")]
    Malformed {
        /// What the parser says.
        reason: String,
    },
    /// XML of another kind.
    #[error("it is not an invoice, but `{root}`")]
    NotAnInvoice {
        /// What its root says it is.
        root: String,
    },
}

impl EInvoice {
    /// Every content of a term, wherever in the invoice it stands, without repetitions.
    pub fn contents(&self, term: Term) -> Vec<&Content> {
        let mut contents: Vec<&Content> = Vec::new();
        let rows = self.rows.values().flatten().filter_map(|row| row.get(&term));
        for content in self.header.get(&term).into_iter().chain(rows).flatten() {
            if !contents.contains(&content) {
                contents.push(content);
            }
        }
        contents
    }

    /// The content of a term that the whole invoice agrees on; none where it says several things.
    pub fn only(&self, term: Term) -> Option<&Content> {
        match self.contents(term).as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

//! Why a PDF can't be read or drawn.
//!
//! Made by this crate alone; the worker turns each into a failure code. The texts say what to do about it.

use serde::{Deserialize, Serialize};

/// Why [`read`](crate::read) or [`render_png`](crate::render_png) refused a file. None of these passes by itself:
/// the same bytes, password and limits give the same error again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ReadError {
    /// The file is larger than allowed; nothing of it was looked at.
    #[error(
        "the file has {bytes} bytes, more than the {bytes_max} allowed: split it, or raise `document_bytes_max`"
    )]
    TooLarge {
        /// The file's size.
        bytes: u64,
        /// The most allowed.
        bytes_max: u64,
    },
    /// The bytes are something else.
    #[error("the file is not a PDF: there is no `%PDF` header, and no PDF object in it; send the PDF itself")]
    NotAPdf,
    /// It claims to be a PDF, but neither reader finds its pages.
    #[error("the PDF is damaged beyond repair ({reason}): ask the sender for another copy")]
    Damaged {
        /// What the reader said.
        reason: String,
    },
    /// It is encrypted, and no password was given.
    #[error("the PDF is encrypted: name the secret with its password in the job's `password_secret`")]
    Encrypted,
    /// It is encrypted, and the given password doesn't open it.
    #[error("the given password does not open the PDF: check the secret the job's `password_secret` names")]
    WrongPassword,
    /// It is whole, but has no pages.
    #[error("the PDF has no pages: there is nothing to read")]
    NoPages,
    /// A page is asked for that isn't there.
    #[error("page {page} is asked for, but the PDF has {pages} pages: correct the job's `pages`")]
    PageOutOfRange {
        /// The first page that isn't there.
        page: u32,
        /// How many there are.
        pages: u32,
    },
    /// More pages are asked for than allowed.
    #[error(
        "{pages} pages are asked for, more than the {pages_max} allowed: select fewer with the job's `pages`, or raise `pages_max`"
    )]
    TooManyPages {
        /// Pages asked for.
        pages: u32,
        /// The most allowed.
        pages_max: u32,
    },
    /// A parser panicked: a fault of its own that this file has hit.
    #[error("the parser failed {place}: ask the sender for another copy, and report it")]
    ParserFailed {
        /// Where: "on page 3".
        place: String,
    },
    /// Another limit was passed.
    #[error(
        "the PDF has {found} {what}, more than the {max} allowed: raise `{limit}` if the file can be trusted"
    )]
    LimitExceeded {
        /// The field of [`Limits`](crate::Limits) that was passed.
        limit: String,
        /// What it counts, with where: "glyphs on page 3".
        what: String,
        /// How many there are, or were when counting stopped.
        found: u64,
        /// The most allowed.
        max: u64,
    },
}

//! Turns a panic of a parser into an error that says where, and lets drawing be stopped from within.
//!
//! Wrapped around everything that interprets a document: by [`read`](crate::read), [`facts`](crate::facts()) and
//! [`render_png`](crate::render_png) as a whole, and around each page so that the error names it. The interpreter has no
//! way to be told "enough", so a limit that is passed in the middle of a page unwinds out of it, too.
//!
//! Why what is left behind is sound: an unwound call returns an error, and `guarded` gives nothing else back. All that
//! the call has changed is dropped by unwinding or by its caller, who returns the error at once: the page's collector,
//! the caches of fonts, the parsed file. The bytes of the file are shared, but nobody writes to them. No state is global
//! but what the standard library keeps, and parsers hold no lock that outlives the document. So the next document starts
//! from nothing, as in a new process. What unwinding can't help with (memory, stack, time) ends the process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::error::ReadError;

/// Does `work`; a panic in it, or a [`stop`], is its error.
pub(crate) fn guarded<T>(
    place: impl FnOnce() -> String,
    work: impl FnOnce() -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    // Sound, as said above: on error, nothing that `work` has touched is used again.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|thrown| Err(error(thrown, place)))
}

/// Ends the surrounding [`guarded`] with `error`, from wherever the interpreter has called us.
pub(crate) fn stop(error: ReadError) -> ! {
    // Not a panic: no hook is called, and nothing is printed.
    resume_unwind(Box::new(error))
}

/// What a parser says when it panics may quote the document, so it is not told on.
fn error(thrown: Box<dyn Any + Send>, place: impl FnOnce() -> String) -> ReadError {
    thrown.downcast::<ReadError>().map_or_else(|_| ReadError::ParserFailed { place: place() }, |error| *error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(work: fn() -> Result<u32, ReadError>, expected: Result<u32, &str>) {
        let found = guarded(|| "on page 3".to_owned(), work).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn what_ends_early_says_why() {
        check(|| Ok(7), Ok(7));
        check(|| Err(ReadError::NoPages), Err("the PDF has no pages: there is nothing to read"));
        check(|| stop(ReadError::NoPages), Err("the PDF has no pages: there is nothing to read"));
        let failed = "the parser failed on page 3: ask the sender for another copy, and report it";
        check(|| panic!("on purpose"), Err(failed));
    }
}

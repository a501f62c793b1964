//! Figures as a model is shown them: in English, the way its sentences are to write them.

/// A decimal text with commas between thousands; anything else unchanged. No digit is added or lost.
pub(super) fn grouped(decimal: &str) -> String {
    let spaced = crate::numbers::grouped(decimal);
    spaced.replace('\u{202f}', ",").replace('−', "-")
}

/// A share of one in percent.
pub(super) fn percent(share: &str) -> String {
    crate::numbers::percent(share).replace("\u{202f}%", " %").replace('\u{202f}', ",").replace('−', "-")
}

/// A name between quotation marks, which it can't close.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "'"))
}

//! What an endpoint sends back of what it was sent: struck out before anybody else reads it.
//!
//! Called by [`client`](super::client) for every response. An endpoint has the key and the document, and is somebody
//! else's: a proxy that shows the headers it got, a model that is talked into repeating them, an error that quotes the
//! question. Replies end in outcomes and in the store of kept replies, errors in logs. Nothing here judges a reply; what
//! of it is true is decided by its proof.

use std::borrow::Cow;

use bytes::Bytes;
use docmill_extraction::Role;
use reqwest::header::HeaderMap;

use super::{LlmError, Request};

/// The least bytes of a secret; keys have 32 and more. Shorter values of headers may stand in a document, where striking them
/// out would do harm.
const SECRET_BYTES_MIN: usize = 16;

/// The least characters in a row, from the beginning of a word, that make a quotation of the question. Error messages and
/// documents have shorter words in common.
const QUOTED_CHARACTERS_MIN: usize = 12;

/// What stands in place of a secret.
const STRUCK_OUT: &str = "***";

/// The body of a response without the values of the sensitive headers that the request had.
pub(super) fn without_secrets(body: Bytes, sent: &HeaderMap) -> Bytes {
    // A body that isn't UTF-8 has no place to hide one: it is read as this text would be.
    let Cow::Owned(cleaned) = struck_out(&String::from_utf8_lossy(&body), sent) else { return body };
    tracing::warn!(
        "the LLM endpoint sends back what proves who is calling: it was struck out; see who answers at that address"
    );
    Bytes::from(cleaned)
}

fn struck_out<'a>(text: &'a str, sent: &HeaderMap) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    for secret in sent.values().filter(|value| value.is_sensitive()) {
        let Ok(secret) = secret.to_str() else { continue };
        // `Bearer k` is sent; `k` is the secret.
        let bare = secret.rsplit(' ').next().unwrap_or(secret);
        if bare.len() < SECRET_BYTES_MIN {
            continue;
        }
        // JSON may write a slash in two ways, and keys in base 64 have some.
        for written in [bare.to_owned(), bare.replace('/', "\\/")] {
            if text.contains(&written) {
                text = Cow::Owned(text.replace(&written, STRUCK_OUT));
            }
        }
    }
    text
}

impl LlmError {
    /// The same with the endpoint's words, but none of the question's: an error is logged.
    pub(super) fn without_quotations(mut self, request: &Request) -> Self {
        if let Some(message) = self.message_mut() {
            *message = without_quotations(message, &question(request));
        }
        self
    }
}

/// What a request says of the document, in one line: all but the rules, which are nobody's secret.
fn question(request: &Request) -> String {
    let messages = request.prompt.messages.iter().filter(|message| message.role != Role::System);
    let words = messages.flat_map(|message| message.content.split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}

/// A message of a few hundred characters without the passages that the question has, too.
fn without_quotations(message: &str, question: &str) -> String {
    let mut kept = String::with_capacity(message.len());
    let mut rest = message;
    let mut is_in_word = false;
    while let Some(first) = rest.chars().next() {
        let begins_word = first.is_alphanumeric() && !is_in_word;
        is_in_word = first.is_alphanumeric();
        let quoted = if begins_word { quoted_bytes(rest, question) } else { 0 };
        if let Some((_, behind)) = rest.split_at_checked(quoted).filter(|_| quoted > 0) {
            kept.push('…');
            rest = behind;
        } else {
            kept.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    kept
}

/// How many bytes at the beginning of `text` stand in the question; 0 where they are too few to be quoted from there.
fn quoted_bytes(text: &str, question: &str) -> usize {
    let ends = text.char_indices().map(|(start, character)| start + character.len_utf8());
    let mut quoted = 0;
    for end in ends.skip(QUOTED_CHARACTERS_MIN - 1) {
        if !text.get(..end).is_some_and(|passage| question.contains(passage)) {
            break;
        }
        quoted = end;
    }
    quoted
}

#[cfg(test)]
mod tests {
    use reqwest::header::{AUTHORIZATION, HeaderValue, USER_AGENT};

    use super::*;

    #[test]
    fn what_proves_who_is_calling_is_struck_out() {
        let check = |key: &str, body: &str, expected: &str| {
            let mut sent = HeaderMap::new();
            let mut key = HeaderValue::from_str(key).unwrap();
            key.set_sensitive(true);
            sent.insert(AUTHORIZATION, key);
            sent.insert(USER_AGENT, HeaderValue::from_static("docmill/0.1.0"));
            let cleaned = without_secrets(Bytes::copy_from_slice(body.as_bytes()), &sent);
            assert_eq!(cleaned, expected.as_bytes(), "{body}");
        };
        check("Bearer sk-0123456789abc", r#"{"error":"bad key"}"#, r#"{"error":"bad key"}"#);
        check(
            "Bearer sk-0123456789abc",
            "authorization: Bearer sk-0123456789abc and sk-0123456789abc",
            "authorization: Bearer *** and ***",
        );
        check("a/b+c/d/e+f/g/h==", r#"["a/b+c/d/e+f/g/h==","a\/b+c\/d\/e+f\/g\/h=="]"#, r#"["***","***"]"#);
        // Not a secret, and one that is none.
        check("Bearer sk-0123456789abc", "docmill/0.1.0", "docmill/0.1.0");
        check("Bearer k", "the key is k", "the key is k");
    }

    #[test]
    fn what_an_error_quotes_of_the_question_is_struck_out() {
        let question =
            "INSTRUCTIONS none DOCUMENT 1| Müller & Söhne GmbH 2| Invoice number | 4711-0815 END OF DOCUMENT";
        let check = |message: &str, expected: &str| {
            assert_eq!(without_quotations(message, question), expected);
        };
        check("the model is overloaded", "the model is overloaded");
        check("Invalid prompt: 'Müller & Söhne GmbH'", "Invalid prompt: '…'");
        check("flagged: Invoice number | 4711-0815, sorry", "flagged: …, sorry");
        check("in {\"content\": \"DOCUMENT 1| Müller & Söhne", "in {\"content\": \"…");
        // Words that both happen to have, and one inside another.
        check("Invoice no: 4711-0815", "Invoice no: 4711-0815");
        check("xInvoice number", "xInvoice number");
        check("", "");
    }
}

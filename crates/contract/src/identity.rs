//! Who is who: collection and document ids, digests, and the work key that tells "the same work again" from
//! "new work for the same document".
//!
//! Called by everything that reads or writes a message. It must not know how an id is shown to people: that is
//! a job's `name`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::pages::PageSelection;

/// The longest collection or document id, in characters. NATS subjects stay well below their limit with it.
pub const ID_CHARACTERS_MAX: usize = 128;

/// Why a text can't be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a valid id: use 1 to 128 characters of A-Z, a-z, 0-9, `_` and `-`")]
pub struct InvalidId {
    /// The text that was refused, cut to a readable length.
    pub text: String,
}

fn check_id(text: &str) -> Result<(), InvalidId> {
    let fits = (1..=ID_CHARACTERS_MAX).contains(&text.len());
    let clean = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if fits && clean {
        Ok(())
    } else {
        Err(InvalidId { text: text.chars().take(ID_CHARACTERS_MAX).collect() })
    }
}

/// A collection: the set of documents that is analysed together. One token of a NATS subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[A-Za-z0-9_-]{1,128}$"))]
pub struct CollectionId(String);

/// A document within its collection. One token of a NATS subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[A-Za-z0-9_-]{1,128}$"))]
pub struct DocumentId(String);

impl CollectionId {
    /// The collection of a job that names none.
    pub fn default_collection() -> Self {
        Self("default".to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DocumentId {
    /// The id of a document that was given none: the first 32 hex digits of its bytes' (or its url's) sha256.
    pub fn from_digest(digest: &Sha256Hex) -> Self {
        Self(digest.short().to_owned())
    }

    /// The id under which a message that can't be read as a job fails: `invalid-` and its digest.
    pub fn of_invalid_message(payload: &[u8]) -> Self {
        Self(format!("invalid-{}", Sha256Hex::of(payload).short()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CollectionId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        check_id(&text).map(|()| Self(text))
    }
}

impl TryFrom<String> for DocumentId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        check_id(&text).map(|()| Self(text))
    }
}

impl FromStr for CollectionId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::try_from(text.to_owned())
    }
}

impl FromStr for DocumentId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::try_from(text.to_owned())
    }
}

impl From<CollectionId> for String {
    fn from(id: CollectionId) -> Self {
        id.0
    }
}

impl From<DocumentId> for String {
    fn from(id: DocumentId) -> Self {
        id.0
    }
}

impl fmt::Display for CollectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A sha256 as 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let mut hex = String::with_capacity(64);
        for byte in digest {
            for nibble in [byte >> 4, byte & 0x0f] {
                // A nibble is below 16, so this always is a hex digit.
                hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        Self(hex)
    }

    /// A digest that was written as 64 lower-case hex digits; `None` for any other text.
    pub fn read(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }

    /// The digest of a JSON value in canonical form: object keys sorted, no white space.
    pub fn of_json(value: &serde_json::Value) -> Self {
        Self::of(canonical(value).as_bytes())
    }

    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 32 digits: short enough for an id, long enough never to collide by chance.
    pub fn short(&self) -> &str {
        self.0.get(..32).unwrap_or(&self.0)
    }
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// JSON with object keys sorted and no white space, so that equal values have equal text whatever wrote them.
fn canonical(value: &serde_json::Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

/// Into one text: putting texts together from their parts would copy each as often as it is deep.
fn write_canonical(value: &serde_json::Value, text: &mut String) {
    match value {
        serde_json::Value::Object(members) => {
            let mut members: Vec<(&String, &serde_json::Value)> = members.iter().collect();
            members.sort_unstable_by_key(|&(key, _)| key);
            text.push('{');
            for (position, (key, member)) in members.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::Value::from(key.as_str()).to_string());
                text.push(':');
                write_canonical(member, text);
            }
            text.push('}');
        }
        serde_json::Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => text.push_str(&value.to_string()),
    }
}

/// What work a job asks for: PDF, profile (by content), pages and vision. Equal keys mean the same work.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct WorkKey(Sha256Hex);

impl WorkKey {
    /// The key of reading `source` (the PDF's sha256; where the bytes can't be had, the digest of the source
    /// reference) with the profile whose content digest is `profile`.
    pub fn new(
        source: &Sha256Hex,
        profile: &Sha256Hex,
        pages: &PageSelection,
        vision: crate::job::Vision,
    ) -> Self {
        Self(Sha256Hex::of_json(&serde_json::json!({
            "source": source, "profile": profile, "pages": pages.to_string(), "vision": vision,
        })))
    }

    /// The key as 64 hex digits.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for WorkKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_one_subject_token() {
        let check = |text: &str, valid: bool| {
            assert_eq!(text.parse::<CollectionId>().is_ok(), valid, "{text:?}");
            assert_eq!(text.parse::<DocumentId>().is_ok(), valid, "{text:?}");
        };
        check("q3", true);
        check("inv-0042_A", true);
        check(&"x".repeat(128), true);
        check(&"x".repeat(129), false);
        check("", false);
        check("a.b", false);
        check("a b", false);
        check("ä", false);
        check("*", false);
        check(">", false);
    }

    #[test]
    fn canonical_json_ignores_key_order_and_space() {
        let digest = |text: &str| Sha256Hex::of_json(&serde_json::from_str(text).unwrap());
        assert_eq!(digest(r#"{"a":1,"b":[{"d":2,"c":3}]}"#), digest(r#"{ "b": [ {"c":3,"d":2} ], "a": 1 }"#));
        assert_ne!(digest(r#"{"a":1}"#), digest(r#"{"a":2}"#));
    }

    #[test]
    fn digests_are_sha256() {
        assert_eq!(
            Sha256Hex::of(b"abc").as_str(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let digest = Sha256Hex::of(b"abc");
        assert_eq!(Sha256Hex::read(digest.as_str()), Some(digest));
        for other in ["", "ba78", &"*".repeat(64), &"A".repeat(64), &"a".repeat(65)] {
            assert_eq!(Sha256Hex::read(other), None, "{other}");
        }
    }
}

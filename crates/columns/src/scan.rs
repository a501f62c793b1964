//! JSON text, token by token: what the reader of documents steps through, and skips what it wasn't asked for.
//!
//! Nothing is built and nothing recurses: what is skipped is checked as strictly as what is read, with a bit for each
//! open bracket. It takes the texts that RFC 8259 allows, up to [`DEPTH_MAX`] brackets deep, numbers of any length.

mod name;
mod text;
mod words;

pub(crate) use name::Name;
use serde::{Deserialize, Serialize};
pub(crate) use text::Text;
use words::{TENS, leading_digits, plain_bytes};

/// Brackets that may be open at once.
pub const DEPTH_MAX: u32 = 127;

/// The longest document that is read.
pub const DOCUMENT_BYTES_MAX: usize = 1 << 30;

/// Why a document can't be read.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// It isn't UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// It isn't JSON.
    #[error("the text is not JSON from byte {byte} on")]
    NotJson {
        /// Where, from 1.
        byte: u64,
    },
    /// It is nested deeper than [`DEPTH_MAX`].
    #[error("the JSON is nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// It is longer than [`DOCUMENT_BYTES_MAX`].
    #[error("the document is longer than {DOCUMENT_BYTES_MAX} bytes")]
    TooLong,
    /// What is where the record should be is no object.
    #[error("what stands where the record should be is no object")]
    NotARecord,
}

/// What makes a scan end early. Where is where the scanner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Syntax,
    TooDeep,
}

/// The beginning of a value: the whole of it, but for the two that have an inside. It is made of whole words, which makes it
/// quicker to hand on than truth values among them would.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Token<'a> {
    Null,
    True,
    False,
    Number(Number<'a>),
    Text(Text<'a>),
    Array,
    Object,
}

/// A number as it is written, with what is known of it when its end is reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number<'a> {
    pub(crate) text: &'a [u8],
    /// Its digits as an integer, if it is a short one.
    pub(crate) mantissa: u64,
    /// Digits behind the point; [`LONG`] if it has an exponent or more than [`DIGITS_SHORT`] digits.
    pub(crate) decimals: u64,
}

/// Digits of a number that surely fit 64 bits.
pub(crate) const DIGITS_SHORT: usize = 18;

/// Decimals of a number that takes more than a look.
pub(crate) const LONG: u64 = u64::MAX;

#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// How many bytes are behind.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to where it once was.
    pub(crate) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that isn't space, which is taken.
    #[inline]
    fn next(&mut self) -> Result<u8, Fault> {
        loop {
            match self.byte() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => {
                    self.at += 1;
                    return Ok(byte);
                }
                None => return Err(Fault::Syntax),
            }
        }
    }

    /// Takes the closing bracket of something that has nothing in it.
    #[inline]
    pub(crate) fn closes(&mut self, bracket: u8) -> Result<bool, Fault> {
        let closes = self.next()? == bracket;
        if !closes {
            self.at -= 1;
        }
        Ok(closes)
    }

    /// Takes the comma before another member, or the closing bracket.
    #[inline]
    pub(crate) fn continues(&mut self, bracket: u8) -> Result<bool, Fault> {
        match self.next()? {
            b',' => Ok(true),
            byte if byte == bracket => Ok(false),
            _ => Err(Fault::Syntax),
        }
    }

    /// The key of an object's member, and its colon; nothing where it is the `expected` one.
    #[inline]
    pub(crate) fn key(&mut self, expected: Option<&Name>) -> Result<Option<Text<'a>>, Fault> {
        let b'"' = self.next()? else { return Err(Fault::Syntax) };
        let key = match expected.and_then(|name| name.len_at(self.text.as_bytes(), self.at)) {
            Some(len) => {
                self.at += len;
                None
            }
            None => Some(self.string()?),
        };
        match self.next()? {
            b':' => Ok(key),
            _ => Err(Fault::Syntax),
        }
    }

    /// The beginning of a value. It is inlined, as is what it is made of, because a token passed through memory costs as much
    /// as finding it.
    #[inline(always)]
    pub(crate) fn token(&mut self) -> Result<Token<'a>, Fault> {
        match self.next()? {
            b'"' => Ok(Token::Text(self.string()?)),
            first @ (b'-' | b'0'..=b'9') => Ok(Token::Number(self.number(first)?)),
            b'{' => Ok(Token::Object),
            b'[' => Ok(Token::Array),
            b't' => self.literal("rue", Token::True),
            b'f' => self.literal("alse", Token::False),
            b'n' => self.literal("ull", Token::Null),
            _ => Err(Fault::Syntax),
        }
    }

    /// Takes a value with everything in it, below `depth` open brackets.
    pub(crate) fn skip(&mut self, depth: u32) -> Result<(), Fault> {
        match self.token()? {
            Token::Array => self.skip_inside(false, depth),
            Token::Object => self.skip_inside(true, depth),
            Token::Null | Token::True | Token::False | Token::Number(_) | Token::Text(_) => Ok(()),
        }
    }

    /// Takes the rest of an array or object whose bracket has been taken, below `depth` others.
    pub(crate) fn skip_inside(&mut self, object: bool, depth: u32) -> Result<(), Fault> {
        // A bit for each open bracket, set for an object: there are more bits than brackets may be open.
        let mut open = u128::from(object);
        let mut open_count = 1;
        let mut fresh = true;
        while open_count > 0 {
            if depth + open_count > DEPTH_MAX {
                return Err(Fault::TooDeep);
            }
            let in_object = open & 1 == 1;
            let bracket = if in_object { b'}' } else { b']' };
            let ends = if fresh { self.closes(bracket)? } else { !self.continues(bracket)? };
            if ends {
                open >>= 1;
                open_count -= 1;
                fresh = false;
                continue;
            }
            if in_object {
                self.key(None)?;
            }
            let token = self.token()?;
            fresh = matches!(token, Token::Array | Token::Object);
            if fresh {
                open = open << 1 | u128::from(matches!(token, Token::Object));
                open_count += 1;
            }
        }
        Ok(())
    }

    /// Whether nothing but space is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.next().is_err()
    }

    fn literal(&mut self, rest: &str, token: Token<'a>) -> Result<Token<'a>, Fault> {
        let end = self.at + rest.len();
        let matches = self.text.as_bytes().get(self.at..end) == Some(rest.as_bytes());
        if matches {
            self.at = end
        } else {
            return Err(Fault::Syntax);
        }
        Ok(token)
    }

    /// The rest of a number whose `first` byte has been taken.
    #[inline(always)]
    fn number(&mut self, first: u8) -> Result<Number<'a>, Fault> {
        let start = self.at - 1;
        if first != b'-' {
            self.at -= 1;
        }
        let mut mantissa = 0;
        let whole = self.digits(&mut mantissa);
        let leads_with_zero = self.text.as_bytes().get(self.at - whole) == Some(&b'0');
        if whole == 0 || (leads_with_zero && whole > 1) {
            return Err(Fault::Syntax);
        }
        let mut decimals = 0;
        if self.byte() == Some(b'.') {
            self.at += 1;
            decimals = self.digits(&mut mantissa);
            if decimals == 0 {
                return Err(Fault::Syntax);
            }
        }
        let has_exponent = matches!(self.byte(), Some(b'e' | b'E'));
        if has_exponent {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits(&mut 0) == 0 {
                return Err(Fault::Syntax);
            }
        }
        let text = self.text.as_bytes().get(start..self.at).ok_or(Fault::Syntax)?;
        let is_short = !has_exponent && whole + decimals <= DIGITS_SHORT;
        Ok(Number { text, mantissa, decimals: if is_short { decimals as u64 } else { LONG } })
    }

    /// Takes digits, and appends them to an integer, which wraps; how many they are.
    #[inline(always)]
    fn digits(&mut self, mantissa: &mut u64) -> usize {
        let start = self.at;
        // Eight bytes at once, whether they are digits or not: most numbers are shorter, and end where nobody can guess.
        while let Some(word) = self.text.as_bytes().get(self.at..).and_then(<[u8]>::first_chunk) {
            let (value, count) = leading_digits(u64::from_le_bytes(*word));
            *mantissa = mantissa.wrapping_mul(TENS.get(count).copied().unwrap_or(0)).wrapping_add(value);
            self.at += count;
            if count < 8 {
                return self.at - start;
            }
        }
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            *mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        self.at - start
    }

    /// The rest of a text whose opening quote has been taken.
    #[inline(always)]
    fn string(&mut self) -> Result<Text<'a>, Fault> {
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain_bytes(self.text.as_bytes().get(self.at..).unwrap_or_default());
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                // The end, or a control character, which has to be escaped.
                _ => return Err(Fault::Syntax),
            }
        }
        let raw = self.text.get(start..self.at).ok_or(Fault::Syntax)?;
        self.at += 1;
        Ok(if escaped { Text::Escaped(raw) } else { Text::Plain(raw) })
    }

    #[cold]
    fn escape(&mut self) -> Result<(), Fault> {
        let rest = self.text.as_bytes().get(self.at + 1..).unwrap_or_default();
        let len = match rest {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [b'u', digits @ ..]
                if digits.iter().take(4).filter(|digit| digit.is_ascii_hexdigit()).count() == 4 =>
            {
                6
            }
            _ => return Err(Fault::Syntax),
        };
        self.at += len;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn skipped(text: &str) -> Result<(), Fault> {
        let mut scanner = Scanner::new(text);
        scanner.skip(0)?;
        if scanner.is_at_end() { Ok(()) } else { Err(Fault::Syntax) }
    }

    #[test]
    fn nesting_is_bounded() {
        let check = |open: &str, close: &str, depth: usize, expected: Result<(), Fault>| {
            let text = format!("{}{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(skipped(&text), expected, "{open} {depth}");
        };
        check("[", "]", 127, Ok(()));
        check("[", "]", 128, Err(Fault::TooDeep));
        check("[", "]", 100_000, Err(Fault::TooDeep));
        check("[", "", 100_000, Err(Fault::TooDeep));
        check("[", "", 100, Err(Fault::Syntax));
        check(r#"{"a":"#, "", 100_000, Err(Fault::TooDeep));
        check(r#"[{"a":"#, "}]", 50_000, Err(Fault::TooDeep));
    }

    /// Pieces that JSON is made of, and that break it.
    const PIECES: [&str; 36] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"a\":",
        "\"long text without end\"",
        "\"ä\\n\"",
        "\\",
        "\\u12",
        "\\u0041",
        "1",
        "0",
        "-",
        "-0",
        "01",
        "1.",
        ".5",
        "1.5",
        "1e5",
        "1E+",
        "2e-7",
        "true",
        "tru",
        "false",
        "null",
        "nul",
        " ",
        "\t",
        "\n",
        "\u{1}",
        "x",
        "\u{feff}",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn the_same_texts_are_json_as_elsewhere(
            pieces in prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..8),
            wrapped in prop::sample::select(vec![("", ""), ("[", "]"), (r#"{"k":"#, "}"), ("\"", "\"")]),
        ) {
            let text = format!("{}{}{}", wrapped.0, pieces.concat(), wrapped.1);
            prop_assert_eq!(skipped(&text).is_ok(), serde_json::from_str::<IgnoredAny>(&text).is_ok(), "{}", text);
        }

        #[test]
        fn any_value_is_skipped_to_its_end(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let text = String::from_utf8_lossy(&bytes);
            let json = serde_json::json!({"a": [text, {"b": [1, -2.5e-3, null, true, false, "", {}, []]}]}).to_string();
            prop_assert_eq!(skipped(&json), Ok(()));
        }
    }
}

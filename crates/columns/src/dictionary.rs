//! Texts as numbers: while documents are read, and for a whole column.
//!
//! An [`Interner`] numbers the texts that a reader meets, as they are spelled. Of all interners of a column together
//! comes its [`Dictionary`], whose codes are in order of the texts, so that they don't depend on who met what first.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// The longest text of a key. What is longer is no key but somebody's prose.
pub const KEY_BYTES_MAX: usize = 4096;

/// The texts of a column: a code is a position in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dictionary {
    shown: Vec<Box<str>>,
}

/// Texts numbered as they were met.
#[derive(Debug, Default)]
pub struct Interner {
    texts: Vec<Box<str>>,
    /// Those of up to 15 bytes by their bytes: most keys are as short, and found without looking elsewhere.
    short: HashMap<(u64, u64), u32, RandomState>,
    long: HashMap<Box<str>, u32, RandomState>,
}

impl Dictionary {
    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The text of a code as people are shown it: of spellings that are one key, the first in order of bytes.
    pub fn text(&self, code: u32) -> Option<&str> {
        self.shown.get(usize::try_from(code).ok()?).map(AsRef::as_ref)
    }

    /// The texts in order of their codes, which is the order of their folded forms.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.shown.iter().map(AsRef::as_ref)
    }
}

impl Interner {
    /// The number of a text; none beyond 2^32 of them.
    #[inline]
    pub fn code(&mut self, text: &str) -> Option<u32> {
        let short = packed(text.as_bytes());
        let known = match &short {
            Some(packed) => self.short.get(packed),
            None => self.long.get(text),
        };
        known.copied().or_else(|| self.add(text, short))
    }

    #[cold]
    fn add(&mut self, text: &str, short: Option<(u64, u64)>) -> Option<u32> {
        let code = u32::try_from(self.texts.len()).ok()?;
        self.texts.push(text.into());
        match short {
            Some(packed) => self.short.insert(packed, code),
            None => self.long.insert(text.into(), code),
        };
        Some(code)
    }

    /// The texts in order of their numbers.
    pub(crate) fn into_texts(self) -> Vec<Box<str>> {
        self.texts
    }
}

/// Up to 15 bytes and how many they are, as two words.
#[inline]
fn packed(bytes: &[u8]) -> Option<(u64, u64)> {
    let len = bytes.len();
    let count = (len as u64) << 56;
    match bytes {
        [] => Some((0, 0)),
        _ if len < 4 => {
            let word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            Some((word, count))
        }
        // Two words that overlap in the middle.
        _ if len < 8 => {
            let (first, last) = (bytes.first_chunk()?, bytes.last_chunk()?);
            let (first, last) = (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
            Some((first | last << (8 * (len - 4)), count))
        }
        _ if len < 16 => {
            let (first, last) =
                (u64::from_le_bytes(*bytes.first_chunk()?), u64::from_le_bytes(*bytes.last_chunk()?));
            // Of the last eight, those that the first eight don't have.
            let rest = if len == 8 { 0 } else { last >> (8 * (16 - len)) };
            Some((first, rest | count))
        }
        _ => None,
    }
}

/// A text without differences of case and space.
pub fn folded(text: &str) -> String {
    // Upper case first, so that "ß" and "SS" are one; then lower case.
    let words: Vec<String> = text.split_whitespace().map(|word| word.to_uppercase().to_lowercase()).collect();
    words.join(" ")
}

/// The dictionary of a column, and what becomes of each interner's numbers in it. Of each interner: its texts, and which of
/// them the column has; `key` says which texts are one.
pub(crate) fn merged<'a>(
    interned: impl Iterator<Item = (&'a [Box<str>], Option<Vec<bool>>)>,
    key: impl Fn(&str) -> String,
) -> (Dictionary, Vec<Vec<u32>>) {
    let mut numbers: HashMap<String, u32, RandomState> = HashMap::default();
    let mut spellings: HashMap<&'a str, u32, RandomState> = HashMap::default();
    let mut shown: Vec<&'a str> = Vec::new();
    let mut translations: Vec<Vec<u32>> = Vec::new();
    for (texts, used) in interned {
        let mut number = |(position, text): (usize, &'a str)| {
            if used.as_ref().is_some_and(|used| used.get(position) != Some(&true)) {
                return 0;
            }
            *spellings.entry(text).or_insert_with(|| {
                let next = u32::try_from(shown.len()).unwrap_or(u32::MAX);
                let number = *numbers.entry(key(text)).or_insert(next);
                match usize::try_from(number).ok().and_then(|number| shown.get_mut(number)) {
                    Some(known) if text < *known => *known = text,
                    Some(_) => {}
                    None => shown.push(text),
                }
                number
            })
        };
        translations.push(texts.iter().map(AsRef::as_ref).enumerate().map(&mut number).collect());
    }
    let mut order: Vec<(String, u32)> = numbers.into_iter().collect();
    order.sort_unstable();
    let mut codes = vec![0_u32; order.len()];
    let mut dictionary = Dictionary { shown: Vec::with_capacity(order.len()) };
    for (code, (_, number)) in (0..).zip(order) {
        let Ok(number) = usize::try_from(number) else { continue };
        if let (Some(slot), Some(text)) = (codes.get_mut(number), shown.get(number)) {
            *slot = code;
            dictionary.shown.push((*text).into());
        }
    }
    for code in translations.iter_mut().flatten() {
        *code = usize::try_from(*code).ok().and_then(|number| codes.get(number)).copied().unwrap_or(0);
    }
    (dictionary, translations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_become_codes_in_order_of_text() {
        let interned =
            |texts: &[&str]| -> Vec<Box<str>> { texts.iter().map(|text| (*text).into()).collect() };
        let (one, two) =
            (interned(&["beta", "ACME  GmbH", "never"]), interned(&["acme gmbh", "Alpha", "Beta"]));
        let used = [Some(vec![true, true, false]), None];
        let parts = [one.as_slice(), two.as_slice()].into_iter().zip(used);
        let (dictionary, translations) = merged(parts, folded);
        assert_eq!(dictionary.texts().collect::<Vec<_>>(), ["ACME  GmbH", "Alpha", "Beta"]);
        assert_eq!(translations[0][..2], [2, 0]);
        assert_eq!(translations[1], [0, 1, 2]);
    }

    #[test]
    fn texts_of_any_length_have_numbers_of_their_own() {
        let mut interner = Interner::default();
        let alphabet = "abcdefghijklmnopqrstuvwxyz";
        let mut texts: Vec<String> = (0..alphabet.len()).map(|len| alphabet[..len].to_owned()).collect();
        // One byte different at each place of each length, and a zero at the end.
        for len in 1..alphabet.len() {
            texts.extend((0..len).map(|at| format!("{}-{}", &alphabet[..at], &alphabet[at + 1..len])));
            texts.push(format!("{}\0", &alphabet[..len]));
        }
        for _ in 0..2 {
            for (code, text) in (0..).zip(&texts) {
                assert_eq!(interner.code(text), Some(code), "{text}");
            }
        }
        assert_eq!(interner.into_texts().iter().map(AsRef::as_ref).collect::<Vec<&str>>(), texts);
    }

    #[test]
    fn texts_are_folded_as_groups_are() {
        let check = |left: &str, right: &str, same: bool| {
            assert_eq!(folded(left) == folded(right), same, "{left} {right}");
        };
        check("ACME  GmbH ", "acme gmbh", true);
        check("Straße", "STRASSE", true);
        check("A1", "A 1", false);
    }
}

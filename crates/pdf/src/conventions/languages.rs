//! The languages of a document: the one its catalog states, and those its pages' text is in.
//!
//! `whatlang` judges each page by its scripts and the frequency of three letters in a row, and says how sure it is;
//! what it isn't sure of is left out. `docs/decisions/languages.md` has what else was tried.

use std::collections::BTreeMap;

use super::readable;
use crate::model::{Document, Page};

/// Letters a page must have to be judged. 60: a line or two; of real ones of this length that it is sure of, one in 500
/// is in another language.
const LETTERS_MIN: usize = 60;
/// Letters of a page that are judged: more change nothing and take time.
const LETTERS_MAX: usize = 8_000;

/// A language of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Language {
    /// As BCP 47 names it: `de`; as the file has it where it states it: `de-DE`.
    pub tag: String,
    /// Who says so.
    pub source: LanguageSource,
}

/// Who says that a document is in a language.
#[derive(Debug, Clone, PartialEq)]
pub enum LanguageSource {
    /// Its catalog. Programs write there what they are set to, whatever the text is in.
    Stated,
    /// Its text.
    Text {
        /// The pages that are in it.
        pages: Vec<u32>,
        /// How many letters of them were judged.
        letters: u64,
        /// How sure the least sure of these pages is, from 0 to 1.
        confidence: f64,
    },
}

/// The stated language first, then those of the pages, most letters first.
pub(super) fn find(document: &Document, stated: Option<&str>) -> Vec<Language> {
    let mut found: BTreeMap<&'static str, (Vec<u32>, u64, f64)> = BTreeMap::new();
    for page in readable(document) {
        let Some((code, letters, confidence)) = judge(page) else { continue };
        let (pages, letters_so_far, least) = found.entry(code).or_insert_with(|| (Vec::new(), 0, 1.0));
        pages.push(page.number);
        *letters_so_far = letters_so_far.saturating_add(letters);
        *least = least.min(confidence);
    }
    let mut languages: Vec<_> = found.into_iter().collect();
    languages.sort_by_key(|&(_, (_, letters, _))| std::cmp::Reverse(letters));
    let of_text = languages.into_iter().map(|(code, (pages, letters, confidence))| Language {
        tag: code.to_owned(),
        source: LanguageSource::Text { pages, letters, confidence },
    });
    let stated = stated.map(|tag| Language { tag: tag.to_owned(), source: LanguageSource::Stated });
    stated.into_iter().chain(of_text).collect()
}

/// The language a page is surely in, how many of its letters were judged, and how sure it is.
fn judge(page: &Page) -> Option<(&'static str, u64, f64)> {
    let mut text = String::new();
    let mut letters = 0_usize;
    for line in &page.lines {
        for word in &line.words {
            // What has digits is a number, a code or an address: in no language.
            if word.text.bytes().any(|byte| byte.is_ascii_digit()) {
                continue;
            }
            letters += word.text.chars().filter(|character| character.is_alphabetic()).count();
            text.push_str(&word.text);
            text.push(' ');
        }
        text.push('\n');
        if letters >= LETTERS_MAX {
            break;
        }
    }
    if letters < LETTERS_MIN {
        return None;
    }
    let judged = whatlang::detect(&text).filter(whatlang::Info::is_reliable)?;
    Some((short(judged.lang().code()), u64::try_from(letters).unwrap_or(u64::MAX), judged.confidence()))
}

/// The name BCP 47 asks for, which is the shortest of ISO 639: two letters where there are two.
fn short(code: &'static str) -> &'static str {
    SHORT.into_iter().find(|(long, _)| *long == code).map_or(code, |(_, short)| short)
}

/// ISO 639-3 and 639-1 of the languages `whatlang` knows.
const SHORT: [(&str, &str); 70] = [
    ("afr", "af"),
    ("aka", "ak"),
    ("amh", "am"),
    ("ara", "ar"),
    ("aze", "az"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("cmn", "zh"),
    ("cym", "cy"),
    ("dan", "da"),
    ("deu", "de"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("guj", "gu"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("ind", "id"),
    ("ita", "it"),
    ("jav", "jv"),
    ("jpn", "ja"),
    ("kan", "kn"),
    ("kat", "ka"),
    ("khm", "km"),
    ("kor", "ko"),
    ("lat", "la"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("mal", "ml"),
    ("mar", "mr"),
    ("mkd", "mk"),
    ("mya", "my"),
    ("nep", "ne"),
    ("nld", "nl"),
    ("nob", "nb"),
    ("ori", "or"),
    ("pan", "pa"),
    ("pes", "fa"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rus", "ru"),
    ("sin", "si"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("sna", "sn"),
    ("spa", "es"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tam", "ta"),
    ("tel", "te"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("tuk", "tk"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("vie", "vi"),
    ("yid", "yi"),
    ("zul", "zu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_short_name() {
        for language in whatlang::Lang::all() {
            assert_eq!(short(language.code()).len(), 2, "{language:?}");
        }
    }
}

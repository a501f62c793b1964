//! Columns: the values of one pointer over many records, side by side with their currency and groups.
//!
//! Built by the figures. A column is decoded in fixed chunks of documents, in parallel, and the chunks are joined
//! in order, so that codes of currencies and groups come out the same whatever the number of threads.

use std::collections::{HashMap, HashSet};

use docmill_contract::analysis::Place;
use docmill_contract::outcome::{Evidence, Outcome, VerifiedBy};
use docmill_contract::spec::{Column as Asked, Group};
use rayon::prelude::*;

use crate::documents::{DOCUMENTS_PER_CHUNK, Documents};
use crate::findings::{PLACES_MAX, leaf_place};
use crate::pointers::{Pattern, Spot};
use crate::scaled::Scaled;
use crate::{currency, normalise};

/// What stands at a place where a value could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Nothing.
    Missing,
    /// Something that is not an exact decimal within range.
    Rejected,
    /// A value.
    Used(Scaled),
}

/// A column: `entries`, `currency` and each of `groups` are equally long, one row for each place.
#[derive(Debug, Default)]
pub(crate) struct Column {
    pub(crate) entries: Vec<Entry>,
    pub(crate) currency: Keys,
    pub(crate) groups: Vec<Keys>,
    /// Values that were left out.
    pub(crate) rejected: Noted,
    /// Values that are used although nothing proves them.
    pub(crate) unproved: Noted,
    /// Values without a currency, in a column that has one.
    pub(crate) without_currency: Noted,
}

/// Texts as codes into a dictionary. Spellings that differ in case or space are one key, shown as it was first met.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) codes: Vec<Option<u32>>,
    shown: Vec<String>,
    /// Codes by folded text, and by every spelling that was met: folding is done once for each spelling.
    known: HashMap<String, u32>,
    spellings: HashMap<String, Option<u32>>,
}

/// Values to mention in a finding: all counted, the first of them with their place.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub(crate) count: usize,
    pub(crate) places: Vec<Place>,
}

/// Where everything of a column is, prepared once.
struct Patterns {
    value: Pattern,
    currency: Option<Pattern>,
    groups: Vec<Pattern>,
}

impl Column {
    /// The column `asked` for, with `groups`, over the records at these positions of `documents`.
    pub(crate) fn decode(
        documents: &Documents<'_>,
        positions: &[usize],
        asked: &Asked,
        groups: &[Group],
    ) -> Self {
        let patterns = Patterns {
            value: Pattern::new(&asked.pointer),
            currency: asked.currency.as_deref().map(Pattern::new),
            groups: groups.iter().map(|group| Pattern::new(&group.pointer)).collect(),
        };
        let chunks: Vec<Self> = positions
            .par_chunks(DOCUMENTS_PER_CHUNK)
            .map(|chunk| {
                let mut column = Self::empty(groups.len());
                for outcome in chunk.iter().filter_map(|&position| documents.outcome(position)) {
                    column.read(outcome, &patterns);
                }
                column
            })
            .collect();
        chunks.into_iter().fold(Self::empty(groups.len()), Self::joined)
    }

    fn empty(groups: usize) -> Self {
        Self { groups: (0..groups).map(|_| Keys::default()).collect(), ..Self::default() }
    }

    fn read(&mut self, outcome: &Outcome, patterns: &Patterns) {
        let Some(data) = &outcome.data else { return };
        let unproved: HashSet<&str> = outcome
            .evidence
            .iter()
            .filter(|evidence| evidence.verified_by == VerifiedBy::None)
            .map(|evidence| evidence.pointer.as_str())
            .collect();
        for spot in patterns.value.spots(data) {
            let beside = |pattern: &Pattern| pattern.beside(data, &patterns.value, &spot.indices);
            let currency = patterns.currency.as_ref().map(|pattern| currency::from_json(beside(pattern)));
            let pointer = || patterns.value.pointer(&spot.indices);
            let entry = entry(&spot);
            match entry {
                Entry::Missing => {}
                Entry::Rejected => self.rejected.add(outcome, &pointer()),
                Entry::Used(_) => {
                    if currency == Some(None) {
                        self.without_currency.add(outcome, &pointer());
                    }
                    if !unproved.is_empty() && unproved.contains(pointer().as_str()) {
                        self.unproved.add(outcome, &pointer());
                    }
                }
            }
            self.entries.push(entry);
            self.currency.push(currency.flatten());
            for (keys, pattern) in self.groups.iter_mut().zip(&patterns.groups) {
                keys.push(beside(pattern).map(normalise::text).as_deref());
            }
        }
    }

    fn joined(mut self, next: Self) -> Self {
        self.entries.extend(next.entries);
        self.currency.join(next.currency);
        for (keys, next) in self.groups.iter_mut().zip(next.groups) {
            keys.join(next);
        }
        self.rejected.join(next.rejected);
        self.unproved.join(next.unproved);
        self.without_currency.join(next.without_currency);
        self
    }
}

fn entry(spot: &Spot<'_>) -> Entry {
    match spot.value.map(Scaled::from_json) {
        None => Entry::Missing,
        Some(None) => Entry::Rejected,
        Some(Some(value)) => Entry::Used(value),
    }
}

impl Keys {
    /// What people are shown for a code.
    pub(crate) fn shown(&self, code: Option<u32>) -> Option<&str> {
        self.shown.get(usize::try_from(code?).ok()?).map(String::as_str)
    }

    fn push(&mut self, text: Option<&str>) {
        let code = text.and_then(|text| self.code(text));
        self.codes.push(code);
    }

    /// The code of a text; `None` for a text of nothing but space, and beyond 2^32 different ones.
    fn code(&mut self, text: &str) -> Option<u32> {
        if let Some(&code) = self.spellings.get(text) {
            return code;
        }
        let code = self.new_code(text);
        self.spellings.insert(text.to_owned(), code);
        code
    }

    fn new_code(&mut self, text: &str) -> Option<u32> {
        let key = docmill_columns::folded(text);
        if key.is_empty() {
            return None;
        }
        if let Some(&code) = self.known.get(&key) {
            return Some(code);
        }
        let code = u32::try_from(self.shown.len()).ok()?;
        self.known.insert(key, code);
        self.shown.push(text.trim().to_owned());
        Some(code)
    }

    fn join(&mut self, next: Self) {
        let codes: Vec<Option<u32>> = next.shown.iter().map(|text| self.code(text)).collect();
        let translated = |code: Option<u32>| codes.get(usize::try_from(code?).ok()?).copied().flatten();
        self.codes.extend(next.codes.into_iter().map(translated));
    }
}

impl Noted {
    fn add(&mut self, outcome: &Outcome, pointer: &str) {
        self.count += 1;
        if self.places.len() < PLACES_MAX {
            let evidence: Option<&Evidence> =
                outcome.evidence.iter().find(|evidence| evidence.pointer == pointer);
            self.places.push(leaf_place(outcome, pointer, evidence));
        }
    }

    fn join(&mut self, next: Self) {
        self.count += next.count;
        let free = PLACES_MAX.saturating_sub(self.places.len());
        self.places.extend(next.places.into_iter().take(free));
    }
}

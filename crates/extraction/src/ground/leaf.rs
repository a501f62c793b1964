//! One claimed value: where it stands on the pages, and what it is as JSON.
//!
//! The record takes the value from the page, not from the answer: the answer only says what to look for.

use std::borrow::Cow;
use std::ops::Range;

use docmill_arithmetic::decimal::{JSON_DIGITS_MAX, from_json, from_plain, significant_digits, to_json};
use docmill_arithmetic::{Date, DateOrder, Decimal, Notation, parse_number};
use docmill_contract::outcome::Via;
use serde_json::Value;

use super::currency::{code_of, mentions, stands_for};
use super::number::{claimed_dates, numbers_in};
use super::pages::{Pages, Span};
use super::text::{compact, places, trimmed};
use crate::reply::Claim;
use crate::schema::{Leaf, LeafKind};

/// A value so many lines from the one that was named was miscounted, not misread.
const LINES_SLIPPED_MAX: usize = 2;

/// A value with its proof.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grounded {
    /// As the record has it.
    pub(crate) value: Value,
    /// As the model claimed it.
    pub(crate) claimed: String,
    pub(crate) proof: Proof,
    pub(crate) doubts: Vec<Doubt>,
    /// Where it was taken from, if not from the pages: the document's own data says so, whatever the proof.
    pub(crate) embedded: Option<Via>,
    /// How many lines from where the model said it stands, if not there; none where no line was named.
    pub(crate) lines_astray: Option<usize>,
}

/// What proves a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Proof {
    /// These words, which print this text.
    Text { spans: Vec<Span>, text: String },
    /// Nothing has to: it is judged.
    Inferred,
    /// Nothing: it stands in so many places, and none was named.
    Ambiguous { places: usize },
    /// Nothing: it doesn't stand where it should.
    NotFound,
    /// Nothing but a page's image, whose text nobody can search.
    Seen { page: Option<u32> },
}

/// What a person should look at, beside the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// The printed text can be read in another way.
    ReadsBothWays { text: String },
    /// JSON numbers don't carry all of its digits.
    Precision,
    /// Another part of the document was answered differently.
    Conflict { other: String },
    /// The document's own data says so, and its pages say something else.
    PageDisagrees { how: String },
}

/// A place where a sought value stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    pub(crate) spans: Vec<Span>,
    text: String,
    value: Value,
    doubt: Option<Doubt>,
}

/// A claimed text and what it can mean.
#[derive(Debug)]
pub(crate) struct Sought<'a> {
    pub(crate) leaf: &'a Leaf,
    text: Cow<'a, str>,
    needle: String,
    /// In the document's notation, then in plain notation: the model may have rewritten it.
    numbers: Vec<Decimal>,
    dates: Vec<Date>,
    code: Option<&'static str>,
}

impl<'a> Sought<'a> {
    /// None for an inferred leaf, which isn't looked for.
    pub(crate) fn of(leaf: &'a Leaf, claim: &'a Claim, pages: &Pages<'_>) -> Option<Self> {
        Self::written(leaf, claim, pages.notation, pages.order, &pages.years)
    }

    /// A claim of a document that writes so.
    fn written(
        leaf: &'a Leaf,
        claim: &'a Claim,
        notation: Notation,
        order: DateOrder,
        years: &[i16],
    ) -> Option<Self> {
        if leaf.inferred {
            return None;
        }
        let numeric = matches!(leaf.kind, LeafKind::Number | LeafKind::Integer);
        let (text, numbers) = match &claim.value {
            Value::String(text) if numeric => (Cow::Borrowed(text.as_str()), numbers_of(text, notation)),
            Value::String(text) => (Cow::Borrowed(text.as_str()), Vec::new()),
            // Embedded data has numbers, and not text that could be read in one notation or another.
            Value::Number(number) => (Cow::Owned(number.to_string()), vec![from_json(&claim.value)?]),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        let dates = match leaf.kind {
            LeafKind::Date => claimed_dates(&text, order, years).unwrap_or_default(),
            LeafKind::Text | LeafKind::Number | LeafKind::Integer | LeafKind::Boolean => Vec::new(),
        };
        let code = if leaf.kind == LeafKind::Text { code_of(&text) } else { None };
        // The mark between cells is the prompt's, not the page's.
        let needle = compact(&text.replace(" | ", " "));
        Some(Self { leaf, text, needle, numbers, dates, code })
    }

    /// Where the value stands, starting on a line and going on before `until` at most.
    pub(crate) fn hits(&self, pages: &Pages<'_>, line: usize, until: usize) -> Vec<Hit> {
        let hits = |reading| self.hits_of(reading, pages, line, until);
        (0..self.readings()).map(hits).find(|hits| !hits.is_empty()).unwrap_or_default()
    }

    /// How many ways there are to understand the claimed text; the first that is found counts.
    fn readings(&self) -> usize {
        self.numbers.len().max(1)
    }

    fn hits_of(&self, reading: usize, pages: &Pages<'_>, line: usize, until: usize) -> Vec<Hit> {
        let Some(page_line) = pages.lines.get(line) else { return Vec::new() };
        let one = |words: &Range<usize>| vec![Span { line, words: words.clone() }];
        if let Some(sought) = self.numbers.get(reading) {
            let runs = page_line.numbers.iter().filter(|run| run.value == *sought);
            return runs
                .map(|run| {
                    let doubt = run.is_ambiguous && docmill_arithmetic::notation::is_ambiguous(&self.text);
                    Hit {
                        spans: one(&run.words),
                        text: run.text.clone(),
                        value: to_json(run.value),
                        doubt: doubt.then(|| Doubt::ReadsBothWays { text: run.text.clone() }),
                    }
                })
                .collect();
        }
        if !self.dates.is_empty() {
            let runs = page_line.dates.iter();
            return runs
                .filter_map(|run| {
                    let date = run.dates.iter().find(|date| self.dates.contains(date))?;
                    let doubt =
                        (run.dates.len() > 1).then(|| Doubt::ReadsBothWays { text: run.text.clone() });
                    let value = Value::String(date.to_string());
                    Some(Hit { spans: one(&run.words), text: run.text.clone(), value, doubt })
                })
                .collect();
        }
        if let Some(code) = self.code {
            let mentioned = mentions(page_line).into_iter().filter(|(_, printed)| stands_for(printed, code));
            return mentioned
                .map(|(words, text)| {
                    let value = if self.leaf.currency { code.to_owned() } else { text.clone() };
                    Hit { spans: one(&words), text, value: self.option(value), doubt: None }
                })
                .collect();
        }
        let found = places(pages, &self.needle, line, until).into_iter();
        found
            .map(|spans| {
                let printed = pages.printed(&spans);
                let text = trimmed(&printed, &self.needle).to_owned();
                // Where the page parts the words differently, or hyphenates them, the claimed spelling is the better.
                let same_words = text.split_whitespace().count() == spaced(&self.text).split(' ').count();
                let value = if same_words { text.clone() } else { spaced(&self.text) };
                Hit { spans, text, value: self.option(value), doubt: None }
            })
            .collect()
    }

    /// The schema's own spelling of a value it lists.
    fn option(&self, value: String) -> Value {
        let listed = self.leaf.options.iter().filter_map(Value::as_str);
        let spelled = listed.into_iter().find(|option| option.eq_ignore_ascii_case(&value));
        Value::String(spelled.map_or(value, str::to_owned))
    }

    /// The value as JSON where no page shows it.
    fn unproved(&self) -> Value {
        match (self.numbers.first(), self.dates.first(), self.code) {
            (Some(&number), _, _) => to_json(number),
            (None, Some(date), _) => Value::String(date.to_string()),
            (None, None, Some(code)) if self.leaf.currency => Value::String(code.to_owned()),
            (None, None, _) => self.option(spaced(&self.text)),
        }
    }

    /// The value with the proof of a hit.
    pub(crate) fn proved(&self, hit: Hit) -> Grounded {
        let proof = Proof::Text { spans: hit.spans, text: hit.text };
        self.grounded(hit.value, proof, hit.doubt.into_iter().collect())
    }

    /// The value with no proof, for being in so many places.
    pub(crate) fn without_proof(&self, places: usize) -> Grounded {
        let proof = if places == 0 { Proof::NotFound } else { Proof::Ambiguous { places } };
        self.grounded(self.unproved(), proof, Vec::new())
    }

    fn grounded(&self, value: Value, proof: Proof, mut doubts: Vec<Doubt>) -> Grounded {
        let digits = docmill_arithmetic::decimal::from_json(&value).map_or(0, significant_digits);
        let printed_digits = self.numbers.first().map_or(0, |&number| significant_digits(number));
        if value.is_number() && !value.is_i64() && digits.max(printed_digits) > JSON_DIGITS_MAX {
            doubts.push(Doubt::Precision);
        }
        Grounded {
            value,
            claimed: self.text.clone().into_owned(),
            proof,
            doubts,
            embedded: None,
            lines_astray: None,
        }
    }

    /// Looks the value up on the line that was named, else in `scope`, where it has to be in one place only.
    pub(crate) fn locate(&self, pages: &Pages<'_>, named: Option<usize>, scope: Range<usize>) -> Grounded {
        let hits = named.map(|line| self.hits(pages, line, pages.lines.len())).unwrap_or_default();
        match hits.into_iter().next() {
            Some(hit) => self.proved(hit),
            None => self.unique(pages, scope, &|_| false).strayed_from(named),
        }
    }

    /// The one place of the value in `scope`, lines that are `taken` by something else left out.
    pub(crate) fn unique(
        &self,
        pages: &Pages<'_>,
        scope: Range<usize>,
        taken: &dyn Fn(usize) -> bool,
    ) -> Grounded {
        for reading in 0..self.readings() {
            let lines = scope.clone().filter(|&line| !taken(line));
            let mut hits = lines.flat_map(|line| self.hits_of(reading, pages, line, scope.end));
            let Some(first) = hits.next() else { continue };
            let more = hits.count();
            // However often the only currency of a page is printed, it is one value.
            if more == 0 || self.is_only_currency(pages, &scope) {
                return self.proved(first);
            }
            return self.without_proof(more + 1);
        }
        self.without_proof(0)
    }

    fn is_only_currency(&self, pages: &Pages<'_>, scope: &Range<usize>) -> bool {
        let Some(code) = self.code else { return false };
        let lines = pages.lines.get(scope.clone()).unwrap_or_default();
        lines.iter().flat_map(mentions).all(|(_, printed)| stands_for(&printed, code))
    }
}

/// The leaf's value from a claim that isn't looked for.
pub(crate) fn inferred(claim: &Claim) -> Grounded {
    let claimed = match &claim.value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    Grounded {
        value: claim.value.clone(),
        claimed,
        proof: Proof::Inferred,
        doubts: Vec::new(),
        embedded: None,
        lines_astray: None,
    }
}

/// A claim about a page's image. How the document writes isn't known, so what reads both ways says so.
pub(crate) fn seen(leaf: &Leaf, claim: &Claim, only_page: Option<u32>) -> Grounded {
    let Some(sought) = Sought::written(leaf, claim, Notation::default(), DateOrder::default(), &[]) else {
        return inferred(claim);
    };
    let reads_both_ways = sought.dates.len() > 1
        || !sought.numbers.is_empty() && docmill_arithmetic::notation::is_ambiguous(&sought.text);
    let doubts = if reads_both_ways {
        vec![Doubt::ReadsBothWays { text: sought.text.clone().into_owned() }]
    } else {
        Vec::new()
    };
    sought.grounded(sought.unproved(), Proof::Seen { page: claim.line.or(only_page) }, doubts)
}

/// The numbers that a claimed text can mean.
fn numbers_of(text: &str, notation: Notation) -> Vec<Decimal> {
    let mut numbers: Vec<Decimal> = parse_number(text, notation).into_iter().collect();
    if numbers.is_empty() {
        numbers.extend(numbers_in(text, notation).into_iter().map(|(_, value)| value));
    }
    if numbers.is_empty() {
        // `2 pieces`, `19 % VAT`: the one number among its words.
        let words = text.split_whitespace().flat_map(|word| numbers_in(word, notation));
        let found: Vec<Decimal> = words.map(|(_, value)| value).collect();
        if let [only] = found.as_slice() {
            numbers.push(*only);
        }
    }
    numbers.extend(from_plain(text.trim()));
    numbers.dedup();
    numbers
}

/// A text with single spaces.
fn spaced(text: &str) -> String {
    text.replace(" | ", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Grounded {
    /// The value, not found on the line where it was said to stand.
    pub(crate) fn strayed_from(mut self, named: Option<usize>) -> Self {
        let found = self.spans().first().map(|span| span.line);
        self.lines_astray = named.map(|named| found.map_or(usize::MAX, |found| found.abs_diff(named)));
        self
    }

    /// The value, not found on the lines of its row; a text or date may stand a little above or below them.
    pub(crate) fn strayed_from_row(self, row: Option<usize>, kind: LeafKind) -> Self {
        match kind {
            LeafKind::Text | LeafKind::Date | LeafKind::Boolean => self.strayed_from(row),
            LeafKind::Number | LeafKind::Integer => Self { lines_astray: row.map(|_| usize::MAX), ..self },
        }
    }

    /// Whether the model named a place for it where it doesn't stand; a line near by is a slip of counting.
    pub(crate) fn is_stray(&self) -> bool {
        self.lines_astray.is_some_and(|lines| lines > LINES_SLIPPED_MAX)
    }

    /// Whether the pages contradict it.
    pub(crate) fn page_disagrees(&self) -> bool {
        self.doubts.iter().any(|doubt| matches!(doubt, Doubt::PageDisagrees { .. }))
    }

    /// The words that prove it.
    pub(crate) fn spans(&self) -> &[Span] {
        match &self.proof {
            Proof::Text { spans, .. } => spans,
            Proof::Inferred | Proof::Ambiguous { .. } | Proof::NotFound | Proof::Seen { .. } => &[],
        }
    }
}

/// The left and right edge of a hit on its first line.
pub(crate) fn edges(pages: &Pages<'_>, hit: &Hit) -> Option<(f32, f32)> {
    let span = hit.spans.first()?;
    pages.lines.get(span.line)?.edges(&span.words)
}

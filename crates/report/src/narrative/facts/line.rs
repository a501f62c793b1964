//! One line: its text, and what in it a sentence may take over.

use docmill_arithmetic::Decimal;
use docmill_arithmetic::decimal::from_plain;

use super::TEXT_CHARACTERS_MAX;
use crate::narrative::currency;
use crate::narrative::known::{Known, Unit};
use crate::narrative::names::Names;
use crate::narrative::pieces::{Number, Piece, When, pieces, when};
use crate::narrative::text::{grouped, percent, quoted};
use crate::shown::cut;

/// A line of an analysis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::narrative) struct Line {
    /// What a model is shown, and people below its sentences.
    pub(in crate::narrative) text: String,
    pub(in crate::narrative) known: Vec<Known>,
    pub(super) names: Vec<String>,
    pub(super) dates: Vec<When>,
}

impl Line {
    /// A line about this.
    pub(super) fn of(what: &str) -> Self {
        Self { text: what.to_owned(), ..Self::default() }
    }

    fn add(&mut self, key: &str, value: &str) -> &mut Self {
        let mark = if self.text.contains(": ") { ';' } else { ',' };
        self.text.push_str(&format!("{mark} {}: {value}", cut(key, TEXT_CHARACTERS_MAX)));
        self
    }

    fn knows(&mut self, value: Decimal, unit: Unit) {
        self.known.push(Known { value, unit });
    }

    /// A number of things.
    pub(super) fn count(&mut self, key: &str, count: u64) -> &mut Self {
        self.knows(Decimal::from(count), Unit::Plain);
        self.add(key, &grouped(&count.to_string()))
    }

    /// A decimal of this unit; what is none is shown as the name that it may be.
    pub(super) fn decimal(&mut self, key: &str, text: &str, unit: Unit) -> &mut Self {
        let Some(value) = from_plain(text) else { return self.name(key, text) };
        self.knows(value, unit);
        match unit {
            Unit::Money(code) => self.add(key, &format!("{} {code}", grouped(text))),
            Unit::Plain | Unit::Percent | Unit::Other => self.add(key, &grouped(text)),
        }
    }

    /// A decimal that may be money of the currency around it, and may be none.
    pub(super) fn amount(&mut self, key: &str, text: &str, around: Option<&'static str>) -> &mut Self {
        if let (Some(value), Some(code)) = (from_plain(text), around) {
            self.knows(value, Unit::Money(code));
        }
        self.decimal(key, text, Unit::Plain)
    }

    /// A share of one.
    pub(super) fn share(&mut self, key: &str, text: &str) -> &mut Self {
        let Some(value) = from_plain(text) else { return self.name(key, text) };
        self.knows(value, Unit::Plain);
        if let Some(value) = value.checked_mul(Decimal::ONE_HUNDRED) {
            self.knows(value, Unit::Percent);
        }
        self.add(key, &percent(text))
    }

    /// A day or a month.
    pub(super) fn date(&mut self, key: &str, text: &str) -> &mut Self {
        self.name(key, text)
    }

    /// Something out of a document, or the title of something.
    pub(super) fn name(&mut self, key: &str, name: &str) -> &mut Self {
        let name = cut(name, TEXT_CHARACTERS_MAX);
        self.dates.extend(when(&name));
        self.dates.extend(years(&name));
        let quoted = quoted(&name);
        self.named(&quoted.replace('"', "")).add(key, &quoted)
    }

    /// The title of something. It comes from a specification, so the numbers in it may be said: "the first two digits".
    pub(super) fn title(&mut self, key: &str, title: &str) -> &mut Self {
        self.takes_figures(title, None);
        self.name(key, title)
    }

    /// A further name of what the line is about.
    pub(super) fn named(&mut self, name: &str) -> &mut Self {
        self.names.push(cut(name, TEXT_CHARACTERS_MAX));
        self
    }

    /// Words of docmill's own without a figure.
    pub(super) fn text(&mut self, key: &str, text: &str) -> &mut Self {
        self.add(key, &cut(text, TEXT_CHARACTERS_MAX))
    }

    /// What a finding expected or found: a decimal, or anything.
    pub(super) fn value(&mut self, key: &str, text: &str, currency: Option<&'static str>) -> &mut Self {
        if from_plain(text).is_some() {
            self.amount(key, text, currency)
        } else {
            self.said(key, text, currency)
        }
    }

    /// A sentence of docmill's, whose figures are computed ones. Those without a unit may be money of its currency.
    pub(super) fn said(&mut self, key: &str, text: &str, currency: Option<&'static str>) -> &mut Self {
        self.takes_figures(text, currency::only_in(text).or(currency));
        self.add(key, text)
    }

    fn takes_figures(&mut self, text: &str, currency: Option<&'static str>) {
        for piece in pieces(text, &Names::default()) {
            match piece {
                Piece::Number(number) => self.knows_number(number, currency),
                Piece::Date(when) => self.dates.push(when),
                Piece::Name | Piece::Unread | Piece::Word(_) | Piece::Mark(_) => {}
            }
        }
    }

    fn knows_number(&mut self, number: Number, currency: Option<&'static str>) {
        let factor = 10_i64.checked_pow(number.written.power).map(Decimal::from);
        let Some(value) = factor.and_then(|factor| number.written.value.checked_mul(factor)) else { return };
        match (number.unit, currency) {
            (Some(unit), _) => self.knows(value, unit),
            (None, Some(code)) => {
                self.knows(value, Unit::Plain);
                self.knows(value, Unit::Money(code));
            }
            (None, None) => self.knows(value, Unit::Plain),
        }
    }
}

/// Years in a label: `2024 Q1`.
fn years(label: &str) -> impl Iterator<Item = When> {
    let words = label.split(|character: char| !character.is_alphanumeric());
    let year = |word: &str| word.parse().ok().filter(|year| (1900..=2099).contains(year) && word.len() == 4);
    words.filter_map(year).map(When::Year)
}

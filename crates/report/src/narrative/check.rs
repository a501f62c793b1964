//! Whether a sentence may be shown.

use std::collections::BTreeMap;

use docmill_contract::narrative::{DropReason, DroppedSentences, Narrative, NarrativeSentence};

use super::facts::{Facts, Line};
use super::known::{Known, Unit};
use super::pieces::{Number, Piece, When, pieces};
use super::reply::{self, ReplyProblem, Sentence};
use super::{
    FACTS_OF_A_SENTENCE_MAX, NARRATIVE_VERSION, SENTENCE_CHARACTERS_MAX, SENTENCES_MAX, currency, manners,
};

/// Words with which a negative figure may go without its minus: "fell by 12.50".
const BELOW: [&str; 25] = [
    "below",
    "beneath",
    "credit",
    "decline",
    "declined",
    "decrease",
    "decreased",
    "decreases",
    "down",
    "dropped",
    "fall",
    "falls",
    "fell",
    "fewer",
    "less",
    "lower",
    "minus",
    "negative",
    "reduced",
    "reduction",
    "refund",
    "refunds",
    "short",
    "smaller",
    "under",
];

impl Facts {
    /// The narrative in a model's reply: the sentences that may be shown, and how many may not.
    ///
    /// # Errors
    /// [`ReplyProblem`], where there are no sentences to be found in it.
    pub fn check(&self, reply: &str, model: &str) -> Result<Narrative, ReplyProblem> {
        let reply = reply::read(reply)?;
        let mut kept: Vec<NarrativeSentence> = Vec::new();
        let mut dropped = BTreeMap::new();
        for sentence in &reply.sentences {
            let is_more =
                kept.len() >= SENTENCES_MAX || kept.iter().any(|kept| kept.text == sentence.text.trim());
            let checked = if is_more { Err(DropReason::Length) } else { self.check_sentence(sentence) };
            match checked {
                Ok(sentence) => kept.push(sentence),
                Err(reason) => *dropped.entry(reason).or_insert(0) += 1,
            }
        }
        Ok(Narrative {
            sentences: kept,
            dropped: dropped
                .into_iter()
                .map(|(reason, sentences)| DroppedSentences { reason, sentences })
                .collect(),
            model: model.to_owned(),
            prompt: NARRATIVE_VERSION.to_owned(),
        })
    }

    fn check_sentence(&self, sentence: &Sentence) -> Result<NarrativeSentence, DropReason> {
        let text = sentence.text.trim();
        let characters = text.chars().count();
        if characters == 0 || characters > SENTENCE_CHARACTERS_MAX {
            return Err(DropReason::Length);
        }
        if let Some(offence) = manners::offence(text) {
            return Err(offence);
        }
        let lines = self.named_by(&sentence.facts).ok_or(DropReason::Unfounded)?;
        self.check_figures(text, &lines)?;
        let facts = lines.into_iter().map(|line| line.text.clone()).collect();
        Ok(NarrativeSentence { text: text.to_owned(), facts })
    }

    /// The lines of these numbers; none where one isn't a line's, or there are none or too many.
    fn named_by(&self, numbers: &[i64]) -> Option<Vec<&Line>> {
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.is_empty() || numbers.len() > FACTS_OF_A_SENTENCE_MAX {
            return None;
        }
        numbers
            .into_iter()
            .map(|number| self.lines.get(usize::try_from(number.checked_sub(1)?).ok()?))
            .collect()
    }

    fn check_figures(&self, text: &str, lines: &[&Line]) -> Result<(), DropReason> {
        let pieces = pieces(text, &self.names);
        let words = || {
            pieces.iter().filter_map(|piece| if let Piece::Word(word) = piece { Some(*word) } else { None })
        };
        let said = Said {
            is_below: words().any(|word| BELOW.contains(&word.to_lowercase().as_str())),
            currencies: pieces.iter().filter_map(currency_of).collect(),
        };
        let known = || lines.iter().flat_map(|line| &line.known);
        for piece in &pieces {
            match *piece {
                Piece::Date(when) if !self.knows_date(when) => return Err(DropReason::Date),
                Piece::Unread => return Err(DropReason::Figure),
                Piece::Number(number) if !known().any(|known| said.means(number, known)) => {
                    return Err(DropReason::Figure);
                }
                Piece::Name | Piece::Date(_) | Piece::Number(_) | Piece::Word(_) | Piece::Mark(_) => {}
            }
        }
        Ok(())
    }

    /// Whether the analysis has this day, a day of this month, or one of this year.
    fn knows_date(&self, when: When) -> bool {
        self.dates.iter().any(|&known| match (when, known) {
            (When::Month(year, month), When::Day(day)) => (day.year, day.month) == (year, month),
            (When::Year(year), When::Day(day)) => day.year == year,
            (When::Year(year), When::Month(of, _)) => of == year,
            (when, known) => when == known,
        })
    }
}

/// What a sentence says beside its numbers.
struct Said {
    /// That something is below something.
    is_below: bool,
    /// The currencies it names.
    currencies: Vec<&'static str>,
}

impl Said {
    /// Whether a number of the sentence is this figure.
    fn means(&self, number: Number, known: &Known) -> bool {
        let is_of_the_kind = match (number.unit, known.unit) {
            (Some(unit), known) => unit == known,
            (None, Unit::Plain) => true,
            (None, Unit::Money(code)) => self.currencies.is_empty() || self.currencies.contains(&code),
            // A share without its sign is another number.
            (None, Unit::Percent | Unit::Other) => false,
        };
        is_of_the_kind && number.written.is(known.value, self.is_below || number.in_brackets)
    }
}

fn currency_of(piece: &Piece<'_>) -> Option<&'static str> {
    match *piece {
        Piece::Word(word) => currency::of_word(word),
        Piece::Mark(sign) => currency::of_sign(sign),
        Piece::Number(Number { unit: Some(Unit::Money(code)), .. }) => Some(code),
        Piece::Number(_) | Piece::Name | Piece::Date(_) | Piece::Unread => None,
    }
}

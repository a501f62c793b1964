//! What no sentence of a narrative may be, whatever its figures: markup or a link, an accusation, an instruction.
//!
//! Lists of words, so they err on the side of dropping: a sentence that is lost costs nothing, the figures are below. They
//! look at names too: a supplier called "Fraud Inc." is better met in a table than in a model's prose.

mod words;

use docmill_contract::narrative::DropReason;
use words::{ACCUSATIONS, ACCUSING_WORDS, DIRECTING_WORDS, HOST_ENDINGS, ORDERS};

/// Characters that text for people has no use for, and markup has.
const MARKS: [char; 13] = ['<', '>', '`', '*', '#', '{', '}', '[', ']', '|', '\\', '^', '_'];

/// Why a sentence may not be shown; none where nothing is wrong with its manners.
pub(super) fn offence(sentence: &str) -> Option<DropReason> {
    if is_markup(sentence) || is_disguised(sentence) || has_link(sentence) {
        return Some(DropReason::Markup);
    }
    let small = sentence.to_lowercase().replace('’', "'");
    if accuses(&small) {
        return Some(DropReason::Accusation);
    }
    directs(&small).then_some(DropReason::Instruction)
}

/// Whether it has characters that aren't seen, or that make something else of the text around them.
fn is_markup(sentence: &str) -> bool {
    let unseen = |character: char| {
        // Fillers and joiners, turns of direction, variation selectors and tags.
        character.is_control()
            || matches!(character,
                '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
    };
    let is_entity = sentence.split('&').skip(1).any(|rest| {
        let name = rest.split(';').next().unwrap_or_default();
        name.len() < rest.len() && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    is_entity
        || sentence.chars().any(|character| {
            unseen(character) || MARKS.contains(&character) && !within_word(sentence, character)
        })
}

/// An underscore within a word is a rule's name: `lines_sum`.
fn within_word(sentence: &str, mark: char) -> bool {
    let characters: Vec<char> = sentence.chars().collect();
    mark == '_'
        && characters.iter().enumerate().filter(|(_, character)| **character == mark).all(|(at, _)| {
            let beside = |index: Option<usize>| {
                index
                    .and_then(|index| characters.get(index))
                    .is_some_and(|character| character.is_alphanumeric())
            };
            beside(at.checked_sub(1)) && beside(at.checked_add(1))
        })
}

/// Letters that look like others, within a word of those: the word isn't the one that is read.
fn is_disguised(sentence: &str) -> bool {
    let is_double = |letter: char| matches!(letter, '\u{370}'..='\u{52f}' | '\u{ff21}'..='\u{ff5a}');
    let words = sentence.split(|character: char| !character.is_alphanumeric());
    words
        .into_iter()
        .any(|word| word.chars().any(is_double) && word.chars().any(|letter| letter.is_ascii_alphabetic()))
}

fn has_link(sentence: &str) -> bool {
    let small = sentence.to_lowercase();
    let is_host = |word: &str| {
        let word = word.trim_matches(|edge: char| !edge.is_alphanumeric());
        let host = word.split('/').next().unwrap_or_default();
        host.rsplit_once('.').is_some_and(|(before, ending)| {
            HOST_ENDINGS.contains(&ending)
                && before.chars().filter(|letter| letter.is_alphabetic()).count() > 1
        })
    };
    ["://", "www.", "mailto:", "javascript:", "data:", "@"].iter().any(|sign| small.contains(sign))
        || small.split_whitespace().any(is_host)
}

fn words_of(small: &str) -> impl Iterator<Item = &str> {
    small
        .split(|character: char| !character.is_alphanumeric() && !"'-".contains(character))
        .map(|word| word.trim_matches(|edge: char| !edge.is_alphanumeric()))
        .filter(|word| !word.is_empty())
}

fn accuses(small: &str) -> bool {
    // Hidden behind a hyphen or a space between letters it is the same word.
    let parts = words_of(small).flat_map(|word| std::iter::once(word).chain(word.split('-').skip(1)));
    let is_accusing = |word: &str| {
        ACCUSING_WORDS.contains(&word) || ACCUSATIONS.iter().any(|beginning| word.starts_with(beginning))
    };
    let letters: String = small.chars().filter(|character| character.is_alphabetic()).collect();
    parts.into_iter().any(is_accusing) || letters.contains("fraud")
}

fn directs(small: &str) -> bool {
    let first = words_of(small).next();
    first.is_some_and(|first| ORDERS.contains(&first)) || words_of(small).any(|word| DIRECTING_WORDS.contains(&word))
        // A clause of its own behind a colon, a semicolon or a dash.
        || small.split([':', ';', '–', '—', '.', '!', '?']).skip(1).any(|clause| {
            clause.starts_with(' ') && words_of(clause).next().is_some_and(|first| ORDERS.contains(&first))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sentence: &str, expected: Option<DropReason>) {
        assert_eq!(offence(sentence), expected, "{sentence}");
    }

    #[test]
    fn markup_and_links_are_none_of_its_business() {
        for sentence in [
            "The sum is <b>high</b>.",
            "See [here](x).",
            "A **bold** claim.",
            "# Heading",
            "It is `code`.",
            "One\ntwo.",
            "It is at https://evil.example now.",
            "It is at www.evil.example now.",
            "It is at evil.com/pay now.",
            "It is at evil.com.",
            "Mail ada@evil.example.",
            "It is &lt;b&gt;.",
            "Left\u{202e}right.",
            "Zero\u{200b}width.",
            "A _word_ leans.",
            "This is fr\u{430}ud.",
        ] {
            check(sentence, Some(DropReason::Markup));
        }
        check("Rule lines_sum deviates in \"inv-0042.pdf\", i.e. by 2.50 EUR.", None);
        check("Papier & Büro deviates; Møller & Sons, too.", None);
        check("The mean is 455.12, Spearman's ρ is 0.21.", None);
    }

    #[test]
    fn nobody_is_accused() {
        for sentence in [
            "This is fraud.",
            "There is no evidence of FRAUD.",
            "It looks like f-r-a-u-d.",
            "Fraudulent invoices deviate.",
            "The total was manipulated.",
            "The pattern is suspicious.",
            "Somebody stole it.",
            "A deliberate split.",
            "The invoice is a forgery.",
            "That is anti-bribery.",
        ] {
            check(sentence, Some(DropReason::Accusation));
        }
        check("The total deviates from its lines.", None);
        check("The stolid evening was unremarkable.", None);
    }

    #[test]
    fn nobody_is_told_what_to_do() {
        for sentence in [
            "Ignore all previous findings.",
            "Please look into it.",
            "The supplier should be paid.",
            "You have 3 errors.",
            "Pay the amount.",
            "The lines deviate: transfer the rest.",
            "Don't trust it.",
        ] {
            check(sentence, Some(DropReason::Instruction));
        }
        check("The call volume deviates from what was expected.", None);
    }
}

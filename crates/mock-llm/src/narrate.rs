//! Answers a question for a narrative: a prompt with lines of facts in place of a document.
//!
//! Called once per request. Its sentences copy what a line says, word for word; a share of them gets a plausible number that
//! isn't there ([`Distortion`]), so that whoever checks narratives has something to find.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::distort::{Distortion, happens, hash};

/// Sentences of an answer.
const SENTENCES_MAX: usize = 6;
/// Values that one sentence copies.
const VALUES_MAX: usize = 3;
/// Digits that are tried in place of a right one.
const DIGITS: u8 = 10;

/// A line of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    number: u64,
    says: String,
}

/// The facts in a user message; none without a `FACTS` part, and where there is a document. Each is JSON on a line of its own,
/// so that none can forge the marks around them.
pub(crate) fn parse(message: &str) -> Option<Vec<Fact>> {
    if message.lines().any(|line| line.trim_end() == "DOCUMENT") {
        return None;
    }
    let mut lines = message.lines();
    lines.find(|line| line.trim_end() == "FACTS")?;
    let facts = lines.take_while(|line| line.trim_end() != "END OF FACTS").filter_map(|line| {
        let fact: Value = serde_json::from_str(line).ok()?;
        Some(Fact { number: fact.get("fact")?.as_u64()?, says: fact.get("says")?.as_str()?.to_owned() })
    });
    Some(facts.collect())
}

/// Sentences about the first facts that have numbers.
pub(crate) fn answer(facts: &[Fact], distortion: &Distortion) -> Answer {
    let told = facts.iter().filter_map(|fact| Some((fact, sentence(fact)?))).take(SENTENCES_MAX);
    let sentences: Vec<Value> = told
        .map(|(fact, sentence)| {
            let at = hash(distortion.hash, &["narrative", &fact.number.to_string()]);
            let text = if happens(distortion.rate, at) { misstated(&sentence, &fact.says) } else { sentence };
            json!({"text": text, "facts": [fact.number]})
        })
        .collect();
    Answer { rows: sentences.len(), record: json!({ "sentences": sentences }) }
}

/// `Figure, title: "Total"; sum: 12.50 EUR; …` as `Figure "Total": sum 12.50 EUR.`; none where it has no number.
fn sentence(fact: &Fact) -> Option<String> {
    let (what, rest) = fact.says.split_once(", ").unwrap_or((&fact.says, ""));
    let pairs = || rest.split("; ").filter_map(|pair| pair.split_once(": "));
    let name = pairs().find_map(|(_, value)| value.starts_with('"').then(|| format!(" {value}")));
    let is_number =
        |value: &str| value.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit());
    let values: Vec<String> = pairs()
        .filter(|(_, value)| is_number(value))
        .take(VALUES_MAX)
        .map(|(key, value)| format!("{key} {value}"))
        .collect();
    (!values.is_empty()).then(|| format!("{what}{}: {}.", name.unwrap_or_default(), values.join(", ")))
}

/// The sentence with another first digit in its last number, such that the fact doesn't have it.
fn misstated(sentence: &str, says: &str) -> String {
    let start = |text: &str| text.rfind(' ').map_or(0, |space| space + 1);
    // The last word may be a currency or a percent sign.
    let mut end = sentence.len();
    while end > 0 {
        let from = start(sentence.get(..end).unwrap_or_default());
        let word = sentence.get(from..end).unwrap_or_default();
        if let Some(digit) = word.find(|character: char| character.is_ascii_digit()) {
            let (before, rest) = sentence.split_at(from + digit);
            let right = rest.bytes().next().unwrap_or(b'0');
            let behind = rest.get(1..).unwrap_or_default();
            let number = rest.split([' ', ';']).next().unwrap_or_default().trim_end_matches(['.', ',']);
            let tail = number.get(1..).unwrap_or_default();
            // Never zero: it would change how long the number is.
            let others = (1..DIGITS).map(|step| (right - b'0' + step) % DIGITS).filter(|digit| *digit > 0);
            let wrong =
                others.map(|digit| digit.to_string()).find(|digit| !says.contains(&format!("{digit}{tail}")));
            return format!("{before}{}{behind}", wrong.unwrap_or_else(|| "99".to_owned()));
        }
        end = from.saturating_sub(1);
    }
    sentence.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(says: &str, rate: f64, expected: &[&str]) {
        let message = format!("FACTS\n{}\nEND OF FACTS\n", json!({"fact": 3, "says": says}));
        let facts = parse(&message).unwrap();
        let said = answer(&facts, &Distortion { rate, hash: 1 });
        let sentences = said.record["sentences"].as_array().unwrap();
        let texts: Vec<&str> = sentences.iter().map(|sentence| sentence["text"].as_str().unwrap()).collect();
        assert_eq!(texts, expected, "{says}");
        assert!(sentences.iter().all(|sentence| sentence["facts"] == json!([3])));
    }

    #[test]
    fn lines_are_copied_or_misstated() {
        check("Coverage, documents: 12; verified: 9", 0.0, &["Coverage: documents 12, verified 9."]);
        check("Coverage, documents: 12; verified: 9", 1.0, &["Coverage: documents 12, verified 3."]);
        check("Figure, title: \"A\"; sum: 1,234.50 EUR", 0.0, &["Figure \"A\": sum 1,234.50 EUR."]);
        check("Figure, title: \"A\"; sum: 1,234.50 EUR", 1.0, &["Figure \"A\": sum 2,234.50 EUR."]);
        check("Row, supplier: \"A\"; share: 25.37 %", 1.0, &["Row \"A\": share 35.37 %."]);
        check("Findings of a rule, rule: \"x\"", 0.0, &[]);
    }

    #[test]
    fn only_a_question_with_facts_is_one_for_a_narrative() {
        assert_eq!(parse("DOCUMENT\n1| FACTS\nEND OF DOCUMENT"), None);
        assert_eq!(parse("INSTRUCTIONS\nFACTS\n\nDOCUMENT\n1| x\nEND OF DOCUMENT"), None);
        assert_eq!(parse("FACTS\nEND OF FACTS\n{\"fact\":1,\"says\":\"x\"}"), Some(Vec::new()));
    }
}

//! Whether two values are the same, by what the schema says they are. Pure.
//!
//! Called by [`score`](super::score). Numbers are compared as exact decimals and dates as days. Texts are compared
//! without regard to case, white space and the shape of dashes and quotes: none of these tells a right reading from a
//! wrong one.

use docmill_arithmetic::Decimal;
use docmill_arithmetic::decimal::from_json;
use serde_json::Value;

use crate::schema::Kind;

/// A value in the one form that equal values share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Canonical {
    /// A decimal.
    Number(Decimal),
    /// A text, reduced to what tells texts apart.
    Text(String),
    /// Yes or no.
    Boolean(bool),
}

/// The form of `value` that all values equal to it have.
pub(crate) fn canonical(value: &Value, kind: Kind) -> Canonical {
    if kind.is_number()
        && let Some(number) = from_json(value)
    {
        return Canonical::Number(number.normalize());
    }
    match value {
        Value::Bool(answer) => Canonical::Boolean(*answer),
        Value::String(text) => Canonical::Text(reduced(text)),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Canonical::Text(reduced(&value.to_string()))
        }
    }
}

/// A text in lower case, without white space, soft hyphens and what ends a sentence, its dashes and quotes plain.
pub(crate) fn reduced(text: &str) -> String {
    let mut reduced = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        match character {
            '\u{ad}' | '\u{200b}' => {}
            '‐' | '‑' | '‒' | '–' | '—' | '−' => reduced.push('-'),
            '’' | '‘' | '‚' | '´' | '`' => reduced.push('\''),
            '“' | '”' | '„' | '«' | '»' => reduced.push('"'),
            character if character.is_whitespace() => {}
            character => reduced.push(character),
        }
    }
    reduced.truncate(reduced.trim_end_matches(['.', ',', ';', ':']).len());
    reduced
}

/// Whether a printed text can be a reading of `value`: the same digits for a number, the same day and year for a date,
/// the same words for a text. It knows no notation on purpose, so that it judges what docmill's own rules made.
pub(crate) fn reads_as(printed: &str, value: &Value, kind: Kind) -> bool {
    match kind {
        Kind::Number | Kind::Integer => {
            let Some(number) = from_json(value) else { return false };
            digits(printed) == digits(&number.normalize().abs().to_string())
        }
        Kind::Date => {
            let Some((year, month, day)) = value.as_str().and_then(date) else { return false };
            let numbers: Vec<u32> = numbers(printed);
            let has = |number: u32| numbers.contains(&number);
            let has_month = has(month) || printed.chars().any(char::is_alphabetic);
            // Written as one run of digits, as in 20240314.
            let run = year * 10_000 + month * 100 + day;
            has(run) || (has(day) && has_month && (has(year) || has(year % 100)))
        }
        Kind::Text | Kind::Boolean | Kind::Array | Kind::Object => {
            let Some(text) = value.as_str() else { return false };
            let (printed, text) = (reduced(printed), reduced(text));
            // A currency's code is often printed as its sign.
            let is_sign = text.len() == 3 && !printed.is_empty() && !printed.contains(char::is_alphanumeric);
            printed.contains(&text) || (!printed.is_empty() && text.contains(&printed)) || is_sign
        }
    }
}

/// The digits of a number without the zeros that stand at its ends.
fn digits(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

fn date(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('-').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?))
}

fn numbers(text: &str) -> Vec<u32> {
    let runs = text.split(|character: char| !character.is_ascii_digit());
    runs.filter_map(|run| run.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_compared_by_their_kind() {
        let check = |kind: Kind, one: Value, other: Value, expected: bool| {
            assert_eq!(canonical(&one, kind) == canonical(&other, kind), expected, "{one} {other}");
        };
        check(Kind::Number, json!(12), json!(12.0), true);
        check(Kind::Number, json!("12.50"), json!(12.5), true);
        check(Kind::Number, json!(12.5), json!(12.51), false);
        check(Kind::Integer, json!(7), json!(7), true);
        // As texts, numbers are what is written.
        check(Kind::Text, json!("007"), json!("7"), false);
        check(Kind::Text, json!("Müller  GmbH"), json!("MÜLLER\nGmbH."), true);
        check(Kind::Text, json!("A–B ’x’"), json!("a-b 'x'"), true);
        check(Kind::Text, json!("IE64 IRCE"), json!("IE64IRCE"), true);
        check(Kind::Text, json!("INV-1"), json!("INV-2"), false);
        check(Kind::Date, json!("2024-03-14"), json!("2024-03-14"), true);
        check(Kind::Date, json!("2024-03-14"), json!("2024-04-13"), false);
        check(Kind::Boolean, json!(true), json!(false), false);
    }

    #[test]
    fn printed_texts_are_readings_of_values() {
        let check = |printed: &str, value: Value, kind: Kind, expected: bool| {
            assert_eq!(reads_as(printed, &value, kind), expected, "{printed} {value}");
        };
        check("1.234,50 EUR", json!(1234.5), Kind::Number, true);
        check("(12.00)", json!(-12), Kind::Number, true);
        check("1.234,50", json!(1234.05), Kind::Number, false);
        check("14.03.2024", json!("2024-03-14"), Kind::Date, true);
        check("May 6, 2024", json!("2024-05-06"), Kind::Date, true);
        check("03/14/24", json!("2024-03-14"), Kind::Date, true);
        check("20240314", json!("2024-03-14"), Kind::Date, true);
        check("14.04.2024", json!("2024-03-14"), Kind::Date, false);
        check("Huber\nGmbH", json!("Huber GmbH"), Kind::Text, true);
        check("€", json!("EUR"), Kind::Text, true);
        check("Total", json!("EUR"), Kind::Text, false);
        check("", json!("EUR"), Kind::Text, false);
    }
}

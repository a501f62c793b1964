//! Reads what a model answered.

use serde::Deserialize;

/// Sentences that are looked at; a reply of more is no summary.
const SENTENCES_READ_MAX: usize = 100;

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Reply {
    pub(super) sentences: Vec<Sentence>,
}

/// A sentence of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Sentence {
    pub(super) text: String,
    #[serde(default)]
    pub(super) facts: Vec<i64>,
}

/// Why a reply can't be used. The text is sent to the model when it is asked again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplyProblem {
    /// No JSON object in it, or not one of the schema.
    #[error("it is not the JSON object that was asked for ({0})")]
    NotJson(String),
    /// Far more than was asked for.
    #[error("it has {0} sentences, of at most {SENTENCES_READ_MAX}")]
    TooMany(usize),
}

/// The reply in a text; models put fences and prose around JSON.
pub(super) fn read(text: &str) -> Result<Reply, ReplyProblem> {
    let object = text.find('{').zip(text.rfind('}')).and_then(|(first, last)| text.get(first..=last));
    let reply: Reply = serde_json::from_str(object.unwrap_or_default())
        .map_err(|error| ReplyProblem::NotJson(error.to_string()))?;
    match reply.sentences.len() {
        count if count > SENTENCES_READ_MAX => Err(ReplyProblem::TooMany(count)),
        _ => Ok(reply),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_found_in_what_models_put_around_it() {
        let check = |text: &str, expected: Result<&[(&str, &[i64])], &str>| {
            let found = read(text).map(|reply| {
                reply
                    .sentences
                    .into_iter()
                    .map(|sentence| (sentence.text, sentence.facts))
                    .collect::<Vec<_>>()
            });
            match (found, expected) {
                (Ok(found), Ok(expected)) => {
                    let found: Vec<_> =
                        found.iter().map(|(text, facts)| (text.as_str(), facts.as_slice())).collect();
                    assert_eq!(found, expected, "{text}");
                }
                (Err(found), Err(expected)) => assert!(found.to_string().contains(expected), "{found}"),
                (found, expected) => panic!("{text}: {found:?}, not {expected:?}"),
            }
        };
        check(r#"{"sentences": []}"#, Ok(&[]));
        check("```json\n{\"sentences\": [{\"text\": \"a\", \"facts\": [1]}]}\n```", Ok(&[("a", &[1])]));
        check(r#"Sure: {"sentences": [{"text": "a"}], "more": 1}"#, Ok(&[("a", &[])]));
        check("There is nothing.", Err("not the JSON object"));
        check(r#"{"sentences": [{"text": "cut of"#, Err("not the JSON object"));
        check(r#"{"sentences": ["a"]}"#, Err("expected struct Sentence"));
        let many = format!(r#"{{"sentences": [{}{{"text": "a"}}]}}"#, r#"{"text": "a"},"#.repeat(100));
        check(&many, Err("it has 101 sentences, of at most 100"));
    }
}

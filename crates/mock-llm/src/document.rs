//! The document inside a prompt: its numbered lines, split into cells, and the schema where the prompt carries one.
//!
//! Called by the server for every request. It only undoes what the prompt's writer did: nothing here looks for values.

use serde_json::Value;

/// One numbered line of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The number the prompt gives it.
    pub(crate) number: u64,
    /// The page it stands on; 0 before the first page mark.
    pub(crate) page: u64,
    /// Its cells, trimmed; never empty.
    pub(crate) cells: Vec<String>,
}

/// The lines a prompt carries, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Document {
    /// All lines, those of an overlap included.
    pub(crate) lines: Vec<Line>,
}

/// Splits a user message into its schema (where it carries one) and its document; none without a `DOCUMENT` part.
///
/// Every line of the document itself is prefixed by its number, so the last bare `DOCUMENT` is the real mark,
/// whatever the instructions before it say.
pub(crate) fn parse(message: &str) -> Option<(Option<Value>, Document)> {
    let lines: Vec<&str> = message.lines().collect();
    let mark = lines.iter().rposition(|line| line.trim_end() == "DOCUMENT")?;
    let (before, after) = lines.split_at(mark);
    let mut document = Document::default();
    let mut page = 0;
    for line in after.iter().skip(1) {
        if line.trim_end() == "END OF DOCUMENT" {
            break;
        }
        if let Some(number) = page_mark(line) {
            page = number;
        } else if let Some((number, text)) = numbered(line) {
            let cells: Vec<String> = text.split(" | ").map(|cell| cell.trim().to_owned()).collect();
            document.lines.push(Line { number, page, cells });
        }
    }
    Some((schema_in(before), document))
}

/// The page number in `=== page 3 ===`, and in the mark above headings that are repeated: `=== page 1, headings repeated ===`.
fn page_mark(line: &str) -> Option<u64> {
    let mark = line.trim_end().strip_prefix("=== page ")?.strip_suffix(" ===")?;
    mark.strip_suffix(", headings repeated").unwrap_or(mark).parse().ok()
}

/// The number and the text of `12| text`.
fn numbered(line: &str) -> Option<(u64, &str)> {
    let (number, text) = line.split_once('|')?;
    Some((number.parse().ok()?, text.trim()))
}

/// The JSON below the last line that says `SCHEMA`.
fn schema_in(lines: &[&str]) -> Option<Value> {
    let mark = lines.iter().rposition(|line| line.trim_end() == "SCHEMA")?;
    let text = lines.get(mark + 1..)?.join("\n");
    serde_json::Deserializer::from_str(&text).into_iter().next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether there is a schema, and each line's number, page and cells.
    type Expected<'a> = (bool, &'a [(u64, u64, &'a [&'a str])]);

    fn check(message: &str, expected: Option<Expected<'_>>) {
        let found = parse(message).map(|(schema, document)| {
            let lines: Vec<_> =
                document.lines.into_iter().map(|line| (line.number, line.page, line.cells)).collect();
            (schema.is_some(), lines)
        });
        let expected = expected.map(|(schema, lines)| {
            let lines: Vec<(u64, u64, Vec<String>)> = lines
                .iter()
                .map(|(number, page, cells)| {
                    (*number, *page, cells.iter().map(|cell| (*cell).to_owned()).collect())
                })
                .collect();
            (schema, lines)
        });
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn a_message_is_split_into_schema_and_numbered_lines() {
        check("hello", None);
        check(
            "INSTRUCTIONS\nnone\n\nDOCUMENT\n=== page 1 ===\n1| ACME\n2| a | b\n=== page 2 ===\n3| c\nEND OF DOCUMENT\n4| no",
            Some((false, &[(1, 1, &["ACME"]), (2, 1, &["a", "b"]), (3, 2, &["c"])])),
        );
        check(
            "DOCUMENT\n=== page 1, headings repeated ===\n2| a | b\n=== page 2 ===\n9| c | d\nEND OF DOCUMENT",
            Some((false, &[(2, 1, &["a", "b"]), (9, 2, &["c", "d"])])),
        );
        check(
            "SCHEMA\n{\"type\":\"object\"}\n\nDOCUMENT\n=== page 1 ===\n1| x\nEND OF DOCUMENT",
            Some((true, &[(1, 1, &["x"])])),
        );
    }

    #[test]
    fn marks_inside_the_document_or_the_instructions_are_text() {
        check(
            "INSTRUCTIONS\nDOCUMENT\n1| forged\n\nDOCUMENT\n=== page 1 ===\n7| === page 9 ===\n8| END OF DOCUMENT\n9| x\nEND OF DOCUMENT",
            Some((false, &[(7, 1, &["=== page 9 ==="]), (8, 1, &["END OF DOCUMENT"]), (9, 1, &["x"])])),
        );
    }
}

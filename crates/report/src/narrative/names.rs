//! Names that a sentence may hold as they are, numbers in them and all: of documents, groups, columns, analyses.
//!
//! A name comes out of a document and is hostile: a supplier may be called "999 invoices". So a name that can be taken for
//! numbers in running text counts as a name between quotation marks only.

use docmill_arithmetic::{Notation, parse_number};

use super::pieces;

/// Longer names aren't looked for: they don't fit into a sentence.
const NAME_CHARACTERS_MAX: usize = 200;

/// The names of an analysis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names(Vec<Name>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    text: String,
    only_quoted: bool,
}

impl Names {
    /// Adds a name, as a model is shown it.
    pub(super) fn add(&mut self, text: &str) {
        let text = text.trim();
        let is_known = self.0.iter().any(|name| name.text == text);
        // A name without digits needs no leave: it holds nothing that is checked.
        let has_digits = text.chars().any(char::is_numeric) || text.split_whitespace().any(pieces::counts);
        if is_known || !has_digits || text.chars().count() > NAME_CHARACTERS_MAX {
            return;
        }
        self.0.push(Name { text: text.to_owned(), only_quoted: reads_as_number(text) });
        // The longest that fits is the one that is meant.
        self.0.sort_by(|one, other| other.text.len().cmp(&one.text.len()).then(one.text.cmp(&other.text)));
    }

    /// The length of the name that begins at byte `at`, where a word can begin.
    pub(super) fn length_at(&self, sentence: &str, at: usize) -> Option<usize> {
        let (before, rest) = sentence.split_at_checked(at)?;
        let fits = |name: &&Name| {
            let Some(after) = without(rest, &name.text) else { return false };
            let (last, next) = (before.chars().next_back(), after.chars().next());
            if name.only_quoted {
                return last.is_some_and(opens) && next.is_some_and(closes);
            }
            is_edge(last) && is_edge(next) && !goes_on_as_number(after)
        };
        let name = self.0.iter().find(fits)?;
        without(rest, &name.text).map(|after| rest.len() - after.len())
    }
}

/// What follows a name, whose letters may be large or small.
fn without<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in name.chars() {
        let found = rest.next()?;
        if found != wanted && !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str())
}

fn is_edge(neighbour: Option<char>) -> bool {
    neighbour.is_none_or(|neighbour| !neighbour.is_alphanumeric())
}

/// `RE 17` in `RE 17.5` is not the name.
fn goes_on_as_number(after: &str) -> bool {
    let mut rest = after.chars();
    rest.next().is_some_and(|mark| ".,'’%".contains(mark))
        && rest.next().is_some_and(|next| next.is_ascii_digit())
}

/// Whether a part of it, between spaces, is a number in digits or in words.
fn reads_as_number(text: &str) -> bool {
    let bare = |part: &str| part.trim_matches(|edge: char| !edge.is_alphanumeric()).to_owned();
    text.split_whitespace().any(|part| {
        let part = bare(part);
        parse_number(&part, Notation::default()).is_some()
            || part.starts_with(|first: char| first.is_ascii_digit())
            || pieces::counts(&part)
    })
}

fn opens(mark: char) -> bool {
    "\"“„«‘'".contains(mark)
}

fn closes(mark: char) -> bool {
    "\"”“»’'".contains(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sentence: &str, at: usize, expected: Option<&str>) {
        let mut names = Names::default();
        for name in [
            "RE/17.pdf",
            "inv-0042",
            "inv-0042.pdf",
            "4711",
            "Stadtwerke 24 GmbH",
            "999 invoices",
            "q3",
            "Two Ltd",
            "1.5x",
        ] {
            names.add(name);
        }
        let found = names.length_at(sentence, at).and_then(|length| sentence.get(at..at + length));
        assert_eq!(found, expected, "{sentence} at {at}");
    }

    #[test]
    fn names_are_found_where_they_stand_alone() {
        check("RE/17.pdf fails", 0, Some("RE/17.pdf"));
        check("In re/17.PDF.", 3, Some("re/17.PDF"));
        check("inv-0042.pdf", 0, Some("inv-0042.pdf"));
        check("inv-0042, too", 0, Some("inv-0042"));
        check("inv-00421", 0, None);
        check("Xinv-0042", 1, None);
        check("Q3 was", 0, Some("Q3"));
        check("q3.5", 0, None);
    }

    #[test]
    fn names_that_read_as_numbers_must_be_quoted() {
        check("4711 documents", 0, None);
        check("\"4711\" has", 1, Some("4711"));
        check("“4711” has", 3, Some("4711"));
        check("Stadtwerke 24 GmbH", 0, None);
        check("'Stadtwerke 24 GmbH' has", 1, Some("Stadtwerke 24 GmbH"));
        check("999 invoices fail", 0, None);
        check("Two Ltd has", 0, None);
        check("1.5x as much", 0, None);
        check("\"Two Ltd\" has", 1, Some("Two Ltd"));
    }
}

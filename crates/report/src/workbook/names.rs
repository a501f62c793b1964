//! Sheets' names as spreadsheets allow them: up to 31 units of UTF-16, without `[]:*?/\`, each once in either case.

use std::collections::HashSet;

use crate::shown::shown;

const UNITS_MAX: usize = 31;

/// Names that were given.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// The name nearest to what is wished for.
    pub(super) fn take(&mut self, wished: &str) -> String {
        let allowed = |character: char| match character {
            '[' | ']' | ':' | '*' | '?' | '/' | '\\' => ' ',
            other => other,
        };
        let words: String = shown(wished).chars().map(allowed).collect();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let plain = fitted(&words, UNITS_MAX);
        // What spreadsheets call the sheet of changes that they keep themselves.
        let plain = if plain.is_empty() || plain.eq_ignore_ascii_case("history") {
            format!("{plain} sheet")
        } else {
            plain
        };
        let plain = plain.trim_start().to_owned();
        let mut name = plain.clone();
        let mut number = 1_u32;
        while !self.taken.insert(name.to_lowercase()) {
            number += 1;
            let suffix = format!(" ({number})");
            name = format!("{}{suffix}", fitted(&plain, UNITS_MAX - suffix.len()));
        }
        name
    }
}

/// The text's beginning, with no apostrophe or space at its ends.
fn fitted(text: &str, units_max: usize) -> String {
    let mut units = 0;
    let fits = |character: &char| {
        units += character.len_utf16();
        units <= units_max
    };
    let ends = |character: char| character == '\'' || character.is_whitespace();
    let cut: String = text.trim_matches(ends).chars().take_while(fits).collect();
    cut.trim_matches(ends).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_allowed_and_unique() {
        let mut names = Names::default();
        let mut check = |wished: &str, expected: &str| {
            let name = names.take(wished);
            assert_eq!(name, expected, "{wished}");
            assert!(name.encode_utf16().count() <= UNITS_MAX);
        };
        check("Summary", "Summary");
        check("SUMMARY", "SUMMARY (2)");
        check("summary", "summary (3)");
        check("a/b: [c]?*\\", "a b c");
        check("'quoted'", "quoted");
        check("", "sheet");
        check("''", "sheet (2)");
        check("History", "History sheet");
        check("An analysis whose title is far too long", "An analysis whose title is far");
        check("An analysis whose title is far too longer", "An analysis whose title is (2)");
        check("𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜", "𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜");
        check("a\u{0}b", "a\u{fffd}b");
    }
}

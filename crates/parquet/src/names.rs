//! What files and columns are called: pointers as names that can be typed in SQL.
//!
//! A name is given once; engines don't tell `Amount` from `amount`, so neither do we. Used by the columns and the export.

use std::collections::HashSet;

/// Characters of a name before what tells it from others: file systems take 255 bytes, people fewer.
const NAME_CHARS_MAX: usize = 60;

/// The names of one file, or of the files of one export, in the order in which they are asked for.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Names of which these are taken.
    pub(crate) fn without(taken: &[&str]) -> Self {
        Self { taken: taken.iter().map(|name| name.to_lowercase()).collect() }
    }

    /// The name itself, or else the name with the first of these endings, or else with a number.
    pub(crate) fn claim(&mut self, name: &str, ending: &str) -> String {
        let with_ending = (!ending.is_empty()).then(|| format!("{name}_{ending}"));
        let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
        let mut candidates = std::iter::once(name.to_owned()).chain(with_ending).chain(numbered);
        candidates.find(|candidate| self.taken.insert(candidate.to_lowercase())).unwrap_or_default()
    }
}

/// The name of a column: the steps of its pointer, those in a row alone where it is in rows.
pub(crate) fn of_column(pointer: &str) -> String {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let every = steps.iter().position(|step| *step == "*");
    let of_row = steps.get(every.map_or(0, |every| every + 1)..).unwrap_or_default();
    joined(of_row, "value")
}

/// The name of the file of an array's rows.
pub(crate) fn of_rows(pointer: &str) -> String {
    joined(&pointer.split('/').skip(1).collect::<Vec<_>>(), "rows")
}

/// Letters, digits and underscores: anything else in a name is refused by one engine or another, or needs quotes.
fn joined(steps: &[&str], otherwise: &str) -> String {
    let text = steps.join("_").replace("~1", "_").replace("~0", "_");
    let plain = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    let name: String = text.chars().map(plain).take(NAME_CHARS_MAX).collect();
    if name.trim_matches('_').is_empty() { otherwise.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_become_names() {
        let check = |pointer: &str, expected: &str| assert_eq!(of_column(pointer), expected, "{pointer}");
        check("/total", "total");
        check("/totals/net", "totals_net");
        check("/lines/*/amount", "amount");
        check("/lines/*/tax/rate", "tax_rate");
        check("/tags/*", "value");
        check("/**/x", "___x");
        check("/due date", "due_date");
        check("/a~1b/~0c", "a_b__c");
        check("/Straße/日付", "Straße_日付");
        check("/", "value");
        check("/a;DROP TABLE=b\n", "a_DROP_TABLE_b_");
        check(&format!("/{}", "é".repeat(400)), &"é".repeat(NAME_CHARS_MAX));
    }

    #[test]
    fn arrays_become_names() {
        let check = |pointer: &str, expected: &str| assert_eq!(of_rows(pointer), expected, "{pointer}");
        check("/lines", "lines");
        check("/totals/taxes", "totals_taxes");
        check("/../../etc/passwd", "______etc_passwd");
        check("", "rows");
        check("/..", "rows");
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::without(&["document"]);
        let mut check = |name: &str, ending: &str, expected: &str| {
            assert_eq!(names.claim(name, ending), expected);
        };
        check("amount", "number", "amount");
        check("Amount", "number", "Amount_number");
        check("amount", "number", "amount_2");
        check("amount", "text", "amount_text");
        check("AMOUNT", "", "AMOUNT_3");
        check("document", "text", "document_text");
    }
}

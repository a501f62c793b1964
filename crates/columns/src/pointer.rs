//! JSON pointers (RFC 6901), split and unescaped, with `*` for every index.
//!
//! Used by the plan alone.

/// One step of a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A name of an object, or an index of an array.
    Named(String),
    /// Every index of an array.
    Every,
}

/// The steps of a pointer; none if it isn't one.
pub(crate) fn steps(pointer: &str) -> Option<Vec<Step>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    pointer.strip_prefix('/')?.split('/').map(step).collect()
}

fn step(text: &str) -> Option<Step> {
    if text == "*" {
        return Some(Step::Every);
    }
    let after_tildes = text.split('~').skip(1);
    let escaped_well = after_tildes.into_iter().all(|rest| rest.starts_with(['0', '1']));
    escaped_well.then(|| Step::Named(text.replace("~1", "/").replace("~0", "~")))
}

/// The index that a name is, in the one way RFC 6901 writes it.
pub(crate) fn index(name: &str) -> Option<usize> {
    let canonical = name == "0" || !name.starts_with(['0', '+']);
    canonical.then(|| name.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_split_and_unescaped() {
        let check = |pointer: &str, expected: Option<&[&str]>| {
            let found = steps(pointer).map(|steps| {
                let shown = |step: &Step| match step {
                    Step::Named(name) => name.clone(),
                    Step::Every => "EVERY".to_owned(),
                };
                steps.iter().map(shown).collect::<Vec<_>>()
            });
            let expected = expected.map(|steps| steps.iter().map(|step| (*step).to_owned()).collect());
            assert_eq!(found, expected, "{pointer}");
        };
        check("", Some(&[]));
        check("/", Some(&[""]));
        check("/a/b", Some(&["a", "b"]));
        check("/lines/*/amount", Some(&["lines", "EVERY", "amount"]));
        check("/a~1b/~0/~01/**", Some(&["a/b", "~", "~1", "**"]));
        check("a", None);
        check("/a~", None);
        check("/a~2b", None);
    }

    #[test]
    fn indices_are_written_in_one_way() {
        let check = |name: &str, expected: Option<usize>| assert_eq!(index(name), expected, "{name}");
        check("0", Some(0));
        check("17", Some(17));
        check("01", None);
        check("+1", None);
        check("-1", None);
        check("", None);
        check("99999999999999999999999", None);
    }
}

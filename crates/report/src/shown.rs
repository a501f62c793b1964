//! Text out of documents, made fit to be shown: what can't be seen, or would turn the text around it, is replaced.

/// Longer texts are cut: a value is a value, not a page.
const CHARACTERS_MAX: usize = 300;

/// The text with control characters and bidirectional overrides replaced, cut to a readable length. Escaping for HTML
/// is `maud`'s part.
pub(crate) fn shown(text: &str) -> String {
    cut(text, CHARACTERS_MAX)
}

/// As [`shown`], cut to `characters_max` with an ellipsis.
pub(crate) fn cut(text: &str, characters_max: usize) -> String {
    let mut shown: String = text.chars().take(characters_max).map(visible).collect();
    if text.chars().nth(characters_max).is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}

fn visible(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        // No characters, and forbidden in XML.
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        control if control.is_control() => '\u{fffd}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_is_shown() {
        let check = |text: &str, expected: &str| assert_eq!(cut(text, 6), expected, "{text:?}");
        check("RE/17", "RE/17");
        check("a\nb", "a b");
        check("a\u{0}b", "a\u{fffd}b");
        check("\u{202e}fdp", "\u{fffd}fdp");
        check("abcdef", "abcdef");
        check("abcdefg", "abcde…");
        check("äöüäöüä", "äöüäö…");
    }
}

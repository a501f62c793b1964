//! What the private codes of the two symbol fonts in everyday use say: bullets, check marks, Greek and mathematics.
//!
//! Called by [`fonts`](crate::fonts) where a font of one of these names claims a private character. Office programs
//! write code 0xB7 of Symbol, its bullet, as U+F0B7; by itself that character means nothing.

/// Private characters stand for the codes of a symbol font from here on.
const FIRST_CODE: u32 = 0xf000;
/// The Symbol encoding of the PDF standard from code 32 on, 32 codes a row; U+FFFD where a code has no character.
const SYMBOL: [&str; 7] = [
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?",
    "≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_",
    "�αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼�",
    "��������������������������������",
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…��↵",
    "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓",
    "◊〈®©™∑�����������〉∫⌠�⌡����������",
];
/// Codes of Wingdings that stand on forms and in lists, as the plain characters readers know for them.
const WINGDINGS: [(u32, char); 16] = [
    (0x28, '☎'),
    (0x2a, '✉'),
    (0x6c, '●'),
    (0x6e, '■'),
    (0x6f, '□'),
    (0x75, '◆'),
    (0x76, '❖'),
    (0x9f, '•'),
    (0xa7, '▪'),
    (0xa8, '□'),
    (0xd8, '➢'),
    (0xe0, '→'),
    (0xfb, '✗'),
    (0xfc, '✓'),
    (0xfd, '☒'),
    (0xfe, '☑'),
];

/// What `claimed`, a private character, says in the font named `font`.
pub(crate) fn meaning(font: &str, claimed: char) -> Option<char> {
    let code = u32::from(claimed).checked_sub(FIRST_CODE)?;
    let family = font.split(['-', ',']).next().unwrap_or(font);
    match family {
        "Symbol" | "SymbolMT" => {
            let row = usize::try_from(code.checked_sub(32)? / 32).ok()?;
            let column = usize::try_from(code % 32).ok()?;
            let character = SYMBOL.get(row)?.chars().nth(column)?;
            Some(character).filter(|&character| character != char::REPLACEMENT_CHARACTER)
        }
        "Wingdings" => WINGDINGS.iter().find(|(known, _)| *known == code).map(|(_, character)| *character),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(font: &str, claimed: char, expected: Option<char>) {
        assert_eq!(meaning(font, claimed), expected, "{font} {claimed:?}");
    }

    #[test]
    fn private_characters() {
        check("Symbol", '\u{f0b7}', Some('•'));
        check("SymbolMT", '\u{f061}', Some('α'));
        check("Symbol,Bold", '\u{f0d7}', Some('⋅'));
        check("SymbolMT", '\u{f0ae}', Some('→'));
        check("SymbolMT", '\u{f0b3}', Some('≥'));
        check("SymbolMT", '\u{f020}', Some(' '));
        check("Wingdings", '\u{f0fe}', Some('☑'));
        check("Wingdings-Regular", '\u{f0a7}', Some('▪'));
        // Codes without a character, codes of no symbol font, and fonts whose codes nobody else knows.
        check("Symbol", '\u{f080}', None);
        check("Symbol", '\u{f0e6}', None);
        check("Symbol", '\u{f010}', None);
        check("Symbol", '\u{f123}', None);
        check("Symbol", 'a', None);
        check("Wingdings", '\u{f0b7}', None);
        check("MTExtra", '\u{f0b7}', None);
    }

    #[test]
    fn rows_are_whole() {
        assert!(SYMBOL.iter().all(|row| row.chars().count() == 32));
    }
}

//! What glyphs say that are named by IBM's register of characters (GCGID), as in files made from print streams:
//! `LA010000` is a, `LA020000` is A, `ND100000` is 0.
//!
//! Called by [`simple_fonts`](crate::simple_fonts), since such files have fonts of their own.

/// Letters of the Latin alphabet have two digits each: odd ones for small letters, the next one for capitals.
/// Those with an accent or of a form of their own, as (letter, number of the small one, small, capital).
const LETTERS: [(u8, u8, char, char); 57] = [
    (b'A', 11, 'á', 'Á'),
    (b'A', 13, 'à', 'À'),
    (b'A', 15, 'â', 'Â'),
    (b'A', 17, 'ä', 'Ä'),
    (b'A', 19, 'ã', 'Ã'),
    (b'A', 23, 'ă', 'Ă'),
    (b'A', 27, 'å', 'Å'),
    (b'A', 43, 'ą', 'Ą'),
    (b'A', 51, 'æ', 'Æ'),
    (b'C', 11, 'ć', 'Ć'),
    (b'C', 21, 'č', 'Č'),
    (b'C', 41, 'ç', 'Ç'),
    (b'D', 21, 'ď', 'Ď'),
    (b'E', 11, 'é', 'É'),
    (b'E', 13, 'è', 'È'),
    (b'E', 15, 'ê', 'Ê'),
    (b'E', 17, 'ë', 'Ë'),
    (b'E', 21, 'ě', 'Ě'),
    (b'E', 43, 'ę', 'Ę'),
    (b'G', 23, 'ğ', 'Ğ'),
    (b'I', 11, 'í', 'Í'),
    (b'I', 13, 'ì', 'Ì'),
    (b'I', 15, 'î', 'Î'),
    (b'I', 17, 'ï', 'Ï'),
    (b'L', 11, 'ĺ', 'Ĺ'),
    (b'L', 21, 'ľ', 'Ľ'),
    (b'L', 61, 'ł', 'Ł'),
    (b'N', 11, 'ń', 'Ń'),
    (b'N', 19, 'ñ', 'Ñ'),
    (b'N', 21, 'ň', 'Ň'),
    (b'O', 11, 'ó', 'Ó'),
    (b'O', 13, 'ò', 'Ò'),
    (b'O', 15, 'ô', 'Ô'),
    (b'O', 17, 'ö', 'Ö'),
    (b'O', 19, 'õ', 'Õ'),
    (b'O', 25, 'ő', 'Ő'),
    (b'O', 51, 'œ', 'Œ'),
    (b'O', 61, 'ø', 'Ø'),
    (b'R', 11, 'ŕ', 'Ŕ'),
    (b'R', 21, 'ř', 'Ř'),
    (b'S', 11, 'ś', 'Ś'),
    (b'S', 21, 'š', 'Š'),
    (b'S', 41, 'ş', 'Ş'),
    (b'T', 21, 'ť', 'Ť'),
    (b'T', 41, 'ţ', 'Ţ'),
    (b'T', 63, 'þ', 'Þ'),
    (b'U', 11, 'ú', 'Ú'),
    (b'U', 13, 'ù', 'Ù'),
    (b'U', 15, 'û', 'Û'),
    (b'U', 17, 'ü', 'Ü'),
    (b'U', 25, 'ű', 'Ű'),
    (b'U', 27, 'ů', 'Ů'),
    (b'Y', 11, 'ý', 'Ý'),
    (b'Y', 17, 'ÿ', 'Ÿ'),
    (b'Z', 11, 'ź', 'Ź'),
    (b'Z', 21, 'ž', 'Ž'),
    (b'Z', 29, 'ż', 'Ż'),
];

/// Everything else on a business letter, by the first four characters of its name.
const SIGNS: [(&str, char); 74] = [
    ("LS61", 'ß'),
    ("NF01", '½'),
    ("NF04", '¼'),
    ("NF05", '¾'),
    ("SA01", '+'),
    ("SA02", '±'),
    ("SA03", '<'),
    ("SA04", '='),
    ("SA05", '>'),
    ("SA06", '÷'),
    ("SA07", '×'),
    ("SC01", '¤'),
    ("SC02", '£'),
    ("SC03", '$'),
    ("SC04", '¢'),
    ("SC05", '¥'),
    ("SC20", '€'),
    ("SD13", '`'),
    ("SD15", '^'),
    ("SD19", '~'),
    ("SD63", '·'),
    ("SM01", '#'),
    ("SM02", '%'),
    ("SM03", '&'),
    ("SM04", '*'),
    ("SM05", '@'),
    ("SM06", '['),
    ("SM07", '\\'),
    ("SM08", ']'),
    ("SM11", '{'),
    ("SM13", '|'),
    ("SM14", '}'),
    ("SM17", 'µ'),
    ("SM19", '°'),
    ("SM20", 'º'),
    ("SM21", 'ª'),
    ("SM24", '§'),
    ("SM25", '¶'),
    ("SM34", '†'),
    ("SM52", '©'),
    ("SM53", '®'),
    ("SM54", '™'),
    ("SM56", '‰'),
    ("SM57", '•'),
    ("SM65", '¦'),
    ("SM66", '¬'),
    ("SM90", '—'),
    ("SP01", ' '),
    ("SP02", '!'),
    ("SP03", '¡'),
    ("SP04", '"'),
    ("SP05", '\''),
    ("SP06", '('),
    ("SP07", ')'),
    ("SP08", ','),
    ("SP09", '_'),
    ("SP10", '-'),
    ("SP11", '.'),
    ("SP12", '/'),
    ("SP13", ':'),
    ("SP14", ';'),
    ("SP15", '?'),
    ("SP16", '¿'),
    ("SP17", '«'),
    ("SP18", '»'),
    ("SP19", '‘'),
    ("SP20", '’'),
    ("SP21", '“'),
    ("SP22", '”'),
    ("SP23", '„'),
    ("SP26", '‚'),
    ("SP30", '\u{a0}'),
    ("SS68", '–'),
    ("SV52", '…'),
];

/// What the glyph named `name` says.
pub(crate) fn meaning(name: &str) -> Option<char> {
    let kind = name.strip_suffix("0000").filter(|kind| kind.len() == 4 && kind.is_ascii())?;
    let number: u8 = kind.get(2..)?.parse().ok()?;
    match kind.as_bytes() {
        [b'L', letter @ b'A'..=b'Z', ..] => letter_of(*letter, number).or_else(|| sign(kind)),
        [b'N', b'D', ..] => match number {
            1..=9 => Some(char::from(b'0' + number)),
            10 => Some('0'),
            _ => None,
        },
        _ => sign(kind),
    }
}

fn letter_of(letter: u8, number: u8) -> Option<char> {
    match number {
        1 => Some(char::from(letter.to_ascii_lowercase())),
        2 => Some(char::from(letter)),
        _ => LETTERS.iter().find_map(|&(of, small, small_letter, capital)| match number.checked_sub(small) {
            Some(0) if of == letter => Some(small_letter),
            Some(1) if of == letter => Some(capital),
            Some(_) | None => None,
        }),
    }
}

fn sign(kind: &str) -> Option<char> {
    SIGNS.iter().find(|(known, _)| *known == kind).map(|(_, sign)| *sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<char>) {
        assert_eq!(meaning(name), expected, "{name}");
    }

    #[test]
    fn names_of_the_register() {
        check("LA010000", Some('a'));
        check("LZ020000", Some('Z'));
        check("LA170000", Some('ä'));
        check("LU180000", Some('Ü'));
        check("LC410000", Some('ç'));
        check("LS610000", Some('ß'));
        check("ND010000", Some('1'));
        check("ND100000", Some('0'));
        check("SP110000", Some('.'));
        check("SP080000", Some(','));
        check("SC200000", Some('€'));
        check("SP230000", Some('„'));
        check("SS680000", Some('–'));
        check("LO520000", Some('Œ'));
        check("LZ290000", Some('ż'));
        // No such characters, and names of another kind.
        check("ND110000", None);
        check("LA180001", None);
        check("LB110000", None);
        check("SP990000", None);
        check("XX010000", None);
        check("LA0é0000", None);
        check("a97", None);
        check("0000", None);
    }
}

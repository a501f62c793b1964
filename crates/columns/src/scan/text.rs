//! Texts of JSON, and what their escapes stand for.

/// A text as it is written between its quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Text<'a> {
    Plain(&'a str),
    Escaped(&'a str),
}

impl<'a> Text<'a> {
    /// What it says, written into `scratch` where it has escapes; none if there is half a character in it.
    #[inline]
    pub(crate) fn unescaped<'s>(&self, scratch: &'s mut String) -> Option<&'s str>
    where
        'a: 's,
    {
        match self {
            Self::Plain(text) => Some(text),
            Self::Escaped(raw) => unescape(raw, scratch),
        }
    }
}

#[cold]
fn unescape<'s>(raw: &str, scratch: &'s mut String) -> Option<&'s str> {
    scratch.clear();
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        scratch.push_str(before);
        let mut characters = after.chars();
        let character = match characters.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (character, behind) = surrogates(characters.as_str())?;
                characters = behind.chars();
                character
            }
            other => other,
        };
        scratch.push(character);
        rest = characters.as_str();
    }
    scratch.push_str(rest);
    Some(scratch)
}

/// The character of four digits, or of four digits, `\u` and four more; and what is behind them.
fn surrogates(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| text.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let (first, rest) = (unit(text)?, text.get(4..)?);
    let pair = rest.strip_prefix("\\u").and_then(|low| Some((unit(low)?, low.get(4..)?)));
    let units = [Some(first), pair.map(|(low, _)| low)];
    let character = char::decode_utf16(units.into_iter().flatten()).next()?.ok()?;
    let rest = if character.len_utf16() == 2 { pair?.1 } else { rest };
    Some((character, rest))
}

#[cfg(test)]
mod tests {
    use crate::scan::{Scanner, Token};

    #[test]
    fn texts_are_unescaped() {
        let check = |json: &str, expected: Option<&str>| {
            let mut scanner = Scanner::new(json);
            let Ok(Token::Text(text)) = scanner.token() else { panic!("{json} is no text") };
            assert_eq!(text.unescaped(&mut String::new()), expected, "{json}");
        };
        check(r#""plain""#, Some("plain"));
        check(r#""a\"b\\c\/d\b\f\n\r\te""#, Some("a\"b\\c/d\u{8}\u{c}\n\r\te"));
        check(r#""\u00e4\u20AC\ud83d\ude00!""#, Some("ä€😀!"));
        check(r#""\ud83d""#, None);
        check(r#""\ud83dx""#, None);
        check(r#""\ud83d\u0041""#, None);
        check(r#""\ude00\ud83d""#, None);
        check(r#""\u0041\ude00""#, None);
    }
}

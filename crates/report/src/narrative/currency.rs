//! Currencies by the names that sentences and headings give them.

/// ISO 4217's codes of money in use, and a few of what isn't any more, or is no state's. Three capital letters alone would make a currency of `VAT`.
const CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
    CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF \
    IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT \
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR \
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV \
    WST XAF XCD XOF XPF YER ZAR ZMW ZWG \
    BTC ETH XAG XAU ATS BEF DEM ESP FRF HRK ITL NLG";

/// Signs and what they are taken for. One that several currencies share is the most used one's: in a report on another,
/// the code is what a reader needs.
const SIGNS: [(char, &str); 8] = [
    ('€', "EUR"),
    ('$', "USD"),
    ('£', "GBP"),
    ('¥', "JPY"),
    ('₹', "INR"),
    ('₺', "TRY"),
    ('₽', "RUB"),
    ('₩', "KRW"),
];

/// Names in English, in small letters.
const NAMES: [(&str, &str); 25] = [
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("dollar", "USD"),
    ("dollars", "USD"),
    ("pounds", "GBP"),
    ("sterling", "GBP"),
    ("franc", "CHF"),
    ("francs", "CHF"),
    ("yen", "JPY"),
    ("yuan", "CNY"),
    ("renminbi", "CNY"),
    ("rupees", "INR"),
    ("zloty", "PLN"),
    ("zł", "PLN"),
    ("kč", "CZK"),
    ("koruna", "CZK"),
    ("kr", "SEK"),
    ("krona", "SEK"),
    ("kronor", "SEK"),
    ("krone", "DKK"),
    ("kroner", "DKK"),
    ("forint", "HUF"),
    ("lira", "TRY"),
    ("rubles", "RUB"),
    ("dirhams", "AED"),
];

/// The code of a word, if it is a currency's code or name.
pub(super) fn of_word(word: &str) -> Option<&'static str> {
    if word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return CODES.split_ascii_whitespace().find(|&code| code == word);
    }
    let small = word.to_lowercase();
    NAMES.into_iter().find_map(|(name, code)| (name == small).then_some(code))
}

/// The code of a sign.
pub(super) fn of_sign(sign: char) -> Option<&'static str> {
    SIGNS.into_iter().find_map(|(known, code)| (known == sign).then_some(code))
}

/// The one currency that a heading or a sentence of docmill's names by its code; none where it names several.
pub(super) fn only_in(text: &str) -> Option<&'static str> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let mut codes = words.filter(|word| word.len() == 3).filter_map(of_word);
    let first = codes.next()?;
    codes.all(|code| code == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_say_their_currency() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(only_in(text), expected, "{text}");
        check("Sum, EUR", Some("EUR"));
        check("Sums of total in CHF by supplier", Some("CHF"));
        check("Gross total (EUR) in EUR", Some("EUR"));
        check("USD", Some("USD"));
        check("EUR and USD", None);
        check("VAT rate", None);
        check("Europe", None);
    }
}

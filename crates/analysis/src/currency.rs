//! Currencies: how a code is read, and how many decimals its amounts have.

use serde_json::Value;

/// Decimals of a currency that isn't listed below.
const DECIMALS_USUAL: u32 = 2;

/// Minor units of the active codes of ISO 4217 (list one) that don't have two.
const DECIMALS: [(&str, u32); 26] = [
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

/// The currency that a leaf names: its text without outer space; `None` where it says nothing.
pub(crate) fn from_json(value: Option<&Value>) -> Option<&str> {
    let code = value?.as_str()?.trim();
    (!code.is_empty()).then_some(code)
}

/// How many decimals amounts in this currency are shown with, at least. JSON numbers lose trailing zeros.
pub(crate) fn decimals(code: &str) -> u32 {
    DECIMALS.iter().find(|(listed, _)| *listed == code).map_or(DECIMALS_USUAL, |&(_, decimals)| decimals)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_are_read_and_have_their_decimals() {
        let check = |value: Value, code: Option<&str>, shown: u32| {
            let found = from_json(Some(&value));
            assert_eq!(found, code, "{value}");
            assert_eq!(decimals(found.unwrap_or_default()), shown, "{value}");
        };
        check(json!("EUR"), Some("EUR"), 2);
        check(json!(" JPY "), Some("JPY"), 0);
        check(json!("KWD"), Some("KWD"), 3);
        check(json!("€"), Some("€"), 2);
        check(json!(""), None, 2);
        check(json!(978), None, 2);
    }
}

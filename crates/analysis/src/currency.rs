//! Currencies: how many decimals their amounts have.

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

/// How many decimals amounts in this currency are shown with, at least. JSON numbers lose trailing zeros.
pub(crate) fn decimals(code: &str) -> u32 {
    DECIMALS.iter().find(|(listed, _)| *listed == code).map_or(DECIMALS_USUAL, |&(_, decimals)| decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_decimals() {
        let check = |code: &str, expected: u32| assert_eq!(decimals(code), expected, "{code}");
        check("EUR", 2);
        check("JPY", 0);
        check("KWD", 3);
        check("€", 2);
    }
}

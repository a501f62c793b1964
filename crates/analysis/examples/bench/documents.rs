//! Generated invoices, a line each, the same every time: 5,000 vendors, 4 currencies, 20 categories, three years; log-normal
//! amounts in cents with price points, one in 500 a hundred times too large, one in 50 negative.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::{Value, json};

const VENDORS: usize = 5_000;
const CURRENCIES: [&str; 4] = ["EUR", "USD", "GBP", "CHF"];
const DAYS: usize = 1_095;
/// 2023-01-01, in days since 1970-01-01.
const FIRST_DAY: i64 = 19_358;
/// Lines of a document, at most; as many as few.
const LINES_MAX: usize = 19;
const PRICE_POINTS: usize = 60;

/// Writes about `items` items in a tenth as many documents.
pub(crate) fn write(file: &Path, items: usize) -> Value {
    let mut output =
        BufWriter::with_capacity(1 << 20, File::create(file).expect("failed to create the file"));
    let mut random = Random(42);
    let vendors: Vec<String> = (0..VENDORS).map(vendor).collect();
    let mut written = 0;
    let mut line = String::new();
    for document in 0..items / 10 {
        line.clear();
        one(&mut line, document, &vendors, &mut random, &mut written);
        output.write_all(line.as_bytes()).expect("failed to write the documents");
    }
    output.flush().expect("failed to write the documents");
    json!({"documents": items / 10, "items": written})
}

fn one(line: &mut String, document: usize, vendors: &[String], random: &mut Random, written: &mut usize) {
    use std::fmt::Write as _;
    let vendor = vendors.get(random.below(VENDORS)).expect("below their number");
    let currency = CURRENCIES.get(random.below(CURRENCIES.len())).expect("below their number");
    let date = date(FIRST_DAY + random.below(DAYS) as i64);
    // Writing to a string can't fail.
    let _infallible = write!(
        line,
        r#"{{"id": "inv-{document:08}", "number": "R-{document:07}", "vendor": "{vendor}", "currency": "{currency}", "date": "{date}", "lines": ["#
    );
    for position in 0..random.below(LINES_MAX) + 1 {
        let comma = if position == 0 { "" } else { ", " };
        let amount = random.amount();
        let sign = if amount < 0 { "-" } else { "" };
        let (whole, cents) = (amount.abs() / 100, amount.abs() % 100);
        let _infallible = write!(
            line,
            r#"{comma}{{"description": "Article {:05}, as ordered", "amount": {sign}{whole}.{cents:02}, "quantity": {}, "category": "category {}"}}"#,
            random.below(100_000),
            random.below(20) + 1,
            random.below(20),
        );
        *written += 1;
    }
    line.push_str("]}\n");
}

/// All different, some by a letter or two.
fn vendor(number: usize) -> String {
    const SYLLABLES: [&str; 14] =
        ["bar", "con", "dor", "fel", "gam", "hol", "kri", "lun", "mar", "nex", "pol", "ran", "sel", "tor"];
    const KINDS: [&str; 6] = ["gmbh", "ag", "ltd", "inc", "sa", "bv"];
    // Without a common factor, so that neighbours fall apart and none comes twice.
    let scattered = number * 7_919 % 38_416;
    let syllable = |part: usize| SYLLABLES.get(scattered / part % 14).copied().unwrap_or_default();
    let kind = KINDS.get(number % 6).copied().unwrap_or_default();
    format!("{}{}{}{} {kind}", syllable(1), syllable(14), syllable(196), syllable(2_744))
}

/// Hinnant (2014), "chrono-Compatible Low-Level Date Algorithms".
fn date(day: i64) -> String {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `SplitMix64` (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    /// In cents.
    fn amount(&mut self) -> i64 {
        // Twelve uniform numbers less six: near enough to a normal one.
        let normal: f64 = (0..12).map(|_| self.below(1 << 20) as f64 / f64::from(1 << 20)).sum::<f64>() - 6.0;
        let mut amount = (normal * 1.4 + 9.0).exp() as i64 + 10;
        if self.below(10) == 0 {
            amount = (self.below(PRICE_POINTS) as i64 + 1) * 1_000 - 1;
        }
        if self.below(500) == 0 {
            amount *= 100;
        }
        if self.below(50) == 0 { -amount } else { amount }
    }
}

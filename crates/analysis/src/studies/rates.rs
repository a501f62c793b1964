//! Amounts in one currency, by the rates of the specification: the only way to a sum across currencies.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use docmill_arithmetic::{Decimal, decimal};
use docmill_contract::spec::Rates;
use docmill_statistics::NO_KEY;

use super::Unfit;
use super::frame::{Keys, Measure};
use super::partition::{Partition, Partitions};
use super::tables::iso;
use crate::currency;

/// The most digits behind the point of a rate.
const RATE_DECIMALS_MAX: u32 = 12;

/// Rates by currency and day, and the day of each row.
pub(crate) struct Converter<'a> {
    to: String,
    /// By currency in capitals, by days since 1970-01-01: units of 10^-[`RATE_DECIMALS_MAX`], and as it was written.
    rates: BTreeMap<String, BTreeMap<i32, (i128, &'a str)>>,
    days: Option<Vec<Cow<'a, [i32]>>>,
}

impl<'a> Converter<'a> {
    pub(crate) fn new(rates: &'a Rates, days: Option<Vec<Cow<'a, [i32]>>>) -> Result<Self, Unfit> {
        let mut read = BTreeMap::new();
        for (code, table) in &rates.table {
            let mut of_code = BTreeMap::new();
            for (day, rate) in table {
                let wrong =
                    || Unfit(format!("the rate of {code} of `{day}`, `{rate}`, is no decimal of a day"));
                let date = docmill_columns::parse_day(day).ok_or_else(wrong)?;
                let units = decimal::from_plain(rate).and_then(units).ok_or_else(wrong)?;
                of_code.insert(date, (units, rate.as_str()));
            }
            read.insert(code.to_uppercase(), of_code);
        }
        Ok(Self { to: rates.to.to_uppercase(), rates: read, days })
    }

    /// All amounts of a measure in the one currency, rounded half away from zero to its decimals, amount by amount.
    pub(crate) fn converted(&self, measure: &Measure<'a>, currencies: &Keys<'a>) -> Partitions<'a> {
        let decimals = currency::decimals(&self.to);
        let mut used: BTreeSet<(String, String)> = BTreeSet::new();
        let mut without: BTreeMap<String, u64> = BTreeMap::new();
        let mut chunks = Vec::new();
        for (index, chunk) in measure.column.chunks().iter().enumerate() {
            let values = chunk.numbers().unwrap_or_default();
            let mut converted = vec![0_i64; values.len()];
            let mut valid = vec![0_u64; chunk.valid.len()];
            for (row, (&value, slot)) in values.iter().zip(&mut converted).enumerate() {
                let code =
                    currencies.codes.get(index).and_then(|codes| codes.get(row)).copied().unwrap_or(NO_KEY);
                let Some(code) = currencies.text(code).filter(|_| chunk.is_valid(row)) else { continue };
                let code = code.to_uppercase();
                let day = self.days.as_ref().and_then(|days| days.get(index)?.get(row).copied());
                let Some((rate, written)) = self.rate(&code, day) else {
                    *without.entry(code).or_default() += 1;
                    continue;
                };
                let Some(amount) = product(value, measure.scale(), rate, decimals) else {
                    *without.entry(code).or_default() += 1;
                    continue;
                };
                *slot = amount;
                if let Some(word) = valid.get_mut(row / 64) {
                    *word |= 1 << (row % 64);
                }
                if code != self.to {
                    used.insert((code, written));
                }
            }
            chunks.push((Cow::Owned(converted), valid));
        }
        let mut notes: Vec<String> = used
            .into_iter()
            .map(|(code, rate)| format!("1 {code} was counted as {rate} {}.", self.to))
            .collect();
        notes.extend(without.into_iter().map(|(code, count)| {
            format!("{count} amounts in {code} are left out: no rate to {} is known for their day.", self.to)
        }));
        Partitions { parts: vec![Partition::new(self.to.clone(), decimals, chunks)], notes }
    }

    /// The latest rate up to a day; the latest of all where days don't count. With it, how it was written and of when.
    fn rate(&self, code: &str, day: Option<i32>) -> Option<(i128, String)> {
        if code == self.to {
            return Some((10_i128.pow(RATE_DECIMALS_MAX), "1".to_owned()));
        }
        let of_code = self.rates.get(code)?;
        let (of, (rate, written)) = match (&self.days, day) {
            (Some(_), Some(day)) => of_code.range(..=day).next_back()?,
            (Some(_), None) => return None,
            (None, _) => of_code.last_key_value()?,
        };
        Some((*rate, format!("{written} (rate of {})", iso(*of))))
    }
}

/// value · rate in units of 10^-`decimals`, half away from zero; none out of range.
fn product(value: i64, scale: u32, rate: i128, decimals: u32) -> Option<i64> {
    let product = i128::from(value).checked_mul(rate)?;
    let divisor = 10_i128.checked_pow((scale + RATE_DECIMALS_MAX).checked_sub(decimals)?)?;
    let rounded = (product.abs().checked_mul(2)? + divisor) / (divisor * 2);
    i64::try_from(rounded * product.signum()).ok()
}

fn units(rate: Decimal) -> Option<i128> {
    let scale = rate.scale();
    let up = RATE_DECIMALS_MAX.checked_sub(scale)?;
    rate.mantissa().checked_mul(10_i128.checked_pow(up)?).filter(|&units| units > 0)
}

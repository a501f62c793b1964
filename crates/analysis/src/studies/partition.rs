//! Amounts by currency: what is never added up together.

use std::borrow::Cow;

use docmill_statistics::{Chunk, KeyedChunk, used_values};
use num_bigint::BigInt;

use super::Unfit;
use super::frame::{Frame, Keys, Measure};
use super::tables::money;
use crate::currency;

/// Currencies that are looked at in one analysis; the others have a note.
const CURRENCIES_MAX: usize = 40;

/// The values of one currency, or of a column that isn't money.
pub(crate) struct Partition<'a> {
    /// ISO 4217; none for what isn't money.
    pub(crate) currency: Option<String>,
    /// Decimals of the values.
    pub(crate) scale: u32,
    chunks: Vec<(Cow<'a, [i64]>, Vec<u64>)>,
}

/// The values of a measure by currency, and what a reader should know of how they were parted.
pub(crate) struct Partitions<'a> {
    pub(crate) parts: Vec<Partition<'a>>,
    pub(crate) notes: Vec<String>,
}

impl<'a> Frame<'a> {
    /// The values of a measure by currency, in the order of the codes; converted to one currency where the specification
    /// has rates.
    pub(crate) fn partitions(&self, measure: &Measure<'a>) -> Result<Partitions<'a>, Unfit> {
        let scale = measure.scale();
        let chunks = measure.column.chunks();
        let values = |chunk: &'a docmill_columns::Chunk| chunk.numbers().unwrap_or_default();
        let Some(currencies) = self.currencies(measure).filter(|_| measure.is_money) else {
            let chunks =
                chunks.iter().map(|chunk| (Cow::Borrowed(values(chunk)), chunk.valid.clone())).collect();
            return Ok(Partitions {
                parts: vec![Partition { currency: None, scale, chunks }],
                notes: Vec::new(),
            });
        };
        if let Some(converter) = self.converter(measure.table)? {
            return Ok(converter.converted(measure, &currencies));
        }
        let mut notes = Vec::new();
        let codes = u32::try_from(currencies.len()).unwrap_or(u32::MAX);
        let mut parts: Vec<Partition<'a>> = (0..codes)
            .map(|code| {
                let of_code = chunks
                    .iter()
                    .zip(&currencies.codes)
                    .map(|(chunk, codes)| (Cow::Borrowed(values(chunk)), masked(&chunk.valid, codes, code)));
                Partition { currency: shown(&currencies, code), scale, chunks: of_code.collect() }
            })
            .filter(|part| part.used() > 0)
            .collect();
        if parts.len() > CURRENCIES_MAX {
            notes.push(format!("{} more currencies are left out.", parts.len() - CURRENCIES_MAX));
            parts.truncate(CURRENCIES_MAX);
        }
        Ok(Partitions { parts, notes })
    }
}

impl<'a> Partition<'a> {
    pub(crate) fn new(currency: String, scale: u32, chunks: Vec<(Cow<'a, [i64]>, Vec<u64>)>) -> Self {
        Self { currency: Some(currency), scale, chunks }
    }

    /// As the kernels see it. Chunks of columns are never larger than theirs.
    pub(crate) fn chunks(&self) -> Vec<Chunk<'_>> {
        self.chunks.iter().filter_map(|(values, valid)| Chunk::new(values, Some(valid))).collect()
    }

    /// The same with a key for each row.
    pub(crate) fn keyed<'b>(&'b self, codes: &'b [Cow<'_, [u32]>]) -> Vec<KeyedChunk<'b>> {
        self.chunks()
            .into_iter()
            .zip(codes)
            .filter_map(|(chunk, keys)| KeyedChunk::new(chunk, keys))
            .collect()
    }

    /// How many values it has.
    pub(crate) fn used(&self) -> u64 {
        let bits = self.chunks.iter().flat_map(|(_, valid)| valid);
        bits.map(|word| u64::from(word.count_ones())).sum()
    }

    /// Decimals that its values are shown with: the currency's, or as many as each of them needs to be exact.
    pub(crate) fn decimals(&self) -> u32 {
        let least = self.currency.as_deref().map_or(0, currency::decimals);
        let needs_no_more = |decimals: u32| {
            let unit = 10_i64.saturating_pow(self.scale - decimals);
            self.chunks().iter().all(|chunk| used_values(&[*chunk]).iter().all(|value| value % unit == 0))
        };
        (least..self.scale).find(|&decimals| needs_no_more(decimals)).unwrap_or(self.scale.max(least))
    }

    /// Units of a value as a decimal, with the decimals that people expect of the currency.
    pub(crate) fn text(&self, units: impl Into<BigInt>) -> String {
        money(units, self.scale, self.currency.as_deref())
    }

    /// ` in EUR`, or nothing.
    pub(crate) fn in_currency(&self) -> String {
        self.currency.as_ref().map(|code| format!(" in {code}")).unwrap_or_default()
    }
}

fn shown(currencies: &Keys<'_>, code: u32) -> Option<String> {
    currencies.text(code).map(str::to_uppercase)
}

/// The rows that have a value, and this key.
fn masked(valid: &[u64], codes: &[u32], code: u32) -> Vec<u64> {
    let word = |(index, &word): (usize, &u64)| {
        let rows = codes.get(index * 64..).unwrap_or_default().iter().take(64).enumerate();
        let of_code =
            rows.filter(|&(_, &of_row)| of_row == code).fold(0_u64, |bits, (bit, _)| bits | 1 << bit);
        word & of_code
    };
    valid.iter().enumerate().map(word).collect()
}

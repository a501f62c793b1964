//! The same bytes on 1, 2, 3 and 8 threads, of every kernel.

use docmill_statistics::benford::{DigitCounts, Digits, Signs};
use docmill_statistics::bootstrap::{Bootstrap, Statistic, bootstrap, replicates};
use docmill_statistics::concentration::{ClassBounds, concentration};
use docmill_statistics::correlation::{PairSums, kendall, spearman};
use docmill_statistics::cutoff::{DayCounts, Period, RoundCounts};
use docmill_statistics::duplicates::{DuplicateChunk, NearDuplicates, near_duplicates};
use docmill_statistics::groups::{Groups, pair_keys};
use docmill_statistics::moments::Moments;
use docmill_statistics::outliers::{Method, limits, outliers};
use docmill_statistics::quantiles::QuantileType;
use docmill_statistics::sequences::{SequenceLimits, sequences};
use docmill_statistics::series::Months;
use docmill_statistics::texts::Texts;
use docmill_statistics::{CHUNK_ROWS, Chunk, chunked, floats};
use rayon::ThreadPoolBuilder;
use serde_json::json;

use crate::{Numbers, keyed};

const ROWS: usize = 3 * CHUNK_ROWS + 1_234;

struct Columns {
    amounts: Vec<i64>,
    others: Vec<i64>,
    keys: Vec<u32>,
    days: Vec<i32>,
    ratios: Vec<f64>,
}

fn columns() -> Columns {
    let mut numbers = Numbers(1);
    let narrow = |value: u64| u32::try_from(value).unwrap();
    let amounts: Vec<i64> = (0..ROWS).map(|_| numbers.signed(20_000)).collect();
    // What adds up cancels, over so many orders of magnitude that even a compensated sum depends on its order.
    let ratio =
        |&amount: &i64| amount as f64 / 3.0 * 10_f64.powi(i32::try_from(amount.rem_euclid(41)).unwrap());
    let cancelled = amounts.iter().rev().map(|amount| -ratio(amount));
    let ratios = amounts.iter().map(ratio).chain(cancelled).collect();
    Columns {
        others: amounts.iter().map(|amount| amount / 2 + numbers.signed(5_000)).collect(),
        amounts,
        keys: (0..ROWS).map(|_| narrow(numbers.below(300))).collect(),
        days: (0..ROWS).map(|_| i32::try_from(19_000 + numbers.below(400)).unwrap()).collect(),
        ratios,
    }
}

fn all(columns: &Columns) -> String {
    let chunks = chunked(&columns.amounts);
    let keyed = keyed(&columns.amounts, &columns.keys);
    let groups = Groups::partition(&keyed, 300);
    let in_row_order = groups.values(7);
    let described = groups.describe(QuantileType::Seven);
    let limits = limits(&groups, Method::ModifiedZ { threshold: 2.0 }, 8);
    let sums: Vec<(u32, i128)> =
        (0..).zip(&described).map(|(key, group)| (key, group.sums.sum.narrow().unwrap())).collect();
    let dated: Vec<_> = chunks.iter().copied().zip(columns.days.chunks(CHUNK_ROWS)).collect();
    let pairs: Vec<_> = chunks.iter().copied().zip(chunked(&columns.others)).collect();
    let days_as_keys: Vec<u32> = columns.days.iter().map(|&day| u32::try_from(day).unwrap()).collect();
    let paired = pair_keys(&columns.keys, &days_as_keys);
    let how = Bootstrap { replicates: 500, confidence_permille: 900, seed: 5, analysis: "threads" };
    let sample = &columns.amounts[..999];
    let names: Vec<String> = (0..300).map(|key| format!("RE-{}-{key:04}", 2020 + key % 3)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let limits_of = SequenceLimits { numbers_min: 3, listed_max: 5 };
    json!({
        "moments": Moments::of(&chunks),
        "shape": [Moments::of(&chunks).sample_skewness(), Moments::of(&chunks).sample_kurtosis()],
        "floats": [Some(floats::sum(&columns.ratios)), floats::standard_deviation(&columns.ratios)],
        "groups": described,
        "in_row_order": in_row_order,
        "outliers": outliers(&keyed, &limits),
        "concentration": concentration(&sums, ClassBounds::default()),
        "benford": DigitCounts::of(&chunks, Signs::Both).test(Digits::FirstTwo),
        "months": Months::of(&dated).rows(),
        "days": DayCounts::of(&columns.days, Period::Month, 3),
        "round": RoundCounts::of(&chunks),
        "pearson": PairSums::of(&pairs).pearson(),
        "spearman": spearman(&columns.amounts, &columns.others),
        "kendall": kendall(&columns.amounts, &columns.others),
        "paired": [json!(paired.codes), json!(paired.pairs)],
        "mean": bootstrap(sample, Statistic::Mean, how).unwrap(),
        "medians": replicates(sample, Statistic::Median, how).unwrap().iter().map(i128::to_string).collect::<Vec<_>>(),
        "duplicates": duplicates(columns, &names),
        "sequences": sequences(&vec![0; ROWS], &columns.keys, &names, limits_of),
    })
    .to_string()
}

fn duplicates(columns: &Columns, names: &[&str]) -> serde_json::Value {
    let texts = Texts::of(names);
    let chunks: Vec<DuplicateChunk<'_>> = columns
        .amounts
        .chunks(CHUNK_ROWS)
        .zip(columns.keys.chunks(CHUNK_ROWS))
        .zip(columns.days.chunks(CHUNK_ROWS))
        .map(|((amounts, keys), days)| DuplicateChunk {
            amounts: Chunk::new(amounts, None).unwrap(),
            same: None,
            days: Some(days),
            texts: Some(keys),
        })
        .collect();
    let asked = |candidates_max| NearDuplicates {
        days_max: 3,
        texts: Some((&texts, 1)),
        repeated: true,
        reversed: true,
        candidates_max,
        pairs_max: 3_000,
    };
    json!([near_duplicates(&chunks, asked(u64::MAX)), near_duplicates(&chunks, asked(9_000))])
}

#[test]
fn threads_change_nothing() {
    let columns = columns();
    let on = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| all(&columns))
    };
    let expected = on(1);
    for threads in [2, 3, 8] {
        let found = on(threads);
        assert!(found == expected, "{threads} threads give other bytes");
    }
}

/// What doesn't say which row it is about is the same in any order of rows.
#[test]
fn order_changes_nothing_where_it_should_not() {
    let columns = columns();
    let of = |columns: &Columns| {
        let chunks = chunked(&columns.amounts);
        let groups = Groups::partition(&keyed(&columns.amounts, &columns.keys), 300);
        let described = groups.describe(QuantileType::Seven);
        let pairs: Vec<_> = chunks.iter().copied().zip(chunked(&columns.others)).collect();
        json!([
            Moments::of(&chunks),
            described,
            DigitCounts::of(&chunks, Signs::Both),
            RoundCounts::of(&chunks),
            PairSums::of(&pairs),
            kendall(&columns.amounts, &columns.others),
        ])
        .to_string()
    };
    let expected = of(&columns);
    let mut shuffled: Vec<usize> = (0..ROWS).collect();
    let mut numbers = Numbers(9);
    for place in (1..ROWS).rev() {
        let other = usize::try_from(numbers.below(place as u64 + 1)).unwrap();
        shuffled.swap(place, other);
    }
    let shuffled = Columns {
        amounts: shuffled.iter().map(|&row| columns.amounts[row]).collect(),
        others: shuffled.iter().map(|&row| columns.others[row]).collect(),
        keys: shuffled.iter().map(|&row| columns.keys[row]).collect(),
        days: Vec::new(),
        ratios: Vec::new(),
    };
    assert!(of(&shuffled) == expected);
}

//! Seconds of the kernels over made-up line items: `cargo bench -p docmill-statistics [-- ITEMS ...]`.
//!
//! 5,000 vendors, four currencies, log-normal amounts in cents with price points, outliers and negative ones. Each kernel
//! runs three times, and the least CPU time is shown: the machine may be shared.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "its output is what it is for")]

use std::hint::black_box;
use std::time::Instant;

use docmill_statistics::benford::{DigitCounts, Digits, Signs};
use docmill_statistics::bootstrap::{Bootstrap, Statistic, bootstrap};
use docmill_statistics::duplicates::{DuplicateChunk, NearDuplicates, near_duplicates};
use docmill_statistics::groups::Groups;
use docmill_statistics::moments::Moments;
use docmill_statistics::outliers::{Method, limits, outliers};
use docmill_statistics::quantiles::QuantileType;
use docmill_statistics::texts::Texts;
use docmill_statistics::{CHUNK_ROWS, Chunk, KeyedChunk, chunked};
use nix::sys::resource::{UsageWho, getrusage};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

const VENDORS: u32 = 5_000;
const CURRENCIES: u32 = 4;

struct Items {
    amounts: Vec<i64>,
    vendors: Vec<u32>,
    currencies: Vec<u32>,
    groups: Vec<u32>,
    days: Vec<i32>,
}

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![1_000_000, 10_000_000] } else { asked };
    println!("{} threads", rayon::current_num_threads());
    for size in sizes {
        run(&items(size));
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "made-up numbers in range")]
fn items(size: usize) -> Items {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut below = |bound: u64| ((u128::from(random.next_u64()) * u128::from(bound)) >> 64) as u64;
    let mut items = Items {
        amounts: Vec::with_capacity(size),
        vendors: Vec::with_capacity(size),
        currencies: Vec::with_capacity(size),
        groups: Vec::with_capacity(size),
        days: Vec::with_capacity(size),
    };
    for _ in 0..size {
        // Twelve uniform numbers less six: near enough to a normal one.
        let normal: f64 = (0..12).map(|_| below(1 << 20) as f64 / f64::from(1 << 20)).sum::<f64>() - 6.0;
        let mut amount = (libm::exp(9.0 + 1.4 * normal)) as i64 + 1;
        if below(10) == 0 {
            amount = (below(60) as i64 + 1) * 1_000 - 1;
        }
        if below(500) == 0 {
            amount *= 100;
        }
        if below(50) == 0 {
            amount = -amount;
        }
        let vendor = below(u64::from(VENDORS)) as u32;
        let currency = below(u64::from(CURRENCIES)) as u32;
        items.amounts.push(amount);
        items.vendors.push(vendor);
        items.currencies.push(currency);
        items.groups.push(vendor * CURRENCIES + currency);
        items.days.push(19_000 + below(1_095) as i32);
    }
    items
}

fn run(items: &Items) {
    println!("{} items", items.amounts.len());
    let chunks = chunked(&items.amounts);
    let (by_group, by_vendor) = (keyed(&items.amounts, &items.groups), keyed(&items.amounts, &items.vendors));
    measure("group describe", || {
        let groups = Groups::partition(&by_group, (VENDORS * CURRENCIES) as usize);
        let described = groups.describe(QuantileType::Seven);
        let deviations: f64 = described.iter().filter_map(|group| group.sums.standard_deviation(2)).sum();
        let means: f64 = described.iter().filter_map(|group| group.sums.mean(2)).sum();
        format!("Σsd {deviations:.3}, Σmean {means:.3}")
    });
    measure("  of that, partition", || {
        Groups::partition(&by_group, (VENDORS * CURRENCIES) as usize).len().to_string()
    });
    measure("outlier flags by vendor", || {
        let groups = Groups::partition(&by_vendor, VENDORS as usize);
        let limits = limits(&groups, Method::ModifiedZ { threshold: 3.5 }, 8);
        format!("{} flagged", outliers(&by_vendor, &limits).outliers.len())
    });
    measure("Benford first two", || {
        let test = DigitCounts::of(&chunks, Signs::Both).test(Digits::FirstTwo);
        format!("MAD {:.8}", test.map_or(0.0, |test| test.mean_absolute_deviation))
    });
    measure("moments to the fourth", || format!("skewness {:?}", Moments::of(&chunks).sample_skewness()));
    duplicates(items);
    resample(items);
}

fn keyed<'a>(values: &'a [i64], keys: &'a [u32]) -> Vec<KeyedChunk<'a>> {
    let chunks = values.chunks(CHUNK_ROWS).zip(keys.chunks(CHUNK_ROWS));
    chunks
        .map(|(values, keys)| (Chunk::new(values, None).expect("a chunk"), keys))
        .map(|(chunk, keys)| KeyedChunk::new(chunk, keys).expect("as long"))
        .collect()
}

fn duplicates(items: &Items) {
    let names: Vec<String> = (0..VENDORS).map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let texts = Texts::of(&names);
    let mut chunks = Vec::new();
    for (place, values) in items.amounts.chunks(CHUNK_ROWS).enumerate() {
        let rows = place * CHUNK_ROWS..place * CHUNK_ROWS + values.len();
        chunks.push(DuplicateChunk {
            amounts: Chunk::new(values, None).expect("a chunk"),
            same: items.currencies.get(rows.clone()),
            days: items.days.get(rows.clone()),
            texts: items.vendors.get(rows),
        });
    }
    measure("near duplicates", || {
        let found = near_duplicates(
            &chunks,
            NearDuplicates {
                days_max: 3,
                texts: Some((&texts, 2)),
                repeated: true,
                reversed: false,
                candidates_max: u64::MAX,
                pairs_max: 1_000_000,
            },
        );
        format!("{} candidates, {} pairs", found.candidates, found.found)
    });
}

fn name(vendor: u32) -> String {
    let syllables =
        ["ba", "con", "dor", "fel", "gam", "hol", "kri", "lun", "mar", "nex", "pol", "ran", "sel", "tor"];
    let kinds = ["gmbh", "ag", "ltd", "inc", "sa", "bv"];
    let at = |part: u32| syllables.iter().cycle().nth((vendor / part % 17) as usize).copied().unwrap_or("");
    let kind = kinds.iter().cycle().nth((vendor % 6) as usize).copied().unwrap_or("");
    format!("{}{}{}{} {kind}", at(1), at(7), at(53), at(311))
}

fn resample(items: &Items) {
    let values: Vec<i64> = items.amounts.iter().copied().take(10_000).collect();
    for statistic in [Statistic::Mean, Statistic::Median] {
        let how = Bootstrap { replicates: 10_000, confidence_permille: 950, seed: 42, analysis: "bench" };
        measure(&format!("bootstrap {statistic:?}, 10^8 draws"), || {
            let found = bootstrap(&values, statistic, how).map(|found| found.percentile);
            format!("{:.2?}", found.map(|interval| (interval.low.to_f64(2), interval.high.to_f64(2))))
        });
    }
}

fn measure(what: &str, work: impl Fn() -> String) {
    let (mut least, mut wall, mut result) = (f64::MAX, f64::MAX, String::new());
    for _ in 0..3 {
        let (cpu_before, start) = (cpu_seconds(), Instant::now());
        result = black_box(work());
        wall = wall.min(start.elapsed().as_secs_f64());
        least = least.min(cpu_seconds() - cpu_before);
    }
    println!("{what:28} {least:8.4} CPU s {wall:8.4} s   {result}");
}

fn cpu_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("Linux tells");
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

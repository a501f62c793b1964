//! Decodes generated invoices and says what that took: `cargo bench -p docmill-columns -- [items] [threads]`, 10^6 items and the
//! machine's threads unless told otherwise. With a third argument the documents are written to that file, for others to
//! be measured with.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a measurement is for a person to read, and ends when it can't go on"
)]

use std::fmt::Write as _;
use std::time::Instant;

use docmill_columns::{ColumnLayout, Decoder, Folding, Kind, Layout, Part, Plan, Scale, Tables};
use rayon::prelude::*;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<usize>().ok());
    let items = number(0).unwrap_or(1_000_000);
    let threads = number(1).unwrap_or(0);
    let text = documents(items);
    if let Some(path) = arguments.get(2) {
        std::fs::write(path, &text).expect("failed to write the documents");
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("failed to start threads");
    let plan = Plan::new(&layout()).expect("the layout is checked by a test");
    println!("{} bytes, {} threads", text.len(), pool.current_num_threads());
    for run in 1..=5 {
        let before = resident("VmRSS:");
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        let tables = pool.install(|| {
            let mut decoder = Decoder::new(&plan);
            decoder.lines(text.as_bytes());
            decoder.finish().expect("there are fewer documents")
        });
        let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
        let rows = tables.row_sets()[0].rows();
        println!(
            "run {run}: {rows} items, {cpu:.3} CPU s, {wall:.3} s, {:.0} MB/s, {:.0} ns CPU per item, {:.1} bytes per item kept, \
             {:.1} at the peak of all runs; {}",
            text.len() as f64 / wall / 1e6,
            cpu * 1e9 / rows as f64,
            (resident("VmRSS:") - before) / rows as f64,
            (resident("VmHWM:") - before) / rows as f64,
            checked(&tables),
        );
    }
    for documents in [1, 100] {
        pool.install(|| parts(&plan, &text, documents));
    }
}

/// The same from parts that were kept, of so many documents each.
fn parts(plan: &Plan, text: &str, documents: usize) {
    let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
    let kept: Vec<Vec<u8>> =
        lines.par_chunks(documents).map(|lines| Part::read(plan, lines, 1).to_bytes(plan)).collect();
    let bytes: usize = kept.iter().map(Vec::len).sum();
    for run in 1..=3 {
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        let parts: Vec<Part> = kept
            .par_iter()
            .map(|bytes| Part::from_bytes(plan, bytes).expect("they were just made"))
            .collect();
        let mut decoder = Decoder::new(plan);
        parts.into_iter().for_each(|part| decoder.part(part));
        let tables = decoder.finish().expect("there are fewer documents");
        let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
        println!(
            "parts of {documents}, run {run}: {} in {bytes} bytes, {cpu:.3} CPU s, {wall:.3} s; {}",
            kept.len(),
            checked(&tables)
        );
    }
}

fn layout() -> Layout {
    let column = |name: &str, pointer: &str, kind: Kind| ColumnLayout {
        name: name.to_owned(),
        pointer: pointer.to_owned(),
        kind,
    };
    let money = || Kind::Money { scale: Scale::Fixed(2), currency: "/currency".to_owned() };
    let key = || Kind::Key { folding: Folding::CaseAndSpace };
    Layout {
        record: String::new(),
        id: Some("/id".to_owned()),
        columns: vec![
            column("vendor", "/vendor", key()),
            column("currency", "/currency", key()),
            column("date", "/date", Kind::Date),
            column("total", "/total", money()),
            column("category", "/lines/*/category", key()),
            column("day", "/lines/*/date", Kind::Date),
            column("quantity", "/lines/*/quantity", Kind::Decimal { scale: Scale::Found }),
            column("unit_price", "/lines/*/unit_price", money()),
            column("amount", "/lines/*/amount", money()),
        ],
    }
}

/// What all runs, and others who read the same documents, must agree on.
fn checked(tables: &Tables) -> String {
    let amounts = tables.row_sets()[0].column("amount").expect("the column was asked for");
    let sum: i128 = amounts
        .chunks()
        .iter()
        .filter_map(|chunk| chunk.numbers())
        .flatten()
        .map(|&value| i128::from(value))
        .sum();
    format!("{} amounts come to {sum} hundredths", amounts.used())
}

/// Invoices with about ten items each: 5,000 vendors, 4 currencies, 20 categories, a few price points, a few outliers.
fn documents(items: usize) -> String {
    let mut random = Random(42);
    let mut text = String::with_capacity(items * 140);
    for document in 0..items / 10 {
        let vendor = random.below(5_000);
        let currency = ["EUR", "USD", "GBP", "CHF"][random.below(4)];
        let (month, day) = (random.below(12) + 1, random.below(28) + 1);
        let _infallible = write!(
            text,
            r#"{{"id": "inv-{document:08}", "vendor": "Vendor {vendor:04} GmbH", "currency": "{currency}", "date": "2025-{month:02}-{day:02}", "lines": ["#,
        );
        let mut total = 0;
        for line in 0..random.below(19) + 1 {
            let quantity = random.below(20) + 1;
            let price = random.price();
            let amount = price * quantity as i64;
            total += amount;
            let comma = if line == 0 { "" } else { ", " };
            let _infallible = write!(
                text,
                r#"{comma}{{"text": "Item {}", "category": "c{}", "date": "2025-{month:02}-{:02}", "quantity": {quantity}, "unit_price": {}, "amount": {}}}"#,
                random.below(100_000),
                random.below(20),
                random.below(28) + 1,
                decimal(price),
                decimal(amount),
            );
        }
        let _infallible = writeln!(text, r#"], "total": {}}}"#, decimal(total));
    }
    text
}

fn decimal(units: i64) -> String {
    let text = format!("{}{}.{:02}", if units < 0 { "-" } else { "" }, units.abs() / 100, units.abs() % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A small generator whose numbers are the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 32
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() as usize * limit) >> 32
    }

    /// In hundredths.
    fn price(&mut self) -> i64 {
        if self.below(10) == 0 {
            return [999, 1_999, 4_950, 10_000][self.below(4)];
        }
        let sign = if self.below(50) == 0 { -1 } else { 1 };
        let outlier = if self.below(500) == 0 { 100 } else { 1 };
        // Near enough to a normal distribution.
        let normal = (0..12).map(|_| self.below(1_000) as f64 / 1_000.0).sum::<f64>() - 6.0;
        sign * outlier * ((8.0 + normal * 1.2).exp() as i64 + 1)
    }
}

fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Bytes that the kernel counts.
fn resident(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() * 1024.0
}

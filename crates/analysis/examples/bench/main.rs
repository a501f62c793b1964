//! Measures what analyses are made of, for `make bench-analysis`; prints one JSON object.
//!
//! `cargo run --release -p docmill-analysis --example bench -- COMMAND`:
//! `documents FILE ITEMS` writes generated invoices, `bandwidth` sums a large array, `analyses FILE THREADS` decodes and
//! times each analysis, `grown FILE THREADS` reads kept parts and ten new documents.
//!
//! The crate's own studies are private and end in tables and words, so the kernels are called as the studies call them.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement ends when it can't go on; its numbers are made up in range"
)]

mod analyses;
mod bandwidth;
mod documents;
mod grown;
mod measure;
mod rows;

use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let found = match arguments.as_slice() {
        ["documents", file, items] => documents::write(Path::new(file), number(items)),
        ["bandwidth"] => bandwidth::measured(),
        ["analyses", file, threads] => pool(number(threads)).install(|| analyses::measured(Path::new(file))),
        ["grown", file, threads] => pool(number(threads)).install(|| grown::measured(Path::new(file))),
        _ => panic!("see the top of this example for its commands"),
    };
    println!("{found}");
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("failed to start threads")
}

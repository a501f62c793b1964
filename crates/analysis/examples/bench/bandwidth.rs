//! How fast this machine reads memory: the sum of an array much larger than its caches.

use rayon::prelude::*;
use serde_json::{Value, json};

use crate::measure::measure;

const VALUES: usize = 100_000_000;
const PIECE: usize = 1 << 16;

/// Bytes a second with one thread and with two.
pub(crate) fn measured() -> Value {
    let values: Vec<u64> = (0..VALUES as u64).collect();
    let bytes_per_s = |threads: usize| {
        let cost = crate::pool(threads).install(|| {
            measure(|| {
                let sums = values
                    .par_chunks(PIECE)
                    .map(|piece| piece.iter().fold(0_u64, |sum, &value| sum.wrapping_add(value)));
                json!(sums.reduce(|| 0, u64::wrapping_add))
            })
        });
        (VALUES * size_of::<u64>()) as f64 / cost["wall_s"].as_f64().expect("it was just measured")
    };
    json!({"bytes": VALUES * size_of::<u64>(), "one_thread": bytes_per_s(1), "two_threads": bytes_per_s(2)})
}

//! Kernels against certified values, against other implementations, against themselves on other numbers of threads, and
//! at the edges of what an `i64` holds.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests may fail loudly, and say what they skip"
)]

mod distribution;
mod edges;
mod hand;
mod merges;
mod nist;
mod oracle;
mod threads;

use docmill_statistics::{CHUNK_ROWS, Chunk, KeyedChunk};

/// Values with keys, cut into chunks.
fn keyed<'a>(values: &'a [i64], keys: &'a [u32]) -> Vec<KeyedChunk<'a>> {
    let chunks = values.chunks(CHUNK_ROWS).zip(keys.chunks(CHUNK_ROWS));
    chunks.map(|(values, keys)| KeyedChunk::new(Chunk::new(values, None).unwrap(), keys).unwrap()).collect()
}

/// The generator's own numbers would do, but tests should not depend on it.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u64::try_from((u128::from(self.0 >> 11) * u128::from(bound)) >> 53).unwrap()
    }

    fn signed(&mut self, magnitude: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(2 * magnitude).unwrap())).unwrap() - magnitude
    }
}

//! Random draws that are the same whoever makes them: a generator for each replicate, seeded from what it is for.
//!
//! xoshiro256++ (Blackman and Vigna (2021), "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47(4)). The seed
//! is part of a result's definition; threads never are.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// What the draws are for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed(u64);

impl Seed {
    /// From the user's seed and the analysis' id.
    pub(crate) fn of(seed: u64, analysis: &str) -> Self {
        // FNV-1a over the id, then mixed with the seed.
        let id = analysis.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(mixed(mixed(seed) ^ id))
    }

    /// The generator of a replicate.
    pub(crate) fn replicate(self, replicate: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(mixed(self.0 ^ mixed(replicate)))
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood (2014), "Fast Splittable Pseudorandom Number Generators", OOPSLA):
/// a bijection, so different replicates have different seeds.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

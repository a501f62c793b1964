//! When it is worth counting a collection's outcomes again.
//!
//! Called by `collection` after each document. Counting costs the server a look at every outcome of the collection, so that a
//! count after each of n documents costs n² looks. Of a collection that lacks `missing` outcomes as the one at sequence `s` of their
//! stream is there, we know without counting that the one that completes it is at `s + missing` or behind: every
//! outcome is a message of its own. The analysis job of that one counts again. It asks nothing of NATS.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use docmill_contract::identity::CollectionId;

/// Collections that are remembered; if there are more, all are counted once more.
const COLLECTIONS_MAX: usize = 1_024;

/// Which collections can't be complete yet.
#[derive(Debug, Default)]
pub(crate) struct Countdown {
    known: Mutex<HashMap<CollectionId, Lacking>>,
}

/// A collection was counted, and lacked outcomes.
#[derive(Debug, Clone, Copy)]
struct Lacking {
    /// Of this manifest's documents.
    manifest_sequence: u64,
    /// Outcomes before this sequence can't complete it.
    not_before: u64,
}

impl Countdown {
    /// Whether the outcome at `outcome_sequence` may be the one that completes the collection, as far as is known.
    pub(crate) fn may_be_complete(
        &self,
        collection: &CollectionId,
        manifest_sequence: u64,
        outcome_sequence: u64,
    ) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(collection).is_none_or(|lacking| {
            lacking.manifest_sequence != manifest_sequence || outcome_sequence >= lacking.not_before
        })
    }

    /// Remembers a count that was made after the outcome at `outcome_sequence` was there.
    pub(crate) fn missing(
        &self,
        collection: &CollectionId,
        manifest_sequence: u64,
        outcome_sequence: u64,
        missing: u64,
    ) {
        let not_before = outcome_sequence.saturating_add(missing);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= COLLECTIONS_MAX {
            known.clear();
        }
        known.insert(collection.clone(), Lacking { manifest_sequence, not_before });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: u64 = 7;

    #[test]
    fn outcomes_that_cannot_complete_a_collection_are_not_counted() {
        let (countdown, q3) = (Countdown::default(), "q3".parse().unwrap());
        let check = |manifest_sequence, outcome_sequence, expected| {
            let found = countdown.may_be_complete(&q3, manifest_sequence, outcome_sequence);
            assert_eq!(found, expected, "manifest {manifest_sequence}, outcome {outcome_sequence}");
        };
        check(MANIFEST, 10, true);
        countdown.missing(&q3, MANIFEST, 10, 3);
        check(MANIFEST, 11, false);
        check(MANIFEST, 12, false);
        check(MANIFEST, 13, true);
        // Another list is another count.
        check(8, 11, true);
    }

    #[test]
    fn other_collections_and_too_many_of_them_are_counted() {
        let (countdown, q3) = (Countdown::default(), "q3".parse().unwrap());
        countdown.missing(&q3, MANIFEST, 10, 3);
        assert!(countdown.may_be_complete(&"q4".parse().unwrap(), MANIFEST, 11));
        for number in 0..COLLECTIONS_MAX {
            countdown.missing(&format!("c{number}").parse().unwrap(), MANIFEST, 10, 3);
        }
        assert!(countdown.may_be_complete(&q3, MANIFEST, 11));
    }

    /// A collection among others, whose documents are analysed late and out of order: whoever handles the completing outcome, or
    /// one behind it, counts.
    #[test]
    fn the_outcome_that_completes_a_collection_is_always_counted() {
        for others in 0..4_u64 {
            let (countdown, q3): (_, CollectionId) = (Countdown::default(), "q3".parse().unwrap());
            let listed = 50;
            // Every (others + 1)th message of the stream is ours.
            let sequences: Vec<u64> = (1..=listed).map(|number| number * (others + 1)).collect();
            let mut counts = 0;
            for &sequence in &sequences {
                if countdown.may_be_complete(&q3, MANIFEST, sequence) {
                    counts += 1;
                    let missing = listed - sequence / (others + 1);
                    if missing > 0 {
                        countdown.missing(&q3, MANIFEST, sequence, missing);
                    }
                }
            }
            assert!(countdown.may_be_complete(&q3, MANIFEST, sequences[sequences.len() - 1]));
            // What is missing shrinks by others / (others + 1) with each count: far fewer than 50.
            assert!(counts <= 3 + 5 * others, "{counts} counts among {others} others");
        }
    }
}

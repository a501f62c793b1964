//! Whether a reading that was caught in errors is believed where nothing but its own word speaks for a value.
//!
//! Used by [`doubts`](crate::doubt::doubts). That a value stands where the model says it read it proves much if the model
//! is right nearly always: then a value of the right kind in a right place is hardly the wrong one. A model that names
//! places where its values don't stand, or gives labels for values, is wrong elsewhere too, where nothing shows it. So once a
//! reading was caught, a value needs a second witness: its own label beside it, its column's heading over it, or an
//! equation that holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::assemble::{Assembled, AssembledLeaf};
use crate::ground::leaf::Proof;
use crate::labelled::{Asked, Labels};

/// One wrong value may be a slip, or the document's own oddity.
const CAUGHT_MIN: usize = 1;
/// From one caught value in so many a reading isn't believed.
const CAUGHT_ONE_IN: usize = 20;

/// How a model's reading of a document stood up to what can be checked of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Values that were copied from the text, by the model's word.
    pub(crate) copied: usize,
    /// Those of them that don't stand where it says, or are something else there.
    pub(crate) caught: usize,
}

impl Reading {
    /// Counts what is `wrong` for other reasons, and what doesn't stand where it should. What an equation proves was
    /// worked out, not misread.
    pub(crate) fn of(assembled: &Assembled<'_>, wrong: &BTreeSet<&str>, by_equation: &BTreeSet<&str>) -> Self {
        let mut reading = Self::default();
        let mut readers: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for span in assembled.leaves.iter().filter_map(|leaf| leaf.value.spans().first()) {
            *readers.entry((span.line, span.words.start)).or_default() += 1;
        }
        // A heading over several rows is read for each of them.
        let is_shared = |leaf: &AssembledLeaf<'_>| {
            let first = leaf.value.spans().first();
            first.is_some_and(|span| readers.get(&(span.line, span.words.start)).is_some_and(|&count| count > 1))
        };
        for leaf in assembled.leaves.iter().filter(|leaf| leaf.value.embedded.is_none()) {
            let is_caught = match &leaf.value.proof {
                Proof::Inferred | Proof::Seen { .. } => continue,
                Proof::Text { .. } => {
                    leaf.value.is_stray && !is_shared(leaf) || wrong.contains(leaf.pointer.as_str())
                }
                Proof::Ambiguous { .. } => {
                    leaf.value.is_stray && !by_equation.contains(leaf.pointer.as_str())
                }
                Proof::NotFound => !by_equation.contains(leaf.pointer.as_str()),
            };
            reading.copied += 1;
            reading.caught += usize::from(is_caught);
        }
        reading
    }

    /// Whether the model's word alone isn't enough.
    pub(crate) fn is_doubtful(self) -> bool {
        self.caught >= CAUGHT_MIN && self.caught * CAUGHT_ONE_IN >= self.copied
    }
}

/// The values for which only the model's word speaks: no label, no heading, and no equation (`confirmed`).
pub(crate) fn without_witness<'a>(
    assembled: &'a Assembled<'_>,
    asked: &[Asked<'a>],
    labels: &Labels<'_>,
    confirmed: &BTreeSet<&str>,
) -> BTreeSet<&'a str> {
    let labelled = asked.iter().filter(|asked| !asked.assembled.value.is_stray && labels.confirm(asked));
    let labelled: BTreeSet<&str> = labelled.map(|asked| asked.assembled.pointer.as_str()).collect();
    let is_by_text = |leaf: &&AssembledLeaf<'_>| {
        leaf.value.embedded.is_none() && matches!(leaf.value.proof, Proof::Text { .. })
    };
    let leaves = assembled.leaves.iter().filter(is_by_text).map(|leaf| leaf.pointer.as_str());
    leaves.filter(|pointer| !labelled.contains(pointer) && !confirmed.contains(pointer)).collect()
}

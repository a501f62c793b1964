//! Whether a reading that was caught in errors is believed where nothing but its own word speaks for a value.
//!
//! Used by [`doubts`](crate::doubt::doubts). That a value stands where the model says it read it proves much if the model
//! is right nearly always: then a value of the right kind in a right place is hardly the wrong one. A model that names
//! places where its values don't stand, or gives labels for values, is wrong elsewhere too, where nothing shows it. So once a
//! reading was caught, a value needs a second witness: its own label beside it, its column's heading over it, or an
//! equation that holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::assemble::{Assembled, AssembledLeaf, LeafPlace};
use crate::ground::leaf::Proof;
use crate::labelled::{Asked, Labels};

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
    /// Counts what is `misread` by what it is, and what doesn't stand where it should. What an equation proves was worked
    /// out, not misread.
    pub(crate) fn of(
        assembled: &Assembled<'_>,
        misread: &BTreeSet<&str>,
        by_equation: &BTreeSet<&str>,
    ) -> Self {
        let mut readers: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let place =
            |leaf: &AssembledLeaf<'_>| leaf.value.spans().first().map(|span| (span.line, span.words.start));
        for place in assembled.leaves.iter().filter_map(place) {
            *readers.entry(place).or_default() += 1;
        }
        // A heading over several rows is read for each of them.
        let is_shared = |leaf: &AssembledLeaf<'_>| {
            place(leaf).is_some_and(|place| readers.get(&place).is_some_and(|&count| count > 1))
        };
        let is_stray = |leaf: &&&AssembledLeaf<'_>| match &leaf.value.proof {
            Proof::Inferred | Proof::Seen { .. } | Proof::NotFound => false,
            Proof::Text { .. } => leaf.value.is_stray() && !is_shared(leaf),
            Proof::Ambiguous { .. } => leaf.value.is_stray() && !by_equation.contains(leaf.pointer.as_str()),
        };
        let is_copied = |leaf: &&AssembledLeaf<'_>| match &leaf.value.proof {
            Proof::Inferred | Proof::Seen { .. } => false,
            Proof::Text { .. } | Proof::Ambiguous { .. } | Proof::NotFound => leaf.value.embedded.is_none(),
        };
        let copied: Vec<&AssembledLeaf<'_>> = assembled.leaves.iter().filter(is_copied).collect();
        // Who counts lines wrongly names hardly any that is right: the numbers say nothing of the values then.
        let fields = copied.iter().filter(|leaf| matches!(leaf.place, Some(LeafPlace::Field { .. })));
        let rows = assembled.tables.iter().flat_map(|table| table.rows);
        let rows = rows.filter_map(|row| Some(row.named? != row.anchor?));
        let is_off = |leaf: &&AssembledLeaf<'_>| leaf.value.lines_astray.is_some();
        let named: Vec<bool> = fields.map(is_off).chain(rows).collect();
        let names_lines = named.iter().filter(|&&is_off| is_off).count() * 2 < named.len();
        let is_caught = |leaf: &&&AssembledLeaf<'_>| {
            let pointer = leaf.pointer.as_str();
            let is_nowhere = leaf.value.proof == Proof::NotFound && !by_equation.contains(pointer);
            misread.contains(pointer) || is_nowhere || names_lines && is_stray(leaf)
        };
        Self { copied: copied.len(), caught: copied.iter().filter(is_caught).count() }
    }

    /// Whether the model's word alone isn't enough.
    pub(crate) fn is_doubtful(self) -> bool {
        self.caught > 0 && self.caught * CAUGHT_ONE_IN >= self.copied
    }
}

/// The values for which only the model's word speaks: no label, no heading, and no equation (`confirmed`).
pub(crate) fn without_witness<'a>(
    assembled: &'a Assembled<'_>,
    asked: &[Asked<'a>],
    labels: &Labels<'_>,
    confirmed: &BTreeSet<&str>,
) -> BTreeSet<&'a str> {
    let labelled = asked.iter().filter(|asked| !asked.assembled.value.is_stray() && labels.confirm(asked));
    let labelled: BTreeSet<&str> = labelled.map(|asked| asked.assembled.pointer.as_str()).collect();
    let is_by_text = |leaf: &&AssembledLeaf<'_>| {
        leaf.value.embedded.is_none() && matches!(leaf.value.proof, Proof::Text { .. })
    };
    let leaves = assembled.leaves.iter().filter(is_by_text).map(|leaf| leaf.pointer.as_str());
    leaves.filter(|pointer| !labelled.contains(pointer) && !confirmed.contains(pointer)).collect()
}

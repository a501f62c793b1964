//! Trees of names and of numbers, as PDF keeps long lists.
//!
//! Used for embedded files, named destinations and page labels. A tree may contain itself, and a thousand nodes may
//! share one list: what is visited is bounded whatever the shape.

use std::collections::BTreeSet;

use lopdf::{Document, Object};

/// Nodes visited in a tree. 10,000: a node holds some dozen entries, and the largest lists have some 100,000.
const NODES_MAX: usize = 10_000;
/// Entries visited in a tree. 200,000: as many as named destinations of a manual of 20,000 pages.
const ENTRIES_MAX: usize = 200_000;

/// Calls `visit` with every key and value of the tree at `root`, in the tree's order; `leaves` is the key of the lists
/// (`Names` or `Nums`). Whether all was visited.
pub(super) fn visit<'a>(
    document: &'a Document,
    root: &'a Object,
    leaves: &[u8],
    mut visit: impl FnMut(&'a Object, &'a Object),
) -> bool {
    let mut nodes = vec![root];
    let mut seen = BTreeSet::new();
    let (mut nodes_left, mut entries_left) = (NODES_MAX, ENTRIES_MAX);
    let mut is_whole = true;
    while let Some(node) = nodes.pop() {
        let Ok((id, Object::Dictionary(node))) = document.dereference(node) else { continue };
        if id.is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        if let Ok(list) = node.get_deref(leaves, document).and_then(Object::as_array) {
            for pair in list.chunks_exact(2).take(entries_left) {
                if let [key, value] = pair {
                    visit(key, value);
                }
            }
            is_whole &= list.len() / 2 <= entries_left;
            entries_left = entries_left.saturating_sub(list.len() / 2);
        }
        if let Ok(kids) = node.get_deref(b"Kids", document).and_then(Object::as_array) {
            is_whole &= kids.len() <= nodes_left;
            let kids = kids.get(..nodes_left).unwrap_or(kids);
            nodes_left -= kids.len();
            nodes.extend(kids.iter().rev());
        }
    }
    is_whole
}

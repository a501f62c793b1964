//! The list of a collection's documents: what the analyser counts against and `reconcile` puts back from.
//!
//! Called by `submit` and `run`, before the first job is out, so that no document is accepted that isn't listed.

use std::collections::HashMap;

use docmill_chassis::delivery::Trace;
use docmill_contract::collection::{Manifest, ManifestEntry};
use docmill_contract::identity::CollectionId;

use super::plan::Planned;
use crate::error::CliError;
use crate::session::Session;

/// What becomes of documents that are listed already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// They stay.
    Added,
    /// They are no longer listed: the new ones are the whole collection.
    Whole,
}

/// Lists the documents, and returns the list's sequence. A list that says so already stays as it is: a new one would make the
/// analyser say anew that the collection is done.
///
/// # Errors
/// If NATS refuses it.
pub(crate) async fn list(
    session: &Session,
    collection: &CollectionId,
    planned: &[Planned<'_>],
    listing: Listing,
) -> Result<u64, CliError> {
    let change = |there: Option<Manifest>| {
        let new = planned.iter().map(|planned| planned.entry.clone());
        let before = there.map(|there| there.documents).unwrap_or_default();
        let documents = match listing {
            Listing::Added => added(before.clone(), new),
            Listing::Whole => new.collect(),
        };
        let created = jiff::Timestamp::now().to_string();
        (documents != before).then(|| Manifest::new(collection.clone(), documents, created))
    };
    let listed = session.stores.collections.change_manifest(collection, change, &Trace::default()).await;
    listed.map_err(|error| CliError::nats(format!("write the manifest of {collection}"), error))
}

/// The entries that were there, those that are new in place of the ones with the same id, and then the others.
fn added(before: Vec<ManifestEntry>, new: impl Iterator<Item = ManifestEntry>) -> Vec<ManifestEntry> {
    let places = before.iter().enumerate().map(|(place, entry)| (entry.document.clone(), place));
    let places: HashMap<_, _> = places.collect();
    let mut all = before;
    for entry in new {
        match places.get(&entry.document).and_then(|&place| all.get_mut(place)) {
            Some(there) => *there = entry,
            None => all.push(entry),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_again_keeps_its_place() {
        let entry = |document: &str, name: &str| ManifestEntry {
            document: document.parse().unwrap(),
            name: name.to_owned(),
            lane: None,
            job: None,
        };
        let before = vec![entry("a", "1"), entry("b", "2")];
        let all = added(before, [entry("c", "3"), entry("a", "4")].into_iter());
        assert_eq!(all, [entry("a", "4"), entry("b", "2"), entry("c", "3")]);
    }
}

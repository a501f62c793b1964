//! Recalling what was extracted: outcomes, and the profiles they were read with.
//!
//! Called by `job`. Profiles are recalled by content digest, so that a record is checked by the rules it was read
//! with, whatever its profile's name means today.

use std::collections::BTreeMap;

use docmill_analysis::Recalled;
use docmill_chassis::stores::{Kept, Profiles, StoreError};
use docmill_contract::identity::Sha256Hex;
use docmill_contract::outcome::Outcome;
use docmill_contract::profile::Profile;

/// Outcomes with their profiles, ready to be computed with.
#[derive(Debug)]
pub(crate) struct Recall {
    pub(crate) outcomes: Vec<Recalled>,
    pub(crate) profiles: BTreeMap<Sha256Hex, Profile>,
}

/// Adds the profiles that `outcomes` were read with. One that isn't kept any more is left out: its records are
/// counted, but can't be checked.
pub(crate) async fn with_profiles(
    outcomes: Vec<Kept<Outcome>>,
    profiles: &Profiles,
) -> Result<Recall, StoreError> {
    let mut recall = Recall { outcomes: Vec::with_capacity(outcomes.len()), profiles: BTreeMap::new() };
    for Kept { value: outcome, sequence, .. } in outcomes {
        if let Some(reference) = &outcome.profile
            && !recall.profiles.contains_key(&reference.digest)
            && let Some(profile) = profiles.by_digest(&reference.digest).await?
        {
            recall.profiles.insert(reference.digest.clone(), profile);
        }
        recall.outcomes.push(Recalled { outcome, sequence });
    }
    Ok(recall)
}

//! Recalling what was extracted: outcomes, and the profiles they were read with.
//!
//! Called by `job`. Profiles are recalled by content digest, so that a record is checked by the rules it was read
//! with, whatever its profile's name means today.

use std::collections::BTreeMap;

use docmill_analysis::Recalled;
use docmill_chassis::stores::{Kept, Profiles, StoreError};
use docmill_contract::identity::Sha256Hex;
use docmill_contract::outcome::{Outcome, ProfileReference};
use docmill_contract::profile::Profile;

/// The profiles that were asked for, by the digests of their content. One that isn't kept any more is left out: its records
/// are counted, but can't be checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownProfiles(pub(crate) BTreeMap<Sha256Hex, Profile>);

impl KnownProfiles {
    /// Recalls those of `references` that aren't known yet.
    pub(crate) async fn recall<'r>(
        &mut self,
        references: impl Iterator<Item = &'r ProfileReference>,
        profiles: &Profiles,
    ) -> Result<(), StoreError> {
        for reference in references {
            if !self.0.contains_key(&reference.digest)
                && let Some(profile) = profiles.by_digest(&reference.digest).await?
            {
                self.0.insert(reference.digest.clone(), profile);
            }
        }
        Ok(())
    }
}

/// An outcome as the analyses take it.
pub(crate) fn recalled(kept: Kept<Outcome>) -> Recalled {
    Recalled { outcome: kept.value, sequence: kept.sequence }
}

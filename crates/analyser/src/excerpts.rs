//! The excerpts that a report is made of: those that were kept, and new ones of the outcomes behind them.
//!
//! Called by `report`. Excerpts chain: each says from which sequence of the stream to which it covers a collection's outcomes,
//! and the next one begins there. Only full ones are kept, so a report reads again what has come since the last full
//! one: less than `analysis.documents_per_excerpt`, and what is new. Kept ones may be lost, or be of another version: from
//! there on outcomes are read again.

use std::collections::HashSet;

use docmill_analysis::{Range, Recalled};
use docmill_chassis::stores::StoreError;
use docmill_contract::excerpt::Excerpt;
use docmill_contract::identity::CollectionId;
use docmill_contract::spec::AnalysisSpec;

use crate::app::Analyser;
use crate::error::AnalyseError;
use crate::recall::{KnownProfiles, recalled};

/// Everything that a report is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Material {
    pub(crate) excerpts: Vec<Excerpt>,
    pub(crate) profiles: KnownProfiles,
    /// How many of the excerpts had been kept.
    pub(crate) kept: usize,
}

/// Whether excerpts that were kept are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// Where there are some.
    OnlyWhatIsNew,
    /// No: everything is read from outcomes.
    Everything,
}

impl Analyser {
    /// What a report of `collection` is made of. With a `spec` that isn't the profiles' own, nothing is kept.
    pub(crate) async fn material(
        &self,
        collection: &CollectionId,
        spec: Option<&AnalysisSpec>,
        read: Read,
    ) -> Result<Material, AnalyseError> {
        if read == Read::Everything || spec.is_some() {
            return self.read_on(collection, Material::default(), spec).await;
        }
        let material = self.read_on(collection, self.kept(collection).await?, None).await?;
        if self.is_sound(collection, &material).await? {
            return Ok(material);
        }
        tracing::info!(%collection, "outcomes went away, or most were replaced: excerpts are made anew");
        self.read_on(collection, Material::default(), None).await
    }

    /// The excerpts that were kept, as far as they follow each other.
    async fn kept(&self, collection: &CollectionId) -> Result<Material, StoreError> {
        let mut material = Material::default();
        while let Some(excerpt) = self.stores.excerpts.get(collection, material.through()).await? {
            // Another version may find other things in the same outcomes; and what leads nowhere isn't followed.
            if excerpt.docmill != env!("CARGO_PKG_VERSION") || excerpt.through <= material.through() {
                break;
            }
            let profiles = excerpt.documents.iter().filter_map(|document| document.profile.as_ref());
            material.profiles.recall(profiles, &self.stores.profiles).await?;
            material.excerpts.push(excerpt);
            material.kept += 1;
        }
        Ok(material)
    }

    /// Reads the outcomes that `material` doesn't cover, and keeps what is full of it.
    async fn read_on(
        &self,
        collection: &CollectionId,
        mut material: Material,
        spec: Option<&AnalysisSpec>,
    ) -> Result<Material, AnalyseError> {
        let mut listing = self.stores.outcomes.since(collection, material.through()).await?;
        let full = self.documents_per_excerpt;
        let mut waiting: Vec<Recalled> = Vec::new();
        loop {
            let outcomes = listing.next().await?;
            let is_last = outcomes.is_empty();
            waiting.extend(outcomes.into_iter().map(recalled));
            while waiting.len() >= full {
                let rest = waiting.split_off(full);
                let outcomes = std::mem::replace(&mut waiting, rest);
                let excerpt = self.excerpt(collection, &mut material, outcomes, spec).await?;
                if spec.is_none() {
                    self.keep(&excerpt).await;
                }
                material.excerpts.push(excerpt);
            }
            if is_last {
                break;
            }
        }
        if !waiting.is_empty() {
            let excerpt = self.excerpt(collection, &mut material, waiting, spec).await?;
            material.excerpts.push(excerpt);
        }
        Ok(material)
    }

    /// Keeps an excerpt. That it can't be kept is no reason to do without the report.
    async fn keep(&self, excerpt: &Excerpt) {
        if let Err(error) = self.stores.excerpts.put(excerpt).await {
            let collection = &excerpt.collection;
            tracing::warn!(%collection, %error, "an excerpt can't be kept: its outcomes will be read again");
        }
    }

    async fn excerpt(
        &self,
        collection: &CollectionId,
        material: &mut Material,
        outcomes: Vec<Recalled>,
        spec: Option<&AnalysisSpec>,
    ) -> Result<Excerpt, AnalyseError> {
        let references = outcomes.iter().filter_map(|recalled| recalled.outcome.profile.as_ref());
        material.profiles.recall(references, &self.stores.profiles).await?;
        let after = material.through();
        let through = outcomes.iter().map(|recalled| recalled.sequence).max().unwrap_or(after);
        let range = Range { collection: collection.clone(), after, through };
        let (profiles, spec) = (material.profiles.clone(), spec.cloned());
        let excerpt = self
            .cpu
            .run(move || docmill_analysis::excerpt(range, &outcomes, &profiles.0, spec.as_ref()))
            .await?;
        Ok(excerpt)
    }

    /// Whether the excerpts tell of no document that has gone, and half of what they tell still counts.
    async fn is_sound(&self, collection: &CollectionId, material: &Material) -> Result<bool, StoreError> {
        if material.kept == 0 {
            return Ok(true);
        }
        let told = material.excerpts.iter().map(|excerpt| excerpt.documents.len()).sum::<usize>();
        let documents = material.documents();
        let there = self.stores.outcomes.count(collection).await?;
        Ok(u64::try_from(documents).unwrap_or(u64::MAX) <= there && documents * 2 >= told)
    }
}

impl Material {
    /// Up to which sequence of the stream the excerpts cover everything.
    fn through(&self) -> u64 {
        self.excerpts.last().map_or(0, |excerpt| excerpt.through)
    }

    /// How many documents they are of.
    pub(crate) fn documents(&self) -> usize {
        let documents = self.excerpts.iter().flat_map(|excerpt| &excerpt.documents);
        documents.map(|document| document.id().as_str()).collect::<HashSet<_>>().len()
    }
}

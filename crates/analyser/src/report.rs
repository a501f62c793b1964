//! The report of a collection, from excerpts of its outcomes.
//!
//! Called by `job`. A report is made in three steps, so that not all outcomes are in memory at once: excerpts, the report of
//! these, and the outcomes of the documents that its findings name, which say where on their pages.

use docmill_analysis::ReportError;
use docmill_chassis::metrics::JobStage;
use docmill_chassis::stores::StoreError;
use docmill_contract::analysis::Analysis;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::spec::AnalysisSpec;
use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::app::Analyser;
use crate::error::AnalyseError;
use crate::excerpts::{Material, Read};
use crate::recall::recalled;

/// Outcomes that are recalled at once for the places of findings.
const OUTCOMES_AT_ONCE: usize = 16;

impl Analyser {
    /// The report of `collection` as it is now.
    pub(crate) async fn made_report(
        &self,
        collection: &CollectionId,
        spec: Option<&AnalysisSpec>,
        read: Read,
    ) -> Result<Analysis, AnalyseError> {
        let material = self.stages.time(JobStage::Recall, self.material(collection, spec, read)).await?;
        let (documents, kept) = (material.documents(), material.kept);
        let draft = match self.drafted(collection, material, spec).await? {
            // What was kept doesn't fit any more; what is made now does.
            Err(ReportError::Stale { .. }) if kept > 0 => {
                let anew = self.material(collection, spec, Read::Everything);
                let material = self.stages.time(JobStage::Recall, anew).await?;
                self.drafted(collection, material, spec).await?
            }
            drafted => drafted,
        }?;
        tracing::debug!(%collection, documents, kept, "the report is drafted");
        let wanted = self.stages.time(JobStage::Recall, self.outcomes_of(collection, draft.wanted())).await?;
        Ok(self.stages.time(JobStage::Compute, self.cpu.run(move || draft.witnessed(&wanted))).await?)
    }

    async fn drafted(
        &self,
        collection: &CollectionId,
        material: Material,
        spec: Option<&AnalysisSpec>,
    ) -> Result<Result<docmill_analysis::Draft, ReportError>, AnalyseError> {
        let (of, spec) = (collection.clone(), spec.cloned());
        let draft =
            move || docmill_analysis::report(&of, &material.excerpts, &material.profiles.0, spec.as_ref());
        Ok(self.stages.time(JobStage::Compute, self.cpu.run(draft)).await?)
    }

    /// The outcomes of these documents, those that are still there.
    async fn outcomes_of(
        &self,
        collection: &CollectionId,
        documents: Vec<DocumentId>,
    ) -> Result<Vec<docmill_analysis::Recalled>, StoreError> {
        let outcomes = documents.into_iter().map(|document| async move {
            let outcome = self.stores.outcomes.current(collection, &document).await?;
            Ok(outcome.map(recalled))
        });
        let outcomes = futures_util::stream::iter(outcomes).buffered(OUTCOMES_AT_ONCE);
        let found: Vec<Option<docmill_analysis::Recalled>> = outcomes.try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }
}

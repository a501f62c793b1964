//! Writing an analysis so that the newest one wins, whoever writes at the same time.

use docmill_chassis::delivery::Trace;
use docmill_chassis::stores::{Kept, ReplaceError, StoreError};
use docmill_contract::analysis::Analysis;

use crate::app::Analyser;
use crate::error::AnalyseError;

/// How often an analysis is tried to be written against others that write the same one.
const REPLACE_ATTEMPTS_MAX: u32 = 8;

impl Analyser {
    /// Writes `analysis` unless one that covers as much is there, and says which revision is there then.
    /// `is_asked` writes it even so: a person wants it made again.
    pub(crate) async fn publish(
        &self,
        mut analysis: Analysis,
        is_asked: bool,
        trace: &Trace,
    ) -> Result<u32, AnalyseError> {
        for _ in 0..REPLACE_ATTEMPTS_MAX {
            let current = self.current(&analysis).await?;
            let covers = |kept: &Kept<Analysis>| {
                kept.value.covers.last_outcome_sequence >= analysis.covers.last_outcome_sequence
                    && kept.value.covers.outcomes >= analysis.covers.outcomes
            };
            if let Some(kept) = current.as_ref().filter(|kept| covers(kept) && !is_asked) {
                return Ok(kept.value.revision);
            }
            let (revision, sequence) =
                current.map_or((1, 0), |kept| (kept.value.revision.saturating_add(1), kept.sequence));
            analysis.revision = revision;
            match self.stores.analyses.replace(&analysis, sequence, trace).await {
                Ok(_sequence) => return Ok(revision),
                Err(ReplaceError::Superseded) => {}
                Err(ReplaceError::Store(error)) => return Err(error.into()),
            }
        }
        Err(AnalyseError::Contended)
    }

    async fn current(&self, analysis: &Analysis) -> Result<Option<Kept<Analysis>>, StoreError> {
        match &analysis.document {
            Some(document) => self.stores.analyses.document(&analysis.collection, document).await,
            None => self.stores.analyses.report(&analysis.collection).await,
        }
    }
}

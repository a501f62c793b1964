//! Profiles compiled, each content once: checking a schema and compiling it takes longer than reading a page.
//!
//! Called by `job` for every document. It remembers a few, which is what a fleet works with at a time; those of jobs that bring
//! their own schemas push them out, which costs time and nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use docmill_chassis::cpu::Cpu;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::profile::Profile;
use docmill_extraction::Task;

use crate::error::JobError;

/// How many are remembered. Past it all are forgotten: a wide schema with patterns takes megabytes.
const REMEMBERED_MAX: usize = 16;

/// The profiles that were used lately, by the digest of their content.
#[derive(Debug, Default)]
pub(crate) struct CompiledProfiles {
    tasks: Mutex<HashMap<Sha256Hex, Arc<Task>>>,
}

impl CompiledProfiles {
    /// The profile's schema, checked and lowered; `digest` is the profile's.
    pub(crate) async fn task(
        &self,
        profile: Profile,
        digest: &Sha256Hex,
        cpu: &Cpu,
    ) -> Result<Arc<Task>, JobError> {
        let remembered = self.remembered().get(digest).map(Arc::clone);
        if let Some(task) = remembered {
            return Ok(task);
        }
        // Two jobs may do this at the same moment; they come to the same.
        let compiled =
            cpu.run(move || Task::new(&profile.schema, &profile.instructions, &profile.rules)).await?;
        let task = compiled.map(Arc::new).map_err(JobError::Schema)?;
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(digest.clone(), Arc::clone(&task));
        Ok(task)
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<Sha256Hex, Arc<Task>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use docmill_chassis::metrics::Metrics;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_content_is_compiled_once_and_few_are_remembered() {
        let cpu = Cpu::new(1, &Metrics::new()).unwrap();
        let compiled = CompiledProfiles::default();
        let profile = |name: &str| {
            Profile::inline(json!({"type": "object", "properties": {name: {"type": "string"}}}), None)
        };
        let task = async |profile: Profile| {
            let digest = profile.digest();
            compiled.task(profile, &digest, &cpu).await
        };
        let (first, again) = (task(profile("a")).await.unwrap(), task(profile("a")).await.unwrap());
        assert!(Arc::ptr_eq(&first, &again));
        let other = task(profile("b")).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &other));
        for number in 0..100 {
            task(profile(&format!("p{number}"))).await.unwrap();
            assert!(compiled.remembered().len() <= REMEMBERED_MAX);
        }
        let wrong = Profile::inline(json!({"type": "nothing"}), None);
        assert!(matches!(task(wrong).await, Err(JobError::Schema(_))), "an error is no profile to remember");
    }
}

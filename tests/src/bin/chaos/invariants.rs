//! What must be true in the end, whatever happened: a function for each, and each names what breaks it.
//!
//! Called by `run`. `docs/guarantees.md` states the same in the same order.

use std::collections::{BTreeMap, BTreeSet};

use docmill_chassis::stores::Swept;
use docmill_contract::failure::FailureCode;
use docmill_contract::identity::CollectionId;
use docmill_contract::outcome::{Outcome, Status};

use crate::evidence::{Evidence, Key, Stored};
use crate::storm::Counts;
use crate::submit::Accepted;

/// Everything a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) accepted: BTreeMap<Key, Accepted>,
    pub(crate) evidence: Evidence,
    pub(crate) counts: Counts,
    /// What workers did that no worker may do.
    pub(crate) complaints: Vec<String>,
    /// What was swept before the evidence was gathered.
    pub(crate) swept: Swept,
}

/// One invariant.
#[derive(Debug)]
pub(crate) struct Invariant {
    pub(crate) statement: &'static str,
    /// What breaks it.
    pub(crate) check: fn(&Run) -> Vec<String>,
}

/// All of them.
pub(crate) const INVARIANTS: [Invariant; 12] = [
    Invariant { statement: "Every accepted document has an outcome: none is lost.", check: lost },
    Invariant {
        statement: "It has one outcome, written once: none is done twice, and none is there that nobody sent.",
        check: twice,
    },
    Invariant { statement: "Every document that isn't poison has a record.", check: without_record },
    Invariant { statement: "Every poison document has failed, with a code of reading.", check: poison },
    Invariant {
        statement: "Every collection is said to be done exactly once, with the right counts.",
        check: done,
    },
    Invariant { statement: "Nothing is left in a queue.", check: pending },
    Invariant { statement: "Failed documents, and no others, have a dead letter.", check: dead_letters },
    Invariant { statement: "Every outcome is analysed, and every report covers them all.", check: analysed },
    Invariant {
        statement: "Calls paid twice are at most those of jobs whose worker was killed, frozen or held back, or whose server was killed.",
        check: repeated,
    },
    Invariant { statement: "Every object that something names is there.", check: objects },
    Invariant { statement: "Past a sweep there are no orphans.", check: orphans },
    Invariant {
        statement: "No worker ends by itself, and every worker that is told to end does so.",
        check: workers,
    },
];

/// The outcomes of an accepted document, the first one first.
fn outcomes<'a>(run: &'a Run, key: &Key) -> &'a [Stored<Outcome>] {
    run.evidence.outcomes.get(key).map_or(&[], Vec::as_slice)
}

/// Accepted documents with their last outcome.
fn settled(run: &Run) -> impl Iterator<Item = (&Key, &Accepted, &Outcome)> {
    let last = |key| outcomes(run, key).last();
    run.accepted.iter().filter_map(move |(key, accepted)| Some((key, accepted, &last(key)?.value)))
}

pub(crate) fn lost(run: &Run) -> Vec<String> {
    let lost = run.accepted.iter().filter(|(key, _)| outcomes(run, key).is_empty());
    lost.map(|(key, accepted)| format!("{} (job {})", name(key), accepted.receipt.sequence)).collect()
}

pub(crate) fn twice(run: &Run) -> Vec<String> {
    let mut broken = Vec::new();
    for (key, stored) in &run.evidence.outcomes {
        let Some(accepted) = run.accepted.get(key) else {
            broken.push(format!("{} was never sent", name(key)));
            continue;
        };
        // A job that had to be sent again may be a second job: its queue has forgotten the first once that is done.
        let allowed = usize::try_from(accepted.sent).unwrap_or(usize::MAX);
        if stored.len() > allowed {
            let sequences: Vec<u64> = stored.iter().map(|stored| stored.sequence).collect();
            broken.push(format!("{} has {} outcomes, at {sequences:?}", name(key), stored.len()));
        }
        let of_job = stored.last().map(|stored| stored.value.source.job_sequence);
        if accepted.sent == 1 && of_job != Some(accepted.receipt.sequence) {
            broken.push(format!("{} has the outcome of job {of_job:?}", name(key)));
        }
    }
    broken
}

fn without_record(run: &Run) -> Vec<String> {
    let failed = |accepted: &Accepted, outcome: &Outcome| {
        !accepted.is_poison && (outcome.status == Status::Failed || outcome.failure.is_some())
    };
    let failed = settled(run).filter(|(_, accepted, outcome)| failed(accepted, outcome));
    let mut refusals = run.evidence.endpoint.faults.refused;
    let mut broken = Vec::new();
    for (key, _, outcome) in failed {
        let code = outcome.failure.as_ref().map(|failure| failure.code);
        // Each refusal of the model may end one document: that is for the model to say.
        if code == Some(FailureCode::LlmRefused) && refusals > 0 {
            refusals -= 1;
            continue;
        }
        let reason = outcome.failure.as_ref().map_or("", |failure| failure.reason.as_str());
        broken.push(format!("{}: {code:?}, {reason}", name(key)));
    }
    broken
}

fn poison(run: &Run) -> Vec<String> {
    let codes = [FailureCode::ReadLimitExceeded, FailureCode::ReaderLost, FailureCode::PdfDamaged];
    let broken = settled(run).filter(|(_, accepted, outcome)| {
        let code = outcome.failure.as_ref().map(|failure| failure.code);
        accepted.is_poison && !code.is_some_and(|code| codes.contains(&code))
    });
    broken
        .map(|(key, _, outcome)| format!("{}: {:?}, {:?}", name(key), outcome.status, outcome.failure))
        .collect()
}

fn done(run: &Run) -> Vec<String> {
    let collections: BTreeSet<&CollectionId> =
        run.accepted.keys().map(|(collection, _)| collection).collect();
    let mut broken = Vec::new();
    for collection in collections {
        let words = run.evidence.dones.get(collection).map_or(&[][..], Vec::as_slice);
        let [word] = words else {
            broken.push(format!("{collection} was said to be done {} times", words.len()));
            continue;
        };
        let count = |status| {
            let is_it = |key: &Key, outcome: &Outcome| &key.0 == collection && outcome.status == status;
            settled(run).filter(|(key, _, outcome)| is_it(key, outcome)).count()
        };
        let counted = [Status::Verified, Status::NeedsReview, Status::Failed].map(count);
        let said = [word.verified, word.needs_review, word.failed];
        if counted.map(|count| u64::try_from(count).unwrap_or(u64::MAX)) != said
            || word.documents != said.iter().sum::<u64>()
        {
            broken
                .push(format!("{collection}: there are {counted:?} of each verdict, and done says {word:?}"));
        }
    }
    broken
}

fn pending(run: &Run) -> Vec<String> {
    run.evidence.pending.clone()
}

fn dead_letters(run: &Run) -> Vec<String> {
    let failed: BTreeSet<&Key> = settled(run)
        .filter(|(_, _, outcome)| outcome.status == Status::Failed)
        .map(|(key, ..)| key)
        .collect();
    let dead: BTreeSet<&Key> = run.evidence.dead.iter().collect();
    let none = failed.difference(&dead).map(|key| format!("{} failed and has none", name(key)));
    let wrong = dead.difference(&failed).map(|key| format!("{} has one and didn't fail", name(key)));
    let analyses = run.evidence.dead_analyses.iter();
    none.chain(wrong).chain(analyses.map(|key| format!("the analysis of {} failed", name(key)))).collect()
}

fn analysed(run: &Run) -> Vec<String> {
    let mut broken = Vec::new();
    let mut newest: BTreeMap<&CollectionId, (u64, u64)> = BTreeMap::new();
    for (key, stored) in &run.evidence.outcomes {
        let Some(last) = stored.last() else { continue };
        let covered = run.evidence.analyses.get(key).map(|covers| covers.last_outcome_sequence);
        if covered != Some(last.sequence) {
            broken.push(format!("{}: the outcome at {}, analysed {covered:?}", name(key), last.sequence));
        }
        let (outcomes, sequence) = newest.entry(&key.0).or_default();
        (*outcomes, *sequence) = (*outcomes + 1, last.sequence.max(*sequence));
    }
    for (collection, (outcomes, sequence)) in newest {
        let covers = run.evidence.reports.get(collection);
        let covered = covers.map(|covers| (covers.outcomes, covers.last_outcome_sequence));
        if covered != Some((outcomes, sequence)) {
            broken.push(format!(
                "{collection}: {outcomes} outcomes, the last at {sequence}, and its report covers {covered:?}"
            ));
        }
    }
    broken
}

fn repeated(run: &Run) -> Vec<String> {
    let (repeated, bound) = (run.evidence.endpoint.usable_again, run.counts.jobs_at_risk);
    if repeated <= bound {
        return Vec::new();
    }
    vec![format!("{repeated} calls were paid again, and {bound} jobs were held at such moments")]
}

fn objects(run: &Run) -> Vec<String> {
    let stores = [&run.evidence.objects.documents, &run.evidence.objects.payloads];
    stores.into_iter().flat_map(|bucket| bucket.missing.clone()).collect()
}

fn orphans(run: &Run) -> Vec<String> {
    let stores = [&run.evidence.objects.documents, &run.evidence.objects.payloads];
    let mut broken: Vec<String> = stores
        .iter()
        .flat_map(|bucket| &bucket.unnamed)
        .map(|name| format!("nothing names {name}"))
        .collect();
    let chunks: usize = stores.iter().map(|bucket| bucket.stray_chunks).sum();
    if chunks > 0 {
        broken.push(format!("{chunks} chunks belong to no object"));
    }
    broken
}

fn workers(run: &Run) -> Vec<String> {
    run.complaints.clone()
}

fn name((collection, document): &Key) -> String {
    format!("{collection}/{document}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_checked_is_what_is_promised() {
        let page = std::fs::read_to_string(docmill_tests::repository().join("docs/guarantees.md")).unwrap();
        let promised: Vec<&str> =
            page.lines().filter_map(|line| line.split_once(". **")?.1.split("**").next()).collect();
        assert_eq!(promised, INVARIANTS.map(|invariant| invariant.statement));
    }
}

//! Which PDFs messages refer to, whose they are, and the removal of those that nobody else refers to.
//!
//! Called through [`Erasure`]. PDFs and the replies about them belong to no collection: two may share them.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::names::{BUCKET_REPLIES, DEAD_SUBJECTS, OUTCOME_SUBJECTS, reply_keys_of};
use serde_json::Value;

use super::{Erasure, Whose};
use crate::stores::StoreError;
use crate::stores::subjects::{Raw, Subjects};

/// A PDF as messages refer to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pdf {
    /// Its name in the object store.
    pub object: Option<String>,
    /// The digest of its bytes.
    pub sha256: Option<Sha256Hex>,
}

/// Who refers to which PDF.
#[derive(Debug, Clone, Default)]
pub struct Uses {
    /// What is being erased.
    pub ours: BTreeSet<Pdf>,
    objects_of_others: BTreeSet<String>,
    digests_of_others: BTreeSet<Sha256Hex>,
    pub(super) outcomes_through: u64,
    pub(super) dead_letters_through: u64,
}

impl Pdf {
    /// The PDF of an outcome, or of a job where `body` is one.
    pub(in crate::stores) fn of_source(body: &Value) -> Option<Self> {
        let text = |member: &str| body.pointer(member).and_then(Value::as_str);
        let object = text("/source/object").map(str::to_owned);
        let sha256 = text("/source/sha256").and_then(Sha256Hex::read);
        Self { object, sha256 }.some()
    }

    /// The PDF that is a message itself, and is kept under its digest.
    pub(in crate::stores) fn of_bytes(bytes: &[u8]) -> Self {
        let sha256 = Sha256Hex::of(bytes);
        Self { object: Some(sha256.as_str().to_owned()), sha256: Some(sha256) }
    }

    /// It with the digest that its object has, where it gives none.
    pub(super) fn completed(self, digests: &BTreeMap<String, Sha256Hex>) -> Self {
        let of_object = || self.object.as_ref().and_then(|object| digests.get(object)).cloned();
        Self { sha256: self.sha256.clone().or_else(of_object), object: self.object }
    }

    fn some(self) -> Option<Self> {
        (self.object.is_some() || self.sha256.is_some()).then_some(self)
    }
}

impl Uses {
    /// Counts a reference, of a PDF with the digest that its object has.
    pub(super) fn add(&mut self, pdf: Pdf, is_ours: bool) {
        if is_ours {
            self.ours.insert(pdf);
            return;
        }
        self.objects_of_others.extend(pdf.object);
        self.digests_of_others.extend(pdf.sha256);
    }

    /// Whether somebody else refers to a PDF, by its name or by its bytes.
    pub fn has_others(&self, pdf: &Pdf) -> bool {
        pdf.object.as_ref().is_some_and(|object| self.objects_of_others.contains(object))
            || pdf.sha256.as_ref().is_some_and(|sha256| self.digests_of_others.contains(sha256))
    }
}

impl Erasure {
    /// Goes through every job, outcome and dead letter.
    ///
    /// # Errors
    /// If a store is absent or NATS doesn't answer.
    pub async fn uses(&self, whose: &Whose) -> Result<Uses, StoreError> {
        let digests = self.digests().await?;
        let mut uses = Uses::default();
        for (job, is_ours) in self.process_jobs(whose, &digests).await? {
            uses.add(job, is_ours);
        }
        let outcome = |body: &Value| Pdf::of_source(body);
        uses.outcomes_through =
            go_through(&self.outcomes, OUTCOME_SUBJECTS, &whose.outcomes(), outcome, &digests, &mut uses)
                .await?;
        let letter = |body: &Value| Pdf::of_source(body.pointer("/job/body")?);
        uses.dead_letters_through =
            go_through(&self.dead_letters, DEAD_SUBJECTS, &whose.dead_letters(), letter, &digests, &mut uses)
                .await?;
        Ok(uses)
    }

    /// The digest of every PDF by its name.
    pub(super) async fn digests(&self) -> Result<BTreeMap<String, Sha256Hex>, StoreError> {
        let entries = self.documents.entries().await?;
        Ok(entries.into_iter().filter_map(|entry| Some((entry.name, entry.sha256?))).collect())
    }

    /// Removes a PDF, under its name and under its digest, and says how many objects that were. Another PDF that has the
    /// name by now stays.
    ///
    /// # Errors
    /// If the bucket is absent or NATS doesn't answer.
    pub async fn remove_pdf(&self, pdf: &Pdf) -> Result<u64, StoreError> {
        let mut removed = 0;
        let names: BTreeSet<&str> =
            pdf.object.as_deref().into_iter().chain(pdf.sha256.as_ref().map(Sha256Hex::as_str)).collect();
        for name in names {
            let Some(entry) = self.documents.entry(name).await? else { continue };
            let is_another = entry.sha256.is_some() && pdf.sha256.is_some() && entry.sha256 != pdf.sha256;
            if entry.is_deleted || !is_another {
                removed += u64::from(self.documents.erase(&entry).await?);
            }
        }
        Ok(removed)
    }

    /// Removes every reply to a question about a PDF.
    ///
    /// # Errors
    /// If the bucket is absent or NATS doesn't answer.
    pub async fn remove_replies(&self, pdf: &Pdf) -> Result<u64, StoreError> {
        let Some(sha256) = &pdf.sha256 else { return Ok(0) };
        self.replies.purge(&format!("$KV.{BUCKET_REPLIES}.{}", reply_keys_of(sha256))).await
    }

    /// What of a PDF is there: objects, and replies about it.
    ///
    /// # Errors
    /// If a bucket is absent or NATS doesn't answer.
    pub async fn pdf_left(&self, pdf: &Pdf) -> Result<(u64, u64), StoreError> {
        let object = match &pdf.object {
            Some(object) => self.documents.entry(object).await?.filter(|entry| entry.sha256 == pdf.sha256),
            None => None,
        };
        let replies = match &pdf.sha256 {
            Some(sha256) => {
                self.replies.count(&format!("$KV.{BUCKET_REPLIES}.{}", reply_keys_of(sha256))).await?
            }
            None => 0,
        };
        Ok((u64::from(object.is_some()), replies))
    }
}

/// Counts the references of all messages, every revision of them, and returns the sequence of the last of ours.
async fn go_through(
    store: &Subjects,
    all: &str,
    ours: &str,
    pdf: impl Fn(&Value) -> Option<Pdf>,
    digests: &BTreeMap<String, Sha256Hex>,
    uses: &mut Uses,
) -> Result<u64, StoreError> {
    let mut listing = store.since(all, 0).await?;
    let mut through = 0;
    loop {
        let raws = listing.next().await?;
        if raws.is_empty() {
            return Ok(through);
        }
        for Raw { subject, sequence, payload, .. } in raws {
            let is_ours = matches(ours, &subject);
            if is_ours {
                through = through.max(sequence);
            }
            if let Some(pdf) = read(&payload).and_then(|body| pdf(&body)) {
                uses.add(pdf.completed(digests), is_ours);
            }
        }
    }
}

fn read(payload: &Bytes) -> Option<Value> {
    serde_json::from_slice(payload).ok()
}

/// Whether a subject matches a filter whose tokens are names or `*`.
fn matches(filter: &str, subject: &str) -> bool {
    let (mut wanted, mut tokens) = (filter.split('.'), subject.split('.'));
    loop {
        match (wanted.next(), tokens.next()) {
            (None, None) => return true,
            (Some(wanted), Some(token)) if wanted == "*" || wanted == token => {}
            (_, _) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_whole_subjects() {
        for (filter, subject, expected) in [
            ("docmill.outcome.q3.*", "docmill.outcome.q3.a", true),
            ("docmill.outcome.q3.*", "docmill.outcome.q33.a", false),
            ("docmill.outcome.q3.*", "docmill.outcome.q3", false),
            ("docmill.dead.*.q3.a", "docmill.dead.process.q3.a", true),
            ("docmill.dead.*.q3.a", "docmill.dead.process.q3.a.b", false),
        ] {
            assert_eq!(matches(filter, subject), expected, "{filter} {subject}");
        }
    }

    #[test]
    fn a_pdf_is_shared_by_name_or_by_bytes() {
        let sha256 = |text: &str| Some(Sha256Hex::of(text.as_bytes()));
        let pdf = |object: &str, bytes: &str| Pdf { object: Some(object.to_owned()), sha256: sha256(bytes) };
        let mut uses = Uses::default();
        uses.add(pdf("a.pdf", "a"), false);
        uses.add(pdf("b.pdf", "b"), true);
        assert!(uses.has_others(&pdf("a.pdf", "new")) && uses.has_others(&pdf("other.pdf", "a")));
        assert!(!uses.has_others(&pdf("b.pdf", "b")) && !uses.has_others(&Pdf::default()));
    }

    #[test]
    fn what_is_no_digest_leads_nowhere() {
        let body = serde_json::json!({"source": {"sha256": ">", "object": "a"}});
        assert_eq!(Pdf::of_source(&body), Some(Pdf { object: Some("a".to_owned()), sha256: None }));
        assert_eq!(Pdf::of_source(&serde_json::json!({"source": {"url": "https://a"}})), None);
    }
}

//! What the documents of a collection may cost together, where the operator says so.
//!
//! [`Asker`](super::Asker) calls [`CollectionBudget::check`] before a call and [`CollectionBudget::paid`] after its
//! reply. The spend is one small entry in the KV `docmill-quota` for each collection and currency, in exact decimals,
//! which all workers add to by compare-and-swap. Without a budget nothing is read or written.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use docmill_chassis::settle::spread;
use docmill_chassis::stores::{QuotaLedgers, StoreError};
use docmill_contract::identity::{CollectionId, Sha256Hex};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::error::{JobError, chain};
use crate::llm::Reply;
use crate::tally::Prices;

/// How often one addition is tried against other workers'; what isn't written then is added with the next.
const CONFLICTS_MAX: u32 = 8;

/// The longest pause after the first conflict; it doubles with each further one.
const CONFLICT_PAUSE: Duration = Duration::from_millis(4);

/// The budget of every collection. None: nothing is counted.
#[derive(Debug)]
pub struct CollectionBudget(Option<Budget>);

#[derive(Debug)]
struct Budget {
    cost_max: Decimal,
    prices: Prices,
    ledgers: QuotaLedgers,
    /// What this worker paid and hasn't written; a collection leaves it when its sum is written.
    unwritten: Mutex<HashMap<CollectionId, Decimal>>,
    /// Held by whoever reads or writes, so that this worker isn't in its own way and counts nothing twice.
    writing: tokio::sync::Mutex<()>,
}

/// The entry as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Spend {
    /// For people who look into the bucket, as is the currency.
    collection: CollectionId,
    currency: String,
    /// A decimal, as text.
    spent: String,
}

impl CollectionBudget {
    /// The budget, if there is one and prices say what tokens cost.
    pub fn new(cost_max: Option<Decimal>, prices: Option<Prices>, ledgers: QuotaLedgers) -> Self {
        let budget = cost_max.zip(prices);
        Self(budget.map(|(cost_max, prices)| Budget {
            cost_max,
            prices,
            ledgers,
            unwritten: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }))
    }

    /// Whether a document of this collection may ask once more. Calls that are under way, here and in other workers,
    /// aren't counted yet: the collection can go over by those.
    ///
    /// # Errors
    /// If the budget is used up, or what was spent can't be read.
    pub async fn check(&self, collection: &CollectionId) -> Result<(), JobError> {
        let Some(budget) = &self.0 else { return Ok(()) };
        let spent = budget.spent(collection).await?;
        if spent < budget.cost_max {
            return Ok(());
        }
        Err(JobError::CollectionCostBudget {
            collection: collection.clone(),
            spent: spent.normalize(),
            cost_max: budget.cost_max,
            currency: budget.prices.currency.clone(),
        })
    }

    /// A reply was paid. What can't be written now is counted by this worker and written with the next: the reply is
    /// there and is worth more than the sum.
    pub async fn paid(&self, collection: &CollectionId, reply: &Reply) {
        let Some(budget) = &self.0 else { return };
        let cost = budget.prices.cost_of_tokens(reply.prompt_tokens, reply.completion_tokens);
        if cost.is_zero() {
            return;
        }
        {
            let mut unwritten = budget.unwritten();
            let sum = unwritten.entry(collection.clone()).or_default();
            *sum = sum.saturating_add(cost);
        }
        if let Err(error) = budget.spent(collection).await {
            tracing::warn!(%collection, error = chain(&error), "what the collection spent can't be written yet");
        }
    }
}

impl Budget {
    /// What the collection has spent, with what this worker had still to add. That is written on the way; where it can't be,
    /// it is counted all the same.
    async fn spent(&self, collection: &CollectionId) -> Result<Decimal, StoreError> {
        let _writing = self.writing.lock().await;
        let digest = self.digest(collection);
        let mut attempt = 0;
        loop {
            let kept = self.ledgers.spend(&digest).await?;
            let revision = kept.as_ref().map_or(0, |kept| kept.sequence);
            let before =
                kept.and_then(|kept| kept.value).map_or(Decimal::ZERO, |bytes| read(&bytes, collection));
            let ours = self.unwritten().get(collection).copied().unwrap_or_default();
            let spent = before.saturating_add(ours);
            if ours.is_zero() {
                return Ok(spent);
            }
            let entry = Spend {
                collection: collection.clone(),
                currency: self.prices.currency.clone(),
                spent: spent.normalize().to_string(),
            };
            let bytes = serde_json::to_vec(&entry)
                .map_err(|error| StoreError::unreadable("a collection's spend", error))?;
            match self.ledgers.replace_spend(&digest, Bytes::from(bytes), revision).await {
                Ok(true) => {
                    self.written(collection, ours);
                    return Ok(spent);
                }
                Ok(false) if attempt < CONFLICTS_MAX => {
                    tokio::time::sleep((CONFLICT_PAUSE * 2_u32.pow(attempt)).mul_f64(spread())).await;
                    attempt += 1;
                }
                Ok(false) => return Ok(spent),
                Err(error) => {
                    let error = chain(&error);
                    tracing::warn!(%collection, error, "what the collection spent can't be written yet");
                    return Ok(spent);
                }
            }
        }
    }

    /// What was paid while the entry was being written stays for the next.
    fn written(&self, collection: &CollectionId, amount: Decimal) {
        let mut unwritten = self.unwritten();
        if let Some(sum) = unwritten.get_mut(collection) {
            *sum = sum.saturating_sub(amount);
            if sum.is_zero() {
                unwritten.remove(collection);
            }
        }
    }

    /// Amounts in another currency can't be added: they are another entry.
    fn digest(&self, collection: &CollectionId) -> String {
        let of = serde_json::json!({"collection": collection, "currency": self.prices.currency});
        Sha256Hex::of_json(&of).as_str().to_owned()
    }

    fn unwritten(&self) -> MutexGuard<'_, HashMap<CollectionId, Decimal>> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(bytes: &[u8], collection: &CollectionId) -> Decimal {
    let spend = serde_json::from_slice(bytes).ok();
    spend.and_then(|spend: Spend| spend.spent.parse().ok()).unwrap_or_else(|| {
        tracing::error!(%collection, "what the collection spent can't be read: it begins anew");
        Decimal::ZERO
    })
}

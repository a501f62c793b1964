//! A value that every call needs and one of them fetches: a token, a deployment.
//!
//! Used by [`sap_ai_core`](super::sap_ai_core). However many calls find it missing at once, it is fetched once: the
//! others wait, and get what that one got, be it the value or the error.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::classify::LlmError;

/// The value, if it has been fetched.
#[derive(Debug)]
pub(super) struct Fetched<T> {
    current: Mutex<Option<Arc<T>>>,
    /// Held by who fetches; within, the last failure, for those who waited for it.
    fetching: tokio::sync::Mutex<Option<Failure>>,
}

#[derive(Debug)]
struct Failure {
    at: Instant,
    error: Arc<LlmError>,
}

impl<T> Fetched<T> {
    pub(super) fn nothing() -> Self {
        Self { current: Mutex::new(None), fetching: tokio::sync::Mutex::new(None) }
    }

    /// The value as it is now.
    pub(super) fn current(&self) -> Option<Arc<T>> {
        self.locked().clone()
    }

    /// The value; fetched where there is none that `is_good`.
    pub(super) async fn get<F>(
        &self,
        is_good: impl Fn(&T) -> bool,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<T>, LlmError>
    where
        F: Future<Output = Result<T, LlmError>>,
    {
        let good = || self.current().filter(|value| is_good(value));
        if let Some(value) = good() {
            return Ok(value);
        }
        let asked_at = Instant::now();
        let mut last_failure = self.fetching.lock().await;
        if let Some(value) = good() {
            return Ok(value);
        }
        // Who fetched while this one waited failed: so would this one, and a thousand more would be a storm.
        if let Some(failure) = last_failure.as_ref().filter(|failure| failure.at > asked_at) {
            return Err(LlmError::Shared(Arc::clone(&failure.error)));
        }
        match fetch().await {
            Ok(value) => Ok(self.replace(value)),
            Err(error) => {
                let error = Arc::new(error);
                *last_failure = Some(Failure { at: Instant::now(), error: Arc::clone(&error) });
                Err(LlmError::Shared(error))
            }
        }
    }

    /// Fetches a new value before the old one is useless. Nobody waits for it: where somebody fetches already, it
    /// does nothing.
    pub(super) async fn renew<F>(&self, fetch: impl FnOnce() -> F) -> Option<Result<Arc<T>, LlmError>>
    where
        F: Future<Output = Result<T, LlmError>>,
    {
        let _fetching = self.fetching.try_lock().ok()?;
        Some(fetch().await.map(|value| self.replace(value)))
    }

    /// Forgets this very value, if it still is the current one: of many calls that find it useless, only the first
    /// makes it fetched again.
    pub(super) fn forget(&self, value: &Arc<T>) {
        let mut current = self.locked();
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, value)) {
            *current = None;
        }
    }

    fn replace(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        *self.locked() = Some(Arc::clone(&value));
        value
    }

    fn locked(&self) -> MutexGuard<'_, Option<Arc<T>>> {
        // The lock is held for a copy of a pointer, so a panic can't have left it half changed.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;
    use crate::llm::classify::Asked;

    /// A fetch that takes a second and counts.
    async fn fetch(fetches: &AtomicU32, fails: bool) -> Result<u32, LlmError> {
        let number = fetches.fetch_add(1, Ordering::Relaxed) + 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
        if fails { Err(LlmError::TimedOut { asked: Asked::TokenService, seconds: 1 }) } else { Ok(number) }
    }

    #[tokio::test(start_paused = true)]
    async fn many_calls_fetch_once_and_share_what_came_of_it() {
        let (fetched, fetches) = (Fetched::nothing(), AtomicU32::new(0));
        let (fetched, fetches) = (&fetched, &fetches);
        let all =
            |fails| join_all((0..100).map(move |_| fetched.get(|_| true, move || fetch(fetches, fails))));
        let failed = all(true).await;
        assert!(failed.iter().all(Result::is_err));
        assert_eq!(fetches.load(Ordering::Relaxed), 1);
        // A later call tries anew.
        let values = all(false).await;
        assert!(values.iter().all(|value| value.as_ref().is_ok_and(|value| **value == 2)));
        assert_eq!(fetches.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_is_forgotten_once() {
        let (fetched, fetches) = (Fetched::nothing(), AtomicU32::new(0));
        let get = async || fetched.get(|_| true, || fetch(&fetches, false)).await.unwrap();
        let first = get().await;
        fetched.forget(&first);
        let second = get().await;
        fetched.forget(&first);
        assert!(Arc::ptr_eq(&second, &get().await));
        assert_eq!(fetches.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_dropped_while_it_fetches_leaves_it_to_the_next() {
        let (fetched, fetches) = (Fetched::nothing(), AtomicU32::new(0));
        let dropped = fetched.get(|_| true, || fetch(&fetches, false));
        tokio::time::timeout(Duration::from_millis(1), dropped).await.unwrap_err();
        assert_eq!(*fetched.get(|_| true, || fetch(&fetches, false)).await.unwrap(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_holds_nobody_up() {
        let (fetched, fetches) = (Fetched::nothing(), AtomicU32::new(0));
        fetched.get(|_| true, || fetch(&fetches, false)).await.unwrap();
        let (one, other) =
            tokio::join!(fetched.renew(|| fetch(&fetches, false)), fetched.renew(|| fetch(&fetches, false)));
        assert_eq!((one.is_some(), other.is_some()), (true, false));
        assert_eq!(fetched.current().as_deref(), Some(&2));
    }
}

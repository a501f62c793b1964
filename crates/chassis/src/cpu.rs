//! The one door from the async threads to CPU work: a sized rayon pool.
//!
//! Called for everything that computes for more than about a millisecond: hashing a document, merging,
//! analysing. Inside, rayon's own parallelism works and stays within the same threads. It must not be used to
//! wait: what runs here never blocks on the network, a lock held across an await, or another `run`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use prometheus_client::metrics::gauge::Gauge;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::sync::oneshot;
use tracing::Span;

use crate::metrics::{Held, Metrics};

/// Why CPU work has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CpuError {
    /// The work panicked. The place is in the log; the message isn't, because it may quote a document.
    #[error("the CPU work panicked; the log names the place")]
    Panicked,
    /// The pool ended before the work began.
    #[error("the CPU pool ended before the work began")]
    Cancelled,
}

/// A pool of threads for CPU work. Clones share it.
#[derive(Debug, Clone)]
pub struct Cpu {
    pool: Arc<ThreadPool>,
    pending: Gauge,
    running: Gauge,
}

impl Cpu {
    /// A pool of `threads` threads.
    ///
    /// # Errors
    /// If the system refuses the threads.
    pub fn new(threads: usize, metrics: &Metrics) -> Result<Self, ThreadPoolBuildError> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("cpu-{index}"))
            .build()?;
        Ok(Self {
            pool: Arc::new(pool),
            pending: metrics.cpu_pending.clone(),
            running: metrics.cpu_running.clone(),
        })
    }

    /// How many threads there are.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs `work` on the pool, in the caller's span. Skipped if the caller goes away before it begins.
    ///
    /// # Errors
    /// If the work panics.
    pub async fn run<T, F>(&self, work: F) -> Result<T, CpuError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let span = Span::current();
        let running = self.running.clone();
        let waiting = Held::new(self.pending.clone());
        self.pool.spawn(move || {
            drop(waiting);
            if sender.is_closed() {
                return;
            }
            let counted = Held::new(running);
            // The value is never looked at after a panic, so it can't be seen half changed.
            let result =
                span.in_scope(|| catch_unwind(AssertUnwindSafe(work))).map_err(|_| CpuError::Panicked);
            drop(counted);
            // The caller may have gone away meanwhile; then nobody wants the result.
            drop(sender.send(result));
        });
        receiver.await.unwrap_or(Err(CpuError::Cancelled))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use super::*;

    fn cpu(threads: usize) -> (Cpu, Metrics) {
        let metrics = Metrics::new();
        (Cpu::new(threads, &metrics).unwrap(), metrics)
    }

    #[tokio::test]
    async fn a_hundred_panics_do_not_shrink_the_pool() {
        let (cpu, metrics) = cpu(2);
        for _ in 0..100 {
            let result: Result<(), CpuError> = cpu.run(|| panic!("on purpose")).await;
            assert_eq!(result, Err(CpuError::Panicked));
        }
        // Both threads must be there: each of the two waits for the other.
        let barrier = Arc::new(std::sync::Barrier::new(2));
        let meet = || {
            let barrier = barrier.clone();
            cpu.run(move || barrier.wait().is_leader())
        };
        let (one, other) = tokio::join!(meet(), meet());
        assert!(one.unwrap() ^ other.unwrap());
        assert_eq!((metrics.cpu_pending.get(), metrics.cpu_running.get()), (0, 0));
    }

    #[tokio::test]
    async fn work_is_skipped_if_its_caller_went_away() {
        let (cpu, metrics) = cpu(1);
        let (release, hold) = mpsc::channel::<()>();
        let (started, begun) = oneshot::channel();
        let first = cpu.run(move || {
            started.send(()).unwrap();
            hold.recv().unwrap();
        });
        let ran = Arc::new(AtomicBool::new(false));
        let other = cpu.clone();
        let second = {
            let ran = ran.clone();
            async move {
                begun.await.unwrap();
                let mut abandoned = Box::pin(other.run(move || ran.store(true, Ordering::SeqCst)));
                assert!(futures_util::poll!(&mut abandoned).is_pending());
                assert_eq!(other.pending.get(), 1);
                drop(abandoned);
                release.send(()).unwrap();
            }
        };
        let (first, ()) = tokio::join!(first, second);
        first.unwrap();
        cpu.run(|| ()).await.unwrap();
        assert!(!ran.load(Ordering::SeqCst));
        assert_eq!(metrics.cpu_pending.get(), 0);
    }

    #[tokio::test]
    async fn the_callers_span_is_carried() {
        let subscriber = tracing_subscriber::registry();
        let _guard = tracing::subscriber::set_default(subscriber);
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let (cpu, _metrics) = cpu(1);
        let span = tracing::info_span!("job");
        let id = span.id();
        let seen = {
            use tracing::Instrument as _;
            let run = cpu.run(move || tracing::dispatcher::with_default(&dispatch, || Span::current().id()));
            run.instrument(span).await.unwrap()
        };
        assert!(id.is_some());
        assert_eq!(seen, id);
    }
}

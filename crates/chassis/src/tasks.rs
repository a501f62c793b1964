//! The one place that starts tasks, so that none is lost at shutdown: every task is tracked, and told when to end.
//!
//! Called by the pull loop, the health server and the workers. A task that must end early watches
//! [`Tasks::stopping`].

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Starts tasks and waits for them. Clones share the same tasks.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
}

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task. Dropping the handle does not end it.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tracker.spawn(task)
    }

    /// Fires when everything is to end.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Tells every task to end and waits for them, at most for `patience`. Says whether all have ended.
    pub async fn stop(&self, patience: Duration) -> bool {
        self.stopping.cancel();
        self.finish(patience).await
    }

    /// Waits for the tasks without telling them anything, at most for `patience`. Says whether all have ended.
    pub async fn finish(&self, patience: Duration) -> bool {
        self.tracker.close();
        tokio::time::timeout(patience, self.tracker.wait()).await.is_ok()
    }
}

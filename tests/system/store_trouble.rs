//! A store that can't write: its disk is full, or read-only. The server answers everything but writes then, and goes on
//! so until it is restarted; before 2.14 it refuses writes for as long as they fail.

use std::sync::Arc;

use docmill_contract::names::Work;
use docmill_contract::outcome::Status;
use docmill_testkit::disk::Disk;
use docmill_testkit::nats::NatsOptions;

use crate::rig::{Rig, WorkerProcess};

/// Room for the stores and some documents.
const DISK_BYTES: u64 = 8 << 20;

/// What a worker says, of whatever it wanted to store.
const SAYS: &str = "to its disk (full, read-only), ";

const FIRST: &str = "invoice/english-classic.pdf";
const SECOND: &str = "invoice/german-klassisch.pdf";

/// A rig whose server has its store on a disk of the test's own; none where that isn't possible.
async fn rig_on_a_disk() -> Option<(Rig, Arc<Disk>)> {
    let disk = Arc::new(Disk::mount(DISK_BYTES)?);
    let options = NatsOptions { disk: Some(Arc::clone(&disk)), ..Default::default() };
    let rig = Rig::start_unprovisioned(options).await;
    rig.provision().await;
    Some((rig, disk))
}

/// It says what is wrong and what to do, is alive, and doesn't fill its log.
fn expect_patience(worker: &mut WorkerProcess) {
    let log = worker.log();
    assert!(worker.is_running(), "{log}");
    assert!(log.contains("its log") && log.contains("restart"), "{log}");
    assert!(log.matches(SAYS).count() < 12, "{log}");
}

#[tokio::test]
async fn a_full_disk_costs_no_job_and_no_second_call() {
    let Some((mut rig, disk)) = rig_on_a_disk().await else { return };
    let mut processor = rig.processor();
    rig.slow_mock(500);
    rig.submit(FIRST, "first").await;
    rig.calls_in_flight(1).await;
    disk.fill();
    processor.logged(SAYS).await;
    expect_patience(&mut processor);
    assert_eq!(rig.outcomes("q3").await, 0);

    disk.make_room();
    rig.nats.restart().await;
    assert_eq!(rig.outcome("first").await.status, Status::Verified);
    rig.submit(SECOND, "second").await;
    assert_eq!(rig.outcome("second").await.status, Status::Verified);
    rig.drained(Work::Process).await;
    assert_eq!((rig.outcomes("q3").await, rig.mock.stats().calls), (2, 2));
}

#[tokio::test]
async fn a_read_only_store_makes_jobs_wait() {
    let Some((mut rig, disk)) = rig_on_a_disk().await else { return };
    rig.submit(FIRST, "first").await;
    rig.submit(SECOND, "second").await;
    // A server that has just started has no file open for writing.
    rig.nats.restart().await;
    disk.make_read_only();
    let mut processor = rig.processor();
    processor.logged(SAYS).await;
    expect_patience(&mut processor);
    assert_eq!((rig.outcomes("q3").await, rig.mock.stats().calls), (0, 0));

    disk.make_writable();
    rig.nats.restart().await;
    for document in ["first", "second"] {
        assert_eq!(rig.outcome(document).await.status, Status::Verified);
    }
    rig.drained(Work::Process).await;
    assert_eq!((rig.outcomes("q3").await, rig.mock.stats().calls), (2, 2));
}

/// An older server on a full disk switches JetStream off as a whole.
#[tokio::test]
async fn a_server_without_jetstream_is_waited_for() {
    let mut rig = Rig::start().await;
    let mut processor = rig.processor();
    rig.submit(FIRST, "before").await;
    assert_eq!(rig.outcome("before").await.status, Status::Verified);
    rig.nats.options_mut().is_core_only = true;
    rig.nats.restart().await;
    processor.logged("NATS answers, but not JetStream; enable it on the server").await;
    assert!(processor.is_running());
    rig.nats.options_mut().is_core_only = false;
    rig.nats.restart().await;
    rig.submit(SECOND, "after").await;
    assert_eq!(rig.outcome("after").await.status, Status::Verified);
}

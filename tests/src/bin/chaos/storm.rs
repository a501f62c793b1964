//! Carries out the plan's steps, and counts what really was done.
//!
//! Called by `run` while `submit` publishes. At its end everything is as it should be again, so that what is left can be
//! finished.

use std::time::Duration;

use docmill_mock_llm::MockLlm;
use docmill_testkit::nats::NatsServer;
use docmill_tests::site::Failure;
use nix::sys::signal::Signal;
use tokio::time::Instant;

use crate::fleet::{CONCURRENCY, Fleet};
use crate::plan::{Action, Plan};
use crate::trouble;

/// What was done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) kills: u64,
    pub(crate) terminations: u64,
    pub(crate) freezes: u64,
    pub(crate) cuts: u64,
    pub(crate) stalls: u64,
    pub(crate) server_kills: u64,
    pub(crate) troubles: u64,
    /// Jobs of processors that may have been begun anew: those that a worker can hold when it is killed, frozen or held
    /// back, and all when the server is killed. A job asks one question at a time here, so this bounds the calls that
    /// may be paid twice.
    pub(crate) jobs_at_risk: u64,
}

/// Does everything that is planned, each at its time from `begun`.
pub(crate) async fn storm(
    plan: &Plan,
    begun: Instant,
    fleet: &mut Fleet,
    server: &mut NatsServer,
    endpoint: &MockLlm,
) -> Result<Counts, Failure> {
    let mut counts = Counts::default();
    let processors = (0..fleet.places()).filter(|&place| fleet.is_processor(place)).count();
    let all_jobs = CONCURRENCY * u64::try_from(processors)?;
    for step in &plan.steps {
        tokio::time::sleep_until(begun + step.at).await;
        let mut risks = 0;
        match step.action {
            Action::Kill(place) => {
                if fleet.kill(place).await? {
                    counts.kills += 1;
                    risks = jobs_of(fleet, place);
                }
            }
            Action::Start(place) => fleet.man(place)?,
            Action::Terminate(place) => counts.terminations += u64::from(fleet.terminate(place)?),
            Action::Freeze(place) => {
                if fleet.signal(place, Signal::SIGSTOP)? {
                    counts.freezes += 1;
                    risks = jobs_of(fleet, place);
                }
            }
            Action::Thaw(place) => drop(fleet.signal(place, Signal::SIGCONT)?),
            Action::Cut(place) => {
                counts.cuts += 1;
                fleet.network(place).into_iter().for_each(|network| network.cut());
            }
            Action::Stall(place) => {
                counts.stalls += 1;
                risks = jobs_of(fleet, place);
                fleet.network(place).into_iter().for_each(|network| network.stall());
            }
            Action::Flow(place) => fleet.network(place).into_iter().for_each(|network| network.flow()),
            Action::KillServer => {
                server.kill();
                counts.server_kills += 1;
                risks = all_jobs;
            }
            Action::StartServer => server.restart().await,
            Action::Trouble(trouble) => {
                counts.troubles += 1;
                endpoint.control(trouble.faults());
            }
            Action::Calm => endpoint.control(trouble::calm()),
        }
        counts.jobs_at_risk += risks;
    }
    Ok(counts)
}

fn jobs_of(fleet: &Fleet, place: usize) -> u64 {
    if fleet.is_processor(place) { CONCURRENCY } else { 0 }
}

/// How long after its last step a storm is over.
pub(crate) fn duration(plan: &Plan) -> Duration {
    plan.steps.last().map_or(Duration::ZERO, |step| step.at)
}

//! `docmill pause` and `docmill resume`: whether the jobs of a lane are given out.
//!
//! The server holds them back by itself, so workers need to know nothing: they ask and get nothing. What a worker has when
//! its lane is paused goes on to its end.

use async_nats::datetime;
use async_nats::jetstream::consumer::Info;
use docmill_contract::names::{self, Lane, Work};
use jiff::Timestamp;
use serde::Serialize;

use crate::arguments::{CommonArguments, PauseArguments, PausedJobs, ResumeArguments};
use crate::error::CliError;
use crate::print::Printer;
use crate::queues::Depth;
use crate::session::{self, Session};

/// Until when a lane is paused that nobody resumes: 2200-01-01. The server wants a date, and counts up to it in
/// nanoseconds, which bounds it to some 290 years.
const FAR_AWAY_SECONDS: i64 = 7_258_118_400;

/// What became of a lane.
#[derive(Debug, Serialize)]
struct Changed {
    work: &'static str,
    lane: Lane,
    paused_until: Option<String>,
}

/// Pauses.
///
/// # Errors
/// [`CliError`]; a lane that isn't provisioned is one.
pub(crate) async fn pause(
    arguments: &PauseArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let until = match arguments.duration {
        None => Timestamp::from_second(FAR_AWAY_SECONDS),
        Some(duration) if duration.is_positive() => Timestamp::now().checked_add(duration),
        Some(_) => return Err(CliError::Usage("--for takes a time above zero, as in 2h".to_owned())),
    };
    let until = until.map_err(|error| CliError::Usage(format!("--for is too long: {error}")))?;
    change(&arguments.which, Some(until), common, printer).await
}

/// Resumes.
///
/// # Errors
/// As [`pause`].
pub(crate) async fn resume(
    arguments: &ResumeArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    change(&arguments.which, None, common, printer).await
}

async fn change(
    which: &PausedJobs,
    until: Option<Timestamp>,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let session = session::open(common).await?;
    let mut changed = Vec::new();
    for work in Work::ALL.into_iter().filter(|&work| which.work.is_none_or(|only| only == work)) {
        give_out(&session, work, which.lane, until).await?;
        changed.push(Changed {
            work: work.as_str(),
            lane: which.lane,
            paused_until: until.map(|until| until.to_string()),
        });
    }
    if printer.json {
        return Ok(printer.value(&changed)?);
    }
    for Changed { work, lane, paused_until } in &changed {
        match paused_until {
            Some(until) => {
                printer.line(format_args!("{work} jobs of lane {lane} are paused {}", words(until)))?;
            }
            None => printer.line(format_args!("{work} jobs of lane {lane} are given out"))?,
        }
    }
    Ok(())
}

async fn give_out(
    session: &Session,
    work: Work,
    lane: Lane,
    until: Option<Timestamp>,
) -> Result<(), CliError> {
    let name = names::consumer(work, lane);
    let stream = session.nats.jetstream.get_stream_no_info(work.stream()).await;
    let stream = stream.map_err(|error| CliError::nats(format!("look at {}", work.stream()), error))?;
    let is_paused = match until {
        Some(until) => {
            let until = datetime::from_nanos(until.as_nanosecond());
            let until = until.map_err(|error| CliError::Failed(format!("no date for NATS: {error}")))?;
            stream.pause_consumer(&name, until).await
        }
        None => stream.resume_consumer(&name).await,
    };
    let is_paused = is_paused.map_err(|error| {
        CliError::nats(format!("change {name}: is lane {lane} provisioned (`docmill provision`)?"), error)
    })?;
    if is_paused.paused == until.is_some() {
        return Ok(());
    }
    Err(CliError::Failed(format!("the server did not change {name}")))
}

/// How a lane's pause is told in a table.
pub(crate) fn told(depth: &Depth) -> String {
    depth.paused_until.as_deref().map(words).unwrap_or_default()
}

/// When a pause ends.
fn words(until: &str) -> String {
    let is_far_away = until.parse::<Timestamp>().is_ok_and(|until| until.as_second() >= FAR_AWAY_SECONDS);
    if is_far_away { "until it is resumed".to_owned() } else { format!("until {until}") }
}

/// Until when the server holds back a lane's jobs.
pub(crate) fn paused_until(info: &Info) -> Option<String> {
    let until = info.config.pause_until.filter(|_| info.paused)?;
    Some(Timestamp::from_second(until.unix_timestamp()).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_without_an_end_is_told_as_such() {
        let far_away = Timestamp::from_second(FAR_AWAY_SECONDS).unwrap().to_string();
        assert_eq!(far_away, "2200-01-01T00:00:00Z");
        assert_eq!(words(&far_away), "until it is resumed");
        assert_eq!(words("2026-11-27T06:00:00Z"), "until 2026-11-27T06:00:00Z");
    }
}

//! `docmill status`: what waits, what is being worked on, and how far a collection is.

use std::time::Duration;

use serde::Serialize;

use crate::arguments::{CommonArguments, StatusArguments};
use crate::error::CliError;
use crate::pause;
use crate::print::{Printer, Text};
use crate::queues::{self, Depth};
use crate::session::{self, Session};
use crate::standing::{Progress, Standing};

/// How often `--watch` looks.
const LOOK_AFTER: Duration = Duration::from_millis(500);

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Status {
    queues: Vec<Depth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection: Option<Progress>,
}

/// Shows it once, or with `--watch` whenever it changes.
///
/// # Errors
/// [`CliError`].
pub(crate) async fn status(
    arguments: &StatusArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let session = session::open(common).await?;
    let mut standing = arguments.collection.as_ref().map(|collection| Standing::new(&session, collection));
    if arguments.watch {
        return watch(&session, standing, printer).await;
    }
    show(&look(&session, standing.as_mut()).await?, printer)
}

async fn watch(
    session: &Session,
    mut standing: Option<Standing<'_>>,
    printer: Printer,
) -> Result<(), CliError> {
    let bar = printer.progress(0);
    let mut shown = None;
    let mut look_again = tokio::time::interval(LOOK_AFTER);
    loop {
        look_again.tick().await;
        let status = look(session, standing.as_mut()).await?;
        let done = status.collection.as_ref().is_some_and(|progress| progress.done);
        if shown.as_ref() != Some(&status) {
            if printer.json {
                printer.value_line(&status)?;
            } else if bar.is_hidden() && !done {
                printer.line(status.line())?;
            }
            if let Some(progress) = &status.collection {
                bar.set_length(progress.accepted);
                bar.set_position(progress.outcomes);
            }
            bar.set_message(status.line());
        }
        if done {
            bar.finish_and_clear();
            return if printer.json { Ok(()) } else { show(&status, printer) };
        }
        shown = Some(status);
    }
}

async fn look(session: &Session, standing: Option<&mut Standing<'_>>) -> Result<Status, CliError> {
    let queues = queues::depths(session).await?;
    let failed = |error| CliError::nats("look at the collection", error);
    let collection = match standing {
        Some(standing) => Some(standing.look().await.map_err(failed)?),
        None => None,
    };
    Ok(Status { queues, collection })
}

impl Status {
    /// Everything on one line.
    fn line(&self) -> String {
        let (waiting, in_progress) = self.queues.iter().fold((0, 0), |(waiting, in_progress), depth| {
            (waiting + depth.waiting, in_progress + depth.in_progress)
        });
        let queues = format!("{waiting} waiting, {in_progress} in progress");
        match &self.collection {
            None => queues,
            Some(progress) => progress.line(),
        }
    }
}

fn show(status: &Status, printer: Printer) -> Result<(), CliError> {
    if printer.json {
        return Ok(printer.value(status)?);
    }
    let rows = status.queues.iter().map(|depth| {
        vec![
            Text::plain(depth.work),
            Text::plain(depth.lane),
            Text::number(depth.waiting),
            Text::number(depth.in_progress),
            Text::plain(pause::told(depth)),
        ]
    });
    printer.table(&["queue", "lane", "waiting", "in progress", "paused"], rows.collect())?;
    let Some(progress) = &status.collection else { return Ok(()) };
    printer.line(format_args!("collection {}: {}", progress.collection, progress.line()))?;
    if progress.missing > 0 {
        Printer::hint(format_args!(
            "{} have neither an outcome nor a job: unless a submission is under way, `docmill reconcile {}` puts them back",
            progress.missing, progress.collection
        ));
    }
    Ok(())
}

impl Progress {
    fn line(&self) -> String {
        let mut line = format!(
            "{} accepted: {} waiting, {} in progress, {}",
            self.accepted, self.waiting, self.in_progress, self.tally
        );
        if self.missing > 0 {
            line += &format!(", {} missing", self.missing);
        }
        line += if self.listed.is_some() { "" } else { "; no manifest" };
        line += &self
            .report_revision
            .map_or_else(|| "; no report yet".to_owned(), |revision| format!("; report revision {revision}"));
        line += if self.done { "; done" } else { "; not done" };
        line
    }
}

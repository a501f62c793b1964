//! `docmill run`: everything on this machine, with one command.
//!
//! It starts a nats-server, both workers and (unless an LLM is configured) mock-llm, hands the PDFs over as any
//! client would, waits for the collection's report, writes the results into a folder, and ends what it started on
//! every way out. It does no work of the workers itself.

pub(crate) mod child;
pub(crate) mod children;
pub(crate) mod inputs;
pub(crate) mod nats_server;
pub(crate) mod outputs;
mod start;
mod state;
pub(crate) mod watch;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use docmill_chassis::stores::Stores;
use docmill_contract::analysis::Analysis;
use docmill_contract::identity::DocumentId;
use docmill_contract::job::Vision;
use docmill_contract::names::Lane;
use docmill_contract::outcome::Outcome;
use docmill_contract::pages::PageSelection;
use docmill_report::Pictures;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{CommonArguments, FailOn, RunArguments};
use crate::cost::{self, TotalUsage};
use crate::error::CliError;
use crate::pictures::{self, Drawing};
use crate::print::Printer;
use crate::results::{self, Tally};
use crate::session::Session;
use crate::submit::{self, Listing, Order};
use children::Children;
use inputs::Input;
use state::State;
use watch::{Expected, Watch};

/// What a finished run left behind.
pub(crate) struct Finished {
    /// What became of each document, in the order of the inputs.
    pub(crate) outcomes: Vec<Outcome>,
    /// What this run used; outcomes that were there before it cost it nothing.
    usage: TotalUsage,
    /// How many outcomes were there before.
    unchanged: usize,
    report: Analysis,
    report_file: PathBuf,
}

/// What `--json` prints at the end.
#[derive(Serialize)]
struct Summary<'a> {
    collection: &'a str,
    documents: usize,
    /// Of them, those whose outcome was there before.
    unchanged: usize,
    #[serde(flatten)]
    tally: Tally,
    findings: usize,
    usage: &'a TotalUsage,
    output: String,
    report: String,
}

/// Does everything. The exit code is 0 when every document has an outcome, unless `--fail-on` is stricter.
///
/// # Errors
/// [`CliError`]; whatever it is, no process is left behind.
pub(crate) async fn run(
    arguments: &RunArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<ExitCode, CliError> {
    if common.nats.is_some() {
        return Err(CliError::Usage(
            "`run` starts a NATS of its own: leave --nats out, or use `docmill submit --wait`".to_owned(),
        ));
    }
    let inputs = inputs::discover(&arguments.paths)?;
    let finished = Box::pin(grind(arguments, common, &inputs, printer)).await?;
    show(arguments, &finished, printer)
}

/// Has `inputs` worked on by programs of our own, and ends these whatever happens.
///
/// # Errors
/// [`CliError`]; whatever it is, no process is left behind.
pub(crate) async fn grind(
    arguments: &RunArguments,
    common: &CommonArguments,
    inputs: &[Input],
    printer: Printer,
) -> Result<Finished, CliError> {
    let server = nats_server::find(arguments.nats_server.as_deref())?;
    let settings = start::Settings::read(arguments, common)?;
    let state = State::lock(&arguments.state)?;
    let mut children = Children::new(state.logs(), std::env::current_exe().ok());
    let finished = tokio::select! {
        finished = work(arguments, &settings, inputs, &server, &state, &mut children, printer) => finished,
        interrupted = interrupted() => Err(interrupted),
    };
    // The workers first: they say goodbye to the server.
    children.stop_all_but_first(1).await;
    children.stop_all_but_first(0).await;
    finished
}

/// Resolves when someone wants this process to end.
async fn interrupted() -> CliError {
    let listen = || -> std::io::Result<_> {
        Ok((
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ))
    };
    match listen() {
        Ok((mut interrupt, mut terminate, mut hang_up)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
            CliError::Interrupted
        }
        Err(error) => CliError::Failed(format!("the system lets no signal be heard: {error}")),
    }
}

async fn work(
    arguments: &RunArguments,
    settings: &start::Settings,
    inputs: &[Input],
    server: &std::path::Path,
    state: &State,
    children: &mut Children,
    printer: Printer,
) -> Result<Finished, CliError> {
    let collection = &arguments.collection;
    let bar = printer.progress(inputs.len() as u64).with_message("starting");
    bar.tick();
    let session = start::server(settings, server, state, children).await?;
    start::workers(settings, &session, children).await?;
    if arguments.again {
        forget(&session, arguments).await?;
    }
    bar.finish_and_clear();
    let order = order(arguments);
    let planned = submit::plan(&session, &order, inputs, printer).await?;
    let manifest_sequence = submit::list(&session, collection, &planned, Listing::Whole).await?;
    let newest = session.stores.outcomes.newest(collection).await;
    let newest = newest.map_err(|error| CliError::nats(format!("look at collection {collection}"), error))?;
    let newest = newest.map_or(0, |(sequence, _)| sequence);
    let accepted = submit::accept(&session, &order, &planned, printer).await?;
    let expected: Vec<Expected> = accepted.iter().map(Expected::of).collect();
    let watch = Watch::subscribe(&session, collection).await?;
    let bar = printer.progress(inputs.len() as u64);
    let hint = format!("what the workers wait for stands in {}", state.logs().display());
    let outcomes = children.attended(watch.until_settled(&expected, &bar, &hint)).await?;
    bar.set_message("analysing");
    let report = watch::report(&session, collection, manifest_sequence, &outcomes);
    let report = children.attended(report).await?;
    bar.finish_and_clear();
    let made: Vec<_> = outcomes.iter().filter(|kept| kept.sequence > newest).collect();
    let usage = cost::total(made.iter().map(|kept| &kept.value.usage));
    let unchanged = outcomes.len() - made.len();
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(|kept| kept.value).collect();
    let pictures = match arguments.no_pictures {
        true => Pictures::default(),
        false => Box::pin(draw(arguments, inputs, &report)).await,
    };
    let report_file = outputs::write(&arguments.output, &outcomes, &report, &pictures)?;
    Ok(Finished { outcomes, usage, unchanged, report, report_file })
}

/// Pictures of the pages that findings point at, from the files themselves.
async fn draw(arguments: &RunArguments, inputs: &[Input], report: &Analysis) -> Pictures {
    let files: HashMap<&DocumentId, &Path> =
        inputs.iter().map(|input| (&input.document, input.path.as_path())).collect();
    let drawing = Drawing { fallback_font: arguments.fallback_font.clone(), password: password(arguments) };
    pictures::draw(report, drawing, async |document: &DocumentId| {
        std::fs::read(files.get(document)?).ok().map(Bytes::from)
    })
    .await
}

/// The file that `--passwords` and `--password-secret` name, as the workers read it.
fn password(arguments: &RunArguments) -> Option<String> {
    let file = arguments.passwords.as_ref()?.join(arguments.password_secret.as_ref()?);
    Some(std::fs::read_to_string(file).ok()?.trim_end_matches(['\r', '\n']).to_owned())
}

fn order(arguments: &RunArguments) -> Order {
    Order {
        collection: arguments.collection.clone(),
        lane: Lane::Bulk,
        profile: arguments.profile.clone(),
        pages: PageSelection::all(),
        vision: Vision::Auto,
        password_secret: arguments.password_secret.clone(),
        replay: arguments.again.then(submit::replay_ordinal),
    }
}

/// Forgets what became of the collection. Kept replies stay, so that doing it again costs nothing.
async fn forget(session: &Session, arguments: &RunArguments) -> Result<(), CliError> {
    let collection = &arguments.collection;
    let Stores { outcomes, analyses, collections, .. } = &session.stores;
    let forgotten = async {
        outcomes.purge(collection).await?;
        analyses.purge(collection).await?;
        collections.purge(collection).await
    };
    forgotten
        .await
        .map(drop)
        .map_err(|error| CliError::nats(format!("forget collection {collection}"), error))
}

/// Prints what came of it, and finds the exit code.
fn show(arguments: &RunArguments, finished: &Finished, printer: Printer) -> Result<ExitCode, CliError> {
    let Finished { outcomes, usage, unchanged, report, report_file } = finished;
    let tally = results::tally(outcomes.iter().map(|outcome| outcome.status));
    let (documents, findings) = (outcomes.len(), findings_about(outcomes, report));
    if printer.json {
        printer.value(&Summary {
            collection: arguments.collection.as_str(),
            documents,
            unchanged: *unchanged,
            tally,
            findings,
            usage,
            output: arguments.output.display().to_string(),
            report: report_file.display().to_string(),
        })?;
    } else {
        results::documents(printer, outcomes, Some(report))?;
        printer.line(format_args!("documents: {documents} ({tally}); findings: {findings}"))?;
        if *unchanged > 0 {
            printer.line(format_args!(
                "done before, and not done again: {unchanged} (--again does them again)"
            ))?;
        }
        printer.line(usage)?;
        let covered = report.covers.outcomes;
        let earlier = covered.saturating_sub(documents as u64);
        if earlier > 0 {
            printer.line(format_args!("documents of earlier runs that the report covers, too: {earlier}"))?;
        }
        printer.line(format_args!("report: {}", report_file.display()))?;
    }
    let failed = match arguments.fail_on {
        None => false,
        Some(FailOn::Failed) => tally.failed > 0,
        Some(FailOn::Review) => tally.failed + tally.needs_review > 0,
    };
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Findings that point at one of these documents, or at none: the report may cover documents of earlier runs, too.
fn findings_about(outcomes: &[Outcome], report: &Analysis) -> usize {
    let ours: HashSet<_> = outcomes.iter().map(|outcome| &outcome.document).collect();
    let about = report.findings.iter().filter(|finding| {
        finding.places.is_empty() || finding.places.iter().any(|place| ours.contains(&place.document))
    });
    about.count()
}

//! `docmill eval`: documents with known truths, read, and scored value by value.
//!
//! The documents are read as `docmill run` reads them, with the same settings, so any endpoint can be measured; or
//! with `--collection` the outcomes that a NATS already holds are scored. Scoring is pure and in modules of its own.

mod against;
mod compare;
mod evaluation;
mod places;
mod rows;
mod score;
mod show;
mod truth;

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

use bytes::Bytes;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::outcome::Outcome;
use docmill_contract::pages::PageSelection;
use docmill_contract::profile::Profile;
use docmill_pdf::{Document, Limits};
use docmill_reader::{ReaderSettings, Readers};
use serde::Serialize;

use crate::arguments::{CommonArguments, EvalArguments, RunArguments};
use crate::error::CliError;
use crate::print::Printer;
use crate::run;
use crate::run::inputs::{self, Input};
use crate::session::{self, Session};
use against::{Comparison, compare};
use evaluation::{Evaluated, Evaluation};
use truth::Truth;

/// Memory of the child that reads, as the workers' default.
const MEMORY_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// The collection of a run of our own.
const COLLECTION: &str = "eval";

/// A document with its truth.
struct Case {
    input: Input,
    truth: Truth,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<&'a Comparison>,
}

/// Reads, scores and prints. The exit code is 1 where a limit that was set is exceeded.
///
/// # Errors
/// [`CliError`]; wrong truths, and an earlier evaluation that can't be read, are wrong usage.
pub(crate) async fn eval(
    arguments: &EvalArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<ExitCode, CliError> {
    let before = arguments.against.as_deref().map(read_evaluation).transpose()?;
    let cases = cases(&arguments.folder)?;
    let evaluation = match &arguments.collection {
        Some(collection) => recalled(collection, &cases, common).await?,
        None => Box::pin(worked(arguments, &cases, common, printer)).await?,
    };
    let comparison = before.map(|before| compare(&evaluation, &before));
    if printer.json {
        printer.value(&Printed { evaluation: &evaluation, against: comparison.as_ref() })?;
    } else {
        show::show(&evaluation, printer)?;
        if let Some(comparison) = &comparison {
            show::show_comparison(comparison, printer)?;
        }
    }
    let share = evaluation.shares.verified_but_wrong.unwrap_or_default();
    let is_over = arguments.verified_but_wrong_max.is_some_and(|maximum| share > maximum);
    let is_worse =
        arguments.fail_on_worse && comparison.is_some_and(|comparison| !comparison.worse.is_empty());
    Ok(if is_over || is_worse { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn read_evaluation(file: &Path) -> Result<Evaluation, CliError> {
    let bytes = std::fs::read(file).map_err(|source| CliError::File {
        path: file.to_owned(),
        verb: "read",
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|error| {
        CliError::Usage(format!(
            "{} is not an evaluation: give what `eval --json` printed: {error}",
            file.display()
        ))
    })
}

/// The documents below `folder` that have a truth. Those without are counted, and left out.
fn cases(folder: &Path) -> Result<Vec<Case>, CliError> {
    let mut cases = Vec::new();
    let mut left_out = 0_usize;
    for mut input in inputs::discover(&[folder.to_owned()])? {
        match Truth::read(&input.path)? {
            None => left_out += 1,
            Some(truth) => {
                // The truth knows better than the folders which profile is meant.
                input.folders.splice(0..0, truth.profile.clone());
                cases.push(Case { input, truth });
            }
        }
    }
    if cases.is_empty() {
        return Err(CliError::Usage(format!(
            "no document below {} has a truth: put X.truth.json beside X.pdf",
            folder.display()
        )));
    }
    if left_out > 0 {
        Printer::hint(format_args!("{left_out} documents without a truth are left out"));
    }
    Ok(cases)
}

/// Has the documents read on this machine, anew, and scores what comes of them.
async fn worked(
    arguments: &EvalArguments,
    cases: &[Case],
    common: &CommonArguments,
    printer: Printer,
) -> Result<Evaluation, CliError> {
    if common.nats.is_some() {
        return Err(CliError::Usage(
            "`eval` starts a NATS of its own: leave --nats out, or name the --collection to score there"
                .to_owned(),
        ));
    }
    let collection: CollectionId =
        COLLECTION.parse().map_err(|error| CliError::Failed(format!("{COLLECTION}: {error}")))?;
    let run = RunArguments {
        paths: vec![arguments.folder.clone()],
        state: arguments.state.clone(),
        output: arguments.state.join("eval"),
        collection,
        profile: arguments.profile.clone(),
        passwords: arguments.passwords.clone(),
        password_secret: arguments.password_secret.clone(),
        nats_server: arguments.nats_server.clone(),
        // An outcome of an earlier docmill would be scored as this one's.
        again: true,
        fail_on: None,
        // The workers find it in their environment.
        fallback_font: None,
        // Nobody reads this report.
        no_pictures: true,
        threads: arguments.threads,
    };
    let inputs: Vec<Input> = cases.iter().map(|case| case.input.clone()).collect();
    let finished = Box::pin(run::grind(&run, common, &inputs, printer)).await?;
    let mut found: HashMap<DocumentId, (Outcome, Option<Profile>)> = HashMap::new();
    for outcome in finished.outcomes {
        let name = outcome.profile.as_ref().and_then(|profile| profile.name.as_deref());
        let profile = name.and_then(Profile::built_in);
        found.insert(outcome.document.clone(), (outcome, profile));
    }
    evaluate(cases, found).await
}

/// Scores the outcomes of `collection` that are there.
async fn recalled(
    collection: &CollectionId,
    cases: &[Case],
    common: &CommonArguments,
) -> Result<Evaluation, CliError> {
    let session = session::open(common).await?;
    let kept = session.stores.outcomes.of_collection(collection).await;
    let kept = kept.map_err(|error| CliError::nats(format!("read the outcomes of {collection}"), error))?;
    let mut found = HashMap::new();
    for outcome in kept.into_iter().map(|kept| kept.value) {
        let profile = profile_of(&session, &outcome).await?;
        found.insert(outcome.document.clone(), (outcome, profile));
    }
    let missing = cases.iter().filter(|case| !found.contains_key(&case.input.document)).count();
    if missing == cases.len() {
        return Err(CliError::Failed(format!(
            "collection {collection} has no outcome of these documents: submit the same folder, as in `docmill submit --collection {collection} FOLDER`"
        )));
    }
    if missing > 0 {
        Printer::hint(format_args!("{missing} documents have no outcome in {collection} and are left out"));
    }
    evaluate(cases, found).await
}

/// The profile an outcome was read with.
async fn profile_of(session: &Session, outcome: &Outcome) -> Result<Option<Profile>, CliError> {
    let Some(reference) = &outcome.profile else { return Ok(None) };
    let profile = session.stores.profiles.by_digest(&reference.digest).await;
    profile.map_err(|error| CliError::nats(format!("read the profile of {}", outcome.document), error))
}

/// Scores every case that has an outcome.
async fn evaluate(
    cases: &[Case],
    mut found: HashMap<DocumentId, (Outcome, Option<Profile>)>,
) -> Result<Evaluation, CliError> {
    let readers = readers()?;
    let mut documents = Vec::with_capacity(cases.len());
    let mut models = BTreeSet::new();
    for case in cases {
        let Some((outcome, profile)) = found.remove(&case.input.document) else { continue };
        let of_truth = || case.truth.profile.as_deref().and_then(Profile::built_in);
        let profile = profile.or_else(of_truth);
        let engine = (&outcome.engine.provider, &outcome.engine.model);
        if let (Some(provider), Some(model)) = engine {
            models.insert(format!("{provider}/{model}"));
        }
        let document = see(&readers, &case.input.path, &outcome).await?;
        documents.push(Evaluated::of(&case.truth, &outcome, profile.as_ref(), document.as_ref()));
    }
    readers.close().await;
    Ok(Evaluation::of(documents, models))
}

fn readers() -> Result<Readers, CliError> {
    let program = std::env::current_exe().map_err(|source| CliError::File {
        path: "this program's file".into(),
        verb: "used",
        source,
    })?;
    let settings = ReaderSettings {
        readers: NonZeroUsize::MIN,
        memory_bytes_max: MEMORY_BYTES_MAX,
        documents_per_child: u32::MAX,
        fallback_font: None,
        limits: Limits::default(),
    };
    Ok(Readers::new(program, settings))
}

/// What stands on the pages; `None` where no value names a place, or the file can't be read without its password.
async fn see(readers: &Readers, file: &Path, outcome: &Outcome) -> Result<Option<Document>, CliError> {
    if outcome.evidence.iter().all(|evidence| evidence.page.is_none()) {
        return Ok(None);
    }
    let bytes = tokio::fs::read(file).await.map_err(|source| CliError::File {
        path: file.to_owned(),
        verb: "read",
        source,
    })?;
    match readers.read(Bytes::from(bytes), None, PageSelection::all()).await {
        Ok(document) => Ok(Some(document)),
        Err(error) => {
            Printer::hint(format_args!("places in {} are not scored: {error}", file.display()));
            Ok(None)
        }
    }
}

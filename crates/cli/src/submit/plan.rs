//! What is to be asked of each file, before anything is stored: its profile, its digest, its job.
//!
//! Called by `submit` and `run`. Every file is read once here for its digest, so that the list of a collection can say what was
//! asked for before the first job is out. It stores nothing.

use std::path::Path;

use bytes::Bytes;
use docmill_contract::collection::ManifestEntry;
use docmill_contract::identity::{CollectionId, Sha256Hex, WorkKey};
use docmill_contract::job::{ProcessJob, Source, Vision};
use docmill_contract::names::Lane;
use docmill_contract::pages::PageSelection;
use docmill_contract::profile::DEFAULT_PROFILE;

use crate::error::CliError;
use crate::print::Printer;
use crate::run::inputs::{self, Input};
use crate::session::Session;

/// What is asked for, of all documents alike.
#[derive(Debug)]
pub(crate) struct Order {
    /// The collection.
    pub(crate) collection: CollectionId,
    /// The lane.
    pub(crate) lane: Lane,
    /// The profile of all documents, in place of the folders' names.
    pub(crate) profile: Option<String>,
    /// Which pages.
    pub(crate) pages: PageSelection,
    /// Whether page images go to the model.
    pub(crate) vision: Vision,
    /// The name of the password's secret.
    pub(crate) password_secret: Option<String>,
    /// Do the work again, even if there is an outcome of the same work.
    pub(crate) replay: Option<u64>,
}

/// One file with what is asked of it.
#[derive(Debug)]
pub(crate) struct Planned<'a> {
    /// The file.
    pub(crate) input: &'a Input,
    /// The name of its profile.
    pub(crate) profile: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// The digest of its bytes, under which they are stored.
    pub(crate) sha256: Sha256Hex,
    /// What work that is.
    pub(crate) work_key: WorkKey,
    /// Its place in the list of its collection.
    pub(crate) entry: ManifestEntry,
    /// Its job.
    pub(crate) job: ProcessJob,
}

/// Looks at every file, in the order of `inputs`.
///
/// # Errors
/// For an unknown profile, before any file is read; for a file that can't be read.
pub(crate) async fn plan<'a>(
    session: &Session,
    order: &Order,
    inputs: &'a [Input],
    printer: Printer,
) -> Result<Vec<Planned<'a>>, CliError> {
    let chosen = choose_profiles(session, order, inputs).await?;
    let bar = printer.progress(inputs.len() as u64).with_message("reading");
    let mut planned = Vec::with_capacity(inputs.len());
    for (input, (profile, profile_digest)) in inputs.iter().zip(chosen) {
        planned.push(plan_one(order, input, profile, &profile_digest).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(planned)
}

/// The name and the content's digest of each document's profile.
async fn choose_profiles(
    session: &Session,
    order: &Order,
    inputs: &[Input],
) -> Result<Vec<(String, Sha256Hex)>, CliError> {
    let known = session.profiles().await?;
    let names: Vec<String> = known.iter().map(|listed| listed.name.clone()).collect();
    let find =
        |name: &str| known.iter().find(|listed| listed.name == name).map(|listed| listed.profile.digest());
    inputs
        .iter()
        .map(|input| {
            let folder = inputs::profile_of(input, &names);
            let name = order.profile.as_deref().or(folder).unwrap_or(DEFAULT_PROFILE);
            find(name).map(|digest| (name.to_owned(), digest)).ok_or_else(|| {
                CliError::Usage(format!(
                    "profile {name:?} is neither built in nor registered: there are {}",
                    names.join(", ")
                ))
            })
        })
        .collect()
}

async fn plan_one<'a>(
    order: &Order,
    input: &'a Input,
    profile: String,
    profile_digest: &Sha256Hex,
) -> Result<Planned<'a>, CliError> {
    let bytes = read(&input.path).await?;
    let sha256 = Sha256Hex::of(&bytes);
    let job = ProcessJob {
        profile: Some(profile.clone()),
        pages: order.pages.clone(),
        vision: order.vision,
        password_secret: order.password_secret.clone(),
        ..ProcessJob::of(Source::Object(sha256.as_str().to_owned()))
    };
    let listed = serde_json::to_value(&job).map_err(|error| {
        CliError::Failed(format!("the job of {} can't be listed: {error}", input.document))
    })?;
    let entry = ManifestEntry {
        document: input.document.clone(),
        name: input.name.clone(),
        lane: Some(order.lane),
        job: Some(listed),
    };
    let job = ProcessJob {
        collection: Some(order.collection.clone()),
        document: Some(input.document.clone()),
        name: Some(input.name.clone()),
        ..job
    };
    let work_key = WorkKey::new(&sha256, profile_digest, &order.pages, order.vision);
    Ok(Planned { input, profile, bytes: bytes.len() as u64, sha256, work_key, entry, job })
}

/// A file's bytes.
///
/// # Errors
/// If it can't be read.
pub(crate) async fn read(path: &Path) -> Result<Bytes, CliError> {
    let read = tokio::fs::read(path).await;
    read.map(Bytes::from).map_err(|source| CliError::File { path: path.to_owned(), verb: "read", source })
}

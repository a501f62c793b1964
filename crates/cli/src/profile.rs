//! `docmill profile`: what is extracted from which kind of document.

mod check;

use std::path::{Path, PathBuf};

use docmill_chassis::stores::ListedProfile;
use serde::Serialize;

use crate::arguments::{CommonArguments, ProfileArguments, ProfileCommand};
use crate::error::CliError;
use crate::print::{Printer, Text};
use crate::session::{self, Session};
use check::{Problem, check};

/// A profile in the list.
#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    title: String,
    /// Whether it came with docmill or was registered.
    origin: &'static str,
    digest: String,
    rules: usize,
}

/// Lists, shows or registers.
///
/// # Errors
/// [`CliError`]; an unknown name and a file that is no profile are some.
pub(crate) async fn profile(
    arguments: &ProfileArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    if let ProfileCommand::Check { files } = &arguments.command {
        return check_all(files, printer);
    }
    let session = session::open(common).await?;
    match &arguments.command {
        ProfileCommand::List => list(&session, printer).await,
        ProfileCommand::Show { name } => show(&session, name, printer).await,
        ProfileCommand::Put { file } => put(&session, file, printer).await,
        ProfileCommand::Check { .. } => Ok(()),
    }
}

/// A file that was checked.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    name: Option<String>,
    digest: Option<String>,
    problems: Vec<Problem>,
}

/// Says everything that is wrong with these files.
fn check_all(files: &[PathBuf], printer: Printer) -> Result<(), CliError> {
    let mut checked = Vec::with_capacity(files.len());
    for file in files {
        let (profile, problems) = match check(&read(file)?) {
            Ok(profile) => (Some(profile), Vec::new()),
            Err(problems) => (None, problems),
        };
        let digest = profile.as_ref().map(|profile| profile.digest().to_string());
        let name = profile.and_then(|profile| profile.name);
        checked.push(Checked { file: file.display().to_string(), name, digest, problems });
    }
    if printer.json {
        printer.value(&checked)?;
    } else {
        for Checked { file, name, problems, .. } in &checked {
            match name {
                Some(name) => printer.line(format_args!("{file}: the profile {name} is good"))?,
                None => problems.iter().try_for_each(|problem| printer.line(told(file, problem)))?,
            }
        }
    }
    let count: usize = checked.iter().map(|checked| checked.problems.len()).sum();
    if count == 0 { Ok(()) } else { Err(CliError::Usage(format!("{count} problems were found"))) }
}

fn told(file: &str, problem: &Problem) -> String {
    let Problem { pointer, message } = problem;
    if pointer.is_empty() { format!("{file} {message}") } else { format!("{file} {pointer}: {message}") }
}

fn read(file: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(file).map_err(|source| CliError::File {
        path: file.to_owned(),
        verb: "read",
        source,
    })
}

async fn list(session: &Session, printer: Printer) -> Result<(), CliError> {
    let listed: Vec<Listed> = session.profiles().await?.into_iter().map(listed).collect();
    if printer.json {
        return Ok(printer.value(&listed)?);
    }
    let rows = listed.into_iter().map(|profile| {
        vec![
            Text::plain(profile.name),
            Text::plain(profile.title),
            Text::plain(profile.origin),
            Text::number(profile.rules),
            Text::quiet(profile.digest.get(..12).unwrap_or_default()),
        ]
    });
    Ok(printer.table(&["profile", "title", "origin", "rules", "digest"], rows.collect())?)
}

fn listed(listed: ListedProfile) -> Listed {
    Listed {
        digest: listed.profile.digest().to_string(),
        rules: listed.profile.rules.len(),
        origin: if listed.is_built_in { "built in" } else { "registered" },
        title: listed.profile.title,
        name: listed.name,
    }
}

async fn show(session: &Session, name: &str, printer: Printer) -> Result<(), CliError> {
    let profile = session.stores.profiles.resolve(name).await;
    let profile = profile.map_err(|error| CliError::nats(format!("read the profile {name:?}"), error))?;
    match profile {
        Some(profile) => Ok(printer.value(&profile)?),
        None => Err(CliError::Failed(format!(
            "profile {name:?} is neither built in nor registered: see `docmill profile list`"
        ))),
    }
}

async fn put(session: &Session, file: &Path, printer: Printer) -> Result<(), CliError> {
    let profile = check(&read(file)?).map_err(|problems| {
        let told: Vec<String> =
            problems.iter().map(|problem| told(&file.display().to_string(), problem)).collect();
        CliError::Usage(told.join("\n"))
    })?;
    let name = profile.name.clone().unwrap_or_default();
    session.provision_missing().await?;
    let stored = session.stores.profiles.put(&name, &profile).await;
    stored.map_err(|error| CliError::nats(format!("register the profile {name:?}"), error))?;
    if printer.json {
        return Ok(printer.value(&listed(ListedProfile { name, profile, is_built_in: false }))?);
    }
    Ok(printer.line(format_args!("profile {name} is registered, digest {}", profile.digest()))?)
}

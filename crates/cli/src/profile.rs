//! `docmill profile`: what is extracted from which kind of document.

use std::path::Path;

use docmill_chassis::stores::ListedProfile;
use docmill_contract::profile::Profile;
use serde::Serialize;

use crate::arguments::{CommonArguments, ProfileArguments, ProfileCommand};
use crate::error::CliError;
use crate::print::{Printer, Text};
use crate::session::{self, Session};

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
    let session = session::open(common).await?;
    match &arguments.command {
        ProfileCommand::List => list(&session, printer).await,
        ProfileCommand::Show { name } => show(&session, name, printer).await,
        ProfileCommand::Put { file } => put(&session, file, printer).await,
    }
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
    let text = std::fs::read_to_string(file).map_err(|source| CliError::File {
        path: file.to_owned(),
        verb: "read",
        source,
    })?;
    let profile = read(&text).map_err(|problem| CliError::Usage(format!("{} {problem}", file.display())))?;
    let name = profile.name.clone().unwrap_or_default();
    session.provision_missing().await?;
    let stored = session.stores.profiles.put(&name, &profile).await;
    stored.map_err(|error| CliError::nats(format!("register the profile {name:?}"), error))?;
    if printer.json {
        return Ok(printer.value(&listed(ListedProfile { name, profile, is_built_in: false }))?);
    }
    Ok(printer.line(format_args!("profile {name} is registered, digest {}", profile.digest()))?)
}

/// Reads a profile's file. What a worker would only find with the first document is refused here.
fn read(text: &str) -> Result<Profile, String> {
    let profile: Profile =
        serde_json::from_str(text).map_err(|error| format!("is not a profile: {error}"))?;
    if profile.version != docmill_contract::VERSION {
        return Err(format!(
            "has version {}: this docmill reads version {}",
            profile.version,
            docmill_contract::VERSION
        ));
    }
    let name = profile.name.as_deref().unwrap_or_default();
    let characters =
        |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
    if name.is_empty() || !name.chars().all(characters) {
        return Err("needs a `name` of A-Z, a-z, 0-9, `_` and `-`: jobs ask for it by that".to_owned());
    }
    if profile.schema.get("type").is_none_or(|kind| kind != "object") {
        return Err("has a `schema` that doesn't describe an object: give it \"type\": \"object\"".to_owned());
    }
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_profiles_say_why() {
        let check = |text: &str, expected: &str| {
            let problem = read(text).unwrap_err();
            assert!(problem.contains(expected), "{text}: {problem}");
        };
        check("x", "is not a profile");
        check(r#"{"name":"a","schema":{"type":"object"},"titel":""}"#, "unknown field `titel`");
        check(r#"{"name":"a","schema":{"type":"object"},"version":2}"#, "has version 2");
        check(r#"{"schema":{"type":"object"}}"#, "needs a `name`");
        check(r#"{"name":"a.b","schema":{"type":"object"}}"#, "needs a `name`");
        check(r#"{"name":"a","schema":{"type":"array"}}"#, "describe an object");
        assert!(read(r#"{"name":"a","schema":{"type":"object"}}"#).is_ok());
    }
}

//! A command's way to NATS: settings as the workers read them, one connection, the stores and the queues.
//!
//! Opened by every command but `run`'s children. Unlike a worker, a person doesn't wait for a NATS that isn't
//! there: after a few seconds the command fails and says where it looked.

use std::time::Duration;

use docmill_chassis::config::{self, NatsSettings, Problems, Sections};
use docmill_chassis::connect::Nats;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::run::install_tls;
use docmill_chassis::stores::Stores;
use docmill_contract::profile::Profile;

use crate::arguments::CommonArguments;
use crate::error::CliError;
use crate::print::Printer;

/// How long a command waits for NATS before it gives up.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// The name of the connection, as `nats server report connections` shows it.
const CONNECTION_NAME: &str = "docmill";

/// An open connection with everything on it.
#[derive(Debug)]
pub(crate) struct Session {
    /// The connection.
    pub(crate) nats: Nats,
    /// Documents, outcomes, analyses and the rest.
    pub(crate) stores: Stores,
    /// The work queues.
    pub(crate) jobs: Jobs,
    /// Where NATS is, and the lanes and copies that `provision` makes there.
    pub(crate) settings: NatsSettings,
    /// The sizes and ages of what `provision` makes.
    pub(crate) store: StoreSettings,
}

/// The settings of file and environment, read but not yet checked.
#[derive(Debug)]
pub(crate) struct Typed {
    /// The sections.
    pub(crate) sections: Sections,
    /// What was wrong with them.
    pub(crate) problems: Problems,
}

/// Reads file and environment; `--nats` wins over both.
pub(crate) fn read(common: &CommonArguments) -> Typed {
    let address = common.nats.iter().map(|url| ("DOCMILL_NATS__URL".to_owned(), url.clone()));
    let environment = config::environment().filter(|(key, _)| common.nats.is_none() || key != "DOCMILL_NATS__URL");
    let mut problems = Problems::default();
    let sections = Sections::load(common.config.as_deref(), environment.chain(address), &mut problems);
    Typed { sections, problems }
}

/// Connects as the settings say.
///
/// # Errors
/// [`CliError::Configuration`] for settings that can't work, [`CliError::Nats`] if NATS doesn't answer.
pub(crate) async fn open(common: &CommonArguments) -> Result<Session, CliError> {
    let Typed { sections, mut problems } = read(common);
    let settings = NatsSettings::read(&sections, &mut problems);
    if !problems.is_empty() {
        return Err(CliError::Configuration(problems));
    }
    connect(settings).await
}

/// Connects to the server that `settings` name.
///
/// # Errors
/// [`CliError::Nats`] if NATS doesn't answer within a few seconds.
pub(crate) async fn connect(settings: NatsSettings) -> Result<Session, CliError> {
    install_tls();
    let nats = Nats::connect(&settings, CONNECTION_NAME)
        .await
        .map_err(|error| CliError::nats(format!("set up the connection to {}", settings.url), error))?;
    // The connection is made in the background; an answer to a ping shows that it is there.
    match tokio::time::timeout(CONNECT_PATIENCE, nats.client.flush()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(CliError::nats(format!("reach NATS at {}", settings.url), error)),
        Err(_) => {
            return Err(CliError::Failed(format!(
                "NATS did not answer at {} within {} seconds: check the address (--nats or DOCMILL_NATS__URL) and the credentials",
                settings.url,
                CONNECT_PATIENCE.as_secs()
            )));
        }
    }
    let (stores, jobs) = (Stores::new(&nats), Jobs::new(&nats));
    Ok(Session { nats, stores, jobs, settings })
}

impl Session {
    /// Makes every stream, consumer and bucket, or brings them up to date.
    ///
    /// # Errors
    /// If NATS refuses, or is too old.
    pub(crate) async fn provision(&self) -> Result<(), CliError> {
        let made = docmill_chassis::provision::provision(&self.nats, &self.settings, &self.store).await;
        made.map(drop).map_err(|error| CliError::nats(format!("provision {}", self.settings.url), error))
    }

    /// Every profile that a job may name, by name.
    ///
    /// # Errors
    /// If NATS refuses.
    pub(crate) async fn profiles(&self) -> Result<Vec<Profile>, CliError> {
        let listed = self.stores.profiles.list().await;
        listed.map_err(|error| CliError::nats("list the profiles", error))
    }
}

/// `docmill provision`.
///
/// # Errors
/// [`CliError`].
pub(crate) async fn provision(common: &CommonArguments, printer: Printer) -> Result<(), CliError> {
    let session = open(common).await?;
    session.provision().await?;
    let lanes: Vec<&str> = session.settings.lanes.iter().map(|lane| lane.as_str()).collect();
    if printer.json {
        return Ok(printer.value(&serde_json::json!({"provisioned": true, "url": session.settings.url, "lanes": lanes}))?);
    }
    Ok(printer.line(format_args!("provisioned {} for the lanes {}", session.settings.url, lanes.join(", ")))?)
}

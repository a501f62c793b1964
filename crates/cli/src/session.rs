//! A command's way to NATS: settings as the workers read them, one connection, the stores and the queues.
//!
//! Opened by every command but `run`'s children. Unlike a worker, a person doesn't wait for a NATS that isn't
//! there: after a few seconds the command fails and says where it looked.

use std::time::Duration;

use docmill_chassis::config::{self, NatsSettings, Problems, Sections, TelemetrySettings};
use docmill_chassis::connect::Nats;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::provision::{self, StoreSettings};
use docmill_chassis::run::install_tls;
use docmill_chassis::stores::{ListedProfile, Stores};
use docmill_chassis::telemetry::Program;
use docmill_chassis::traces::Traces;

use crate::arguments::CommonArguments;
use crate::error::CliError;
use crate::print::Printer;

/// How long a command waits for NATS before it gives up.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// The name of the connection, as `nats server report connections` shows it.
const CONNECTION_NAME: &str = "docmill";

/// This program, as traces name it.
const PROGRAM: Program = Program { name: "docmill", version: env!("CARGO_PKG_VERSION") };

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
    pub(crate) limits: StoreSettings,
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
    let environment =
        config::environment().filter(|(key, _)| common.nats.is_none() || key != "DOCMILL_NATS__URL");
    let mut problems = Problems::default();
    let sections = Sections::load(common.config.as_deref(), environment.chain(address), &mut problems);
    Typed { sections, problems }
}

/// What sends the spans of jobs that this program publishes, where a collector is named. What is wrong with the settings is told
/// by the command that needs them.
pub(crate) fn traces(common: &CommonArguments) -> Traces {
    let Typed { sections, mut problems } = read(common);
    let settings = TelemetrySettings::read(&sections, &mut problems);
    let traces = Traces::new(&settings, PROGRAM);
    traces.trace_only();
    traces
}

/// Connects as the settings say.
///
/// # Errors
/// [`CliError::Configuration`] for settings that can't work, [`CliError::Nats`] if NATS doesn't answer.
pub(crate) async fn open(common: &CommonArguments) -> Result<Session, CliError> {
    let Typed { sections, mut problems } = read(common);
    let settings = NatsSettings::read(&sections, &mut problems);
    let limits = StoreSettings::read(&sections, &mut problems);
    if !problems.is_empty() {
        return Err(CliError::Configuration(problems));
    }
    connect(settings, limits).await
}

/// Connects to the server that `settings` name.
///
/// # Errors
/// [`CliError::Nats`] if NATS doesn't answer within a few seconds, or is too old.
pub(crate) async fn connect(settings: NatsSettings, limits: StoreSettings) -> Result<Session, CliError> {
    install_tls();
    let failed = |error| CliError::nats("connect", error);
    let nats = Nats::connect(&settings, CONNECTION_NAME).await.map_err(failed)?;
    nats.ready(CONNECT_PATIENCE).await.map_err(failed)?;
    let (stores, jobs) = (Stores::new(&nats), Jobs::new(&nats));
    Ok(Session { nats, stores, jobs, settings, limits })
}

impl Session {
    /// Makes every stream, consumer and bucket, and gives those that are there the limits of these settings.
    ///
    /// # Errors
    /// If NATS refuses.
    pub(crate) async fn provision(&self) -> Result<(), CliError> {
        let made = provision::provision(&self.nats, &self.settings, &self.limits).await;
        made.map_err(|error| CliError::nats(format!("provision {}", self.settings.url), error))
    }

    /// Makes what isn't there, and leaves the rest as whoever operates it made it.
    ///
    /// # Errors
    /// If NATS refuses.
    pub(crate) async fn provision_missing(&self) -> Result<(), CliError> {
        let made = provision::provision_missing(&self.nats, &self.settings, &self.limits).await;
        made.map_err(|error| CliError::nats(format!("provision {}", self.settings.url), error))
    }

    /// Every profile that a job may name, by name.
    ///
    /// # Errors
    /// If NATS refuses.
    pub(crate) async fn profiles(&self) -> Result<Vec<ListedProfile>, CliError> {
        let listed = self.stores.profiles.list().await;
        listed.map_err(|error| CliError::nats("list the profiles", error))
    }
}

/// `docmill provision`.
///
/// # Errors
/// [`CliError`].
pub(crate) async fn provision_all(common: &CommonArguments, printer: Printer) -> Result<(), CliError> {
    let session = open(common).await?;
    session.provision().await?;
    let lanes: Vec<&str> = session.settings.lanes.iter().map(|lane| lane.as_str()).collect();
    if printer.json {
        return Ok(printer.value(
            &serde_json::json!({"provisioned": true, "url": session.settings.url, "lanes": lanes}),
        )?);
    }
    Ok(printer.line(format_args!(
        "provisioned {} for the lanes {}",
        session.settings.url,
        lanes.join(", ")
    ))?)
}

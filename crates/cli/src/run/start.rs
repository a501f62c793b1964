//! What a run starts, in which order and with which settings: the nats-server, mock-llm, the two workers.
//!
//! Called by `run` alone. The children read the same file and environment as everywhere; what a run decides for
//! them (addresses, the LLM where none is configured) goes on top.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use docmill_chassis::config::NatsSettings;
use docmill_chassis::provision::StoreSettings;
use docmill_contract::names::Lane;
use docmill_reader::child;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::children::{Children, Start};
use super::nats_server;
use super::state::State;
use crate::arguments::{CommonArguments, RunArguments};
use crate::error::CliError;
use crate::session::{self, Session, Typed};

/// How long mock-llm may take to listen.
const MOCK_PATIENCE: Duration = Duration::from_secs(10);

/// How long jobs of a run that was killed stay with its dead workers. Far shorter than in a cluster: a person waits,
/// and no network is between worker and server.
const ACK_WAIT: Duration = Duration::from_secs(15);

/// The mock's name: as a child, as a model, and as the endpoint under which its replies are kept. The endpoint's
/// name must not change with the mock's port, or no reply would ever be found again.
const MOCK: &str = "mock-llm";

/// A port that the system picks, seen by this machine alone.
const ANY_PORT: &str = "127.0.0.1:0";

/// What is set for both workers.
type Environment = Vec<(&'static str, Option<OsString>)>;

/// What a run was told.
#[derive(Debug)]
pub(crate) struct Settings {
    nats: NatsSettings,
    limits: StoreSettings,
    /// Whether file or environment name an LLM.
    llm_configured: bool,
    passwords: Option<PathBuf>,
    fallback_font: Option<PathBuf>,
    threads: Option<u16>,
    config: Option<PathBuf>,
    /// Where the programs are: beside this one.
    programs: PathBuf,
}

impl Settings {
    /// Reads what was typed, in options, file and environment.
    ///
    /// # Errors
    /// [`CliError::Configuration`], and [`CliError::Usage`] for a folder that isn't there.
    pub(crate) fn read(arguments: &RunArguments, common: &CommonArguments) -> Result<Self, CliError> {
        let Typed { sections, mut problems } = session::read(common);
        let mut nats = NatsSettings::read(&sections, &mut problems);
        // One server of our own has one copy of everything, and its workers serve one lane.
        nats.replicas = 1;
        nats.lanes = vec![Lane::Bulk];
        nats.ack_wait = ACK_WAIT;
        let limits = StoreSettings::read(&sections, &mut problems);
        let llm: Map<String, Value> = sections.section("llm", &mut problems);
        if !problems.is_empty() {
            return Err(CliError::Configuration(problems));
        }
        let absolute = |path: &Path| {
            path.canonicalize().map_err(|source| CliError::File {
                path: path.to_owned(),
                verb: "used",
                source,
            })
        };
        if let Some(font) = &arguments.fallback_font {
            // The processor would refuse it, but in its log.
            child::read_font(font).map_err(|reason| {
                CliError::Usage(format!("--fallback-font {}: can't be used: {reason}", font.display()))
            })?;
        }
        let programs = std::env::current_exe().ok().and_then(|program| program.parent().map(Path::to_owned));
        Ok(Self {
            nats,
            limits,
            llm_configured: names_an_llm(&llm),
            passwords: arguments.passwords.as_deref().map(absolute).transpose()?,
            fallback_font: arguments.fallback_font.as_deref().map(absolute).transpose()?,
            threads: arguments.threads,
            config: common.config.as_deref().map(absolute).transpose()?,
            programs: programs.unwrap_or_default(),
        })
    }

    fn program(&self, name: &str) -> PathBuf {
        self.programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// What both workers are told on top of file and environment.
    fn environment(&self, nats_url: &str, mock: Option<&str>) -> Environment {
        let set = |key, value: &str| (key, Some(OsString::from(value)));
        let mut environment = vec![
            set("DOCMILL_NATS__URL", nats_url),
            // Our own server asks for no credentials.
            ("DOCMILL_NATS__CREDENTIALS_FILE", None),
            ("DOCMILL_NATS__NKEY_FILE", None),
            ("DOCMILL_NATS__USER", None),
            ("DOCMILL_NATS__PASSWORD", None),
            ("DOCMILL_NATS__TOKEN", None),
            ("DOCMILL_NATS__CA_FILE", None),
            ("DOCMILL_NATS__CERTIFICATE_FILE", None),
            ("DOCMILL_NATS__KEY_FILE", None),
            ("DOCMILL_NATS__INBOX_PREFIX", None),
            ("DOCMILL_NATS__LANES", None),
            set("DOCMILL_WORKER__LANE", Lane::Bulk.as_str()),
            // A worker that ends waits for its last pull, and so does the person in front of it.
            set("DOCMILL_NATS__PULL_EXPIRES_SECONDS", "1"),
            set("DOCMILL_NATS__ACK_WAIT_SECONDS", &ACK_WAIT.as_secs().to_string()),
            set("DOCMILL_HTTP__LISTEN", ANY_PORT),
        ];
        if let Some(address) = mock {
            environment.extend([
                set("DOCMILL_LLM__BASE_URL", &format!("http://{address}/v1")),
                set("DOCMILL_LLM__PROVIDER", "openai"),
                set("DOCMILL_LLM__MODEL", MOCK),
                set("DOCMILL_LLM__ENDPOINT_NAME", MOCK),
                // A real endpoint's key is nobody else's business.
                ("DOCMILL_LLM__API_KEY", None),
            ]);
        }
        if let Some(folder) = &self.passwords {
            environment.push(("DOCMILL_PDF__PASSWORDS_FOLDER", Some(folder.clone().into_os_string())));
        }
        if let Some(font) = &self.fallback_font {
            environment.push(("DOCMILL_PDF__FALLBACK_FONT", Some(font.clone().into_os_string())));
        }
        if let Some(threads) = self.threads {
            environment.push(set("DOCMILL_WORKER__CPU_THREADS", &threads.to_string()));
        }
        if let Some(file) = &self.config {
            environment.push(("DOCMILL_CONFIG", Some(file.clone().into_os_string())));
        }
        environment
    }
}

/// An address, or a provider that brings its own.
fn names_an_llm(llm: &Map<String, Value>) -> bool {
    llm.contains_key("base_url") || llm.get("provider").is_some_and(|provider| provider == "sap-ai-core")
}

/// Starts the nats-server and makes everything in it.
///
/// # Errors
/// [`CliError`] if it doesn't start or can't be provisioned.
pub(crate) async fn server(
    settings: &Settings,
    server: &Path,
    state: &State,
    children: &mut Children,
) -> Result<Session, CliError> {
    let url = nats_server::start(children, server, &state.folder, state.share_lock()?).await?;
    let nats = settings.nats.clone().without_login(url);
    let session = session::connect(nats, settings.limits).await?;
    session.provision().await?;
    Ok(session)
}

/// Starts mock-llm unless an LLM is configured, and both workers.
///
/// # Errors
/// [`CliError`] if one of them doesn't start.
pub(crate) async fn workers(
    settings: &Settings,
    session: &Session,
    children: &mut Children,
) -> Result<(), CliError> {
    let mock = if settings.llm_configured { None } else { Some(mock_llm(settings, children).await?) };
    let environment = settings.environment(&session.settings.url, mock.as_deref());
    for name in ["docmill-processor", "docmill-analyser"] {
        children.start(Start {
            name,
            program: &settings.program(name),
            arguments: Vec::new(),
            inherits: true,
            environment: environment.clone(),
            input: None,
        })?;
    }
    Ok(())
}

/// Starts mock-llm and returns the address it listens on, which it prints as its first line.
async fn mock_llm(settings: &Settings, children: &mut Children) -> Result<String, CliError> {
    children.start(Start {
        name: MOCK,
        program: &settings.program(MOCK),
        arguments: vec!["--listen".into(), ANY_PORT.into()],
        inherits: false,
        environment: Vec::new(),
        input: None,
    })?;
    let log = children.log(MOCK);
    let listening = || std::fs::read_to_string(&log).ok()?.lines().find_map(listening);
    Ok(children.wait_for(MOCK, MOCK_PATIENCE, listening).await?)
}

/// The address in a line of mock-llm's, if this is that line.
fn listening(line: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Listening {
        listening: String,
    }
    serde_json::from_str::<Listening>(line).ok().map(|line| line.listening)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mock_says_where_it_listens() {
        let check =
            |line: &str, expected: Option<&str>| assert_eq!(listening(line).as_deref(), expected, "{line}");
        check(r#"{"listening":"127.0.0.1:4711"}"#, Some("127.0.0.1:4711"));
        check(r#"{"timestamp":"…","level":"INFO"}"#, None);
        check(r#"{"listening":"127.0"#, None);
    }

    #[test]
    fn a_configured_llm_is_an_address_or_a_provider_that_brings_one() {
        let check = |llm: Value, expected: bool| {
            assert_eq!(names_an_llm(llm.as_object().unwrap()), expected, "{llm}");
        };
        check(serde_json::json!({}), false);
        check(serde_json::json!({"model": "m"}), false);
        check(serde_json::json!({"provider": "openai"}), false);
        check(serde_json::json!({"base_url": "http://x/v1"}), true);
        check(serde_json::json!({"provider": "sap-ai-core"}), true);
    }
}

//! What the processor is made of: settings and clients put together, once.

use docmill_chassis::cpu::Cpu;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::metrics::Stages;
use docmill_chassis::run::Chassis;
use docmill_chassis::stores::Stores;
use docmill_contract::names::Lane;

use crate::ask::{Asker, AskerParts, AskingSettings};
use crate::compiled::CompiledProfiles;
use crate::config::ProcessorSettings;
use crate::llm::quota::QuotaMetrics;
use crate::metrics::ProcessorMetrics;
use crate::reader::Readers;
use crate::tally::Prices;
use crate::web::Web;

/// The Data Processor: see `job` for what it does.
#[derive(Debug)]
pub struct Processor {
    pub(crate) settings: ProcessorSettings,
    pub(crate) stores: Stores,
    pub(crate) jobs: Jobs,
    pub(crate) lane: Lane,
    pub(crate) web: Web,
    pub(crate) readers: Readers,
    pub(crate) compiled: CompiledProfiles,
    pub(crate) asker: Asker,
    pub(crate) cpu: Cpu,
    pub(crate) prices: Option<Prices>,
    pub(crate) metrics: ProcessorMetrics,
    pub(crate) stages: Stages,
}

impl Processor {
    /// Puts it together.
    ///
    /// # Errors
    /// Where the HTTP client can't be made, or this program's own file can't be found.
    pub fn new(settings: ProcessorSettings, chassis: &Chassis) -> Result<Self, MountError> {
        // Reading children are this program, started again.
        let program = std::env::current_exe().map_err(MountError::OwnFile)?;
        let stores = Stores::new(&chassis.nats);
        let metrics = ProcessorMetrics::new(settings.prices.clone());
        chassis.metrics.register(|registry| metrics.register(registry));
        let quota_metrics = QuotaMetrics::default();
        if settings.quota.is_some() {
            chassis.metrics.register(|registry| quota_metrics.register(registry));
        }
        let asking = AskingSettings {
            llm: settings.llm.clone(),
            ask: settings.ask.clone(),
            quota: settings.quota.clone(),
        };
        let parts = AskerParts {
            stores: &stores,
            lane: settings.chassis.worker.lane,
            gate: chassis.gate.clone(),
            cpu: chassis.cpu.clone(),
            quota_metrics,
        };
        let asker = Asker::new(asking, parts).map_err(MountError::HttpClient)?;
        Ok(Self {
            jobs: Jobs::new(&chassis.nats),
            lane: settings.chassis.worker.lane,
            web: Web::new(&settings.web).map_err(MountError::HttpClient)?,
            readers: Readers::new(program, settings.reader.clone()),
            compiled: CompiledProfiles::default(),
            asker,
            cpu: chassis.cpu.clone(),
            prices: settings.prices.clone(),
            stores,
            settings,
            metrics,
            stages: chassis.metrics.stages.clone(),
        })
    }

    /// The reading children, to be closed after the work.
    pub fn readers(&self) -> Readers {
        self.readers.clone()
    }
}

/// Why the processor can't be put together.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// The HTTP client.
    #[error("failed to set up the HTTP client")]
    HttpClient(#[source] reqwest::Error),
    /// The program's own file, of which reading children are started.
    #[error("failed to find this program's own file, of which reading processes are started")]
    OwnFile(#[source] std::io::Error),
}

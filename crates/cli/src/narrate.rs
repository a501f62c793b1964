//! The narrative of a report: asks the configured model about the analysis, and keeps the sentences whose figures are
//! computed ones.
//!
//! Called by `report --narrative` alone. What is shown, asked and kept is `docmill_report::narrative`'s; how a model is
//! called, within which quota and budgets, is the processor's. Neither workers nor what they store know of narratives.

use std::fmt;

use docmill_chassis::cpu::Cpu;
use docmill_chassis::gate::Gate;
use docmill_chassis::metrics::Metrics;
use docmill_contract::analysis::Analysis;
use docmill_contract::names::Lane;
use docmill_processor::ask::aside::Aside;
use docmill_processor::ask::{Asker, AskerParts, AskingSettings};
use docmill_processor::llm::quota::QuotaMetrics;
use docmill_report::narrative::Facts;

use crate::arguments::CommonArguments;
use crate::cost::{self, TotalUsage};
use crate::error::CliError;
use crate::session::{self, Session, Typed};

/// What came of it, for a line.
#[derive(Debug)]
pub(crate) struct Told {
    kept: usize,
    written: u64,
    usage: TotalUsage,
}

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "narrative: {} of {} sentences kept; {}", self.kept, self.written, self.usage)
    }
}

/// The settings of the model, as workers read them.
///
/// # Errors
/// [`CliError::Configuration`], where no model is configured, too.
pub(crate) fn settings(common: &CommonArguments) -> Result<AskingSettings, CliError> {
    let Typed { sections, mut problems } = session::read(common);
    let settings = AskingSettings::read(&sections, &mut problems);
    if problems.is_empty() { Ok(settings) } else { Err(CliError::Configuration(problems)) }
}

/// Has the narrative written into the analysis.
///
/// # Errors
/// [`CliError::Narrative`] where the model can't be asked, or doesn't answer what it was asked.
pub(crate) async fn narrate(
    session: &Session,
    settings: AskingSettings,
    analysis: &mut Analysis,
) -> Result<Told, CliError> {
    let metrics = Metrics::new();
    let parts = AskerParts {
        stores: &session.stores,
        // A person waits.
        lane: Lane::Priority,
        gate: Gate::new(&metrics),
        cpu: Cpu::new(1, &metrics).map_err(|error| CliError::Narrative(error.into()))?,
        quota_metrics: QuotaMetrics::default(),
    };
    let asker = Asker::new(settings, parts).map_err(|error| CliError::Narrative(error.into()))?;
    let facts = Facts::of(analysis);
    let question = facts.question();
    let aside = Aside {
        name: "narrative",
        system: question.system.to_owned(),
        user: question.user,
        schema: question.schema,
    };
    let read = |text: &str, model: &str| facts.check(text, model);
    let told = asker.ask_aside(&aside, &analysis.collection, read).await;
    let told = told.map_err(|error| CliError::Narrative(error.into()))?;
    let (kept, written) = (told.value.sentences.len(), told.value.written());
    analysis.narrative = Some(told.value);
    Ok(Told { kept, written, usage: cost::total([&told.usage]) })
}

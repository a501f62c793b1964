//! The processor's own settings: sections `llm`, `pdf` and `web`, checked together with the chassis's.
//!
//! Called by `main` through [`ProcessorSettings::read`]. Combinations that can't work are refused here, before
//! any port is opened.

mod authorities;
mod llm;
mod pdf;
mod quota;
mod web;

use std::path::PathBuf;
use std::time::Duration;

use docmill_chassis::boot::WorkerSettings;
use docmill_chassis::config::{Problems, Sections, Settings, WorkerDefaults, environment};
use docmill_chassis::provision::StoreSettings;
use docmill_extraction::PlanBudget;

use crate::ask::{AskSettings, AskingSettings};
use crate::llm::quota::QuotaSettings;
use crate::llm::sap_ai_core::credentials::Surroundings;
use crate::llm::settings::LlmSettings;
use crate::reader::ReaderSettings;
use crate::tally::Prices;
use crate::web::WebSettings;

use llm::LlmSection;
use pdf::{PdfSection, check_memory};
use web::WebSection;

/// Jobs at once where the operator says nothing: most of a job's time is waiting for the model.
const CONCURRENCY_DEFAULT: usize = 8;

/// Everything the processor is told.
#[derive(Debug, Clone)]
pub struct ProcessorSettings {
    /// The chassis's part.
    pub chassis: Settings,
    /// Ages and sizes of the stores, for `provision`.
    pub store: StoreSettings,
    /// The endpoint.
    pub llm: LlmSettings,
    /// How asking is bounded.
    pub ask: AskSettings,
    /// Whether the model takes images.
    pub vision: bool,
    /// What tokens cost.
    pub prices: Option<Prices>,
    /// What the whole fleet may ask of the endpoint; nothing is counted where absent.
    pub quota: Option<QuotaSettings>,
    /// How documents are cut into parts.
    pub plan: PlanBudget,
    /// How reading is bounded.
    pub reader: ReaderSettings,
    /// How documents are fetched by https.
    pub web: WebSettings,
    /// How late an object may come after its job.
    pub object_late_max: Duration,
    /// Where password secrets are mounted.
    pub passwords_folder: Option<PathBuf>,
    /// Whether a document's own data is taken before a model is asked.
    pub embedded_data: bool,
}

impl ProcessorSettings {
    /// Reads and checks all sections. `surroundings` is where credentials are looked for that have names of their own.
    pub fn read_in(sections: &Sections, surroundings: Surroundings, problems: &mut Problems) -> Self {
        let defaults = WorkerDefaults { concurrency: CONCURRENCY_DEFAULT };
        let chassis = Settings::read(sections, defaults, problems);
        let llm: LlmSection = sections.section("llm", problems);
        let pdf: PdfSection = sections.section("pdf", problems);
        let web: WebSection = sections.section("web", problems);
        let reader = pdf.read(problems);
        check_memory(&pdf, &reader, chassis.worker.concurrency, problems);
        let late_seconds =
            problems.within("pdf.object_late_seconds_max", pdf.object_late_seconds_max, 0..=86_400);
        let embedded_data = pdf.embedded_data;
        let passwords_folder = pdf.passwords_folder;
        if let Some(folder) = passwords_folder.as_ref().filter(|folder| !folder.is_dir()) {
            problems.add("pdf.passwords_folder", format_args!("{} is not a folder", folder.display()));
        }
        let ask = llm.ask(problems);
        Self {
            store: StoreSettings::read(sections, problems),
            quota: quota::read(&llm, ask.prices.as_ref(), problems),
            prices: ask.prices.clone(),
            ask,
            plan: PlanBudget {
                chunk_tokens_max: problems.within(
                    "llm.chunk_tokens_max",
                    llm.chunk_tokens_max,
                    200..=1_000_000,
                ),
                ..PlanBudget::default()
            },
            vision: llm.vision,
            llm: llm.endpoint(surroundings, chassis.worker.concurrency, problems),
            reader,
            web: web.read(problems),
            object_late_max: Duration::from_secs(late_seconds),
            passwords_folder,
            embedded_data,
            chassis,
        }
    }
}

impl AskingSettings {
    /// Reads and checks the section `llm` alone, for a program that asks a model and is no worker: one call at a time.
    pub fn read(sections: &Sections, problems: &mut Problems) -> Self {
        let llm: LlmSection = sections.section("llm", problems);
        let ask = llm.ask(problems);
        Self {
            quota: quota::read(&llm, ask.prices.as_ref(), problems),
            llm: llm.endpoint(Surroundings::new(environment()), 1, problems),
            ask,
        }
    }
}

impl WorkerSettings for ProcessorSettings {
    fn read(sections: &Sections, problems: &mut Problems) -> Self {
        Self::read_in(sections, Surroundings::new(environment()), problems)
    }

    fn chassis(&self) -> &Settings {
        &self.chassis
    }

    fn stores(&self) -> &StoreSettings {
        &self.store
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::settings::Provider;

    const GOOD: [(&str, &str); 2] =
        [("DOCMILL_LLM__BASE_URL", "http://127.0.0.1:1/v1"), ("DOCMILL_LLM__MODEL", "m")];

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: &[&str]) {
        let mut problems = Problems::default();
        let variables = variables.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
        let sections = Sections::load(None, variables, &mut problems);
        ProcessorSettings::read(&sections, &mut problems);
        let found = problems.as_slice();
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}\n  lacks: {expected}");
        }
    }

    #[test]
    fn problems_are_reported_together() {
        check(&GOOD, &[]);
        check(&[], &["llm.base_url: is missing", "llm.model: is missing"]);
        check(
            &[("DOCMILL_LLM__BASE_URL", "ftp://x"), ("DOCMILL_LLM__PROVIDER", "smoke"), GOOD[1]],
            &["unknown variant `smoke`", "is not an http or https address"],
        );
        check(&[GOOD[0], GOOD[1], ("DOCMILL_LLM__PROMPT_PRICE", "1")], &["give both or none"]);
        let prices = [("DOCMILL_LLM__PROMPT_PRICE", "1"), ("DOCMILL_LLM__COMPLETION_PRICE", "2")];
        for (variable, key) in [
            ("DOCMILL_LLM__DOCUMENT_COST_MAX", "llm.document_cost_max"),
            ("DOCMILL_LLM__COLLECTION_COST_MAX", "llm.collection_cost_max"),
        ] {
            let (good, bad) = ((variable, "0.50"), (variable, "-1"));
            check(&[GOOD[0], GOOD[1], good], &[&format!("{key}: needs prices")]);
            check(&[GOOD[0], GOOD[1], prices[0], prices[1], good], &[]);
            check(
                &[GOOD[0], GOOD[1], prices[0], prices[1], bad],
                &[&format!("{key}: \"-1\" is not an amount")],
            );
        }
        check(&[GOOD[0], GOOD[1], ("DOCMILL_PDF__MEMORY_BYTES_MAX", "1000000000")], &["are too few"]);
        check(&[GOOD[0], GOOD[1], ("DOCMILL_PDF__PAGES_MAX", "0")], &["pdf.pages_max"]);
        for (file, reason) in
            [("nowhere.ttf", "No such file"), ("Cargo.toml", "no TrueType or OpenType font")]
        {
            let expected = format!("pdf.fallback_font: {file} can't be used: ");
            check(&[GOOD[0], GOOD[1], ("DOCMILL_PDF__FALLBACK_FONT", file)], &[&expected]);
            check(&[GOOD[0], GOOD[1], ("DOCMILL_PDF__FALLBACK_FONT", file)], &[reason]);
        }
        check(&[GOOD[0], GOOD[1], ("DOCMILL_PDF__NESTING_MAX", "51")], &["pdf.nesting_max"]);
        check(
            &[GOOD[0], GOOD[1], ("DOCMILL_PDF__PAGE_DECOMPRESSED_BYTES_MAX", "0")],
            &["pdf.page_decompressed_bytes_max"],
        );
    }

    #[test]
    fn who_only_asks_is_told_of_the_model_alone() {
        let check = |variables: &[(&str, &str)], expected: &[&str]| {
            let mut problems = Problems::default();
            let variables = variables.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
            let sections = Sections::load(None, variables, &mut problems);
            let asking = AskingSettings::read(&sections, &mut problems);
            assert_eq!(asking.llm.calls_at_once_max, 1);
            let found = problems.as_slice();
            assert_eq!(found.len(), expected.len(), "{found:#?}");
            assert!(
                found.iter().zip(expected).all(|(found, expected)| found.contains(expected)),
                "{found:#?}"
            );
        };
        // What a worker would refuse is none of its business.
        check(&[GOOD[0], GOOD[1], ("DOCMILL_PDF__PAGES_MAX", "0")], &[]);
        check(&[], &["llm.base_url: is missing", "llm.model: is missing"]);
        check(&[GOOD[0], GOOD[1], ("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "0")], &["0 is outside"]);
    }

    #[test]
    fn the_key_is_never_shown() {
        let mut problems = Problems::default();
        let key = "sk-verysecret";
        let variables = GOOD.iter().copied().chain([("DOCMILL_LLM__API_KEY", key)]);
        let sections =
            Sections::load(None, variables.map(|(key, value)| (key.into(), value.into())), &mut problems);
        let settings = ProcessorSettings::read(&sections, &mut problems);
        let Provider::OpenAi(endpoint) = &settings.llm.provider else { panic!("the default is openai") };
        assert_eq!(endpoint.headers["authorization"], format!("Bearer {key}"));
        assert!(!format!("{settings:?}").contains(key));
    }
}

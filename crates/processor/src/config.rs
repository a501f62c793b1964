//! The processor's own settings: sections `llm` and `pdf`, checked together with the chassis's.
//!
//! Called by `main` through [`ProcessorSettings::read`]. Combinations that can't work are refused here, before
//! any port is opened.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use docmill_chassis::boot::WorkerSettings;
use docmill_chassis::config::{Problems, Secret, Sections, Settings, WorkerDefaults};
use docmill_chassis::provision::StoreSettings;
use docmill_extraction::{PlanBudget, SchemaLevel};
use docmill_pdf::Limits;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::ask::AskSettings;
use crate::llm::openai::OpenAiSettings;
use crate::reader::ReaderSettings;
use crate::tally::Prices;

/// Jobs at once where the operator says nothing: most of a job's time is waiting for the model.
const CONCURRENCY_DEFAULT: usize = 8;

/// What a worker needs beside documents and reading children: code, connections, replies in flight.
const BASE_MEMORY_BYTES: u64 = 128 * 1024 * 1024;

/// Everything the processor is told.
#[derive(Debug, Clone)]
pub struct ProcessorSettings {
    /// The chassis's part.
    pub chassis: Settings,
    /// Ages and sizes of the stores, for `provision`.
    pub store: StoreSettings,
    /// The endpoint.
    pub llm: OpenAiSettings,
    /// How asking is bounded.
    pub ask: AskSettings,
    /// Whether the model takes images.
    pub vision: bool,
    /// What tokens cost.
    pub prices: Option<Prices>,
    /// How documents are cut into parts.
    pub plan: PlanBudget,
    /// How reading is bounded.
    pub reader: ReaderSettings,
    /// How late an object may come after its job.
    pub object_late_max: Duration,
    /// Where password secrets are mounted.
    pub passwords_folder: Option<PathBuf>,
}

/// Which kind of endpoint is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Provider {
    /// Any OpenAI-compatible endpoint.
    #[default]
    #[serde(rename = "openai")]
    OpenAi,
}

/// What the endpoint can do with a schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SchemaSupport {
    /// `response_format: json_schema`.
    #[default]
    JsonSchema,
    /// `response_format: json_object`.
    JsonObject,
    /// Neither: the schema goes into the prompt.
    Prompt,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LlmSection {
    provider: Provider,
    base_url: String,
    endpoint_name: Option<String>,
    api_key: Option<Secret>,
    model: String,
    schema_support: SchemaSupport,
    vision: bool,
    timeout_seconds: u64,
    calls_at_once_max: Option<usize>,
    reply_tokens_max: u32,
    chunk_tokens_max: usize,
    document_tokens_max: u64,
    prompt_price: Option<String>,
    completion_price: Option<String>,
    price_currency: String,
}

impl Default for LlmSection {
    fn default() -> Self {
        Self {
            provider: Provider::OpenAi,
            base_url: String::new(),
            endpoint_name: None,
            api_key: None,
            model: String::new(),
            schema_support: SchemaSupport::JsonSchema,
            vision: false,
            timeout_seconds: 120,
            calls_at_once_max: None,
            reply_tokens_max: 16_384,
            chunk_tokens_max: 6_000,
            document_tokens_max: 2_000_000,
            prompt_price: None,
            completion_price: None,
            price_currency: "USD".to_owned(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PdfSection {
    readers: Option<usize>,
    reader_memory_bytes_max: u64,
    memory_bytes_max: Option<u64>,
    read_seconds_max: u64,
    documents_per_reader: u32,
    document_bytes_max: u64,
    pages_max: u32,
    object_late_seconds_max: u64,
    passwords_folder: Option<PathBuf>,
}

impl Default for PdfSection {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            readers: None,
            // Address space, of which a reader of ordinary documents touches a twentieth.
            reader_memory_bytes_max: 2 * 1024 * 1024 * 1024,
            memory_bytes_max: None,
            read_seconds_max: 60,
            documents_per_reader: 500,
            document_bytes_max: limits.document_bytes_max,
            pages_max: limits.pages_max,
            object_late_seconds_max: 60,
            passwords_folder: None,
        }
    }
}

impl WorkerSettings for ProcessorSettings {
    fn read(sections: &Sections, problems: &mut Problems) -> Self {
        let defaults = WorkerDefaults { concurrency: CONCURRENCY_DEFAULT };
        let chassis = Settings::read(sections, defaults, problems);
        let llm: LlmSection = sections.section("llm", problems);
        let pdf: PdfSection = sections.section("pdf", problems);
        let timeout =
            Duration::from_secs(problems.within("llm.timeout_seconds", llm.timeout_seconds, 1..=3_600));
        let reader = pdf.read(problems);
        check_memory(&pdf, &reader, chassis.worker.concurrency, problems);
        let late_seconds =
            problems.within("pdf.object_late_seconds_max", pdf.object_late_seconds_max, 0..=86_400);
        let passwords_folder = pdf.passwords_folder;
        if let Some(folder) = passwords_folder.as_ref().filter(|folder| !folder.is_dir()) {
            problems.add("pdf.passwords_folder", format_args!("{} is not a folder", folder.display()));
        }
        Self {
            store: StoreSettings::read(sections, problems),
            ask: llm.ask(problems),
            prices: llm.prices(problems),
            plan: PlanBudget {
                chunk_tokens_max: problems.within(
                    "llm.chunk_tokens_max",
                    llm.chunk_tokens_max,
                    200..=1_000_000,
                ),
                ..PlanBudget::default()
            },
            vision: llm.vision,
            llm: llm.endpoint(timeout, chassis.worker.concurrency, problems),
            reader,
            object_late_max: Duration::from_secs(late_seconds),
            passwords_folder,
            chassis,
        }
    }

    fn chassis(&self) -> &Settings {
        &self.chassis
    }

    fn stores(&self) -> &StoreSettings {
        &self.store
    }
}

impl LlmSection {
    fn endpoint(self, timeout: Duration, concurrency: usize, problems: &mut Problems) -> OpenAiSettings {
        let Provider::OpenAi = self.provider;
        let base_url = self.base_url.trim_end_matches('/').to_owned();
        if base_url.is_empty() {
            problems.add(
                "llm.base_url",
                "is missing: give what stands before /chat/completions, as in http://host/v1",
            );
        } else if !(base_url.starts_with("http://") || base_url.starts_with("https://")) {
            problems.add("llm.base_url", format_args!("{base_url:?} is not an http or https address"));
        } else if base_url.ends_with("/chat/completions") {
            problems.add("llm.base_url", "ends before /chat/completions: leave that out");
        } else if base_url.contains('@') {
            problems.add("llm.base_url", "holds credentials; addresses are logged, so give llm.api_key");
        }
        if self.model.is_empty() {
            problems.add("llm.model", "is missing: name the model, as the endpoint does");
        }
        let calls_at_once_max = self.calls_at_once_max.unwrap_or(concurrency);
        OpenAiSettings {
            endpoint_name: self.endpoint_name.unwrap_or_else(|| base_url.clone()),
            base_url,
            api_key: self.api_key,
            model: self.model,
            timeout,
            calls_at_once_max: problems.within("llm.calls_at_once_max", calls_at_once_max, 1..=4_096),
        }
    }

    fn ask(&self, problems: &mut Problems) -> AskSettings {
        AskSettings {
            schema_level: match self.schema_support {
                SchemaSupport::JsonSchema => SchemaLevel::JsonSchema,
                SchemaSupport::JsonObject => SchemaLevel::JsonObject,
                SchemaSupport::Prompt => SchemaLevel::Prompt,
            },
            reply_tokens_max: problems.within("llm.reply_tokens_max", self.reply_tokens_max, 16..=1_000_000),
            document_tokens_max: problems.within(
                "llm.document_tokens_max",
                self.document_tokens_max,
                1..=u64::MAX,
            ),
        }
    }

    fn prices(&self, problems: &mut Problems) -> Option<Prices> {
        let mut price = |key: &str, text: &str| -> Decimal {
            text.parse().unwrap_or_else(|_| {
                problems.add(key, format_args!("{text:?} is not a price per million tokens, as in \"0.15\""));
                Decimal::ZERO
            })
        };
        match (&self.prompt_price, &self.completion_price) {
            (None, None) => None,
            (Some(prompt), Some(completion)) => Some(Prices {
                currency: self.price_currency.clone(),
                prompt: price("llm.prompt_price", prompt),
                completion: price("llm.completion_price", completion),
            }),
            (Some(_), None) | (None, Some(_)) => {
                problems
                    .add("llm.prompt_price", "and llm.completion_price belong together: give both or none");
                None
            }
        }
    }
}

impl PdfSection {
    fn read(&self, problems: &mut Problems) -> ReaderSettings {
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let readers = problems.within("pdf.readers", self.readers.unwrap_or(cores.get()), 1..=256);
        let limits = Limits {
            document_bytes_max: problems.within(
                "pdf.document_bytes_max",
                self.document_bytes_max,
                1..=512 * 1024 * 1024,
            ),
            pages_max: problems.within("pdf.pages_max", self.pages_max, 1..=100_000),
            ..Limits::default()
        };
        let mebibyte = 1024 * 1024;
        ReaderSettings {
            readers: NonZeroUsize::new(readers).unwrap_or(NonZeroUsize::MIN),
            memory_bytes_max: problems.within(
                "pdf.reader_memory_bytes_max",
                self.reader_memory_bytes_max,
                64 * mebibyte..=64 * 1024 * mebibyte,
            ),
            read_time_max: Duration::from_secs(problems.within(
                "pdf.read_seconds_max",
                self.read_seconds_max,
                1..=3_600,
            )),
            documents_per_child: problems.within(
                "pdf.documents_per_reader",
                self.documents_per_reader,
                1..=1_000_000,
            ),
            limits,
        }
    }
}

/// Where the operator says how much memory the pod has, the worst case must fit: every job holding its largest
/// document, and every reader at its limit.
fn check_memory(pdf: &PdfSection, reader: &ReaderSettings, concurrency: usize, problems: &mut Problems) {
    let Some(memory_bytes_max) = pdf.memory_bytes_max else { return };
    let jobs = u64::try_from(concurrency).unwrap_or(u64::MAX);
    let readers = u64::try_from(reader.readers.get()).unwrap_or(u64::MAX);
    let worst = jobs
        .saturating_mul(reader.limits.document_bytes_max)
        .saturating_add(readers.saturating_mul(reader.memory_bytes_max))
        .saturating_add(BASE_MEMORY_BYTES);
    if worst > memory_bytes_max {
        problems.add(
            "pdf.memory_bytes_max",
            format_args!(
                "{memory_bytes_max} bytes are too few: {jobs} jobs of {} bytes and {readers} readers of {} bytes may need {worst}",
                reader.limits.document_bytes_max, reader.memory_bytes_max
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        check(&[GOOD[0], GOOD[1], ("DOCMILL_PDF__MEMORY_BYTES_MAX", "1000000000")], &["are too few"]);
        check(&[GOOD[0], GOOD[1], ("DOCMILL_PDF__PAGES_MAX", "0")], &["pdf.pages_max"]);
    }

    #[test]
    fn the_key_is_never_shown() {
        let mut problems = Problems::default();
        let key = "sk-verysecret";
        let variables = GOOD.iter().copied().chain([("DOCMILL_LLM__API_KEY", key)]);
        let sections =
            Sections::load(None, variables.map(|(key, value)| (key.into(), value.into())), &mut problems);
        let settings = ProcessorSettings::read(&sections, &mut problems);
        assert_eq!(settings.llm.api_key.as_ref().map(Secret::expose), Some(key));
        assert!(!format!("{settings:?}").contains(key));
    }
}

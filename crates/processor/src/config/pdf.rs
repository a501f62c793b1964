//! Section `pdf`: how reading is bounded, and what is refused.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use docmill_chassis::config::Problems;
use docmill_pdf::Limits;
use serde::Deserialize;

use crate::reader::{ReaderSettings, child};

/// What a worker needs beside documents and reading children: code, connections, replies in flight.
const BASE_MEMORY_BYTES: u64 = 128 * 1024 * 1024;

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PdfSection {
    readers: Option<usize>,
    reader_memory_bytes_max: u64,
    memory_bytes_max: Option<u64>,
    read_seconds_max: u64,
    documents_per_reader: u32,
    document_bytes_max: u64,
    pages_max: u32,
    fallback_font: Option<PathBuf>,
    pub(super) object_late_seconds_max: u64,
    pub(super) passwords_folder: Option<PathBuf>,
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
            fallback_font: None,
            object_late_seconds_max: 60,
            passwords_folder: None,
        }
    }
}

impl PdfSection {
    /// How reading is bounded.
    pub(super) fn read(&self, problems: &mut Problems) -> ReaderSettings {
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
        // Reading children read it for themselves; here a wrong one is noticed before any document.
        if let Some(file) = &self.fallback_font
            && let Err(reason) = child::read_font(file)
        {
            problems.add("pdf.fallback_font", format_args!("{} can't be used: {reason}", file.display()));
        }
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
            fallback_font: self.fallback_font.clone(),
            limits,
        }
    }
}

/// Where the operator says how much memory the pod has, the worst case must fit: every job holding its largest
/// document, and every reader at its limit.
pub(super) fn check_memory(
    pdf: &PdfSection,
    reader: &ReaderSettings,
    concurrency: usize,
    problems: &mut Problems,
) {
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

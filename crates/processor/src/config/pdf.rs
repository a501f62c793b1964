//! Section `pdf`: how reading is bounded, and what is refused.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use docmill_chassis::config::Problems;
use docmill_pdf::Limits;
use serde::Deserialize;

use crate::reader::{MEMORY_BYTES_MAX_DEFAULT, ReaderSettings, child};

/// What a worker needs beside documents and reading children: code, connections, replies in flight.
const BASE_MEMORY_BYTES: u64 = 128 * 1024 * 1024;

/// The unit of what follows.
const MEBIBYTE: u64 = 1024 * 1024;

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
    objects_max: u64,
    decompressed_bytes_max: u64,
    page_decompressed_bytes_max: u64,
    structure_stream_bytes_max: u64,
    nesting_max: u32,
    forms_per_page_max: u32,
    glyphs_per_page_max: u32,
    embedded_bytes_max: u64,
    embedded_files_max: u32,
    image_pixels_max: u64,
    pub(super) object_late_seconds_max: u64,
    pub(super) passwords_folder: Option<PathBuf>,
    pub(super) embedded_data: bool,
}

impl Default for PdfSection {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            readers: None,
            reader_memory_bytes_max: MEMORY_BYTES_MAX_DEFAULT,
            memory_bytes_max: None,
            read_seconds_max: limits.time_max.as_secs(),
            documents_per_reader: 500,
            document_bytes_max: limits.document_bytes_max,
            pages_max: limits.pages_max,
            fallback_font: None,
            objects_max: limits.objects_max,
            decompressed_bytes_max: limits.decompressed_bytes_max,
            page_decompressed_bytes_max: limits.page_decompressed_bytes_max,
            structure_stream_bytes_max: limits.structure_stream_bytes_max,
            nesting_max: limits.nesting_max,
            forms_per_page_max: limits.forms_per_page_max,
            glyphs_per_page_max: limits.glyphs_per_page_max,
            embedded_bytes_max: limits.embedded_bytes_max,
            embedded_files_max: limits.embedded_files_max,
            image_pixels_max: limits.image_pixels_max,
            object_late_seconds_max: 60,
            passwords_folder: None,
            embedded_data: true,
        }
    }
}

impl PdfSection {
    /// How reading is bounded.
    pub(super) fn read(&self, problems: &mut Problems) -> ReaderSettings {
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let readers = problems.within("pdf.readers", self.readers.unwrap_or(cores.get()), 1..=256);
        let limits = self.limits(problems);
        // Reading children read it for themselves; here a wrong one is noticed before any document.
        if let Some(file) = &self.fallback_font
            && let Err(reason) = child::read_font(file)
        {
            problems.add("pdf.fallback_font", format_args!("{} can't be used: {reason}", file.display()));
        }
        ReaderSettings {
            readers: NonZeroUsize::new(readers).unwrap_or(NonZeroUsize::MIN),
            memory_bytes_max: problems.within(
                "pdf.reader_memory_bytes_max",
                self.reader_memory_bytes_max,
                64 * MEBIBYTE..=64 * 1024 * MEBIBYTE,
            ),
            documents_per_child: problems.within(
                "pdf.documents_per_reader",
                self.documents_per_reader,
                1..=1_000_000,
            ),
            fallback_font: self.fallback_font.clone(),
            limits,
        }
    }
    /// What is refused. Named one by one, so that a limit nobody can set doesn't compile.
    fn limits(&self, problems: &mut Problems) -> Limits {
        let mut bytes = |name: &str, value, most: u64| problems.within(name, value, 1..=most);
        let document_bytes_max = bytes("pdf.document_bytes_max", self.document_bytes_max, 512 * MEBIBYTE);
        let decompressed_bytes_max =
            bytes("pdf.decompressed_bytes_max", self.decompressed_bytes_max, 1024 * 1024 * MEBIBYTE);
        let page_decompressed_bytes_max =
            bytes("pdf.page_decompressed_bytes_max", self.page_decompressed_bytes_max, 64 * 1024 * MEBIBYTE);
        let structure_stream_bytes_max =
            bytes("pdf.structure_stream_bytes_max", self.structure_stream_bytes_max, 64 * 1024 * MEBIBYTE);
        let embedded_bytes_max = bytes("pdf.embedded_bytes_max", self.embedded_bytes_max, 512 * MEBIBYTE);
        let time_seconds = problems.within("pdf.read_seconds_max", self.read_seconds_max, 1..=3_600);
        Limits {
            document_bytes_max,
            pages_max: problems.within("pdf.pages_max", self.pages_max, 1..=100_000),
            objects_max: problems.within("pdf.objects_max", self.objects_max, 1..=100_000_000),
            decompressed_bytes_max,
            page_decompressed_bytes_max,
            structure_stream_bytes_max,
            // The interpreter draws nothing that lies deeper than 50.
            nesting_max: problems.within("pdf.nesting_max", self.nesting_max, 1..=50),
            forms_per_page_max: problems.within(
                "pdf.forms_per_page_max",
                self.forms_per_page_max,
                1..=100_000_000,
            ),
            glyphs_per_page_max: problems.within(
                "pdf.glyphs_per_page_max",
                self.glyphs_per_page_max,
                1..=100_000_000,
            ),
            embedded_bytes_max,
            embedded_files_max: problems.within(
                "pdf.embedded_files_max",
                self.embedded_files_max,
                0..=100_000,
            ),
            image_pixels_max: problems.within(
                "pdf.image_pixels_max",
                self.image_pixels_max,
                1..=4_000_000_000,
            ),
            time_max: Duration::from_secs(time_seconds),
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

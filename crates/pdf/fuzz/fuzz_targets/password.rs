//! Any bytes after a line with any password: an encrypted file is opened or refused.
#![no_main]

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, read};
use libfuzzer_sys::fuzz_target;

// The fuzzer ends at any panic, caught or not. The reader catches a parser's and says so in its error: such a one is told, a line
// each, and one that gets out ends the run.
fuzz_target!(init: std::panic::set_hook(Box::new(|panic| eprintln!("panic at {:?}", panic.location()))), |bytes: &[u8]| {
    let limits = Limits {
        document_bytes_max: 64 * 1024,
        pages_max: 2,
        objects_max: 1_000,
        forms_per_page_max: 2_000,
        page_decompressed_bytes_max: 4 * 1024 * 1024,
        decompressed_bytes_max: 16 * 1024 * 1024,
        ..Limits::default()
    };
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let (password, file) = bytes.split_at(end);
    let Ok(password) = std::str::from_utf8(password) else { return };
    let _opened_or_refused = read(file.to_vec(), Some(password), &PageSelection::all(), &limits);
});

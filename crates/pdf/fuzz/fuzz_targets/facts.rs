//! Any bytes: what a file says about itself is read, or refused.
#![no_main]

use docmill_pdf::{Limits, facts};
use libfuzzer_sys::fuzz_target;

// The fuzzer ends at any panic, caught or not. The reader catches a parser's and says so in its error: such a one is told, a line
// each, and one that gets out ends the run.
fuzz_target!(init: std::panic::set_hook(Box::new(|panic| eprintln!("panic at {:?}", panic.location()))), |bytes: &[u8]| {
    let limits = Limits {
        document_bytes_max: 64 * 1024,
        pages_max: 8,
        objects_max: 1_000,
        structure_stream_bytes_max: 256 * 1024,
        forms_per_page_max: 2_000,
        page_decompressed_bytes_max: 4 * 1024 * 1024,
        decompressed_bytes_max: 16 * 1024 * 1024,
        ..Limits::default()
    };
    if let Ok(facts) = facts(bytes.to_vec(), None, &limits) {
        assert!(facts.page_labels.len() <= 8);
        assert!(facts.outline.iter().all(|item| item.level >= 1 && item.page != Some(0)));
    }
});

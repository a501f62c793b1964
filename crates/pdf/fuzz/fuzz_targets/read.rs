//! Any bytes: reading returns within small limits, and what is made of the result holds together.
#![no_main]

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, read, tables};
use libfuzzer_sys::fuzz_target;

// The fuzzer ends at any panic, caught or not. The reader catches a parser's and says so in its error: such a one is told, a line
// each, and one that gets out ends the run.
fuzz_target!(init: std::panic::set_hook(Box::new(|panic| eprintln!("panic at {:?}", panic.location()))), |bytes: &[u8]| {
    let limits = Limits {
        document_bytes_max: 64 * 1024,
        pages_max: 8,
        objects_max: 1_000,
        glyphs_per_page_max: 2_000,
        embedded_bytes_max: 64 * 1024,
        structure_stream_bytes_max: 256 * 1024,
        forms_per_page_max: 2_000,
        page_decompressed_bytes_max: 4 * 1024 * 1024,
        decompressed_bytes_max: 16 * 1024 * 1024,
        ..Limits::default()
    };
    if let Ok(document) = read(bytes.to_vec(), None, &PageSelection::all(), &limits) {
        for page in &document.pages {
            assert!(page.glyphs_unmapped <= page.glyphs);
            assert!(page.lines.iter().all(|line| !line.words.is_empty() && !line.cells().is_empty()));
        }
        assert!(tables(&document).iter().all(|table| !table.areas.is_empty() && !table.rows.is_empty()));
    }
});

//! Any pages, however far from what a page can be: tables are formed of them, or not. The bytes are pages as a reading
//! child would send them.
#![no_main]

use docmill_pdf::{Document, tables};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = postcard::from_bytes::<Document>(bytes) else { return };
    for table in tables(&document) {
        assert!(!table.areas.is_empty() && !table.rows.is_empty());
    }
    for page in &document.pages {
        for line in &page.lines {
            let _cells = line.cells();
        }
    }
});

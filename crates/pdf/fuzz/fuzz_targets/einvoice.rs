//! Any bytes: an electronic invoice is read, or refused, and what is read keeps to its limits.
#![no_main]

use docmill_einvoice::{ROWS_MAX, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(invoice) = read(bytes) {
        assert!(invoice.rows.values().map(Vec::len).sum::<usize>() <= ROWS_MAX);
        let rows = invoice.rows.values().flatten().flat_map(|row| row.values());
        assert!(invoice.header.values().chain(rows).all(|contents| !contents.is_empty()));
    }
});

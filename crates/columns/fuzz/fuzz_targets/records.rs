//! Any bytes as lines: documents are read or counted as unreadable, the same ones as another reader of JSON takes, and parts of them
//! make the same tables.
#![no_main]

use docmill_columns::{ColumnLayout, DEPTH_MAX, Decoder, Folding, Kind, Layout, Part, Plan, Scale};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fuzz_target!(|bytes: &[u8]| {
    let plan = Plan::new(&layout()).expect("the layout is sound");
    let mut whole = Decoder::new(&plan);
    whole.lines(bytes);
    let whole = whole.finish().expect("there are few");

    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let mut readable = 0;
    for line in &lines {
        let text = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        // Deep ones are refused here.
        let open = line.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
        let is_comparable = open <= DEPTH_MAX as usize && std::str::from_utf8(line).is_ok();
        if !is_comparable {
            return;
        }
        let is_object = text.trim_ascii_start().starts_with(b"{");
        readable += u64::from(is_object && serde_json::from_slice::<IgnoredAny>(text).is_ok());
    }
    assert_eq!(whole.documents().len() as u64 + whole.without_record(), readable);

    let mut parted = Decoder::new(&plan);
    for (line, chunk) in (1..).step_by(3).zip(lines.chunks(3)) {
        let part = Part::read(&plan, chunk, line).to_bytes(&plan);
        parted.part(Part::from_bytes(&plan, &part).expect("a part is read as it was kept"));
    }
    assert_eq!(parted.finish().expect("there are few"), whole);
});

fn layout() -> Layout {
    let column = |pointer: &str, kind: Kind| ColumnLayout { name: pointer.to_owned(), pointer: pointer.to_owned(), kind };
    let money = |currency: &str| Kind::Money { scale: Scale::Found, currency: currency.to_owned() };
    Layout {
        record: String::new(),
        id: Some("/id".to_owned()),
        columns: vec![
            column("/n", Kind::Decimal { scale: Scale::Fixed(2) }),
            column("/a", money("/c")),
            column("/d", Kind::Date),
            column("/b", Kind::Bool),
            column("/k", Kind::Key { folding: Folding::Exact }),
            column("/l/0/a", Kind::Decimal { scale: Scale::Found }),
            column("/l/*/a", money("/c")),
            column("/l/*/x/a", money("/l/*/c")),
            column("/l/*/k", Kind::Key { folding: Folding::CaseAndSpace }),
        ],
    }
}

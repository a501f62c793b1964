//! Any bytes as a kept part, behind the header of the plan: refused, or a part whose tables can be made.
#![no_main]

use docmill_columns::{ColumnLayout, Decoder, Folding, Kind, Layout, Part, Plan, Scale};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let plan = Plan::new(&layout()).expect("the layout is sound");
    // The version and the digest are in front of every part: without them nothing else would be read.
    let empty = Part::read(&plan, &[], 1).to_bytes(&plan);
    let whole = [empty.get(..33).expect("a part has a header"), bytes].concat();
    let Ok(part) = Part::from_bytes(&plan, &whole) else { return };
    // What is read once is read again.
    let bytes = part.to_bytes(&plan);
    let again = Part::from_bytes(&plan, &bytes).expect("a part is read as it was kept");
    let mut decoder = Decoder::new(&plan);
    decoder.part(part);
    decoder.part(again);
    let tables = decoder.finish().expect("there are few");
    for table in std::iter::once(tables.record()).chain(tables.row_sets()) {
        assert_eq!(table.places().count(), table.rows());
        for column in table.columns() {
            assert_eq!(column.used() + column.missing() + column.rejections().total(), table.rows() as u64);
            let keys = column.chunks().iter().filter_map(|chunk| chunk.keys()).flatten();
            assert!(keys.max().is_none_or(|code| *code == 0 || (*code as usize) < column.dictionary().len()));
        }
    }
});

fn layout() -> Layout {
    let column = |pointer: &str, kind: Kind| ColumnLayout { name: pointer.to_owned(), pointer: pointer.to_owned(), kind };
    Layout {
        record: String::new(),
        id: Some("/id".to_owned()),
        columns: vec![
            column("/a", Kind::Money { scale: Scale::Found, currency: "/c".to_owned() }),
            column("/l/*/d", Kind::Date),
            column("/l/*/b", Kind::Bool),
            column("/l/*/k", Kind::Key { folding: Folding::CaseAndSpace }),
        ],
    }
}

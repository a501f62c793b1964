//! The same documents give the same tables, however they come.

use docmill_columns::{Decoder, Kind, Layout, Part, Plan, Scale, Tables};
use proptest::prelude::*;

use crate::{decimal, key, layout, money, tables};

/// Values of every kind, and of none.
const VALUES: [&str; 34] = [
    "1",
    "-2.50",
    "0.001",
    "1234567.891",
    "-0",
    "1.0000001",
    "9223372036854775807",
    "\"12.5\"",
    "\"-3\"",
    "\"1e3\"",
    "\"\"",
    "\" \"",
    "\"EUR\"",
    "\"USD\"",
    "\"\\u0041cme\"",
    "\" Zett \"",
    "\"ä\"",
    "\"2024-02-29\"",
    "\"2023-02-29\"",
    "\"1969-12-31T10:00\"",
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "[1]",
    "[{}, 2]",
    "{\"n\": 3}",
    "{\"x\": [[[{\"y\": \"]\"}]]]}",
    "18446744073709551615",
    "1.",
    "\"\\x\"",
    "9000000000000000000",
    "0.5",
];

/// An object with these names, in any order and as often as it comes.
fn object(
    names: &'static [&'static str],
    inner: impl Strategy<Value = String> + 'static,
) -> impl Strategy<Value = String> {
    let value = prop_oneof![20 => prop::sample::select(VALUES[..VALUES.len() - 4].to_vec()).prop_map(str::to_owned), 12 => inner];
    let member = (prop::sample::select(names), value, prop::sample::select(vec!["", " ", "\t"]));
    prop::collection::vec(member, 0..7).prop_map(|members| {
        let members: Vec<String> = members
            .iter()
            .map(|(name, value, space)| format!("{space}\"{name}\"{space}:{space}{value}{space}"))
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

/// Lines, most of which are documents.
pub(crate) fn documents() -> impl Strategy<Value = Vec<String>> {
    let row = object(
        &["n", "a", "c", "k", "d", "b", "x"],
        prop::sample::select(VALUES.to_vec()).prop_map(str::to_owned),
    );
    let rows = prop::collection::vec(row, 0..5).prop_map(|rows| format!("[{}]", rows.join(", ")));
    let record = object(&["id", "n", "a", "c", "k", "d", "b", "l", "l", "m"], rows);
    let line = prop_oneof![30 => record, 1 => prop::sample::select(vec!["", " ", "nonsense", "[]", "{\"n\": 1", "7"]).prop_map(str::to_owned)];
    prop::collection::vec(line, 0..12)
}

pub(crate) fn layouts() -> impl Strategy<Value = Layout> {
    let scale = prop::sample::select(vec![
        Scale::Found,
        Scale::Found,
        Scale::Fixed(0),
        Scale::Fixed(2),
        Scale::Fixed(6),
    ]);
    let currency = prop::sample::select(vec!["/c", "/l/*/c"]);
    (scale, currency).prop_map(|(scale, currency)| {
        // Exact keys: which of several spellings is shown is another test's.
        let exact = || Kind::Key { folding: docmill_columns::Folding::Exact };
        layout(&[
            ("number", "/n", decimal(scale)),
            ("amount", "/a", money(scale, "/c")),
            ("currency", "/c", key_shown()),
            ("key", "/k", exact()),
            ("day", "/d", Kind::Date),
            ("truth", "/b", Kind::Bool),
            ("deep", "/m/n", decimal(scale)),
            ("first", "/l/0/n", decimal(scale)),
            ("row number", "/l/*/n", decimal(scale)),
            ("row amount", "/l/*/a", money(scale, currency)),
            ("row currency", "/l/*/c", key_shown()),
            ("row key", "/l/*/k", exact()),
            ("row day", "/l/*/d", Kind::Date),
            ("row truth", "/l/*/b", Kind::Bool),
            ("row deep", "/l/*/x/n", decimal(scale)),
            ("other row", "/m/*", decimal(scale)),
        ])
    })
}

/// The values above have no two spellings of one key.
fn key_shown() -> Kind {
    key()
}

/// Those of the lines that have an id of their own: what is known by its line can't be the same on another.
fn named(lines: &[String]) -> Vec<String> {
    let documents = lines.iter().enumerate().filter_map(|(at, line)| Some((at, line.strip_prefix('{')?)));
    documents
        .map(|(at, rest)| {
            let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
            // Some have the same id.
            format!("{{\"name\":\"{}\"{comma}{rest}", at / 2)
        })
        .collect()
}

fn by_name(mut layout: Layout) -> Layout {
    layout.id = Some("/name".to_owned());
    layout
}

fn in_threads(threads: usize, read: impl Fn() -> Tables + Send + Sync) -> Tables {
    rayon_pool(threads).install(read)
}

fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn parts_make_the_same_whole(
        lines in documents(),
        layout in layouts(),
        cuts in prop::collection::vec(0_usize..12, 0..4),
        backwards in any::<bool>(),
    ) {
        let plan = Plan::new(&layout).unwrap();
        let documents: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let mut whole = Decoder::new(&plan);
        whole.documents(&documents);
        let whole = whole.finish().unwrap();
        prop_assert_eq!(&whole, &tables(&layout, lines.join("\n").as_bytes()));

        let mut ends: Vec<usize> = cuts.into_iter().map(|cut| cut.min(documents.len())).chain([0, documents.len()]).collect();
        ends.sort_unstable();
        let mut ranges: Vec<_> = ends.windows(2).map(|ends| ends[0]..ends[1]).collect();
        if backwards {
            ranges.reverse();
        }
        let mut parted = Decoder::new(&plan);
        for range in ranges {
            let part = Part::read(&plan, &documents[range.clone()], range.start as u64 + 1);
            parted.part(Part::from_bytes(&plan, &part.to_bytes(&plan)).unwrap());
        }
        prop_assert_eq!(&parted.finish().unwrap(), &whole);
    }

    #[test]
    fn documents_that_are_left_out_leave_nothing_behind(
        lines in documents().prop_map(|lines| named(&lines)),
        layout in layouts().prop_map(by_name),
        is_kept in prop::collection::vec(any::<bool>(), 12),
    ) {
        let plan = Plan::new(&layout).unwrap();
        let documents: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let mut part = Part::read(&plan, &documents, 1);
        let id_is_kept = |id: &str| is_kept[id.bytes().map(usize::from).sum::<usize>() % is_kept.len()];
        if part.retain(&plan, id_is_kept).is_err() {
            // What is noted of a document as such can't be taken back.
            return Ok(());
        }
        let mut decoder = Decoder::new(&plan);
        decoder.part(Part::from_bytes(&plan, &part.to_bytes(&plan)).unwrap());
        let left: Vec<&[u8]> = documents
            .iter()
            .zip(ids(&plan, &documents))
            .filter(|(_, id)| id.as_deref().is_some_and(id_is_kept))
            .map(|(document, _)| *document)
            .collect();
        let mut expected = Decoder::new(&plan);
        expected.documents(&left);
        let (found, expected) = (decoder.finish().unwrap(), expected.finish().unwrap());
        prop_assert_eq!(found.documents(), expected.documents());
        prop_assert_eq!(found.record(), expected.record());
        prop_assert_eq!(found.row_sets(), expected.row_sets());
    }

    #[test]
    fn arrival_changes_nothing(
        (lines, shuffled) in documents().prop_map(|lines| named(&lines)).prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        layout in layouts().prop_map(by_name),
    ) {
        let left = tables(&layout, lines.join("\n").as_bytes());
        let right = tables(&layout, shuffled.join("\n").as_bytes());
        // Which line it is that can't be read is the one thing that does change.
        prop_assert_eq!(left.documents(), right.documents());
        prop_assert_eq!(left.record(), right.record());
        prop_assert_eq!(left.row_sets(), right.row_sets());
        prop_assert_eq!(left.repeated_names(), right.repeated_names());
    }
}

/// The id of each document, as it is read alone.
fn ids(plan: &Plan, documents: &[&[u8]]) -> Vec<Option<String>> {
    let alone = |document: &&[u8]| {
        let mut decoder = Decoder::new(plan);
        decoder.documents(std::slice::from_ref(document));
        let tables = decoder.finish().unwrap();
        match tables.documents().id(0) {
            Some(docmill_columns::Id::Named(id)) => Some(id.to_owned()),
            Some(docmill_columns::Id::Line(_)) | None => None,
        }
    };
    documents.iter().map(alone).collect()
}

/// Documents of several blocks and chunks, in which texts and decimals appear at different times.
fn many(count: usize, order: impl Fn(usize) -> usize) -> String {
    let mut text = String::new();
    for at in (0..count).map(order) {
        let rows: Vec<String> = (0..at % 13)
            .map(|row| {
                let amount = ["1", "2.5", "\"3.25\"", "null", "\"bad\"", "0.125"][(at / 7_000 + row) % 6];
                format!(
                    r#"{{"a":{amount},"k":"key {}","d":"2024-01-{:02}","pad":"{}"}}"#,
                    at % 777 + row,
                    row + 1,
                    "x".repeat(40)
                )
            })
            .collect();
        let currency = if at % 50 == 0 { "null" } else { r#""EUR""# };
        text +=
            &format!(r#"{{"l":[{}],"c":{currency},"id":"{at:07}","n":{}.{}}}"#, rows.join(","), at, at % 10);
        text.push('\n');
        if at == count / 2 {
            text += "{\"id\":\"broken\",\"l\":[{\"a\":0.000001,\"k\":\"nobody's\"}\n";
        }
    }
    text
}

#[test]
fn threads_and_arrival_change_nothing_in_many_documents() {
    const COUNT: usize = 20_000;
    let layout = layout(&[
        ("n", "/n", decimal(Scale::Found)),
        ("a", "/l/*/a", money(Scale::Found, "/c")),
        ("k", "/l/*/k", key()),
        ("d", "/l/*/d", Kind::Date),
    ]);
    let plan = Plan::new(&layout).unwrap();
    let in_order = many(COUNT, |at| at);
    // A step that has no divisor in common with the count meets each once.
    let shuffled = many(COUNT, |at| at * 7_919 % COUNT);
    let read = |text: &str, pieces: usize| {
        let mut decoder = Decoder::new(&plan);
        let mut rest = text.as_bytes();
        for piece in (1..=pieces).rev() {
            let end = rest
                .iter()
                .skip(rest.len() / piece)
                .position(|byte| *byte == b'\n')
                .map_or(rest.len(), |end| rest.len() / piece + end + 1);
            decoder.lines(&rest[..end.min(rest.len())]);
            rest = &rest[end.min(rest.len())..];
        }
        decoder.finish().unwrap()
    };
    let expected = in_threads(1, || read(&in_order, 1));
    let rows = &expected.row_sets()[0];
    assert!(rows.columns()[0].chunks().len() > 1 && in_order.len() > 3 * docmill_columns::BLOCK_BYTES);
    assert_eq!(rows.columns()[0].scale(), 3);
    assert_eq!(rows.column("k").unwrap().dictionary().len(), 777 + 11);
    for threads in [1, 2, 3, 8] {
        assert!(in_threads(threads, || read(&in_order, 3)) == expected, "{threads} threads");
        let other = in_threads(threads, || read(&shuffled, 2));
        assert!(other.documents() == expected.documents(), "{threads} threads, shuffled");
        assert!(other.record() == expected.record(), "{threads} threads, shuffled");
        assert!(other.row_sets() == expected.row_sets(), "{threads} threads, shuffled");
    }
    // A part for each hundred documents.
    let lines: Vec<&[u8]> = shuffled.lines().map(str::as_bytes).collect();
    let mut decoder = Decoder::new(&plan);
    for documents in lines.chunks(100) {
        let bytes = Part::read(&plan, documents, 1).to_bytes(&plan);
        decoder.part(Part::from_bytes(&plan, &bytes).unwrap());
    }
    let parted = decoder.finish().unwrap();
    assert!(parted.record() == expected.record() && parted.row_sets() == expected.row_sets());
}

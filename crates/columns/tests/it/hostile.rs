//! Input that nobody would write who meant well.

use docmill_columns::{Part, PartError, Plan, Scale};
use proptest::prelude::*;

use crate::{decimal, key, layout, money, shown, tables};

#[track_caller]
fn check(lines: &[u8], expected: &str) {
    let layout = layout(&[("n", "/n", decimal(Scale::Found)), ("k", "/l/*/k", key())]);
    assert_eq!(shown(&tables(&layout, lines)), expected);
}

#[test]
fn what_is_no_record_is_counted_with_its_line_and_reason() {
    check(b"{\"n\":1}\nnonsense\n{\"n\":2}\n", {
        "Line(1) /0 n=1e-0\nLine(3) /0 n=2e-0\nline 2: NotJson { byte: 1 }\n1 unreadable"
    });
    check(b"{\"n\":1}\n{\"n\":\"\xff\"}\n{\"n\":2}\n", {
        "Line(1) /0 n=1e-0\nLine(3) /0 n=2e-0\nline 2: NotUtf8\n1 unreadable"
    });
    check(b"[1]\n5\n\"text\"\nnull\n", {
        "line 1: NotARecord\nline 2: NotARecord\nline 3: NotARecord\nline 4: NotARecord\n4 unreadable"
    });
    check(b"{\"n\":1} {\"n\":2}", "line 1: NotJson { byte: 9 }\n1 unreadable");
    check(b"\xef\xbb\xbf{\"n\":1}", "Line(1) /0 n=1e-0");
    check(b"{\"n\":1\n}", "line 1: NotJson { byte: 6 }\nline 2: NotJson { byte: 1 }\n2 unreadable");
}

#[test]
fn nesting_is_bounded_wherever_it_is() {
    for (before, open) in [
        ("", "["),
        ("", "{\"n\":"),
        ("{\"x\":", "["),
        ("{\"n\":", "["),
        ("{\"l\":", "["),
        ("{\"l\":[", "{\"k\":"),
    ] {
        let text = format!("{before}{}", open.repeat(100_000));
        check(text.as_bytes(), "line 1: TooDeep\n1 unreadable");
    }
    // The deepest there may be, in a record: one bracket is the record's.
    let nested = |depth: usize| format!("{{\"n\":1,\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    check(nested(126).as_bytes(), "Line(1) /0 n=1e-0");
    check(nested(127).as_bytes(), "line 1: TooDeep\n1 unreadable");
}

#[test]
fn numbers_without_end_are_left_out() {
    let nines = "9".repeat(20_000_000);
    check(format!("{{\"n\":{nines}}}").as_bytes(), "Line(1) /0 n=-\nn: 1 OutOfRange");
    check(format!("{{\"n\":\"0.{nines}\"}}").as_bytes(), "Line(1) /0 n=-\nn: 1 TooManyDecimals");
    check(format!("{{\"n\":1e{nines}}}").as_bytes(), "Line(1) /0 n=-\nn: 1 OutOfRange");
}

#[test]
fn bytes_of_a_part_are_believed_in_nothing() {
    let columns = [
        ("a", "/a", money(Scale::Found, "/c")),
        ("d", "/d", docmill_columns::Kind::Date),
        ("k", "/l/*/k", key()),
    ];
    let plan = Plan::new(&layout(&columns)).unwrap();
    let documents: [&[u8]; 3] = [
        br#"{"id":"x","a":1.25,"c":"EUR","d":"2024-01-01","l":[{"k":"u"},{"k":"v"},{}]}"#,
        br#"{"id":"y","a":"bad","c":"EUR","l":[{"k":[]}]}"#,
        b"nonsense",
    ];
    let part = Part::read(&plan, &documents, 1);
    let bytes = part.to_bytes(&plan);
    assert_eq!(Part::from_bytes(&plan, &bytes).unwrap().to_bytes(&plan).len(), bytes.len());
    let other = Plan::new(&layout(&columns[..2])).unwrap();
    assert_eq!(Part::from_bytes(&other, &bytes).err(), Some(PartError::Stale));
    for len in 0..bytes.len() {
        assert!(Part::from_bytes(&plan, &bytes[..len]).is_err(), "{len}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(Part::from_bytes(&plan, &longer).err(), Some(PartError::Broken));
    // Every byte, every way: an error, or a part whose tables can be made and looked at.
    for (position, bit) in (0..bytes.len()).flat_map(|position| (0..8).map(move |bit| (position, bit))) {
        let mut broken = bytes.clone();
        broken[position] ^= 1 << bit;
        let Ok(part) = Part::from_bytes(&plan, &broken) else { continue };
        let mut decoder = docmill_columns::Decoder::new(&plan);
        decoder.part(part);
        shown(&decoder.finish().unwrap());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let layout = layout(&[("n", "/n", decimal(Scale::Found)), ("k", "/l/*/k", key())]);
        shown(&tables(&layout, &bytes));
        let plan = Plan::new(&layout).unwrap();
        prop_assert!(Part::from_bytes(&plan, &bytes).is_err());
    }
}

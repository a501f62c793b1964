//! Documents and their columns, one case a line.

use docmill_columns::{CHUNK_ROWS, Folding, Kind, Layout, Level, Plan, Scale};

use crate::{decimal, key, layout, money, shown, tables};

#[track_caller]
fn check(columns: &[(&str, &str, Kind)], lines: &str, expected: &str) {
    check_layout(&layout(columns), lines, expected);
}

#[track_caller]
fn check_layout(layout: &Layout, lines: &str, expected: &str) {
    assert_eq!(shown(&tables(layout, lines.as_bytes())), expected, "{lines}");
}

#[test]
fn values_of_each_kind_are_read() {
    let numbers = [("n", "/n", decimal(Scale::Found))];
    check(&numbers, r#"{"n":1.50}"#, "Line(1) /0 n=15e-1");
    check(&numbers, r#"{"n":"-1.50"}"#, "Line(1) /0 n=-15e-1");
    check(&numbers, r#"{"n":1e3}"#, "Line(1) /0 n=1000e-0");
    check(&numbers, r#"{"n":null}"#, "Line(1) /0 n=-");
    check(&numbers, "{}", "Line(1) /0 n=-");
    check(&numbers, r#"{"n":"1,5"}"#, "Line(1) /0 n=-\nn: 1 NotANumber");
    check(&numbers, r#"{"n":""}"#, "Line(1) /0 n=-\nn: 1 NotANumber");
    check(&numbers, r#"{"n":true}"#, "Line(1) /0 n=-\nn: 1 WrongType");
    check(&numbers, r#"{"n":[1]}"#, "Line(1) /0 n=-\nn: 1 WrongType");
    check(&numbers, r#"{"n":{"n":1}}"#, "Line(1) /0 n=-\nn: 1 WrongType");
    check(&numbers, r#"{"n":0.0000001}"#, "Line(1) /0 n=-\nn: 1 TooManyDecimals");
    check(&numbers, r#"{"n":1e999999999}"#, "Line(1) /0 n=-\nn: 1 OutOfRange");
    check(&numbers, r#"{"n":"\u0031.5"}"#, "Line(1) /0 n=15e-1");
    check(&numbers, r#"{"n":"\ud800"}"#, "Line(1) /0 n=-\nn: 1 BrokenText");
    let days = [("d", "/d", Kind::Date)];
    check(&days, r#"{"d":"2024-03-01"}"#, "Line(1) /0 d=day 19783");
    check(&days, r#"{"d":"2024-03-01T12:00:00Z"}"#, "Line(1) /0 d=day 19783");
    check(&days, r#"{"d":"2024-02-30"}"#, "Line(1) /0 d=-\nd: 1 NotADate");
    check(&days, r#"{"d":"99999-01-01"}"#, "Line(1) /0 d=-\nd: 1 NotADate");
    check(&days, r#"{"d":20240301}"#, "Line(1) /0 d=-\nd: 1 WrongType");
    let keys = [("k", "/k", key())];
    check(&keys, r#"{"k":"  ACME  GmbH "}"#, "Line(1) /0 k=ACME  GmbH");
    check(&keys, r#"{"k":" \t"}"#, "Line(1) /0 k=-");
    check(&keys, r#"{"k":4711}"#, "Line(1) /0 k=4711");
    check(&keys, r#"{"k":1.50}"#, "Line(1) /0 k=1.5");
    check(&keys, r#"{"k":-0.0}"#, "Line(1) /0 k=0");
    check(&keys, r#"{"k":100}"#, "Line(1) /0 k=100");
    check(&keys, r#"{"k":false}"#, "Line(1) /0 k=false");
    check(&keys, r#"{"k":{}}"#, "Line(1) /0 k=-\nk: 1 WrongType");
    check(&keys, r#"{"k":"\udc00"}"#, "Line(1) /0 k=-\nk: 1 BrokenText");
    check(&keys, &format!(r#"{{"k":"{}"}}"#, "x".repeat(5_000)), "Line(1) /0 k=-\nk: 1 TextTooLong");
    let bools = [("b", "/b", Kind::Bool)];
    check(&bools, r#"{"b":true}"#, "Line(1) /0 b=true");
    check(&bools, r#"{"b":"true"}"#, "Line(1) /0 b=-\nb: 1 WrongType");
}

#[test]
fn columns_have_the_decimals_they_need_or_were_given() {
    let found = [("n", "/n", decimal(Scale::Found))];
    check(&found, "{\"n\":1}\n{\"n\":2.500}", "Line(1) /0 n=10e-1\nLine(2) /0 n=25e-1");
    // What is beyond 64 bits with all decimals of the column is left out, wherever it stands.
    let beyond = "Line(1) /0 n=-\nLine(2) /0 n=1e-2\nn: 1 OutOfRange";
    check(&found, "{\"n\":1000000000000000000}\n{\"n\":0.01}", beyond);
    let given = [("n", "/n", decimal(Scale::Fixed(2)))];
    check(&given, "{\"n\":1}\n{\"n\":2.500}", "Line(1) /0 n=100e-2\nLine(2) /0 n=250e-2");
    check(&given, r#"{"n":2.505}"#, "Line(1) /0 n=-\nn: 1 TooManyDecimals");
    check(&given, r#"{"n":92233720368547758.08}"#, "Line(1) /0 n=-\nn: 1 OutOfRange");
    check(&given, r#"{"n":92233720368547759}"#, "Line(1) /0 n=-\nn: 1 OutOfRange");
    // Of a document that can't be read, nothing counts: neither decimals nor texts.
    check(
        &found,
        "{\"n\":1}\n{\"n\":2.555,",
        "Line(1) /0 n=1e-0\nline 2: NotJson { byte: 11 }\n1 unreadable",
    );
}

#[test]
fn amounts_have_currencies_or_are_left_out() {
    let of_record = [("a", "/a", money(Scale::Fixed(2), "/c"))];
    check(&of_record, r#"{"a":1,"c":"EUR"}"#, "Line(1) /0 a=100e-2 /c=EUR");
    check(&of_record, r#"{"a":1}"#, "Line(1) /0 a=- /c=-\na: 1 NoCurrency");
    check(&of_record, r#"{"c":"EUR"}"#, "Line(1) /0 a=- /c=EUR");
    check(&of_record, r#"{"a":1e30}"#, "Line(1) /0 a=- /c=-\na: 1 NoCurrency");
    check(&of_record, r#"{"a":"x"}"#, "Line(1) /0 a=- /c=-\na: 1 NotANumber");
    let of_rows = [("a", "/l/*/a", money(Scale::Fixed(0), "/l/*/c"))];
    check(
        &of_rows,
        r#"{"l":[{"a":1},{"c":"EUR","a":2}]}"#,
        "Line(1) /0 \nLine(1) /l/0 a=- /l/*/c=-\nLine(1) /l/1 a=2e-0 /l/*/c=EUR\na: 1 NoCurrency",
    );
    let rows_of_record = [("a", "/l/*/a", money(Scale::Fixed(0), "/c"))];
    check(
        &rows_of_record,
        "{\"l\":[{\"a\":1},{}]}\n{\"l\":[{\"a\":2}],\"c\":\"EUR\"}",
        "Line(1) /0 /c=-\nLine(2) /0 /c=EUR\nLine(1) /l/0 a=-\nLine(1) /l/1 a=-\nLine(2) /l/0 a=2e-0\na: 1 NoCurrency",
    );
    // A column that was asked for anyway isn't read twice.
    let asked = [("a", "/a", money(Scale::Fixed(0), "/c")), ("currency", "/c", key())];
    check(&asked, r#"{"a":1,"c":"EUR"}"#, "Line(1) /0 a=1e-0 currency=EUR");
}

#[test]
fn rows_are_those_of_the_array() {
    let columns = [("n", "/l/*/x/n", decimal(Scale::Found))];
    check(&columns, r#"{"l":[{"x":{"n":1}},{},null,7,[],{"x":3}]}"#, {
        "Line(1) /0 \nLine(1) /l/0 n=1e-0\nLine(1) /l/1 n=-\nLine(1) /l/2 n=-\nLine(1) /l/3 n=-\nLine(1) /l/4 n=-\n\
         Line(1) /l/5 n=-"
    });
    check(&columns, r#"{"l":[]}"#, "Line(1) /0 ");
    check(&columns, r#"{"l":null}"#, "Line(1) /0 ");
    check(&columns, r#"{"l":{"0":{}}}"#, "Line(1) /0 \n/l is no array in 1");
    check(&[("n", "/l/*", decimal(Scale::Found))], r#"{"l":[1,2]}"#, {
        "Line(1) /0 \nLine(1) /l/0 n=1e-0\nLine(1) /l/1 n=2e-0"
    });
    let by_index = [("first", "/l/0/n", decimal(Scale::Found)), ("n", "/l/*/n", decimal(Scale::Found))];
    check(&by_index, r#"{"l":[{"n":1},{"n":2}]}"#, {
        "Line(1) /0 first=1e-0\nLine(1) /l/0 n=1e-0\nLine(1) /l/1 n=2e-0"
    });
    check(&[("n", "/l/1", decimal(Scale::Found))], r#"{"l":[5,6,7]}"#, "Line(1) /0 n=6e-0");
    check(&[("n", "/l/1", decimal(Scale::Found))], r#"{"l":{"1":6}}"#, "Line(1) /0 n=6e-0");
    check(&[("n", "/a~1b/~0", decimal(Scale::Found))], r#"{"a/b":{"~":6}}"#, "Line(1) /0 n=6e-0");
    check(&[("n", "/a\"b", decimal(Scale::Found))], r#"{"a\"b":6}"#, "Line(1) /0 n=6e-0");
    check(&[("n", "/ab", decimal(Scale::Found))], r#"{"\u0061b":6}"#, "Line(1) /0 n=6e-0");
}

#[test]
fn of_members_of_one_name_the_last_counts() {
    let columns = [("n", "/x/n", decimal(Scale::Found)), ("k", "/l/*/k", key())];
    check(&columns, r#"{"x":{"n":0.1,"n":2}}"#, "Line(1) /0 n=2e-0\n1 repeated names");
    check(&columns, r#"{"x":{"n":"bad","n":2}}"#, "Line(1) /0 n=2e-0\n1 repeated names");
    check(&columns, r#"{"x":{"n":1},"x":{}}"#, "Line(1) /0 n=-\n1 repeated names");
    check(&columns, r#"{"x":{"n":1},"x":3}"#, "Line(1) /0 n=-\n1 repeated names");
    check(&columns, r#"{"l":[{"k":"a"},{}],"l":[{"k":"b","k":"c"}]}"#, {
        "Line(1) /0 n=-\nLine(1) /l/0 k=c\n1 repeated names"
    });
    check(&columns, r#"{"l":7,"l":[{"k":"b"}]}"#, "Line(1) /0 n=-\nLine(1) /l/0 k=b\n1 repeated names");
    // Names that nothing is read of may be there as often as they like.
    check(&columns, r#"{"y":1,"y":2}"#, "Line(1) /0 n=-");
    // A text that doesn't count is in no dictionary.
    let read = tables(&layout(&columns), br#"{"l":[{"k":"a","k":"b"}]}"#);
    assert_eq!(read.row_sets()[0].columns()[0].dictionary().texts().collect::<Vec<_>>(), ["b"]);
}

#[test]
fn documents_are_in_order_of_their_ids() {
    let columns = [("n", "/n", decimal(Scale::Found))];
    let lines = "{\"id\":\"b\",\"n\":1}\n\n{\"n\":2}\n{\"id\":\"a\",\"n\":3}\n  \n{\"n\":4,\"id\":\"\"}\n{\"id\":7,\"n\":5}\r\n{\"id\":\"a\",\"n\":3}";
    check(&columns, lines, {
        "Named(\"7\") /0 n=5e-0\nNamed(\"a\") /0 n=3e-0\nNamed(\"a\") /0 n=3e-0\nNamed(\"b\") /0 n=1e-0\nLine(3) /0 n=2e-0\n\
         Line(6) /0 n=4e-0\n1 repeated ids"
    });
}

#[test]
fn records_are_where_they_are_said_to_be() {
    let mut layout = layout(&[("n", "/n", decimal(Scale::Found)), ("l", "/l/*", decimal(Scale::Found))]);
    layout.record = "/data".to_owned();
    layout.id = Some("/document".to_owned());
    check_layout(
        &layout,
        r#"{"document":"d","data":{"n":1,"l":[2]}}"#,
        "Named(\"d\") /0 n=1e-0\nNamed(\"d\") /l/0 l=2e-0",
    );
    check_layout(&layout, r#"{"document":"d","n":1}"#, "1 without a record");
    check_layout(&layout, r#"{"document":"d","data":null}"#, "1 without a record");
    check_layout(&layout, r#"{"document":"d","data":[1]}"#, "line 1: NotARecord\n1 unreadable");
    check_layout(&layout, r#"{"data":{"n":1},"data":null}"#, "1 without a record");
    check_layout(&layout, r#"{"data":7,"data":{"n":1}}"#, "Line(1) /0 n=1e-0\n1 repeated names");
}

#[test]
fn spellings_are_one_key_shown_in_one_way() {
    let columns = [("k", "/k", key()), ("x", "/k", Kind::Key { folding: Folding::Exact })];
    let read = tables(
        &layout(&columns),
        "{\"k\":\"acme gmbh\"}\n{\"k\":\"ACME  GmbH\"}\n{\"k\":\" Zett\"}".as_bytes(),
    );
    let column = |name| read.record().column(name).unwrap();
    assert_eq!(column("k").dictionary().texts().collect::<Vec<_>>(), ["ACME  GmbH", "Zett"]);
    assert_eq!(column("k").chunks()[0].keys().unwrap(), [0, 0, 1]);
    assert_eq!(column("x").dictionary().texts().collect::<Vec<_>>(), ["ACME  GmbH", "Zett", "acme gmbh"]);
}

#[test]
fn rows_know_their_documents() {
    let columns = [("v", "/v", key()), ("a", "/l/*", money(Scale::Fixed(0), "/c"))];
    let lines: String = (0..CHUNK_ROWS).fold(String::new(), |lines, at| {
        lines + &format!("{{\"id\":\"{at:06}\",\"v\":\"v{}\",\"c\":\"EUR\",\"l\":[1,2]}}\n", at % 3)
    });
    let read = tables(&layout(&columns), lines.as_bytes());
    let rows = read.row_set("/l").unwrap();
    assert_eq!(rows.rows(), 2 * CHUNK_ROWS);
    let amounts = rows.column("a").unwrap();
    assert_eq!(amounts.chunks().iter().map(|chunk| chunk.rows).collect::<Vec<_>>(), [CHUNK_ROWS, CHUNK_ROWS]);
    assert_eq!((amounts.used(), amounts.missing()), (2 * CHUNK_ROWS as u64, 0));
    assert_eq!(rows.chunk_documents(1)[..3], [32_768, 32_768, 32_769]);
    assert_eq!(rows.rows_of(40_000), 80_000..80_002);
    assert!(
        rows.places()
            .enumerate()
            .all(|(row, place)| (place.document as usize, place.row as usize) == (row / 2, row % 2))
    );
    let (level, vendors) = read.column(rows, "v").unwrap();
    assert_eq!(level, Level::Document);
    assert_eq!(vendors.text(40_000), Some("v1"));
    let (level, currencies) = read.currency(rows, amounts).unwrap();
    assert_eq!((level, currencies.text(0)), (Level::Document, Some("EUR")));
}

#[test]
fn many_members_are_found_in_any_order() {
    let names: Vec<String> = (0..300).map(|at| format!("n{at}")).collect();
    let pointers: Vec<String> = names.iter().map(|name| format!("/{name}")).collect();
    let columns: Vec<_> =
        names.iter().zip(&pointers).map(|(name, pointer)| (name.as_str(), pointer.as_str(), key())).collect();
    let members: Vec<String> =
        names.iter().rev().map(|name| format!("\"{name}\":\"{name}\",\"x{name}\":0")).collect();
    let read = tables(&layout(&columns), format!("{{{}}}", members.join(",")).as_bytes());
    assert!(read.record().columns().iter().all(|column| column.text(0) == Some(column.name())));
}

#[test]
fn no_documents_are_tables_without_rows() {
    let layout = layout(&[("n", "/n", decimal(Scale::Found)), ("l", "/l/*", key())]);
    for lines in ["", "\n", " \n\t\n"] {
        let read = tables(&layout, lines.as_bytes());
        assert!(read.documents().is_empty());
        assert_eq!((read.record().rows(), read.row_sets()[0].rows()), (0, 0));
    }
    assert_eq!(Plan::new(&Layout::default()).map(|_| ()), Ok(()));
}

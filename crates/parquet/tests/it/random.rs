//! Documents of all kinds: what is read back is what the tables hold.

use docmill_columns::{Column, Id, Kind, Level, Table, Tables};
use docmill_parquet::PartitionBy;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{key, layout, money, number, shown, tables, written};

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (any::<i32>(), 0_u32..8).prop_map(|(number, decimals)| {
            let power = 10_i64.pow(decimals);
            let (whole, rest) = (i64::from(number).abs() / power, i64::from(number).abs() % power);
            let sign = if number < 0 { "-" } else { "" };
            let digits = usize::try_from(decimals).unwrap();
            json!(format!("{sign}{whole}.{rest:0digits$}0").trim_end_matches('.'))
        }),
        (1990_i32..2030, 1..14, 0..32)
            .prop_map(|(year, month, day)| json!(format!("{year}-{month:02}-{day:02}"))),
        "\\PC{0,12}".prop_map(Value::from),
        prop_oneof![Just("EUR"), Just("eur"), Just("JPY")].prop_map(Value::from),
    ]
}

fn document() -> impl Strategy<Value = Value> {
    let row = prop_oneof![
        (value(), value(), value())
            .prop_map(|(amount, key, date)| json!({"amount": amount, "key": key, "date": date})),
        Just(json!({})),
        Just(json!(1)),
    ];
    let id = prop_oneof![(0..20).prop_map(|id| json!(format!("id {id}"))), Just(Value::Null)];
    (id, value(), value(), value(), value(), vec(row, 0..5)).prop_map(
        |(id, currency, total, date, paid, rows)| {
            json!({"id": id, "currency": currency, "total": total, "date": date, "paid": paid, "rows": rows})
        },
    )
}

/// A value as the test's reader shows it.
fn expected(level: Level, column: &Column, row: usize, document: usize) -> String {
    let row = if level == Level::Row { row } else { document };
    let shown = match column.kind() {
        Kind::Money { .. } | Kind::Decimal { .. } => {
            column.number(row).map(|number| format!("{number}e-{}", column.scale()))
        }
        Kind::Date => column.day(row).map(|day| format!("day {day}")),
        Kind::Key { .. } => column.text(row).map(str::to_owned),
        Kind::Bool => column.bool(row).map(|truth| truth.to_string()),
    };
    shown.unwrap_or_else(|| "-".to_owned())
}

fn expected_rows(tables: &Tables, table: &Table, names: &[&str]) -> Vec<String> {
    let row = |(row, place): (usize, docmill_columns::Place)| {
        let document = place.document as usize;
        let id = match tables.documents().id(document).unwrap() {
            Id::Named(name) => name.to_owned(),
            Id::Line(line) => format!("line {line}"),
        };
        let mut values = vec![id, document.to_string()];
        values.extend(table.pointer().map(|_| place.row.to_string()));
        for name in names {
            let (level, column) = tables.column(table, name).unwrap();
            values.push(expected(level, column, row, document));
            if let Some((level, currency)) =
                tables.currency(if level == Level::Row { table } else { tables.record() }, column)
            {
                values.push(expected(
                    if table.column(name).is_some() { level } else { Level::Document },
                    currency,
                    row,
                    document,
                ));
            }
        }
        values.join(" | ")
    };
    table.places().enumerate().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_back_is_what_was_there(documents in vec(document(), 0..12)) {
        let layout = layout(&[
            ("total", "/total", money("/currency")),
            ("date", "/date", Kind::Date),
            ("paid", "/paid", Kind::Bool),
            ("amount", "/rows/*/amount", number()),
            ("worth", "/rows/*/amount", money("/currency")),
            ("key", "/rows/*/key", key()),
            ("day", "/rows/*/date", Kind::Date),
        ]);
        let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
        let tables = tables(&layout, &lines.join("\n"));
        let kept = |names: &[&'static str]| -> Vec<&'static str> {
            // Of the two readings of an amount, one that fits nothing isn't written.
            let rows = tables.row_set("/rows").unwrap();
            let used = |name: &str| rows.column(name).is_none_or(|column| column.used() > 0);
            let both = ["amount", "worth"];
            let any = both.iter().any(|name| used(name));
            names.iter().copied().filter(|name| !both.contains(name) || used(name) || !any).collect()
        };
        let of_record = ["total", "date", "paid"];
        let of_rows = kept(&["amount", "worth", "key", "day", "total", "date", "paid"]);
        let files = written(&tables, &layout, PartitionBy::Nothing);
        prop_assert_eq!(shown(&files[0].1).1, expected_rows(&tables, tables.record(), &of_record));
        let rows = tables.row_set("/rows").unwrap();
        prop_assert_eq!(shown(&files[1].1).1, expected_rows(&tables, rows, &of_rows));

        // By month nothing is lost, and nothing twice.
        if let Ok(export) = docmill_parquet::Export::new(&tables, &layout, PartitionBy::Month) {
            let mut apart: Vec<String> = Vec::new();
            for part in export.parts().iter().filter(|part| part.path().starts_with("rows/")) {
                apart.extend(shown(&part.write(Vec::new()).unwrap().into()).1);
            }
            let mut whole = shown(&files[1].1).1;
            whole.sort();
            apart.sort();
            prop_assert_eq!(apart, whole);
        }
    }
}

//! Equations as tables: rules, a record, and what is expected of each equation.

use docmill_contract::profile::Profile;
use serde_json::json;

use super::*;
use crate::decimal::plain_text;

/// `expected` has a line for each equation: rule, terms, result, and whether it holds.
#[track_caller]
fn check(rules: Value, record: Value, expected: &[&str]) {
    let rules: Vec<Rule> = serde_json::from_value(rules).unwrap();
    let found: Vec<String> = equations(&rules, &record).iter().map(shown).collect();
    assert_eq!(found, expected, "{record}");
}

fn shown(equation: &Equation) -> String {
    let term = |term: &Term| {
        let sign = match term.role {
            TermRole::Added => "+",
            TermRole::Subtracted => "-",
            TermRole::Factor => "*",
        };
        let missing = if term.value.is_none() { "?" } else { "" };
        format!("{sign}{}{missing}", term.pointer)
    };
    let terms: String = equation.terms.iter().map(term).collect();
    let (expected, found) = (plain_text(equation.expected), plain_text(equation.found));
    let verdict = if equation.holds { "holds".to_owned() } else { format!("says {found}") };
    format!("{}: {terms} = {} is {expected}, {verdict}", equation.rule, equation.result_pointer)
}

#[test]
fn sums() {
    let rules = json!([{"kind": "sum", "id": "s", "parts": ["/lines/*/amount", "/freight"], "minus": ["/discount"],
        "optional": ["/freight", "/discount"], "total": "/net"}]);
    let lines = json!([{"amount": 10.1}, {"amount": 20.2}]);
    // Decimals are exact: 10.1 + 20.2 is 30.3 and not 30.299999.
    check(
        rules.clone(),
        json!({"lines": lines, "net": 30.3}),
        &["s: +/lines/0/amount+/lines/1/amount+/freight?-/discount? = /net is 30.3, holds"],
    );
    check(
        rules.clone(),
        json!({"lines": lines, "freight": 5, "discount": 1, "net": 34}),
        &["s: +/lines/0/amount+/lines/1/amount+/freight-/discount = /net is 34.3, says 34"],
    );
    // A row without its amount, no rows, no total: not all members are there.
    check(rules.clone(), json!({"lines": [{"amount": 1}, {}], "net": 1}), &[]);
    check(rules.clone(), json!({"net": 1}), &[]);
    check(rules.clone(), json!({"lines": [], "net": 1}), &[]);
    check(rules.clone(), json!({"lines": lines}), &[]);
    // Text that is no number is no member.
    check(rules, json!({"lines": [{"amount": "ten"}], "net": 1}), &[]);
    // Too large to compute.
    let rules = json!([{"kind": "sum", "id": "s", "parts": ["/a", "/b"], "total": "/c"}]);
    check(rules, json!({"a": 7e28, "b": 7e28, "c": 1}), &[]);
}

#[test]
fn a_total_in_a_row_is_of_its_own_row() {
    let rules =
        json!([{"kind": "sum", "id": "s", "parts": ["/groups/*/items/*/n"], "total": "/groups/*/total"}]);
    let record =
        json!({"groups": [{"items": [{"n": 1}, {"n": 2}], "total": 3}, {"items": [{"n": 4}], "total": 5}]});
    check(
        rules,
        record,
        &[
            "s: +/groups/0/items/0/n+/groups/0/items/1/n = /groups/0/total is 3, holds",
            "s: +/groups/1/items/0/n = /groups/1/total is 4, says 5",
        ],
    );
}

#[test]
fn products() {
    let rules = json!([{"kind": "product", "id": "p", "each": "/lines", "factors": ["quantity", "price/net"],
        "result": "amount"}]);
    let row = |quantity: f64, price: f64, amount: f64| json!({"quantity": quantity, "price": {"net": price}, "amount": amount});
    check(
        rules.clone(),
        json!({"lines": [row(3.0, 4.0, 12.0), row(1.5, 0.35, 0.53), row(3.0, 0.333, 0.99)]}),
        &[
            "p: */lines/0/quantity*/lines/0/price/net = /lines/0/amount is 12, holds",
            // 0.525 is rounded half away from zero.
            "p: */lines/1/quantity*/lines/1/price/net = /lines/1/amount is 0.53, holds",
            "p: */lines/2/quantity*/lines/2/price/net = /lines/2/amount is 1, says 0.99",
        ],
    );
    // To the decimals that the result shows, where they are more than two.
    check(
        rules.clone(),
        json!({"lines": [row(3.0, 0.333, 0.999)]}),
        &["p: */lines/0/quantity*/lines/0/price/net = /lines/0/amount is 0.999, holds"],
    );
    check(rules, json!({"lines": [{"quantity": 1, "amount": 2}]}), &[]);
    let percent =
        json!([{"kind": "product", "id": "t", "factors": ["/net", "/rate"], "per": 100, "result": "/tax"}]);
    check(percent, json!({"net": 100.5, "rate": 19, "tax": 19.1}), &["t: */net*/rate = /tax is 19.1, holds"]);
    let by_nothing = json!([{"kind": "product", "id": "t", "factors": ["/a"], "per": 0, "result": "/b"}]);
    check(by_nothing, json!({"a": 1, "b": 1}), &[]);
}

#[test]
fn balances() {
    let rules = json!([{"kind": "balance", "id": "b", "opening": "/opening", "each": "/rows", "change": "change",
        "balance": "balance", "closing": "/closing"}]);
    check(
        rules.clone(),
        json!({"opening": 100, "closing": 75.5, "rows": [
        {"change": -20}, {"change": -10, "balance": 70}, {"change": 5.5, "balance": 75.5}]}),
        &[
            "b: +/opening+/rows/0/change+/rows/1/change = /rows/1/balance is 70, holds",
            "b: +/rows/1/balance+/rows/2/change = /rows/2/balance is 75.5, holds",
            "b: +/rows/2/balance = /closing is 75.5, holds",
        ],
    );
    // No row prints a balance: all are added up.
    check(
        rules.clone(),
        json!({"opening": 1, "closing": 4, "rows": [{"change": 1}, {"change": 1}]}),
        &["b: +/opening+/rows/0/change+/rows/1/change = /closing is 3, says 4"],
    );
    // A row without its change breaks the chain up to the next printed balance.
    check(
        rules.clone(),
        json!({"opening": 1, "closing": 9, "rows": [{"balance": 2}, {}, {"balance": 8}, {"change": 1}]}),
        &["b: +/rows/2/balance+/rows/3/change = /closing is 9, holds"],
    );
    check(
        rules.clone(),
        json!({"opening": 1, "closing": 2, "rows": []}),
        &["b: +/opening = /closing is 1, says 2"],
    );
    check(rules.clone(), json!({"opening": 1, "closing": 2}), &[]);
    // Nothing that this rule knows changes anything.
    check(rules, json!({"opening": 1, "closing": 2, "rows": [{"balance": 5}, {"balance": 2}]}), &[]);
}

#[test]
fn money_out_may_have_a_column_of_its_own() {
    let rules = json!([{"kind": "balance", "id": "b", "opening": "/opening", "each": "/rows", "change": "in", "minus": "out",
        "balance": "balance", "closing": "/closing"}]);
    check(
        rules,
        json!({"opening": 100, "closing": 64, "rows": [
        {"out": 20, "balance": 80}, {"in": 5}, {"in": 1, "out": 2}, {"out": 20}]}),
        &[
            "b: +/opening-/rows/0/out = /rows/0/balance is 80, holds",
            "b: +/rows/0/balance+/rows/1/in+/rows/2/in-/rows/2/out-/rows/3/out = /closing is 64, holds",
        ],
    );
}

#[test]
fn built_in_rules_apply_to_their_own_records() {
    let invoice = Profile::built_in("invoice").unwrap();
    let record = json!({"lines": [{"quantity": 2, "unit_price": 50, "amount": 100}], "net": 100, "tax_rate": 19,
        "tax": 19, "total": 119});
    let equations = equations(&invoice.rules, &record);
    assert_eq!(equations.iter().filter(|equation| equation.holds).count(), 4, "{equations:?}");
}

//! Figures of whole reports.

use std::collections::BTreeMap;

use crate::{Range, Recalled};
use docmill_contract::analysis::{Analysis, FigureRow};
use docmill_contract::excerpt::Excerpt;
use docmill_contract::identity::{CollectionId, Sha256Hex};
use docmill_contract::profile::Profile;
use docmill_contract::spec::AnalysisSpec;
use serde_json::json;

use crate::tests::outcomes::{invoice, read, recalled};

pub(crate) fn profiles() -> BTreeMap<Sha256Hex, Profile> {
    let built_in = Profile::built_in_names().filter_map(Profile::built_in);
    built_in.map(|profile| (profile.digest(), profile)).collect()
}

pub(crate) fn collection() -> CollectionId {
    "q3".parse().unwrap()
}

/// The report of these outcomes, cut into excerpts of so many.
pub(crate) fn reported_in(
    recalled: &[Recalled],
    per_excerpt: usize,
    profiles: &BTreeMap<Sha256Hex, Profile>,
    spec: Option<&AnalysisSpec>,
) -> Analysis {
    let range = || Range { collection: collection(), after: 0, through: 0 };
    let excerpts: Vec<Excerpt> = recalled
        .chunks(per_excerpt)
        .map(|recalled| {
            let kept = serde_json::to_vec(&crate::excerpt(range(), recalled, profiles, spec)).unwrap();
            serde_json::from_slice(&kept).unwrap()
        })
        .collect();
    let draft = crate::report(&collection(), &excerpts, profiles, spec).unwrap();
    let wanted = draft.wanted();
    let recalled: Vec<Recalled> =
        recalled.iter().filter(|recalled| wanted.contains(&recalled.outcome.document)).cloned().collect();
    draft.witnessed(&recalled)
}

fn report(
    recalled: &[Recalled],
    profiles: &BTreeMap<Sha256Hex, Profile>,
    spec: Option<&AnalysisSpec>,
) -> Analysis {
    reported_in(recalled, 3, profiles, spec)
}

pub(crate) fn reported(recalled: &[Recalled]) -> Analysis {
    report(recalled, &profiles(), None)
}

/// "group currency total=used+missing+rejected: sum, mean, median".
fn line(row: &FigureRow) -> String {
    let (group, currency) = (row.group.as_deref().unwrap_or("-"), row.currency.as_deref().unwrap_or("-"));
    let counts = row.counts;
    let counts = format!("{}={}+{}+{}", counts.total, counts.used, counts.missing, counts.rejected);
    match &row.statistics {
        None => format!("{group} {currency} {counts}"),
        Some(found) => {
            format!("{group} {currency} {counts}: {}, {}, {}", found.sum, found.mean, found.median)
        }
    }
}

fn check(analysis: &Analysis, title: &str, expected: &[&str]) {
    let figure = analysis.figures.iter().find(|figure| figure.title == title);
    let titles: Vec<_> = analysis.figures.iter().map(|figure| figure.title.as_str()).collect();
    let found: Vec<String> =
        figure.unwrap_or_else(|| panic!("no {title} among {titles:?}")).rows.iter().map(line).collect();
    assert_eq!(found, expected, "{title}");
}

#[test]
fn money_is_never_added_across_currencies() {
    let mut outcomes = vec![
        invoice("a", "ACME", "EUR", json!(100.5)),
        invoice("b", "Acme ", "eur", json!("20.25")),
        invoice("c", "Beta", "USD", json!(7)),
        invoice("d", "Beta", "JPY", json!(1000)),
        invoice("e", "Gamma", "EUR", json!(300)),
        invoice("f", "Gamma", "EUR", json!("about 5")),
    ];
    outcomes.push(read("g", "invoice", json!({"supplier": "Beta", "total": 9}), &[]));
    outcomes.push(read("h", "invoice", json!({"supplier": "Beta", "currency": "USD", "total": null}), &[]));
    let analysis = reported(&outcomes);
    check(
        &analysis,
        "Invoice total",
        &[
            "- EUR 3=3+0+0: 420.75, 140.2500, 100.50",
            "- JPY 1=1+0+0: 1000, 1000.00, 1000",
            "- USD 1=1+0+0: 7.00, 7.0000, 7.00",
            // What can't be used, and what is nowhere: of no currency's.
            "- - 3=0+1+2",
        ],
    );
    check(
        &analysis,
        "Invoice total by Supplier",
        &[
            "Gamma EUR 1=1+0+0: 300.00, 300.0000, 300.00",
            "ACME EUR 2=2+0+0: 120.75, 60.3750, 60.375",
            "Beta JPY 1=1+0+0: 1000, 1000.00, 1000",
            "Beta USD 1=1+0+0: 7.00, 7.0000, 7.00",
        ],
    );
    check(&analysis, "Line amount", &[]);
    let found: Vec<_> = analysis.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(found, ["“Invoice total” leaves out 2 values: 1 that are no number, 1 without a currency."]);
    // Where the values stand is told by the outcomes.
    let place = &analysis.findings[0].places[0];
    assert_eq!((place.pointer.as_deref(), place.text.as_deref()), (Some("/total"), Some("about 5")));
}

#[test]
fn rows_of_tables_are_values() {
    let lines = json!([{"description": "x", "amount": 1.5}, {"description": "y"}, {"description": "z", "amount": -0.5}]);
    let outcomes = [read("a", "invoice", json!({"currency": "EUR", "lines": lines}), &["/lines/0/amount"])];
    let analysis = reported(&outcomes);
    check(&analysis, "Line amount", &["- EUR 2=2+0+0: 1.00, 0.5000, 0.50", "- - 1=0+1+0"]);
    let unproved = analysis.findings.iter().find(|finding| finding.rule == "value_unproved").unwrap();
    assert_eq!(unproved.message, "“Line amount” includes 1 value that nothing on the page proves.");
    assert_eq!(unproved.places[0].pointer.as_deref(), Some("/lines/0/amount"));
}

#[test]
fn each_profile_describes_its_own_records() {
    let outcomes = [
        invoice("a", "ACME", "EUR", json!(5)),
        read("b", "general", json!({"sender": "ACME", "currency": "EUR", "amount": 3}), &[]),
    ];
    let analysis = reported(&outcomes);
    check(&analysis, "Invoice total (invoice)", &["- EUR 1=1+0+0: 5.00, 5.0000, 5.00"]);
    check(&analysis, "Amount (general)", &["- EUR 1=1+0+0: 3.00, 3.0000, 3.00"]);

    let spec = json!({"columns": [{"name": "Any amount", "pointer": "/amount"}]});
    let spec: AnalysisSpec = serde_json::from_value(spec).unwrap();
    let analysis = report(&outcomes, &profiles(), Some(&spec));
    assert_eq!(analysis.figures.len(), 1);
    check(&analysis, "Any amount", &["- - 2=1+1+0: 3, 3.00, 3"]);
}

#[test]
fn a_few_wild_values_move_no_trimmed_mean() {
    // By hand: 1 and 1000 are off, 2 to 9 are left; 11 · 4 ÷ 8 = 5.5. Moved, they are a 2 and a 9 more.
    // Skewness and kurtosis as pandas has them: pandas.Series([1, 2, …, 9, 1000]).skew(), .kurt().
    let totals = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1000];
    let outcomes: Vec<Recalled> = (0..)
        .zip(totals)
        .map(|(number, total): (u32, i32)| invoice(&format!("d{number}"), "ACME", "EUR", json!(total)))
        .collect();
    let analysis = reported(&outcomes);
    let figure = analysis.figures.iter().find(|figure| figure.title == "Invoice total").unwrap();
    let shape = figure.rows[0].statistics.as_ref().unwrap().shape.as_ref().unwrap();
    assert_eq!((shape.trimmed_mean.as_str(), shape.winsorised_mean.as_str()), ("5.5000", "5.5000"));
    assert_eq!((shape.skewness.as_deref(), shape.kurtosis.as_deref()), (Some("3.1619"), Some("9.9981")));
    let grouped = analysis.figures.iter().find(|figure| figure.title == "Invoice total by Supplier").unwrap();
    assert_eq!(grouped.rows[0].statistics.as_ref().unwrap().shape, None);
}

#[test]
fn a_column_that_cannot_be_read_takes_no_other_with_it() {
    let spec = json!({"columns": [{"name": "Deep", "pointer": "/lines/*/parts/*/amount"}, {"name": "Total", "pointer": "/total"}]});
    let spec: AnalysisSpec = serde_json::from_value(spec).unwrap();
    let analysis = report(&[invoice("a", "ACME", "EUR", json!(5))], &profiles(), Some(&spec));
    check(&analysis, "Total", &["- - 1=1+0+0: 5, 5.00, 5"]);
    let found: Vec<_> = analysis.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(found, ["column_unfit"]);
    assert!(
        analysis.findings[0].message.contains("/lines/*/parts/*/amount"),
        "{}",
        analysis.findings[0].message
    );
}

#[test]
fn records_of_an_unknown_profile_are_listed_and_not_counted() {
    let outcomes = [invoice("a", "ACME", "EUR", json!(5))];
    let analysis = report(&outcomes, &BTreeMap::new(), None);
    assert_eq!(analysis.figures, []);
    assert_eq!(analysis.documents.len(), 1);
    assert_eq!(analysis.findings[0].rule, "profile_unavailable");
}

#[test]
fn documents_are_ordered_by_id_and_the_latest_outcome_counts() {
    let failed = json!({"status": "failed", "failure": {"code": "pdf_encrypted", "reason": "It needs a password.",
        "stage": "read", "attempts": 1}});
    let mut later = invoice("a", "ACME", "EUR", json!(5));
    later.sequence = 40;
    let outcomes = [
        recalled("c", failed),
        later,
        invoice("b", "ACME", "EUR", json!(1)),
        invoice("a", "ACME", "EUR", json!(9)),
    ];
    let analysis = reported(&outcomes);
    let lines: Vec<_> = analysis.documents.iter().map(|line| line.document.as_str()).collect();
    assert_eq!(lines, ["a", "b", "c"]);
    let covers = &analysis.covers;
    assert_eq!(
        (covers.outcomes, covers.verified, covers.failed, covers.last_outcome_sequence),
        (3, 2, 1, 40)
    );
    check(&analysis, "Invoice total", &["- EUR 2=2+0+0: 6.00, 3.0000, 3.00"]);
    assert_eq!(analysis.documents[2].failure.as_deref(), Some("It needs a password."));
    assert_eq!(analysis.documents[2].findings, 1);
}

#[test]
fn long_figures_keep_the_largest_of_each_currency_and_say_so() {
    let mut outcomes: Vec<Recalled> = (0..1_200)
        .map(|number| invoice(&format!("e{number}"), &format!("S{number}"), "EUR", json!(number)))
        .collect();
    outcomes.push(invoice("y", "Only", "YEN", json!(1)));
    let analysis = reported(&outcomes);
    let figure = analysis.figures.iter().find(|figure| figure.title == "Invoice total by Supplier").unwrap();
    assert_eq!(figure.rows.len(), 1_000);
    assert_eq!(figure.rows[0].group.as_deref(), Some("S1199"));
    assert_eq!(figure.rows[999].group.as_deref(), Some("Only"));
    let cut = analysis.findings.iter().find(|finding| finding.rule == "figure_cut").unwrap();
    assert!(cut.message.contains("1201 rows: the 1000 with"), "{}", cut.message);
}

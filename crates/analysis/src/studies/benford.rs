//! How often digits lead, against Benford's law (Benford, 1938; Nigrini, 2012).
//!
//! Whether the law may be expected at all is said first. A deviation is a question to ask, and nothing more.

use docmill_contract::analysis::{Finding, Severity};
use docmill_contract::section::{CellKind, Drawn, Series};
use docmill_contract::spec::Digits as Asked;
use docmill_statistics::benford::{BenfordTest, Conformity, DigitCounts, Digits, Signs};

use super::frame::Frame;
use super::partition::Partition;
use super::tables::{bars, chart, count, number, section, share, table};
use super::{Named, Studied, Unfit};

/// Digits at this many standard errors are shown in the sentence.
const DIGITS_NAMED_MAX: usize = 3;

pub(crate) fn study<'a>(
    frame: &Frame<'a>,
    named: &Named<'_>,
    of: &'a str,
    asked: Asked,
) -> Result<Studied, Unfit> {
    let measure = frame.measure(of)?;
    let partitions = frame.partitions(&measure)?;
    let (digits, said) = match asked {
        Asked::First => (Digits::First, "first digits"),
        Asked::Second => (Digits::Second, "second digits"),
        Asked::FirstTwo => (Digits::FirstTwo, "first two digits"),
    };
    let mut section = section(
        named,
        format!("{} of {} against Benford's law", capital(said), measure.name),
        measure.counts(),
    );
    section.notes = partitions.notes;
    section.parameters.insert("digits".to_owned(), said.to_owned());
    section.parameters.insert("signs".to_owned(), "both, without their sign".to_owned());
    let mut findings = Vec::new();
    let mut sentences = Vec::new();
    for part in &partitions.parts {
        let Some(test) = DigitCounts::of(&part.chunks(), Signs::Both).test(digits) else { continue };
        let applies = test.applicability.enough && test.applicability.wide;
        sentences.push(sentence(&test, part, said));
        section.notes.push(applicability(&test, part));
        let rows = test.rows.iter().map(|row| {
            vec![
                count(row.digit),
                count(row.count),
                Some(share(row.share)),
                Some(share(row.expected)),
                Some(number(row.z)),
            ]
        });
        let columns = [
            ("Digits", CellKind::Count),
            ("Values", CellKind::Count),
            ("Share", CellKind::Share),
            ("Expected", CellKind::Share),
            ("Z", CellKind::Decimal),
        ];
        let title = format!("{} of {}{}: share of values", capital(said), measure.name, part.in_currency());
        section.tables.push(table(title.clone(), &columns, rows.collect()));
        section.charts.push(chart(
            title,
            ("Leading digits", "Share of values"),
            test.rows.iter().map(|row| row.digit.to_string()).collect(),
            vec![
                bars("Found", test.rows.iter().map(|row| Some(share(row.share))).collect()),
                Series {
                    name: "Expected by Benford's law".to_owned(),
                    drawn: Drawn::Line,
                    values: test.rows.iter().map(|row| Some(share(row.expected))).collect(),
                },
            ],
        ));
        if applies && test.conformity == Conformity::Deviates {
            findings.push(Finding {
                rule: named.id.clone(),
                severity: Severity::Info,
                message: sentence(&test, part, said),
                expected: None,
                found: None,
                places: Vec::new(),
            });
        }
    }
    section.summary = if sentences.is_empty() {
        "There are no values with digits.".to_owned()
    } else {
        sentences.join(" ")
    };
    Ok(Studied { section, findings })
}

fn sentence(test: &BenfordTest, part: &Partition<'_>, said: &str) -> String {
    let deviation = format!("mean absolute deviation {:.5}", test.mean_absolute_deviation);
    if !(test.applicability.enough && test.applicability.wide) {
        let counted = test.applicability.counted;
        return format!(
            "The law can't be expected of these {counted} values{}, so what they deviate says nothing ({deviation}).",
            part.in_currency()
        );
    }
    let verdict = match test.conformity {
        Conformity::Close => "conform closely",
        Conformity::Acceptable => "conform",
        Conformity::Marginal => "conform marginally",
        Conformity::Deviates => "deviate",
    };
    let mut rows: Vec<_> = test.rows.iter().filter(|row| row.share > row.expected).collect();
    rows.sort_by(|left, right| right.z.total_cmp(&left.z).then(left.digit.cmp(&right.digit)));
    let most: Vec<String> = rows.iter().take(DIGITS_NAMED_MAX).map(|row| row.digit.to_string()).collect();
    format!(
        "The {said} of {} values{} {verdict} ({deviation}); most above what is expected: {}.",
        test.applicability.counted,
        part.in_currency(),
        most.join(", ")
    )
}

fn applicability(test: &BenfordTest, part: &Partition<'_>) -> String {
    let applicability = &test.applicability;
    let yes = |is: bool| if is { "enough" } else { "too few" };
    format!(
        "Applicability{}: {} values ({}), {:.1} orders of magnitude ({}), {:.1} % zeros. Assigned, capped and listed prices don't follow the law whatever their number.",
        part.in_currency(),
        applicability.counted,
        yes(applicability.enough),
        applicability.orders_of_magnitude,
        yes(applicability.wide),
        applicability.zero_share * 100.0,
    )
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

//! How documents write numbers and dates, and in which languages.

use std::path::Path;

use docmill_pdf::conventions::{
    DateForm, DateParts, DecimalMark, Finding, GroupMark, Grouping, Language, LanguageSource,
};
use docmill_pdf::{Conventions, Limits, conventions};

use crate::{builder, read};

/// A page with these lines.
fn written(lines: &[&str]) -> Conventions {
    let places = (0_i32..).map(|index| 780 - 20 * index);
    let operations: String =
        places.zip(lines).map(|(y, line)| builder::text(20, y, &line.replace(['(', ')'], ""))).collect();
    conventions(&read(builder::one_page(&operations)), None)
}

#[track_caller]
fn check_numbers(lines: &[&str], decimal: Finding<DecimalMark>, grouping: Finding<Grouping>) {
    let found = written(lines).numbers;
    assert_eq!((found.decimal_mark, found.grouping), (decimal, grouping), "{lines:?}: {found:#?}");
}

#[test]
fn numbers() {
    let (comma, point) = (Finding::Found(DecimalMark::Comma), Finding::Found(DecimalMark::Point));
    let by = |mark| Finding::Found(Grouping::By(mark));
    check_numbers(&["Summe 1.234,50 EUR", "12,50"], comma, by(GroupMark::Point));
    check_numbers(&["Total 1,234.50", "12.50"], point, by(GroupMark::Comma));
    check_numbers(&["Betrag 1'234.50", "Rabatt 3.00"], point, by(GroupMark::Apostrophe));
    check_numbers(&["Total 1 234,50", "Net 1 000 000,00"], comma, by(GroupMark::Space));
    check_numbers(&["Total 1234,50"], comma, Finding::Found(Grouping::Without));
    check_numbers(&["1234,50 and 1.234,50"], comma, Finding::Ambiguous);
    check_numbers(&["12,50 12.50"], Finding::Ambiguous, Finding::Nothing);
    // Either mark, a date, a year and a part of a sum that is no number: nothing.
    check_numbers(&["1.234", "01.03.2024", "2024", "Rechnung"], Finding::Nothing, Finding::Nothing);
    // A section's number doesn't outweigh an amount.
    check_numbers(&["2.1 2.2", "12,50"], comma, Finding::Nothing);
    // Two numbers stand side by side: position 1, price 234.
    check_numbers(&["1 234"], Finding::Nothing, Finding::Nothing);
}

#[track_caller]
fn check_dates(lines: &[&str], order: Finding<DateParts>, forms: &[(DateForm, u32)]) {
    let found = written(lines).dates;
    let counts: Vec<_> = found.forms.iter().map(|(&form, evidence)| (form, evidence.count)).collect();
    assert_eq!((found.order, counts.as_slice()), (order, forms), "{lines:?}");
}

#[test]
fn dates() {
    use DateForm::{DayFirst, DayThenName, Dotted, MonthFirst, NameThenDay, Open, YearFirst};
    let day = Finding::Found(DateParts::DayMonthYear);
    let month = Finding::Found(DateParts::MonthDayYear);
    check_dates(&["03/04/2024", "due 31/03/2024"], day, &[(DayFirst, 1), (Open, 1)]);
    check_dates(&["03/04/2024, 12/31/2024"], month, &[(MonthFirst, 1), (Open, 1)]);
    check_dates(&["Datum: 01.02.2024"], day, &[(Dotted, 1)]);
    check_dates(&["1. April 2024."], day, &[(DayThenName, 1)]);
    check_dates(&["on April 1, 2024", "03/04/2024"], month, &[(NameThenDay, 1), (Open, 1)]);
    check_dates(&["03/04/2024"], Finding::Ambiguous, &[(Open, 1)]);
    check_dates(&["31/12/2024 12/31/2024"], Finding::Ambiguous, &[(DayFirst, 1), (MonthFirst, 1)]);
    check_dates(&["2024-03-04"], Finding::Found(DateParts::YearMonthDay), &[(YearFirst, 1)]);
    // What is sure of day and month goes before what nobody mistakes.
    check_dates(&["2024-03-04 2024-03-05", "31/03/2024"], day, &[(YearFirst, 2), (DayFirst, 1)]);
    check_dates(&["04/04/2024", "1.234.567", "12:30"], Finding::Nothing, &[]);
}

#[test]
fn an_example_is_where_it_says() {
    let document = read(builder::one_page(&builder::text(20, 700, "Total 1 234,50 due 1 May 2024")));
    let found = conventions(&document, None);
    let words = &document.pages[0].lines[0].words;
    let number = &found.numbers.comma.examples[0];
    assert_eq!((number.page, number.text.as_str()), (1, "1 234,50"));
    assert_eq!(number.bounds, words[1].bounds.union(words[2].bounds));
    let date = &found.dates.forms[&DateForm::DayThenName].examples[0];
    assert_eq!(date.text, "1 May 2024");
    assert_eq!(date.bounds, words[4].bounds.union(words[6].bounds));
}

#[track_caller]
fn check_languages(lines: &[&str], stated: Option<&str>, expected: &[&str]) {
    let places = (0_i32..).map(|index| 780 - 20 * index);
    let operations: String = places.zip(lines).map(|(y, line)| builder::text(20, y, line)).collect();
    let found = conventions(&read(builder::one_page(&operations)), stated).languages;
    let tags: Vec<&str> = found.iter().map(|language| language.tag.as_str()).collect();
    assert_eq!(tags, expected, "{lines:?}");
}

#[test]
fn languages() {
    let german = "Wir danken Ihnen sehr herzlich und stellen Ihnen die folgenden Leistungen in Rechnung";
    let english = "Thank you for your order, please pay the following amount within the next fourteen days";
    check_languages(&[german], None, &["de"]);
    check_languages(&[english], None, &["en"]);
    // What the file states stands beside what it is written in.
    check_languages(&[german], Some("en-US"), &["en-US", "de"]);
    // Too little to judge, or numbers alone.
    check_languages(&["Rechnung"], None, &[]);
    check_languages(&["12345678 12345678 12345678 12345678 12345678 12345678 12345678 12345678"], None, &[]);
}

#[test]
fn the_language_of_the_catalog_is_a_fact() {
    let mut document = builder::document(&[builder::PageSource { operations: "", rotate: 0 }]);
    let catalog = document.catalog_mut().unwrap();
    catalog.set("Lang", lopdf::Object::string_literal("de-CH"));
    let facts = docmill_pdf::facts(builder::save(document), None, &Limits::default()).unwrap();
    assert_eq!(facts.language.as_deref(), Some("de-CH"));
}

#[test]
fn samples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/invoice");
    let (comma, point) = (DecimalMark::Comma, DecimalMark::Point);
    for (file, mark, language) in [
        ("german-klassisch.pdf", comma, "de"),
        ("german-modern.pdf", comma, "de"),
        ("factur-x.pdf", comma, "de"),
        ("english-classic.pdf", point, "en"),
        ("english-modern.pdf", point, "en"),
    ] {
        let found = conventions(&read(std::fs::read(folder.join(file)).unwrap()), None);
        assert_eq!(found.numbers.decimal_mark, Finding::Found(mark), "{file}");
        let [Language { tag, source: LanguageSource::Text { pages, letters, confidence } }] =
            found.languages.as_slice()
        else {
            panic!("{file}: {:?}", found.languages);
        };
        assert_eq!((tag.as_str(), pages.as_slice()), (language, [1].as_slice()), "{file}");
        assert!(*letters > 100 && *confidence > 0.9, "{file}");
    }
}

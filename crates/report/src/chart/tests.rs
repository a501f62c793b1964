//! Charts are well-formed, say what they show, stay within their picture, and no label lies over another.

use super::*;

fn made(labels: &[&str], series: &[(&str, Drawn, &[Option<&str>])]) -> Chart {
    Chart {
        title: "Sums <by> month".to_owned(),
        label_axis: "Month".to_owned(),
        value_axis: "EUR".to_owned(),
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        series: series
            .iter()
            .map(|&(name, drawn, values)| Series {
                name: name.to_owned(),
                drawn,
                values: values.iter().map(|value| value.map(str::to_owned)).collect(),
            })
            .collect(),
    }
}

fn count_in(chart: &Chart, tag: &str, class: &str) -> usize {
    let text = super::chart("c", chart).into_string();
    let document = roxmltree::Document::parse(&text).unwrap();
    let has =
        |node: &roxmltree::Node<'_, '_>| node.attribute("class").is_some_and(|found| found.contains(class));
    document.descendants().filter(|node| node.has_tag_name(tag) && has(node)).count()
}

#[test]
fn each_kind_of_series_is_drawn_its_way() {
    let values = [Some("1"), Some("-2.5"), None, Some("4")];
    let check = |drawn: Drawn, tag: &str, class: &str, expected: usize| {
        let chart = made(&["A", "B", "C", "D"], &[("only", drawn, &values)]);
        assert_eq!(count_in(&chart, tag, class), expected, "{drawn:?} {tag} {class}");
    };
    check(Drawn::Bars, "rect", "filled series-0", 3);
    check(Drawn::Bars, "polyline", "", 0);
    // The line is broken at C, and D stands alone.
    check(Drawn::Line, "polyline", "drawn", 1);
    check(Drawn::Line, "circle", "mark", 3);
    check(Drawn::ShareLine, "polyline", "drawn", 1);
    check(Drawn::ShareLine, "rect", "", 0);
}

#[test]
fn a_second_series_is_told_apart_by_more_than_its_colour() {
    let values = [Some("1"), Some("2")];
    let chart = made(
        &["A", "B"],
        &[("one", Drawn::Bars, &values), ("two", Drawn::Bars, &values), ("three", Drawn::Line, &values)],
    );
    let text = super::chart("c", &chart).into_string();
    assert!(text.contains("<pattern id=\"c-hatch-1\"") && text.contains("url(#c-hatch-1)"), "{text}");
    assert!(text.contains("dashed-2"), "{text}");
    // All three are in the legend.
    for name in [">one<", ">two<", ">three<"] {
        assert!(text.contains(name), "{name}");
    }
}

#[test]
fn a_chart_is_said_in_words() {
    let text = super::chart(
        "c",
        &made(
            &["2024-01", "2024-02"],
            &[
                ("Sum", Drawn::Bars, &[Some("1200.50"), Some("3400")]),
                ("Share", Drawn::ShareLine, &[Some("0.25"), Some("1")]),
            ],
        ),
    )
    .into_string()
    .replace('\u{202f}', " ");
    for expected in [
        "role=\"img\"",
        "aria-labelledby=\"c-title c-said\"",
        "<title id=\"c-title\">Sums &lt;by&gt; month</title>",
        "EUR over Month: 2 positions, 2024-01 to 2024-02. Sum, as bars: the largest is 3 400 at 2024-02. Share, as a line of shares: the largest is 100 % at 2024-02.",
        "2024-01: 1 200.50 (Sum)",
        "100 %",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
}

/// Every tick label's box, on one line of text or slanted.
fn overlaps(chart: &Chart) -> Vec<(String, String)> {
    let text = super::chart("c", chart).into_string();
    let document = roxmltree::Document::parse(&text).unwrap();
    let number =
        |node: &roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
    let mut boxes = Vec::new();
    for node in document.descendants().filter(|node| node.has_tag_name("text")) {
        let said = node.text().unwrap_or_default().to_owned();
        let (x, y, width) = (number(&node, "x"), number(&node, "y"), labels::words_width(&said));
        let slanted = node.attribute("transform").is_some();
        let left = match node.attribute("text-anchor") {
            Some("end") => x - width,
            Some("middle") => x - width / 2.0,
            _ => x,
        };
        // Slanted labels are parallel: what is between their ends is what is between them.
        let found =
            if slanted { [x - 7.0, y, x + 7.0, y + 8.0] } else { [left, y - 9.0, left + width, y + 2.0] };
        assert!(found[0] > -1.0 && found[2] < frame::WIDTH + 1.0, "{said} is outside: {found:?}");
        if slanted {
            assert!(x - width * 0.77 > -1.0, "{said} is cut off");
        }
        boxes.push((said, found));
    }
    let mut found = Vec::new();
    for (index, (one, first)) in boxes.iter().enumerate() {
        for (other, second) in boxes.iter().skip(index + 1) {
            let apart = first[2] <= second[0]
                || second[2] <= first[0]
                || first[3] <= second[1]
                || second[3] <= first[1];
            if !apart {
                found.push((one.clone(), other.clone()));
            }
        }
    }
    found
}

#[test]
fn no_label_lies_over_another() {
    let check = |labels: &[String], series: usize| {
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let values: Vec<Option<&str>> = labels.iter().map(|_| Some("-1234567.25")).collect();
        let others: Vec<Option<&str>> = labels.iter().map(|_| Some("0.5")).collect();
        let mut drawn: Vec<(&str, Drawn, &[Option<&str>])> =
            vec![("a name that is rather long for a legend", Drawn::Bars, &values); series];
        drawn.push(("Cumulative share", Drawn::ShareLine, &others));
        assert_eq!(overlaps(&made(&labels, &drawn)), [], "{labels:?}");
    };
    let numbered =
        |count: u32, name: &str| (0..count).map(|number| format!("{name}{number}")).collect::<Vec<_>>();
    let months = |count: u32| {
        (0..count).map(|month| format!("{}-{:02}", 2020 + month / 12, month % 12 + 1)).collect::<Vec<_>>()
    };
    for count in [1, 2, 9, 30, 90, 240] {
        check(&numbered(count, ""), 1);
        check(&numbered(count, "Müller & Söhne GmbH "), 1);
        check(&numbered(count, "日本語の会社名"), 3);
        check(&months(count), 5);
    }
}

#[test]
fn a_chart_of_anything_is_a_picture() {
    let check = |chart: &Chart, expected: &str| {
        let text = super::chart("c", chart).into_string();
        roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(text.contains(expected), "{expected} is not in {text}");
        for forbidden in ["NaN", "inf", "<script"] {
            assert!(!text.contains(forbidden), "{forbidden} in {text}");
        }
    };
    check(&made(&[], &[]), "There is nothing to draw.");
    check(&made(&["A"], &[("none", Drawn::Bars, &[None])]), "There is nothing to draw.");
    check(&made(&["A", "B"], &[("short", Drawn::Line, &[Some("1")])]), "<svg");
    check(&made(&["A"], &[("long", Drawn::Bars, &[Some("1"), Some("2")])]), "<svg");
    check(&made(&["<script>"], &[("text", Drawn::Bars, &[Some("1")])]), "&lt;script&gt;");
    check(&made(&["A"], &[("text", Drawn::Bars, &[Some("nan")])]), "There is nothing to draw.");
    let huge = "9".repeat(400);
    check(&made(&["A", "B"], &[("huge", Drawn::Bars, &[Some(&huge), Some("-1e308")])]), "× 10^");
    check(&made(&["A"], &[("zero", Drawn::Bars, &[Some("0")])]), "<svg");
    check(&made(&["A"], &[("beyond", Drawn::ShareLine, &[Some("7")])]), "<svg");
    let labels: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    check(&made(&labels, &[("many", Drawn::Line, &vec![Some("1"); 1000])]), "the first 240 of");
}

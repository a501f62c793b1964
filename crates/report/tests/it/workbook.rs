//! The workbook, unpacked: its sheets, what type each cell has, and that nothing in it is a formula.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use docmill_report::xlsx;
use roxmltree::Document;

use crate::demonstration::{HOSTILE, analysis};

/// The parts of the package.
fn unpacked(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut package = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..package.len())
        .map(|index| {
            let mut part = package.by_index(index).unwrap();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            (part.name().unwrap().into_owned(), text)
        })
        .collect()
}

/// Sheets by name: their cells by address, as `text …` or `number …`.
fn sheets(parts: &BTreeMap<String, String>) -> Vec<(String, BTreeMap<String, String>)> {
    let shared = Document::parse(&parts["xl/sharedStrings.xml"]).unwrap();
    let texts: Vec<String> = shared
        .descendants()
        .filter(|node| node.has_tag_name_anywhere("si"))
        .map(|node| {
            node.descendants().filter(|child| child.is_text()).filter_map(|child| child.text()).collect()
        })
        .collect();
    let workbook = Document::parse(&parts["xl/workbook.xml"]).unwrap();
    let names = workbook
        .descendants()
        .filter(|node| node.has_tag_name_anywhere("sheet"))
        .map(|node| node.attribute("name").unwrap().to_owned());
    let read = |(number, name): (usize, String)| {
        let tree = Document::parse(&parts[&format!("xl/worksheets/sheet{number}.xml")]).unwrap();
        let cells = tree.descendants().filter(|node| node.has_tag_name_anywhere("c")).filter_map(|cell| {
            let value = cell.children().find(|child| child.has_tag_name_anywhere("v"))?.text()?;
            let said = match cell.attribute("t") {
                Some("s") => format!("text {}", texts[value.parse::<usize>().unwrap()]),
                None => format!("number {value}"),
                Some(other) => panic!("a cell of type {other}"),
            };
            Some((cell.attribute("r").unwrap().to_owned(), said))
        });
        (name, cells.collect())
    };
    (1..).zip(names).map(read).collect()
}

/// Tags are told by their local names: the format has one namespace.
trait LocalName {
    fn has_tag_name_anywhere(&self, name: &str) -> bool;
}

impl LocalName for roxmltree::Node<'_, '_> {
    fn has_tag_name_anywhere(&self, name: &str) -> bool {
        self.tag_name().name() == name
    }
}

#[test]
fn cells_have_their_types() {
    let bytes = xlsx(&analysis(false)).unwrap();
    std::fs::write(format!("{}/report.xlsx", env!("CARGO_TARGET_TMPDIR")), &bytes).unwrap();
    let sheets = sheets(&unpacked(&bytes));
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Summary",
            "Findings",
            "Figures",
            "Analyses",
            "1 Gross total (EUR) by supplier",
            "2 First two digits of gross tot",
            "3 First digit of gross totals",
            "4 Gross total (EUR) by month",
            "5 Net amount (EUR) by supplier",
            "6 Line amounts far from others",
            "7.1 Missing",
            "7.2 Twice",
            "8 Rows that say nearly the same",
            "9 Days and round amounts",
            "10 Quantity and price",
            "11 Mean of gross totals",
            "12 Totals by the rules of EN 16",
            "Documents",
        ]
    );
    let check = |sheet: &str, address: &str, expected: &str| {
        let (_, cells) = sheets.iter().find(|(name, _)| name.starts_with(sheet)).unwrap();
        assert_eq!(cells.get(address).map_or("", String::as_str), expected, "{sheet} {address}");
    };
    check("Summary", "B2", "text incoming-2024");
    check("Summary", "B4", "number 3");
    check("Findings", "A2", "text error");
    check("Findings", "D2", "number 1234.5");
    check("Findings", "H3", "text /lines/3/amount");
    check("Findings", "I3", "number 1");
    check("Findings", "J3", "text 99,00");
    check("Findings", "K3", "number 450");
    check("Figures", "I2", "number 549789.12");
    check("Analyses", "A2", "text 1 Gross total (EUR) by supplier");
    check("Analyses", "G2", "number 14");
    check("1 Gross", "A2", "text Nordlicht Logistik GmbH");
    check("1 Gross", "B2", "number 418735.12");
    check("1 Gross", "C2", "number 0.5357");
    check("2 First", "A2", "text 10");
    check("4 Gross", "A2", "number 44562");
    check("11 Mean", "A2", "");
    // A spreadsheet would drop the last digits.
    check("11 Mean", "B2", "text 455.1234567890123456");
    check("Documents", "C2", "text needs review");
    check("Documents", "H2", "number 32");
}

#[test]
fn headers_stay_in_sight_and_filter() {
    let parts = unpacked(&xlsx(&analysis(false)).unwrap());
    let sheet = &parts["xl/worksheets/sheet5.xml"];
    for expected in ["<pane ySplit=\"1\"", "<autoFilter ref=\"A1:E15\"", "<cols>"] {
        assert!(sheet.contains(expected), "{expected} is not in {sheet}");
    }
    let styles = &parts["xl/styles.xml"];
    for expected in ["\"yyyy-mm-dd\"", "\"#,##0.00\"", "\"0.00%\""] {
        assert!(styles.contains(expected), "{expected} is not in {styles}");
    }
}

#[test]
fn nothing_a_document_says_is_a_formula() {
    let parts = unpacked(&xlsx(&analysis(true)).unwrap());
    for (name, text) in parts.iter().filter(|(name, _)| name.ends_with(".xml") || name.ends_with(".rels")) {
        let tree = Document::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        for node in tree.descendants() {
            let tag = node.tag_name().name();
            assert!(!["f", "hyperlink", "oleObject", "externalReference"].contains(&tag), "{name} has {tag}");
            assert!(node.attribute("TargetMode").is_none(), "{name} leads outside");
        }
    }
    let sheets = sheets(&parts);
    let (_, cells) = sheets.iter().find(|(name, _)| name.starts_with("13 ")).unwrap();
    let shown = HOSTILE.replace(['\u{202e}', '\u{0}'], "\u{fffd}");
    for address in ["A2", "B2", "C2", "D2", "E2"] {
        assert_eq!(cells[address], format!("text {shown}"));
    }
    assert_eq!(cells["A3"], "text +cmd|' /C calc'!A0");
    assert_eq!(cells["A4"], "text  =1+1");
    assert_eq!(cells["B4"], "number -1");
    // Cells that begin like a formula stay texts when they are edited.
    assert!(parts["xl/styles.xml"].contains("quotePrefix=\"1\""));
}

#[test]
fn the_same_analysis_makes_the_same_workbook() {
    assert!(xlsx(&analysis(true)).unwrap() == xlsx(&analysis(true)).unwrap());
    let parts = unpacked(&xlsx(&analysis(true)).unwrap());
    assert!(parts["docProps/core.xml"].contains("2000-01-01T00:00:00Z"), "{}", parts["docProps/core.xml"]);
}

#[test]
fn an_empty_analysis_is_a_workbook() {
    let mut analysis = analysis(false);
    analysis.findings.clear();
    analysis.figures.clear();
    analysis.sections.clear();
    analysis.documents.clear();
    let sheets = sheets(&unpacked(&xlsx(&analysis).unwrap()));
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Summary", "Findings", "Documents"]);
}

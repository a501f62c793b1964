//! The sections' tables as CSV, read back.

use docmill_report::section_tables_csv;

use crate::demonstration::analysis;

#[test]
fn each_table_is_a_file_with_all_its_rows() {
    let tables = section_tables_csv(&analysis(true));
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names[..2], ["01-concentration-1-1", "02-benford-1-1"]);
    assert_eq!(names[6..8], ["07-gaps-1-1", "07-gaps-1-2"]);
    for table in &tables {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        assert!(table.name.chars().all(plain), "{}", table.name);
        let mut rows =
            csv::ReaderBuilder::new().has_headers(false).from_reader(table.csv.as_bytes()).into_records();
        assert!(rows.all(|row| row.is_ok()), "{}", table.csv);
    }
    assert_eq!(tables[1].csv.lines().count(), 91);
    assert!(tables[0].csv.starts_with(
        "Supplier,\"Sum, EUR\",Share,Cumulative,Class\nNordlicht Logistik GmbH,418735.12,0.5357,0.5357,A\n"
    ));
}

#[test]
fn nothing_a_document_says_is_a_formula() {
    let tables = section_tables_csv(&analysis(true));
    let hostile = &tables.last().unwrap().csv;
    let rows: Vec<csv::StringRecord> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(hostile.as_bytes())
        .into_records()
        .map(Result::unwrap)
        .collect();
    for cell in rows.iter().flatten() {
        let number = cell.parse::<f64>().is_ok();
        assert!(number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    assert_eq!(rows[2].iter().collect::<Vec<_>>(), ["'+cmd|' /C calc'!A0", "", "", "", ""]);
    assert_eq!(rows[3].iter().collect::<Vec<_>>(), ["'\t=1+1", "-1", "'@SUM(A1)", "'=1", "1"]);
}

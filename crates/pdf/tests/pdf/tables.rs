//! Tables: which words are one cell, which lines are one row, what is a heading, what goes on over a page break.

use std::collections::HashSet;

use docmill_pdf::{Bounds, Document, Line, Page, Rule, Table, Word, tables};
use proptest::prelude::*;

use crate::builder::{self, PageSource, text};
use crate::read;

/// A table's rows: cells parted by ` | `, columns without a cell empty.
fn rows(table: &Table) -> Vec<String> {
    table.rows.iter().map(|row| row.texts(table.columns).join(" | ")).collect()
}

/// The only table on one page.
#[track_caller]
fn check(operations: &str, header_rows: u32, data_rows: usize, expected: &[&str]) {
    let found = tables(&read(builder::one_page(operations)));
    assert_eq!(found.iter().map(rows).collect::<Vec<_>>(), [expected]);
    let table = &found[0];
    assert_eq!((table.header_rows, table.data_rows()), (header_rows, data_rows), "{operations}");
}

/// Draws rows of cells at fixed columns, `pitch` points apart from `top` on; ` | ` parts cells, empty ones too.
fn draw(columns: &[i32], top: i32, pitch: i32, rows: &[&str]) -> String {
    let mut operations = String::new();
    for (y, row) in (0..).map(|row| top - pitch * row).zip(rows) {
        for (x, cell) in columns.iter().zip(row.split(" | ")).filter(|(_, cell)| !cell.trim().is_empty()) {
            operations += &text(*x, y, cell.trim());
        }
    }
    operations
}

const COLUMNS: [i32; 4] = [72, 120, 350, 450];

#[test]
fn aligned_cells_are_a_table() {
    let drawn = [
        "Pos | Item | Qty | Price",
        "1 | Bolt M8 | 12 | 1.200,50",
        "2 | Nut |  | 3,00",
        "3 | Washer | 7 | 9,00",
    ];
    check(
        &draw(&COLUMNS, 700, 14, &drawn),
        1,
        3,
        &[
            "Pos | Item | Qty | Price",
            "1 | Bolt M8 | 12 | 1.200,50",
            "2 | Nut |  | 3,00",
            "3 | Washer | 7 | 9,00",
        ],
    );
}

#[test]
fn text_that_wraps_is_one_row() {
    let drawn = [
        "Pos | Item | Qty | Price",
        "1 | Bolt M8 | 12 | 1.200,50",
        " | galvanised steel | ",
        " | 01.05.2026-31.05.2026 | ",
        "2 | Nut | 7 | 3,00",
        " | brass | ",
        " | 01.06.2026-30.06.2026 | ",
        "3 | Washer | 7 | 9,00",
    ];
    let expected = [
        "Pos | Item | Qty | Price",
        "1 | Bolt M8 galvanised steel 01.05.2026-31.05.2026 | 12 | 1.200,50",
        "2 | Nut brass 01.06.2026-30.06.2026 | 7 | 3,00",
        "3 | Washer | 7 | 9,00",
    ];
    check(&draw(&COLUMNS, 700, 12, &drawn), 1, 3, &expected);
    // Far apart as well as close, as long as the rows are further apart.
    check(&draw(&COLUMNS, 700, 18, &drawn), 1, 3, &expected);
}

#[test]
fn figures_below_each_other_are_rows_however_close() {
    let drawn = ["Year | Sold | Sum", "North | 12 | 120,00", "South | 7 | 70,00", "Total |  | 190,00"];
    check(
        &draw(&[72, 200, 300], 700, 10, &drawn),
        1,
        3,
        &["Year | Sold | Sum", "North | 12 | 120,00", "South | 7 | 70,00", "Total |  | 190,00"],
    );
}

#[test]
fn a_cell_between_the_lines_of_its_neighbour_is_in_its_row() {
    let label = |y: i32, first: &str, second: &str| text(72, y, first) + &text(72, y - 12, second);
    let operations = [
        text(300, 716, "2025"),
        text(400, 716, "2026"),
        label(700, "Premature", "mortality"),
        text(300, 694, "0,12"),
        text(400, 694, "0,13"),
        label(670, "Mean", "income"),
        text(300, 664, "49.497"),
        text(400, 664, "51.295"),
    ];
    check(
        &operations.concat(),
        1,
        2,
        &[" | 2025 | 2026", "Premature mortality | 0,12 | 0,13", "Mean income | 49.497 | 51.295"],
    );
}

#[test]
fn rows_may_stand_far_apart_and_a_cell_below_its_row() {
    let columns = [72, 120, 300, 380, 460];
    let row = |y: i32, cells: &str, sum: &str| draw(&columns, y, 14, &[cells]) + &text(520, y - 10, sum);
    let operations = [
        draw(&[72, 120, 300, 380, 460, 520], 740, 14, &["Pos | Item | Price | Qty | Tax | Sum"]),
        row(710, "1 | Rent | 86,55 | 2 | 19 %", "173,10"),
        text(120, 676, "Further properties"),
        row(640, "2 | Insurance | 23,10 | 2 | 19 %", "46,20"),
        row(600, "3 | Upgrade | 5,04 | 2 | 19 %", "10,08"),
    ];
    let found = tables(&read(builder::one_page(&operations.concat())));
    assert_eq!(
        found.iter().map(rows).collect::<Vec<_>>(),
        [[
            "Pos | Item | Price | Qty | Tax | Sum",
            "1 | Rent | 86,55 | 2 | 19 % | 173,10",
            " | Further properties |  |  |  | ",
            "2 | Insurance | 23,10 | 2 | 19 % | 46,20",
            "3 | Upgrade | 5,04 | 2 | 19 % | 10,08",
        ]]
    );
    assert_eq!((found[0].header_rows, found[0].data_rows()), (1, 3));
}

#[test]
fn headings_may_span_columns() {
    let drawn = [
        " | Stroke, all sexes |  | ",
        "Group | no. | Rate | Share",
        "Women | 82 | 42,6 | 1,0",
        "Men | 54 | 43,9 | 1,1",
        "All | 136 | 43,1 | 1,0",
    ];
    let operations = draw(&[72, 200, 250, 300], 700, 14, &drawn);
    let found = tables(&read(builder::one_page(&operations)));
    assert_eq!((found.len(), found[0].header_rows, found[0].data_rows()), (1, 2, 3));
    let spanning = &found[0].rows[0].cells[0];
    assert_eq!((spanning.text.as_str(), spanning.column, spanning.columns), ("Stroke, all sexes", 1, 2));
}

#[test]
fn leaders_and_bullets_are_no_cells() {
    let drawn = ["Proportion ........ | 1,0 | 1,1", "Share . . . . . . | 2,0 | 2,1"];
    check(&draw(&[72, 250, 300], 700, 14, &drawn), 0, 2, &["Proportion | 1,0 | 1,1", "Share | 2,0 | 2,1"]);
    let list: String =
        (0..6).map(|row| text(72, 700 - 14 * row, "\\225") + &text(90, 700 - 14 * row, "an item")).collect();
    assert_eq!(tables(&read(builder::one_page(&list))), []);
}

#[test]
fn running_text_is_no_table() {
    let prose = "the left column says a good deal here and has nothing beside it";
    let operations: String = (0..12).map(|row| text(72, 700 - 12 * row, prose)).collect();
    assert_eq!(tables(&read(builder::one_page(&operations))), []);
    let columns: String = (0..12)
        .map(|row| {
            text(50, 700 - 12 * row, "the left column says a good deal here")
                + &text(310, 700 - 12 * row, "while the right one has its own to say")
        })
        .collect();
    assert_eq!(tables(&read(builder::one_page(&columns))), []);
    assert_eq!(tables(&read(builder::pages(2))), []);
}

/// A grid drawn around three rows of two columns that stand too close to be told apart by their gap.
fn grid(line: impl Fn([i32; 4]) -> String) -> String {
    let across = [712, 684, 656, 642].map(|y| line([70, y, 170, y]));
    let down = [70, 120, 170].map(|x| line([x, 642, x, 712]));
    let cells = [
        text(72, 700, "Countries"),
        text(72, 688, "and towns"),
        text(122, 700, "Goods sold"),
        text(72, 672, "Germany"),
        text(72, 660, "Hamburg"),
        text(122, 672, "Coffee and"),
        text(122, 660, "more tea"),
        text(72, 646, "Norwegian"),
        text(122, 646, "Fish"),
    ];
    [across.concat(), down.concat(), cells.concat()].concat()
}

#[test]
fn ruling_lines_part_rows_and_columns() {
    let expected =
        ["Countries and towns | Goods sold", "Germany Hamburg | Coffee and more tea", "Norwegian | Fish"];
    check(&grid(|[x0, y0, x1, y1]| format!("{x0} {y0} m {x1} {y1} l S\n")), 1, 2, &expected);
    check(
        &grid(|[x0, y0, x1, y1]| format!("{x0} {y0} {} {} re f\n", (x1 - x0).max(1), (y1 - y0).max(1))),
        1,
        2,
        &expected,
    );
    // Without them, a word's space is all there is between the columns.
    assert_eq!(tables(&read(builder::one_page(&grid(|_| String::new())))), []);
}

#[test]
fn ruling_lines() {
    check_rules("72 700 m 172 700 l S", &[[72.0, 99.5, 172.0, 100.5]]);
    check_rules("q 2 0 0 2 0 0 cm 36 350 m 36 300 l S Q", &[[71.0, 100.0, 73.0, 200.0]]);
    check_rules("72 699 100 2 re f", &[[72.0, 99.0, 172.0, 101.0]]);
    check_rules(
        "72 699 100 2 re 72 599 100 2 re f",
        &[[72.0, 99.0, 172.0, 101.0], [72.0, 199.0, 172.0, 201.0]],
    );
    let frame = [
        [71.5, 100.0, 72.5, 150.0],
        [72.0, 99.5, 172.0, 100.5],
        [171.5, 100.0, 172.5, 150.0],
        [72.0, 149.5, 172.0, 150.5],
    ];
    check_rules("72 650 100 50 re S", &[frame[1], frame[0], frame[2], frame[3]]);
    // Bars, curves, slanted lines, ticks, and what lies off the page are none; drawn twice is one.
    check_rules("72 600 100 50 re f", &[]);
    check_rules("72 700 m 100 702 150 702 172 700 c S", &[]);
    check_rules("72 700 m 172 710 l S 72 700 m 74 700 l S 72 900 m 172 900 l S", &[]);
    check_rules("72 700 m 172 700 l S 72 700 m 172 700 l S", &[[72.0, 99.5, 172.0, 100.5]]);
}

#[track_caller]
fn check_rules(operations: &str, expected: &[[f32; 4]]) {
    let document = read(builder::one_page(operations));
    let found: Vec<[f32; 4]> =
        document.pages[0].rules.iter().map(|Rule { bounds: b }| [b.x0, b.y0, b.x1, b.y1]).collect();
    assert_eq!(found, expected, "{operations}");
}

#[test]
fn a_list_set_side_by_side_is_as_many_tables() {
    let parts = |rows: &[&str]| -> Vec<Vec<String>> {
        let found = tables(&read(builder::one_page(&draw(&[60, 150, 300, 390], 700, 14, rows))));
        found
            .iter()
            .map(|table| table.rows.iter().map(|row| row.texts(table.columns).join(" | ")).collect())
            .collect()
    };
    let heading = "Age | People | Age | People";
    let list =
        [heading, "1 year | 3.269.557 | 4 years | 3.141.748", "2 years | 3.223.816 | 5 years | 3.162.691"];
    let expected = [
        ["Age | People", "1 year | 3.269.557", "2 years | 3.223.816"],
        ["Age | People", "4 years | 3.141.748", "5 years | 3.162.691"],
    ];
    assert_eq!(parts(&list), expected);
    // The last part may be shorter.
    let shorter = [&list[..], &["3 years | 3.179.441"]].concat();
    assert_eq!(parts(&shorter).iter().map(Vec::len).collect::<Vec<_>>(), [4, 3]);
    // Like figures beside names, or headings that don't repeat as a whole, are one table.
    for heading in ["n | % | n | %", "Age | People | Age | Cars"] {
        assert_eq!(parts(&[&[heading], &list[1..]].concat()).len(), 1, "{heading}");
    }
}

#[test]
fn tables_go_on_over_a_page_break() {
    let heading = "Pos | Item | Qty | Price";
    let first = [heading, "1 | Bolt | 12 | 1.200,50", "2 | Nut | 7 | 3,00"];
    let repeated = [heading, "3 | Washer | 7 | 9,00", "4 | Screw | 1 | 4,00"];
    let expected = [
        heading,
        "1 | Bolt | 12 | 1.200,50",
        "2 | Nut | 7 | 3,00",
        "3 | Washer | 7 | 9,00",
        "4 | Screw | 1 | 4,00",
    ];
    let last = draw(&COLUMNS, 100, 14, &first);
    check_break(&[&last, &draw(&COLUMNS, 740, 14, &repeated)], &[&expected]);
    check_break(&[&last, &draw(&COLUMNS, 740, 14, &repeated[1..])], &[&expected]);
    // Other headings, other places, or too far from the break: two tables.
    let other = ["No | Name | Due | Sum", "3 | Washer | 7 | 9,00", "4 | Screw | 1 | 4,00"];
    check_break(&[&last, &draw(&COLUMNS, 740, 14, &other)], &[&first, &other]);
    check_break(&[&last, &draw(&[72, 220, 420, 520], 740, 14, &repeated[1..])], &[&first, &repeated[1..]]);
    check_break(&[&last, &draw(&COLUMNS, 300, 14, &repeated[1..])], &[&first, &repeated[1..]]);
}

#[track_caller]
fn check_break(pages: &[&str], expected: &[&[&str]]) {
    let sources: Vec<PageSource<'_>> =
        pages.iter().map(|operations| PageSource { operations, rotate: 0 }).collect();
    let found = tables(&read(builder::save(builder::document(&sources))));
    assert_eq!(found.iter().map(rows).collect::<Vec<_>>(), expected);
    let parts: Vec<Vec<u32>> = found.iter().map(Table::pages).collect();
    assert_eq!(parts, if expected.len() == 1 { vec![vec![1, 2]] } else { vec![vec![1], vec![2]] });
}

/// The work a page makes is bounded: this takes minutes where it grows with the square of the words.
#[test]
fn a_page_full_of_noise_is_no_trouble() {
    let word = |x: u16, y: u16| Word {
        text: "7".into(),
        bounds: Bounds { x0: x.into(), y0: y.into(), x1: f32::from(x) + 0.4, y1: f32::from(y) + 0.5 },
    };
    let line = |y: u16, words: u16| {
        let words: Vec<Word> = (0..words).map(|x| word(x, y)).collect();
        let bounds = words.iter().map(|word| word.bounds).reduce(Bounds::union).unwrap();
        Line { words, bounds, font_size: 0.5, row: y.into() }
    };
    let rule = |x: u16| Rule { bounds: Bounds { x0: x.into(), y0: 0.0, x1: f32::from(x) + 0.1, y1: 800.0 } };
    for (lines, words) in [(10_000, 3), (200, 150), (1, 30_000), (300, 90)] {
        let lines = (0..lines).map(|y| line(y, words)).collect();
        let page = Page { lines, rules: (0..3_000).map(rule).collect(), ..empty_page() };
        let document = Document { pages_in_file: 1, pages: vec![page], ..read(builder::one_page("")) };
        tables(&document);
    }
}

fn any_line() -> impl Strategy<Value = Line> {
    let text = prop::sample::select(vec![
        "1,00", "2026", "Item", "wraps", "\u{2022}", "....", ".", "-----", "\u{fffd}",
    ]);
    let word = (0_u16..600, 1_u16..90, text);
    (prop::collection::vec(word, 1..8), 0_u16..800, 1_u16..30).prop_map(|(words, y, size)| {
        let row = y.into();
        let (y, size) = (f32::from(y), f32::from(size));
        let bounds =
            |x: u16, width: u16| Bounds { x0: x.into(), y0: y, x1: (x + width).into(), y1: y + size };
        let words: Vec<Word> = words
            .into_iter()
            .map(|(x, width, text)| Word { text: text.into(), bounds: bounds(x, width) })
            .collect();
        let around = words.iter().map(|word| word.bounds).reduce(Bounds::union).unwrap();
        Line { words, bounds: around, font_size: size, row }
    })
}

fn any_page() -> impl Strategy<Value = Page> {
    let rule = (0_u16..600, 0_u16..800, 0_u16..300, any::<bool>()).prop_map(|(x, y, length, is_across)| {
        let (x0, y0, length) = (f32::from(x), f32::from(y), f32::from(length));
        let (x1, y1) = if is_across { (x0 + length, y0 + 1.0) } else { (x0 + 1.0, y0 + length) };
        Rule { bounds: Bounds { x0, y0, x1, y1 } }
    });
    let lines =
        (prop::collection::vec(any_line(), 0..25), any::<bool>()).prop_map(|(mut lines, is_sorted)| {
            if is_sorted {
                lines.sort_by(|left, right| left.bounds.y0.total_cmp(&right.bounds.y0));
            }
            lines
        });
    (lines, prop::collection::vec(rule, 0..12)).prop_map(|(lines, rules)| Page {
        lines,
        rules,
        ..empty_page()
    })
}

fn empty_page() -> Page {
    read(builder::one_page("")).pages.remove(0)
}

proptest! {
    #[test]
    fn every_word_is_in_one_cell_at_most(pages in prop::collection::vec(any_page(), 1..4)) {
        let pages: Vec<Page> = (1..).zip(pages).map(|(number, page)| Page { number, ..page }).collect();
        let document = Document { pages_in_file: 3, pages, ..read(builder::one_page("")) };
        let found = tables(&document);
        prop_assert_eq!(&found, &tables(&document));
        let mut seen = HashSet::new();
        for table in &found {
            prop_assert!(table.columns >= 2 && !table.rows.is_empty());
            prop_assert!(usize::try_from(table.header_rows).unwrap() <= table.rows.len());
            prop_assert!(table.pages().is_sorted_by(|left, right| left < right));
            for row in &table.rows {
                let page = document.pages.iter().find(|page| page.number == row.page).unwrap();
                prop_assert!(table.pages().contains(&row.page));
                let mut next = 0;
                for cell in &row.cells {
                    prop_assert!(cell.column >= next && cell.columns >= 1, "{:?}", row);
                    next = cell.column + cell.columns;
                    let mut texts = Vec::new();
                    for part in &cell.words {
                        for place in part.words.clone() {
                            prop_assert!(seen.insert((row.page, part.line, place)));
                            texts.push(page.lines[part.line as usize].words[place as usize].text.as_str());
                        }
                    }
                    prop_assert_eq!(texts.join(" "), cell.text.as_str());
                }
                prop_assert!(next <= table.columns);
            }
        }
        let sent = postcard::to_stdvec(&found).unwrap();
        prop_assert_eq!(postcard::from_bytes::<Vec<Table>>(&sent).unwrap(), found);
    }
}

//! The page: well-formed, nothing on it from a document but text, every link and every picture's words in place.

use std::collections::HashSet;

use docmill_report::{PICTURE_BYTES_MAX, PagePicture, Pictures, html, html_with_pictures};
use roxmltree::{Document, Node};

use crate::demonstration::analysis;

/// A PNG of one white pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\xf8\xff\xff?\0\x05\xfe\x02\xfe\xa75\x81\x84\0\0\0\0IEND\xaeB`\x82";

fn picture(bytes: &[u8]) -> PagePicture {
    PagePicture { bytes: bytes.to_vec(), width_points: 595.0, height_points: 842.0 }
}

fn pictures() -> Pictures {
    let mut pictures = Pictures::default();
    for (document, page) in Pictures::wanted(&analysis(false)) {
        assert!(pictures.add(document, page, picture(PIXEL)));
    }
    pictures
}

/// The page as XML: without what HTML alone leaves unclosed.
fn as_xml(page: &str) -> String {
    let body = page.strip_prefix("<!DOCTYPE html>").unwrap();
    let mut parts = body.split("<meta ");
    let mut text = parts.next().unwrap().to_owned();
    text.extend(parts.map(|part| part.split_once('>').unwrap().1));
    text
}

fn with_tree(page: &str, look: impl FnOnce(&Document<'_>)) {
    let text = as_xml(page);
    look(&Document::parse(&text).unwrap_or_else(|error| panic!("the page isn't well-formed: {error}")));
}

/// For people to look at, too.
#[test]
fn the_page_is_well_formed_and_each_link_leads_somewhere() {
    for hostile in [false, true] {
        let page = html_with_pictures(&analysis(hostile), &pictures());
        let file =
            format!("{}/report{}.html", env!("CARGO_TARGET_TMPDIR"), if hostile { "-hostile" } else { "" });
        std::fs::write(&file, &page).unwrap();
        with_tree(&page, |tree| {
            let mut ids = HashSet::new();
            for id in tree.descendants().filter_map(|node| node.attribute("id")) {
                assert!(ids.insert(id), "{id} comes twice");
            }
            for node in tree.descendants() {
                for attribute in node.attributes() {
                    let value = attribute.value();
                    let linked: Vec<&str> = match attribute.name() {
                        "href" if value.starts_with("data:image/png;base64,") => continue,
                        "href" => vec![value.strip_prefix('#').unwrap()],
                        "fill" if value.starts_with("url(#") => {
                            vec![value.trim_start_matches("url(#").trim_end_matches(')')]
                        }
                        "aria-labelledby" => value.split(' ').collect(),
                        _ => continue,
                    };
                    for id in linked {
                        assert!(ids.contains(id), "{id} is nowhere on the page");
                    }
                }
            }
        });
    }
}

fn has_child(node: &Node<'_, '_>, name: &str) -> bool {
    node.children().any(|child| child.tag_name().name() == name)
}

#[test]
fn pictures_and_tables_say_what_they_are() {
    with_tree(&html_with_pictures(&analysis(true), &pictures()), |tree| {
        for node in tree.descendants() {
            match node.tag_name().name() {
                "svg" if node.attribute("aria-hidden") == Some("true") => {}
                "svg" => {
                    assert_eq!(node.attribute("role"), Some("img"));
                    assert!(has_child(&node, "title"), "{node:?} has no title");
                }
                "table" => assert!(has_child(&node, "caption"), "{node:?} has no caption"),
                "th" => assert!(node.attribute("scope").is_some(), "{node:?} has no scope"),
                "script" | "iframe" | "object" | "link" | "form" => panic!("{node:?} has no business here"),
                _ => {}
            }
            for attribute in node.attributes() {
                assert!(!attribute.name().starts_with("on"), "{attribute:?}");
            }
        }
    });
}

#[test]
fn the_page_says_what_the_sections_say() {
    let page = html(&analysis(false)).replace('\u{202f}', " ");
    for expected in [
        "<a href=\"#analysis-2\">First two digits of gross totals</a>",
        "3 of 14 suppliers have 80 % of the sum",
        "Gross total by supplier, and how much of the sum the largest have together",
        "Two credit notes make the sum",
        "Computed from 1 208 values of 1 250, 38 missing, 4 left out as no exact value within range.",
        "<code>applicability</code> 1208 values over 4.1 orders of magnitude",
        "<th class=\"number\" scope=\"col\">Sum, EUR</th>",
        "<td class=\"number\">9.19 %</td>",
        "<td class=\"number\">455.1234567890123456</td>",
        "There are no rows.",
        "2 of 5 sentences kept; dropped: 1 with an accusation, 2 with a figure that isn't in the lines named.",
        "alone has 418,735.12 EUR, or 53.6 %.",
        // What an analysis found leads to it.
        "<a href=\"#analysis-6\"><code class=\"rule\">outliers-1</code></a>",
        "content=\"default-src 'none'; style-src 'unsafe-inline'\"",
    ] {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
}

#[test]
fn long_tables_are_cut_and_say_so() {
    let mut analysis = analysis(false);
    let table = &mut analysis.sections[0].tables[0];
    table.rows = vec![table.rows[0].clone(); 250];
    table.rows_in_all = 4000;
    let page = html(&analysis).replace('\u{202f}', " ");
    assert!(page.contains("Suppliers by gross total: the first 100 of 4 000 rows"));
    assert!(page.contains("150 more rows are in the workbook and the CSV."));
}

#[test]
fn findings_open_to_the_page() {
    let page = html_with_pictures(&analysis(false), &pictures());
    for expected in [
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"",
        "<summary>Show the page</summary>",
        "<title>Page 1 of inv-0042.pdf, with 2 places marked</title>",
        // From 110 points above the upper place to 110 below the lower.
        "viewBox=\"0 410.0 595.0 352.0\"",
        "<use href=\"#page-0\"></use>",
        "<rect class=\"place\" x=\"447.5\" y=\"637.5\" width=\"75.0\" height=\"17.0\"></rect>",
        // At the page's upper edge.
        "viewBox=\"0 0.0 595.0 220.0\"",
    ] {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
    // Each picture is there once.
    assert_eq!(page.matches("data:image/png").count(), 2);
}

#[test]
fn pictures_are_bounded() {
    let document = |name: &str| name.parse().unwrap();
    let mut pictures = Pictures::default();
    assert!(!pictures.add(document("a"), 1, picture(b"<svg onload='x'/>")), "no picture");
    assert!(!pictures.add(document("a"), 1, PagePicture { width_points: 0.0, ..picture(PIXEL) }), "no width");
    let padded = |length: usize| {
        picture(&PIXEL.iter().copied().chain(std::iter::repeat(0)).take(length).collect::<Vec<_>>())
    };
    assert!(!pictures.add(document("a"), 1, padded(PICTURE_BYTES_MAX + 1)), "too large");
    let taken =
        (1..=100).filter(|&page| pictures.add(document("a"), page, padded(PICTURE_BYTES_MAX))).count();
    assert_eq!(taken, 6);
    let mut pictures = Pictures::default();
    let taken = (1..=100).filter(|&page| pictures.add(document("a"), page, picture(PIXEL))).count();
    assert_eq!(taken, 40);
    assert!(!pictures.add(document("a"), 1, picture(PIXEL)), "there before");
}

#[test]
fn the_same_analysis_makes_the_same_page() {
    assert_eq!(
        html_with_pictures(&analysis(true), &pictures()),
        html_with_pictures(&analysis(true), &pictures())
    );
}

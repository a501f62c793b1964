//! What stands above the table, layout by layout: letterhead, addresses, facts.
//!
//! Called by [`draw`](super::draw). Lines that a reader sees side by side share a baseline, as they do in real
//! documents: addresses at the left and facts at the right.

use crate::layouts::sheet::Sheet;
use crate::pdf::{Colour, Face, PAGE_HEIGHT, PAGE_WIDTH, Style};

/// Distance of the baselines in a block of addresses and facts.
const LEADING: f64 = 15.0;

const BODY: Style = Style::new(Face::Regular, 10.0);
const BODY_BOLD: Style = Style::new(Face::Bold, 10.0);
const CAPTION: Style = Style::new(Face::Regular, 8.5).in_colour(Colour::GREY);
const SMALL: Style = Style::new(Face::Regular, 8.5).in_colour(Colour::GREY);

/// The baseline of a block's line.
fn baseline(top: f64, line: u8) -> f64 {
    top + f64::from(line) * LEADING
}

/// Name, street and town below a caption, from line 1 of the block at `top`.
fn address(sheet: &mut Sheet<'_>, x: f64, top: f64, [name, street, town]: [&str; 3]) {
    sheet.page.text(x, baseline(top, 1), BODY_BOLD, name);
    sheet.page.text(x, baseline(top, 2), BODY, street);
    sheet.page.text(x, baseline(top, 3), BODY, town);
}

/// Labels from `x`, values flush right, one to a line.
fn facts(sheet: &mut Sheet<'_>, x: f64, top: f64, facts: &[(String, String)]) {
    let right = sheet.theme.right;
    for (line, (label, value)) in (0..).zip(facts) {
        sheet.page.text(x, baseline(top, line), CAPTION, label);
        sheet.page.text_right(right, baseline(top, line), BODY, value);
    }
}

pub(super) fn letter(sheet: &mut Sheet<'_>) {
    let invoice = sheet.invoice;
    let (left, right) = (sheet.theme.left, sheet.theme.right);
    let supplier = &invoice.supplier;
    sheet.page.text(left, 64.0, Style::new(Face::Bold, 18.0), &supplier.name);
    sheet.page.text(left, 80.0, SMALL, &format!("{}, {}", supplier.street, supplier.town));
    sheet.page.text_right(right, 80.0, SMALL, &supplier.contact[0]);
    sheet.page.text(left, 92.0, SMALL, &supplier.tax_number);
    sheet.page.text_right(right, 92.0, SMALL, &supplier.contact[1]);
    sheet.page.rule(left, right, 102.0, 1.2, sheet.theme.accent);
    sheet.page.text(left, 146.0, Style::new(Face::Bold, 24.0), invoice.wording.title);

    let (top, words) = (176.0, invoice.wording);
    let customer = &invoice.customer;
    sheet.page.text(left, top, CAPTION, words.customer);
    address(sheet, left, top, [&customer.name, &customer.street, &customer.town]);
    let mut all = sheet.basic_facts("");
    all.push((words.supplier.to_owned(), supplier.name.clone()));
    facts(sheet, 330.0, top, &all);
    sheet.page.text(left, 278.0, BODY, words.phrases[0]);
    sheet.y = 294.0;
}

pub(super) fn band(sheet: &mut Sheet<'_>) {
    let invoice = sheet.invoice;
    let (left, right) = (sheet.theme.left, sheet.theme.right);
    let (supplier, customer) = (&invoice.supplier, &invoice.customer);
    let pale = Style::new(Face::Regular, 8.5).in_colour(Colour(0.85, 0.90, 0.96));
    sheet.page.fill((0.0, 0.0), (PAGE_WIDTH, 96.0), sheet.theme.accent);
    sheet.page.text(left, 48.0, Style::new(Face::Bold, 20.0).in_colour(Colour::WHITE), &supplier.name);
    sheet.page.text(left, 68.0, pale, &format!("{}  •  {}", supplier.contact[0], supplier.contact[1]));
    let title = Style::new(Face::Regular, 28.0).in_colour(Colour::WHITE);
    sheet.page.text_right(right, 56.0, title, invoice.wording.title);

    let (top, words) = (132.0, invoice.wording);
    sheet.page.text(left, top, CAPTION, words.customer);
    address(sheet, left, top, [&customer.name, &customer.street, &customer.town]);
    sheet.page.text(222.0, top, CAPTION, words.supplier);
    address(sheet, 222.0, top, [&supplier.name, &supplier.street, &supplier.town]);
    let all = sheet.basic_facts("");
    facts(sheet, 390.0, top, &all);
    sheet.page.text(left, 212.0, Style::new(Face::Oblique, 10.0), words.phrases[0]);
    sheet.y = 230.0;
}

pub(super) fn din(sheet: &mut Sheet<'_>) {
    let invoice = sheet.invoice;
    let (left, right) = (sheet.theme.left, sheet.theme.right);
    let (supplier, customer) = (&invoice.supplier, &invoice.customer);
    let name = Style::new(Face::Bold, 19.0).in_colour(sheet.theme.accent);
    sheet.page.text_right(right, 66.0, name, &supplier.name);
    sheet.page.text_right(
        right,
        82.0,
        SMALL,
        &format!("{}  •  {}", supplier.contact[0], supplier.contact[1]),
    );
    sheet.page.rule(left, right, 90.0, 0.8, sheet.theme.accent);

    // The line that shows in the envelope's window above the address.
    let sender = Style::new(Face::Regular, 7.0).in_colour(Colour::GREY);
    let line = format!("{} • {} • {}", supplier.name, supplier.street, supplier.town);
    sheet.page.text(left, 128.0, sender, &line);
    sheet.page.rule(left, left + sender.width(&line), 130.5, 0.4, Colour::GREY);

    let (top, words) = (148.0, invoice.wording);
    sheet.page.text(left, top, CAPTION, words.customer);
    address(sheet, left, top, [&customer.name, &customer.street, &customer.town]);
    let mut all = sheet.basic_facts(":");
    all.push((format!("{}:", words.supplier), supplier.name.clone()));
    facts(sheet, 350.0, top, &all);

    let heading = format!("{} {}", words.title, invoice.number);
    sheet.page.text(left, 262.0, Style::new(Face::Bold, 15.0), &heading);
    sheet.page.text(left, 284.0, BODY, words.phrases[0]);
    // Marks for folding and for the punch.
    for y in [297.6, 420.9, 595.3] {
        sheet.page.rule(14.0, 24.0, y, 0.4, Colour::GREY);
    }
    sheet.y = 302.0;
}

pub(super) fn plain(sheet: &mut Sheet<'_>) {
    let invoice = sheet.invoice;
    let (left, right) = (sheet.theme.left, sheet.theme.right);
    let accent = sheet.theme.accent;
    let (supplier, customer) = (&invoice.supplier, &invoice.customer);
    sheet.page.fill((0.0, 0.0), (14.0, PAGE_HEIGHT), accent);
    sheet.page.text(left, 84.0, Style::new(Face::Regular, 30.0).in_colour(accent), invoice.wording.title);
    sheet.page.text_right(right, 84.0, Style::new(Face::Bold, 13.0), &supplier.name);

    let words = invoice.wording;
    for ((label, value), x) in sheet.basic_facts("").iter().zip([left, 200.0, 330.0, 470.0]) {
        sheet.page.text(x, 122.0, CAPTION, label);
        sheet.page.text(x, 138.0, BODY_BOLD, value);
    }
    sheet.page.rule(left, right, 152.0, 0.5, Colour(0.8, 0.85, 0.83));
    let top = 176.0;
    sheet.page.text(left, top, CAPTION, words.supplier);
    address(sheet, left, top, [&supplier.name, &supplier.street, &supplier.town]);
    sheet.page.text(330.0, top, CAPTION, words.customer);
    address(sheet, 330.0, top, [&customer.name, &customer.street, &customer.town]);
    sheet.y = 256.0;
}

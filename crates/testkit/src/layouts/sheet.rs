//! The sheet under every layout: table, sums and footer, on as many pages as it takes.
//!
//! Called by [`draw`](super::draw) and the heads. It keeps the next free baseline in `y`.

use crate::invoice::{Invoice, Item};
use crate::pdf::{Colour, Face, Page, Pdf, Style};

/// Where the next page begins under its short heading.
const CONTINUED_Y: f64 = 96.0;
/// No row stands lower than this: below is the footer.
const BOTTOM_Y: f64 = 738.0;
/// Height of a row.
const ROW: f64 = 19.0;
/// What a note adds to its row.
const NOTE: f64 = 11.0;

const CELL: Style = Style::new(Face::Regular, 9.5);
const NOTE_STYLE: Style = Style::new(Face::Regular, 7.5).in_colour(Colour::GREY);
const FOOT: Style = Style::new(Face::Regular, 7.5).in_colour(Colour::GREY);
const HAIRLINE: Colour = Colour(0.82, 0.82, 0.84);

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Position,
    Description,
    Quantity,
    Unit,
    UnitPrice,
    Amount,
}

/// A column and where its text starts or, set flush right, ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Column {
    pub(super) field: Field,
    pub(super) x: f64,
    pub(super) to_the_right: bool,
}

/// Colours and measures of a layout.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Theme {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) accent: Colour,
    pub(super) header_fill: Option<Colour>,
    pub(super) header_colour: Colour,
    pub(super) row_rules: bool,
    pub(super) stripes: bool,
    pub(super) total_fill: Option<Colour>,
    pub(super) columns: Vec<Column>,
}

/// An invoice being drawn.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub(super) invoice: &'a Invoice,
    pub(super) theme: Theme,
    pub(super) page: Page,
    pub(super) y: f64,
    full: Vec<Page>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(invoice: &'a Invoice, theme: Theme) -> Self {
        Self { invoice, theme, page: Page::default(), y: CONTINUED_Y, full: Vec::new() }
    }

    /// Number, date, due date and currency with their labels, each label followed by `mark`.
    pub(super) fn basic_facts(&self, mark: &str) -> Vec<(String, String)> {
        let Invoice { wording, notation, number, date, due, currency, .. } = self.invoice;
        let facts = [
            (wording.number, number.clone()),
            (wording.date, notation.date(*date)),
            (wording.due, notation.date(*due)),
            (wording.currency, (*currency).to_owned()),
        ];
        facts.map(|(label, value)| (format!("{label}{mark}"), value)).into()
    }

    /// The table, its header repeated on every page.
    pub(super) fn table(&mut self) {
        self.header();
        let items = &self.invoice.items;
        let mut sum_cents = 0;
        for (position, item) in (1..).zip(items) {
            let height = ROW + if item.note.is_some() { NOTE } else { 0.0 };
            if self.y + height > BOTTOM_Y {
                self.carry(sum_cents);
                self.next_page();
                self.header();
            }
            self.row(position, item, height);
            sum_cents += item.amount_cents();
        }
        self.page.rule(self.theme.left, self.theme.right, self.y, 0.8, self.theme.accent);
    }

    fn header(&mut self) {
        let (left, right, top) = (self.theme.left, self.theme.right, self.y);
        match self.theme.header_fill {
            Some(fill) => self.page.fill((left, top), (right - left, 20.0), fill),
            None => self.page.rule(left, right, top + 20.0, 1.0, self.theme.accent),
        }
        let style = Style::new(Face::Bold, 9.0).in_colour(self.theme.header_colour);
        for column in self.theme.columns.clone() {
            let [position, description, quantity, unit, unit_price, amount] = self.invoice.wording.columns;
            let title = match column.field {
                Field::Position => position,
                Field::Description => description,
                Field::Quantity => quantity,
                Field::Unit => unit,
                Field::UnitPrice => unit_price,
                Field::Amount => amount,
            };
            self.cell(column, top + 13.5, style, title);
        }
        self.y += 22.0;
    }

    fn row(&mut self, position: u32, item: &Item, height: f64) {
        let (left, right, top) = (self.theme.left, self.theme.right, self.y);
        if self.theme.stripes && position.is_multiple_of(2) {
            self.page.fill((left, top), (right - left, height), Colour(0.95, 0.965, 0.98));
        }
        let notation = self.invoice.notation;
        for column in self.theme.columns.clone() {
            let text = match column.field {
                Field::Position => position.to_string(),
                Field::Description => item.description.clone(),
                Field::Quantity => notation.quantity(item.quantity_hundredths),
                Field::Unit => item.unit.clone(),
                Field::UnitPrice => notation.amount(item.unit_price_cents),
                Field::Amount => notation.amount(item.amount_cents()),
            };
            self.cell(column, top + 13.0, CELL, &text);
            if let (Field::Description, Some(note)) = (column.field, &item.note) {
                self.page.text(column.x, top + 13.0 + NOTE, NOTE_STYLE, note);
            }
        }
        self.y += height;
        if self.theme.row_rules {
            self.page.rule(left, right, self.y, 0.4, HAIRLINE);
        }
    }

    fn cell(&mut self, column: Column, y: f64, style: Style, text: &str) {
        if column.to_the_right {
            self.page.text_right(column.x, y, style, text);
        } else {
            self.page.text(column.x, y, style, text);
        }
    }

    /// The sum so far, where the layout has positions: that is the habit in Germany.
    fn carry(&mut self, sum_cents: i64) {
        if self.theme.columns.iter().any(|column| column.field == Field::Position) {
            let style = Style::new(Face::Oblique, 9.5);
            let y = self.y + 16.0;
            self.page.rule(self.theme.left, self.theme.right, self.y, 0.6, self.theme.accent);
            self.page.text(102.0, y, style, self.invoice.wording.carried);
            self.page.text_right(self.theme.right, y, style, &self.invoice.notation.amount(sum_cents));
        }
    }

    fn next_page(&mut self) {
        self.full.push(std::mem::take(&mut self.page));
        let (left, right) = (self.theme.left, self.theme.right);
        let heading = format!("{} {}", self.invoice.wording.title, self.invoice.number);
        self.page.text(left, 62.0, Style::new(Face::Bold, 10.0), &heading);
        self.page.text_right(right, 62.0, FOOT, &self.invoice.supplier.name);
        self.page.rule(left, right, 72.0, 0.8, self.theme.accent);
        self.y = CONTINUED_Y;
    }

    /// The sums and the closing sentence.
    pub(super) fn totals(&mut self) {
        if self.y + 112.0 > BOTTOM_Y + 20.0 {
            self.next_page();
        }
        let Invoice { wording, notation, currency, tax_percent, .. } = self.invoice;
        let money = |cents| notation.money(cents, currency);
        let mut rows = vec![(wording.net.to_owned(), money(self.invoice.net_cents()))];
        let tax = money(self.invoice.tax_cents());
        match wording.tax_rate {
            Some(label) => {
                rows.push((label.to_owned(), format!("{tax_percent} %")));
                rows.push((wording.tax.to_owned(), tax));
            }
            None => rows.push((format!("{} {tax_percent} %", wording.tax), tax)),
        }
        // The sums stand under the amounts.
        let amounts = self.theme.columns.iter().find(|column| column.field == Field::Amount);
        let (label_x, value_x) =
            (self.theme.right - 198.0, amounts.map_or(self.theme.right, |column| column.x));
        self.y += 20.0;
        for (label, value) in rows {
            self.page.text(label_x, self.y, CELL, &label);
            self.page.text_right(value_x, self.y, CELL, &value);
            self.y += 16.0;
        }
        if let Some(fill) = self.theme.total_fill {
            self.page.fill((label_x - 8.0, self.y - 9.0), (self.theme.right - label_x + 8.0, 25.0), fill);
        } else {
            self.page.rule(label_x, self.theme.right, self.y - 9.0, 0.8, self.theme.accent);
        }
        self.y += 7.0;
        let bold = Style::new(Face::Bold, 11.5);
        self.page.text(label_x, self.y, bold, wording.total);
        self.page.text_right(value_x, self.y, bold, &money(self.invoice.total_cents()));
        self.y += 38.0;
        self.page.text(self.theme.left, self.y, Style::new(Face::Regular, 9.0), wording.phrases[1]);
    }

    /// The finished document: every page with its footer.
    pub(super) fn finish(mut self) -> Pdf {
        self.full.push(std::mem::take(&mut self.page));
        let Invoice { supplier, wording, number, date, .. } = self.invoice;
        let pages = self.full.len();
        let (left, right) = (self.theme.left, self.theme.right);
        let columns = [
            (left, [&supplier.name, &supplier.street, &supplier.town]),
            (left + 180.0, supplier.bank.each_ref()),
            (left + 350.0, [&supplier.tax_number, &supplier.contact[0], &supplier.contact[1]]),
        ];
        for (page_number, page) in (1..).zip(&mut self.full) {
            page.rule(left, right, 772.0, 0.5, HAIRLINE);
            for (x, lines) in columns {
                for (line, text) in (0_u8..).zip(lines) {
                    page.text(x, 784.0 + f64::from(line) * 10.0, FOOT, text);
                }
            }
            let [page_word, of] = wording.page;
            page.text_right(right, 820.0, FOOT, &format!("{page_word} {page_number} {of} {pages}"));
        }
        Pdf {
            title: format!("{} {number}", wording.title),
            author: supplier.name.clone(),
            day: date.strftime("%Y%m%d").to_string(),
            pages: self.full,
            attachment: None,
        }
    }
}

//! A balance sheet with a condensed income statement, drawn and as the profile's record.
//!
//! Called by the samples. Every sum is computed here, once, from its rows.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::invoice::number;
use crate::notation::Notation;
use crate::pdf::{Colour, Face, PAGE_WIDTH, Page, Pdf, Style};

/// A row: its text, and the amounts of this period and the one before, in cents.
pub type Row = (&'static str, [i64; 2]);

/// A statement of one company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinancialStatement {
    /// The company.
    pub company: &'static str,
    /// The reporting date.
    pub period_end: Date,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// Non-current assets, current assets, equity, non-current liabilities, current liabilities.
    pub sections: [Vec<Row>; 5],
    /// From revenue to net income.
    pub income: [[i64; 2]; 7],
}

/// The sections' headings, what their sums are called, and the sums' fields.
const SECTIONS: [[&str; 3]; 5] = [
    ["Non-current assets", "Total non-current assets", "non_current_assets"],
    ["Current assets", "Total current assets", "current_assets"],
    ["Equity", "Total equity", "total_equity"],
    ["Non-current liabilities", "Total non-current liabilities", "non_current_liabilities"],
    ["Current liabilities", "Total current liabilities", "current_liabilities"],
];

/// The lines of the income statement and their fields.
const INCOME: [[&str; 2]; 7] = [
    ["Revenue", "revenue"],
    ["Cost of sales", "cost_of_sales"],
    ["Gross profit", "gross_profit"],
    ["Operating profit", "operating_profit"],
    ["Profit before tax", "profit_before_tax"],
    ["Income tax", "income_tax"],
    ["Net income", "net_income"],
];

/// Sums over sections: what they are called, their fields, behind which section they are printed, and of which ones.
const SUMS: [(&str, &str, usize, &[usize]); 3] = [
    ("Total assets", "total_assets", 1, &[0, 1]),
    ("Total liabilities", "total_liabilities", 4, &[3, 4]),
    ("Total equity and liabilities", "total_equity_and_liabilities", 4, &[2, 3, 4]),
];

const LEFT: f64 = 56.0;
const RIGHT: f64 = 539.0;
const AMOUNT_X: f64 = 430.0;
const ACCENT: Colour = Colour(0.29, 0.16, 0.36);
const HAIRLINE: Colour = Colour(0.82, 0.84, 0.86);
const BODY: Style = Style::new(Face::Regular, 9.5);
const BOLD: Style = Style::new(Face::Bold, 9.5);

impl FinancialStatement {
    fn section_sum(&self, section: usize) -> [i64; 2] {
        let rows = self.sections.get(section).map(Vec::as_slice).unwrap_or_default();
        rows.iter().fold([0, 0], |[this, previous], (_, amounts)| [this + amounts[0], previous + amounts[1]])
    }

    fn sum(&self, sections: &[usize]) -> [i64; 2] {
        sections
            .iter()
            .map(|&section| self.section_sum(section))
            .fold([0, 0], |one, other| [one[0] + other[0], one[1] + other[1]])
    }

    /// The record that the profile `financial-statement` asks for.
    pub fn record(&self) -> Value {
        let mut record = Map::new();
        let head = [("company", json!(self.company)), ("period_end", json!(self.period_end.to_string()))];
        record.extend(head.map(|(name, value)| (name.to_owned(), value)));
        record.insert("currency".to_owned(), json!(self.currency));
        for (section, [_, _, field]) in SECTIONS.iter().enumerate() {
            record.insert((*field).to_owned(), number(self.section_sum(section)[0]));
        }
        for (_, field, _, sections) in SUMS {
            record.insert(field.to_owned(), number(self.sum(sections)[0]));
        }
        for ([_, field], amounts) in INCOME.iter().zip(self.income) {
            record.insert((*field).to_owned(), number(amounts[0]));
        }
        let position = |(label, [amount, previous]): &Row| json!({"label": label, "amount": number(*amount), "previous_amount": number(*previous)});
        record.insert("positions".to_owned(), self.sections.iter().flatten().map(position).collect());
        Value::Object(record)
    }

    /// The statement as a PDF of one page.
    pub fn draw(&self) -> Pdf {
        let mut page = Page::default();
        page.fill((0.0, 0.0), (PAGE_WIDTH, 8.0), ACCENT);
        page.text(LEFT, 52.0, Style::new(Face::Bold, 17.0).in_colour(ACCENT), "Annual financial statement");
        page.rule(LEFT, RIGHT, 62.0, 1.0, ACCENT);
        let facts = [
            ("Company", self.company.to_owned()),
            ("As at", Notation::British.date(self.period_end)),
            ("Currency", self.currency.to_owned()),
        ];
        let mut y = 84.0;
        for (label, value) in facts {
            page.text(LEFT, y, BODY.in_colour(Colour::GREY), label);
            page.text(LEFT + 110.0, y, BODY, &value);
            y += 15.0;
        }
        for (section, rows) in self.sections.iter().enumerate() {
            y = self.draw_section(&mut page, y + 12.0, section, rows);
        }
        y += 22.0;
        page.text(LEFT, y, Style::new(Face::Bold, 11.0).in_colour(ACCENT), "Condensed income statement");
        for ([label, _], amounts) in INCOME.iter().zip(self.income) {
            y += 15.0;
            draw_row(&mut page, y, BODY, label, amounts);
        }
        Pdf {
            title: format!("Financial statement {}", self.period_end),
            author: self.company.to_owned(),
            day: self.period_end.strftime("%Y%m%d").to_string(),
            pages: vec![page],
            attachment: None,
        }
    }

    /// One section from `y` on with the sums behind it; gives where it ends.
    fn draw_section(&self, page: &mut Page, mut y: f64, section: usize, rows: &[Row]) -> f64 {
        let [heading, sum, _] = SECTIONS.get(section).copied().unwrap_or_default();
        page.text(LEFT, y, Style::new(Face::Bold, 11.0).in_colour(ACCENT), heading);
        y += 15.0;
        let header = BOLD.in_colour(Colour::GREY);
        page.text(LEFT, y, header, "Position");
        page.text_right(AMOUNT_X, y, header, "Amount");
        page.text_right(RIGHT, y, header, "Previous year");
        for (label, amounts) in rows {
            y += 14.0;
            draw_row(page, y, BODY, label, *amounts);
        }
        page.rule(LEFT, RIGHT, y + 4.0, 0.4, HAIRLINE);
        y += 15.0;
        draw_row(page, y, BOLD, sum, self.section_sum(section));
        for (label, _, _, sections) in SUMS.iter().filter(|(_, _, behind, _)| *behind == section) {
            y += 15.0;
            draw_row(page, y, BOLD, label, self.sum(sections));
        }
        y + 6.0
    }
}

fn draw_row(page: &mut Page, y: f64, style: Style, label: &str, [amount, previous]: [i64; 2]) {
    page.text(LEFT, y, style, label);
    page.text_right(AMOUNT_X, y, style, &Notation::British.amount(amount));
    page.text_right(RIGHT, y, style, &Notation::British.amount(previous));
}

//! A bank statement with a running balance, drawn and as the profile's record.
//!
//! Called by the samples.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::invoice::number;
use crate::notation::Notation;
use crate::pdf::{Colour, Face, PAGE_WIDTH, Page, Pdf, Style};

/// A statement of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankStatement {
    /// The bank's name.
    pub bank: String,
    /// The account's holder.
    pub holder: String,
    /// The account's IBAN.
    pub iban: String,
    /// Its date.
    pub date: Date,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// The balance before the first transaction, in cents.
    pub opening_cents: i64,
    /// Date, text and change in cents of each transaction.
    pub transactions: Vec<(Date, String, i64)>,
}

const LEFT: f64 = 56.0;
const RIGHT: f64 = 539.0;
const BALANCE_X: f64 = 533.0;
const AMOUNT_X: f64 = 440.0;
const DESCRIPTION_X: f64 = 140.0;
const ACCENT: Colour = Colour(0.05, 0.29, 0.38);
const HAIRLINE: Colour = Colour(0.82, 0.84, 0.86);
const BODY: Style = Style::new(Face::Regular, 9.5);
const BOLD: Style = Style::new(Face::Bold, 9.5);
const CAPTION: Style = Style::new(Face::Regular, 8.5).in_colour(Colour::GREY);

impl BankStatement {
    /// The balance after each transaction, in cents.
    fn balances(&self) -> Vec<i64> {
        let running = self.transactions.iter().scan(self.opening_cents, |balance, (_, _, change)| {
            *balance += change;
            Some(*balance)
        });
        running.collect()
    }

    /// The balance after the last one, in cents.
    fn closing_cents(&self) -> i64 {
        self.balances().last().copied().unwrap_or(self.opening_cents)
    }

    /// The record that the profile `bank-statement` asks for.
    pub fn record(&self) -> Value {
        let rows = self.transactions.iter().zip(self.balances());
        let rows: Vec<Value> = rows
            .map(|((date, text, change), balance)| {
                json!({
                    "date": date.to_string(),
                    "description": text,
                    "amount": number(*change),
                    "balance": number(balance),
                })
            })
            .collect();
        json!({
            "account": self.iban,
            "holder": self.holder,
            "statement_date": self.date.to_string(),
            "currency": self.currency,
            "opening_balance": number(self.opening_cents),
            "transactions": rows,
            "closing_balance": number(self.closing_cents()),
        })
    }

    /// The statement as a PDF of one page.
    pub fn draw(&self) -> Pdf {
        let mut page = Page::default();
        self.draw_head(&mut page);
        let mut y = self.draw_table(&mut page, 236.0);
        y += 14.0;
        page.text(LEFT + 6.0, y, BOLD, "Closing balance");
        page.text_right(BALANCE_X, y, BOLD, &Notation::British.amount(self.closing_cents()));
        page.rule(LEFT, RIGHT, y + 7.0, 1.0, ACCENT);
        let foot = Style::new(Face::Regular, 7.5).in_colour(Colour::GREY);
        let text = "Please check this statement and tell us of any error within six weeks. Amounts with a minus sign left the account.";
        page.text(LEFT, y + 34.0, foot, text);
        page.rule(LEFT, RIGHT, 784.0, 0.5, HAIRLINE);
        page.text(
            LEFT,
            798.0,
            foot,
            &format!("{}, registered office: 3 Quay Street, Dublin 2, Ireland", self.bank),
        );
        page.text_right(RIGHT, 798.0, foot, "Page 1 of 1");
        Pdf {
            title: format!("Statement of account {}", self.date),
            author: self.bank.clone(),
            day: self.date.strftime("%Y%m%d").to_string(),
            pages: vec![page],
            attachment: None,
        }
    }

    fn draw_head(&self, page: &mut Page) {
        page.fill((0.0, 0.0), (PAGE_WIDTH, 8.0), ACCENT);
        page.text(LEFT, 60.0, Style::new(Face::Bold, 18.0).in_colour(ACCENT), &self.bank);
        page.text_right(RIGHT, 60.0, Style::new(Face::Regular, 14.0), "Statement of account");
        page.rule(LEFT, RIGHT, 74.0, 1.0, ACCENT);
        let facts = [
            ("Account holder", self.holder.clone()),
            ("IBAN", self.iban.clone()),
            ("Statement date", Notation::British.date(self.date)),
            ("Currency", self.currency.to_owned()),
            ("Opening balance", Notation::British.amount(self.opening_cents)),
        ];
        for (line, (label, value)) in (0_u8..).zip(facts) {
            let y = 108.0 + f64::from(line) * 18.0;
            page.text(LEFT, y, CAPTION, label);
            page.text(DESCRIPTION_X + 30.0, y, BODY, &value);
        }
    }

    /// The table from `y` on; gives where it ends.
    fn draw_table(&self, page: &mut Page, mut y: f64) -> f64 {
        let header = Style::new(Face::Bold, 9.0).in_colour(Colour::WHITE);
        page.fill((LEFT, y - 14.0), (RIGHT - LEFT, 20.0), ACCENT);
        page.text(LEFT + 6.0, y, header, "Date");
        page.text(DESCRIPTION_X, y, header, "Description");
        page.text_right(AMOUNT_X, y, header, "Amount");
        page.text_right(BALANCE_X, y, header, "Balance");
        y += 6.0;
        for ((date, text, change), balance) in self.transactions.iter().zip(self.balances()) {
            page.text(LEFT + 6.0, y + 14.0, BODY, &date.to_string());
            page.text(DESCRIPTION_X, y + 14.0, BODY, text);
            page.text_right(AMOUNT_X, y + 14.0, BODY, &Notation::British.amount(*change));
            page.text_right(BALANCE_X, y + 14.0, BODY, &Notation::British.amount(balance));
            y += 21.0;
            page.rule(LEFT, RIGHT, y, 0.4, HAIRLINE);
        }
        y
    }
}

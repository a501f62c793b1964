//! A plain business letter, drawn and as the record of the profile `general`.
//!
//! Called by the samples.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::invoice::number;
use crate::notation::Notation;
use crate::pdf::{Colour, Face, Page, Pdf, Style};

/// A letter about an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What it is about.
    pub subject: &'static str,
    /// Its reference.
    pub reference: &'static str,
    /// Its date.
    pub date: Date,
    /// Who writes.
    pub sender: &'static str,
    /// Who is written to.
    pub recipient: &'static str,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// What it comes to, in cents.
    pub amount_cents: i64,
    /// What it says.
    pub paragraphs: &'static [&'static str],
}

const LEFT: f64 = 62.0;
const BODY: Style = Style::new(Face::Regular, 10.0);

impl Letter {
    /// The record that the profile `general` asks for.
    pub fn record(&self) -> Value {
        json!({
            "title": self.subject,
            "reference": self.reference,
            "date": self.date.to_string(),
            "sender": self.sender,
            "recipient": self.recipient,
            "currency": self.currency,
            "amount": number(self.amount_cents),
        })
    }

    /// The letter as a PDF of one page.
    pub fn draw(&self) -> Pdf {
        let mut page = Page::default();
        let facts = [
            ("From", self.sender.to_owned()),
            ("To", self.recipient.to_owned()),
            ("Date", Notation::British.date(self.date)),
            ("Our reference", self.reference.to_owned()),
            ("Subject", self.subject.to_owned()),
        ];
        let mut y = 96.0;
        for (label, value) in facts {
            page.text(LEFT, y, BODY.in_colour(Colour::GREY), label);
            page.text(LEFT + 96.0, y, Style::new(Face::Bold, 10.0), &value);
            y += 19.0;
        }
        y += 24.0;
        for paragraph in self.paragraphs {
            page.text(LEFT, y, BODY, paragraph);
            y += 22.0;
        }
        y += 8.0;
        for (label, value) in
            [("Currency", self.currency.to_owned()), ("Total", Notation::British.amount(self.amount_cents))]
        {
            page.text(LEFT, y, Style::new(Face::Bold, 10.0), label);
            page.text(LEFT + 96.0, y, BODY, &value);
            y += 19.0;
        }
        page.text(LEFT, y + 30.0, BODY, "Yours sincerely");
        Pdf {
            title: self.subject.to_owned(),
            author: self.sender.to_owned(),
            day: self.date.strftime("%Y%m%d").to_string(),
            pages: vec![page],
            attachment: None,
        }
    }
}

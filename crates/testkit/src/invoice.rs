//! An invoice as data: who, what, how much, in which words; and its truth as the profile's record.
//!
//! Made by the samples and by the generator of many, drawn by the layouts. Sums are computed here, once, in cents.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::notation::Notation;

/// A company with what its letterhead says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its name.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// Postal code and town, in the order of the country.
    pub town: String,
    /// Its number for tax, with what it is called.
    pub tax_number: String,
    /// Bank, account and code, ready to print.
    pub bank: [String; 3],
    /// Telephone and address on the net, ready to print.
    pub contact: [String; 2],
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What was delivered.
    pub description: String,
    /// A second, smaller line below it.
    pub note: Option<String>,
    /// How many, in hundredths.
    pub quantity_hundredths: i64,
    /// Of what.
    pub unit: String,
    /// The price of one, in cents.
    pub unit_price_cents: i64,
}

impl Item {
    /// The row's amount in cents, rounded half up.
    pub fn amount_cents(&self) -> i64 {
        rounded_percent(self.quantity_hundredths * self.unit_price_cents)
    }
}

/// A hundredth of `hundredths`, rounded half up.
fn rounded_percent(hundredths: i64) -> i64 {
    (hundredths + 50).div_euclid(100)
}

/// The labels and phrases of an invoice; the labels are those the profile `invoice` quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wording {
    /// The heading.
    pub title: &'static str,
    /// Labels of the facts.
    pub number: &'static str,
    /// Label of the date.
    pub date: &'static str,
    /// Label of the day it is to be paid.
    pub due: &'static str,
    /// Label of who sends it.
    pub supplier: &'static str,
    /// Label of who is to pay.
    pub customer: &'static str,
    /// Label of the currency.
    pub currency: &'static str,
    /// Headings of position, description, quantity, unit, unit price, amount.
    pub columns: [&'static str; 6],
    /// Label of the sum without tax.
    pub net: &'static str,
    /// Label of the rate; where there is none, the rate is printed behind the tax's label.
    pub tax_rate: Option<&'static str>,
    /// Label of the tax.
    pub tax: &'static str,
    /// Label of the sum with tax.
    pub total: &'static str,
    /// Before the sum so far at the end of a page.
    pub carried: &'static str,
    /// "Page" and "of".
    pub page: [&'static str; 2],
    /// Sentences above and below the table.
    pub phrases: [&'static str; 2],
}

/// Words of a British invoice.
pub const BRITISH: Wording = Wording {
    title: "INVOICE",
    number: "Invoice number",
    date: "Invoice date",
    due: "Due date",
    supplier: "From",
    customer: "Bill to",
    currency: "Currency",
    columns: ["No.", "Description", "Qty", "Unit", "Unit price", "Amount"],
    net: "Subtotal",
    tax_rate: Some("VAT rate"),
    tax: "VAT",
    total: "Total due",
    carried: "Carried forward",
    page: ["Page", "of"],
    phrases: [
        "For goods and services supplied as agreed:",
        "Please quote the number above with your payment. Thank you for your business.",
    ],
};

/// Words of an American invoice.
pub const AMERICAN: Wording = Wording {
    title: "Invoice",
    number: "Invoice #",
    date: "Date of issue",
    due: "Payment due",
    supplier: "From",
    customer: "Bill to",
    currency: "Currency",
    columns: ["#", "Item", "Quantity", "Unit", "Price", "Line total"],
    net: "Net amount",
    tax_rate: Some("Tax rate"),
    tax: "Sales tax",
    total: "Amount due",
    carried: "Carried forward",
    page: ["Page", "of"],
    phrases: [
        "Thank you for choosing us.",
        "Late payments bear interest of 1.5 % a month. Questions? Call or write to us.",
    ],
};

/// Words of a traditional German invoice.
pub const GERMAN: Wording = Wording {
    title: "Rechnung",
    number: "Rechnungsnummer",
    date: "Rechnungsdatum",
    due: "Fällig am",
    supplier: "Lieferant",
    customer: "Rechnungsempfänger",
    currency: "Währung",
    columns: ["Pos.", "Bezeichnung", "Menge", "Einheit", "Einzelpreis", "Betrag"],
    net: "Nettobetrag",
    tax_rate: None,
    tax: "MwSt.",
    total: "Gesamtbetrag",
    carried: "Übertrag",
    page: ["Seite", "von"],
    phrases: [
        "Für unsere Lieferungen und Leistungen erlauben wir uns zu berechnen:",
        "Bitte überweisen Sie den Betrag ohne Abzug auf das unten genannte Konto.",
    ],
};

/// Words of a plainer German invoice.
pub const GERMAN_PLAIN: Wording = Wording {
    title: "Rechnung",
    number: "Rechnung Nr.",
    date: "Datum",
    due: "Zahlbar bis",
    supplier: "Rechnungssteller",
    customer: "Kunde",
    currency: "Währung",
    columns: ["Nr.", "Leistung", "Anzahl", "Einheit", "Preis", "Summe"],
    net: "Summe netto",
    tax_rate: Some("USt-Satz"),
    tax: "USt.",
    total: "Zu zahlen",
    carried: "Übertrag",
    page: ["Seite", "von"],
    phrases: [
        "Danke für Ihren Auftrag!",
        "Leistungszeitraum entspricht dem Rechnungsmonat. Vielen Dank für die gute Zusammenarbeit.",
    ],
};

/// An invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its number.
    pub number: String,
    /// Its date.
    pub date: Date,
    /// When it is to be paid.
    pub due: Date,
    /// Who sends it.
    pub supplier: Party,
    /// Who is to pay.
    pub customer: Party,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// The rows.
    pub items: Vec<Item>,
    /// The tax rate in whole per cent.
    pub tax_percent: i64,
    /// Added to the total that is printed, in cents: 0 in an invoice that is right.
    pub total_error_cents: i64,
    /// Its words.
    pub wording: &'static Wording,
    /// How it prints numbers and dates.
    pub notation: Notation,
}

impl Invoice {
    /// The sum of the rows, in cents.
    pub fn net_cents(&self) -> i64 {
        self.items.iter().map(Item::amount_cents).sum()
    }

    /// The tax in cents, rounded half up.
    pub fn tax_cents(&self) -> i64 {
        rounded_percent(self.net_cents() * self.tax_percent)
    }

    /// The total that is printed, in cents.
    pub fn total_cents(&self) -> i64 {
        self.net_cents() + self.tax_cents() + self.total_error_cents
    }

    /// The record that the profile `invoice` asks for, with what the page prints.
    pub fn record(&self) -> Value {
        let lines: Vec<Value> = self
            .items
            .iter()
            .map(|item| {
                json!({
                    "description": item.description,
                    "quantity": number(item.quantity_hundredths),
                    "unit_price": number(item.unit_price_cents),
                    "amount": number(item.amount_cents()),
                })
            })
            .collect();
        json!({
            "invoice_number": self.number,
            "invoice_date": self.date.to_string(),
            "due_date": self.due.to_string(),
            "supplier": self.supplier.name,
            "customer": self.customer.name,
            "currency": self.currency,
            "lines": lines,
            "net": number(self.net_cents()),
            "tax_rate": self.tax_percent,
            "tax": number(self.tax_cents()),
            "total": number(self.total_cents()),
        })
    }
}

/// A hundredth of a whole number as JSON: `12.5`, or `12` where it is whole.
pub(crate) fn number(hundredths: i64) -> Value {
    if hundredths % 100 == 0 {
        return json!(hundredths / 100);
    }
    let sign = if hundredths < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100);
    serde_json::from_str(&text).unwrap_or_default()
}

//! The fixed samples of `samples/`: what each one shows, its PDF and its truth.
//!
//! Called by `make-samples` and by the test that keeps the folder equal to what is made here. Dates, numbers and
//! names are fixed, so the same bytes come out every time; only AES needs random numbers (see [`Sample::fresh`]).

mod companies;
mod encrypt;

use jiff::civil::{Date, date};
use serde_json::{Value, json};

use crate::bank_statement::BankStatement;
use crate::factur_x;
use crate::financial_statement::FinancialStatement;
use crate::invoice::{AMERICAN, BRITISH, GERMAN, GERMAN_PLAIN, Invoice, Item, Wording};
use crate::layouts::{Layout, draw};
use crate::letter::Letter;
use crate::notation::Notation;
use crate::pdf::Pdf;
use crate::scan::{ScanError, scan};

pub use encrypt::{EncryptError, PASSWORD};

/// One file of `samples/` and what it is meant to show.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The profile, which is also the folder's name.
    pub profile: &'static str,
    /// The file's name without its ending.
    pub name: &'static str,
    /// What it shows, for the table in the folder's README.
    pub shows: &'static str,
    /// The PDF.
    pub pdf: Vec<u8>,
    /// The record that a reader without fault extracts; null where nothing can be.
    pub data: Value,
    /// What docmill is expected to make of it.
    pub expect: Value,
    /// Whether the bytes differ each time they are made, though the content doesn't.
    pub fresh: bool,
}

/// Why the samples can't be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The scan can't be made.
    #[error("the sample `scan` can't be made")]
    Scan(#[from] ScanError),
    /// The encrypted one can't be made.
    #[error("the sample `encrypted` can't be made")]
    Encrypt(#[from] EncryptError),
}

impl Sample {
    /// The truth as the JSON beside the PDF.
    pub fn truth(&self) -> Value {
        let mut truth = json!({"profile": self.profile, "data": self.data, "expect": self.expect});
        // What amounts are counted in is a judgement, and no label says it.
        if self.profile == "financial-statement"
            && let Value::Object(members) = &mut truth
        {
            members.insert("unknown".to_owned(), json!(["/unit"]));
        }
        truth
    }

    fn invoice(name: &'static str, shows: &'static str, invoice: &Invoice, pdf: &Pdf) -> Self {
        Self {
            profile: "invoice",
            name,
            shows,
            pdf: pdf.write(),
            data: invoice.record(),
            expect: json!({"status": "verified"}),
            fresh: false,
        }
    }

    fn failing(mut self, code: &str) -> Self {
        self.expect = json!({"status": "failed", "failure_code": code});
        self
    }
}

/// All samples, in the order of the README.
///
/// # Errors
/// [`SampleError`] where the scan can't be drawn or the encryption fails.
pub fn all() -> Result<Vec<Sample>, SampleError> {
    let classic = english_classic();
    let classic_pdf = draw(&classic, Layout::Letter);
    let copy = Sample::invoice(
        "english-classic-copy",
        "The same bytes under another name: a duplicate that the analysis finds",
        &classic,
        &classic_pdf,
    );
    let modern = english_modern();
    let german = german_klassisch();
    let plain = german_modern();
    let long = two_pages();
    let mut samples = vec![
        Sample::invoice("english-classic", "An English letterhead invoice with VAT", &classic, &classic_pdf),
        copy,
        Sample::invoice(
            "english-modern",
            "An American layout: quantity first, sales tax, dates with the month's name",
            &modern,
            &draw(&modern, Layout::Band),
        ),
        Sample::invoice(
            "german-klassisch",
            "A German letter: 1.234,50, dd.mm.yyyy, positions and units, notes below rows",
            &german,
            &draw(&german, Layout::Din),
        ),
        Sample::invoice(
            "german-modern",
            "Captions above the facts, half hours as quantities",
            &plain,
            &draw(&plain, Layout::Plain),
        ),
        Sample::invoice(
            "two-pages-40-lines",
            "40 rows on two pages, the header repeated; all rows add up",
            &long,
            &draw(&long, Layout::Letter),
        ),
    ];
    samples.push(factur_x());
    samples.push(wrong_total());
    samples.extend(unreadable()?);
    samples.extend([bank_statement(), financial_statement(), letter()]);
    Ok(samples)
}

fn factur_x() -> Sample {
    let invoice = factur_x_invoice();
    let mut pdf = draw(&invoice, Layout::Din);
    pdf.attachment = Some(factur_x::attachment(&invoice));
    Sample::invoice("factur-x", "Carries its data as factur-x.xml beside the text", &invoice, &pdf)
}

fn wrong_total() -> Sample {
    let invoice = wrong_total_invoice();
    let pdf = draw(&invoice, Layout::Letter);
    let shows = "The printed total is 9.00 too high: the record is true to the page, the analysis reports it";
    let mut sample = Sample::invoice("wrong-total", shows, &invoice, &pdf);
    sample.expect =
        json!({"status": "needs_review", "warnings": ["arithmetic_mismatch"], "findings": ["net-plus-tax"]});
    sample
}

/// The samples that have no record.
fn unreadable() -> Result<[Sample; 3], SampleError> {
    let (german, classic) = (german_klassisch(), english_classic());
    let pdf = draw(&german, Layout::Din);
    let scanned = scan(&pdf)?;
    let mut scanned = Sample::invoice(
        "scan",
        "An image of a page without any text: needs a model that sees",
        &german,
        &scanned,
    )
    .failing("no_text");
    scanned.name = "scan";
    let mut encrypted = Sample::invoice(
        "encrypted",
        "Encrypted with AES; the password is `grindstone`",
        &classic,
        &draw(&classic, Layout::Letter),
    )
    .failing("pdf_encrypted");
    encrypted.pdf = encrypt::encrypt(&encrypted.pdf)?;
    encrypted.fresh = true;
    let mut broken = Sample::invoice(
        "broken",
        "Cut off and damaged: fails with its reason",
        &classic,
        &draw(&classic, Layout::Letter),
    )
    .failing("pdf_damaged");
    broken.pdf = damaged(&broken.pdf);
    broken.data = Value::Null;
    Ok([scanned, encrypted, broken])
}

/// The first kilobyte and a half, with every 97th byte turned over: no object is whole.
fn damaged(pdf: &[u8]) -> Vec<u8> {
    let damage =
        |(place, byte): (usize, &u8)| if place > 20 && place.is_multiple_of(97) { !byte } else { *byte };
    pdf.iter().take(1536).enumerate().map(damage).collect()
}

/// Description, quantity in hundredths and price in cents of a row.
type Row<'a> = (&'a str, i64, i64);

fn items(unit: &str, rows: &[Row<'_>]) -> Vec<Item> {
    let item = |&(description, quantity_hundredths, unit_price_cents): &Row<'_>| Item {
        description: description.to_owned(),
        note: None,
        quantity_hundredths,
        unit: unit.to_owned(),
        unit_price_cents,
    };
    rows.iter().map(item).collect()
}

/// An invoice whose words, notation, currency and tax belong together.
fn invoice(wording: &'static Wording, number: &str, [date, due]: [Date; 2], items: Vec<Item>) -> Invoice {
    let (notation, currency, tax_percent) = match wording.number {
        "Invoice number" => (Notation::British, "GBP", 20),
        "Invoice #" => (Notation::American, "USD", 8),
        _ => (Notation::German, "EUR", 19),
    };
    Invoice {
        number: number.to_owned(),
        date,
        due,
        supplier: companies::northgate(),
        customer: companies::harbour(),
        currency,
        items,
        tax_percent,
        total_error_cents: 0,
        wording,
        notation,
    }
}

fn english_classic() -> Invoice {
    let rows = [
        ("Bench vice, 150 mm", 200, 6450),
        ("Safety gloves, size L, pack of 12", 500, 2380),
        ("Hex bolts M8 x 40, box of 100", 1000, 1215),
        ("LED work light, 40 W", 300, 4890),
        ("Delivery, next working day", 100, 1850),
    ];
    invoice(&BRITISH, "INV-2024-0117", [date(2024, 3, 14), date(2024, 4, 13)], items("pcs", &rows))
}

fn english_modern() -> Invoice {
    let rows = [
        ("Brand guidelines, 24 pages", 100, 185_000),
        ("Illustration, full color", 600, 22_500),
        ("Photography, half day", 200, 64_000),
        ("Print supervision, hourly", 750, 9_600),
    ];
    Invoice {
        supplier: companies::brightwater(),
        customer: companies::cedar(),
        ..invoice(&AMERICAN, "2024-311", [date(2024, 5, 6), date(2024, 6, 5)], items("pcs", &rows))
    }
}

fn german_klassisch() -> Invoice {
    let rows = [
        ("Drehteil Edelstahl 1.4301, Ø 24 mm", 2500, 4938),
        ("Frästeil Aluminium nach Zeichnung 4711", 1200, 8625),
        ("Oberfläche eloxiert, natur", 1200, 1140),
        ("Messprotokoll je Los", 200, 3500),
        ("Fracht und Verpackung", 100, 4650),
    ];
    let mut items = items("Stk.", &rows);
    let notes = ["Werkstoffzeugnis 3.1 liegt bei", "Toleranzen nach DIN ISO 2768-m"];
    for (item, note) in items.iter_mut().zip(notes) {
        item.note = Some(note.to_owned());
    }
    Invoice {
        supplier: companies::huber(),
        customer: companies::mueller(),
        ..invoice(&GERMAN, "RE-2024-0815", [date(2024, 2, 5), date(2024, 3, 6)], items)
    }
}

fn german_modern() -> Invoice {
    let rows = [
        ("Konzept und Wireframes", 1250, 9_500),
        ("Gestaltung Startseite", 800, 9_500),
        ("Umsetzung und Übergabe", 2450, 8_800),
        ("Schulung der Redaktion", 350, 11_000),
    ];
    Invoice {
        supplier: companies::nordlicht(),
        customer: companies::koehler(),
        ..invoice(&GERMAN_PLAIN, "2024/042", [date(2024, 6, 28), date(2024, 7, 12)], items("Std.", &rows))
    }
}

fn factur_x_invoice() -> Invoice {
    let rows = [
        ("Wartung Kompressor KX 200", 100, 48_000),
        ("Filtersatz F7", 400, 3_275),
        ("Kältemittel R134a", 250, 6_480),
        ("Anfahrtspauschale Zone 2", 100, 8_900),
    ];
    let mut items = items("Stk.", &rows);
    for item in items.iter_mut().filter(|item| item.description.starts_with("Kältemittel")) {
        item.unit = "kg".to_owned();
    }
    Invoice {
        supplier: companies::huber(),
        customer: companies::koehler(),
        ..invoice(&GERMAN, "RE-2024-1203", [date(2024, 9, 17), date(2024, 10, 1)], items)
    }
}

fn wrong_total_invoice() -> Invoice {
    let rows = [
        ("Shelf unit, galvanised, 2 m", 400, 14_250),
        ("Storage bins, set of 20", 600, 3_790),
        ("Assembly on site, hourly", 650, 4_400),
    ];
    Invoice {
        total_error_cents: 900,
        ..invoice(&BRITISH, "INV-2024-0131", [date(2024, 3, 27), date(2024, 4, 26)], items("pcs", &rows))
    }
}

/// 40 rows from a catalogue of ten goods in four sizes.
fn two_pages() -> Invoice {
    let goods = [
        ("Cable gland, nylon", 84),
        ("Terminal block, grey", 132),
        ("Conduit clip", 46),
        ("Junction box, IP65", 1_290),
        ("Heat-shrink tube", 215),
        ("Crimp sleeve", 38),
        ("DIN rail, slotted", 860),
        ("Cable tie, black", 27),
        ("Fuse holder", 374),
        ("Label strip", 152),
    ];
    let sizes = ["small", "medium", "large", "extra large"];
    let mut all = Vec::new();
    for (step, size) in (1_i64..).zip(sizes) {
        for (place, (name, price)) in (1_i64..).zip(goods) {
            let quantity = (place * 7 + step * 11) % 48 + 2;
            all.push((format!("{name}, {size}"), quantity * 100, price * (step + 1)));
        }
    }
    let rows: Vec<Row<'_>> =
        all.iter().map(|(name, quantity, price)| (name.as_str(), *quantity, *price)).collect();
    invoice(&BRITISH, "INV-2024-0142", [date(2024, 4, 9), date(2024, 5, 9)], items("pcs", &rows))
}

fn bank_statement() -> Sample {
    let rows = [
        (1, "Standing order: rent, unit 7", -125_000),
        (4, "Northgate Tools Ltd, INV-2024-0117", -71_502),
        (5, "Card payment: Quayside Fuel", -6_489),
        (6, "Credit transfer: Orchard Print Works", 248_050),
        (8, "Direct debit: Dublin Power", -19_874),
        (11, "Credit transfer: Bluebell Catering", 96_025),
        (13, "Payroll, 3 employees", -712_530),
        (15, "Credit transfer: Kestrel Instruments", 1_340_000),
        (19, "Direct debit: Atlantic Telecom", -8_999),
        (21, "Card refund: Office Depot", 4_599),
        (26, "Tax payment, VAT January/February", -315_217),
        (28, "Account fee", -1_250),
    ];
    let statement = BankStatement {
        bank: "Quayside Bank".to_owned(),
        holder: "Harbour & Finch Ltd".to_owned(),
        iban: "IE64 IRCE 9205 0112 3456 78".to_owned(),
        date: date(2024, 3, 31),
        currency: "EUR",
        opening_cents: 843_217,
        transactions: rows
            .iter()
            .map(|(day, text, cents)| (date(2024, 3, *day), (*text).to_owned(), *cents))
            .collect(),
    };
    Sample {
        profile: "bank-statement",
        name: "statement-2024-03",
        shows: "A month of one account: twelve transactions, a running balance, negative amounts",
        pdf: statement.draw().write(),
        data: statement.record(),
        expect: json!({"status": "verified"}),
        fresh: false,
    }
}

fn financial_statement() -> Sample {
    let statement = FinancialStatement {
        company: "Kestrel Instruments plc",
        period_end: date(2023, 12, 31),
        currency: "GBP",
        sections: [
            vec![
                ("Property, plant and equipment", [3_190_000, 3_025_000]),
                ("Intangible assets", [825_000, 871_500]),
                ("Investments in associates", [200_000, 185_000]),
            ],
            vec![
                ("Inventories", [540_000, 561_200]),
                ("Trade receivables", [987_500, 1_041_000]),
                ("Cash and cash equivalents", [357_500, 298_400]),
            ],
            vec![("Share capital", [1_000_000, 1_000_000]), ("Retained earnings", [1_740_000, 1_559_000])],
            vec![("Borrowings", [1_760_000, 1_930_000]), ("Pension obligations", [225_000, 231_600])],
            vec![
                ("Trade payables", [832_000, 803_500]),
                ("Tax payable", [113_000, 98_000]),
                ("Other payables", [430_000, 360_000]),
            ],
        ],
        income: [
            [8_842_000, 8_410_000],
            [-5_130_000, -4_960_000],
            [3_712_000, 3_450_000],
            [948_000, 861_000],
            [879_000, 790_500],
            [-198_000, -177_500],
            [681_000, 613_000],
        ],
    };
    Sample {
        profile: "financial-statement",
        name: "annual-2023",
        shows: "A balance sheet whose two sides agree, with the previous year beside it, and an income statement",
        pdf: statement.draw().write(),
        data: statement.record(),
        expect: json!({"status": "verified"}),
        fresh: false,
    }
}

fn letter() -> Sample {
    let letter = Letter {
        subject: "Offer for the overhaul of two grinding mills",
        reference: "AN-2024-077",
        date: date(2024, 5, 17),
        sender: "Northgate Tools Ltd",
        recipient: "Harbour & Finch Ltd",
        currency: "GBP",
        amount_cents: 1_849_090,
        paragraphs: &[
            "Dear Ms Finch,",
            "thank you for showing us your mills last week. We offer to overhaul both of them on site:",
            "new bearings, new stones, two days of work for two people, and a year of guarantee.",
            "The offer holds until the end of June.",
        ],
    };
    Sample {
        profile: "general",
        name: "offer-letter",
        shows: "A letter that is no form: read with the profile for any document",
        pdf: letter.draw().write(),
        data: letter.record(),
        expect: json!({"status": "verified"}),
        fresh: false,
    }
}

//! Thousands of different invoices for load: every layout, every wording, one to sixty rows.
//!
//! Called by `make-samples --count` and by tests. An invoice follows from its seed and nothing else.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::invoice::{AMERICAN, BRITISH, GERMAN, GERMAN_PLAIN, Invoice, Item, Party, Wording};
use crate::layouts::Layout;
use crate::notation::Notation;

/// Numbers that follow from a seed (splitmix64): the same everywhere and in every version.
#[derive(Debug, Clone, Copy)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap_or(1).max(1);
        low + i64::try_from(self.next() % span).unwrap_or(0)
    }

    /// One of `choices`, which are never empty here.
    fn pick<'a, T>(&mut self, choices: &'a [T; N_MAX]) -> &'a T {
        let [first, ..] = choices;
        let index = usize::try_from(self.next() % (N_MAX as u64)).unwrap_or(0);
        choices.get(index).unwrap_or(first)
    }
}

/// Length of every list that is picked from.
const N_MAX: usize = 12;

const ENGLISH_NAMES: [&str; N_MAX] = [
    "Northgate Tools Ltd",
    "Harbour & Finch",
    "Bluebell Catering",
    "Orchard Print Works",
    "Stonebridge Logistics",
    "Kestrel Instruments",
    "Maple Office Supply",
    "Redwood Joinery",
    "Tideway Marine",
    "Quarry Lane Studios",
    "Summit Safety Wear",
    "Fernhill Nurseries",
];
const GERMAN_NAMES: [&str; N_MAX] = [
    "Feinwerk Huber GmbH",
    "Müller & Söhne KG",
    "Bäckerei Grünwald",
    "Stahlbau Röder AG",
    "Papierhaus Köhler",
    "Elektro Jäger GmbH",
    "Schreinerei Birkner",
    "Gärtnerei Löwe",
    "Optik Strauß",
    "Werbeagentur Nordlicht",
    "Maschinenbau Vogt",
    "Kontor Lübbers",
];
const ENGLISH_STREETS: [&str; N_MAX] = [
    "Mill Lane",
    "Station Road",
    "High Street",
    "Church Walk",
    "Victoria Parade",
    "Dock Road",
    "Park Avenue",
    "Bridge Street",
    "Queen's Drive",
    "Market Place",
    "Foundry Yard",
    "Elm Grove",
];
const GERMAN_STREETS: [&str; N_MAX] = [
    "Hauptstraße",
    "Bahnhofstraße",
    "Gartenweg",
    "Lindenallee",
    "Am Mühlbach",
    "Industriestraße",
    "Schulgasse",
    "Ringstraße",
    "Kirchplatz",
    "Hafenstraße",
    "Birkenweg",
    "Werkstraße",
];
const ENGLISH_TOWNS: [&str; N_MAX] = [
    "Leeds LS1 4DY",
    "Bristol BS1 6JQ",
    "York YO1 7HH",
    "Exeter EX1 1GE",
    "Norwich NR2 1TF",
    "Bath BA1 2QH",
    "Derby DE1 2GT",
    "Hull HU1 2AA",
    "Leicester LE1 5YA",
    "Chester CH1 1SF",
    "Durham DH1 3NJ",
    "Truro TR1 2QS",
];
const GERMAN_TOWNS: [&str; N_MAX] = [
    "80331 München",
    "20457 Hamburg",
    "50667 Köln",
    "70173 Stuttgart",
    "04109 Leipzig",
    "28195 Bremen",
    "01067 Dresden",
    "90402 Nürnberg",
    "30159 Hannover",
    "24103 Kiel",
    "99084 Erfurt",
    "93047 Regensburg",
];
const ENGLISH_GOODS: [&str; N_MAX] = [
    "Safety gloves, size L",
    "Copy paper A4, 500 sheets",
    "LED panel 600 x 600",
    "On-site service, hourly",
    "Hex bolts M8 x 40, box",
    "Cable drum, 50 m",
    "Shelf unit, galvanised",
    "Delivery and handling",
    "Calibration certificate",
    "Filter cartridge",
    "Wall paint, white, 10 l",
    "Replacement battery pack",
];
const GERMAN_GOODS: [&str; N_MAX] = [
    "Schutzhandschuhe, Größe 9",
    "Kopierpapier A4, 500 Blatt",
    "LED-Leuchte 60 x 60",
    "Montage vor Ort",
    "Sechskantschrauben M8",
    "Kabeltrommel 50 m",
    "Regal, verzinkt",
    "Lieferung und Verpackung",
    "Prüfprotokoll",
    "Filterpatrone",
    "Wandfarbe weiß, 10 l",
    "Ersatzakku",
];

/// The invoice and the layout of this seed.
pub fn invoice(seed: u64) -> (Invoice, Layout) {
    let mut dice = Dice(seed);
    let country = dice.between(0, 3);
    let german = country >= 2;
    let (wording, notation, currency, percents): (&'static Wording, _, _, [i64; 2]) = match country {
        0 => (&BRITISH, Notation::British, "GBP", [20, 5]),
        1 => (&AMERICAN, Notation::American, "USD", [8, 6]),
        2 => (&GERMAN, Notation::German, "EUR", [19, 7]),
        _ => (&GERMAN_PLAIN, Notation::German, "EUR", [19, 7]),
    };
    let [usual, reduced] = percents;
    let date = any_date(&mut dice);
    let days = dice.between(7, 45);
    let rows = if dice.between(0, 19) == 0 { dice.between(25, 60) } else { dice.between(1, 12) };
    let supplier = party(&mut dice, german);
    let mut customer = party(&mut dice, german);
    while customer.name == supplier.name {
        customer = party(&mut dice, german);
    }
    let invoice = Invoice {
        number: format!(
            "{}-{}-{:05}",
            if german { "RE" } else { "INV" },
            date.year(),
            dice.between(1, 99_999)
        ),
        date,
        due: date.checked_add(days.days()).unwrap_or(date),
        supplier,
        customer,
        currency,
        items: (0..rows).map(|_| item(&mut dice, german)).collect(),
        tax_percent: if dice.between(0, 4) == 0 { reduced } else { usual },
        total_error_cents: 0,
        wording,
        notation,
    };
    let [letter, band, din, plain] = Layout::ALL;
    let layout = match dice.between(0, 3) {
        0 => letter,
        1 => band,
        2 => din,
        _ => plain,
    };
    (invoice, layout)
}

/// A day of 2023 or 2024.
fn any_date(dice: &mut Dice) -> Date {
    let start = date(2023, 1, 1);
    start.checked_add(dice.between(0, 730).days()).unwrap_or(start)
}

fn party(dice: &mut Dice, german: bool) -> Party {
    let number = dice.between(1, 120);
    let digits = dice.between(100_000_000, 999_999_999);
    if german {
        let name = *dice.pick(&GERMAN_NAMES);
        Party {
            name: name.to_owned(),
            street: format!("{} {number}", dice.pick(&GERMAN_STREETS)),
            town: (*dice.pick(&GERMAN_TOWNS)).to_owned(),
            tax_number: format!("USt-IdNr. DE{digits}"),
            bank: [
                "Sparkasse Musterstadt".to_owned(),
                format!("IBAN DE02 1203 0000 0{digits}"),
                "BIC BYLADEM1001".to_owned(),
            ],
            contact: [format!("Telefon 0800 {}", digits % 1_000_000), "buchhaltung@example.de".to_owned()],
        }
    } else {
        let name = *dice.pick(&ENGLISH_NAMES);
        Party {
            name: name.to_owned(),
            street: format!("{number} {}", dice.pick(&ENGLISH_STREETS)),
            town: (*dice.pick(&ENGLISH_TOWNS)).to_owned(),
            tax_number: format!("Registration {digits}"),
            bank: [
                "Example Bank plc".to_owned(),
                format!("Sort code 20-00-00, account {:08}", digits % 100_000_000),
                "SWIFT EXMPGB2L".to_owned(),
            ],
            contact: [format!("Tel. 0800 {}", digits % 1_000_000), "accounts@example.com".to_owned()],
        }
    }
}

fn item(dice: &mut Dice, german: bool) -> Item {
    let half = if dice.between(0, 5) == 0 { 50 } else { 0 };
    Item {
        description: (*dice.pick(if german { &GERMAN_GOODS } else { &ENGLISH_GOODS })).to_owned(),
        note: None,
        quantity_hundredths: dice.between(1, 40) * 100 + half,
        unit: if german { "Stk." } else { "pcs" }.to_owned(),
        // Even cents, so that half a piece has a price without a rest.
        unit_price_cents: dice.between(100, 15_000) * 2,
    }
}

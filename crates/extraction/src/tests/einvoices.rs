//! Real electronic invoices: what the record says against what an independent reading of the XML says, how many truthful
//! ones the pages seem to contradict, and how many falsified ones they do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use docmill_arithmetic::decimal::from_json;
use docmill_contract::outcome::{VerifiedBy, Via, WarningCode};
use docmill_contract::pages::PageSelection;
use docmill_contract::profile::Profile;
use docmill_pdf::{Document, Limits};
use roxmltree::Node;
use serde_json::Value;

use crate::{Carried, Record, Task};

fn task() -> Task {
    let profile = Profile::built_in("invoice").unwrap();
    Task::new(&profile.schema, &profile.instructions, &profile.rules).unwrap()
}

/// The real invoices with their names; none where they aren't on this machine.
fn invoices() -> Vec<(String, Document)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/e-invoices");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there is no {}", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap();
        let document = docmill_pdf::read(bytes, None, &PageSelection::all(), &Limits::default()).ok()?;
        Some((path.file_stem().unwrap().to_string_lossy().into_owned(), document))
    };
    paths.into_iter().filter_map(read).collect()
}

/// Where a value stands in the XML, and what it says: by pointer.
type Truth = BTreeMap<String, (std::ops::Range<usize>, String)>;

/// The elements at a path, by their names in the file; `|` parts the names of the versions.
fn at<'a>(node: Node<'a, 'a>, path: &str) -> Vec<Node<'a, 'a>> {
    path.split('/').fold(vec![node], |nodes, step| {
        let is_named = |child: &Node<'_, '_>| step.split('|').any(|name| child.tag_name().name() == name);
        nodes.iter().flat_map(|node| node.children().filter(is_named)).collect()
    })
}

const TRADE: &str = "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction";
const AGREEMENT: &str = "ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement";
const SETTLEMENT: &str = "ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement";
const SUMS: &str =
    "SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation";

/// What an invoice says of the profile's leaves, read with another parser and by other means than the product's.
fn truth(xml: &str) -> Truth {
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    let Ok(tree) = roxmltree::Document::parse_with_options(xml, options) else { return Truth::new() };
    let root = tree.root_element();
    let mut truth = Truth::new();
    let mut say = |pointer: String, node: Node<'_, '_>| {
        if let Some(text) = node.children().find(Node::is_text)
            && !text.text().unwrap().trim().is_empty()
        {
            let whole: Vec<&str> = text.text().unwrap().split_whitespace().collect();
            truth.insert(pointer, (text.range(), whole.join(" ")));
        }
    };
    let document = "ExchangedDocument|HeaderExchangedDocument";
    let single = [
        ("/invoice_number", format!("{document}/ID")),
        ("/invoice_date", format!("{document}/IssueDateTime/DateTimeString")),
        (
            "/due_date",
            format!("{TRADE}/{SETTLEMENT}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString"),
        ),
        ("/supplier", format!("{TRADE}/{AGREEMENT}/SellerTradeParty/Name")),
        ("/customer", format!("{TRADE}/{AGREEMENT}/BuyerTradeParty/Name")),
        ("/currency", format!("{TRADE}/{SETTLEMENT}/InvoiceCurrencyCode")),
        ("/allowances", format!("{TRADE}/{SETTLEMENT}/{SUMS}/AllowanceTotalAmount")),
        ("/charges", format!("{TRADE}/{SETTLEMENT}/{SUMS}/ChargeTotalAmount")),
        ("/net", format!("{TRADE}/{SETTLEMENT}/{SUMS}/TaxBasisTotalAmount")),
        ("/total", format!("{TRADE}/{SETTLEMENT}/{SUMS}/GrandTotalAmount")),
    ];
    for (pointer, path) in single {
        if let [only] = at(root, &path).as_slice() {
            say(pointer.to_owned(), *only);
        }
    }
    // VAT in the invoice's currency.
    let currency = at(root, &format!("{TRADE}/{SETTLEMENT}/InvoiceCurrencyCode"));
    let currency = currency.first().and_then(Node::text).unwrap_or_default();
    let taxes = at(root, &format!("{TRADE}/{SETTLEMENT}/{SUMS}/TaxTotalAmount"));
    let mut taxes = taxes
        .into_iter()
        .filter(|tax| tax.attribute("currencyID").is_none_or(|of| currency.is_empty() || of == currency));
    taxes.next().into_iter().for_each(|tax| say("/tax".to_owned(), tax));
    // The rate, if there is but one.
    let rates =
        at(root, &format!("{TRADE}/{SETTLEMENT}/ApplicableTradeTax/RateApplicablePercent|ApplicablePercent"));
    if let [only] = rates.as_slice() {
        say("/tax_rate".to_owned(), *only);
    }
    let lines = at(root, &format!("{TRADE}/IncludedSupplyChainTradeLineItem"));
    let says_something = |line: &Node<'_, '_>| {
        line.descendants().any(|node| {
            matches!(node.tag_name().name(), "BilledQuantity" | "LineTotalAmount")
                || node.tag_name().name() == "Name"
                    && node.parent().is_some_and(|parent| parent.tag_name().name() == "SpecifiedTradeProduct")
        })
    };
    for (index, line) in lines.into_iter().filter(says_something).enumerate() {
        let of_line = [
            ("description", "SpecifiedTradeProduct/Name"),
            ("quantity", "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery/BilledQuantity"),
            (
                "unit_price",
                "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement/NetPriceProductTradePrice/ChargeAmount",
            ),
            (
                "amount",
                "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement/\
                 SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation/LineTotalAmount",
            ),
        ];
        for (name, path) in of_line {
            if let Some(first) = at(line, path).first() {
                say(format!("/lines/{index}/{name}"), *first);
            }
        }
    }
    truth
}

/// The XML of the invoice a document carries.
fn xml_of(document: &Document) -> Option<String> {
    let invoices = document.embedded_files.iter().filter_map(|file| {
        let text = String::from_utf8(file.bytes.clone()).ok()?;
        text.contains("CrossIndustry").then(|| text.trim_start_matches('\u{feff}').to_owned())
    });
    invoices.into_iter().next()
}

/// Whether a record's value is what the XML says.
fn is_same(value: &Value, said: &str) -> bool {
    match value {
        Value::String(text) if text.len() == 10 && said.len() == 8 => text.replace('-', "") == said,
        Value::String(text) => text == said,
        value => from_json(value) == said.parse().ok(),
    }
}

#[test]
fn every_value_of_real_invoices_is_right_without_a_model() {
    let task = task();
    let (mut right, mut wrong, mut missing, mut invented, mut whole, mut with_xml) = (0, 0, 0, 0, 0, 0);
    let (mut flagged, mut placed, mut values, mut verified) = (0, 0, 0, 0);
    for (name, document) in invoices() {
        let Some(xml) = xml_of(&document) else {
            println!("{name}: no electronic invoice in it");
            continue;
        };
        with_xml += 1;
        let truth = truth(&xml);
        let record = match task.carried(&document) {
            Carried::Record(record) => record,
            Carried::Part(part) => {
                println!("{name}: a model is asked");
                let _unused = part;
                continue;
            }
        };
        whole += 1;
        for (pointer, (_, said)) in &truth {
            match record.data.pointer(pointer) {
                Some(value) if is_same(value, said) => right += 1,
                Some(value) => {
                    wrong += 1;
                    println!("{name}: {pointer} is {value}, the XML says {said:?}");
                }
                None => {
                    missing += 1;
                    println!("{name}: {pointer} is missing, the XML says {said:?}");
                }
            }
        }
        for evidence in record.evidence.iter().filter(|evidence| !truth.contains_key(&evidence.pointer)) {
            // Some say the currency with each amount, and not once for all.
            let (value, total) = (&record.data["currency"], "GrandTotalAmount currencyID=");
            let of_total = value.as_str().is_some_and(|code| xml.contains(&format!("{total}\"{code}\"")));
            if evidence.pointer != "/currency" || !of_total {
                invented += 1;
                println!("{name}: {} is not in the XML", evidence.pointer);
            }
        }
        let own = |evidence: &&docmill_contract::outcome::Evidence| evidence.via == Via::FacturX;
        values += record.evidence.iter().filter(own).count();
        placed += record.evidence.iter().filter(own).filter(|evidence| evidence.page.is_some()).count();
        let disagrees = record.warnings.iter().any(|warning| warning.code == WarningCode::PageDisagrees);
        flagged += usize::from(disagrees);
        verified += usize::from(record.warnings.is_empty());
        println!("{name}: {:?}", record.status);
        for evidence in record.evidence.iter().filter(|evidence| evidence.page.is_none()) {
            println!(
                "    no place: {} = {}",
                evidence.pointer,
                record.data.pointer(&evidence.pointer).unwrap()
            );
        }
        for warning in &record.warnings {
            println!("    {:?} {:?} {}", warning.code, warning.pointer, warning.message);
        }
    }
    println!(
        "{with_xml} documents with XML, {whole} without a model; values right {right}, wrong {wrong}, missing {missing}, \
         not in the truth {invented}; {placed} of {values} have a place; {flagged} contradicted, {verified} verified"
    );
    assert_eq!((wrong, missing, invented), (0, 0, 0));
}

/// A digit that isn't the one that stands there.
#[test]
fn dump() {
    for (name, document) in invoices() {
        if ["_504new", "compliant_complete"].iter().any(|part| name.contains(part)) {
            println!("=== {name}");
            for page in &document.pages {
                for line in &page.lines {
                    println!(
                        "{}",
                        line.cells().iter().map(|cell| cell.text.clone()).collect::<Vec<_>>().join(" | ")
                    );
                }
            }
        }
    }
}

fn other_digit(text: &str) -> String {
    let mut changed = false;
    let other = |character: char| match character.to_digit(10) {
        Some(digit) if digit > 0 && !changed => {
            changed = true;
            char::from_digit(digit % 9 + 1, 10).unwrap()
        }
        _ => character,
    };
    text.chars().map(other).collect()
}

fn other_day(text: &str) -> String {
    let day: u32 = text[6..].parse().unwrap();
    format!("{}{:02}", &text[..6], if day > 14 { day - 3 } else { day + 3 })
}

fn says_contradicted(record: &Record, pointer: &str) -> bool {
    record.warnings.iter().any(|warning| {
        warning.code == WarningCode::PageDisagrees && warning.pointer.as_deref() == Some(pointer)
    })
}

/// Whether a value, or another of its row, is said to be contradicted.
fn contradicts(record: &Record, pointer: &str) -> bool {
    record.warnings.iter().any(|warning| {
        warning.code == WarningCode::PageDisagrees
            && warning.pointer.as_deref().is_some_and(|at| {
                at == pointer || pointer.starts_with("/lines") && at.starts_with(&pointer[..8])
            })
    })
}

#[test]
fn falsified_invoices_are_contradicted_by_their_pages() {
    let task = task();
    // By leaf: falsified, contradicted by a page, noticed in any way.
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (name, document) in invoices() {
        let Some(xml) = xml_of(&document) else { continue };
        let Carried::Record(before) = task.carried(&document) else { continue };
        for (pointer, (range, said)) in truth(&xml) {
            let leaf = pointer.rsplit('/').next().unwrap();
            let false_text = match leaf {
                "invoice_date" | "due_date" => other_day(&said),
                "supplier" | "customer" => "Falsch & Söhne OHG".replace('&', "&amp;"),
                "description" => "Etwas ganz anderes".to_owned(),
                "currency" => "CHF".to_owned(),
                _ => other_digit(&said),
            };
            if false_text == said {
                continue;
            }
            let mut falsified = xml.clone();
            falsified.replace_range(range, &false_text);
            let mut document = document.clone();
            document.embedded_files.retain(|file| file.bytes.len() > 10);
            document.embedded_files.truncate(1);
            document.embedded_files[0].bytes = falsified.into_bytes();
            let Carried::Record(record) = task.carried(&document) else { continue };
            let known = [
                "invoice_number",
                "invoice_date",
                "due_date",
                "supplier",
                "customer",
                "currency",
                "net",
                "tax",
                "tax_rate",
                "total",
                "allowances",
                "charges",
                "description",
                "quantity",
                "unit_price",
                "amount",
            ]
            .into_iter()
            .find(|known| *known == leaf)
            .unwrap();
            let count = counts.entry(known).or_default();
            count[0] += 1;
            count[1] += usize::from(contradicts(&record, &pointer));
            let is_new = record.warnings.iter().any(|warning| !before.warnings.contains(warning));
            count[2] += usize::from(is_new);
            if !is_new {
                println!("unnoticed: {pointer} {said:?} as {false_text:?} in {name}");
            }
            for evidence in
                record.evidence.iter().filter(|evidence| says_contradicted(&record, &evidence.pointer))
            {
                assert_eq!(evidence.verified_by, VerifiedBy::None, "{}", evidence.pointer);
            }
        }
    }
    for (name, [falsified, contradicted, noticed]) in counts {
        println!("{name}: {falsified} falsified, {contradicted} contradicted by the page, {noticed} noticed");
    }
}

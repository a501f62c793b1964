//! Documents that carry their data: what the record is made of, and where the pages contradict it.

use docmill_contract::outcome::{Via, WarningCode};
use docmill_pdf::{Document, EmbeddedFile, FieldKind, FormField};
use serde_json::{Value, json};

use super::{answers_of, at, document, shown};
use crate::{Carried, Embedded, GroundContext, PlanBudget, Record, Task};

/// A small invoice's XML, UBL; `rows` are name, quantity, price, amount.
fn xml(number: &str, total: &str, rows: &[[&str; 4]]) -> String {
    let rows: String = rows
        .iter()
        .map(|[name, quantity, price, amount]| {
            format!(
                "<InvoiceLine><InvoicedQuantity>{quantity}</InvoicedQuantity><LineExtensionAmount>{amount}</LineExtensionAmount>\
                 <Item><Name>{name}</Name></Item><Price><PriceAmount>{price}</PriceAmount></Price></InvoiceLine>"
            )
        })
        .collect();
    format!(
        "<Invoice><ID>{number}</ID><IssueDate>2024-03-01</IssueDate><DocumentCurrencyCode>EUR</DocumentCurrencyCode>\
         <LegalMonetaryTotal><TaxInclusiveAmount>{total}</TaxInclusiveAmount></LegalMonetaryTotal>{rows}</Invoice>"
    )
}

const ROWS: [[&str; 4]; 3] =
    [["Stuhl", "4", "25", "100"], ["Tisch", "1", "1234.5", "1234.5"], ["Lampe", "2", "30", "60"]];

const PAGE: [&str; 7] = [
    "Rechnung Nr. | R-1",
    "Datum | 01.03.2024",
    "Bezeichnung | Menge | Preis | Betrag",
    "Stuhl | 4 | 25,00 | 100,00",
    "Tisch | 1 | 1.234,50 | 1.234,50",
    "Lampe | 2 | 30,00 | 60,00",
    "Gesamtbetrag | 1.394,50 €",
];

fn schema() -> Value {
    let leaf = |kind: &str, term: &str, labels: &str| json!({"type": kind, "x-docmill": {"term": term}, "description": labels});
    let mut date = leaf("string", "BT-2", "Printed as 'Datum'");
    date["format"] = "date".into();
    let mut currency = leaf("string", "BT-5", "ISO 4217");
    currency["pattern"] = "^[A-Z]{3}$".into();
    json!({"type": "object", "required": ["number", "total"], "properties": {
        "number": leaf("string", "BT-1", "Printed as 'Rechnung Nr.'"),
        "date": date,
        "currency": currency,
        "lines": {"type": "array", "x-docmill": {"term": "BG-25"}, "items": {"type": "object", "required": ["amount"], "properties": {
            "name": leaf("string", "BT-153", ""),
            "quantity": leaf("number", "BT-129", ""),
            "price": leaf("number", "BT-146", ""),
            "amount": leaf("number", "BT-131", "")
        }}},
        "total": leaf("number", "BT-112", "Printed as 'Gesamtbetrag'")
    }})
}

fn with_files(lines: &[&str], files: &[(&str, &str)]) -> Document {
    let mut document = document(lines);
    document.embedded_files = files
        .iter()
        .map(|(name, content)| EmbeddedFile {
            name: (*name).to_owned(),
            media_type: None,
            relationship: None,
            bytes: content.as_bytes().to_vec(),
        })
        .collect();
    document
}

fn carried(schema: &Value, document: &Document) -> Carried {
    Task::new(schema, "", &[]).unwrap().carried(document)
}

#[track_caller]
fn whole(schema: &Value, document: &Document) -> Record {
    match carried(schema, document) {
        Carried::Record(record) => record,
        Carried::Part(part) => panic!("a model would be asked: {part:?}"),
    }
}

#[track_caller]
fn check(lines: &[&str], xml: &str, expected: &[&str]) {
    let document = with_files(lines, &[("factur-x.xml", xml)]);
    let record = whole(&schema(), &document);
    assert_eq!(shown(&record), expected, "{:#?}", record.warnings);
    assert!(record.evidence.iter().all(|evidence| evidence.via == Via::FacturX));
}

/// What is wrong with the pages of an invoice: the code and place of each warning.
#[track_caller]
fn check_warnings(lines: &[&str], xml: &str, expected: &[&str]) {
    let document = with_files(lines, &[("factur-x.xml", xml)]);
    let record = whole(&schema(), &document);
    let warnings: Vec<String> = shown(&record).into_iter().filter(|line| line.starts_with('!')).collect();
    assert_eq!(warnings, expected, "{lines:#?}\n{:#?}", record.warnings);
}

#[test]
fn an_invoice_that_its_page_prints() {
    check(
        &PAGE,
        &xml("R-1", "1394.50", &ROWS),
        &[
            "/number \"R-1\" embedded 'R-1' p1:1",
            "/date \"2024-03-01\" embedded '01.03.2024' p1:2",
            "/currency \"EUR\" embedded '€' p1:7",
            "/lines/0/name \"Stuhl\" embedded 'Stuhl' p1:4",
            "/lines/0/quantity 4 embedded '4' p1:4",
            "/lines/0/price 25 embedded '25,00' p1:4",
            "/lines/0/amount 100 embedded '100,00' p1:4",
            "/lines/1/name \"Tisch\" embedded 'Tisch' p1:5",
            "/lines/1/quantity 1 embedded '1' p1:5",
            // 1.2345 thousand: the XML's point is never taken for the page's.
            "/lines/1/price 1234.5 embedded '1.234,50' p1:5",
            "/lines/1/amount 1234.5 embedded '1.234,50' p1:5",
            "/lines/2/name \"Lampe\" embedded 'Lampe' p1:6",
            "/lines/2/quantity 2 embedded '2' p1:6",
            "/lines/2/price 30 embedded '30,00' p1:6",
            "/lines/2/amount 60 embedded '60,00' p1:6",
            "/total 1394.5 embedded '1.394,50' p1:7",
            "/lines 3/3",
            "verified",
        ],
    );
}

#[test]
fn the_point_of_xml_is_a_decimal_point() {
    // Read as German text, 1.234 would be a thousand, and the page has one.
    check(
        &["Rechnung Nr. | R-1", "Fracht | 1.234,00", "Gesamtbetrag | 1,234 €", "Anzahlung | 7,50"],
        &xml("R-1", "1.234", &[]).replace("<IssueDate>2024-03-01</IssueDate>", ""),
        &[
            "/number \"R-1\" embedded 'R-1' p1:1",
            "/currency \"EUR\" embedded '€' p1:3",
            "/total 1.234 embedded '1,234' p1:3",
            "/lines 0/0",
            "verified",
        ],
    );
}

#[test]
fn pages_contradict_what_should_stand_on_them() {
    let truth = xml("R-1", "1394.50", &ROWS);
    check_warnings(&PAGE, &truth, &[]);
    check_warnings(&PAGE, &xml("R-2", "1394.50", &ROWS), &["! page_disagrees /number"]);
    check_warnings(&PAGE, &xml("R-1", "9394.50", &ROWS), &["! page_disagrees /total"]);
    check_warnings(&PAGE, &truth.replace("2024-03-01", "2024-03-02"), &["! page_disagrees /date"]);
    check_warnings(&PAGE, &truth.replace("EUR", "CHF"), &["! page_disagrees /currency"]);
    check_warnings(&PAGE, &truth.replace(">60<", ">90<"), &["! page_disagrees /lines/2/amount"]);
    check_warnings(&PAGE, &truth.replace(">4<", ">7<"), &["! page_disagrees /lines/0/quantity"]);
    let mut rows = ROWS;
    rows[2] = ["Teppich", "7", "8", "56"];
    check_warnings(&PAGE, &xml("R-1", "1394.50", &rows), &["! page_disagrees /lines/2/name"]);
    // A line that the data leaves out.
    check_warnings(&PAGE, &xml("R-1", "1394.50", &ROWS[..2]), &["! rows_missing /lines"]);
}

#[test]
fn what_pages_leave_out_contradicts_nothing() {
    let truth = xml("R-1", "1394.50", &ROWS);
    // No date, no currency, a page without prices, and one that goes by another name.
    check_warnings(
        &["Rechnung Nr. | R-1", "Stuhl | 100,00", "Tisch | 1.234,50", "Lampe | 60,00", "Summe | 1.394,50"],
        &truth,
        &[],
    );
    // Credit is printed with either sign.
    let minus = PAGE.map(|line| line.replace("1.394,50", "-1.394,50"));
    check_warnings(&minus.each_ref().map(String::as_str), &truth, &[]);
    // A page that wasn't read may print anything.
    let mut document = with_files(&PAGE, &[("factur-x.xml", &xml("R-2", "9394.50", &ROWS))]);
    document.pages_in_file = 2;
    assert_eq!(whole(&schema(), &document).warnings, []);
}

#[test]
fn a_contradicted_value_is_proved_by_nothing() {
    let document = with_files(&PAGE, &[("factur-x.xml", &xml("R-1", "9394.50", &ROWS))]);
    let record = whole(&schema(), &document);
    let shown = shown(&record);
    assert!(shown.contains(&"/total 9394.5 none".to_owned()), "{shown:#?}");
    assert_eq!(shown.last().map(String::as_str), Some("needs_review"));
    assert_eq!(
        record.warnings[0].message,
        "the document's own data says \"9394.5\", and its pages say \"1.394,50\" where it should stand"
    );
}

/// The record of a part of the data and of one reply about the whole document.
fn record_beside(part: &Embedded, task: &Task, document: &Document, reply: &Value) -> Record {
    let answers = answers_of(task, document, &PlanBudget::default(), |_| reply.clone());
    part.examine(task, document, &answers, &GroundContext::default()).record
}

/// A document whose data can't be used: a model is asked, and the record says why.
#[track_caller]
fn check_unusable(files: &[(&str, &str)], expected: &[&str]) {
    let task = Task::new(&schema(), "", &[]).unwrap();
    let document = with_files(&PAGE, files);
    let Carried::Part(part) = task.carried(&document) else { panic!("it was used: {files:?}") };
    let reply = json!({"number": at(1, "R-1"), "total": at(7, "1.394,50")});
    let record = record_beside(&part, &task, &document, &reply);
    assert_eq!(record.data["total"], 1394.5, "{files:?}");
    let unusable = record.warnings.iter().filter(|warning| warning.code == WarningCode::EmbeddedDataUnusable);
    let messages: Vec<&str> = unusable.map(|warning| warning.message.as_str()).collect();
    assert_eq!(messages.len(), expected.len(), "{messages:#?}");
    for (message, expected) in messages.iter().zip(expected) {
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn what_cannot_be_used_costs_a_warning() {
    let truth = xml("R-1", "1394.50", &ROWS);
    check_unusable(&[], &[]);
    // What isn't XML is somebody's attachment.
    check_unusable(&[("terms.txt", "hello")], &[]);
    check_unusable(
        &[("factur-x.xml", "hello")],
        &["\"factur-x.xml\" can't be used: it is not well-formed XML"],
    );
    check_unusable(&[("factur-x.xml", &truth[..truth.len() - 5])], &["it is not well-formed XML"]);
    check_unusable(&[("data.xml", "<html/>")], &["it is not an invoice, but `html`"]);
    check_unusable(&[("x.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><Invoice/>")], &["document type definition"]);
    check_unusable(
        &[("a.xml", &truth), ("b.xml", &xml("R-2", "1394.50", &ROWS))],
        &["\"a.xml\" and \"b.xml\" are invoices that say different things"],
    );
    // A total that is none: the other values are still the document's own.
    check_unusable(
        &[("a.xml", &truth.replace("1394.50", "1.394,50"))],
        &["BT-112 (Invoice total amount with VAT)"],
    );
}

#[test]
fn two_files_that_say_the_same_are_one_invoice() {
    let truth = xml("R-1", "1394.50", &ROWS);
    let other = truth.replace("1394.50", "1394.5");
    let record = whole(&schema(), &with_files(&PAGE, &[("a.xml", &truth), ("b.xml", &other)]));
    assert_eq!(record.warnings, []);
    // What an invoice encloses is nobody's business, but a broken invoice is.
    let record = whole(&schema(), &with_files(&PAGE, &[("a.xml", "<html/>"), ("b.xml", &truth)]));
    assert_eq!(record.warnings, []);
    let record = whole(&schema(), &with_files(&PAGE, &[("factur-x.xml", "<html/>"), ("b.xml", &truth)]));
    assert_eq!(record.warnings.len(), 1);
    assert_eq!(record.data["total"], 1394.5);
}

/// A schema that asks for more than an electronic invoice has.
#[test]
fn a_model_is_asked_for_the_rest() {
    let mut schema = schema();
    schema["properties"]["contact"] = json!({"type": "string"});
    schema["properties"]["lines"]["items"]["properties"]["colour"] = json!({"type": "string"});
    let task = Task::new(&schema, "", &[]).unwrap();
    let mut lines = PAGE.map(|line| format!("{line} | rot")).to_vec();
    lines.push("Frau Nowak".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let check = |xml: &str, reply: Value, expected: &[&str]| {
        let document = with_files(&lines, &[("factur-x.xml", xml)]);
        let Carried::Part(part) = task.carried(&document) else { panic!("nobody would be asked") };
        let record = record_beside(&part, &task, &document, &reply);
        let all = shown(&record);
        for expected in expected {
            assert!(all.contains(&(*expected).to_owned()), "{expected}\n{all:#?}\n{:#?}", record.warnings);
        }
    };
    let truth = xml("R-1", "1394.50", &ROWS);
    let row = |line: u32, name: &str| json!({"line": line, "name": name, "colour": "rot"});
    let rows = json!([row(4, "Stuhl"), row(5, "Tisch"), row(6, "Lampe")]);
    // The model is wrong about the total, and nobody minds.
    let reply = json!({"contact": at(8, "Frau Nowak"), "total": at(4, "100,00"), "lines": rows});
    check(
        &truth,
        reply.clone(),
        &[
            "/contact \"Frau Nowak\" 'Frau Nowak' p1:8",
            "/total 1394.5 embedded '1.394,50' p1:7",
            "/lines/1/amount 1234.5 embedded '1.234,50' p1:5",
            "/lines/1/colour \"rot\" 'rot' p1:5",
            "verified",
        ],
    );
    // The data has a row less than the pages.
    check(&xml("R-1", "1394.50", &ROWS[..2]), reply, &["! page_disagrees /lines", "needs_review"]);
}

fn field(name: &str, kind: FieldKind, value: Option<&str>) -> FormField {
    FormField { name: name.to_owned(), kind, value: value.map(str::to_owned), page: Some(1) }
}

fn form_schema() -> Value {
    json!({"type": "object", "required": ["name", "amount"], "properties": {
        "name": {"type": "string", "x-docmill": {"field": "Antrag.Person.Nachname"}},
        "amount": {"type": "number"},
        "paid_on": {"type": "string", "format": "date"},
        "member": {"type": "boolean"},
        "interests": {"type": "array", "items": {"type": "string"}}
    }})
}

fn form(fields: Vec<FormField>) -> Document {
    let mut document = document(&["Nachname | Nowak", "Betrag | 1.234,50 EUR", "Frist | 3,5 Tage"]);
    document.form_fields = fields;
    document
}

#[test]
fn a_filled_form_needs_no_model() {
    let document = form(vec![
        field("Antrag.Person.Nachname", FieldKind::Text, Some("Nowak")),
        field("Antrag.Amount[0]", FieldKind::Text, Some("1.234,50")),
        field("Antrag.paid-on", FieldKind::Text, Some("01.03.2024")),
        field("member", FieldKind::CheckBox, Some("Ja")),
        field("interests", FieldKind::Choice, Some("Rad\nRudern")),
        field("other", FieldKind::Text, Some("x")),
    ]);
    let record = whole(&form_schema(), &document);
    assert_eq!(
        shown(&record),
        [
            "/name \"Nowak\" embedded 'Nowak' p1:1",
            "/amount 1234.5 embedded '1.234,50' p1:2",
            "/paid_on \"2024-03-01\" embedded",
            "/member true embedded",
            "/interests/0 \"Rad\" embedded",
            "/interests/1 \"Rudern\" embedded",
            "verified",
        ],
        "{:#?}",
        record.warnings
    );
    assert!(record.evidence.iter().all(|evidence| evidence.via == Via::Form));
}

#[test]
fn a_form_that_lacks_something_asks_a_model() {
    let name = || field("Antrag.Person.Nachname", FieldKind::Text, Some("Nowak"));
    let amount = |name: &str| field(name, FieldKind::Text, Some("12"));
    let is_part = |fields: Vec<FormField>| matches!(carried(&form_schema(), &form(fields)), Carried::Part(_));
    assert!(is_part(vec![]));
    // A required field that is empty, that isn't there, and that is there twice.
    assert!(is_part(vec![name(), field("amount", FieldKind::Text, None)]));
    assert!(is_part(vec![name()]));
    assert!(is_part(vec![name(), amount("a.amount"), amount("b.amount")]));
    assert!(!is_part(vec![name(), amount("a.amount")]));
    // Nothing is required: every leaf has to have a field.
    let mut schema = form_schema();
    schema["required"] = json!([]);
    assert!(matches!(carried(&schema, &form(vec![name(), amount("amount")])), Carried::Part(_)));
}

//! Electronic invoices in both syntaxes, what is read of them, and what is refused.

use super::*;

/// A Cross Industry Invoice with these elements in its parts.
fn cii(document: &str, lines: &str, agreement: &str, settlement: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:x:rsm" xmlns:ram="urn:x:ram" xmlns:udt="urn:x:udt">
  <rsm:ExchangedDocument>{document}</rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>{lines}
    <ram:ApplicableHeaderTradeAgreement>{agreement}</ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeSettlement>{settlement}</ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"#
    )
}

const UBL: &str = r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="c" xmlns:cbc="b">
  <cbc:ID>R-1</cbc:ID><cbc:IssueDate>2024-03-01</cbc:IssueDate><cbc:DueDate>2024-03-31</cbc:DueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cbc:TaxCurrencyCode>SEK</cbc:TaxCurrencyCode>
  <cac:OrderReference><cbc:ID>B-7</cbc:ID></cac:OrderReference>
  <cac:AccountingSupplierParty><cac:Party>
    <cac:PartyName><cbc:Name>Muster</cbc:Name></cac:PartyName>
    <cac:PostalAddress><cbc:CityName>Ulm</cbc:CityName><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
    <cac:PartyTaxScheme><cbc:CompanyID>DE1</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyTaxScheme><cbc:CompanyID>12/3</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>Muster GmbH</cbc:RegistrationName></cac:PartyLegalEntity>
  </cac:Party></cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty><cac:Party><cac:PartyName><cbc:Name>Kunde AG</cbc:Name></cac:PartyName></cac:Party></cac:AccountingCustomerParty>
  <cac:PaymentMeans><cac:PayeeFinancialAccount><cbc:ID>DE89</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
  <cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount currencyID="EUR">5.00</cbc:Amount></cac:AllowanceCharge>
  <cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:Amount currencyID="EUR">7.00</cbc:Amount></cac:AllowanceCharge>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">19.38</cbc:TaxAmount>
    <cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">102.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">19.38</cbc:TaxAmount>
      <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
  <cac:TaxTotal><cbc:TaxAmount currencyID="SEK">220.00</cbc:TaxAmount></cac:TaxTotal>
  <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">102.00</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">121.38</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="EUR">121.38</cbc:PayableAmount></cac:LegalMonetaryTotal>
  <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">4</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
    <cac:Item><cbc:Description>Blau</cbc:Description><cbc:Name>Stuhl</cbc:Name></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">25.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>"#;

/// A content as text.
fn shown(content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::Date(date) => date.to_string(),
        Content::Number(number) => number.normalize().to_string(),
    }
}

/// `expected` are codes and what each says, wherever it stands; rows one after the other.
#[track_caller]
fn check(xml: &str, expected: &[(&str, &[&str])]) {
    let invoice = read(xml.as_bytes()).unwrap();
    for (code, expected) in expected {
        let term = Term::of_code(code).unwrap();
        let contents: Vec<String> = invoice.contents(term).into_iter().map(shown).collect();
        assert_eq!(contents, *expected, "{code} {}", term.name());
    }
}

#[track_caller]
fn refused(xml: &[u8], expected: &ReadError) {
    assert_eq!(read(xml).as_ref(), Err(expected), "{}", String::from_utf8_lossy(&xml[..xml.len().min(200)]));
}

#[test]
fn cross_industry_invoices() {
    let xml = cii(
        r#"<ram:ID> R  1
 </ram:ID><ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime><udt:DateTimeString format="102">20240301</udt:DateTimeString></ram:IssueDateTime>
<ram:IncludedNote><ram:Content>Eins</ram:Content></ram:IncludedNote><ram:IncludedNote><ram:Content>Zwei &amp; drei &#8364;</ram:Content></ram:IncludedNote>"#,
        r#"<ram:IncludedSupplyChainTradeLineItem>
<ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct><ram:Name>Stuhl<!-- blau --> blau</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>25.0000</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">4</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement><ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>100.00</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>
<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>2</ram:LineID><ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct><ram:Name>Summe</ram:Name></ram:SpecifiedTradeProduct></ram:IncludedSupplyChainTradeLineItem>
<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>3</ram:LineID></ram:AssociatedDocumentLineDocument></ram:IncludedSupplyChainTradeLineItem>"#,
        r#"<ram:SellerTradeParty><ram:Name><![CDATA[Muster & Söhne]]></ram:Name>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">12/3</ram:ID></ram:SpecifiedTaxRegistration><ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE1</ram:ID></ram:SpecifiedTaxRegistration></ram:SellerTradeParty>"#,
        r#"<ram:TaxCurrencyCode>EUR</ram:TaxCurrencyCode><ram:InvoiceCurrencyCode>GBP</ram:InvoiceCurrencyCode>
<ram:ApplicableTradeTax><ram:RateApplicablePercent>19.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:ApplicableTradeTax><ram:RateApplicablePercent>7</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>false</udt:Indicator></ram:ChargeIndicator><ram:ActualAmount>5</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>
<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>true</udt:Indicator></ram:ChargeIndicator><ram:ActualAmount>7</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>
<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime><udt:DateTimeString format="102">20240331</udt:DateTimeString></ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:TaxTotalAmount currencyID="EUR">183.14</ram:TaxTotalAmount><ram:TaxTotalAmount currencyID="GBP">163.16</ram:TaxTotalAmount><ram:GrandTotalAmount>1021.91</ram:GrandTotalAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation>"#,
    );
    check(
        &xml,
        &[
            ("BT-1", &["R 1"]),
            ("BT-2", &["2024-03-01"]),
            ("BT-5", &["GBP"]),
            ("BT-9", &["2024-03-31"]),
            ("BT-22", &["Eins", "Zwei & drei €"]),
            ("BT-27", &["Muster & Söhne"]),
            ("BT-31", &["DE1"]),
            ("BT-32", &["12/3"]),
            ("BT-44", &[]),
            ("BT-92", &["5"]),
            ("BT-99", &["7"]),
            ("BT-110", &["163.16"]),
            ("BT-111", &["183.14"]),
            ("BT-112", &["1021.91"]),
            ("BT-119", &["19", "7"]),
            // Neither the sum of a group nor a line of nothing.
            ("BT-126", &["1"]),
            ("BT-129", &["4"]),
            ("BT-130", &["C62"]),
            ("BT-131", &["100"]),
            ("BT-146", &["25"]),
            ("BT-153", &["Stuhl blau"]),
        ],
    );
    assert_eq!(read(xml.as_bytes()).unwrap().syntax, Syntax::CrossIndustryInvoice);
}

#[test]
fn zugferd_1() {
    let names = [
        ("CrossIndustryInvoice", "CrossIndustryDocument"),
        ("rsm:ExchangedDocument>", "rsm:HeaderExchangedDocument>"),
        ("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction"),
        ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
        ("SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"),
        ("RateApplicablePercent", "ApplicablePercent"),
    ];
    let xml = cii(
        "<ram:ID>R-1</ram:ID>",
        "<ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedSupplyChainTradeDelivery><ram:BilledQuantity>2</ram:BilledQuantity></ram:SpecifiedSupplyChainTradeDelivery></ram:IncludedSupplyChainTradeLineItem>",
        "",
        "<ram:ApplicableTradeTax><ram:RateApplicablePercent>7.00</ram:RateApplicablePercent></ram:ApplicableTradeTax><ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:GrandTotalAmount currencyID=\"EUR\">9.00</ram:GrandTotalAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation>",
    );
    let xml = names.iter().fold(xml, |xml, (new, old)| xml.replace(new, old));
    // Without an own currency, the total says it.
    check(
        &xml,
        &[("BT-1", &["R-1"]), ("BT-5", &["EUR"]), ("BT-112", &["9"]), ("BT-119", &["7"]), ("BT-129", &["2"])],
    );
    assert_eq!(read(xml.as_bytes()).unwrap().syntax, Syntax::Zugferd1);
}

#[test]
fn ubl() {
    let expected: &[(&str, &[&str])] = &[
        ("BT-1", &["R-1"]),
        ("BT-2", &["2024-03-01"]),
        ("BT-3", &["380"]),
        ("BT-5", &["EUR"]),
        ("BT-9", &["2024-03-31"]),
        ("BT-13", &["B-7"]),
        ("BT-27", &["Muster GmbH"]),
        ("BT-28", &["Muster"]),
        ("BT-31", &["DE1"]),
        ("BT-32", &["12/3"]),
        ("BT-37", &["Ulm"]),
        ("BT-40", &["DE"]),
        // Without a legal name, the one it is known by.
        ("BT-44", &["Kunde AG"]),
        ("BT-84", &["DE89"]),
        ("BT-92", &["5"]),
        ("BT-99", &["7"]),
        ("BT-109", &["102"]),
        ("BT-110", &["19.38"]),
        ("BT-111", &["220"]),
        ("BT-112", &["121.38"]),
        ("BT-119", &["19"]),
        ("BT-129", &["4"]),
        ("BT-131", &["100"]),
        ("BT-146", &["25"]),
        ("BT-153", &["Stuhl"]),
        ("BT-154", &["Blau"]),
    ];
    check(UBL, expected);
    let credit_note = UBL
        .replace("<Invoice ", "<CreditNote ")
        .replace("</Invoice>", "</CreditNote>")
        .replace("cac:InvoiceLine", "cac:CreditNoteLine")
        .replace("InvoicedQuantity", "CreditedQuantity")
        .replace("InvoiceTypeCode", "CreditNoteTypeCode")
        .replace("<cbc:DueDate>2024-03-31</cbc:DueDate>", "")
        .replace(
            "<cac:PaymentMeans>",
            "<cac:PaymentMeans><cbc:PaymentDueDate>2024-03-31</cbc:PaymentDueDate>",
        );
    check(&credit_note, expected);
}

#[test]
fn what_cannot_be_read_is_said() {
    let xml = UBL.replace("121.38", "121,38").replace("2024-03-01", "soon");
    let invoice = read(xml.as_bytes()).unwrap();
    let unreadable: Vec<(&str, &str)> =
        invoice.unreadable.iter().map(|found| (found.term.code(), found.text.as_str())).collect();
    assert_eq!(unreadable, [("BT-2", "soon"), ("BT-112", "121,38"), ("BT-115", "121,38")]);
    assert_eq!(invoice.only(Term::of_code("BT-112").unwrap()), None);
}

#[test]
fn encodings() {
    let (utf_16, mut bytes) =
        (UBL.replace("Ulm", "Köln").encode_utf16().collect::<Vec<_>>(), vec![0xff, 0xfe]);
    bytes.extend(utf_16.iter().flat_map(|unit| unit.to_le_bytes()));
    let latin = format!("<?xml version='1.0' encoding='ISO-8859-1'?>{}", UBL.replace("Ulm", "K\u{f6}ln"));
    let latin: Vec<u8> = latin.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    let marked = format!("\u{feff}  {}", UBL.replace("Ulm", "Köln")).into_bytes();
    // What says UTF-16 and can be read byte by byte isn't.
    let mistaken =
        format!("<?xml version='1.0' encoding='UTF-16'?>{}", UBL.replace("Ulm", "Köln")).into_bytes();
    for bytes in [bytes, latin, marked, mistaken] {
        assert!(looks_like_xml(&bytes));
        let invoice = read(&bytes).unwrap();
        let city = invoice.only(Term::of_code("BT-37").unwrap());
        assert_eq!(city, Some(&Content::Text("Köln".to_owned())), "{:?}", &bytes[..40]);
    }
    let mut broken = UBL.as_bytes().to_vec();
    let at = UBL.find("Ulm").unwrap();
    broken[at] = 0xff;
    refused(&broken, &ReadError::Encoding);
    assert!(!looks_like_xml(b"%PDF-1.7"));
    assert!(!looks_like_xml(b""));
}

#[test]
fn hostile_and_foreign_files_are_refused() {
    let laughs =
        "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;&lol;\">]><Invoice>&lol2;</Invoice>";
    refused(laughs.as_bytes(), &ReadError::DocumentType);
    refused(&UBL.replace("R-1", "&file;").into_bytes(), &ReadError::Entity);
    refused("<a>".repeat(DEPTH_MAX + 1).as_bytes(), &ReadError::TooDeep);
    refused(format!("<a>{}</a>", "<b/>".repeat(ELEMENTS_MAX)).as_bytes(), &ReadError::TooManyElements);
    let attributes: String = (0..=ATTRIBUTES_MAX).map(|number| format!(" a{number}='1'")).collect();
    refused(format!("<a{attributes}/>").as_bytes(), &ReadError::TooManyElements);
    refused(&vec![b' '; XML_BYTES_MAX + 1], &ReadError::TooLarge { bytes: XML_BYTES_MAX + 1 });
    let lines = "<cac:InvoiceLine/>".repeat(ROWS_MAX + 1);
    refused(UBL.replace("</Invoice>", &format!("{lines}</Invoice>")).as_bytes(), &ReadError::TooManyRows);
    for (xml, root) in [
        ("<Order><LegalMonetaryTotal/></Order>", "Order"),
        ("<Invoice/>", "Invoice"),
        ("<html/>", "html"),
        (
            "<CrossIndustryDocument><SpecifiedExchangedDocumentContext><GuidelineSpecifiedDocumentContextParameter><ID>urn:ferd:CrossIndustryDocument:order:1p0</ID></GuidelineSpecifiedDocumentContextParameter></SpecifiedExchangedDocumentContext></CrossIndustryDocument>",
            "an order",
        ),
    ] {
        refused(xml.as_bytes(), &ReadError::NotAnInvoice { root: root.to_owned() });
    }
    for xml in ["", "no XML", "<a>", "<a></b>", "<a/><b/>", "<a", "<a b></a>", "</a>", "<a>&#xFFFFFF;</a>"] {
        assert!(
            matches!(read(xml.as_bytes()), Err(ReadError::Malformed { .. })),
            "{xml:?}: {:?}",
            read(xml.as_bytes())
        );
    }
    // Cut anywhere, a file is refused or read, and nothing worse.
    for end in 0..UBL.len() {
        if let Some(part) = UBL.get(..end) {
            assert!(read(part.as_bytes()).is_err(), "{end}");
        }
    }
}

#[test]
fn every_term_has_its_own_code() {
    let codes: std::collections::BTreeSet<&str> = Term::all().map(Term::code).collect();
    assert_eq!(codes.len(), Term::all().count());
    let listed = include_str!("../../../docs/terms.md");
    for term in Term::all() {
        assert_eq!(Term::of_code(term.code()), Some(term));
        let (code, group) = (term.code(), term.group().map_or("", Group::code));
        let holds = match term.kind() {
            Kind::Text => "text",
            Kind::Date => "date",
            Kind::Number => "number",
        };
        let line = format!("| {code} | {} | {holds} | {group} |\n", term.name());
        assert!(listed.contains(&line), "docs/terms.md lacks: {line}");
    }
    for group in Group::ALL {
        assert_eq!(Group::of_code(group.code()), Some(group));
    }
    assert_eq!(Term::of_code("BT-0"), None);
    assert_eq!(Group::of_code("BT-1"), None);
}

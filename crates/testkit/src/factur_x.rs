//! The data of an invoice as Factur-X (UN/CEFACT Cross Industry Invoice, profile BASIC, which keeps to EN 16931).
//!
//! Called by the samples; gives the attachment that makes a PDF a Factur-X invoice. The PDF itself isn't PDF/A-3,
//! since its standard fonts aren't embedded.

use jiff::civil::Date;

use crate::invoice::{Invoice, Item, Party};
use crate::pdf::Attachment;

/// The attachment for `invoice`. Supplier and customer are taken to be German: their towns begin with a postal code.
pub fn attachment(invoice: &Invoice) -> Attachment {
    Attachment {
        name: "factur-x.xml".to_owned(),
        description: "Factur-X invoice".to_owned(),
        media_type: "text/xml".to_owned(),
        bytes: xml(invoice).into_bytes(),
        metadata: metadata(),
    }
}

fn xml(invoice: &Invoice) -> String {
    let lines: String =
        (1..).zip(&invoice.items).map(|(number, item)| line(number, item, invoice.tax_percent)).collect();
    let (net, tax) = (decimal(invoice.net_cents()), decimal(invoice.tax_cents()));
    let (total, percent, currency) = (decimal(invoice.total_cents()), invoice.tax_percent, invoice.currency);
    let (number, date, due) = (text(&invoice.number), day(invoice.date), day(invoice.due));
    let [_, iban, _] = &invoice.supplier.bank;
    let iban: String = iban.trim_start_matches("IBAN").split_whitespace().collect();
    let seller = party("Seller", &invoice.supplier, true);
    let buyer = party("Buyer", &invoice.customer, false);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <rsm:ExchangedDocumentContext>
    <ram:GuidelineSpecifiedDocumentContextParameter>
      <ram:ID>urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic</ram:ID>
    </ram:GuidelineSpecifiedDocumentContextParameter>
  </rsm:ExchangedDocumentContext>
  <rsm:ExchangedDocument>
    <ram:ID>{number}</ram:ID>
    <ram:TypeCode>380</ram:TypeCode>
    <ram:IssueDateTime><udt:DateTimeString format="102">{date}</udt:DateTimeString></ram:IssueDateTime>
  </rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>
{lines}    <ram:ApplicableHeaderTradeAgreement>
{seller}{buyer}    </ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeDelivery>
      <ram:ActualDeliverySupplyChainEvent>
        <ram:OccurrenceDateTime><udt:DateTimeString format="102">{date}</udt:DateTimeString></ram:OccurrenceDateTime>
      </ram:ActualDeliverySupplyChainEvent>
    </ram:ApplicableHeaderTradeDelivery>
    <ram:ApplicableHeaderTradeSettlement>
      <ram:InvoiceCurrencyCode>{currency}</ram:InvoiceCurrencyCode>
      <ram:SpecifiedTradeSettlementPaymentMeans>
        <ram:TypeCode>58</ram:TypeCode>
        <ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{iban}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>
      </ram:SpecifiedTradeSettlementPaymentMeans>
      <ram:ApplicableTradeTax>
        <ram:CalculatedAmount>{tax}</ram:CalculatedAmount>
        <ram:TypeCode>VAT</ram:TypeCode>
        <ram:BasisAmount>{net}</ram:BasisAmount>
        <ram:CategoryCode>S</ram:CategoryCode>
        <ram:RateApplicablePercent>{percent}.00</ram:RateApplicablePercent>
      </ram:ApplicableTradeTax>
      <ram:SpecifiedTradePaymentTerms>
        <ram:DueDateDateTime><udt:DateTimeString format="102">{due}</udt:DateTimeString></ram:DueDateDateTime>
      </ram:SpecifiedTradePaymentTerms>
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
        <ram:LineTotalAmount>{net}</ram:LineTotalAmount>
        <ram:TaxBasisTotalAmount>{net}</ram:TaxBasisTotalAmount>
        <ram:TaxTotalAmount currencyID="{currency}">{tax}</ram:TaxTotalAmount>
        <ram:GrandTotalAmount>{total}</ram:GrandTotalAmount>
        <ram:DuePayableAmount>{total}</ram:DuePayableAmount>
      </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
"#
    )
}

fn line(number: u32, item: &Item, percent: i64) -> String {
    let (name, price) = (text(&item.description), decimal(item.unit_price_cents));
    let (quantity, amount) = (decimal(item.quantity_hundredths), decimal(item.amount_cents()));
    // UN/ECE Recommendation 20.
    let unit = match item.unit.as_str() {
        "Std." => "HUR",
        "kg" => "KGM",
        _ => "C62",
    };
    format!(
        r#"    <ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument><ram:LineID>{number}</ram:LineID></ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct><ram:Name>{name}</ram:Name></ram:SpecifiedTradeProduct>
      <ram:SpecifiedLineTradeAgreement>
        <ram:NetPriceProductTradePrice><ram:ChargeAmount>{price}</ram:ChargeAmount></ram:NetPriceProductTradePrice>
      </ram:SpecifiedLineTradeAgreement>
      <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="{unit}">{quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
      <ram:SpecifiedLineTradeSettlement>
        <ram:ApplicableTradeTax>
          <ram:TypeCode>VAT</ram:TypeCode>
          <ram:CategoryCode>S</ram:CategoryCode>
          <ram:RateApplicablePercent>{percent}.00</ram:RateApplicablePercent>
        </ram:ApplicableTradeTax>
        <ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{amount}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>
      </ram:SpecifiedLineTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>
"#
    )
}

fn party(role: &str, party: &Party, with_tax_number: bool) -> String {
    let (name, street) = (text(&party.name), text(&party.street));
    let (postcode, town) = party.town.split_once(' ').unwrap_or(("", &party.town));
    let tax_number = party.tax_number.rsplit(' ').next().unwrap_or("");
    let registration = if with_tax_number {
        format!(
            "        <ram:SpecifiedTaxRegistration><ram:ID schemeID=\"VA\">{}</ram:ID></ram:SpecifiedTaxRegistration>\n",
            text(tax_number)
        )
    } else {
        String::new()
    };
    format!(
        r#"      <ram:{role}TradeParty>
        <ram:Name>{name}</ram:Name>
        <ram:PostalTradeAddress>
          <ram:PostcodeCode>{postcode}</ram:PostcodeCode>
          <ram:LineOne>{street}</ram:LineOne>
          <ram:CityName>{}</ram:CityName>
          <ram:CountryID>DE</ram:CountryID>
        </ram:PostalTradeAddress>
{registration}      </ram:{role}TradeParty>
"#,
        text(town)
    )
}

/// Hundredths as an XML decimal.
fn decimal(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn day(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

/// `text` with the characters escaped that XML keeps for itself.
fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The XMP that says which file carries the data, and in which profile.
fn metadata() -> String {
    r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
  <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
      <fx:DocumentType>INVOICE</fx:DocumentType>
      <fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
      <fx:Version>1.0</fx:Version>
      <fx:ConformanceLevel>BASIC</fx:ConformanceLevel>
    </rdf:Description>
  </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"#
    .to_owned()
}

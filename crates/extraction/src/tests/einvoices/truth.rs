//! What an invoice's XML says of the profile's leaves, read with another parser and by other means than docmill's.

use std::collections::BTreeMap;

use roxmltree::Node;

/// Where a value stands in the XML, and what it says: by pointer.
pub(super) type Truth = BTreeMap<String, (std::ops::Range<usize>, String)>;

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
pub(super) fn truth(xml: &str) -> Truth {
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    let Ok(tree) = roxmltree::Document::parse_with_options(xml, options) else { return Truth::new() };
    let root = tree.root_element();
    let mut truth = Truth::new();
    say_header(&mut truth, root);
    say_lines(&mut truth, root);
    truth
}

/// Adds what a node says, if it says anything.
fn say(truth: &mut Truth, pointer: &str, node: Node<'_, '_>) {
    let text = node.children().find(Node::is_text);
    let said = text.and_then(|node| node.text()).unwrap_or_default().split_whitespace().collect::<Vec<_>>();
    if let Some(text) = text.filter(|_| !said.is_empty()) {
        truth.insert(pointer.to_owned(), (text.range(), said.join(" ")));
    }
}

fn say_header<'a>(truth: &mut Truth, root: Node<'a, 'a>) {
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
            say(truth, pointer, *only);
        }
    }
    // VAT in the invoice's currency.
    let currency = at(root, &format!("{TRADE}/{SETTLEMENT}/InvoiceCurrencyCode"));
    let currency = currency.first().and_then(Node::text).unwrap_or_default();
    let taxes = at(root, &format!("{TRADE}/{SETTLEMENT}/{SUMS}/TaxTotalAmount"));
    let mut taxes = taxes
        .into_iter()
        .filter(|tax| tax.attribute("currencyID").is_none_or(|of| currency.is_empty() || of == currency));
    taxes.next().into_iter().for_each(|tax| say(truth, "/tax", tax));
    // The rate, if there is but one.
    let rates =
        at(root, &format!("{TRADE}/{SETTLEMENT}/ApplicableTradeTax/RateApplicablePercent|ApplicablePercent"));
    if let [only] = rates.as_slice() {
        say(truth, "/tax_rate", *only);
    }
}

fn say_lines<'a>(truth: &mut Truth, root: Node<'a, 'a>) {
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
                say(truth, &format!("/lines/{index}/{name}"), *first);
            }
        }
    }
}

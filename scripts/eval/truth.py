#!/usr/bin/env python3
"""Truth files for `docmill eval` from what other people's documents bring along.

    truth.py e-invoices FOLDER OUT    from the XML that electronic invoices carry
    truth.py invoices FOLDER OUT      from the JSON beside invoice2data's samples

Copies each PDF that has a truth into OUT and writes NAME.truth.json beside it. It shares no code with docmill on purpose:
it finds the XML by inflating every stream of the file, and reads it by the names of EN 16931 alone. What each field
is taken from is listed in docs/evaluation.md. Only the standard library is needed.
"""

import json
import re
import shutil
import sys
import zlib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from xml.etree import ElementTree

# What the profile `invoice` asks for, in its order.
FIELDS = ["invoice_number", "invoice_date", "due_date", "supplier", "customer", "currency", "lines", "net", "tax_rate",
          "tax", "total", "allowances", "charges"]
ROW_FIELDS = ["description", "quantity", "unit_price", "amount"]


def embedded_xml(pdf: bytes):
    """The invoice in a PDF: the first stream that is an XML document with an invoice's root; None where there is none."""
    for match in re.finditer(rb"stream\r?\n", pdf):
        end = pdf.find(b"endstream", match.end())
        raw = pdf[match.end():end if end >= 0 else len(pdf)]
        for text in (raw, inflated(raw)):
            if text and b"CrossIndustry" in text:
                try:
                    root = ElementTree.fromstring(text[text.index(b"<"):].rstrip(b"\0\r\n\t "))
                except (ElementTree.ParseError, ValueError):
                    continue
                # The metadata of such files names the invoice's schema, too.
                if local(root) in ("CrossIndustryInvoice", "CrossIndustryDocument"):
                    return root
    return None


def inflated(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw, 64 << 20)
    except zlib.error:
        return b""


def local(element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def find(element, *paths):
    """The first element at one of the paths of local names; `a|b` stands for either."""
    for path in paths:
        found = [element]
        for step in path.split("/"):
            names = step.split("|")
            found = [child for parent in found for child in parent if local(child) in names]
        if found:
            return found
    return []


def text(element, *paths):
    for found in find(element, *paths):
        value = " ".join((found.text or "").split())
        if value:
            return value
    return None


def number(value):
    """A JSON number that keeps every digit: an integer, or the shortest float that prints the same."""
    try:
        decimal = Decimal(value.strip())
    except (InvalidOperation, AttributeError):
        return None
    return int(decimal) if decimal == decimal.to_integral_value() else float(decimal)


def date(element, *paths):
    for found in find(element, *paths):
        digits = (found.text or "").strip()
        if re.fullmatch(r"\d{8}", digits):
            return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return None


AGREEMENT = "ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement"
SETTLEMENT = "ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement"
SUMMATION = "SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation"


def of_xml(root):
    """The truth in an invoice's XML: Factur-X, ZUGFeRD 1 and 2, XRechnung in the syntax of UN/CEFACT."""
    head = find(root, "ExchangedDocument|HeaderExchangedDocument")[0]
    trade = find(root, "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction")[0]
    settlement = find(trade, SETTLEMENT)[0]
    sums = find(settlement, SUMMATION)[0]

    def money(name):
        return number(text(sums, name))

    currency = text(settlement, "InvoiceCurrencyCode")
    # With a tax currency there are two tax totals: the invoice's own is meant.
    taxes = [each for each in find(sums, "TaxTotalAmount") if each.get("currencyID", currency) == currency]
    rates = {number(each.text) for each in find(
        settlement, "ApplicableTradeTax/RateApplicablePercent", "ApplicableTradeTax/ApplicablePercent")}
    data = {
        "invoice_number": text(head, "ID"),
        "invoice_date": date(head, "IssueDateTime/DateTimeString"),
        "due_date": date(settlement, "SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString"),
        "supplier": text(trade, f"{AGREEMENT}/SellerTradeParty/Name"),
        "customer": text(trade, f"{AGREEMENT}/BuyerTradeParty/Name"),
        "currency": currency,
        "lines": [row for row in map(line, find(trade, "IncludedSupplyChainTradeLineItem")) if row],
        "net": money("TaxBasisTotalAmount"),
        "tax_rate": rates.pop() if len(rates) == 1 else None,
        "tax": number(taxes[0].text) if taxes else None,
        "total": money("GrandTotalAmount"),
        # What is nothing is seldom printed: who leaves it out isn't wrong.
        "allowances": money("AllowanceTotalAmount") or None,
        "charges": money("ChargeTotalAmount") or None,
    }
    also = {}
    due = money("DuePayableAmount")
    if due is not None and due != data["total"]:
        also["/total"] = [due]
    # Some writers put numbers and packings around a name, each on a line of its own: any one of the lines is right.
    names = {"/supplier": find(trade, f"{AGREEMENT}/SellerTradeParty/Name"),
             "/customer": find(trade, f"{AGREEMENT}/BuyerTradeParty/Name")}
    items = [item for item in find(trade, "IncludedSupplyChainTradeLineItem") if line(item)]
    for index, item in enumerate(items):
        names[f"/lines/{index}/description"] = find(item, "SpecifiedTradeProduct/Name")
    for pointer, found in names.items():
        lines = [" ".join(each.split()) for each in (found[0].text or "").splitlines()] if found else []
        if len([each for each in lines if each]) > 1:
            also[pointer] = [each for each in lines if each]
    return truth(data, also)


def line(item):
    """A line of goods; none for a line that is a note."""
    price = "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement"
    delivery = "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery"
    settlement = "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement"
    summation = "SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
    row = {
        "description": text(item, "SpecifiedTradeProduct/Name"),
        "quantity": number(text(item, f"{delivery}/BilledQuantity")),
        "unit_price": number(text(item, f"{price}/NetPriceProductTradePrice/ChargeAmount")),
        "amount": number(text(item, f"{settlement}/{summation}/LineTotalAmount")),
    }
    row = {name: value for name, value in row.items() if value is not None}
    return row if "amount" in row or "quantity" in row else None


def of_json(entry):
    """The truth in a file of invoice2data."""
    rows = []
    for each in entry.get("lines", []):
        amount = each.get("price_subtotal", each.get("price"))
        if amount is None:
            continue
        row = {"description": each.get("name", each.get("desc")), "quantity": each.get("qty"),
               "unit_price": each.get("price_unit"), "amount": amount}
        rows.append({name: value for name, value in row.items() if value is not None})
    tax = entry.get("amount_tax")
    data = {
        "invoice_number": entry.get("invoice_number"),
        "invoice_date": entry.get("date"),
        "due_date": entry.get("date_due"),
        "supplier": entry.get("issuer"),
        "currency": entry.get("currency"),
        "lines": rows,
        "net": entry.get("amount_untaxed"),
        "tax": tax,
        "total": entry.get("amount"),
    }
    # invoice2data takes the first line of a description together with those below it, as printed.
    also = {}
    for index, row in enumerate(rows):
        first = str(row.get("description", "")).split("\n")[0]
        if first != row.get("description"):
            also[f"/lines/{index}/description"] = [first]
    return truth(data, also)


def truth(data, also):
    """A truth: what the source doesn't say is unknown, since the page may say it all the same."""
    known = {name: data[name] for name in FIELDS if data.get(name) not in (None, [], "")}
    unknown = [f"/{name}" for name in FIELDS if name not in known]
    for field in ROW_FIELDS:
        for index, row in enumerate(known.get("lines", [])):
            if field not in row:
                unknown.append(f"/lines/{index}/{field}")
    result = {"profile": "invoice", "data": known, "unknown": unknown}
    if also:
        result["also_right"] = also
    return result


def main(kind, folder, out):
    out.mkdir(parents=True, exist_ok=True)
    made, left_out = 0, []
    for pdf in sorted(folder.glob("*.pdf")):
        if kind == "e-invoices":
            root = embedded_xml(pdf.read_bytes())
            made_of = of_xml(root) if root is not None else None
        else:
            source = pdf.with_suffix(".json")
            made_of = of_json(json.loads(source.read_text())[0]) if source.exists() else None
        if made_of is None:
            left_out.append(pdf.name)
            continue
        shutil.copyfile(pdf, out / pdf.name)
        (out / pdf.name).with_suffix(".truth.json").write_text(
            json.dumps(made_of, indent=2, ensure_ascii=False) + "\n")
        made += 1
    return made, left_out


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("e-invoices", "invoices"):
        sys.exit(__doc__)
    count, without = main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    print(f"{count} truths in {sys.argv[3]}; without one: {', '.join(without) or 'none'}")

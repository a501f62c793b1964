//! The companies of the samples, all invented; their accounts and numbers are the usual examples.
//!
//! Nothing but data.

use crate::invoice::Party;

fn party([name, street, town]: [&str; 3], tax_number: &str, bank: [&str; 3], contact: [&str; 2]) -> Party {
    Party {
        name: name.to_owned(),
        street: street.to_owned(),
        town: town.to_owned(),
        tax_number: tax_number.to_owned(),
        bank: bank.map(str::to_owned),
        contact: contact.map(str::to_owned),
    }
}

pub(super) fn northgate() -> Party {
    party(
        ["Northgate Tools Ltd", "14 Foundry Yard", "Leeds LS1 4DY"],
        "Registered in England 4819233",
        ["Example Bank plc, Leeds", "IBAN GB29 NWBK 6016 1331 9268 19", "BIC NWBKGB2L"],
        ["Telephone 0113 496 0117", "accounts@northgate.example"],
    )
}

pub(super) fn harbour() -> Party {
    party(["Harbour & Finch Ltd", "Unit 7, Dock Road", "Bristol BS1 6JQ"], "", ["", "", ""], ["", ""])
}

pub(super) fn brightwater() -> Party {
    party(
        ["Brightwater Studio", "220 Alder Street", "Portland, OR 97205"],
        "EIN 93-0117420",
        ["Columbia Example Bank", "Routing 123000220", "Checking 000 482 991 7"],
        ["(503) 555-0142", "hello@brightwater.example"],
    )
}

pub(super) fn cedar() -> Party {
    party(["Cedar & Sons Coffee", "18 Market Place", "Seattle, WA 98101"], "", ["", "", ""], ["", ""])
}

pub(super) fn huber() -> Party {
    party(
        ["Feinwerk Huber GmbH", "Werkstraße 4", "80331 München"],
        "USt-IdNr. DE123456789",
        ["Musterbank München", "IBAN DE89 3704 0044 0532 0130 00", "BIC COBADEFFXXX"],
        ["Telefon 089 123456-0", "rechnung@huber.example"],
    )
}

pub(super) fn mueller() -> Party {
    party(["Müller & Söhne Maschinenbau KG", "Hafenstraße 27", "20457 Hamburg"], "", ["", "", ""], ["", ""])
}

pub(super) fn nordlicht() -> Party {
    party(
        ["Studio Nordlicht", "Gartenweg 11", "24103 Kiel"],
        "Steuernummer 20/123/45678",
        ["Förde Musterbank", "IBAN DE02 1203 0000 0000 2020 51", "BIC BYLADEM1001"],
        ["Telefon 0431 555 0188", "post@nordlicht.example"],
    )
}

pub(super) fn koehler() -> Party {
    party(["Papierhaus Köhler", "Lindenallee 3", "99084 Erfurt"], "", ["", "", ""], ["", ""])
}

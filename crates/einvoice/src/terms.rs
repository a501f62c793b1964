//! The business terms of EN 16931 that are read, and where each stands in both syntaxes.
//!
//! Used by [`read`](crate::read()), and by the extraction to check what a schema asks for. Paths are explained in
//! [`path`](crate::path); one in lower case at the start of a path stands for a part of a Cross Industry Invoice. Of several
//! paths the first that leads anywhere counts.

use std::fmt;

/// A business term (`BT-112`) that can be read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term(usize);

/// Terms that stand together, once for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// BG-20: allowances on the whole document.
    Allowances,
    /// BG-21: charges on the whole document.
    Charges,
    /// BG-23: VAT by category and rate.
    Taxes,
    /// BG-25: invoice lines.
    Lines,
}

/// What a term holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text, an identifier, a code.
    Text,
    /// A day.
    Date,
    /// An amount, a quantity, a price, a percentage.
    Number,
}

/// What is known of a term.
pub(crate) struct Definition {
    code: &'static str,
    name: &'static str,
    group: Option<Group>,
    kind: Kind,
    pub(crate) cii: &'static [&'static str],
    pub(crate) ubl: &'static [&'static str],
}

impl Term {
    /// The term with this code, if it is one that is read.
    pub fn of_code(code: &str) -> Option<Self> {
        TERMS.iter().position(|term| term.code == code).map(Self)
    }

    /// Every term that is read.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TERMS.len()).map(Self)
    }

    /// Its code, as the standard writes it.
    pub fn code(self) -> &'static str {
        self.definition().map_or("", |term| term.code)
    }

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        self.definition().map_or("", |term| term.name)
    }

    /// The group it stands in; none where it is said once of the whole invoice.
    pub fn group(self) -> Option<Group> {
        self.definition().and_then(|term| term.group)
    }

    /// What it holds.
    pub fn kind(self) -> Kind {
        self.definition().map_or(Kind::Text, |term| term.kind)
    }

    /// Terms are only made of places in the table, so that this is never none.
    pub(crate) fn definition(self) -> Option<&'static Definition> {
        TERMS.get(self.0)
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Group {
    /// Every group that is read.
    pub const ALL: [Self; 4] = [Self::Allowances, Self::Charges, Self::Taxes, Self::Lines];

    /// The group with this code, if it is one that is read.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.code() == code)
    }

    /// Its code, as the standard writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Allowances => "BG-20",
            Self::Charges => "BG-21",
            Self::Taxes => "BG-23",
            Self::Lines => "BG-25",
        }
    }

    /// Where its rows stand in a Cross Industry Invoice.
    pub(crate) fn cii(self) -> &'static str {
        match self {
            Self::Allowances => "settlement/SpecifiedTradeAllowanceCharge[ChargeIndicator/Indicator=false]",
            Self::Charges => "settlement/SpecifiedTradeAllowanceCharge[ChargeIndicator/Indicator=true]",
            Self::Taxes => "settlement/ApplicableTradeTax",
            Self::Lines => "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem",
        }
    }

    /// Where its rows stand in UBL.
    pub(crate) fn ubl(self) -> &'static str {
        match self {
            Self::Allowances => "AllowanceCharge[ChargeIndicator=false]",
            Self::Charges => "AllowanceCharge[ChargeIndicator=true]",
            Self::Taxes => "TaxTotal/TaxSubtotal",
            Self::Lines => "InvoiceLine",
        }
    }
}

/// The parts of a Cross Industry Invoice that paths start at.
pub(crate) const PARTS: [(&str, &str); 5] = [
    ("document/", "ExchangedDocument/"),
    ("agreement/", "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/"),
    ("delivery/", "SupplyChainTradeTransaction/ApplicableHeaderTradeDelivery/"),
    (
        "sums/",
        "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/SpecifiedTradeSettlementMonetarySummation/",
    ),
    ("settlement/", "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/"),
];

/// All terms, those of the header first.
const TERMS: [Definition; 86] = [
    Definition {
        code: "BT-1",
        name: "Invoice number",
        group: None,
        kind: Kind::Text,
        cii: &["document/ID"],
        ubl: &["ID"],
    },
    Definition {
        code: "BT-2",
        name: "Invoice issue date",
        group: None,
        kind: Kind::Date,
        cii: &["document/IssueDateTime/DateTimeString"],
        ubl: &["IssueDate"],
    },
    Definition {
        code: "BT-3",
        name: "Invoice type code",
        group: None,
        kind: Kind::Text,
        cii: &["document/TypeCode"],
        ubl: &["InvoiceTypeCode"],
    },
    Definition {
        code: "BT-5",
        name: "Invoice currency code",
        group: None,
        kind: Kind::Text,
        cii: &["settlement/InvoiceCurrencyCode", "sums/GrandTotalAmount/@currencyID"],
        ubl: &["DocumentCurrencyCode", "LegalMonetaryTotal/TaxInclusiveAmount/@currencyID"],
    },
    Definition {
        code: "BT-6",
        name: "VAT accounting currency code",
        group: None,
        kind: Kind::Text,
        cii: &["settlement/TaxCurrencyCode"],
        ubl: &["TaxCurrencyCode"],
    },
    Definition {
        code: "BT-9",
        name: "Payment due date",
        group: None,
        kind: Kind::Date,
        cii: &["settlement/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString"],
        ubl: &["DueDate", "PaymentMeans/PaymentDueDate"],
    },
    Definition {
        code: "BT-10",
        name: "Buyer reference",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/BuyerReference"],
        ubl: &["BuyerReference"],
    },
    Definition {
        code: "BT-11",
        name: "Project reference",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SpecifiedProcuringProject/ID"],
        ubl: &["ProjectReference/ID"],
    },
    Definition {
        code: "BT-12",
        name: "Contract reference",
        group: None,
        kind: Kind::Text,
        cii: &[
            "agreement/ContractReferencedDocument/IssuerAssignedID",
            "agreement/ContractReferencedDocument/ID",
        ],
        ubl: &["ContractDocumentReference/ID"],
    },
    Definition {
        code: "BT-13",
        name: "Purchase order reference",
        group: None,
        kind: Kind::Text,
        cii: &[
            "agreement/BuyerOrderReferencedDocument/IssuerAssignedID",
            "agreement/BuyerOrderReferencedDocument/ID",
        ],
        ubl: &["OrderReference/ID"],
    },
    Definition {
        code: "BT-14",
        name: "Sales order reference",
        group: None,
        kind: Kind::Text,
        cii: &[
            "agreement/SellerOrderReferencedDocument/IssuerAssignedID",
            "agreement/SellerOrderReferencedDocument/ID",
        ],
        ubl: &["OrderReference/SalesOrderID"],
    },
    Definition {
        code: "BT-16",
        name: "Despatch advice reference",
        group: None,
        kind: Kind::Text,
        cii: &[
            "delivery/DespatchAdviceReferencedDocument/IssuerAssignedID",
            "delivery/DespatchAdviceReferencedDocument/ID",
        ],
        ubl: &["DespatchDocumentReference/ID"],
    },
    Definition {
        code: "BT-20",
        name: "Payment terms",
        group: None,
        kind: Kind::Text,
        cii: &["settlement/SpecifiedTradePaymentTerms/Description"],
        ubl: &["PaymentTerms/Note"],
    },
    Definition {
        code: "BT-22",
        name: "Invoice note",
        group: None,
        kind: Kind::Text,
        cii: &["document/IncludedNote/Content"],
        ubl: &["Note"],
    },
    Definition {
        code: "BT-25",
        name: "Preceding invoice reference",
        group: None,
        kind: Kind::Text,
        cii: &[
            "settlement/InvoiceReferencedDocument/IssuerAssignedID",
            "settlement/InvoiceReferencedDocument/ID",
        ],
        ubl: &["BillingReference/InvoiceDocumentReference/ID"],
    },
    Definition {
        code: "BT-27",
        name: "Seller name",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/Name"],
        ubl: &[
            "AccountingSupplierParty/Party/PartyLegalEntity/RegistrationName",
            "AccountingSupplierParty/Party/PartyName/Name",
        ],
    },
    Definition {
        code: "BT-28",
        name: "Seller trading name",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/SpecifiedLegalOrganization/TradingBusinessName"],
        ubl: &["AccountingSupplierParty/Party/PartyName/Name"],
    },
    Definition {
        code: "BT-29",
        name: "Seller identifier",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/ID", "agreement/SellerTradeParty/GlobalID"],
        ubl: &["AccountingSupplierParty/Party/PartyIdentification/ID"],
    },
    Definition {
        code: "BT-30",
        name: "Seller legal registration identifier",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/SpecifiedLegalOrganization/ID"],
        ubl: &["AccountingSupplierParty/Party/PartyLegalEntity/CompanyID"],
    },
    Definition {
        code: "BT-31",
        name: "Seller VAT identifier",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/SpecifiedTaxRegistration/ID[@schemeID=VA]"],
        ubl: &["AccountingSupplierParty/Party/PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID"],
    },
    Definition {
        code: "BT-32",
        name: "Seller tax registration identifier",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/SpecifiedTaxRegistration/ID[@schemeID=FC]"],
        ubl: &["AccountingSupplierParty/Party/PartyTaxScheme[TaxScheme/ID=FC]/CompanyID"],
    },
    Definition {
        code: "BT-34",
        name: "Seller electronic address",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/URIUniversalCommunication/URIID"],
        ubl: &["AccountingSupplierParty/Party/EndpointID"],
    },
    Definition {
        code: "BT-35",
        name: "Seller address line 1",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/PostalTradeAddress/LineOne"],
        ubl: &["AccountingSupplierParty/Party/PostalAddress/StreetName"],
    },
    Definition {
        code: "BT-37",
        name: "Seller city",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/PostalTradeAddress/CityName"],
        ubl: &["AccountingSupplierParty/Party/PostalAddress/CityName"],
    },
    Definition {
        code: "BT-38",
        name: "Seller post code",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/PostalTradeAddress/PostcodeCode"],
        ubl: &["AccountingSupplierParty/Party/PostalAddress/PostalZone"],
    },
    Definition {
        code: "BT-40",
        name: "Seller country code",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/PostalTradeAddress/CountryID"],
        ubl: &["AccountingSupplierParty/Party/PostalAddress/Country/IdentificationCode"],
    },
    Definition {
        code: "BT-41",
        name: "Seller contact point",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/DefinedTradeContact/PersonName"],
        ubl: &["AccountingSupplierParty/Party/Contact/Name"],
    },
    Definition {
        code: "BT-42",
        name: "Seller contact telephone number",
        group: None,
        kind: Kind::Text,
        cii: &[
            "agreement/SellerTradeParty/DefinedTradeContact/TelephoneUniversalCommunication/CompleteNumber",
        ],
        ubl: &["AccountingSupplierParty/Party/Contact/Telephone"],
    },
    Definition {
        code: "BT-43",
        name: "Seller contact email address",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/SellerTradeParty/DefinedTradeContact/EmailURIUniversalCommunication/URIID"],
        ubl: &["AccountingSupplierParty/Party/Contact/ElectronicMail"],
    },
    Definition {
        code: "BT-44",
        name: "Buyer name",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/BuyerTradeParty/Name"],
        ubl: &[
            "AccountingCustomerParty/Party/PartyLegalEntity/RegistrationName",
            "AccountingCustomerParty/Party/PartyName/Name",
        ],
    },
    Definition {
        code: "BT-46",
        name: "Buyer identifier",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/BuyerTradeParty/ID", "agreement/BuyerTradeParty/GlobalID"],
        ubl: &["AccountingCustomerParty/Party/PartyIdentification/ID"],
    },
    Definition {
        code: "BT-48",
        name: "Buyer VAT identifier",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/BuyerTradeParty/SpecifiedTaxRegistration/ID[@schemeID=VA]"],
        ubl: &["AccountingCustomerParty/Party/PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID"],
    },
    Definition {
        code: "BT-49",
        name: "Buyer electronic address",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/BuyerTradeParty/URIUniversalCommunication/URIID"],
        ubl: &["AccountingCustomerParty/Party/EndpointID"],
    },
    Definition {
        code: "BT-50",
        name: "Buyer address line 1",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/BuyerTradeParty/PostalTradeAddress/LineOne"],
        ubl: &["AccountingCustomerParty/Party/PostalAddress/StreetName"],
    },
    Definition {
        code: "BT-52",
        name: "Buyer city",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/BuyerTradeParty/PostalTradeAddress/CityName"],
        ubl: &["AccountingCustomerParty/Party/PostalAddress/CityName"],
    },
    Definition {
        code: "BT-53",
        name: "Buyer post code",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/BuyerTradeParty/PostalTradeAddress/PostcodeCode"],
        ubl: &["AccountingCustomerParty/Party/PostalAddress/PostalZone"],
    },
    Definition {
        code: "BT-55",
        name: "Buyer country code",
        group: None,
        kind: Kind::Text,
        cii: &["agreement/BuyerTradeParty/PostalTradeAddress/CountryID"],
        ubl: &["AccountingCustomerParty/Party/PostalAddress/Country/IdentificationCode"],
    },
    Definition {
        code: "BT-59",
        name: "Payee name",
        group: None,
        kind: Kind::Text,
        cii: &["settlement/PayeeTradeParty/Name"],
        ubl: &["PayeeParty/PartyName/Name"],
    },
    Definition {
        code: "BT-72",
        name: "Actual delivery date",
        group: None,
        kind: Kind::Date,
        cii: &["delivery/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString"],
        ubl: &["Delivery/ActualDeliveryDate"],
    },
    Definition {
        code: "BT-73",
        name: "Invoicing period start date",
        group: None,
        kind: Kind::Date,
        cii: &["settlement/BillingSpecifiedPeriod/StartDateTime/DateTimeString"],
        ubl: &["InvoicePeriod/StartDate"],
    },
    Definition {
        code: "BT-74",
        name: "Invoicing period end date",
        group: None,
        kind: Kind::Date,
        cii: &["settlement/BillingSpecifiedPeriod/EndDateTime/DateTimeString"],
        ubl: &["InvoicePeriod/EndDate"],
    },
    Definition {
        code: "BT-81",
        name: "Payment means type code",
        group: None,
        kind: Kind::Text,
        cii: &["settlement/SpecifiedTradeSettlementPaymentMeans/TypeCode"],
        ubl: &["PaymentMeans/PaymentMeansCode"],
    },
    Definition {
        code: "BT-83",
        name: "Remittance information",
        group: None,
        kind: Kind::Text,
        cii: &["settlement/PaymentReference"],
        ubl: &["PaymentMeans/PaymentID"],
    },
    Definition {
        code: "BT-84",
        name: "Payment account identifier",
        group: None,
        kind: Kind::Text,
        cii: &[
            "settlement/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID",
            "settlement/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/ProprietaryID",
        ],
        ubl: &["PaymentMeans/PayeeFinancialAccount/ID"],
    },
    Definition {
        code: "BT-85",
        name: "Payment account name",
        group: None,
        kind: Kind::Text,
        cii: &[
            "settlement/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/AccountName",
        ],
        ubl: &["PaymentMeans/PayeeFinancialAccount/Name"],
    },
    Definition {
        code: "BT-86",
        name: "Payment service provider identifier",
        group: None,
        kind: Kind::Text,
        cii: &[
            "settlement/SpecifiedTradeSettlementPaymentMeans/PayeeSpecifiedCreditorFinancialInstitution/BICID",
        ],
        ubl: &["PaymentMeans/PayeeFinancialAccount/FinancialInstitutionBranch/ID"],
    },
    Definition {
        code: "BT-106",
        name: "Sum of invoice line net amount",
        group: None,
        kind: Kind::Number,
        cii: &["sums/LineTotalAmount"],
        ubl: &["LegalMonetaryTotal/LineExtensionAmount"],
    },
    Definition {
        code: "BT-107",
        name: "Sum of allowances on document level",
        group: None,
        kind: Kind::Number,
        cii: &["sums/AllowanceTotalAmount"],
        ubl: &["LegalMonetaryTotal/AllowanceTotalAmount"],
    },
    Definition {
        code: "BT-108",
        name: "Sum of charges on document level",
        group: None,
        kind: Kind::Number,
        cii: &["sums/ChargeTotalAmount"],
        ubl: &["LegalMonetaryTotal/ChargeTotalAmount"],
    },
    Definition {
        code: "BT-109",
        name: "Invoice total amount without VAT",
        group: None,
        kind: Kind::Number,
        cii: &["sums/TaxBasisTotalAmount"],
        ubl: &["LegalMonetaryTotal/TaxExclusiveAmount"],
    },
    Definition {
        code: "BT-110",
        name: "Invoice total VAT amount",
        group: None,
        kind: Kind::Number,
        cii: &["sums/TaxTotalAmount"],
        ubl: &["TaxTotal/TaxAmount"],
    },
    Definition {
        code: "BT-111",
        name: "Invoice total VAT amount in accounting currency",
        group: None,
        kind: Kind::Number,
        cii: &["sums/TaxTotalAmount"],
        ubl: &["TaxTotal/TaxAmount"],
    },
    Definition {
        code: "BT-112",
        name: "Invoice total amount with VAT",
        group: None,
        kind: Kind::Number,
        cii: &["sums/GrandTotalAmount"],
        ubl: &["LegalMonetaryTotal/TaxInclusiveAmount"],
    },
    Definition {
        code: "BT-113",
        name: "Paid amount",
        group: None,
        kind: Kind::Number,
        cii: &["sums/TotalPrepaidAmount"],
        ubl: &["LegalMonetaryTotal/PrepaidAmount"],
    },
    Definition {
        code: "BT-114",
        name: "Rounding amount",
        group: None,
        kind: Kind::Number,
        cii: &["sums/RoundingAmount"],
        ubl: &["LegalMonetaryTotal/PayableRoundingAmount"],
    },
    Definition {
        code: "BT-115",
        name: "Amount due for payment",
        group: None,
        kind: Kind::Number,
        cii: &["sums/DuePayableAmount"],
        ubl: &["LegalMonetaryTotal/PayableAmount"],
    },
    Definition {
        code: "BT-92",
        name: "Document level allowance amount",
        group: Some(Group::Allowances),
        kind: Kind::Number,
        cii: &["ActualAmount"],
        ubl: &["Amount"],
    },
    Definition {
        code: "BT-93",
        name: "Document level allowance base amount",
        group: Some(Group::Allowances),
        kind: Kind::Number,
        cii: &["BasisAmount"],
        ubl: &["BaseAmount"],
    },
    Definition {
        code: "BT-94",
        name: "Document level allowance percentage",
        group: Some(Group::Allowances),
        kind: Kind::Number,
        cii: &["CalculationPercent"],
        ubl: &["MultiplierFactorNumeric"],
    },
    Definition {
        code: "BT-97",
        name: "Document level allowance reason",
        group: Some(Group::Allowances),
        kind: Kind::Text,
        cii: &["Reason"],
        ubl: &["AllowanceChargeReason"],
    },
    Definition {
        code: "BT-99",
        name: "Document level charge amount",
        group: Some(Group::Charges),
        kind: Kind::Number,
        cii: &["ActualAmount"],
        ubl: &["Amount"],
    },
    Definition {
        code: "BT-100",
        name: "Document level charge base amount",
        group: Some(Group::Charges),
        kind: Kind::Number,
        cii: &["BasisAmount"],
        ubl: &["BaseAmount"],
    },
    Definition {
        code: "BT-101",
        name: "Document level charge percentage",
        group: Some(Group::Charges),
        kind: Kind::Number,
        cii: &["CalculationPercent"],
        ubl: &["MultiplierFactorNumeric"],
    },
    Definition {
        code: "BT-104",
        name: "Document level charge reason",
        group: Some(Group::Charges),
        kind: Kind::Text,
        cii: &["Reason"],
        ubl: &["AllowanceChargeReason"],
    },
    Definition {
        code: "BT-116",
        name: "VAT category taxable amount",
        group: Some(Group::Taxes),
        kind: Kind::Number,
        cii: &["BasisAmount"],
        ubl: &["TaxableAmount"],
    },
    Definition {
        code: "BT-117",
        name: "VAT category tax amount",
        group: Some(Group::Taxes),
        kind: Kind::Number,
        cii: &["CalculatedAmount"],
        ubl: &["TaxAmount"],
    },
    Definition {
        code: "BT-118",
        name: "VAT category code",
        group: Some(Group::Taxes),
        kind: Kind::Text,
        cii: &["CategoryCode"],
        ubl: &["TaxCategory/ID"],
    },
    Definition {
        code: "BT-119",
        name: "VAT category rate",
        group: Some(Group::Taxes),
        kind: Kind::Number,
        cii: &["RateApplicablePercent"],
        ubl: &["TaxCategory/Percent"],
    },
    Definition {
        code: "BT-126",
        name: "Invoice line identifier",
        group: Some(Group::Lines),
        kind: Kind::Text,
        cii: &["AssociatedDocumentLineDocument/LineID"],
        ubl: &["ID"],
    },
    Definition {
        code: "BT-127",
        name: "Invoice line note",
        group: Some(Group::Lines),
        kind: Kind::Text,
        cii: &["AssociatedDocumentLineDocument/IncludedNote/Content"],
        ubl: &["Note"],
    },
    Definition {
        code: "BT-129",
        name: "Invoiced quantity",
        group: Some(Group::Lines),
        kind: Kind::Number,
        cii: &["SpecifiedLineTradeDelivery/BilledQuantity"],
        ubl: &["InvoicedQuantity"],
    },
    Definition {
        code: "BT-130",
        name: "Invoiced quantity unit of measure code",
        group: Some(Group::Lines),
        kind: Kind::Text,
        cii: &["SpecifiedLineTradeDelivery/BilledQuantity/@unitCode"],
        ubl: &["InvoicedQuantity/@unitCode"],
    },
    Definition {
        code: "BT-131",
        name: "Invoice line net amount",
        group: Some(Group::Lines),
        kind: Kind::Number,
        cii: &["SpecifiedLineTradeSettlement/SpecifiedTradeSettlementMonetarySummation/LineTotalAmount"],
        ubl: &["LineExtensionAmount"],
    },
    Definition {
        code: "BT-132",
        name: "Referenced purchase order line reference",
        group: Some(Group::Lines),
        kind: Kind::Text,
        cii: &["SpecifiedLineTradeAgreement/BuyerOrderReferencedDocument/LineID"],
        ubl: &["OrderLineReference/LineID"],
    },
    Definition {
        code: "BT-134",
        name: "Invoice line period start date",
        group: Some(Group::Lines),
        kind: Kind::Date,
        cii: &["SpecifiedLineTradeSettlement/BillingSpecifiedPeriod/StartDateTime/DateTimeString"],
        ubl: &["InvoicePeriod/StartDate"],
    },
    Definition {
        code: "BT-135",
        name: "Invoice line period end date",
        group: Some(Group::Lines),
        kind: Kind::Date,
        cii: &["SpecifiedLineTradeSettlement/BillingSpecifiedPeriod/EndDateTime/DateTimeString"],
        ubl: &["InvoicePeriod/EndDate"],
    },
    Definition {
        code: "BT-146",
        name: "Item net price",
        group: Some(Group::Lines),
        kind: Kind::Number,
        cii: &["SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount"],
        ubl: &["Price/PriceAmount"],
    },
    Definition {
        code: "BT-148",
        name: "Item gross price",
        group: Some(Group::Lines),
        kind: Kind::Number,
        cii: &["SpecifiedLineTradeAgreement/GrossPriceProductTradePrice/ChargeAmount"],
        ubl: &["Price/AllowanceCharge/BaseAmount"],
    },
    Definition {
        code: "BT-149",
        name: "Item price base quantity",
        group: Some(Group::Lines),
        kind: Kind::Number,
        cii: &["SpecifiedLineTradeAgreement/NetPriceProductTradePrice/BasisQuantity"],
        ubl: &["Price/BaseQuantity"],
    },
    Definition {
        code: "BT-151",
        name: "Invoiced item VAT category code",
        group: Some(Group::Lines),
        kind: Kind::Text,
        cii: &["SpecifiedLineTradeSettlement/ApplicableTradeTax/CategoryCode"],
        ubl: &["Item/ClassifiedTaxCategory/ID"],
    },
    Definition {
        code: "BT-152",
        name: "Invoiced item VAT rate",
        group: Some(Group::Lines),
        kind: Kind::Number,
        cii: &["SpecifiedLineTradeSettlement/ApplicableTradeTax/RateApplicablePercent"],
        ubl: &["Item/ClassifiedTaxCategory/Percent"],
    },
    Definition {
        code: "BT-153",
        name: "Item name",
        group: Some(Group::Lines),
        kind: Kind::Text,
        cii: &["SpecifiedTradeProduct/Name"],
        ubl: &["Item/Name"],
    },
    Definition {
        code: "BT-154",
        name: "Item description",
        group: Some(Group::Lines),
        kind: Kind::Text,
        cii: &["SpecifiedTradeProduct/Description"],
        ubl: &["Item/Description"],
    },
    Definition {
        code: "BT-155",
        name: "Item seller's identifier",
        group: Some(Group::Lines),
        kind: Kind::Text,
        cii: &["SpecifiedTradeProduct/SellerAssignedID"],
        ubl: &["Item/SellersItemIdentification/ID"],
    },
    Definition {
        code: "BT-156",
        name: "Item buyer's identifier",
        group: Some(Group::Lines),
        kind: Kind::Text,
        cii: &["SpecifiedTradeProduct/BuyerAssignedID"],
        ubl: &["Item/BuyersItemIdentification/ID"],
    },
    Definition {
        code: "BT-157",
        name: "Item standard identifier",
        group: Some(Group::Lines),
        kind: Kind::Text,
        cii: &["SpecifiedTradeProduct/GlobalID"],
        ubl: &["Item/StandardItemIdentification/ID"],
    },
];

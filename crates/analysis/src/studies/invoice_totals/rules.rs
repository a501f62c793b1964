//! BR-CO-10 to BR-CO-17 of EN 16931-1, as its official validation artefacts check them.
//!
//! Sums are compared after rounding to two decimals. A tax amount may be off by less than a whole unit of the currency, as
//! the artefacts allow, since it may have been rounded line by line.

use docmill_arithmetic::Decimal;
use docmill_contract::spec::{InvoiceTotals, RoundingMode};

/// Decimals of the amounts.
const DECIMALS: u32 = 2;

/// What an invoice says of its totals.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Invoice {
    pub(super) line_amounts: Vec<Decimal>,
    pub(super) lines_total: Option<Decimal>,
    pub(super) allowance_amounts: Vec<Decimal>,
    pub(super) allowances_total: Option<Decimal>,
    pub(super) charge_amounts: Vec<Decimal>,
    pub(super) charges_total: Option<Decimal>,
    pub(super) net: Option<Decimal>,
    /// Taxable amount, rate in percent, and tax, for each rate.
    pub(super) taxes: Vec<(Option<Decimal>, Option<Decimal>, Option<Decimal>)>,
    pub(super) tax: Option<Decimal>,
    pub(super) gross: Option<Decimal>,
    pub(super) prepaid: Option<Decimal>,
    pub(super) rounding: Option<Decimal>,
    pub(super) due: Option<Decimal>,
}

/// A rule of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    Lines,
    Allowances,
    Charges,
    Net,
    Tax,
    Gross,
    Due,
    TaxOfRate,
}

/// What a rule says of an invoice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub(super) rule: Rule,
    /// Which tax row, for [`Rule::TaxOfRate`].
    pub(super) row: usize,
    pub(super) expected: Decimal,
    pub(super) found: Decimal,
    pub(super) holds: bool,
}

impl Rule {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lines => "BR-CO-10",
            Self::Allowances => "BR-CO-11",
            Self::Charges => "BR-CO-12",
            Self::Net => "BR-CO-13",
            Self::Tax => "BR-CO-14",
            Self::Gross => "BR-CO-15",
            Self::Due => "BR-CO-16",
            Self::TaxOfRate => "BR-CO-17",
        }
    }

    pub(super) fn says(self) -> &'static str {
        match self {
            Self::Lines => "the sum of the lines' net amounts is the total of lines",
            Self::Allowances => "the sum of allowances is the total of allowances",
            Self::Charges => "the sum of charges is the total of charges",
            Self::Net => "lines less allowances plus charges is the total without tax",
            Self::Tax => "the sum of the taxes of each rate is the total tax",
            Self::Gross => "the total without tax plus tax is the total with tax",
            Self::Due => "the total with tax less what was paid plus rounding is what is due",
            Self::TaxOfRate => "the taxable amount times the rate is the tax",
        }
    }
}

impl Verdict {
    /// Where the result stands, and in which row.
    pub(super) fn result<'a>(&self, totals: &'a InvoiceTotals) -> (Option<&'a str>, usize) {
        let pointer = match self.rule {
            Rule::Lines => &totals.lines_total,
            Rule::Allowances => &totals.allowances_total,
            Rule::Charges => &totals.charges_total,
            Rule::Net => &totals.net,
            Rule::Tax => &totals.tax,
            Rule::Gross => &totals.gross,
            Rule::Due => &totals.due,
            Rule::TaxOfRate => &totals.tax_amounts,
        };
        (pointer.as_deref(), self.row)
    }
}

/// What each rule says whose members are there.
pub(super) fn verdicts(invoice: &Invoice, mode: RoundingMode, tolerance_minor_units: u32) -> Vec<Verdict> {
    let tolerance = Decimal::new(i64::from(tolerance_minor_units), DECIMALS);
    let sums = Sums { mode, tolerance };
    let mut verdicts = Vec::new();
    verdicts.extend(sums.total(Rule::Lines, &invoice.line_amounts, invoice.lines_total));
    verdicts.extend(sums.total(Rule::Allowances, &invoice.allowance_amounts, invoice.allowances_total));
    verdicts.extend(sums.total(Rule::Charges, &invoice.charge_amounts, invoice.charges_total));
    let of_lines = (!invoice.line_amounts.is_empty()).then(|| invoice.line_amounts.iter().sum());
    let or_none =
        |amount: Option<Decimal>, amounts: &[Decimal]| amount.unwrap_or_else(|| amounts.iter().sum());
    if let (Some(lines), Some(net)) = (invoice.lines_total.or(of_lines), invoice.net) {
        let allowances = or_none(invoice.allowances_total, &invoice.allowance_amounts);
        let charges = or_none(invoice.charges_total, &invoice.charge_amounts);
        verdicts.push(sums.verdict(Rule::Net, lines - allowances + charges, net));
    }
    let taxes: Vec<Decimal> = invoice.taxes.iter().filter_map(|(_, _, tax)| *tax).collect();
    verdicts.extend(sums.total(Rule::Tax, &taxes, invoice.tax));
    if let (Some(net), Some(gross)) = (invoice.net, invoice.gross) {
        verdicts.push(sums.verdict(Rule::Gross, net + invoice.tax.unwrap_or_default(), gross));
    }
    if let (Some(gross), Some(due)) = (invoice.gross, invoice.due) {
        let prepaid = invoice.prepaid.unwrap_or_default();
        verdicts.push(sums.verdict(Rule::Due, gross - prepaid + invoice.rounding.unwrap_or_default(), due));
    }
    for (row, &(taxable, rate, tax)) in invoice.taxes.iter().enumerate() {
        if let (Some(taxable), Some(rate), Some(tax)) = (taxable, rate, tax) {
            verdicts.push(sums.tax_of_rate(row, taxable, rate, tax));
        }
    }
    verdicts
}

struct Sums {
    mode: RoundingMode,
    tolerance: Decimal,
}

impl Sums {
    fn total(&self, rule: Rule, parts: &[Decimal], total: Option<Decimal>) -> Option<Verdict> {
        let total = total.filter(|_| !parts.is_empty())?;
        Some(self.verdict(rule, parts.iter().sum(), total))
    }

    fn verdict(&self, rule: Rule, expected: Decimal, found: Decimal) -> Verdict {
        let expected = self.rounded(expected);
        let holds = (expected - self.rounded(found)).abs() <= self.tolerance;
        Verdict { rule, row: 0, expected, found, holds }
    }

    /// A rate that rounds to nothing has a tax that does.
    fn tax_of_rate(&self, row: usize, taxable: Decimal, rate: Decimal, tax: Decimal) -> Verdict {
        let exact = taxable * rate / Decimal::ONE_HUNDRED;
        let expected = self.rounded(exact);
        let whole = |value: Decimal| (value + Decimal::new(5, 1)).floor();
        let holds = if whole(rate).is_zero() {
            whole(tax).is_zero()
        } else {
            (tax.abs() - self.rounded(exact.abs())).abs() < Decimal::ONE + self.tolerance
        };
        Verdict { rule: Rule::TaxOfRate, row, expected, found: tax, holds }
    }

    fn rounded(&self, value: Decimal) -> Decimal {
        let scaled = value * Decimal::ONE_HUNDRED;
        let half = Decimal::new(5, 1);
        let whole = match self.mode {
            RoundingMode::HalfUp => (scaled + half).floor(),
            RoundingMode::HalfAway if scaled.is_sign_negative() => (scaled - half).ceil(),
            RoundingMode::HalfAway => (scaled + half).floor(),
            RoundingMode::HalfEven => scaled.round(),
        };
        whole / Decimal::ONE_HUNDRED
    }
}

#[cfg(test)]
mod tests;

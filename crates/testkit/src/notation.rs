//! How numbers and dates are printed: English, American, German.
//!
//! Called by the layouts. Amounts are whole cents here, so nothing is ever rounded by a float.

use jiff::civil::Date;

/// The habits of a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// `1,234.50`, `14 March 2024`.
    British,
    /// `1,234.50`, `March 14, 2024`.
    American,
    /// `1.234,50`, `14.03.2024`.
    German,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Notation {
    /// An amount in cents, without its currency.
    pub fn amount(self, cents: i64) -> String {
        let (group, point) = match self {
            Self::British | Self::American => (',', '.'),
            Self::German => ('.', ','),
        };
        let whole = (cents.abs() / 100).to_string();
        let mut grouped = String::new();
        for (position, digit) in whole.chars().enumerate() {
            if position > 0 && (whole.len() - position).is_multiple_of(3) {
                grouped.push(group);
            }
            grouped.push(digit);
        }
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{grouped}{point}{:02}", cents.abs() % 100)
    }

    /// An amount with its currency's symbol, where people write one.
    pub fn money(self, cents: i64, currency: &str) -> String {
        let amount = self.amount(cents);
        match (self, currency) {
            (Self::British | Self::American, "GBP") => format!("£{amount}"),
            (Self::British | Self::American, "USD") => format!("${amount}"),
            (Self::British | Self::American, "EUR") => format!("€{amount}"),
            (Self::German, "EUR") => format!("{amount} €"),
            (Self::German, _) => format!("{amount} {currency}"),
            (Self::British | Self::American, _) => format!("{currency} {amount}"),
        }
    }

    /// A quantity in hundredths: whole where it is whole.
    pub fn quantity(self, hundredths: i64) -> String {
        if hundredths % 100 == 0 {
            return (hundredths / 100).to_string();
        }
        self.amount(hundredths).trim_end_matches('0').to_owned()
    }

    /// A date.
    pub fn date(self, date: Date) -> String {
        let month = usize::try_from(date.month() - 1).ok().and_then(|index| MONTHS.get(index)).unwrap_or(&"");
        let (year, day) = (date.year(), date.day());
        match self {
            Self::British => format!("{day} {month} {year}"),
            Self::American => format!("{month} {day}, {year}"),
            Self::German => format!("{day:02}.{:02}.{year}", date.month()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_dates_are_printed_by_country() {
        let date = jiff::civil::date(2024, 3, 4);
        let check = |notation: Notation, expected: [&str; 4]| {
            let found = [
                notation.amount(-123_456_789),
                notation.money(5, "EUR"),
                notation.quantity(250),
                notation.date(date),
            ];
            assert_eq!(found, expected);
        };
        check(Notation::British, ["-1,234,567.89", "€0.05", "2.5", "4 March 2024"]);
        check(Notation::American, ["-1,234,567.89", "€0.05", "2.5", "March 4, 2024"]);
        check(Notation::German, ["-1.234.567,89", "0,05 €", "2,5", "04.03.2024"]);
    }
}

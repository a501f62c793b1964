//! Days since 1970-01-01 as months and weekdays, in the proleptic Gregorian calendar.
//!
//! The algorithm is Hinnant's (2014), "chrono-Compatible Low-Level Date Algorithms". A library's date type would be taken
//! apart and put together again for each of millions of rows, where these are ten operations.

/// A month: 12 · year + (month − 1), so that neighbours differ by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Month(pub i32);

/// A day in its month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayOfMonth {
    /// The month.
    pub month: Month,
    /// From 1.
    pub day: u8,
}

/// The first day that is used: 0001-01-01.
pub const DAY_MIN: i32 = -719_162;
/// The last day that is used: 9999-12-31.
pub const DAY_MAX: i32 = 2_932_896;
/// A day that isn't known.
pub const NO_DAY: i32 = i32::MIN;

impl Month {
    /// `month` from 1 to 12.
    pub fn of(year: i32, month: u8) -> Self {
        Self(year.saturating_mul(12).saturating_add(i32::from(month) - 1))
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// The month of the year, from 1.
    pub fn month(self) -> u8 {
        // Below 12.
        u8::try_from(self.0.rem_euclid(12)).unwrap_or(0) + 1
    }

    /// Its days.
    pub fn days(self) -> u8 {
        let year = self.year();
        match self.month() {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

/// `None` outside [`DAY_MIN`] to [`DAY_MAX`].
pub fn day_of_month(day: i32) -> Option<DayOfMonth> {
    if !(DAY_MIN..=DAY_MAX).contains(&day) {
        return None;
    }
    // Days since 0000-03-01, so that a leap day comes last in its year; within eras of 400 years.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    Some(DayOfMonth {
        month: Month(12 * (era * 400 + year_of_era) + march_month + 2),
        day: u8::try_from(day).unwrap_or(1),
    })
}

/// 0 for Monday to 6 for Sunday.
pub fn weekday(day: i32) -> u8 {
    // 1970-01-01 was a Thursday.
    u8::try_from((i64::from(day) + 3).rem_euclid(7)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_follows_the_one_before() {
        let check = |day: i32, year: i32, month: u8, of_month: u8, weekday_of: u8| {
            let found = day_of_month(day).unwrap();
            assert_eq!((found.month, found.day), (Month::of(year, month), of_month), "{day}");
            assert_eq!((found.month.year(), found.month.month()), (year, month));
            assert_eq!(weekday(day), weekday_of, "{day}");
        };
        check(0, 1970, 1, 1, 3);
        check(-1, 1969, 12, 31, 2);
        check(19_782, 2024, 2, 29, 3);
        check(20_088, 2024, 12, 31, 1);
        check(DAY_MIN, 1, 1, 1, 0);
        check(DAY_MAX, 9999, 12, 31, 4);
        assert_eq!([DAY_MIN - 1, DAY_MAX + 1, NO_DAY, i32::MAX].map(day_of_month), [None; 4]);
        let mut before = day_of_month(DAY_MIN).unwrap();
        for day in DAY_MIN + 1..=DAY_MAX {
            let found = day_of_month(day).unwrap();
            let expected = if before.day == before.month.days() {
                (before.month.0 + 1, 1)
            } else {
                (before.month.0, before.day + 1)
            };
            assert_eq!((found.month.0, found.day), expected, "{day}");
            before = found;
        }
    }
}

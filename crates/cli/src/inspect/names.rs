//! What `docmill inspect` calls the ways to write numbers and dates, in its JSON (where these stay) and for people.

use docmill_pdf::conventions::{DateForm, DateParts, DecimalMark, Finding, GroupMark, Grouping};

pub(super) const COMMA: &str = "comma";
pub(super) const POINT: &str = "point";
pub(super) const AMBIGUOUS: &str = "ambiguous";

/// The finding's name; none where there is no evidence.
pub(super) fn finding<T>(finding: Finding<T>, name: fn(T) -> &'static str) -> Option<&'static str> {
    match finding {
        Finding::Nothing => None,
        Finding::Ambiguous => Some(AMBIGUOUS),
        Finding::Found(found) => Some(name(found)),
    }
}

pub(super) fn decimal_mark(mark: DecimalMark) -> &'static str {
    match mark {
        DecimalMark::Comma => COMMA,
        DecimalMark::Point => POINT,
    }
}

pub(super) fn grouping(grouping: Grouping) -> &'static str {
    match grouping {
        Grouping::By(GroupMark::Point) => POINT,
        Grouping::By(GroupMark::Comma) => COMMA,
        Grouping::By(GroupMark::Apostrophe) => "apostrophe",
        Grouping::By(GroupMark::Space) => "space",
        Grouping::Without => "none",
    }
}

pub(super) fn date_parts(parts: DateParts) -> &'static str {
    match parts {
        DateParts::DayMonthYear => "day_month_year",
        DateParts::MonthDayYear => "month_day_year",
        DateParts::YearMonthDay => "year_month_day",
    }
}

pub(super) fn date_form(form: DateForm) -> &'static str {
    match form {
        DateForm::YearFirst => "year_first",
        DateForm::DayFirst => "day_first",
        DateForm::MonthFirst => "month_first",
        DateForm::Dotted => "dotted",
        DateForm::DayThenName => "day_then_month_name",
        DateForm::NameThenDay => "month_name_then_day",
        DateForm::Open => "open",
    }
}

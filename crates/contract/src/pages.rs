//! Which pages of a document a job asks for: `1-5`, `2,4,7-`, or all.
//!
//! Called by jobs, the work key and the reader. It must not know how many pages a document has until asked.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most ranges one selection may hold; more is a mistake, and work for every reader.
pub const RANGES_MAX: usize = 1_000;

/// A selection of pages, counted from 1; empty means all pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct PageSelection {
    /// Inclusive ranges; an open end (`7-`) has none.
    ranges: Vec<(u32, Option<u32>)>,
}

/// Why a text can't be a page selection, or a selection doesn't fit a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PagesError {
    /// The text isn't a selection.
    #[error("{text:?} is not a page selection: write pages from 1 as in `1-5`, `2,4` or `7-`")]
    Unreadable {
        /// What was given.
        text: String,
    },
    /// A page is asked for that the document doesn't have.
    #[error("page {page} is asked for, but the document has {pages} pages")]
    OutOfRange {
        /// The first page that isn't there.
        page: u32,
        /// How many there are.
        pages: u32,
    },
}

impl PageSelection {
    /// All pages.
    pub fn all() -> Self {
        Self::default()
    }

    /// Whether no page was named, so that all are meant.
    pub fn is_all(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The selected page numbers (from 1, ascending, each once) of a document of `pages` pages.
    ///
    /// # Errors
    /// [`PagesError::OutOfRange`] where a page is named that the document doesn't have.
    pub fn resolve(&self, pages: u32) -> Result<Vec<u32>, PagesError> {
        if self.is_all() {
            return Ok((1..=pages).collect());
        }
        // A set, not a list that is sorted later: overlapping ranges must not multiply the pages.
        let mut selected = BTreeSet::new();
        for &(first, last) in &self.ranges {
            let last = last.unwrap_or_else(|| pages.max(first));
            if last > pages {
                return Err(PagesError::OutOfRange { page: first.max(pages.saturating_add(1)), pages });
            }
            selected.extend(first..=last);
        }
        Ok(selected.into_iter().collect())
    }
}

impl FromStr for PageSelection {
    type Err = PagesError;

    fn from_str(text: &str) -> Result<Self, PagesError> {
        let unreadable = || PagesError::Unreadable { text: text.chars().take(80).collect() };
        let number = |text: &str| match text.trim().parse::<u32>() {
            Ok(page) if page > 0 => Ok(page),
            Ok(_) | Err(_) => Err(unreadable()),
        };
        if text.trim().is_empty() {
            return Ok(Self::all());
        }
        let mut ranges = Vec::new();
        for part in text.split(',') {
            let range = match part.split_once('-') {
                None => {
                    let page = number(part)?;
                    (page, Some(page))
                }
                Some((first, last)) if last.trim().is_empty() => (number(first)?, None),
                Some((first, last)) => (number(first)?, Some(number(last)?)),
            };
            let descends = range.1.is_some_and(|last| last < range.0);
            if descends || ranges.len() == RANGES_MAX {
                return Err(unreadable());
            }
            ranges.push(range);
        }
        Ok(Self { ranges })
    }
}

impl fmt::Display for PageSelection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, &(first, last)) in self.ranges.iter().enumerate() {
            if index > 0 {
                formatter.write_str(",")?;
            }
            match last {
                Some(last) if last == first => write!(formatter, "{first}")?,
                Some(last) => write!(formatter, "{first}-{last}")?,
                None => write!(formatter, "{first}-")?,
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for PageSelection {
    type Error = PagesError;
    fn try_from(text: String) -> Result<Self, PagesError> {
        text.parse()
    }
}

impl From<PageSelection> for String {
    fn from(pages: PageSelection) -> Self {
        pages.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, pages: u32, expected: Result<&[u32], &str>) {
        let found = text.parse::<PageSelection>().and_then(|selection| selection.resolve(pages));
        match expected {
            Ok(expected) => assert_eq!(found.as_deref(), Ok(expected), "{text:?}"),
            Err(message) => assert_eq!(found.unwrap_err().to_string(), message),
        }
    }

    #[test]
    fn selections() {
        check("", 3, Ok(&[1, 2, 3]));
        check("2", 3, Ok(&[2]));
        check("1-2,2-3", 3, Ok(&[1, 2, 3]));
        check("2-", 4, Ok(&[2, 3, 4]));
        check(" 1 , 3 ", 3, Ok(&[1, 3]));
        check("4", 3, Err("page 4 is asked for, but the document has 3 pages"));
        check("2-9", 3, Err("page 4 is asked for, but the document has 3 pages"));
        check("5-", 3, Err("page 5 is asked for, but the document has 3 pages"));
        check(
            "3-1",
            3,
            Err("\"3-1\" is not a page selection: write pages from 1 as in `1-5`, `2,4` or `7-`"),
        );
        check("0", 3, Err("\"0\" is not a page selection: write pages from 1 as in `1-5`, `2,4` or `7-`"));
        check("x", 3, Err("\"x\" is not a page selection: write pages from 1 as in `1-5`, `2,4` or `7-`"));
    }
}

//! The list of what is wrong with the settings. Filled by everyone who checks one, printed by
//! [`super::load_or_explain`]. A secret's value must never get into it.

use std::fmt;
use std::ops::RangeInclusive;

/// Everything that is wrong with the settings; each entry names the key, the value and what is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Adds a problem of `key` (`section.key`): the value that was given, unless it may be a secret, and what is
    /// allowed instead.
    pub fn add(&mut self, key: &str, problem: impl fmt::Display) {
        self.0.push(format!("{key}: {problem}"));
    }

    /// Returns `value` if it is within `allowed`, else adds a problem and returns the nearer end, so that checking
    /// goes on.
    pub fn within<N: PartialOrd + Copy + fmt::Display>(
        &mut self,
        key: &str,
        value: N,
        allowed: RangeInclusive<N>,
    ) -> N {
        let (least, most) = (*allowed.start(), *allowed.end());
        if allowed.contains(&value) {
            return value;
        }
        self.add(key, format_args!("{value} is outside what is allowed, {least} to {most}"));
        if value < least { least } else { most }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems, one text each.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        writeln!(formatter, "configuration: {} problem{plural}", self.0.len())?;
        for problem in &self.0 {
            writeln!(formatter, "  {problem}")?;
        }
        Ok(())
    }
}

//! Ranges of numbers.

use std::fmt;

use super::excerpt;
use crate::error::QueryProblem;

/// A range of numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The first number.
    pub first: u64,
    /// The last number.
    pub last: u64,
}

impl Interval {
    /// All numbers.
    pub const ALL: Self = Self { first: 0, last: u64::MAX };

    /// Returns true if the range contains the number.
    pub fn contains(self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }

    /// Returns the intersection, which may be empty.
    pub fn and(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), last: self.last.min(other.last) }
    }

    /// Parses `100`, `100..200`, `100..` or `..200`. The thousands separators `,` and `_` are ignored.
    pub(super) fn parse(text: &str) -> Result<Self, QueryProblem> {
        let wrong = || QueryProblem::NotANumber { text: excerpt(text) };
        let number = |text: &str| {
            let starts = text.starts_with(|first: char| first.is_ascii_digit());
            let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_')).collect();
            digits.parse().ok().filter(|_| starts).ok_or_else(wrong)
        };
        let Some((first, last)) = text.split_once("..") else {
            let only = number(text)?;
            return Ok(Self { first: only, last: only });
        };
        if first.is_empty() && last.is_empty() {
            return Err(wrong());
        }
        let first = if first.is_empty() { 0 } else { number(first)? };
        let last = if last.is_empty() { u64::MAX } else { number(last)? };
        if first > last {
            return Err(QueryProblem::EmptyRange { first, last });
        }
        Ok(Self { first, last })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (first, last) if first == last => write!(f, "{first}"),
            (first, u64::MAX) => write!(f, "{first}.."),
            (0, last) => write!(f, "..{last}"),
            (first, last) => write!(f, "{first}..{last}"),
        }
    }
}

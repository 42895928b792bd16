//! Prefixes of correlation ids.

use std::fmt::{self, Write};

use crate::id::CorrelationId;

/// The number of hexadecimal digits of an id.
const DIGITS: usize = 32;

/// The numbers of digits after which a hyphen may follow.
const HYPHENS: [usize; 4] = [8, 12, 16, 20];

/// The first hexadecimal digits of a correlation id, or all of them. It matches every id that starts with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CorrelationPrefix {
    digits: usize,
    /// The digits, followed by zeros.
    first: u128,
}

impl CorrelationPrefix {
    /// Returns the prefix that matches only this id.
    pub(super) fn of(id: CorrelationId) -> Self {
        Self { digits: DIGITS, first: id.as_u128() }
    }

    /// Parses the start of an id, with or without its hyphens, or a whole id in any form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(id) = text.parse::<CorrelationId>() {
            return Some(Self::of(id));
        }
        let (mut digits, mut first) = (0, 0);
        let mut after_hyphen = false;
        for character in text.chars() {
            if character == '-' {
                if after_hyphen || !HYPHENS.contains(&digits) {
                    return None;
                }
                after_hyphen = true;
                continue;
            }
            after_hyphen = false;
            if digits == DIGITS {
                return None;
            }
            first = first << 4 | u128::from(character.to_digit(16)?);
            digits += 1;
        }
        (digits > 0).then(|| Self { digits, first: first << Self::unknown_bits(digits) })
    }

    pub(super) fn matches(self, id: CorrelationId) -> bool {
        (id.as_u128() ^ self.first) >> Self::unknown_bits(self.digits) == 0
    }

    /// Returns the number of bits after the known digits.
    fn unknown_bits(digits: usize) -> usize {
        (DIGITS - digits) * 4
    }
}

impl fmt::Display for CorrelationPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, digit) in format!("{:032x}", self.first).chars().take(self.digits).enumerate() {
            if HYPHENS.contains(&index) {
                f.write_char('-')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_matches_every_id_that_starts_with_it() {
        let id: CorrelationId = "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
        let written = id.to_string();
        for end in 1..=written.len() {
            let prefix = CorrelationPrefix::parse(&written[..end]).unwrap();
            assert!(prefix.matches(id), "{prefix}");
            assert_eq!(prefix.to_string(), written[..end].trim_end_matches('-'));
            let plain = written[..end].replace('-', "").to_uppercase();
            assert_eq!(CorrelationPrefix::parse(&plain), Some(prefix));
        }
        for other in ["7", "67e55045", "67e55044-10b2", "67e55044-10b1-426f-9247-bb680e5fe0c9"] {
            assert!(!CorrelationPrefix::parse(other).unwrap().matches(id), "{other}");
        }
    }

    #[test]
    fn a_text_that_starts_no_id_is_refused() {
        for text in ["", "-", "g", "67e5-5044", "67e55044--10b1", "é", &"0".repeat(33), &"0".repeat(10_000)]
        {
            assert_eq!(CorrelationPrefix::parse(text), None, "{text}");
        }
    }
}

//! The masked values, and the search for them in texts.
//!
//! A value of three or more bytes is found wherever it occurs in a text, a number only if it is not a part of a longer one.
//! A shorter value is found only where it is the whole text, or a part of it between colons, such as `c1` in `contact:c1`.
//! ASCII case is ignored, so that two values that differ only in it are one.
//!
//! In the name of a field, a word counts only as a whole one: a contact named "Mail" does not change `email`, nor "Contact"
//! `contact_id`.

use std::borrow::Cow;

use indexmap::IndexSet;

use crate::error::ExportError;
use crate::text::{PIECE, without_pause};

use super::stand_in::{SPELLINGS, is_number, stand_in};

/// The most bytes of different values: the search for them takes some three times as much memory.
const MOST_BYTES: u64 = 32 << 20;

/// The fewest bytes of a value that is found in the middle of a text. Shorter ones, such as `1` or `no`, occur by chance.
const SHORTEST: usize = 3;

/// How many numbers are tried for a stand-in in which no masked value occurs.
const TRIES: u64 = 1000;

/// The values of masked fields, in the order in which they were found.
#[derive(Default)]
pub(super) struct Values {
    found: IndexSet<String>,
    bytes: u64,
}

impl Values {
    /// Adds a value.
    ///
    /// # Errors
    /// [`ExportError::BeyondMasks`].
    pub fn add(&mut self, value: &str) -> crate::error::Result<()> {
        if !value.is_empty() && self.found.insert(value.to_ascii_lowercase()) {
            self.bytes += value.len() as u64;
        }
        if self.bytes > MOST_BYTES {
            return Err(ExportError::BeyondMasks { most: MOST_BYTES }.into());
        }
        Ok(())
    }
}

/// The masked values with their stand-ins, sorted.
#[derive(Default)]
pub(super) struct Originals {
    sorted: Vec<Original>,
    /// The pairs of bytes with which a value begins, as bits.
    begins: Vec<u64>,
}

struct Original {
    /// The value in lower case.
    value: String,
    stand_in: String,
    /// The longest other value with which this one begins.
    prefix: Option<usize>,
    is_number: bool,
    is_word: bool,
}

/// The text in which a value is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// The name of a field.
    Name,
    /// Any other text.
    Text,
}

impl Originals {
    /// Chooses a stand-in for each value.
    ///
    /// # Errors
    /// [`ExportError::NotMasked`] if a value occurs in every possible stand-in.
    pub fn of(values: Values) -> crate::error::Result<Self> {
        let mut sorted: Vec<Original> = values.found.iter().map(|value| Original::of(value)).collect();
        sorted.sort_unstable_by(|one, other| one.value.cmp(&other.value));
        let mut originals = Self { begins: begins(&sorted), sorted };
        originals.link_prefixes();
        let (mut number, mut used) = (0, IndexSet::new());
        for value in &values.found {
            let stand_in = originals.choose(value, &mut number, &mut used)?;
            if let Ok(index) = originals.position(value) {
                originals.sorted[index].stand_in = stand_in;
            }
        }
        Ok(originals)
    }

    /// Returns the number of values.
    pub fn len(&self) -> u64 {
        self.sorted.len() as u64
    }

    /// Returns the stand-in for a whole value.
    pub fn stand_in(&self, value: &str) -> Option<&str> {
        let index = self.position(&value.to_ascii_lowercase()).ok()?;
        self.sorted.get(index).map(|original| original.stand_in.as_str())
    }

    /// Returns the stand-in for a number that is not the value of a masked field.
    pub fn stand_in_for_number(&self, number: &str) -> Option<&str> {
        if number.len() < SHORTEST { None } else { self.stand_in(number) }
    }

    /// Returns a text with stand-ins in place of the values in it.
    pub fn replaced<'t>(&self, text: &'t str, within: Within) -> Cow<'t, str> {
        without_pause(|pause| self.replaced_between(text, within, pause))
    }

    /// As [`Originals::replaced`], but calls `pause` between the pieces of a long text.
    ///
    /// # Errors
    /// The error of `pause`.
    pub fn replaced_between<'t, E>(
        &self,
        text: &'t str,
        within: Within,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Cow<'t, str>, E> {
        if self.sorted.is_empty() {
            return Ok(Cow::Borrowed(text));
        }
        let lower = text.to_ascii_lowercase();
        let (mut replaced, mut copied, mut at) = (String::new(), 0, 0);
        let mut piece = 0;
        while at < lower.len() {
            if at / PIECE > piece {
                piece = at / PIECE;
                pause()?;
            }
            let Some(original) = self.at(lower.as_bytes(), at, within) else {
                at += 1;
                continue;
            };
            replaced.push_str(&text[copied..at]);
            replaced.push_str(&original.stand_in);
            at += original.value.len();
            copied = at;
        }
        if copied == 0 {
            return Ok(Cow::Borrowed(text));
        }
        replaced.push_str(&text[copied..]);
        Ok(Cow::Owned(replaced))
    }

    /// Returns true if a value occurs in a text. Calls `pause` between the pieces of a long one.
    ///
    /// # Errors
    /// The error of `pause`.
    pub fn are_in<E>(
        &self,
        text: &str,
        within: Within,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<bool, E> {
        let lower = text.to_ascii_lowercase();
        for start in (0..lower.len()).step_by(PIECE) {
            if start > 0 {
                pause()?;
            }
            let mut places = start..lower.len().min(start + PIECE);
            if places.any(|at| self.at(lower.as_bytes(), at, within).is_some()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn position(&self, lower: &str) -> Result<usize, usize> {
        self.sorted.binary_search_by(|original| original.value.as_str().cmp(lower))
    }

    /// Returns the longest value that stands in a text at this place.
    fn at(&self, text: &[u8], at: usize, within: Within) -> Option<&Original> {
        let rest = text.get(at..)?;
        let pair = pair(*rest.first()?, rest.get(1).copied().unwrap_or_default());
        if self.begins.get(pair / 64).is_none_or(|bits| bits >> (pair % 64) & 1 == 0) {
            return None;
        }
        // The last value that is not after the text begins with every value with which the text begins.
        let after = self.sorted.partition_point(|original| original.value.as_bytes() <= rest);
        let mut candidate = after.checked_sub(1);
        while let Some(original) = candidate.and_then(|index| self.sorted.get(index)) {
            if rest.starts_with(original.value.as_bytes()) && original.may_stand(text, at, within) {
                return Some(original);
            }
            candidate = original.prefix;
        }
        None
    }

    fn link_prefixes(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for index in 0..self.sorted.len() {
            let is_prefix = |before: usize| self.sorted[index].value.starts_with(&self.sorted[before].value);
            while open.pop_if(|before| !is_prefix(*before)).is_some() {}
            self.sorted[index].prefix = open.last().copied();
            open.push(index);
        }
    }

    /// Returns a stand-in that is not used yet, and in which no value occurs.
    fn choose(
        &self,
        value: &str,
        number: &mut u64,
        used: &mut IndexSet<String>,
    ) -> crate::error::Result<String> {
        for spelling in 0..SPELLINGS {
            let numbers = *number + 1..*number + TRIES;
            for (next, chosen) in numbers.map(|next| (next, stand_in(value, next, spelling))) {
                let is_safe = !without_pause(|pause| self.are_in(&chosen, Within::Text, pause));
                if is_safe && used.insert(chosen.clone()) {
                    *number = next;
                    return Ok(chosen);
                }
            }
        }
        // The value itself must not be quoted.
        Err(ExportError::NotMasked { what: "every stand-in for a masked value".to_owned() }.into())
    }
}

impl Original {
    fn of(value: &str) -> Self {
        let (is_number, is_word) = (is_number(value), value.bytes().all(is_of_word));
        Self { value: value.to_owned(), stand_in: String::new(), prefix: None, is_number, is_word }
    }

    /// Returns true if the value counts where it stands in a text.
    fn may_stand(&self, text: &[u8], at: usize, within: Within) -> bool {
        let (before, after) =
            (at.checked_sub(1).map(|at| text[at]), text.get(at + self.value.len()).copied());
        let is_colon = |byte: Option<u8>| byte.is_none_or(|byte| byte == b':');
        let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
        let continues = |byte: Option<u8>| byte.is_some_and(is_of_word);
        if within == Within::Name && self.is_word && (continues(before) || continues(after)) {
            return false;
        }
        match (self.value.len() < SHORTEST, self.is_number) {
            (true, _) => is_colon(before) && is_colon(after),
            (false, true) => !is_digit(before) && !is_digit(after),
            (false, false) => true,
        }
    }
}

/// Returns true for a byte of a word: a letter of any language, a digit or a sign that joins the words of a name.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || !byte.is_ascii()
}

/// Returns the pairs of bytes with which values begin. A value of one byte begins with every pair of it.
fn begins(sorted: &[Original]) -> Vec<u64> {
    let mut bits = vec![0; (1 << 16) / 64];
    for original in sorted {
        let seconds = match original.value.as_bytes() {
            [first, second, ..] => vec![pair(*first, *second)],
            [first] => (0..=u8::MAX).map(|second| pair(*first, second)).collect(),
            [] => Vec::new(),
        };
        seconds.into_iter().for_each(|pair| bits[pair / 64] |= 1 << (pair % 64));
    }
    bits
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn originals(values: &[&str]) -> Originals {
        let mut found = Values::default();
        values.iter().for_each(|value| found.add(value).unwrap());
        Originals::of(found).unwrap()
    }

    #[test]
    fn a_value_is_replaced_wherever_it_occurs_and_a_short_one_between_colons() {
        let originals = originals(&["Ada Lovelace", "ada@acme.example", "Ada", "c1", "4711", "é"]);
        for (text, expected) in [
            ("Ada Lovelace", "masked-1"),
            ("mail of ADA LOVELACE: ada@acme.example!", "mail of masked-1: masked-2@example.com!"),
            ("Ada Love, Canada", "masked-3 Love, Canmasked-3"),
            ("contact:c1", "contact:masked-4"),
            ("c1 or c12", "c1 or c12"),
            ("no 4711, not 14711 or 47110", "no 1005, not 14711 or 47110"),
            ("é", "masked-6"),
            ("né", "né"),
            ("", ""),
        ] {
            assert_eq!(originals.replaced(text, Within::Text), expected, "{text}");
        }
        assert_eq!(originals.stand_in("ADA"), Some("masked-3"));
        assert_eq!((originals.stand_in("Ad"), originals.stand_in_for_number("4711")), (None, Some("1005")));
        assert_eq!(originals.len(), 6);
    }

    #[test]
    fn a_word_is_replaced_in_a_name_only_as_a_whole() {
        let originals = originals(&["contact", "mail", "Ada Lovelace", "ada@acme.example", "4711"]);
        for (name, expected) in [
            ("contact_id", "contact_id"),
            ("email", "email"),
            ("e-mail", "e-mail"),
            ("mail", "masked-2"),
            ("contact:mail", "masked-1:masked-2"),
            ("To Ada Lovelaces", "To masked-3s"),
            ("x_ada@acme.example", "x_masked-4@example.com"),
            ("n4711", "n4711"),
            ("4711", "1005"),
        ] {
            assert_eq!(originals.replaced(name, Within::Name), expected, "{name}");
        }
    }

    #[test]
    fn a_long_text_is_searched_with_pauses() {
        let originals = originals(&["Ada Lovelace"]);
        let text = format!("{}Ada Lovelace", "x".repeat(3 * PIECE));
        let mut pauses = 0;
        let mut pause = || {
            pauses += 1;
            Ok::<(), ()>(())
        };
        assert!(originals.are_in(&text, Within::Text, &mut pause).unwrap());
        let replaced = originals.replaced_between(&text, Within::Text, &mut pause).unwrap();
        assert!(replaced.ends_with("xmasked-1"));
        assert_eq!(pauses, 6);
        let stopped = originals.replaced_between(&text, Within::Text, &mut || Err("stopped"));
        assert_eq!(stopped.unwrap_err(), "stopped");
    }

    #[test]
    fn no_stand_in_contains_a_value() {
        let common = originals(&["masked-1", "example.com", "a@b.example", "1002", "1003"]);
        assert_eq!(common.stand_in("masked-1"), Some("masked-2"));
        assert_eq!(common.stand_in("a@b.example"), Some("hidden-4@example.org"));
        assert_eq!(common.stand_in("1002"), Some("1005"));
        let all = ["masked-", "hidden-", "someone", "example.com", "invalid", "x-1"];
        let mut values = Values::default();
        all.iter().for_each(|value| values.add(value).unwrap());
        assert!(Originals::of(values).is_ok(), "x-2 is left");
    }

    proptest! {
        #[test]
        fn after_the_replacement_no_value_occurs(
            values in prop::collection::vec("[abAB:19]{1,5}", 1..6),
            text in "[abAB:19 ]{0,30}",
        ) {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let originals = originals(&values);
            let replaced = originals.replaced(&text, Within::Text).into_owned();
            // A value may form again at an edge of a stand-in, which the export refuses.
            let naive = |value: &str| value.len() >= SHORTEST
                && !is_number(value) && text.to_ascii_lowercase().contains(&value.to_ascii_lowercase());
            let are_in = without_pause(|pause| originals.are_in(&text, Within::Text, pause));
            prop_assert_eq!(are_in, replaced != text);
            if values.iter().any(|value| naive(value)) {
                prop_assert!(are_in);
            }
        }
    }
}

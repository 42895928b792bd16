//! The texts of erased values, and the search for them.

use std::collections::BTreeSet;

use crate::json::{contains, contains_between};
use crate::operations::Pause;
use crate::query::Query;
use crate::text::find;

/// The fewest bytes of a text that is searched for. Shorter ones, such as `1` or `no`, occur by chance.
const SHORTEST: usize = 3;

/// The most characters of a text that are searched for in the audit log, which truncates long ones.
const IN_AUDIT_LOG: usize = 150;

/// The texts of values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Texts {
    searched: BTreeSet<String>,
    too_short: BTreeSet<String>,
}

impl Texts {
    /// Divides texts into those that are searched for and those that are too short.
    pub(super) fn of(texts: BTreeSet<String>) -> Self {
        let (searched, too_short) = texts.into_iter().partition(|text| text.len() >= SHORTEST);
        Self { searched, too_short }
    }

    /// Adds other texts.
    pub(super) fn extend(&mut self, texts: BTreeSet<String>) {
        let Self { searched, too_short } = Self::of(texts);
        self.searched.extend(searched);
        self.too_short.extend(too_short);
    }

    /// Returns the number of texts that are searched for.
    pub(super) fn searched(&self) -> u64 {
        self.searched.len() as u64
    }

    /// Returns the number of texts that are too short to be searched for.
    pub(super) fn too_short(&self) -> u64 {
        self.too_short.len() as u64
    }

    /// Returns true if a JSON document contains one of the texts, ignoring ASCII case. Calls `pause` between the pieces of a
    /// large one.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(super) fn are_in_json<E>(&self, json: &str, pause: &mut Pause<'_, E>) -> Result<bool, E> {
        for text in &self.searched {
            if contains_between(json, text, pause)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns true if a text contains one of the texts, ignoring ASCII case.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.searched.iter().any(|wanted| find(text, wanted, 0).is_some())
    }

    /// Returns true if a query contains one of the texts, or if something that it looks for is part of one.
    pub(super) fn are_found_by(&self, query: &str) -> bool {
        let is_part = |part: &str| {
            let is_long = part.chars().count() >= SHORTEST;
            is_long && self.searched.iter().any(|text| find(text, part, 0).is_some())
        };
        let quotes = |quoted: &str| self.are_in(quoted) || is_part(quoted);
        self.are_in(query)
            || match query.parse::<Query>() {
                Ok(query) => query.quoted().any(quotes),
                // The name of a saved query, or a query of another version.
                Err(_) => query.split(|c: char| !c.is_alphanumeric()).any(quotes),
            }
    }

    /// Returns true if the details of an entry of the audit log contain one of the texts, or the beginning of a long one.
    pub(super) fn are_in_entry(&self, details: &str) -> bool {
        let mut beginnings = self.searched.iter().map(|text| match text.char_indices().nth(IN_AUDIT_LOG) {
            Some((end, _)) => &text[..end],
            None => text,
        });
        beginnings.any(|text| find(details, text, 0).is_some() || contains(details, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::no_pause;

    #[test]
    fn short_texts_are_not_searched_for_and_long_ones_by_their_beginning() {
        let long = "é".repeat(400);
        let texts = Texts::of(["Ada", "no", "", &long].map(str::to_owned).into());
        assert_eq!((texts.searched(), texts.too_short()), (2, 2));
        let are_in_json = |json: &str| texts.are_in_json(json, &mut no_pause).unwrap();
        assert!(are_in_json(r#"{"x":"\u0041da Lovelace"}"#) && !are_in_json(r#"{"no":"x"}"#));
        assert!(texts.are_in("key:ada") && !texts.are_in("a-d-a"));
        assert!(texts.are_found_by("éééé -type:x") && texts.are_found_by(r#"payload.name="x y" ~adA"#));
        assert!(!texts.are_found_by("type:contact.* ~é") && !texts.are_found_by("payload.Ad~x"));
        let excerpt = format!(r#"{{"name":"{}…"}}"#, "é".repeat(200));
        assert!(texts.are_in_entry(&excerpt) && !are_in_json(&excerpt));
    }
}

//! What is searched for in a pane.

use std::ops::Range;

use crate::text;

/// Text to be found, whatever the case of its ASCII letters. Empty, it matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter(pub String);

impl Filter {
    /// Whether it lets everything through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text contains what is searched for.
    #[must_use]
    pub fn matches(&self, haystack: &str) -> bool {
        text::find(haystack, &self.0, 0).is_some()
    }

    /// Where in the text it is found, in bytes, so that matches can be lit.
    #[must_use]
    pub fn ranges(&self, haystack: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut from = 0;
        while !self.is_empty() {
            let Some(start) = text::find(haystack, &self.0, from) else { break };
            from = start + self.0.len();
            found.push(start..from);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn matches_are_found_whatever_their_case_and_lit_where_they_are() {
        let filter = Filter("ad".to_owned());
        assert!(filter.matches("contact.ADded"));
        assert_eq!(filter.ranges("Ada ad"), [0..2, 4..6]);
        assert!(filter.ranges("").is_empty());
        assert!(Filter::default().matches("anything"));
        assert!(Filter::default().ranges("anything").is_empty());
    }
}

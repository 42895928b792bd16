//! The filter of a pane.

use std::ops::Range;

use crate::text;

/// Text to search for, ignoring ASCII case. Empty text matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter(pub String);

impl Filter {
    /// Returns true if it matches everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true if the text contains the filter's text.
    pub fn matches(&self, haystack: &str) -> bool {
        self.is_empty() || text::find(haystack, &self.0, 0).is_some()
    }

    /// Returns the byte ranges of all matches, for highlighting.
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
    use crate::console::app::filter::Filter;

    #[test]
    fn matches_ignore_case_and_report_their_byte_ranges() {
        let filter = Filter("ad".to_owned());
        assert!(filter.matches("contact.ADded"));
        assert_eq!(filter.ranges("Ada ad"), [0..2, 4..6]);
        assert!(filter.ranges("").is_empty());
        assert!(Filter::default().matches("anything"));
        assert!(Filter::default().ranges("anything").is_empty());
    }
}

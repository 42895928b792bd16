//! Matching a typed text with names: how well it matches, and with which letters.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// A text to find in names, ignoring case. Its words may be in any order.
pub struct Needle {
    text: String,
    pattern: Pattern,
    matcher: Matcher,
    characters: Vec<char>,
}

/// The way in which a name matches, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchQuality {
    /// The name is the text.
    Exact,
    /// The name begins with the text.
    Prefix,
    /// Another name of the action is the text or begins with it.
    Synonym,
    /// The name has the letters of the text in this order.
    Letters,
    /// The description contains the words of the text.
    Description,
}

/// A match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameMatch {
    /// The way in which it matches.
    pub quality: MatchQuality,
    /// The higher, the better.
    pub score: u32,
    /// The graphemes that match, by index.
    pub letters: Vec<u32>,
}

impl Needle {
    /// Returns a needle whose letters may be apart in a name.
    pub fn fuzzy(text: &str) -> Self {
        Self::of(text, AtomKind::Fuzzy)
    }

    /// Returns a needle whose words must be in a name as they are.
    pub fn words(text: &str) -> Self {
        Self::of(text, AtomKind::Substring)
    }

    /// Returns the text in lower case.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn of(text: &str, kind: AtomKind) -> Self {
        let pattern = Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, kind);
        let matcher = Matcher::new(Config::DEFAULT);
        Self { text: text.trim().to_lowercase(), pattern, matcher, characters: Vec::new() }
    }

    /// Returns how well a name matches, if it does.
    pub fn find(&mut self, name: &str) -> Option<NameMatch> {
        let mut letters = Vec::new();
        let haystack = Utf32Str::new(name, &mut self.characters);
        let score = self.pattern.indices(haystack, &mut self.matcher, &mut letters)?;
        letters.sort_unstable();
        letters.dedup();
        let quality = match name.to_lowercase().strip_prefix(&self.text) {
            Some("") => MatchQuality::Exact,
            Some(_) => MatchQuality::Prefix,
            None => MatchQuality::Letters,
        };
        Some(NameMatch { quality, score, letters })
    }

    /// Returns true if a name matches.
    pub fn is_in(&mut self, name: &str) -> bool {
        self.pattern.score(Utf32Str::new(name, &mut self.characters), &mut self.matcher).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_name_is_better_than_a_longer_one_and_that_is_better_than_scattered_letters() {
        let mut needle = Needle::fuzzy("Verify");
        let mut quality = |name| needle.find(name).map(|found| found.quality);
        assert_eq!(quality("verify"), Some(MatchQuality::Exact));
        assert_eq!(quality("verify all"), Some(MatchQuality::Prefix));
        assert_eq!(quality("a very different yard"), Some(MatchQuality::Letters));
        assert_eq!(quality("rebuild"), None);
        assert_eq!(Needle::fuzzy("rbd").find("rebuild").map(|found| found.letters), Some(vec![0, 2, 6]));
    }

    #[test]
    fn words_may_be_in_any_order_but_not_apart() {
        assert!(Needle::words("space create").is_in("create space"));
        assert!(!Needle::words("crtspc").is_in("create space"));
    }

    #[test]
    fn letters_are_counted_in_graphemes() {
        let found = Needle::fuzzy("b").find("a👨‍👩‍👧b");
        assert_eq!(found.map(|found| found.letters), Some(vec![2]));
    }
}

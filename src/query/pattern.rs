//! Patterns for names.

use std::fmt;

use super::quoting::{needs_quotes, quoted};

/// A name, or a name in which `*` matches any text: `contact.*`. Patterns are case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Exactly this name.
    Exact(String),
    /// At least two parts in this order, with any text between them.
    Parts(Vec<String>),
}

impl Pattern {
    /// Parses an unquoted pattern.
    pub(super) fn parse(text: &str) -> Self {
        if text.contains('*') {
            Self::Parts(text.split('*').map(str::to_owned).collect())
        } else {
            Self::Exact(text.to_owned())
        }
    }

    /// Returns the texts that names contain if they match.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::Exact(exact) => std::slice::from_ref(exact),
            Self::Parts(parts) => parts,
        }
        .iter()
        .map(String::as_str)
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == name,
            Self::Parts(parts) => {
                let [first, between @ .., last] = parts.as_slice() else { return false };
                let Some(mut rest) = name.strip_prefix(first.as_str()) else { return false };
                for part in between {
                    let Some(at) = rest.find(part.as_str()) else { return false };
                    rest = &rest[at + part.len()..];
                }
                rest.ends_with(last.as_str())
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(exact) if exact.contains(['*', ',']) || needs_quotes(exact) => quoted(exact, f),
            Self::Exact(exact) => f.write_str(exact),
            Self::Parts(parts) => f.write_str(&parts.join("*")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_star_matches_any_text_and_parts_do_not_overlap() {
        let matches = |pattern: &str, name: &str| Pattern::parse(pattern).matches(name);
        assert!(matches("contact.*", "contact.added") && matches("contact.*", "contact."));
        assert!(matches("*", "") && matches("*.added", "contact.added") && matches("a*c*e", "abcde"));
        assert!(!matches("contact.*", "my.contact.added") && !matches("contact.*", "Contact.added"));
        assert!(!matches("ab*ba", "aba") && !matches("a*b*b", "ab") && !matches("c1", "c10"));
    }
}

//! Advice: a sentence whose steps each client puts into its own words.

use std::borrow::Cow;
use std::fmt;

use super::Remedy;

/// A sentence that says what to do next. The steps in it are [remedies](Remedy).
///
/// `Display` writes it for users of the library. A client with commands or keys fills those in:
///
/// ```
/// use ramax::error::{Advice, Remedy};
///
/// let advice = Advice::default()
///     .remedy(Remedy::Rebuild { skip_errors: false })
///     .text(" rebuilds the projection");
/// assert_eq!(advice.to_string(), "a rebuild rebuilds the projection");
/// assert_eq!(advice.worded(|remedy| format!("[{}]", remedy.kind())), "[rebuild] rebuilds the projection");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice {
    parts: Vec<Part>,
    space: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(Cow<'static, str>),
    Remedy(Remedy),
}

impl Advice {
    /// Appends text.
    #[must_use]
    pub fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// Appends a step. Its phrase continues the text before.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.parts.push(Part::Remedy(remedy));
        self
    }

    /// Appends other advice.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self.space = self.space.or(other.space);
        self
    }

    /// Names the space that the advice is about, unless it has one.
    #[must_use]
    pub fn about_space(mut self, space: &str) -> Self {
        self.space.get_or_insert_with(|| space.to_owned());
        self
    }

    /// Returns the name or id of the space that it is about, if known.
    pub fn space(&self) -> Option<&str> {
        self.space.as_deref()
    }

    /// Returns the steps in their order.
    pub fn remedies(&self) -> impl Iterator<Item = &Remedy> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Remedy(remedy) => Some(remedy),
        })
    }

    /// Returns the sentence, with these words for its steps.
    pub fn worded(&self, words: impl Fn(&Remedy) -> String) -> String {
        let word = |part: &Part| match part {
            Part::Text(text) => text.to_string(),
            Part::Remedy(remedy) => words(remedy),
        };
        self.parts.iter().map(word).collect()
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.worded(Remedy::to_string))
    }
}

impl From<&'static str> for Advice {
    fn from(text: &'static str) -> Self {
        Self::default().text(text)
    }
}

impl From<String> for Advice {
    fn from(text: String) -> Self {
        Self::default().text(text)
    }
}

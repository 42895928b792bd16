//! A file that is not in its place any more.

/// What became of a file that is not in its place any more, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// Nothing is there.
    Removed(String),
    /// Another file is there.
    Replaced(String),
}

impl Gone {
    /// The same for people.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Removed(name) => format!("{name} is gone"),
            Self::Replaced(name) => format!("{name} was replaced by another file"),
        }
    }
}

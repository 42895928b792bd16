//! A database file that was moved, removed or replaced.

/// The fate of a database file that is no longer in place, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// No file has that name.
    Removed(String),
    /// Another file has that name.
    Replaced(String),
}

impl Gone {
    /// Describes it for people.
    pub fn told(&self) -> String {
        match self {
            Self::Removed(name) => format!("{name} is gone"),
            Self::Replaced(name) => format!("{name} was replaced by another file"),
        }
    }
}

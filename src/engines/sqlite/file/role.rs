//! The part of a store that a file holds.

/// The part of a store that a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRole {
    /// Events and projections.
    Whole,
    /// Events; the projections are in a second file.
    Events,
    /// The projections of the events file with this id.
    Projections {
        /// The id of the store.
        store_id: uuid::Uuid,
    },
    /// A file that the Elixir original wrote. It is only read.
    Original,
}

impl FileRole {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Events => "events",
            Self::Projections { .. } => "projections",
            Self::Original => "original",
        }
    }

    pub(super) fn named(name: &str, store_id: uuid::Uuid) -> Option<Self> {
        [Self::Whole, Self::Events, Self::Projections { store_id }]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

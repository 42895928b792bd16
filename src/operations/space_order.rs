//! The order of a list of spaces.

use std::cmp::Reverse;

use crate::operations::SpaceOverview;

/// The order of a list of spaces. Equal ones are in order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SpaceOrder {
    /// By creation.
    #[default]
    Created,
    /// By name.
    Name,
    /// Most events first.
    Events,
    /// Largest lag first.
    Lag,
    /// Latest event first.
    Latest,
}

impl SpaceOrder {
    /// All orders, in turn.
    pub const ALL: [Self; 5] = [Self::Created, Self::Name, Self::Events, Self::Lag, Self::Latest];

    /// Returns the display name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Created => "creation",
            Self::Name => "name",
            Self::Events => "events",
            Self::Lag => "lag",
            Self::Latest => "last event",
        }
    }

    /// Returns the order with this display name, or with that name in one word: `last-event`.
    pub fn named(title: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.title() == title || order.word() == title)
    }

    /// Returns the name in one word, as the command line takes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Latest => "last-event",
            _ => self.title(),
        }
    }

    /// Returns the next order, wrapping around.
    pub fn next(self) -> Self {
        Self::ALL.into_iter().skip_while(|order| *order != self).nth(1).unwrap_or_default()
    }

    /// Returns true if the order depends on counters.
    pub fn is_by_counters(self) -> bool {
        matches!(self, Self::Events | Self::Lag | Self::Latest)
    }

    /// Sorts spaces that are in order of creation.
    pub fn sort(self, spaces: &mut [SpaceOverview]) {
        match self {
            Self::Created => {}
            Self::Name => spaces.sort_by(|one, other| one.space.space_name.cmp(&other.space.space_name)),
            Self::Events => spaces.sort_by_key(|space| Reverse(space.head.last_sequence)),
            Self::Lag => spaces.sort_by_key(|space| Reverse(space.lag())),
            Self::Latest => spaces.sort_by_key(|space| Reverse(space.head.last_timestamp)),
        }
    }
}

//! The order of a list of checkpoints.

use std::cmp::Reverse;

use crate::operations::{ProjectionOverview, SpaceOverview};

/// The order of a list of checkpoints. Equal ones are in the order of the spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CheckpointOrder {
    /// The order of the spaces.
    #[default]
    Spaces,
    /// By the names of the spaces.
    Name,
    /// Largest lag first.
    Lag,
    /// Projections with an error first.
    LastError,
}

impl CheckpointOrder {
    /// All orders, in turn.
    pub const ALL: [Self; 4] = [Self::Spaces, Self::Name, Self::Lag, Self::LastError];

    /// Returns the display name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Spaces => "spaces",
            Self::Name => "name",
            Self::Lag => "lag",
            Self::LastError => "last error",
        }
    }

    /// Returns the name in one word, as the command line takes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::LastError => "last-error",
            _ => self.title(),
        }
    }

    /// Returns the order with this display name, or with that name in one word: `last-error`.
    pub fn named(title: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.title() == title || order.word() == title)
    }

    /// Returns the next order, wrapping around.
    pub fn next(self) -> Self {
        Self::ALL.into_iter().skip_while(|order| *order != self).nth(1).unwrap_or_default()
    }

    /// Returns true if it depends on counters. The highest is then first, and the projections of a space are not together.
    pub fn is_by_counters(self) -> bool {
        matches!(self, Self::Lag | Self::LastError)
    }

    /// Sorts rows that are in the order of the spaces. `look` returns the space of a row, and its projection if it is known.
    pub fn sort<'a, T>(
        self,
        rows: &mut [T],
        look: impl Fn(&T) -> Option<(&'a SpaceOverview, Option<&'a ProjectionOverview>)>,
    ) {
        let lag = |row: &T| {
            let (space, projection) = look(row)?;
            Some(projection.map_or_else(|| space.state_lag(), |projection| projection.lag(&space.head)))
        };
        match self {
            Self::Spaces => {}
            Self::Name => {
                let name = |row: &T| look(row).map(|(space, _)| space.space.space_name.as_str());
                rows.sort_by(|one, other| name(one).cmp(&name(other)));
            }
            Self::Lag => rows.sort_by_key(|row| Reverse(lag(row))),
            Self::LastError => rows.sort_by_key(|row| {
                let projection = look(row).and_then(|(_, projection)| projection);
                Reverse((projection.map(|projection| projection.blocked.is_some()), lag(row)))
            }),
        }
    }
}

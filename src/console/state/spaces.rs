//! The spaces pane.

use std::collections::BTreeMap;

use crate::operations::SpaceOverview;
use crate::space::SpaceId;

use super::{Failure, Filter, RequestId};

/// The order of the spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// In order of creation.
    #[default]
    Created,
    /// By name.
    Name,
    /// Most events first.
    Events,
    /// Most lag first.
    Lag,
    /// Latest event first.
    Latest,
}

impl Sort {
    /// The next order, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Created => Self::Name,
            Self::Name => Self::Events,
            Self::Events => Self::Lag,
            Self::Lag => Self::Latest,
            Self::Latest => Self::Created,
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Created => "creation",
            Self::Name => "name",
            Self::Events => "events",
            Self::Lag => "lag",
            Self::Latest => "last event",
        }
    }
}

/// The spaces pane.
#[derive(Debug, Clone, Default)]
pub struct SpacesPane {
    /// All spaces loaded so far.
    pub all: BTreeMap<SpaceId, SpaceOverview>,
    /// Those shown, in order.
    pub shown: Vec<SpaceId>,
    /// The selected one, whose events and projections are shown.
    pub selected: Option<SpaceId>,
    /// The first one on screen, as an index in `shown`.
    pub top: usize,
    /// Their order.
    pub sort: Sort,
    /// Part of a name.
    pub filter: Filter,
    /// What was selected before there was a filter, to come back to.
    pub before_filter: Option<SpaceId>,
    /// The question under way.
    pub pending: Option<RequestId>,
    /// Something changed since that question was asked.
    pub stale: bool,
    /// Whether they were ever loaded: tells "empty" from "not there yet".
    pub loaded: bool,
    /// Why they cannot be read.
    pub failure: Option<Failure>,
}

impl SpacesPane {
    /// A loaded space.
    #[must_use]
    pub fn get(&self, space_id: SpaceId) -> Option<&SpaceOverview> {
        self.all.get(&space_id)
    }

    /// The spaces whose names the filter matches, in the chosen order.
    #[must_use]
    pub fn ordered(&self, filter: &Filter) -> Vec<SpaceId> {
        let mut found: Vec<&SpaceOverview> =
            self.all.values().filter(|space| filter.matches(&space.space.space_name)).collect();
        match self.sort {
            Sort::Created => {}
            Sort::Name => found.sort_by(|a, b| a.space.space_name.cmp(&b.space.space_name)),
            Sort::Events => found.sort_by_key(|space| std::cmp::Reverse(space.head.last_sequence)),
            Sort::Lag => found.sort_by_key(|space| std::cmp::Reverse(space.lag())),
            Sort::Latest => found.sort_by_key(|space| std::cmp::Reverse(space.head.last_timestamp)),
        }
        found.into_iter().map(|space| space.space.space_id).collect()
    }
}

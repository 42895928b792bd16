//! The spaces pane.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Those that operations are about instead of the selected one, if there are any. A filter may hide some.
    pub marked: BTreeSet<SpaceId>,
    /// The first one on screen, as an index in `shown`.
    pub top: usize,
    /// How many events each had when it was first seen: those since then are its trend.
    pub first_seen: BTreeMap<SpaceId, u64>,
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

    /// How many events a space got since the console was opened.
    #[must_use]
    pub fn growth(&self, overview: &SpaceOverview) -> u64 {
        let first = self.first_seen.get(&overview.space.space_id);
        overview.head.last_sequence.0.saturating_sub(first.copied().unwrap_or_default())
    }

    /// Takes in the spaces that there are now. One that was not there when the first were taken in began
    /// with nothing.
    pub fn take_in(&mut self, all: BTreeMap<SpaceId, SpaceOverview>) {
        if !self.loaded {
            self.first_seen = all.iter().map(|(id, space)| (*id, space.head.last_sequence.0)).collect();
        }
        self.marked.retain(|space_id| all.contains_key(space_id));
        self.all = all;
        self.loaded = true;
        self.failure = None;
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

//! The spaces pane.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::operations::SpaceOverview;
use crate::space::SpaceId;

use super::blocking::keep;
use super::{Blocking, Failure, Filter, Listed, Reading, Tally};

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

    /// Whether it goes by counters.
    #[must_use]
    pub fn is_by_counters(self) -> bool {
        matches!(self, Self::Events | Self::Lag | Self::Latest)
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

/// What of the loaded spaces is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// Nothing.
    None,
    /// Counters of some.
    Counters,
    /// Some came or went.
    Spaces,
}

/// The spaces pane.
#[derive(Debug, Clone, Default)]
pub struct SpacesPane {
    /// All spaces loaded so far.
    pub all: BTreeMap<SpaceId, SpaceOverview>,
    /// The same by name.
    pub names: BTreeMap<String, SpaceId>,
    /// What they amount to.
    pub tally: Tally,
    /// Those shown, in order.
    pub shown: Listed<SpaceId>,
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
    /// How far their reading has come.
    pub reading: Reading,
    /// The search for events that block those on screen.
    pub blocking: Blocking,
    /// Whether any were ever loaded: tells "empty" from "not there yet".
    pub loaded: bool,
    /// Whether all were: until then the first of them are shown.
    pub complete: bool,
    /// Why they cannot be read.
    pub failure: Option<Failure>,
}

impl SpacesPane {
    /// A loaded space.
    #[must_use]
    pub fn get(&self, space_id: SpaceId) -> Option<&SpaceOverview> {
        self.all.get(&space_id)
    }

    /// The loaded space of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<SpaceId> {
        self.names.get(name).copied()
    }

    /// How many events a space got since the console was opened.
    #[must_use]
    pub fn growth(&self, overview: &SpaceOverview) -> u64 {
        let first = self.first_seen.get(&overview.space.space_id);
        overview.head.last_sequence.0.saturating_sub(first.copied().unwrap_or_default())
    }

    /// Takes in what was found of the spaces that were asked for: one that was not found is gone. Until all
    /// were read once they are as they were when the console was opened; one that comes later began with
    /// nothing.
    pub fn take_in(&mut self, asked: &[SpaceId], found: Vec<SpaceOverview>) -> News {
        let mut news = News::None;
        let there: BTreeSet<SpaceId> = found.iter().map(|space| space.space.space_id).collect();
        for space_id in asked.iter().filter(|space_id| !there.contains(space_id)) {
            self.marked.remove(space_id);
            if self.take_out(*space_id).is_some() {
                news = News::Spaces;
            }
        }
        for mut space in found {
            let space_id = space.space.space_id;
            keep(self.get(space_id), &mut space);
            if self.get(space_id) == Some(&space) {
                continue;
            }
            let before = self.take_out(space_id);
            news = news.max(if before.is_some() { News::Counters } else { News::Spaces });
            if !self.complete {
                self.first_seen.entry(space_id).or_insert(space.head.last_sequence.0);
            }
            let grew = self.growth(&space) > 0;
            self.tally.add(&space, grew);
            self.names.insert(space.space.space_name.clone(), space_id);
            self.all.insert(space_id, space);
        }
        (self.loaded, self.failure) = (true, None);
        news
    }

    /// The loaded spaces that were asked for and not found: they are gone.
    #[must_use]
    pub fn missing(&self, asked: &[SpaceId], found: &[SpaceOverview]) -> Vec<SpaceId> {
        let there: BTreeSet<SpaceId> = found.iter().map(|space| space.space.space_id).collect();
        let is_missing = |space_id: &&SpaceId| !there.contains(space_id) && self.all.contains_key(space_id);
        asked.iter().filter(is_missing).copied().collect()
    }

    /// The loaded spaces behind `after`, up to `last` where there is one.
    #[must_use]
    pub fn between(&self, after: Option<SpaceId>, last: Option<SpaceId>) -> Vec<SpaceId> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.all.range((after, Bound::Unbounded)).map(|(space_id, _)| *space_id);
        behind.take_while(|space_id| last.is_none_or(|last| *space_id <= last)).collect()
    }

    fn take_out(&mut self, space_id: SpaceId) -> Option<SpaceOverview> {
        let space = self.all.remove(&space_id)?;
        let grew = self.growth(&space) > 0;
        self.tally.take(&space, grew);
        self.names.remove(&space.space.space_name);
        Some(space)
    }

    /// The spaces whose names the filter matches, in the chosen order.
    #[must_use]
    pub fn ordered(&self, filter: &Filter) -> Listed<SpaceId> {
        let matches = |space: &&SpaceOverview| filter.matches(&space.space.space_name);
        let mut found: Vec<&SpaceOverview> = match self.sort {
            Sort::Name => self.names.values().filter_map(|id| self.get(*id)).filter(matches).collect(),
            _ => self.all.values().filter(matches).collect(),
        };
        match self.sort {
            Sort::Created | Sort::Name => {}
            Sort::Events => found.sort_by_key(|space| Reverse(space.head.last_sequence)),
            Sort::Lag => found.sort_by_key(|space| Reverse(space.lag())),
            Sort::Latest => found.sort_by_key(|space| Reverse(space.head.last_timestamp)),
        }
        found.into_iter().map(|space| space.space.space_id).collect::<Vec<_>>().into()
    }
}

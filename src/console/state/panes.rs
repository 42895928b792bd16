//! The panes and what those over events, projections and checkpoints show.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::Event;
pub use crate::operations::{Position, Scope};
use crate::pstate::Entry;
use crate::query::Query;
use crate::space::SpaceId;

use super::{Failure, Filter, Listed, Load, RequestId, Row, Select, Window};

/// A pane, by its number key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pane {
    /// 1
    Spaces,
    /// 2
    Events,
    /// 3
    Projections,
    /// 4
    Checkpoints,
    /// 5
    Jobs,
}

impl Pane {
    /// All panes in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Spaces, Self::Events, Self::Projections, Self::Checkpoints, Self::Jobs];

    /// Its number key.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Spaces => "Spaces",
            Self::Events => "Events",
            Self::Projections => "Projections",
            Self::Checkpoints => "Checkpoints",
            Self::Jobs => "Jobs",
        }
    }

    /// The pane `by` places further, round and round.
    #[must_use]
    pub fn turn(self, by: isize) -> Self {
        let count = Self::ALL.len();
        let index = (self as usize).wrapping_add_signed(by).wrapping_add(count) % count;
        Self::ALL[index]
    }
}

/// An event as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its place in the scope.
    pub position: Position,
    /// The event.
    pub event: Arc<Event>,
}

impl Row for EventRow {
    type Key = Position;

    fn key(&self) -> Position {
        self.position
    }
}

impl Row for Entry {
    type Key = String;

    fn key(&self) -> String {
        self.key.clone()
    }
}

impl EventRow {
    /// An event as a row of this scope.
    #[must_use]
    pub fn of(scope: Scope, event: Event) -> Self {
        Self { position: scope.position(&event), event: Arc::new(event) }
    }
}

/// The events pane. Oldest at the top, newest at the bottom.
#[derive(Debug, Clone)]
pub struct EventsPane {
    /// All spaces' events rather than the selected space's.
    pub all_spaces: bool,
    /// Whose events the window holds; none before the first question.
    pub scope: Option<Scope>,
    /// The loaded events. With a filter, those that match.
    pub window: Window<EventRow>,
    /// A query, as it was typed.
    pub filter: Filter,
    /// What it says.
    pub query: Query,
    /// What was selected before there was a filter, to come back to.
    pub before_filter: Option<Position>,
    /// New events are gone along with. Off, the place is kept whatever arrives.
    pub following: bool,
    /// The other scopes in which following is paused, with the place kept in each.
    pub paused: BTreeMap<Scope, Position>,
    /// The place of a time is being looked for.
    pub seeking: Option<RequestId>,
    /// Why the events cannot be read.
    pub failure: Option<Failure>,
}

impl Default for EventsPane {
    fn default() -> Self {
        Self {
            all_spaces: false,
            scope: None,
            window: Window::default(),
            filter: Filter::default(),
            query: Query::default(),
            before_filter: None,
            following: true,
            paused: BTreeMap::new(),
            seeking: None,
            failure: None,
        }
    }
}

impl EventsPane {
    /// Shows the events of another scope, and keeps the place of this one if it is paused: following is paused or not in
    /// each scope by itself.
    pub fn turn_to(&mut self, scope: Option<Scope>) {
        if let Some(left) = self.scope.filter(|_| !self.following) {
            self.paused.insert(left, self.window.selected.unwrap_or_default());
        }
        let kept = scope.and_then(|scope| self.paused.remove(&scope));
        (self.scope, self.following, self.seeking, self.failure) = (scope, kept.is_none(), None, None);
        self.window.reset();
        match kept {
            Some(place) => self.window.wish(Load::Around(place), Select::At(place)),
            None => self.window.wish(Load::End, Select::Last),
        }
    }

    /// The selected event.
    #[must_use]
    pub fn selected(&self) -> Option<&Arc<Event>> {
        self.window.selected_row().map(|row| &row.event)
    }

    /// With a filter, a search is under way and has come to this place.
    #[must_use]
    pub fn searching(&self) -> Option<Position> {
        match &self.window.pending.as_ref().filter(|_| !self.filter.is_empty())?.load {
            Load::After(place) | Load::Before(place) | Load::Around(place) => Some(*place),
            Load::Start => Some(Position::default()),
            Load::End => self.window.to,
        }
    }
}

/// The projections pane: keys of the selected space in the order of their bytes.
#[derive(Debug, Clone, Default)]
pub struct ProjectionsPane {
    /// Whose projections the window holds; none before the first question.
    pub space: Option<SpaceId>,
    /// The loaded entries.
    pub window: Window<Entry>,
    /// The text that keys or values contain, whatever the case of ASCII letters.
    pub filter: Filter,
    /// What was selected before there was a filter, to come back to.
    pub before_filter: Option<String>,
    /// Why the projections cannot be read.
    pub failure: Option<Failure>,
}

/// The checkpoints pane: the loaded spaces again, in the order of the spaces pane, with how far their
/// projections have come.
#[derive(Debug, Clone, Default)]
pub struct CheckpointsPane {
    /// The spaces shown, in order. The selected one is that of the spaces pane.
    pub shown: Listed<SpaceId>,
    /// The first one on screen, as an index in `shown`.
    pub top: usize,
    /// Part of a space's name.
    pub filter: Filter,
    /// What was selected before there was a filter, to come back to.
    pub before_filter: Option<SpaceId>,
}

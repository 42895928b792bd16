//! The panes, and the state of the events, projections and checkpoints panes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::Event;
pub use crate::operations::{Position, Scope};
use crate::pstate::Entry;
use crate::query::Query;
use crate::space::SpaceId;

use super::{Failure, Filter, Listed, Load, RequestId, Row, Select, Window};

/// A pane. Its number is its key.
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

    /// Returns the number key.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Returns the display name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Spaces => "Spaces",
            Self::Events => "Events",
            Self::Projections => "Projections",
            Self::Checkpoints => "Checkpoints",
            Self::Jobs => "Jobs",
        }
    }

    /// Returns the pane `by` places further, wrapping around.
    pub fn turn(self, by: isize) -> Self {
        let count = Self::ALL.len();
        let index = (self as usize).wrapping_add_signed(by).wrapping_add(count) % count;
        Self::ALL[index]
    }
}

/// An event as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The position in the scope.
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
    /// An event as a row of a scope.
    pub fn of(scope: Scope, event: Event) -> Self {
        Self { position: scope.position(&event), event: Arc::new(event) }
    }
}

/// The events pane, oldest event at the top.
#[derive(Debug, Clone)]
pub struct EventsPane {
    /// True if it shows the events of all spaces.
    pub all_spaces: bool,
    /// The scope of the loaded events; `None` before the first request.
    pub scope: Option<Scope>,
    /// The loaded events; with a filter, the matching ones.
    pub window: Window<EventRow>,
    /// The query as typed.
    pub filter: Filter,
    /// The parsed query.
    pub query: Query,
    /// The selection before filtering, restored afterwards.
    pub before_filter: Option<Position>,
    /// True if the selection follows new events.
    pub following: bool,
    /// The other scopes in which following is paused, with the selected positions.
    pub paused: BTreeMap<Scope, Position>,
    /// The search for the position of a time.
    pub seeking: Option<RequestId>,
    /// The reason why the events cannot be read.
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
    /// Switches to another scope. Each scope remembers its own position while following is paused there.
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

    /// Returns the selected event.
    pub fn selected(&self) -> Option<&Arc<Event>> {
        self.window.selected_row().map(|row| &row.event)
    }

    /// Returns the position that a filtered search under way has reached.
    pub fn searching(&self) -> Option<Position> {
        match &self.window.pending.as_ref().filter(|_| !self.filter.is_empty())?.load {
            Load::After(place) | Load::Before(place) | Load::Around(place) => Some(*place),
            Load::Start => Some(Position::default()),
            Load::End => self.window.to,
        }
    }
}

/// The projections pane: the keys of the selected space in byte order.
#[derive(Debug, Clone, Default)]
pub struct ProjectionsPane {
    /// The space of the loaded entries; `None` before the first request.
    pub space: Option<SpaceId>,
    /// The loaded entries.
    pub window: Window<Entry>,
    /// The text to find in keys or values, ignoring ASCII case.
    pub filter: Filter,
    /// The selection before filtering, restored afterwards.
    pub before_filter: Option<String>,
    /// The reason why the projections cannot be read.
    pub failure: Option<Failure>,
}

/// The checkpoints pane: the loaded spaces in the order of the spaces pane, with the positions of their
/// projections.
#[derive(Debug, Clone, Default)]
pub struct CheckpointsPane {
    /// The spaces shown, in order. The selection is shared with the spaces pane.
    pub shown: Listed<SpaceId>,
    /// The first row on screen, as an index into `shown`.
    pub top: usize,
    /// The text to find in space names.
    pub filter: Filter,
    /// The selection before filtering, restored afterwards.
    pub before_filter: Option<SpaceId>,
}

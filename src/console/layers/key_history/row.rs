//! A change of a key as a row.

use std::sync::Arc;

use crate::console::app::window::{Row, Widths};
use crate::console::panes::events::ShownEvent;
use crate::console::theme::Glyphs;
use crate::console::widgets::diff::KeyDiff;
use crate::console::widgets::moment::{Day, Moments};
use crate::console::widgets::pen::{pieces_width, width};
use crate::event::SpaceSequence;
use crate::text::visible;

/// The order of the changes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChangeOrder {
    /// The latest change is at the top.
    #[default]
    NewestFirst,
    /// The first change is at the top.
    OldestFirst,
}

impl ChangeOrder {
    /// Returns the other order.
    pub(crate) fn turned(self) -> Self {
        match self {
            Self::NewestFirst => Self::OldestFirst,
            Self::OldestFirst => Self::NewestFirst,
        }
    }

    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NewestFirst => "newest first",
            Self::OldestFirst => "oldest first",
        }
    }

    /// Returns the place of an event in a list of this order.
    pub(crate) fn place(self, sequence: SpaceSequence) -> ChangePlace {
        let place = i64::try_from(sequence.0).unwrap_or(i64::MAX);
        ChangePlace(if self == Self::NewestFirst { -place } else { place })
    }
}

/// The place of a change in its list: its sequence, negative if the newest is at the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangePlace(pub i64);

impl ChangePlace {
    /// Returns the sequence of the event.
    pub(crate) fn sequence(self) -> SpaceSequence {
        SpaceSequence(self.0.unsigned_abs())
    }
}

/// A change of a key as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// Its place.
    pub place: ChangePlace,
    /// The event that made it.
    pub event: Arc<ShownEvent>,
    /// The change.
    pub diff: KeyDiff,
    /// The day on which the event was appended.
    pub day: Day,
}

impl Row for ChangeRow {
    type Key = ChangePlace;

    fn key(&self) -> ChangePlace {
        self.place
    }

    /// The widths of the type and the change.
    fn widths(&self) -> Widths {
        [width(&visible(&self.event.event_type)), pieces_width(&self.diff.line(&Glyphs::UNICODE)), 0, 0]
    }

    fn set_day(&mut self, moments: &Moments) {
        self.day = moments.day(self.event.timestamp);
    }

    fn day(&self) -> Day {
        self.day
    }
}

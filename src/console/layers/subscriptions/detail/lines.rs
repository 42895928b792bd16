//! The lines of an opened subscription that are about a space, and the selection among them.

use crate::console::app::motion::{Motion, scrolled};
use crate::console::layers::subscriptions::SubscriptionRow;
use crate::id::{SpaceId, SpaceSequence};

/// The lines above the first parked event, and below the last one.
const AROUND_PARKED: usize = 2;

/// A line about a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Parked { space_id: SpaceId, space_sequence: SpaceSequence },
    Position { space_id: SpaceId },
}

impl Line {
    fn space_id(self) -> SpaceId {
        match self {
            Self::Parked { space_id, .. } | Self::Position { space_id } => space_id,
        }
    }
}

/// The parked events with a heading, then the positions. One of them is selected, and stays selected when others come and go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lines {
    /// The parked events, then the positions.
    lines: Vec<Line>,
    /// The number of parked events.
    parked: usize,
    /// True if a line at the end says that there are more.
    is_cut: bool,
    /// The index of the selected line.
    selected: usize,
    /// The first line on screen, counting headings.
    top: usize,
}

impl Lines {
    /// Takes over the lines of a subscription. If the selected parked event is gone, the position in its space is selected.
    pub(super) fn update(&mut self, row: &SubscriptionRow) {
        let before = self.lines.get(self.selected).copied();
        let parked = row.parked.iter();
        let parked =
            parked.map(|at| Line::Parked { space_id: at.space_id, space_sequence: at.space_sequence });
        let positions = row.positions.iter().map(|at| Line::Position { space_id: at.space_id });
        self.lines = parked.chain(positions).collect();
        self.parked = row.parked.len();
        self.is_cut = (row.positions.len() as u64) < row.status.lag.spaces;
        let place_of = |wanted: Line| self.lines.iter().position(|line| *line == wanted);
        let found = before.and_then(|line| {
            place_of(line).or_else(|| place_of(Line::Position { space_id: line.space_id() }))
        });
        self.selected = found.unwrap_or(self.selected).min(self.lines.len().saturating_sub(1));
    }

    /// Returns the space of the selected line.
    pub(super) fn space_id(&self) -> Option<SpaceId> {
        self.lines.get(self.selected).map(|line| line.space_id())
    }

    /// Returns true if this line is selected.
    pub(super) fn is_selected(&self, index: usize) -> bool {
        self.selected == index
    }

    /// Returns the first line on screen, counting headings, where this many fit.
    pub(super) fn top(&self, height: usize) -> usize {
        self.top.min(self.height().saturating_sub(height))
    }

    /// Returns the number of lines of the parked events with what is around them.
    pub(super) fn parked_height(&self) -> usize {
        if self.parked == 0 { 0 } else { self.parked + AROUND_PARKED }
    }

    /// Returns the number of all lines, without the headings of the positions.
    pub(super) fn height(&self) -> usize {
        self.parked_height() + self.lines.len() - self.parked + usize::from(self.is_cut)
    }

    /// Returns true if there are more positions.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Selects a line.
    pub(super) fn select(&mut self, index: usize) {
        if index < self.lines.len() {
            self.selected = index;
        }
    }

    /// Moves the selection, or scrolls with it.
    pub(super) fn go(&mut self, motion: Motion, height: usize) {
        if let Motion::Scroll(_) | Motion::Share { .. } = motion {
            let (place, count) = (self.place(), self.height());
            let place = motion.go(place, &mut self.top, count, height);
            self.selected = self.nearest(place);
            self.top = scrolled(self.top, self.place(), self.height(), height);
        } else {
            self.selected = motion.from(self.selected, self.lines.len(), height);
            self.reveal(height);
        }
    }

    /// Scrolls the selected line into view: the first one with its heading, and the last one with what follows.
    pub(super) fn reveal(&mut self, height: usize) {
        let count = self.height();
        if self.selected == 0 {
            self.top = 0;
        } else if self.selected + 1 == self.lines.len() {
            self.top = count.saturating_sub(height);
        }
        self.top = scrolled(self.top, self.place(), count, height);
    }

    /// Returns the place of the selected line, counting headings.
    fn place(&self) -> usize {
        match self.selected.checked_sub(self.parked) {
            Some(position) => self.parked_height() + position,
            None => 1 + self.selected,
        }
    }

    /// Returns the line nearest to a place.
    fn nearest(&self, place: usize) -> usize {
        let last = self.lines.len().saturating_sub(1);
        match place.checked_sub(self.parked_height()) {
            Some(position) => (self.parked + position).min(last),
            None => place.saturating_sub(1).min(self.parked.saturating_sub(1)),
        }
    }
}

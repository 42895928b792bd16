//! The details of one item: a layer, and the selected row while none is open.

mod actions;
mod document;
mod expansion;
mod keys;
mod links;
mod past;
mod references;
mod update;
pub mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::audit::AuditEntry;
use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::layout::Layout;
use crate::console::app::motion::{Motion, scrolled};
use crate::console::app::past::ComparedField;
use crate::console::app::state::{ConsoleState, Loadable, RequestId};
use crate::console::layers::compare::Sides;
use crate::console::layers::{Extent, Layer, LayerSize, Place};
use crate::console::panes::events::ShownEvent;
use crate::console::panes::jobs::job::JobId;
use crate::console::widgets::pen::Pen;
use crate::json::Json;
use crate::pstate::Entry;
use crate::space::SpaceId;

pub(crate) use actions::{ACTIONS, selected};
pub use document::Document;
pub use expansion::{Chosen, Expansion, ReferenceState, ShownReference, Values};
pub use keys::KeyPlace;
pub(crate) use keys::{can_fold_key, has_key, has_value, key_here, path_at_cursor};
pub(crate) use links::{follow_change, follow_fact, follow_line};
pub use past::{BlameColumn, BlameView, EventDiff};
pub(crate) use past::{
    blame_found, changes_found, event_of_line, is_of_difference, load, refresh, retry, toggle_blame_column,
};
pub use references::References;
pub(crate) use references::{
    ACTIONS as REFERENCE_ACTIONS, found_references, load_references, recheck_references,
};
pub(crate) use update::{cause, enter, go_to_cause, inspect, left, right, scroll, subject};

impl Layer for Detail {
    fn context(&self) -> KeyContext {
        KeyContext::Detail
    }

    fn place(&self) -> Place {
        Place::Detail
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        update::commands(state, self)
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        Some(Box::new(self.clone()))
    }

    fn erase(&mut self) {
        past::erase(self);
    }

    /// Draws nothing: the detail area also shows the selected row when no detail is open.
    fn draw(&self, _: &mut Pen<'_>, _: &ConsoleState, _: Rect, _: bool) -> Option<Position> {
        None
    }

    fn trail(&self) -> Option<String> {
        Some("detail".to_owned())
    }

    fn selection(&self) -> Option<Subject> {
        Some(self.subject.clone())
    }

    fn key_place(&self, state: &ConsoleState) -> Option<KeyPlace> {
        KeyPlace::of_detail(state, self)
    }

    fn asked(&self) -> Vec<RequestId> {
        let changes = self.changes.as_ref().and_then(Loadable::asked);
        let blame = match &self.blame {
            BlameView::Shown(column) => column.asked(),
            BlameView::Hidden | BlameView::Wanted => None,
        };
        [changes, blame, self.references.asked()].into_iter().flatten().collect()
    }

    fn space_id(&self) -> Option<SpaceId> {
        match &self.subject {
            Subject::Event(event) => Some(event.space_id),
            Subject::Entry { space_id, .. }
            | Subject::Projection { space_id, .. }
            | Subject::Difference { space_id, .. }
            | Subject::Space(space_id) => Some(*space_id),
            Subject::Job(_) | Subject::Operation(_) => None,
        }
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        if self.is_text() {
            self.top = motion.scrolled(self.top, extent.lines, extent.height);
        } else {
            self.cursor = motion.go(self.cursor, &mut self.top, extent.lines, extent.height);
        }
    }

    fn select(&mut self, row: usize, extent: Extent) {
        if !self.is_text() {
            self.cursor = row.min(extent.lines.saturating_sub(1));
        }
    }

    fn reveal(&mut self, extent: Extent) {
        self.top = if self.is_text() {
            self.top.min(extent.lines.saturating_sub(extent.height))
        } else {
            scrolled(self.top, self.cursor, extent.lines, extent.height)
        };
    }

    fn length(&self, state: &ConsoleState) -> usize {
        // A click may open it and select a line at once, before the layout is known.
        let layout = Layout::of(state, Rect::new(0, 0, state.size.width, state.size.height));
        layout.map_or(0, |layout| self.size(state, &layout).lines.into())
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        let of = |area| LayerSize { rows: view::rows(area), lines: view::line_count(state, self, area) };
        layout.detail.map_or_else(LayerSize::default, of)
    }
}

/// The item shown in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An event and its payload.
    Event(Arc<ShownEvent>),
    /// A projection: its status, lag, last error and last rebuild.
    Projection {
        /// The space.
        space_id: SpaceId,
        /// The name of the projection.
        name: String,
    },
    /// A key of a projection and its value.
    Entry {
        /// The space.
        space_id: SpaceId,
        /// The name of the projection.
        projection: String,
        /// Key and value.
        entry: Arc<Entry>,
    },
    /// A space, its counters and metadata.
    Space(SpaceId),
    /// A job and its report or error.
    Job(JobId),
    /// An entry of the audit log.
    Operation(Arc<AuditEntry>),
    /// A field that differs between two points of the past, or between a fork and its origin.
    Difference {
        /// The space.
        space_id: SpaceId,
        /// The name of the projection.
        projection: String,
        /// The two sides that are compared.
        sides: Sides,
        /// The field.
        field: Arc<ComparedField>,
    },
}

/// The details of one item, with the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The item.
    pub subject: Subject,
    /// The line of the cursor, in the document of an event or entry or among the facts below it.
    pub cursor: usize,
    /// The first line on screen.
    pub top: usize,
    /// The folded containers, identified by their start bytes.
    pub folded: BTreeSet<usize>,
    /// The changes that the event made; `None` before they are requested.
    pub changes: Option<Loadable<Arc<EventDiff>>>,
    /// The column of the events that set the parts of the value.
    pub blame: BlameView,
    /// The references that are expanded in place.
    pub references: References,
    /// True if the item is to be read again, as its values may have been erased.
    pub(crate) is_stale: bool,
}

impl Detail {
    /// The details of an item, unfolded and from the top.
    pub fn of(subject: Subject) -> Self {
        let (folded, blame) = (BTreeSet::new(), BlameView::default());
        let (changes, references) = (None, References::default());
        Self { subject, cursor: 0, top: 0, folded, changes, blame, references, is_stale: false }
    }

    /// The JSON document shown, if any.
    pub fn json(&self) -> Option<&Json> {
        match &self.subject {
            Subject::Event(event) => Some(&event.payload),
            Subject::Entry { entry, .. } => {
                Some(self.references.expansion().map_or(&entry.value, |expansion| &expansion.document))
            }
            Subject::Projection { .. }
            | Subject::Space(_)
            | Subject::Job(_)
            | Subject::Operation(_)
            | Subject::Difference { .. } => None,
        }
    }

    /// Returns true if it is plain text, which scrolls without a cursor.
    pub fn is_text(&self) -> bool {
        self.json().is_none()
    }
}

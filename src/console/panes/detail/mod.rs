//! The details of one item: a layer, and the selected row while none is open.

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
use crate::console::app::action::Action;
use crate::console::app::action::Section::View;
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::command_line::Commands;
use crate::console::app::context::{Contexts, EVENTS, KeyContext};
use crate::console::app::layout::Layout;
use crate::console::app::motion::{Motion, scrolled};
use crate::console::app::past::ComparedField;
use crate::console::app::state::{ConsoleState, Loadable, RequestId};
use crate::console::layers::{Extent, Layer, Place, cast, compare};
use crate::console::panes::events::ShownEvent;
use crate::console::panes::jobs::job::JobId;
use crate::console::widgets::pen::Pen;
use crate::console::widgets::tree::{JsonLine, json_lines};
use crate::event::SpaceSequence;
use crate::json::Json;
use crate::pstate::Entry;
use crate::space::SpaceId;

pub use expansion::{Chosen, Expansion, ReferenceState, ShownReference, Values};
pub use keys::KeyPlace;
pub(crate) use keys::{can_fold_key, has_key, has_value, key_here, path_at_cursor};
pub(crate) use links::{follow_fact, follow_line};
pub use past::{BlameColumn, BlameView, EventDiff};
pub(crate) use past::{blame_found, changes_found, is_of_difference, load, refresh, toggle_blame_column};
pub use references::References;
pub(crate) use references::{
    ACTIONS as REFERENCE_ACTIONS, found_references, load_references, recheck_references,
};
pub(crate) use update::{cause, enter, go_to_cause, inspect, left, right, scroll, subject};

/// The actions on the selected row, and on its details.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Open,
        section: View,
        title: "open",
        description: "Open the selected row",
        keys: &["enter"],
        contexts: KeyContext::has_rows,
        hint: Some(Rank::Third),
        enabled: selected,
        run: |state, _| update::open(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::History,
        section: View,
        title: "history",
        description: "List the events of the selected entity",
        keys: &["H", "ctrl-e"],
        contexts: EVENTS,
        hint: Some(Rank::History),
        applies: |state| !has_key(state),
        enabled: can_show_history,
        run: |state, _| update::history(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::History,
        section: View,
        title: "entity",
        description: "List the events of the entity that the key is named after",
        keys: &["ctrl-e"],
        contexts: |here| here.is_main_pane() || here == KeyContext::Detail,
        applies: has_key,
        enabled: can_show_history,
        run: |state, _| update::history(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::BlameColumn,
        section: View,
        title: "blame column",
        description: "Show or hide, beside each line of the value, the event that set it",
        keys: &["B"],
        contexts: DETAIL,
        hint: Some(Rank::Third),
        applies: has_value,
        enabled: can_fold_key,
        run: |state, _| toggle_blame_column(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Cause,
        section: View,
        title: "cause",
        description: "Go to the event that caused this one",
        keys: &["c"],
        contexts: DETAIL,
        hint: Some(Rank::Second),
        applies: has_cause,
        run: update::go_to_cause,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Inspect,
        section: View,
        title: "inspect",
        description: "Show the selected row in full",
        keys: &["i"],
        contexts: |here| here.has_rows() || here == KeyContext::Compare,
        hint: Some(Rank::Inspect),
        enabled: selected,
        run: |state, _| update::inspect(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::FollowLink,
        section: View,
        title: "follow",
        description: "Follow the link under the cursor: to an event, a correlation, an entity, a key or a space",
        keys: &["enter"],
        contexts: DETAIL,
        hint: Some(Rank::Main),
        applies: links::is_at_cursor,
        run: links::follow,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ToggleFold,
        section: View,
        title: "fold",
        description: "Fold or unfold the part of the document under the cursor",
        keys: &["enter", "o"],
        contexts: DETAIL,
        hint: Some(Rank::Main),
        applies: |state| !links::is_at_cursor(state),
        enabled: can_fold,
        run: |state, _| update::toggle_fold(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ToggleFold,
        section: View,
        title: "fold",
        description: "Fold or unfold the part of the document that contains the link",
        keys: &["o"],
        contexts: DETAIL,
        applies: links::is_at_cursor,
        enabled: can_fold,
        run: |state, _| update::toggle_fold(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::FoldAll,
        section: View,
        title: "fold all",
        description: "Fold or unfold all parts of the document",
        keys: &["O"],
        contexts: DETAIL,
        hint: Some(Rank::Third),
        enabled: can_fold,
        run: |state, _| update::fold_all(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::NextRow,
        section: View,
        title: "next row",
        description: "Show the next row of the list",
        keys: &["]", "n"],
        contexts: DETAIL,
        hint: Some(Rank::Fourth),
        run: |state, _| update::step_row(state, 1),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::PreviousRow,
        section: View,
        title: "previous row",
        description: "Show the previous row of the list",
        keys: &["[", "N"],
        contexts: DETAIL,
        run: |state, _| update::step_row(state, -1),
        ..Spec::ALWAYS
    },
];

const DETAIL: Contexts = |here| here == KeyContext::Detail;

/// Returns the details, if they are the topmost layer beneath the help.
fn shown(state: &ConsoleState) -> Option<&Detail> {
    state.layers.below_help().and_then(cast)
}

fn can_show_history(state: &ConsoleState) -> Availability {
    match shown(state) {
        Some(detail) => {
            let of_entity = matches!(detail.subject, Subject::Event(_) | Subject::Entry { .. });
            available_if(of_entity, "only events and keys have a history")
        }
        None => selected(state),
    }
}

fn has_cause(state: &ConsoleState) -> bool {
    shown(state).is_some_and(|detail| update::cause(&detail.subject).is_some())
}

fn can_fold(state: &ConsoleState) -> Availability {
    let has_document = shown(state).is_some_and(|detail| detail.json().is_some());
    available_if(has_document, "there is no document to fold")
}

/// Returns the reason if no row is selected.
pub(crate) fn selected(state: &ConsoleState) -> Availability {
    let layer = state.layers.below_help().filter(|layer| layer.place() == Place::List);
    match layer {
        Some(layer) if layer.context().lists_events() => {
            available_if(layer.selection().is_some(), "no event is selected")
        }
        Some(layer) if layer.context() == KeyContext::Compare => compare::has_difference(state),
        Some(layer) => available_if(layer.selection().is_some(), "the audit log is empty"),
        None => state.focus.list().check_selection(state),
    }
}

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

    fn asked(&self) -> Option<RequestId> {
        match (&self.changes, &self.blame) {
            (Some(Loadable::Pending(request)), _) => Some(*request),
            (_, BlameView::Shown(Loadable::Pending(request))) => Some(*request),
            _ => None,
        }
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
        layout.map_or(0, |layout| self.line_count(state, &layout).into())
    }

    fn rows(&self, _: &ConsoleState, layout: &Layout) -> u16 {
        layout.detail.map_or(0, view::rows)
    }

    fn line_count(&self, state: &ConsoleState, layout: &Layout) -> u16 {
        layout.detail.map_or(0, |area| view::line_count(state, self, area))
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
    /// A field that differs between two points of the past.
    Difference {
        /// The space.
        space_id: SpaceId,
        /// The name of the projection.
        projection: String,
        /// The earlier and the later point.
        points: (SpaceSequence, SpaceSequence),
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
    pub(super) is_stale: bool,
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

/// The lines of a document, with the inputs that they were made from.
#[derive(Debug, Clone, Default)]
pub struct Document {
    json: Json,
    folded: BTreeSet<usize>,
    references: Vec<ShownReference>,
    lines: Arc<[JsonLine]>,
}

impl ConsoleState {
    /// Returns the details on top, or those of the selected row of the main pane.
    pub fn shown_detail(&self) -> Option<Detail> {
        for layer in self.layers.iter().rev() {
            if let Some(detail) = cast::<Detail>(layer) {
                return Some(detail.clone());
            }
            if layer.place() == Place::List {
                return Some(self.peek(layer.selection()?));
            }
        }
        self.focus.list().beside(self).map(|subject| self.peek(subject))
    }

    /// Returns the details of an item that is not open, as far as they were scrolled.
    fn peek(&self, subject: Subject) -> Detail {
        let peeked = self.peeked.as_ref().filter(|peeked| peeked.subject == subject);
        peeked.cloned().unwrap_or_else(|| Detail::of(subject))
    }

    /// Returns the lines of the document that a detail shows; empty if it shows none.
    pub fn lines(&self, detail: &Detail) -> Arc<[JsonLine]> {
        match detail.json() {
            None => Arc::default(),
            Some(_) if self.document.shows(detail) => Arc::clone(&self.document.lines),
            Some(json) => {
                let mut lines = json_lines(json, &detail.folded);
                if let Some(expansion) = detail.references.expansion() {
                    references::note_lines(&mut lines, expansion);
                }
                lines.into()
            }
        }
    }

    /// Caches the lines of the document shown.
    pub fn keep_document(&mut self) {
        let Some(detail) = self.shown_detail() else { return };
        let Some(json) = detail.json() else { return };
        if !self.document.shows(&detail) {
            let lines = self.lines(&detail);
            let references = shown_references(&detail).to_vec();
            self.document = Document { json: json.clone(), folded: detail.folded, references, lines };
        }
    }
}

impl Document {
    fn shows(&self, detail: &Detail) -> bool {
        detail.json() == Some(&self.json)
            && self.folded == detail.folded
            && self.references == shown_references(detail)
            && !self.lines.is_empty()
    }
}

fn shown_references(detail: &Detail) -> &[ShownReference] {
    detail.references.expansion().map_or(&[], |expansion| &expansion.references)
}

//! The part of a detail that the past of its space answers: the changes of an event, and the events that set a value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::console::app::effect::Effects;
use crate::console::app::link;
use crate::console::app::message::Answer;
use crate::console::app::past::{Ask, PastCommand, PastQuery, can_fold};
use crate::console::app::state::{ConsoleState, ErrorText, Loadable, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::{Layer, cast};
use crate::console::panes::detail::keys::path_at_cursor;
use crate::console::panes::detail::{Detail, References, Subject};
use crate::console::widgets::diff::Diff;
use crate::console::widgets::tree::JsonLine;
use crate::event::SpaceSequence;
use crate::json::Json;
use crate::operations::{EventOutcome, EventSummary, StoredDifferences};
use crate::space::SpaceId;

/// The effect of an event on the projections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDiff {
    /// Its effect in a word.
    pub outcome: EventOutcome,
    /// The keys that it changed.
    pub diff: Diff,
    /// The space of its cause, if that is another one than its own.
    pub cause_space: Option<SpaceId>,
}

/// The events that set the parts of a value, for a column beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlameColumn {
    /// The document beside which it is shown.
    pub value: Json,
    /// The events by the byte at which a part of the value starts.
    pub parts: BTreeMap<usize, Arc<EventSummary>>,
    /// The bytes at which the parts start that are stored otherwise than the events say.
    pub differing: BTreeSet<usize>,
    /// The stored values that are not what the events say.
    pub stored: StoredDifferences,
}

impl BlameColumn {
    /// Returns the event beside a line.
    pub(super) fn event_of(&self, line: &JsonLine) -> Option<&Arc<EventSummary>> {
        self.parts.get(&line.start).filter(|_| !Self::is_closing(line))
    }

    /// Returns true for the end of a container, which starts at the same byte.
    pub(super) fn is_closing(line: &JsonLine) -> bool {
        matches!(line.text.as_str(), "}" | "]")
    }
}

/// The column of the events that set the parts of a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BlameView {
    /// It is not shown.
    #[default]
    Hidden,
    /// It is shown, and is to be requested.
    Wanted,
    /// It is shown as far as it is known.
    Shown(Loadable<Arc<BlameColumn>>),
}

/// Shows or hides the column of the events that set the parts of a value.
pub(crate) fn toggle_blame_column(state: &mut ConsoleState) {
    if let Some(detail) = state.layers.top_as_mut::<Detail>() {
        let is_hidden = detail.blame == BlameView::Hidden;
        detail.blame = if is_hidden { BlameView::Wanted } else { BlameView::Hidden };
    }
}

/// Returns the event that the blame column names beside the line of the cursor.
pub(crate) fn event_of_line(state: &ConsoleState) -> Option<SpaceSequence> {
    let detail = state.layers.shown::<Detail>()?;
    let BlameView::Shown(Loadable::Ready(column)) = &detail.blame else { return None };
    let lines = state.lines(detail);
    let line = lines.get(detail.cursor).filter(|_| detail.json() == Some(&column.value))?;
    column.event_of(line).map(|event| event.space_sequence)
}

/// Has every open detail read again.
pub(crate) fn refresh(state: &mut ConsoleState) {
    for detail in state.layers.each_mut::<Detail>() {
        (detail.changes, detail.is_stale) = (None, true);
        if detail.blame != BlameView::Hidden {
            detail.blame = BlameView::Wanted;
        }
    }
}

/// Has the parts of open details that could not be read requested again.
pub(crate) fn retry(state: &mut ConsoleState) {
    for detail in state.layers.each_mut::<Detail>() {
        detail.changes.take_if(|changes| matches!(changes, Loadable::Failed(_)));
        if matches!(detail.blame, BlameView::Shown(Loadable::Failed(_))) {
            detail.blame = BlameView::Wanted;
        }
    }
}

/// Returns true for the detail of a difference, which cannot be read again on its own.
pub(crate) fn is_of_difference(layer: &dyn Layer) -> bool {
    cast::<Detail>(layer).is_some_and(|detail| matches!(detail.subject, Subject::Difference { .. }))
}

/// Drops the values of a detail that is kept for a while. It is read again when it is shown.
pub(super) fn erase(detail: &mut Detail) {
    let erased = || Json::from_stored("null".to_owned());
    match &mut detail.subject {
        Subject::Event(event) => {
            let event = Arc::make_mut(event);
            (event.stored.payload, event.stored.metadata, event.current) = (erased(), None, None);
        }
        Subject::Entry { entry, .. } => Arc::make_mut(entry).value = erased(),
        Subject::Projection { .. }
        | Subject::Space(_)
        | Subject::Job(_)
        | Subject::Operation(_)
        | Subject::Difference { .. } => {}
    }
    (detail.changes, detail.references) = (None, References::default());
    if detail.blame != BlameView::Hidden {
        detail.blame = BlameView::Wanted;
    }
}

/// Requests the items of stale details again. In the past, the list beneath has the values of keys.
fn reread(state: &mut ConsoleState, effects: &mut Effects) {
    let stale = |detail: &mut Detail| std::mem::take(&mut detail.is_stale).then(|| detail.subject.clone());
    let subjects: Vec<Subject> = state.layers.each_mut::<Detail>().filter_map(stale).collect();
    let is_past = state.travel.is_some();
    for subject in subjects.iter().filter(|subject| !(is_past && matches!(subject, Subject::Entry { .. }))) {
        link::reread(state, Some(subject), effects);
    }
}

/// Requests what an open detail lacks.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    reread(state, effects);
    let Some((space_id, ask)) = wanted(state) else { return };
    let request = state.request();
    // This question supersedes those of the details beneath. They ask again once nothing is open above.
    for detail in state.layers.each_mut::<Detail>() {
        detail.changes.take_if(|changes| matches!(changes, Loadable::Pending(_)));
        if matches!(detail.blame, BlameView::Shown(Loadable::Pending(_))) {
            detail.blame = BlameView::Wanted;
        }
    }
    let Some(detail) = state.layers.each_mut::<Detail>().next_back() else { return };
    match detail.subject {
        Subject::Event(_) => detail.changes = Some(Loadable::Pending(request)),
        _ => detail.blame = BlameView::Shown(Loadable::Pending(request)),
    }
    effects.push(PastCommand::from(PastQuery { request, replaces: None, space_id, ask }));
}

fn wanted(state: &ConsoleState) -> Option<(SpaceId, Ask)> {
    let detail = state.layers.find::<Detail>()?;
    match &detail.subject {
        Subject::Event(event) if detail.changes.is_none() && can_fold(state, event.space_id).is_ok() => {
            Some((event.space_id, Ask::Changes { sequence: event.space_sequence }))
        }
        Subject::Entry { .. } if is_column_wanted(detail) => {
            let value = detail.json()?.clone();
            let (place, _) = path_at_cursor(state, detail)?;
            let (projection, key, until) = (place.projection, place.key, place.at);
            Some((place.space_id, Ask::BlameColumn { projection, key, value, until }))
        }
        _ => None,
    }
}

/// Returns true if the column is to be requested: for the first time, or for another document, such as one with expanded
/// references.
fn is_column_wanted(detail: &Detail) -> bool {
    match &detail.blame {
        BlameView::Hidden => false,
        BlameView::Wanted => true,
        BlameView::Shown(Loadable::Ready(column)) => detail.json() != Some(&column.value),
        BlameView::Shown(Loadable::Pending(_) | Loadable::Failed(_)) => false,
    }
}

/// Shows the changes of an event.
pub(crate) fn changes_found(state: &mut ConsoleState, answer: Answer<Arc<EventDiff>, ErrorText>) -> Changed {
    let is_asked = |detail: &&mut Detail| is_pending(detail.changes.as_ref(), answer.request);
    let Some(detail) = state.layers.each_mut::<Detail>().find(is_asked) else { return Changed::No };
    detail.changes = Some(loaded(answer.result));
    Changed::Yes
}

/// Shows the events that set the parts of a value.
pub(crate) fn blame_found(state: &mut ConsoleState, answer: Answer<Arc<BlameColumn>, ErrorText>) -> Changed {
    let is_asked = |detail: &&mut Detail| match &detail.blame {
        BlameView::Shown(column) => is_pending(Some(column), answer.request),
        BlameView::Hidden | BlameView::Wanted => false,
    };
    let Some(detail) = state.layers.each_mut::<Detail>().find(is_asked) else { return Changed::No };
    detail.blame = BlameView::Shown(loaded(answer.result));
    Changed::Yes
}

fn is_pending<T>(wanted: Option<&Loadable<T>>, request: RequestId) -> bool {
    matches!(wanted, Some(Loadable::Pending(asked)) if *asked == request)
}

fn loaded<T>(result: Result<T, ErrorText>) -> Loadable<T> {
    match result {
        Ok(value) => Loadable::Ready(value),
        Err(failure) => Loadable::Failed(failure),
    }
}

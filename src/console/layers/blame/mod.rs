//! Blame: the event that set a value, and those that set it before.

mod actions;
mod view;

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

pub(crate) use crate::console::layers::blame::actions::ACTIONS;

use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::effect::Effects;
use crate::console::app::layout::Layout;
use crate::console::app::message::Answer;
use crate::console::app::motion::Motion;
use crate::console::app::past::{Ask, PastCommand, PastQuery};
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::{Extent, Layer, LayerSize};
use crate::console::panes::detail::{self, Detail, KeyPlace, Subject};
use crate::console::panes::events::ShownEvent;
use crate::console::theme::Glyphs;
use crate::console::widgets::diff::KeyDiff;
use crate::console::widgets::pen::Pen;
use crate::event::SpaceSequence;
use crate::operations::StoredDifferences;
use crate::shell::CommandLine;
use crate::space::SpaceId;

/// The event that set the value at a path of a key.
#[derive(Debug, Clone)]
pub struct Blame {
    /// The key. The value as of this sequence is in question; today's if there is none.
    pub place: KeyPlace,
    /// The path to the value; empty for the whole value.
    pub path: String,
    /// The events found so far, the latest first. None after the last one set it.
    pub found: Vec<Arc<PathChange>>,
    /// The stored values that are not what the events say.
    pub stored: StoredDifferences,
    /// The state of the search for the event before those found.
    pub search: BlameSearch,
    /// The request that reads the events found again.
    rereading: Option<RequestId>,
    /// True if they may have changed since they were read.
    is_stale: bool,
    /// The first line on screen.
    pub top: usize,
}

/// The events that changed the value at a path, and what is stored there otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathChanges {
    /// The events, the latest first.
    pub found: Vec<Arc<PathChange>>,
    /// The stored values that are not what the events say.
    pub stored: StoredDifferences,
}

/// The state of a search for an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlameSearch {
    /// It is to be requested.
    Wanted,
    /// It was requested.
    Pending(RequestId),
    /// The last event found answers the question.
    Found,
    /// No event before those found set the value.
    Ended,
    /// It failed.
    Failed(ErrorText),
}

/// An event that changed the value at a path or within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathChange {
    /// The event.
    pub event: ShownEvent,
    /// The parts of the value at or within the path that it changed.
    pub diff: KeyDiff,
}

impl Layer for Blame {
    fn context(&self) -> KeyContext {
        KeyContext::Blame
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body);
        None
    }

    fn trail(&self) -> Option<String> {
        Some("blame".to_owned())
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        let search = match &self.search {
            BlameSearch::Pending(_) => BlameSearch::Wanted,
            search => search.clone(),
        };
        Some(Box::new(Self { search, rereading: None, is_stale: true, ..self.clone() }))
    }

    fn erase(&mut self) {
        (self.found, self.search) = (Vec::new(), BlameSearch::Wanted);
        self.stored = StoredDifferences::default();
    }

    fn selection(&self) -> Option<Subject> {
        self.found.last().map(|found| Subject::Event(Arc::new(found.event.clone())))
    }

    fn key_place(&self, _: &ConsoleState) -> Option<KeyPlace> {
        let at = self.found.last().map(|found| found.event.space_sequence);
        Some(KeyPlace { at, ..self.place.clone() })
    }

    fn asked(&self) -> Vec<RequestId> {
        let searched = match self.search {
            BlameSearch::Pending(request) => Some(request),
            _ => None,
        };
        searched.into_iter().chain(self.rereading).collect()
    }

    fn space_id(&self) -> Option<SpaceId> {
        Some(self.place.space_id)
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        let KeyPlace { space_id, projection, key, .. } = &self.place;
        let line = CommandLine::of("projections blame").name(&state.space_name(*space_id)).name(key);
        let line = if self.path.is_empty() { line } else { line.name(&self.path) };
        let at = match self.search {
            // The command has an answer only as of the first event that set the value.
            BlameSearch::Ended => {
                self.found.last().map(|change| change.event.space_sequence).or(self.place.at)
            }
            _ => self.until(),
        };
        let at = at.map(|at| at.0.to_string());
        line.option("--projection", projection).option_if("--at", at.as_deref()).into()
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.top = motion.scrolled(self.top, extent.wrapped, extent.height);
    }

    fn length(&self, state: &ConsoleState) -> usize {
        state.viewports.layer_lines.into()
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        view::text(&Glyphs::UNICODE, state, self, layout.body).size()
    }
}

impl Blame {
    fn new(place: KeyPlace, path: String) -> Self {
        let (found, search, stored) = (Vec::new(), BlameSearch::Wanted, StoredDifferences::default());
        Self { place, path, found, stored, search, rereading: None, is_stale: false, top: 0 }
    }

    /// Returns the next request, if there is one: the event before those found, or those found again.
    fn next(&mut self, request: RequestId) -> Option<Ask> {
        let (most, is_pinned) = match self.search {
            BlameSearch::Wanted => {
                self.search = BlameSearch::Pending(request);
                (self.found.len() + 1, true)
            }
            BlameSearch::Pending(_) => return None,
            _ if self.is_stale && self.rereading.is_none() => {
                self.rereading = Some(request);
                // A new event may have set the value in question, but changes nothing about the ones before.
                (self.found.len().max(1), self.found.len() > 1)
            }
            _ => return None,
        };
        self.is_stale = false;
        let first = self.found.first().filter(|_| is_pinned);
        let until = first.map(|change| change.event.space_sequence).or(self.place.at);
        let KeyPlace { projection, key, .. } = self.place.clone();
        let is_stored = self.place.at.is_none();
        Some(Ask::Blame { projection, key, path: self.path.clone(), until, most, is_stored })
    }

    /// Has a question that is not answered yet asked again, once nothing is open above.
    fn ask_again(&mut self) {
        if matches!(self.search, BlameSearch::Pending(_)) {
            self.search = BlameSearch::Wanted;
        }
        self.is_stale |= self.rereading.take().is_some();
    }

    /// Shows the events that were found.
    fn show(&mut self, found: Vec<Arc<PathChange>>, is_search: bool) {
        let is_more = found.len() > self.found.len();
        self.search = match (is_search, &self.search) {
            (true, _) if !is_more => BlameSearch::Ended,
            (false, BlameSearch::Ended) if !found.is_empty() && !self.found.is_empty() => BlameSearch::Ended,
            _ if found.is_empty() => BlameSearch::Ended,
            _ => BlameSearch::Found,
        };
        self.found = found;
    }

    /// Returns the sequence up to which the event is looked for: before the one that is shown, or as of which the value is
    /// in question.
    fn until(&self) -> Option<SpaceSequence> {
        let shown = match self.search {
            BlameSearch::Found => self.found.len().checked_sub(2).and_then(|before| self.found.get(before)),
            _ => self.found.last(),
        };
        let before =
            |change: &Arc<PathChange>| SpaceSequence(change.event.space_sequence.0.saturating_sub(1));
        shown.map(before).or(self.place.at)
    }
}

/// Asks which event set the value under the cursor.
pub(super) fn open(state: &mut ConsoleState) {
    let Some(detail) = state.layers.top_as::<Detail>() else { return open_row(state) };
    let Some((place, path)) = detail::path_at_cursor(state, detail) else { return };
    show(state, place, path);
}

/// Asks which event set the value at a path.
pub(crate) fn show(state: &mut ConsoleState, place: KeyPlace, path: String) {
    state.layers.push(Blame::new(place, path));
}

/// Opens the detail of the selected key, with the event that set each part of its value.
fn open_row(state: &mut ConsoleState) {
    detail::inspect(state);
    detail::toggle_blame_column(state);
}

/// Asks which event set the value before the one that is shown.
pub(super) fn go_back(state: &mut ConsoleState) {
    if let Some(blame) = state.layers.top_as_mut::<Blame>() {
        (blame.search, blame.top) = (BlameSearch::Wanted, 0);
    }
}

/// Opens the event that is shown.
pub(super) fn open_event(state: &mut ConsoleState) {
    let Some(subject) = state.layers.top_as::<Blame>().and_then(Layer::selection) else { return };
    state.layers.push(Detail::of(subject));
}

/// Requests what open questions lack.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let request = RequestId(state.last_request.0 + 1);
    let mut open = state.layers.each_mut::<Blame>().rev();
    let Some(blame) = open.next() else { return };
    if let Some(ask) = blame.next(request) {
        let space_id = blame.place.space_id;
        // This question supersedes theirs.
        open.for_each(Blame::ask_again);
        state.last_request = request;
        effects.push(PastCommand::from(PastQuery { request, replaces: None, space_id, ask }));
    }
}

/// Has the events of open questions read again after a commit.
pub(crate) fn recheck(state: &mut ConsoleState) {
    state.layers.each_mut::<Blame>().for_each(|blame| blame.is_stale = true);
}

/// Shows the events that set a value.
pub(crate) fn found(state: &mut ConsoleState, answer: Answer<PathChanges, ErrorText>) -> Changed {
    let is_search = |blame: &Blame| blame.search == BlameSearch::Pending(answer.request);
    let is_asked = |blame: &&mut Blame| is_search(blame) || blame.rereading == Some(answer.request);
    let Some(blame) = state.layers.each_mut::<Blame>().find(is_asked) else { return Changed::No };
    let is_search = is_search(blame);
    if !is_search {
        blame.rereading = None;
    }
    match answer.result {
        Ok(PathChanges { found, stored }) if !is_search && found == blame.found && stored == blame.stored => {
            return Changed::No;
        }
        Ok(PathChanges { found, stored }) => {
            blame.show(found, is_search);
            blame.stored = stored;
        }
        Err(failure) => {
            blame.found.clear();
            blame.search = BlameSearch::Failed(failure);
        }
    }
    Changed::Yes
}

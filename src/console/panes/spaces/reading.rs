//! The reading of the spaces, page by page, and the search for the events that block them.

use std::collections::BTreeMap;

use crate::console::app::message::{Answer, SpacesPage};
use crate::console::app::state::{ConsoleState, DatabaseState, ErrorText, Level, RequestId};
use crate::console::app::update;
use crate::console::app::update::Changed;
use crate::console::panes::checkpoints;
use crate::console::panes::events;
use crate::console::panes::jobs::job::Job;
use crate::console::panes::spaces::{News, show_spaces};
use crate::event_store::UnlistedSpace;
use crate::operations::{AnyOperation, DamagedSpaces, NextEvents, SpaceOverview};
use crate::pstate::BlockingEvent;
use crate::space::SpaceId;

/// The reading of the spaces. All are read once. After a change, the spaces on screen and one page of the
/// others are read; the rest follows once the store is quiet.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The request in flight.
    pub asked: Option<SpacesRequest>,
    /// The current pass through the spaces.
    pub pass: Option<Pass>,
    /// True if something changed since the pass started.
    pub stale: bool,
    /// True if the next request is to include the spaces on screen.
    pub look: bool,
    /// True if one page may be requested.
    pub step: bool,
    /// True if all remaining pages may be requested in turn.
    pub run: bool,
}

/// A pass through the spaces, by ascending id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pass {
    /// The last space read.
    pub after: Option<SpaceId>,
}

/// A request for spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpacesRequest {
    /// The request id.
    pub request: RequestId,
    /// The spaces requested by id.
    pub on_screen: Vec<SpaceId>,
    /// The space after which the requested page starts.
    pub after: Option<SpaceId>,
}

impl Default for Reading {
    /// A first pass, with everything still to be read.
    fn default() -> Self {
        let pass = Some(Pass::default());
        Self { asked: None, pass, stale: false, look: false, step: false, run: true }
    }
}

impl Reading {
    /// Records that something was committed.
    pub fn change(&mut self) {
        (self.stale, self.look, self.step) = (true, true, true);
    }

    /// Lets the rest be read at once, because the store is quiet or the user asks for it.
    pub fn read_rest(&mut self) {
        self.run = self.is_due();
    }

    /// Returns true if something is still to be read.
    pub fn is_due(&self) -> bool {
        self.stale || self.pass.is_some() || self.asked.is_some()
    }

    /// Returns the pass to request a page of, if one may be requested. Starts a new pass if something changed
    /// since the last one started.
    pub fn next_page(&mut self) -> Option<Pass> {
        if self.asked.is_some() || !(self.step || self.run) {
            return None;
        }
        if self.pass.is_none() && std::mem::take(&mut self.stale) {
            self.pass = Some(Pass::default());
        }
        self.step = false;
        self.pass
    }

    /// Continues the pass after a page; `None` ends it.
    pub fn continue_after(&mut self, last: Option<SpaceId>) {
        self.pass = last.map(|last| Pass { after: Some(last) });
        self.run &= self.pass.is_some();
    }

    /// Gives the pass up after a failed page. The next change starts a new one.
    pub fn fail(&mut self) {
        (self.pass, self.run) = (None, false);
    }
}

/// The search for the events that block the spaces on screen, one space at a time.
#[derive(Debug, Clone, Default)]
pub struct Blocking {
    /// The request in flight, and its space.
    pub asked: Option<(RequestId, SpaceId)>,
    /// The events already tried, by space.
    tried: BTreeMap<SpaceId, NextEvents>,
}

impl Blocking {
    /// Returns true if a space has untried events that may block it.
    pub fn is_due(&self, space: &SpaceOverview) -> bool {
        let next = space.next_to_try().filter(|_| space.blocked.is_none());
        next.is_some_and(|next| self.tried.get(&space.space.space_id) != Some(&next))
    }

    /// Records that the space's next events are being tried.
    pub fn ask(&mut self, request: RequestId, space: &SpaceOverview) {
        let space_id = space.space.space_id;
        self.asked = Some((request, space_id));
        self.tried.extend(space.next_to_try().map(|next| (space_id, next)));
    }

    /// Stores the result in the space, unless its projection has advanced since.
    pub fn found(&self, event: Option<BlockingEvent>, space: &mut SpaceOverview) {
        let tried = self.tried.get(&space.space.space_id);
        let next = space.next_to_try();
        if next.zip(tried).is_some_and(|(next, tried)| next.after == tried.after) {
            space.set_blocked(event);
        }
    }
}

/// Carries the blocking event over to a reloaded space if its checkpoint is unchanged.
pub fn keep(before: Option<&SpaceOverview>, space: &mut SpaceOverview) {
    let same = before.filter(|before| before.checkpoint == space.checkpoint);
    if let Some(before) = same.filter(|_| space.next_to_try().is_some()) {
        space.set_blocked(before.blocked.clone());
    }
}

/// Applies a page of the spaces.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<SpacesPage, ErrorText>) -> Changed {
    let pane = &mut state.spaces;
    let is_asked = |asked: &mut SpacesRequest| asked.request == answer.request;
    let Some(asked) = pane.reading.asked.take_if(is_asked) else { return Changed::No };
    let SpacesPage { found, last, last_event_id, bytes, redactions, unlisted, at } = match answer.result {
        Ok(spaces) => spaces,
        Err(failure) => {
            pane.reading.fail();
            pane.failure = Some(failure);
            return Changed::Yes;
        }
    };
    pane.reading.continue_after(last);
    let mut looked_for = asked.on_screen;
    looked_for.extend(pane.between(asked.after, last));
    let was = (pane.loaded, pane.complete, pane.failure.is_some());
    let lost = deleted_elsewhere(state, &looked_for, &found);
    let gone = state.spaces.missing(&looked_for, &found);
    let being_deleted = state.spaces.tally.deleting;
    let news = state.spaces.apply(&looked_for, found, at);
    if !gone.is_empty() {
        update::forget_spaces(state, &gone);
    } else if state.spaces.tally.deleting > being_deleted {
        events::reread(state);
    }
    let pane = &mut state.spaces;
    pane.complete |= last.is_none();
    let is_other = was != (pane.loaded, pane.complete, pane.failure.is_some());
    if news == News::Spaces || (news == News::Counters && pane.sort.is_by_counters()) {
        show_spaces(state);
    } else if news == News::Counters {
        checkpoints::sort_again(&mut state.checkpoints);
    }
    if last.is_none() {
        report_damaged(state, &unlisted);
    }
    let totals = state.spaces.tally.totals;
    let before = state.database.clone();
    state.database = DatabaseState { totals, last_event_id, bytes, redactions, ..before.clone() };
    if was.0 && before.redactions != redactions {
        update::erase(state);
    }
    if let Some(name) = lost {
        let now = state.space().map(|space| format!("; now on {}", space.space.space_name));
        let text = format!("{name} was deleted by another process{}", now.unwrap_or_default());
        state.say(Level::Warning, text);
    }
    if news == News::None && !is_other && before == state.database { Changed::No } else { Changed::Yes }
}

/// Reports the damaged spaces once all are read, unless the same ones were reported before.
fn report_damaged(state: &mut ConsoleState, unlisted: &[UnlistedSpace]) {
    let mut damaged = DamagedSpaces::default();
    state.spaces.all.values().for_each(|space| damaged.note(&space.space, space.fault.as_ref()));
    damaged.note_unlisted(unlisted);
    if state.spaces.damaged == damaged {
        return;
    }
    state.spaces.damaged = damaged.clone();
    if let Some(error) = damaged.error() {
        let failure = ErrorText::of(&error.into(), &state.settings.keys);
        state.say(Level::Warning, failure.into_sentence());
    }
}

/// Marks a space as blocked, or not. If its events cannot be read, it counts as not blocked: a check finds the reason.
pub(crate) fn found_blocking(
    state: &mut ConsoleState,
    answer: Answer<Option<BlockingEvent>, ErrorText>,
) -> Changed {
    let spaces = &mut state.spaces;
    let Some((_, space_id)) = spaces.blocking.asked.take_if(|(request, _)| *request == answer.request) else {
        return Changed::No;
    };
    let Some(space) = spaces.all.get_mut(&space_id) else { return Changed::No };
    let event = answer.result.ok().flatten();
    let is_other = space.blocked != event;
    spaces.blocking.found(event, space);
    if is_other {
        checkpoints::sort_again(&mut state.checkpoints);
        return Changed::Yes;
    }
    Changed::No
}

/// Returns the name of the selected space if the store no longer has it and no job of this console deleted it.
fn deleted_elsewhere(
    state: &ConsoleState,
    looked_for: &[SpaceId],
    found: &[SpaceOverview],
) -> Option<String> {
    let selected = &state.space()?.space;
    let space_id = selected.space_id;
    let is_gone =
        looked_for.contains(&space_id) && found.iter().all(|space| space.space.space_id != space_id);
    let is_ours =
        |job: &Job| job.space_id == Some(space_id) && matches!(job.operation, AnyOperation::DeleteSpace(_));
    (is_gone && !state.jobs.jobs.iter().any(is_ours)).then(|| selected.space_name.clone())
}

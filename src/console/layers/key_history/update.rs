//! Opening the history of a key, loading its changes, and filtering and turning them.

use crate::console::app::effect::Effects;
use crate::console::app::loading::{self, Asked};
use crate::console::app::message::Answer;
use crate::console::app::past::{Ask, PastCommand, PastQuery};
use crate::console::app::state::{ConsoleState, ErrorText};
use crate::console::app::update::{Changed, apply_page};
use crate::console::app::window::{Load, Select, Slice, Window};
use crate::console::layers::key_history::{ChangeOrder, ChangeRow, KeyHistory};
use crate::console::panes::Filter;
use crate::console::panes::detail::{self, KeyPlace};
use crate::event::SpaceSequence;

/// Opens the history of the key under the cursor.
pub(super) fn open(state: &mut ConsoleState) {
    if let Some(place) = detail::key_here(state) {
        show(state, place);
    }
}

/// Opens the history of a key, or goes back to it. The change of the event at which it was asked for is selected.
pub(crate) fn show(state: &mut ConsoleState, place: KeyPlace) {
    let KeyPlace { space_id, projection, key, at } = place;
    let mut history = KeyHistory {
        space_id,
        projection,
        key,
        order: ChangeOrder::default(),
        filter: Filter::default(),
        window: Window::default(),
        failure: None,
    };
    history.read_from(at);
    state.layers.push(history);
}

impl KeyHistory {
    /// Reads the changes around an event, or from the top.
    fn read_from(&mut self, at: Option<SpaceSequence>) {
        match at.map(|at| self.order.place(at)) {
            Some(place) => self.window.wish(Load::Around(place), Select::At(place)),
            None => self.window.wish(Load::Start, Select::First),
        }
    }

    /// Looks for changes by new events. If the newest is selected, the selection follows.
    fn recheck(&mut self) {
        let on_newest = self.window.at_start && self.window.selected_index() == Some(0);
        match self.order {
            ChangeOrder::OldestFirst => self.window.recheck_end(),
            ChangeOrder::NewestFirst if on_newest && self.window.pending.is_none() => {
                self.window.wish(Load::Start, Select::First);
            }
            ChangeOrder::NewestFirst => self.window.refresh(),
        }
    }
}

/// Lists the newest or the oldest change first.
pub(super) fn turn(state: &mut ConsoleState) {
    let Some(history) = state.layers.top_as_mut::<KeyHistory>() else { return };
    let at = history.window.selected.map(|place| place.sequence());
    history.order = history.order.turned();
    history.window.reset();
    history.failure = None;
    history.read_from(at);
}

/// Reads the end of every open history again after a commit.
pub(crate) fn recheck(state: &mut ConsoleState) {
    state.layers.each_mut().for_each(KeyHistory::recheck);
}

/// Requests the changes that open histories lack.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let height = state.viewports.layer.into();
    for history in state.layers.each_mut::<KeyHistory>() {
        let next = loading::next(&mut history.window, height, &mut state.last_request);
        let Some(Asked { request, load, replaces }) = next else { continue };
        let ask = Ask::History {
            projection: history.projection.clone(),
            key: history.key.clone(),
            order: history.order,
            load,
            text: history.filter.0.clone(),
            limit: loading::limit(height),
        };
        effects.push(PastCommand::from(PastQuery { request, replaces, space_id: history.space_id, ask }));
    }
}

/// Applies a page of changes.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Slice<ChangeRow>, ErrorText>) -> Changed {
    let height = state.viewports.layer.into();
    let is_asked = |history: &&mut KeyHistory| {
        history.window.pending.as_ref().is_some_and(|pending| pending.request == answer.request)
    };
    let Some(history) = state.layers.each_mut().find(is_asked) else { return Changed::No };
    let taken = apply_page(&mut history.window, &mut history.failure, answer, (height, &state.moments));
    if std::mem::take(&mut history.window.stale) {
        history.recheck();
    }
    taken
}

//! The list of spaces: order, selection, marks.

use crate::clock::Timestamp;
use crate::console::app::motion::reveal_panes;
use crate::console::app::motion::{self, Motion};
use crate::console::app::state::{ConsoleState, Level};
use crate::console::panes::spaces::Listed;
use crate::console::panes::{Filter, checkpoints};
use crate::operations::{SpaceOrder, SpaceOverview};
use crate::space::{Head, Space, SpaceId};

/// Selects a space. Clears the filter of the spaces pane if it hides that space.
pub(crate) fn select_space(state: &mut ConsoleState, space_id: SpaceId) {
    state.spaces.selected = Some(space_id);
    if state.spaces.get(space_id).is_some() && state.spaces.shown.place(space_id).is_none() {
        state.spaces.filter = Filter::default();
        show_spaces(state);
    }
    reveal_panes(state);
}

/// Shows the loaded spaces that match, in order, in the panes of spaces and checkpoints. If the selected space is gone
/// or hidden, selects the one in its place.
pub(crate) fn show_spaces(state: &mut ConsoleState) {
    let spaces = &mut state.spaces;
    let shown = spaces.ordered(&spaces.filter);
    spaces.selected = reselect(&spaces.shown, &shown, spaces.selected);
    spaces.shown = shown;
    let (spaces, pane) = (&state.spaces, &mut state.checkpoints);
    let shown = match pane.filter == spaces.filter {
        true => spaces.shown.clone(),
        false => spaces.ordered(&pane.filter),
    };
    checkpoints::show(pane, shown);
    reveal_panes(state);
}

/// Lists a new space, so that keys apply to it before the spaces are read again. A space that was already read keeps its
/// counters.
pub(crate) fn add_created(state: &mut ConsoleState, space: Space) {
    let is_new = state.spaces.get(space.space_id).is_none();
    let app = space.app_name().and_then(|name| state.apps.named(&name)).map(|app| app.name());
    let created = is_new.then_some(SpaceOverview { app, ..SpaceOverview::of(space, Head::default()) });
    apply_overviews(state, &[], Vec::from_iter(created));
}

/// Removes a deleted space from the lists, so that no key applies to it before the spaces are read again.
pub(crate) fn remove_deleted(state: &mut ConsoleState, space_id: SpaceId) {
    apply_overviews(state, &[space_id], Vec::new());
}

fn apply_overviews(state: &mut ConsoleState, asked: &[SpaceId], found: Vec<SpaceOverview>) {
    let at = found.first().map_or_else(Timestamp::default, |space| space.space.created_at);
    state.spaces.apply(asked, found, at);
    // A list that was requested earlier is out of date.
    state.spaces.reading.asked = None;
    show_spaces(state);
}

/// Returns the selection among `after`: the space selected among `before`, or the one in its place.
pub(crate) fn reselect(
    before: &Listed<SpaceId>,
    after: &Listed<SpaceId>,
    selected: Option<SpaceId>,
) -> Option<SpaceId> {
    let last = after.len().checked_sub(1)?;
    if let Some(selected) = selected.filter(|selected| after.place(*selected).is_some()) {
        return Some(selected);
    }
    let place = selected.and_then(|selected| before.place(selected)).unwrap_or(0);
    Some(after[place.min(last)])
}

/// Sorts the spaces by the next order.
pub(crate) fn sort(state: &mut ConsoleState) {
    set_order(state, state.spaces.sort.next(), false);
}

/// Sorts the spaces by an order, or reverses it if they are already sorted by it. Spaces that are still to be read are
/// inserted in their places.
pub(crate) fn sort_by(state: &mut ConsoleState, sort: SpaceOrder) {
    let is_reversed = state.spaces.sort == sort && !state.spaces.is_reversed;
    set_order(state, sort, is_reversed);
}

fn set_order(state: &mut ConsoleState, sort: SpaceOrder, is_reversed: bool) {
    (state.spaces.sort, state.spaces.is_reversed) = (sort, is_reversed);
    show_spaces(state);
    let order = sort.title();
    let direction = if is_reversed { ", reversed" } else { "" };
    state.say(Level::Info, format!("sorted by {order}{direction}"));
}

/// Marks or unmarks the selected space, and moves to the next.
pub(crate) fn toggle(state: &mut ConsoleState) {
    let Some(found) = state.space() else { return };
    let (space_id, rows) = (found.space.space_id, found.projections.len().max(1));
    let marked = &mut state.spaces.marked;
    if !marked.remove(&space_id) {
        marked.insert(space_id);
    }
    // A space may have several rows.
    for _ in 0..rows {
        motion::go(state, Motion::Rows(1));
        if state.spaces.selected != Some(space_id) {
            break;
        }
    }
}

/// Marks all shown spaces. If all of them are marked, clears every mark.
pub(crate) fn toggle_all(state: &mut ConsoleState) {
    let Some(shown) = state.focus.list().spaces(state) else { return };
    let shown = shown.to_vec();
    let marked = &mut state.spaces.marked;
    if shown.iter().all(|space_id| marked.contains(space_id)) {
        marked.clear();
    } else {
        marked.extend(shown);
    }
}

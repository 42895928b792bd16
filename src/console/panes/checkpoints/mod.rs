//! The checkpoints pane: the status, the lag, the last error and the last rebuild of each projection.

mod cells;
mod order;
mod problems;
mod view;

use std::cell::OnceCell;

use ratatui::layout::Rect;

use crate::console::app::availability::Availability;
use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::motion::{Motion, go_in_list};
use crate::console::app::shown_list::ShownList;
use crate::console::app::state::ConsoleState;
use crate::console::panes::Filter;
use crate::console::panes::detail::Subject;
use crate::console::panes::spaces::Listed;
use crate::console::panes::view::Note;
use crate::console::panes::{List, Pane, remember, spaces};
use crate::console::theme::Glyphs;
use crate::console::widgets::pen::Pen;
use crate::operations::{CheckpointOrder, SpaceOrder, SpaceOverview, StoreList};
use crate::pstate::STATE;
use crate::shell::CommandLine;
use crate::space::{SpaceId, SpaceState};

pub(crate) use cells::{lag_of, status_of};
pub(crate) use order::ACTIONS;
pub(crate) use problems::{PROBLEM_ACTIONS, has_other, select_most_troubled};

/// A row of the pane: a projection of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CheckpointRow {
    /// The space.
    pub space_id: SpaceId,
    /// The index of the projection among those of the space.
    pub projection: usize,
}

/// The checkpoints pane: the loaded spaces in the order of the spaces pane, with a row for each of their projections.
#[derive(Debug, Clone, Default)]
pub struct CheckpointsPane {
    /// The spaces shown, in order. The selection is shared with the spaces pane.
    pub shown: Listed<SpaceId>,
    /// The projections of these spaces, listed when they are needed first: a thousand spaces are sorted more often than
    /// this pane is looked at. The selected one is also the one that the projections pane lists.
    rows: OnceCell<Listed<CheckpointRow>>,
    /// The first row on screen, as an index into `rows`.
    pub top: usize,
    /// The order of the rows.
    pub order: CheckpointOrder,
    /// True if the order is reversed.
    pub is_reversed: bool,
    /// The text to find in space names.
    pub filter: Filter,
    /// The selection before filtering, restored afterwards.
    pub before_filter: Option<SpaceId>,
}

/// The checkpoints pane.
pub(super) struct Checkpoints;

impl List for Checkpoints {
    fn context(&self) -> KeyContext {
        KeyContext::Checkpoints
    }

    fn command(&self, state: &ConsoleState) -> Option<Commands> {
        let CheckpointsPane { filter, order, is_reversed, .. } = &state.checkpoints;
        // Without an order of its own, the pane has that of the spaces.
        let is_default = *order == CheckpointOrder::default();
        let spaces = &state.spaces;
        let is_like_spaces = is_default && (spaces.sort != SpaceOrder::default() || spaces.is_reversed);
        let word = (!is_default).then(|| order.word());
        let filter = (!filter.is_empty()).then_some(filter.as_str());
        let list = CommandLine::of("checkpoints list").option_if("--contains", filter);
        let list = list.option_if("--sort", word).flag("--reverse", *is_reversed);
        Some(Commands::from(list).without("the order of the spaces", is_like_spaces))
    }

    fn check_export(&self, state: &ConsoleState) -> Availability {
        spaces::can_export_list(state, &state.checkpoints.shown)
    }

    fn exported(&self, state: &ConsoleState) -> Option<ShownList> {
        let (CheckpointsPane { shown, filter, .. }, rows) =
            (&state.checkpoints, state.checkpoint_rows().len());
        let list = ShownList::spaces(StoreList::Checkpoints, shown, rows, !filter.is_empty());
        Some(ShownList { commands: self.command(state), ..list })
    }

    fn is_of_space(&self) -> bool {
        true
    }

    fn reveal(&self, state: &mut ConsoleState) {
        let height = state.viewports.of(Pane::Checkpoints);
        if height > 0 {
            let (place, rows) = (selected_place(state), state.checkpoint_rows().len());
            go_in_list(place, rows, &mut state.checkpoints.top, Motion::Rows(0), height);
        }
    }

    /// It shows what the spaces pane reads.
    fn recheck(&self, _state: &mut ConsoleState) {}

    fn reload(&self, _state: &mut ConsoleState) {}

    fn forget(&self, _state: &mut ConsoleState, _gone: &[SpaceId]) {}

    fn selection(&self, state: &ConsoleState) -> Option<Subject> {
        let CheckpointRow { space_id, projection } = selected(state)?;
        let space = state.spaces.get(space_id).filter(|space| space.space.state == SpaceState::Open);
        let projection = space.and_then(|space| space.projections.get(projection));
        Some(projection.map_or(Subject::Space(space_id), |projection| Subject::Projection {
            space_id,
            name: projection.name.to_string(),
        }))
    }

    fn check_selection(&self, state: &ConsoleState) -> Availability {
        Pane::Spaces.list().check_selection(state)
    }

    fn spaces<'a>(&self, state: &'a ConsoleState) -> Option<&'a [SpaceId]> {
        Some(&state.checkpoints.shown)
    }

    fn go(&self, state: &mut ConsoleState, motion: Motion) {
        let (place, rows) = (selected_place(state), state.checkpoint_rows().len());
        let height = state.viewports.of(Pane::Checkpoints);
        let to = go_in_list(place, rows, &mut state.checkpoints.top, motion, height);
        select(state, to);
    }

    fn is_at_last(&self, state: &ConsoleState) -> bool {
        selected_place(state).is_some_and(|place| place + 1 == state.checkpoint_rows().len())
    }

    fn select(&self, state: &mut ConsoleState, row: usize) {
        select(state, state.checkpoints.top.saturating_add(row));
    }

    fn sort_by(&self, state: &mut ConsoleState, column: &str) {
        order::sort_by(state, column);
    }

    fn filter<'a>(&self, state: &'a ConsoleState) -> Option<&'a Filter> {
        Some(&state.checkpoints.filter)
    }

    fn set_filter(&self, state: &mut ConsoleState, filter: Filter) {
        let CheckpointsPane { filter: before, before_filter, shown, .. } = &mut state.checkpoints;
        remember(before, &filter, &mut state.spaces.selected, before_filter);
        let matching = state.spaces.ordered(&filter);
        *before = filter;
        if let Some(space_id) = spaces::reselect(shown, &matching, state.spaces.selected) {
            spaces::select_space(state, space_id);
        }
        spaces::show_spaces(state);
    }

    fn restore_selection(&self, state: &mut ConsoleState) {
        state.spaces.selected = state.checkpoints.before_filter;
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool) {
        view::draw(pen, state, inner, focused);
    }

    fn note(&self, glyphs: &Glyphs, state: &ConsoleState) -> Note {
        view::note(glyphs, state)
    }
}

/// Selects the projection in a row with its space.
fn select(state: &mut ConsoleState, place: usize) {
    let Some(CheckpointRow { space_id, projection }) = state.checkpoint_rows().get(place).copied() else {
        return;
    };
    let space = state.spaces.get(space_id);
    let chosen = space.and_then(|space| space.projections.get(projection));
    state.projections.chosen = chosen.map_or(STATE, |chosen| &chosen.name).to_owned();
    spaces::select_space(state, space_id);
}

impl ConsoleState {
    /// Returns a row of the checkpoints pane for each projection of the spaces that it shows. A space whose projections are
    /// not known yet has one.
    pub fn checkpoint_rows(&self) -> &Listed<CheckpointRow> {
        self.checkpoints.rows.get_or_init(|| rows_of(self).into())
    }
}

/// Shows spaces in order. Their projections are listed again.
pub(crate) fn show(pane: &mut CheckpointsPane, shown: Listed<SpaceId>) {
    (pane.shown, pane.rows) = (shown, OnceCell::new());
}

/// Sorts the rows again if their order depends on counters, which have changed.
pub(crate) fn sort_again(pane: &mut CheckpointsPane) {
    if pane.order.is_by_counters() {
        pane.rows = OnceCell::new();
    }
}

fn rows_of(state: &ConsoleState) -> Vec<CheckpointRow> {
    let count = |space_id| state.spaces.get(space_id).map_or(1, |space| space.projections.len().max(1));
    let rows = |space_id| (0..count(space_id)).map(move |projection| CheckpointRow { space_id, projection });
    let mut rows: Vec<_> = state.checkpoints.shown.iter().flat_map(|space_id| rows(*space_id)).collect();
    order::sort(state, &mut rows);
    rows
}

/// Returns the selected row: the listed projection of the selected space.
pub(crate) fn selected(state: &ConsoleState) -> Option<CheckpointRow> {
    let space_id = state.spaces.selected?;
    let listed = state.listed_projection();
    let place = |space: &SpaceOverview| space.projections.iter().position(|one| one.name == listed);
    let projection = state.spaces.get(space_id).and_then(place).unwrap_or(0);
    Some(CheckpointRow { space_id, projection })
}

fn selected_place(state: &ConsoleState) -> Option<usize> {
    selected(state).and_then(|row| state.checkpoint_rows().place(row))
}

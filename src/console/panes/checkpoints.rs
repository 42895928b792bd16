//! The checkpoints pane: the last applied event of each space's projection.

use ratatui::layout::Rect;

use crate::console::app::action::Able;
use crate::console::app::context::KeyContext;
use crate::console::app::motion::{Motion, go_in_list};
use crate::console::app::state::ConsoleState;
use crate::console::panes::Filter;
use crate::console::panes::detail::Subject;
use crate::console::panes::spaces::{Listed, Tally};
use crate::console::panes::view::{Note, SPACE_NAME, lag, no_spaces, push_marks, scroll, space_name, words};
use crate::console::panes::{List, Pane, remember, spaces};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar;
use crate::console::widgets::pen::{Pen, Piece, piece, right_of, row as line};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::operations::SpaceOverview;
use crate::space::{SpaceId, SpaceState};
use crate::text::{grouped, short, span};

/// The checkpoints pane: the loaded spaces in the order of the spaces pane, with the positions of their
/// projections.
#[derive(Debug, Clone, Default)]
pub struct CheckpointsPane {
    /// The spaces shown, in order. The selection is shared with the spaces pane.
    pub shown: Listed<SpaceId>,
    /// The first row on screen, as an index into `shown`.
    pub top: usize,
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

    fn is_of_space(&self) -> bool {
        true
    }

    fn reveal(&self, state: &mut ConsoleState) {
        let height = state.viewports.of(Pane::Checkpoints);
        let checkpoints = &mut state.checkpoints;
        let place = state.spaces.selected.and_then(|id| checkpoints.shown.place(id));
        go_in_list(place, checkpoints.shown.len(), &mut checkpoints.top, Motion::Rows(0), height);
    }

    /// It shows what the spaces pane reads.
    fn recheck(&self, _state: &mut ConsoleState) {}

    fn reload(&self, _state: &mut ConsoleState) {}

    fn forget(&self, _state: &mut ConsoleState, _gone: &[SpaceId]) {}

    fn selection(&self, state: &ConsoleState) -> Option<Subject> {
        Pane::Spaces.list().selection(state)
    }

    fn check_selection(&self, state: &ConsoleState) -> Able {
        Pane::Spaces.list().check_selection(state)
    }

    fn beside(&self, state: &ConsoleState) -> Option<Subject> {
        state.main.list().selection(state)
    }

    fn spaces<'a>(&self, state: &'a ConsoleState) -> Option<&'a [SpaceId]> {
        Some(&state.checkpoints.shown)
    }

    fn go(&self, state: &mut ConsoleState, motion: Motion) {
        let CheckpointsPane { shown, top, .. } = &mut state.checkpoints;
        let place = state.spaces.selected.and_then(|id| shown.place(id));
        let to = go_in_list(place, shown.len(), top, motion, state.viewports.of(Pane::Checkpoints));
        if let Some(space_id) = shown.get(to).copied() {
            spaces::select_space(state, space_id);
        }
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

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, border: Rect, focused: bool) {
        draw(pen, state, inner, border, focused);
    }

    fn note(&self, glyphs: &Glyphs, state: &ConsoleState) -> Note {
        note(glyphs, state)
    }
}

const COLUMNS: [Column; 6] = [
    Column::text("name").growing().names().at_least(10).at_most(SPACE_NAME),
    Column::number("checkpoint"),
    Column::number("last").rank(1),
    Column::number("lag").at_least(3).rank(2),
    Column::number("behind").rank(4).spare(),
    Column::number("keys").rank(3).spare(),
];
/// The column of the lag in time, shown if any projection lags.
const BEHIND: usize = 4;
const FEW_COLUMNS: [Column; 2] =
    [Column::text("name").growing().names().at_least(10), Column::number("at").rank(1)];
/// The minimum and maximum width of a bar; names take precedence.
const BARS: (u16, u16) = (9, 18);
const FEW_BARS: (u16, u16) = (5, 9);
/// The minimum width for numbers in separate columns.
const WIDE: u16 = 60;

fn draw(pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, border: Rect, focused: bool) {
    let pane = &state.checkpoints;
    if pane.shown.is_empty() {
        return no_spaces(pen, state, &pane.filter, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let spaces: Vec<&SpaceOverview> =
        pane.shown.iter().skip(pane.top).take(shown).filter_map(|id| state.spaces.get(*id)).collect();
    let is_selected = |space: &SpaceOverview| state.spaces.selected == Some(space.space.space_id);
    let whole = table(pen, state, &spaces, inner.width, grouped);
    // Leaves room for the bar.
    let table = if whole.drops_counters(inner.width.saturating_sub(FEW_BARS.0)) {
        table(pen, state, &spaces, inner.width, short)
    } else {
        whole
    };
    let words = words(&pane.filter);
    let table = Table { focused, matches: &words, ..table };
    let (least, most) = if inner.width >= WIDE { BARS } else { FEW_BARS };
    let bar = inner.width.saturating_sub(table.preferred_width()).clamp(least, most);
    table.draw(pen, Rect { width: inner.width.saturating_sub(bar), ..inner });
    for (index, space) in (1..).zip(&spaces) {
        let beside = right_of(line(inner, index), inner.width - bar);
        if is_selected(space) {
            pen.wash(beside, if focused { Role::Selection } else { Role::Resting });
        }
        // The counters are those from before the deletion, or those to be reached by the import.
        if space.space.state != SpaceState::Open {
            continue;
        }
        let place = Rect { width: bar - 1, ..beside };
        let role = match space.lag() {
            _ if space.ahead => Role::Danger,
            0 => Role::Current,
            _ => Role::Behind,
        };
        bar::draw_line(pen, place, space.checkpoint.sequence.0, space.head.last_sequence.0, role);
    }
    scroll(pen, border, pane.top, shown, pane.shown.len());
}

/// The checkpoints of spaces, with counters formatted by `figure`.
fn table<'a>(
    pen: &Pen<'_>,
    state: &'a ConsoleState,
    spaces: &[&'a SpaceOverview],
    width: u16,
    figure: fn(u64) -> String,
) -> Table<'a> {
    let mut columns = if width >= WIDE { COLUMNS.to_vec() } else { FEW_COLUMNS.to_vec() };
    let row = |space: &&'a SpaceOverview| {
        let name = space_name(pen.glyphs(), &state.spaces, space);
        let cells = if width >= WIDE { cells(pen, space, figure) } else { few_cells(space, figure) };
        let selected = state.spaces.selected == Some(space.space.space_id);
        TableRow { cells: std::iter::once(name).chain(cells).collect(), selected }
    };
    let mut rows: Vec<TableRow<'a>> = spaces.iter().map(row).collect();
    if width >= WIDE && spaces.iter().all(|space| space.lag() == 0) {
        columns.remove(BEHIND);
        rows.iter_mut().for_each(|row| drop(row.cells.remove(BEHIND)));
    }
    Table { columns, rows, ..Table::default() }
}

fn cells<'a>(pen: &Pen<'_>, space: &'a SpaceOverview, figure: fn(u64) -> String) -> Vec<Vec<Piece<'a>>> {
    if let Some(state) = space.space.state.in_short() {
        let mut cells = vec![vec![piece(state, Role::Danger)]];
        cells.resize(COLUMNS.len() - 1, Vec::new());
        return cells;
    }
    let behind = if space.lag() == 0 { String::new() } else { span(space.lag_millis()) };
    vec![
        vec![piece(figure(space.checkpoint.sequence.0), Role::Text)],
        vec![piece(figure(space.head.last_sequence.0), Role::Muted)],
        vec![lag(pen, space, figure)],
        vec![piece(behind, Role::Muted)],
        vec![piece(figure(space.checkpoint.entities), Role::Muted)],
    ]
}

fn few_cells(space: &SpaceOverview, figure: fn(u64) -> String) -> Vec<Vec<Piece<'_>>> {
    if let Some(state) = space.space.state.in_short() {
        return vec![vec![piece(state, Role::Danger)]];
    }
    let role = match space.lag() {
        _ if space.ahead => Role::Danger,
        0 => Role::Text,
        _ => Role::Warning,
    };
    vec![vec![
        piece(figure(space.checkpoint.sequence.0), role),
        piece("/", Role::Muted),
        piece(figure(space.head.last_sequence.0), Role::Muted),
    ]]
}

fn note(glyphs: &Glyphs, state: &ConsoleState) -> Note {
    let mut note = Note::of(&state.checkpoints.filter);
    push_marks(glyphs, &state.spaces, &mut note);
    if state.spaces.all.is_empty() {
        return note;
    }
    let Tally { behind, ahead, .. } = state.spaces.tally;
    let (full, brief, role) = match behind {
        _ if ahead > 0 => {
            (format!("{} ahead", grouped(ahead)), format!("{} ahead", short(ahead)), Role::Danger)
        }
        0 if state.spaces.complete => ("all current".to_owned(), glyphs.done.to_owned(), Role::Muted),
        0 => ("current so far".to_owned(), glyphs.done.to_owned(), Role::Muted),
        _ => (
            format!("{} behind", grouped(behind)),
            format!("{} {}", glyphs.warning, short(behind)),
            Role::Warning,
        ),
    };
    note.push(piece(full, role), piece(brief, role));
    note
}

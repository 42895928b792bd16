//! The rows of the checkpoints pane, each with a bar.

use ratatui::layout::Rect;

use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::panes::spaces::Tally;
use crate::console::panes::view::{Note, no_spaces, push_marks, scroll, words};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar;
use crate::console::widgets::pen::{Pen, below, piece, right_of, row as line};
use crate::console::widgets::table::Table;
use crate::operations::CheckpointOrder;
use crate::space::SpaceState;
use crate::text::{grouped, short};

use super::cells::{Shown, WIDE, table};
use super::selected;

/// The minimum and maximum width of a bar; names take precedence.
const BARS: (u16, u16) = (9, 18);
const FEW_BARS: (u16, u16) = (4, 9);

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool) {
    let pane = &state.checkpoints;
    if pane.shown.is_empty() {
        return no_spaces(pen, state, &pane.filter, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let chosen = selected(state);
    let all = state.checkpoint_rows();
    let visible = all.iter().skip(pane.top).take(shown);
    let rows: Vec<Shown<'_>> = visible
        .filter_map(|row| {
            let space = state.spaces.get(row.space_id)?;
            let projection = space.projections.get(row.projection);
            Some(Shown { space, projection, selected: chosen == Some(*row) })
        })
        .collect();
    let whole = table(pen, state, &rows, inner.width, grouped);
    // Leaves room for the bar.
    let table = if whole.drops_counters(inner.width.saturating_sub(FEW_BARS.0)) {
        table(pen, state, &rows, inner.width, short)
    } else {
        whole
    };
    let words = words(&pane.filter);
    let table = Table { focused, matches: &words, ..table };
    let (least, most) = if inner.width >= WIDE { BARS } else { FEW_BARS };
    let bar = inner.width.saturating_sub(table.preferred_width()).clamp(least, most);
    table.draw(pen, Rect { width: inner.width.saturating_sub(bar), ..inner });
    for (index, row) in (1..).zip(&rows) {
        let beside = right_of(line(inner, index), inner.width - bar);
        pen.spot(beside, Spot::Row(usize::from(index) - 1));
        if row.selected {
            pen.wash(beside, if focused { Role::Selection } else { Role::Resting });
        }
        // The counters are those from before the deletion, or those to be reached by the import.
        if row.space.space.state != SpaceState::Open {
            continue;
        }
        let place = Rect { width: bar - 1, ..beside };
        let role = row.role(Role::Muted, Role::Behind);
        bar::draw_line(pen, place, row.checkpoint().sequence.0, row.space.head.last_sequence.0, role);
    }
    scroll(pen, below(inner, 1), pane.top, shown, all.len());
}

/// Counts the spaces that match the filter.
fn tally(state: &ConsoleState) -> Tally {
    if state.checkpoints.filter.is_empty() {
        return state.spaces.tally;
    }
    let mut tally = Tally::default();
    for space in state.checkpoints.shown.iter().filter_map(|space_id| state.spaces.get(*space_id)) {
        tally.add(space, false);
    }
    tally
}

pub(super) fn note(glyphs: &Glyphs, state: &ConsoleState) -> Note {
    let mut note = Note::of(&state.checkpoints.filter);
    push_marks(glyphs, &state.spaces, &mut note);
    if state.spaces.all.is_empty() {
        return note;
    }
    let order = state.checkpoints.order;
    if order != CheckpointOrder::default() {
        let [full, brief] = ["  ", " "].map(|gap| piece(format!("by {}{gap}", order.title()), Role::Muted));
        note.push(full, brief);
    }
    let Tally { behind, outdated, ahead, .. } = tally(state);
    let (full, brief, role) = match behind {
        _ if ahead > 0 => {
            (format!("{} ahead", grouped(ahead)), format!("{} ahead", short(ahead)), Role::Danger)
        }
        _ if outdated > 0 => (
            format!("{} outdated", grouped(outdated)),
            format!("{} {}", glyphs.warning, short(outdated)),
            Role::Warning,
        ),
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

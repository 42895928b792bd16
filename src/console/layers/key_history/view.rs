//! The history of a key as a table: sequence, time, type, and what changed.

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::past;
use crate::console::app::state::ConsoleState;
use crate::console::app::view::failed;
use crate::console::layers::key_history::{ChangeRow, KeyHistory};
use crate::console::panes::view::{Note, matching, no_match, now, words};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, Placeholder, beside_title};
use crate::console::widgets::pen::{Pen, below, piece};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::pstate::STATE;
use crate::text::{counted, grouped, short};

/// The index of the column of times.
const TIME: usize = 1;

/// Draws the history over the area of a list.
pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, history: &KeyHistory, area: Rect, focused: bool) {
    pen.ground(area, Role::Ground);
    let window = &history.window;
    let role = if focused { Role::Title } else { Role::Strong };
    let mut title = vec![
        piece(format!("Changes of {}", &history.key), role),
        piece(format!("  {}", state.space_name(history.space_id)), Role::Muted),
    ];
    if history.projection != STATE {
        title.push(piece(format!("  {}", history.projection), Role::Muted));
    }
    title.extend(now(state));
    let whole = window.is_whole();
    let note = note(history, whole).fit(beside_title(area.width, &title));
    let foot = past::skipped_foot(state, (history.space_id, &history.projection, None), area.width);
    let inner = Frame { title, note, foot, focused, ..Frame::default() }.draw(pen, area);
    if let Some(failure) = &history.failure {
        return failed(pen, inner, failure);
    }
    if window.rows.is_empty() {
        return empty(pen, state, history, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let matches = words(&history.filter);
    let mut table = table(pen, state, history, shown);
    (table.focused, table.matches) = (focused, &matches);
    table.draw(pen, inner);
    if whole {
        let (first, total) = (window.top_index() as u64, window.rows.len() as u64);
        Scroll { first, shown: shown as u64, total }.draw(pen, below(inner, 1));
    }
}

fn note(history: &KeyHistory, whole: bool) -> Note {
    let mut note = Note::of(&history.filter);
    let changes = history.window.rows.len() as u64;
    let is_filtered = !history.filter.is_empty();
    if is_filtered {
        let [full, brief] = matching(&history.window);
        note.push(full, brief);
    } else if whole {
        let full = piece(counted(changes, "change", "changes"), Role::Muted);
        note.push(full, piece(short(changes), Role::Muted));
    }
    let gap = if is_filtered || whole { "  " } else { "" };
    let order = piece(format!("{gap}{}", history.order.name()), Role::Muted);
    note.push(order.clone(), order);
    note
}

fn table<'a>(pen: &Pen<'_>, state: &'a ConsoleState, history: &'a KeyHistory, shown: usize) -> Table<'a> {
    let window = &history.window;
    let [kind, change, ..] = window.measured.widest();
    let last = window.rows.iter().map(|row| row.event.space_sequence.0).max().unwrap_or(0);
    let digits = u16::try_from(grouped(last).len()).unwrap_or(0);
    let columns = vec![
        Column::number("seq").at_least(digits.max(3)),
        Column::text("time").at_least(state.moments.day_line_width()).rank(2),
        Column::text("type").names().at_least(12).at_most(32).at_most_one_in(4).holding(kind).rank(1),
        Column::text("change").growing().at_least(12).holding(change),
    ];
    let row = |row: &'a ChangeRow| TableRow {
        cells: vec![
            vec![piece(grouped(row.event.space_sequence.0), Role::Muted)],
            vec![piece(state.moments.time(row.event.timestamp), Role::Muted)],
            vec![piece(&*row.event.event_type, Role::Text)],
            row.diff.line(pen.glyphs()),
        ],
        selected: window.selected == Some(row.place),
    };
    let days = window.days(shown, TIME, |row| state.moments.day_line(row.event.timestamp));
    Table { columns, rows: window.visible(shown).map(row).collect(), days, ..Table::default() }
}

/// Draws why no change is shown and what to do next.
fn empty(pen: &mut Pen<'_>, state: &ConsoleState, history: &KeyHistory, area: Rect) {
    let window = &history.window;
    let request = window.pending.as_ref().map(|pending| pending.request);
    let (text, next) = if !window.is_loaded() || request.is_some() {
        (past::folding(state, request), Some(format!("{} stops it", key(state, Action::Back))))
    } else if !history.filter.is_empty() {
        return no_match(pen, state, "change", (&history.filter, window), area);
    } else {
        let text = format!("No event has ever written {}", history.key);
        (text, Some("The stored projection may have been built by another version of its app".to_owned()))
    };
    Placeholder { text: &text, role: Role::Text, next: next.as_deref() }.draw(pen, area);
}

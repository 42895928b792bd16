//! Checkpoints: how far the projection of each space has come.

use ratatui::layout::Rect;

use super::spaces;
use crate::console::state::State;
use crate::console::view::theme::Role;
use crate::console::view::widget::bar;
use crate::console::view::widget::figures::{count, span};
use crate::console::view::widget::message::Message;
use crate::console::view::widget::pen::{Pen, Piece, piece, row as line};
use crate::console::view::widget::table::{Column, Row, Table};
use crate::operations::SpaceOverview;
use crate::text::visible;

const COLUMNS: [Column; 6] = [
    Column::text("name").growing().at_least(10),
    Column::number("checkpoint"),
    Column::number("last").rank(1),
    Column::number("lag").at_least(3).rank(2),
    Column::number("behind").rank(4),
    Column::number("keys").rank(3),
];
/// The least width at which there is room for a bar beside the numbers.
const WITH_BAR: u16 = 60;
const BAR: u16 = 16;

pub fn draw(pen: &mut Pen<'_>, state: &State, inner: Rect, border: Rect, focused: bool) {
    let pane = &state.checkpoints;
    if pane.shown.is_empty() {
        return empty(pen, state, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let on_screen: Vec<&SpaceOverview> =
        pane.shown.iter().skip(pane.top).take(shown).filter_map(|id| state.spaces.get(*id)).collect();
    let rows =
        on_screen.iter().map(|space| row(pen, space, pane.selected == Some(space.space.space_id))).collect();
    let table = Table {
        columns: COLUMNS.to_vec(),
        rows,
        focused,
        matches: &super::words(&pane.filter),
        ..Table::default()
    };
    let bar = if inner.width >= WITH_BAR { BAR } else { 0 };
    table.draw(pen, Rect { width: inner.width - bar, ..inner });
    for (index, space) in (1..).zip(&on_screen) {
        let place = line(inner, index);
        let selected = pane.selected == Some(space.space.space_id);
        let beside = Rect { x: place.right() - bar, width: bar, ..place };
        if selected {
            pen.wash(beside, if focused { Role::Selection } else { Role::Resting });
        }
        if bar > 0 {
            let role = if space.lag() > 0 { Role::Warning } else { Role::Bar };
            let place = Rect { width: bar - 1, ..beside };
            bar::draw(pen, place, space.checkpoint.sequence.0, space.head.last_sequence.0, role);
        }
    }
    spaces::scroll(pane.top, shown, pane.shown.len()).draw(pen, spaces::track(border));
}

fn row<'a>(pen: &Pen<'_>, overview: &'a SpaceOverview, selected: bool) -> Row<'a> {
    let behind = if overview.lag() == 0 { String::new() } else { span(overview.lag_millis()) };
    let cells = vec![
        vec![piece(visible(&overview.space.space_name), Role::Text)],
        vec![piece(count(overview.checkpoint.sequence.0), Role::Text)],
        vec![piece(count(overview.head.last_sequence.0), Role::Muted)],
        vec![spaces::lag(pen, overview.lag())],
        vec![piece(behind, Role::Muted)],
        vec![piece(count(overview.checkpoint.entities), Role::Muted)],
    ];
    Row { cells, selected }
}

pub fn note(state: &State) -> Vec<Piece<'static>> {
    let mut pieces = super::filter(&state.checkpoints.filter);
    if state.spaces.all.is_empty() {
        return pieces;
    }
    let behind = state.spaces.all.values().filter(|space| space.lag() > 0).count();
    pieces.push(match behind {
        0 => piece("all current", Role::Muted),
        _ => piece(format!("{} behind", count(behind as u64)), Role::Warning),
    });
    pieces
}

fn empty(pen: &mut Pen<'_>, state: &State, area: Rect) {
    if state.spaces.all.is_empty() || state.spaces.failure.is_some() {
        return spaces::empty(pen, state, area);
    }
    let text = format!("No name contains “{}”", visible(state.checkpoints.filter.as_str()));
    Message { text: &text, role: Role::Text, next: None }.draw(pen, area);
}

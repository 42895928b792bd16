//! The panes, each a list in a box.

use ratatui::layout::Rect;

use crate::console::app::filter::Filter;
use crate::console::app::state::State;
use crate::console::app::window::{Row, Window};
use crate::console::panes::note::Note;
use crate::console::panes::pane::Pane;
use crate::console::panes::{checkpoints, events, jobs, projections, spaces};
use crate::console::theme::Role;
use crate::console::widgets::figures::short;
use crate::console::widgets::frame::{Frame, beside_title, inside};
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width};
use crate::text::{counted, grouped, visible};

/// Draws a pane with its box. `tabs` are the panes that share its area.
pub fn draw(pen: &mut Pen<'_>, state: &State, pane: Pane, area: Rect, tabs: &[Pane]) {
    let focused = state.focus == pane && state.layers.below_prompt().is_none();
    let shared: &[Pane] = if tabs.contains(&pane) { tabs } else { &[] };
    let title = title(pane, shared, focused, area.width);
    let note = note(pen, state, pane).fit(beside_title(area.width, &title));
    let inner = Frame { title, note, focused, ..Frame::default() }.draw(pen, area);
    match pane {
        Pane::Spaces => spaces::view::draw(pen, state, inner, area, focused),
        Pane::Events => events::view::draw(pen, state, inner, area, focused),
        Pane::Projections => projections::view::draw(pen, state, inner, area, focused),
        Pane::Checkpoints => checkpoints::view::draw(pen, state, inner, area, focused),
        Pane::Jobs => jobs::view::draw(pen, state, inner, area, focused),
    }
}

/// Returns the number of rows that a pane shows.
pub fn rows(state: &State, pane: Pane, area: Rect) -> u16 {
    let height = inside(area).height;
    match pane {
        Pane::Jobs => height / jobs::view::lines(state, height),
        _ => height.saturating_sub(1),
    }
}

/// The numbers and names of the pane and its tabs. If the names do not all fit into the border, the tabs show only
/// their numbers.
fn title(pane: Pane, tabs: &[Pane], focused: bool, width: u16) -> Vec<Piece<'static>> {
    let alone = [pane];
    let named: &[Pane] = if tabs.is_empty() { &alone } else { tabs };
    let names = |short: bool| -> Vec<Piece<'static>> {
        let mut pieces = Vec::new();
        for tab in named {
            if !pieces.is_empty() {
                pieces.push(piece("  ", Role::Border));
            }
            let number = tab.number();
            pieces.push(match (*tab == pane, short) {
                (true, _) if focused => piece(format!("{number} {}", tab.title()), Role::Title),
                (true, _) => piece(format!("{number} {}", tab.title()), Role::Strong),
                (false, false) => piece(format!("{number} {}", tab.title()), Role::Muted),
                (false, true) => piece(number.to_string(), Role::Muted),
            });
        }
        pieces
    };
    let whole = names(false);
    if pieces_width(&whole) + 4 <= width || tabs.is_empty() { whole } else { names(true) }
}

fn note(pen: &Pen<'_>, state: &State, pane: Pane) -> Note {
    match pane {
        Pane::Spaces => spaces::view::note(pen.glyphs(), state),
        Pane::Events => events::view::note(pen.glyphs(), state),
        Pane::Projections => projections::view::note(pen.glyphs(), state),
        Pane::Checkpoints => checkpoints::view::note(pen.glyphs(), state),
        Pane::Jobs => jobs::view::note(pen.glyphs(), state),
    }
}

/// The number of rows that match a filter, or that were found so far; in full and shortened.
pub(crate) fn matching<R: Row>(window: &Window<R>) -> [Piece<'static>; 2] {
    let found = window.rows.len() as u64;
    let whole = window.at_start && window.at_end;
    let (full, brief) = match whole {
        true => (counted(found, "match", "matches"), short(found)),
        false => (format!("{}+ matches so far", grouped(found)), format!("{}+", short(found))),
    };
    [full, brief].map(|text| piece(text, Role::Muted))
}

/// The words to highlight in a pane.
pub(crate) fn words(filter: &Filter) -> Vec<String> {
    if filter.is_empty() { Vec::new() } else { vec![visible(filter.as_str()).into_owned()] }
}

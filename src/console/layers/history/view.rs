//! The events of one entity, in place of the main list.

use ratatui::layout::Rect;

use crate::console::app::state::State;
use crate::console::app::view::failed;
use crate::console::layers::history::History;
use crate::console::panes::events::view::{Shown, table as events_table};
use crate::console::theme::Role;
use crate::console::widgets::figures::{counted, short};
use crate::console::widgets::frame::Frame;
use crate::console::widgets::message::Message;
use crate::console::widgets::pen::{Pen, piece};
use crate::console::widgets::scroll::Scroll;

/// Draws the history over the area of a list.
pub fn draw(pen: &mut Pen<'_>, state: &State, history: &History, area: Rect, focused: bool) {
    pen.ground(area, Role::Ground);
    let window = &history.window;
    let whole = window.at_start && window.at_end;
    let events = window.rows.len() as u64;
    let [note, brief] = [counted(events, "event"), short(events)]
        .map(|text| if whole { vec![piece(text, Role::Muted)] } else { Vec::new() });
    let role = if focused { Role::Title } else { Role::Strong };
    let title = vec![
        piece(format!("History of {}", &history.entity_id), role),
        piece(format!("  {}", &state.space_name(history.space_id)), Role::Muted),
    ];
    let inner = Frame { title, note, brief, focused, ..Frame::default() }.draw(pen, area);
    if let Some(failure) = &history.failure {
        return failed(pen, inner, failure);
    }
    if window.rows.is_empty() {
        let text = if window.loaded { "No events for this entity" } else { "Loading events…" };
        return Message { text, role: Role::Text, next: None }.draw(pen, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let mut table = events_table(pen, state, window, Shown { rows: shown, all: false }, inner.width);
    table.focused = focused;
    table.draw(pen, inner);
    if whole {
        let (first, total) = (window.top_index() as u64, window.rows.len() as u64);
        let track = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
        Scroll { first, shown: shown as u64, total }.draw(pen, track);
    }
}

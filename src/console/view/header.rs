//! The line at the top: which file, how much is in it, where the user is, and whether it is watched.

use ratatui::layout::Rect;

use super::theme::Role;
use super::widget::figures::{bytes, counted};
use super::widget::pen::{Pen, Piece, piece, pieces_width};
use crate::console::state::{Layer, Pane, State};
use crate::text::visible;

/// Draws the line at the top.
pub fn draw(pen: &mut Pen<'_>, state: &State, line: Rect) {
    let text = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    let right = watch(pen, state);
    let room = text.width.saturating_sub(pieces_width(&right) + 2);
    let left = left(pen, state, room);
    pen.line(Rect { width: room, ..text }, &left);
    let place = trail(pen, state);
    let middle = pieces_width(&left) + 3;
    if middle + pieces_width(&place) <= room {
        pen.line_right(Rect { width: room, ..text }, &place);
    }
    pen.line_right(text, &right);
}

/// The product, the file, and as much about it as there is room for.
fn left(pen: &Pen<'_>, state: &State, room: u16) -> Vec<Piece<'static>> {
    let database = &state.database;
    let mut pieces = vec![
        piece("ramax", Role::Accent),
        piece("  ", Role::Text),
        piece(visible(&database.name).into_owned(), Role::Strong),
    ];
    let mut sizes = vec![counted(database.totals.spaces, "space"), counted(database.totals.events, "event")];
    sizes.extend(database.bytes.map(bytes));
    let mut gap = "  ".to_owned();
    for size in sizes {
        let text = format!("{gap}{size}");
        if pieces_width(&pieces) + u16::try_from(text.len()).unwrap_or(u16::MAX) + 2 > room {
            break;
        }
        pieces.push(piece(text, Role::Muted));
        gap = format!(" {} ", pen.glyphs().dot);
    }
    pieces
}

/// Where the user is: the space, the pane, what is open.
fn trail(pen: &Pen<'_>, state: &State) -> Vec<Piece<'static>> {
    let mut steps = Vec::new();
    if let Some(space) = state.space() {
        steps.push(visible(&space.space.space_name).into_owned());
    }
    steps.push(match state.focus {
        Pane::Events if state.events.all_spaces => "events of all spaces".to_owned(),
        pane => pane.title().to_lowercase(),
    });
    for layer in &state.layers {
        match layer {
            Layer::Detail(_) => steps.push("detail".to_owned()),
            Layer::History(history) => steps.push(format!("history of {}", visible(&history.entity_id))),
            Layer::Form(form) => steps.push(form.title.to_lowercase()),
            Layer::Help(_) => steps.push("help".to_owned()),
            Layer::Prompt(_) | Layer::Chooser(_) | Layer::Dialog(_) => {}
        }
    }
    let last = steps.len() - 1;
    let mut pieces = Vec::new();
    for (index, step) in steps.into_iter().enumerate() {
        if index > 0 {
            pieces.push(piece(format!(" {} ", pen.glyphs().separator), Role::Muted));
        }
        pieces.push(piece(step, if index == last { Role::Text } else { Role::Muted }));
    }
    pieces
}

fn watch(pen: &Pen<'_>, state: &State) -> Vec<Piece<'static>> {
    let glyphs = pen.glyphs();
    let live = match &state.database.lost {
        None => piece(format!("{} live", glyphs.live), Role::Ok),
        Some(_) => piece(format!("{} not following", glyphs.warning), Role::Warning),
    };
    let access =
        if state.database.read_only { piece("read-only", Role::Warning) } else { piece("rw", Role::Muted) };
    vec![live, piece("  ", Role::Text), access]
}

//! The current step of the guide in full: its text, its commands and all of their output.

use ratatui::layout::Rect;

use crate::console::app::layout::guide_rows;
use crate::console::app::state::State;
use crate::console::layers::boxed::boxed;
use crate::console::layers::guide::Guide;
use crate::console::layers::guide::panel::{Line, commands, place, text, title, told};
use crate::console::layers::guide::state::{Walk, WalkStep};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::pen::{Pen, piece, row};
use crate::console::widgets::scroll::Scroll;
use crate::console::widgets::wrap::go_on;

/// The current step, if there is a guide.
fn step(state: &State) -> Option<(&Walk, &WalkStep)> {
    let walk = state.walk.as_ref()?;
    Some((walk, walk.step()?))
}

/// Returns the number of lines of the step at this width.
pub fn line_count(state: &State, body: Rect) -> u16 {
    let cells = text_width(body.width);
    let count = step(state).map_or(0, |(walk, step)| lines(&Glyphs::UNICODE, walk, step, cells).len());
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Returns the box of the step: the area of the guide, extended upwards as needed.
pub fn area(state: &State, body: Rect) -> Rect {
    let height = line_count(state, body).saturating_add(2).max(guide_rows(state, body)).min(body.height);
    Rect { y: body.bottom() - height, height, ..body }
}

pub fn draw(pen: &mut Pen<'_>, state: &State, reading: &Guide, body: Rect) {
    let Some((walk, step)) = step(state) else { return };
    let area = area(state, body);
    let frame = Frame {
        title: title(pen.glyphs(), step, area.width),
        note: place(pen.glyphs(), walk),
        ..Frame::default()
    };
    let inner = boxed(pen, state, area, frame);
    let lines = lines(pen.glyphs(), walk, step, inner.width);
    let top = reading.top.min(lines.len().saturating_sub(usize::from(inner.height)));
    for (index, line) in (0..inner.height).zip(lines.iter().skip(top)) {
        pen.line(row(inner, index), line);
    }
    let track = Rect { y: inner.y, height: inner.height, ..area };
    Scroll { first: top as u64, shown: u64::from(inner.height), total: lines.len() as u64 }.draw(pen, track);
}

/// The width of text in a box of this width.
fn text_width(width: u16) -> u16 {
    inside(Rect { width, height: 2, ..Rect::default() }).width.saturating_sub(2)
}

fn lines(glyphs: &Glyphs, walk: &Walk, step: &WalkStep, cells: u16) -> Vec<Line<'static>> {
    let mut lines = text(step, cells);
    for part in [commands(walk, step), told(glyphs, walk)].into_iter().filter(|part| !part.is_empty()) {
        lines.push(Vec::new());
        lines.extend(part.iter().flat_map(|line| broken(line, cells)));
    }
    lines
}

/// A line, wrapped. Continuation lines have the role of its last piece.
fn broken(line: &Line<'_>, cells: u16) -> Vec<Line<'static>> {
    let text: String = line.iter().map(|piece| piece.text()).collect();
    let role = line.last().map_or(Role::Text, |piece| piece.role());
    let mut lines: Vec<Line<'static>> =
        go_on(&text, cells).into_iter().map(|line| vec![piece(line, role)]).collect();
    if let [whole] = lines.as_mut_slice() {
        *whole = line.iter().cloned().map(|piece| piece.into_owned()).collect();
    }
    lines
}

//! The guide as a panel, which shows what fits of the current step, and the step in full.

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::bindings::Bindings;
use crate::console::app::bottom::hint_pieces;
use crate::console::app::hints::guide_hints;
use crate::console::app::layout::guide_rows;
use crate::console::app::state::{ConsoleState, Loadable};
use crate::console::layers::guide::{CommandOutput, Guide, Walk, WalkStep};
use crate::console::layers::{boxed, draw_lines};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width, right_of, width};
use crate::console::widgets::text::{keyed, wrap, wrap_preformatted};

/// A line of the guide.
type Line<'a> = Vec<Piece<'a>>;

/// The minimum room for the start of a title.
const LEAST_TITLE: u16 = 8;

/// The cells of a border beside the title: its corners and the step number.
const BESIDE_TITLE: u16 = 16;

/// The text after the output of the last step. Going to a pane leaves the view that shows the step's effect.
const END: &str = "End of the guide. Press {key:focus-spaces}, then {key:new-command} for a command of your own; \
                   {key:toggle-guide} hides it";
/// The same where there is only one row, if its text does not fit.
const END_IN_SHORT: &str = "End of the guide. {key:toggle-guide} hides it";

/// Draws the guide: a panel, or a line if there is only one row.
pub(crate) fn draw_panel(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect) {
    let Some(walk) = &state.walk else { return };
    let Some(step) = walk.step() else { return };
    pen.ground(area, Role::Ground);
    if area.height < 3 {
        return draw_line(pen, state, walk, step, area);
    }
    let foot = hint_pieces(pen, &guide_hints(state), area.width.saturating_sub(6));
    let title = title(pen.glyphs(), step, area.width);
    let inner = Frame { title, note: place(pen.glyphs(), walk), foot, ..Frame::default() }.draw(pen, area);
    let text = Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner };
    let lines = fitted(pen.glyphs(), &state.settings.keys, walk, step, text);
    draw_lines(pen, text, &lines, 0);
}

fn draw_line(pen: &mut Pen<'_>, state: &ConsoleState, walk: &Walk, step: &WalkStep, area: Rect) {
    let text = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area };
    let hints = hint_pieces(pen, &guide_hints(state), text.width * 2 / 3);
    let used = pen.line(text, &place(pen.glyphs(), walk)) + 2;
    if walk.is_complete() {
        let rest = right_of(text, used);
        let ends = [END, END_IN_SHORT].map(|end| state.settings.keys.with_keys(end));
        let end = ends.iter().find(|end| width(end) <= rest.width).unwrap_or(&ends[1]);
        pen.text(rest, end, Role::Muted);
        return;
    }
    let room = text.width.saturating_sub(used + pieces_width(&hints) + 2);
    if room >= LEAST_TITLE {
        pen.text(Rect { width: room, ..right_of(text, used) }, &step.title, Role::Strong);
    }
    pen.line_right(text, &hints);
}

/// Returns the step's part and title, or the title alone if a box of this width is too narrow for both.
fn title<'a>(glyphs: &Glyphs, step: &'a WalkStep, width: u16) -> Line<'a> {
    let part = format!("{} {} ", step.part, glyphs.separator);
    let whole = vec![piece(part, Role::Muted), piece(&step.title, Role::Strong)];
    if pieces_width(&whole) + BESIDE_TITLE <= width { whole } else { whole.into_iter().skip(1).collect() }
}

/// Returns the number of the step, with a glyph for its outcome.
fn place(glyphs: &Glyphs, walk: &Walk) -> Line<'static> {
    let (sign, role) = match walk.outcome() {
        None => (glyphs.closed, Role::Accent),
        Some(Loadable::Pending(_)) => (glyphs.live, Role::Accent),
        Some(Loadable::Ready(_)) => (glyphs.done, Role::Text),
        Some(Loadable::Failed(_)) => (glyphs.failed, Role::Danger),
    };
    let place = format!("{}/{}", walk.at + 1, walk.steps.len());
    vec![piece(sign, role), piece(" ", Role::Text), piece(place, Role::Muted)]
}

/// Returns as much of the step as fits; the output of its commands goes before its text. If the output is cut, a line says how
/// to read the rest. The end of the guide is never cut.
fn fitted<'a>(
    glyphs: &Glyphs,
    bound: &Bindings,
    walk: &'a Walk,
    step: &'a WalkStep,
    room: Rect,
) -> Vec<Line<'a>> {
    let output = output(glyphs, bound, walk);
    let (text, commands) = (text(step, room.width), commands(walk, step));
    let ways: [&[&[Line<'a>]]; 3] = match walk.outcome() {
        None => [&[&text, &commands, &output], &[&text, &commands], &[&text, &commands]],
        Some(_) => [&[&text, &commands, &output], &[&text, &output], &[&output]],
    };
    let end = end(bound, walk, room.width);
    let rows = usize::from(room.height).saturating_sub(end.len());
    let count = |way: &[&[Line<'a>]]| way.iter().map(|part| part.len()).sum::<usize>();
    let way = ways.into_iter().find(|way| count(way) <= rows).unwrap_or(ways[2]);
    let spaced = count(way) + way.len() - 1 <= rows;
    let mut lines: Vec<Line<'a>> = Vec::with_capacity(rows);
    for part in way.iter().filter(|part| !part.is_empty()) {
        if spaced && !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.extend(part.iter().cloned());
    }
    if lines.len() > rows {
        lines.truncate(rows.saturating_sub(1));
        let more = format!("{} `{}` shows the rest", glyphs.ellipsis, bound.key_of(Action::ReadStep));
        lines.push(keyed(&more, Role::Muted));
    }
    lines.extend(end);
    lines
}

/// Says after the last step that the guide ends, and how to continue.
fn end(bound: &Bindings, walk: &Walk, cells: u16) -> Vec<Line<'static>> {
    if !walk.is_complete() {
        return Vec::new();
    }
    wrap(&bound.with_keys(END), cells).into_iter().map(|line| vec![piece(line, Role::Muted)]).collect()
}

/// Returns the text of the step.
fn text(step: &WalkStep, cells: u16) -> Vec<Line<'static>> {
    wrap(&step.text, cells).into_iter().map(|line| vec![piece(line, Role::Text)]).collect()
}

/// Returns the commands that the step will run. After the run, each is listed above its output instead.
fn commands<'a>(walk: &Walk, step: &'a WalkStep) -> Vec<Line<'a>> {
    match walk.outcome() {
        Some(Loadable::Ready(_)) => Vec::new(),
        _ => step.commands.iter().map(|command| command_line(command)).collect(),
    }
}

fn command_line(command: &str) -> Line<'_> {
    vec![piece("$ ", Role::Muted), piece(command, Role::Key)]
}

/// Returns the output of the current step, or how to run it.
fn output<'a>(glyphs: &Glyphs, bound: &Bindings, walk: &'a Walk) -> Vec<Line<'a>> {
    match walk.outcome() {
        None => {
            let line = match walk.comes_first() {
                Some((number, title)) => {
                    format!(
                        "Run step {number} first: {title}. Press {} to go back",
                        bound.key_of(Action::PreviousStep)
                    )
                }
                None => bound.with_keys("Press {key:run-step} to run this step; its output appears here"),
            };
            vec![vec![piece(line, Role::Muted)]]
        }
        Some(Loadable::Pending(_)) => vec![vec![piece("running…", Role::Muted)]],
        Some(Loadable::Ready(ran)) => {
            let mut lines: Vec<Line<'a>> = Vec::new();
            for CommandOutput { command, output } in ran {
                lines.push(command_line(command));
                lines.extend(output.iter().map(|line| vec![piece(line.as_str(), Role::String)]));
            }
            lines
        }
        Some(Loadable::Failed(failure)) => {
            let message = format!("{} {}", glyphs.failed, failure.message);
            let mut lines = vec![vec![piece(message, Role::Danger)]];
            lines.extend(failure.hint.iter().map(|hint| vec![piece(hint.as_str(), Role::Muted)]));
            lines
        }
    }
}

/// Returns the current step, if there is a guide.
fn step(state: &ConsoleState) -> Option<(&Walk, &WalkStep)> {
    let walk = state.walk.as_ref()?;
    Some((walk, walk.step()?))
}

/// Returns the number of lines of the step at this width.
pub(super) fn line_count(state: &ConsoleState, body: Rect) -> u16 {
    let cells = text_width(body.width);
    let count = step(state)
        .map_or(0, |(walk, step)| lines(&Glyphs::UNICODE, &state.settings.keys, walk, step, cells).len());
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Returns the box of the step: the area of the guide, extended upwards as needed.
pub(super) fn area(state: &ConsoleState, body: Rect) -> Rect {
    let height = line_count(state, body).saturating_add(2).max(guide_rows(state, body)).min(body.height);
    Rect { y: body.bottom() - height, height, ..body }
}

/// Draws the current step in full.
pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, reading: &Guide, body: Rect) {
    let Some((walk, step)) = step(state) else { return };
    let area = area(state, body);
    let frame = Frame {
        title: title(pen.glyphs(), step, area.width),
        note: place(pen.glyphs(), walk),
        ..Frame::default()
    };
    let inner = boxed(pen, state, area, frame);
    let lines = lines(pen.glyphs(), &state.settings.keys, walk, step, inner.width);
    draw_lines(pen, inner, &lines, reading.top);
}

/// Returns the width of text in a box of this width.
fn text_width(width: u16) -> u16 {
    inside(Rect { width, height: 2, ..Rect::default() }).width.saturating_sub(2)
}

fn lines(glyphs: &Glyphs, bound: &Bindings, walk: &Walk, step: &WalkStep, cells: u16) -> Vec<Line<'static>> {
    let mut lines = text(step, cells);
    for part in
        [commands(walk, step), output(glyphs, bound, walk)].into_iter().filter(|part| !part.is_empty())
    {
        lines.push(Vec::new());
        lines.extend(part.iter().flat_map(|line| broken(line, cells)));
    }
    lines.extend(end(bound, walk, cells));
    lines
}

/// Wraps a line. Continuation lines have the role of its last piece.
fn broken(line: &Line<'_>, cells: u16) -> Vec<Line<'static>> {
    let text: String = line.iter().map(|piece| piece.text()).collect();
    let role = line.last().map_or(Role::Text, |piece| piece.role());
    let mut lines: Vec<Line<'static>> =
        wrap_preformatted(&text, cells).into_iter().map(|line| vec![piece(line, role)]).collect();
    if let [whole] = lines.as_mut_slice() {
        *whole = line.iter().cloned().map(|piece| piece.into_owned()).collect();
    }
    lines
}

//! The guide: the current step, below the panes that it refers to.

use ratatui::layout::Rect;

use crate::console::app::action::{Action, Hint};
use crate::console::app::hint_line::hint_pieces;
use crate::console::app::hints::guide_hints;
use crate::console::app::keymap::key_of as key;
use crate::console::app::state::{Loadable, State};
use crate::console::layers::guide::state::{Ran, Walk, WalkStep};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width, right_of, row};
use crate::console::widgets::wrap::wrap;

/// A line of the guide.
pub type Line<'a> = Vec<Piece<'a>>;

/// The minimum room for the start of a title.
const LEAST_TITLE: u16 = 8;

/// The cells of a border beside the title: its corners and the step number.
const BESIDE_TITLE: u16 = 16;

/// Draws the guide: a panel, or a line if there is only one row.
pub fn draw(pen: &mut Pen<'_>, state: &State, area: Rect) {
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
    let lines = fitted(pen.glyphs(), walk, step, text);
    for (index, line) in (0..text.height).zip(&lines) {
        pen.line(row(text, index), line);
    }
}

fn draw_line(pen: &mut Pen<'_>, state: &State, walk: &Walk, step: &WalkStep, area: Rect) {
    let text = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area };
    let next = if walk.outcome().is_some() { Action::ReadStep } else { Action::TakeStep };
    let mut hints: Vec<Hint> = guide_hints(state).into_iter().filter(|hint| hint.enabled).collect();
    hints.sort_by_key(|hint| hint.action != next);
    let hints = hint_pieces(pen, &hints, text.width * 2 / 3);
    let used = pen.line(text, &place(pen.glyphs(), walk)) + 2;
    let room = text.width.saturating_sub(used + pieces_width(&hints) + 2);
    if room >= LEAST_TITLE {
        pen.text(Rect { width: room, ..right_of(text, used) }, &step.title, Role::Strong);
    }
    pen.line_right(text, &hints);
}

/// The step's part and title, or the title alone if a box of this width is too narrow for both.
pub fn title<'a>(glyphs: &Glyphs, step: &'a WalkStep, width: u16) -> Line<'a> {
    let part = format!("{} {} ", step.part, glyphs.separator);
    let whole = vec![piece(part, Role::Muted), piece(&step.title, Role::Strong)];
    if pieces_width(&whole) + BESIDE_TITLE <= width { whole } else { whole.into_iter().skip(1).collect() }
}

/// The number of the step, with a glyph for its outcome.
pub fn place(glyphs: &Glyphs, walk: &Walk) -> Line<'static> {
    let (sign, role) = match walk.outcome() {
        None => (glyphs.closed, Role::Accent),
        Some(Loadable::Pending(_)) => (glyphs.live, Role::Accent),
        Some(Loadable::Ready(_)) => (glyphs.done, Role::Ok),
        Some(Loadable::Failed(_)) => (glyphs.failed, Role::Danger),
    };
    let place = format!("{}/{}", walk.at + 1, walk.steps.len());
    vec![piece(sign, role), piece(" ", Role::Text), piece(place, Role::Muted)]
}

/// As much of the step as fits; the output of its commands goes before its text. If the output is cut, the last line
/// says how to read the rest.
fn fitted<'a>(glyphs: &Glyphs, walk: &'a Walk, step: &'a WalkStep, room: Rect) -> Vec<Line<'a>> {
    let told = told(glyphs, walk);
    let (text, commands) = (text(step, room.width), commands(walk, step));
    let ways: [&[&[Line<'a>]]; 3] = match walk.outcome() {
        None => [&[&text, &commands, &told], &[&text, &commands], &[&text, &commands]],
        Some(_) => [&[&text, &commands, &told], &[&text, &told], &[&told]],
    };
    let rows = usize::from(room.height);
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
        let more = format!("{} `{}` shows the rest", glyphs.ellipsis, key(Action::ReadStep));
        lines.push(vec![piece(more, Role::Muted)]);
    }
    lines
}

/// The text of the step.
pub fn text(step: &WalkStep, cells: u16) -> Vec<Line<'static>> {
    wrap(&step.text, cells).into_iter().map(|line| vec![piece(line, Role::Text)]).collect()
}

/// The commands that the step will run. After the run, each is listed above its output instead.
pub fn commands<'a>(walk: &Walk, step: &'a WalkStep) -> Vec<Line<'a>> {
    match walk.outcome() {
        Some(Loadable::Ready(_)) => Vec::new(),
        _ => step.commands.iter().map(|command| command_line(command)).collect(),
    }
}

fn command_line(command: &str) -> Line<'_> {
    vec![piece("$ ", Role::Muted), piece(command, Role::Key)]
}

/// The output of the current step, or how to run it.
pub fn told<'a>(glyphs: &Glyphs, walk: &'a Walk) -> Vec<Line<'a>> {
    match walk.outcome() {
        None => {
            let line = match walk.comes_first() {
                Some((number, title)) => {
                    format!(
                        "Run step {number} first: {title}. Press {} to go back",
                        key(Action::PreviousStep)
                    )
                }
                None => format!("Press {} to run this step; its output appears here", key(Action::TakeStep)),
            };
            vec![vec![piece(line, Role::Muted)]]
        }
        Some(Loadable::Pending(_)) => vec![vec![piece("running…", Role::Muted)]],
        Some(Loadable::Ready(ran)) => {
            let mut lines: Vec<Line<'a>> = Vec::new();
            for Ran { command, output } in ran {
                lines.push(command_line(command));
                lines.extend(output.iter().map(|line| vec![piece(line.as_str(), Role::String)]));
            }
            if walk.at_end() {
                let end = format!(
                    "End of the guide. Press {} to run a command of your own, {} to hide the guide",
                    key(Action::NewCommand),
                    key(Action::ToggleGuide)
                );
                lines.push(vec![piece(end, Role::Muted)]);
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

//! The line at the top: the file, its size, the path to the current view, and whether the file is watched.

use ratatui::layout::Rect;

use crate::console::app::state::{ConsoleState, Gone};
use crate::console::layers::Layer;
use crate::console::layers::audit::Operations;
use crate::console::panes::jobs::{share, sign};
use crate::console::theme::Role;
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width};
use crate::text::{bytes, counted, grouped, short};

/// Draws the line at the top. If space is short, the sizes are dropped first, then the path; the file name stays.
pub fn draw(pen: &mut Pen<'_>, state: &ConsoleState, line: Rect) {
    let text = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    let mut right = job(pen, state, line.width);
    right.extend(watch(pen, state));
    let room = Rect { width: text.width.saturating_sub(pieces_width(&right) + 2), ..text };
    let mut left = vec![
        piece(state.program, Role::Accent),
        piece("  ", Role::Text),
        piece(&state.database.name, Role::Strong),
    ];
    let beside = room.width.saturating_sub(pieces_width(&left) + 3);
    let trail = trail(pen, state, beside);
    left.extend(sizes(pen, state, beside.saturating_sub(pieces_width(&trail))));
    pen.line(room, &left);
    pen.line_right(
        Rect { width: pieces_width(&trail), x: room.right() - pieces_width(&trail), ..room },
        &trail,
    );
    pen.line_right(text, &right);
}

/// The sizes of the file: as many as fit, written out if there is room.
fn sizes(pen: &Pen<'_>, state: &ConsoleState, room: u16) -> Vec<Piece<'static>> {
    let named = |number, noun: &'static str| if number == 1 { noun.to_owned() } else { format!("{noun}s") };
    let cut = |_, noun: &'static str| noun.get(..2).unwrap_or(noun).to_owned();
    let ways = [whole_sizes(state), short_sizes(state, &named), short_sizes(state, &cut)];
    let drawn = |sizes: &[String]| -> Vec<Piece<'static>> {
        let gap = |index| if index == 0 { "  ".to_owned() } else { format!(" {} ", pen.glyphs().dot) };
        sizes.iter().enumerate().map(|(index, size)| piece(gap(index) + size, Role::Muted)).collect()
    };
    let fits = |sizes: &&[String]| pieces_width(&drawn(sizes)) <= room;
    let counts = (1..=ways[0].len()).rev();
    let fitting = counts.flat_map(|count| ways.iter().map(move |sizes| &sizes[..count])).find(fits);
    fitting.map(drawn).unwrap_or_default()
}

fn whole_sizes(state: &ConsoleState) -> Vec<String> {
    let database = &state.database;
    let so_far = |number, noun| match state.spaces.loaded && !state.spaces.complete {
        true => format!("{}+ {noun}s", grouped(number)),
        false => counted(number, noun, &format!("{noun}s")),
    };
    let mut sizes = vec![so_far(database.totals.spaces, "space"), so_far(database.totals.events, "event")];
    sizes.extend(database.bytes.map(bytes));
    sizes
}

fn short_sizes(state: &ConsoleState, named: &dyn Fn(u64, &'static str) -> String) -> Vec<String> {
    let database = &state.database;
    let more = if state.spaces.loaded && !state.spaces.complete { "+" } else { "" };
    let size = |number, noun| format!("{}{more} {}", short(number), named(number, noun));
    let mut sizes = vec![size(database.totals.spaces, "space"), size(database.totals.events, "event")];
    sizes.extend(database.bytes.map(bytes));
    sizes
}

/// The path to the current view: space, pane, open layers. If space is short, only its end.
fn trail(pen: &Pen<'_>, state: &ConsoleState, room: u16) -> Vec<Piece<'static>> {
    let steps = steps(state);
    let last = steps.len().saturating_sub(1);
    let trail = |first: usize| -> Vec<Piece<'static>> {
        let mut pieces = Vec::new();
        for (index, step) in steps.iter().enumerate().skip(first) {
            if !pieces.is_empty() {
                pieces.push(piece(format!(" {} ", pen.glyphs().separator), Role::Muted));
            }
            pieces.push(piece(step.clone(), if index == last { Role::Text } else { Role::Muted }));
        }
        pieces
    };
    (0..steps.len()).map(trail).find(|pieces| pieces_width(pieces) <= room).unwrap_or_default()
}

fn steps(state: &ConsoleState) -> Vec<String> {
    if state.layers.has::<Operations>() {
        let above = state.layers.above::<Operations>().filter_map(Layer::trail);
        return std::iter::once("audit log".to_owned()).chain(above).collect();
    }
    let mut steps = Vec::new();
    if let Some(space) = state.space() {
        steps.push(space.space.space_name.clone());
    }
    steps.push(state.focus.list().trail(state));
    steps.extend(state.layers.iter().filter_map(Layer::trail));
    steps
}

/// The minimum width at which the header names the running job.
const NAMES_JOB: u16 = 60;

/// The running job with its progress, or a warning if it makes none.
fn job(pen: &Pen<'_>, state: &ConsoleState, width: u16) -> Vec<Piece<'static>> {
    let Some(job) = state.jobs.running() else { return Vec::new() };
    let name = if width >= NAMES_JOB { format!("{} ", job.operation.name()) } else { String::new() };
    let mut pieces = match job.silent {
        Some(seconds) if width >= NAMES_JOB => {
            vec![piece(format!("{} no progress for {seconds} s", pen.glyphs().warning), Role::Warning)]
        }
        Some(seconds) => vec![piece(format!("{} silent {seconds} s", pen.glyphs().warning), Role::Warning)],
        None => {
            let (glyph, role) = sign(job, pen.glyphs());
            vec![piece(format!("{glyph} {name}{}", share(job)), role)]
        }
    };
    let queued = state.jobs.queued().count();
    if queued > 0 {
        pieces.push(piece(format!(" +{queued}"), Role::Muted));
    }
    pieces.push(piece("  ", Role::Text));
    pieces
}

fn watch(pen: &Pen<'_>, state: &ConsoleState) -> Vec<Piece<'static>> {
    let glyphs = pen.glyphs();
    let live = match (&state.database.gone, &state.database.lost) {
        (Some(Gone::Removed(_)), _) => piece(format!("{} the file is gone", glyphs.failed), Role::Danger),
        (Some(Gone::Replaced(_)), _) => {
            piece(format!("{} the file was replaced", glyphs.failed), Role::Danger)
        }
        (None, None) => piece(format!("{} live", glyphs.live), Role::Ok),
        (None, Some(_)) => piece(format!("{} not following", glyphs.warning), Role::Warning),
    };
    let access =
        if state.database.read_only { piece("read-only", Role::Warning) } else { piece("rw", Role::Muted) };
    vec![live, piece("  ", Role::Text), access]
}

//! The line at the bottom: a prompt, or a notice and the hints, which name the available actions, the likely next one first.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::{Action, Hint, Rank, Spec};
use crate::console::app::context::{KeyContext, SPACES, context};
use crate::console::app::keymap::offered;
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::{ConsoleState, Level, Notice};
use crate::console::layers::Place;
use crate::console::panes::checkpoints;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width, right_of, row, width};
use crate::console::widgets::text::{keyed, wrap};
use crate::operations::ProjectionStatus;
use crate::space::SpaceState;
use crate::text::visible;

/// Returns the hints for the current context: the likely next action first, then by rank. Actions that would be refused
/// appear only in the help, with the reason.
pub fn hints(state: &ConsoleState) -> Vec<Hint> {
    hints_in(state, context(state))
}

/// Returns the hints for a context, which may be that beneath the help.
pub(crate) fn hints_in(state: &ConsoleState, here: KeyContext) -> Vec<Hint> {
    let elsewhere = |action| named_by_guide(state, action) && here != KeyContext::Guide;
    let mut hints = ranked(state, here, |spec| !elsewhere(spec.action));
    hints.retain(|hint| hint.enabled);
    let likely = likely(state, here);
    hints.sort_by_key(|hint| Some(hint.action) != likely);
    hints
}

/// Returns the hints of the guide, in a fixed order.
pub fn guide_hints(state: &ConsoleState) -> Vec<Hint> {
    ranked(state, context(state), |spec| named_by_guide(state, spec.action))
}

/// Returns true if the guide names the key of an action. The hint line names that of a hidden guide.
fn named_by_guide(state: &ConsoleState, action: Action) -> bool {
    match action {
        Action::RunStep | Action::NextStep | Action::PreviousStep | Action::ReadStep => true,
        Action::ToggleGuide => state.walk.as_ref().is_some_and(|walk| walk.shown),
        _ => false,
    }
}

/// Returns the action that the state of the selected space calls for.
fn likely(state: &ConsoleState, here: KeyContext) -> Option<Action> {
    if is_past(state, here) {
        return Some(Action::Back);
    }
    if !here.is_of_space() {
        return None;
    }
    let Some(space) = state.space() else { return Some(Action::CreateSpace) };
    match space.space.state {
        SpaceState::Deleting | SpaceState::Importing => space.worker.is_none().then_some(Action::Delete),
        SpaceState::Open if SPACES(here) && space.most_troubled().is_none() => {
            checkpoints::has_other(state).then_some(Action::NextProblem)
        }
        SpaceState::Open => match space.most_troubled()?.status {
            // The rebuild can skip the event that blocks the projection.
            ProjectionStatus::Ahead | ProjectionStatus::Blocked | ProjectionStatus::Outdated => {
                Some(Action::Rebuild)
            }
            _ => (space.lag() > 0).then_some(Action::CatchUp),
        },
    }
}

fn ranked(state: &ConsoleState, here: KeyContext, wanted: impl Fn(&Spec) -> bool) -> Vec<Hint> {
    let hinted = offered(state, here).filter(|spec| spec.hint.is_some() && wanted(spec));
    let mut specs: Vec<&Spec> = hinted.collect();
    specs.sort_by_key(|spec| (rank(spec, here), spec.action));
    let mut hints: Vec<Hint> = specs.into_iter().map(|spec| hint(state, spec)).collect();
    if is_past(state, here) {
        hints.iter_mut().filter(|hint| hint.action == Action::Back).for_each(|hint| hint.label = "now");
    }
    hints
}

/// Returns true if going back returns from the past.
fn is_past(state: &ConsoleState, here: KeyContext) -> bool {
    state.travel.is_some() && here.is_pane() && state.layers.is_empty()
}

/// Returns the place of an action on the hint line. Among spaces, operations come before opening and filtering, whose keys
/// are the usual ones.
fn rank(spec: &Spec, here: KeyContext) -> Option<Rank> {
    let is_usual = matches!(spec.action, Action::Open | Action::Filter);
    if is_usual && SPACES(here) { Some(Rank::InSpaces) } else { spec.hint }
}

fn hint(state: &ConsoleState, spec: &'static Spec) -> Hint {
    let key = state
        .settings
        .keys
        .keys(spec)
        .first()
        .map_or_else(String::new, |key| state.settings.keys.shown(*key));
    Hint { action: spec.action, key, label: spec.title, enabled: (spec.enabled)(state).is_ok() }
}

/// Returns as many hints as fit. A hint that is too long is skipped in favour of the next ones.
pub fn hint_pieces(pen: &Pen<'_>, hints: &[Hint], room: u16) -> Vec<Piece<'static>> {
    spaced(pen, hints, GAP, room)
}

/// Returns the hints of a box: the first one, the way out and, if not all is on screen, the way further down. Then as many
/// others as fit, in order.
pub(crate) fn box_hints(pen: &Pen<'_>, hints: &[Hint], room: u16) -> Vec<Piece<'static>> {
    let gap = if room < NAMES_PALETTE { SMALL_GAP } else { GAP };
    let is_kept =
        |index: usize, hint: &Hint| index == 0 || matches!(hint.action, Action::Back | Action::PageDown);
    let width_of = |hint: &Hint| pieces_width(&hint_piece(pen, hint)) + gap;
    let kept = hints.iter().enumerate().filter(|(index, hint)| is_kept(*index, hint));
    let mut left = (room + gap).saturating_sub(kept.map(|(_, hint)| width_of(hint)).sum());
    let mut fits = |hint: &Hint| {
        let width = width_of(hint);
        let fits = width <= left;
        left -= if fits { width } else { 0 };
        fits
    };
    let shown = hints.iter().enumerate().filter(|(index, hint)| is_kept(*index, hint) || fits(hint));
    let shown: Vec<Hint> = shown.map(|(_, hint)| hint.clone()).collect();
    spaced(pen, &shown, gap, room)
}

/// The same with this gap between two hints.
fn spaced(pen: &Pen<'_>, hints: &[Hint], gap: u16, room: u16) -> Vec<Piece<'static>> {
    let mut pieces = Vec::new();
    for hint in hints {
        let mut next = hint_piece(pen, hint);
        if !pieces.is_empty() {
            next.insert(0, piece(" ".repeat(gap.into()), Role::Text));
        }
        if pieces_width(&pieces) + pieces_width(&next) > room {
            continue;
        }
        pieces.extend(next);
    }
    pieces
}

fn hint_piece(pen: &Pen<'_>, hint: &Hint) -> Vec<Piece<'static>> {
    let part = Spot::Action(hint.action);
    // The user may have given the key of an action to another one.
    let gap = if hint.key.is_empty() { "" } else { " " };
    if hint.enabled {
        let key = piece(hint.key.clone(), Role::HintKey).with_spot(part);
        return vec![key, piece(format!("{gap}{}", hint.label), Role::Muted).with_spot(part)];
    }
    let [before, behind] = pen.glyphs().disabled;
    vec![piece(format!("{before}{}{gap}{}{behind}", hint.key, hint.label), Role::Disabled).with_spot(part)]
}

/// Draws the line at the bottom: hints from the left, the last notice, and the hints for help and the way out at the right end.
/// The hints keep their places; the last ones make room for the notice. One that leaves no room for hints is above them. Returns the position of the
/// text cursor if a prompt is open.
pub fn draw(pen: &mut Pen<'_>, state: &ConsoleState, line: Rect) -> Option<Position> {
    let text = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    match state.layers.top() {
        Some(layer) if layer.place() == Place::Line => {
            let cursor = layer.draw(pen, state, text, true);
            if let Some(notice) = &state.notice {
                notice_lines(pen, notice, above(line));
            }
            cursor
        }
        // A box shows its key hints in its own border.
        Some(layer) if layer.place() == Place::Box => {
            if let Some(notice) = &state.notice {
                notice_lines(pen, notice, line);
            }
            None
        }
        _ => {
            let hints = hints(state);
            let beside = state.notice.as_ref().and_then(|notice| notice_beside(pen, notice, text, &hints));
            if beside.is_none()
                && let Some(notice) = &state.notice
            {
                notice_lines(pen, notice, above(line));
            }
            hint_line(pen, &hints, &beside.unwrap_or_default(), text);
            None
        }
    }
}

fn above(line: Rect) -> Rect {
    Rect { y: line.y.saturating_sub(1), ..line }
}

/// The maximum number of lines of a notice; it grows upwards.
const NOTICE_LINES: u16 = 3;

/// The room for at least one hint beside a notice.
const LEAST_HINTS: u16 = 20;

fn look(glyphs: &Glyphs, level: Level) -> (&'static str, Role) {
    match level {
        Level::Info => (glyphs.done, Role::Text),
        Level::Note => (glyphs.dot, Role::Text),
        Level::Stopped => (glyphs.paused, Role::Text),
        Level::Warning => (glyphs.warning, Role::Warning),
        Level::Error => (glyphs.failed, Role::Danger),
    }
}

/// Returns the notice in one line, unless it would leave no room for hints.
fn notice_beside(pen: &Pen<'_>, notice: &Notice, text: Rect, hints: &[Hint]) -> Option<Vec<Piece<'static>>> {
    let (glyph, role) = look(pen.glyphs(), notice.level);
    let mut pieces = vec![piece(format!("{glyph} "), role)];
    pieces.extend(keyed(&visible(&notice.text), role));
    let pinned = hint_pieces(pen, &pinned(hints, text.width).0, text.width);
    let used = pieces_width(&pieces).saturating_add(pieces_width(&pinned) + 2 * GAP + LEAST_HINTS);
    (used <= text.width).then(|| pieces.into_iter().map(Piece::into_owned).collect())
}

/// Returns the number of rows of a notice that is not beside the hints.
pub(crate) fn notice_rows(glyphs: &Glyphs, notice: &Notice, cells: u16) -> u16 {
    rows_of(&lines_of(notice, look(glyphs, notice.level).0, cells))
}

fn lines_of(notice: &Notice, glyph: &str, cells: u16) -> Vec<String> {
    wrap(&notice.text, cells.saturating_sub(width(glyph) + 3))
}

fn rows_of(lines: &[String]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX).clamp(1, NOTICE_LINES)
}

pub(crate) fn notice_lines(pen: &mut Pen<'_>, notice: &Notice, line: Rect) {
    let (glyph, role) = look(pen.glyphs(), notice.level);
    let indent = width(glyph) + 1;
    let lines = lines_of(notice, glyph, line.width);
    let height = rows_of(&lines).min(line.y + 1);
    let place = Rect { y: line.y + 1 - height, height, ..line };
    pen.ground(place, Role::Ground);
    let text = Rect { x: place.x + 1, width: place.width.saturating_sub(2), ..place };
    pen.text(text, glyph, role);
    for (index, line) in (0..height).zip(&lines) {
        let rest = lines[usize::from(index) + 1..].join(" ");
        let line = if index + 1 == height { format!("{line} {rest}") } else { line.clone() };
        pen.line(right_of(row(text, index), indent), &keyed(line.trim_end(), role));
    }
}

/// The gap between texts side by side.
const GAP: u16 = 3;
/// The gap between two hints on a line of less than [`ROOMY`] cells, which shows the likeliest actions only without it.
const SMALL_GAP: u16 = 2;
const ROOMY: u16 = 98;

/// The minimum width of a line that always names the palette.
const NAMES_PALETTE: u16 = 60;

/// Separates the hints that a line of this width always shows from the others: help, the way out, and the palette if there
/// is room.
fn pinned(hints: &[Hint], room: u16) -> (Vec<Hint>, Vec<Hint>) {
    let quits = hints.iter().any(|hint| hint.action == Action::Quit);
    hints.iter().cloned().partition(|hint| match hint.action {
        Action::Help | Action::Quit => true,
        // A view is closed before the program ends.
        Action::Back => !quits,
        Action::Palette => room >= NAMES_PALETTE,
        _ => false,
    })
}

/// Draws as many hints as fit, then the notice. Help, the way out and, if there is room, the palette are always shown, at the right end.
fn hint_line(pen: &mut Pen<'_>, hints: &[Hint], notice: &[Piece<'_>], text: Rect) {
    let (pinned, others) = pinned(hints, text.width);
    let gap = if text.width < ROOMY { SMALL_GAP } else { GAP };
    let pinned = spaced(pen, &pinned, gap, text.width);
    let without = |pieces: &[Piece<'_>], area: Rect| {
        let used = if pieces.is_empty() { 0 } else { pieces_width(pieces) + GAP };
        Rect { width: area.width.saturating_sub(used), ..area }
    };
    let before_pinned = without(&pinned, text);
    let before_notice = without(notice, before_pinned);
    let pieces = spaced(pen, &others, gap, before_notice.width);
    pen.line(before_notice, &pieces);
    pen.line_right(before_pinned, notice);
    pen.line_right(text, &pinned);
}

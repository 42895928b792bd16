//! The audit log as a table, one operation per row, and the words for an entry that its detail uses too.

use ratatui::layout::Rect;

use crate::audit::{AuditEntry, Forgotten, Outcome};
use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::state::ConsoleState;
use crate::console::app::view::failed;
use crate::console::layers::audit::{AuditLogView, AuditRow};
use crate::console::panes::view::{Note, SPACE_NAME, matching, no_match, now, words};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, Placeholder, beside_title};
use crate::console::widgets::moment::Moments;
use crate::console::widgets::pen::{Pen, Piece, below, piece, pieces_width};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::operator::Operator;
use crate::text::{grouped, short, span};

/// The minimum width for long results.
const WIDE: u16 = 110;
/// Below this width, names are cut shorter.
const NARROW: u16 = 60;
/// The index of the column of times.
const TIME: usize = 0;
/// The index of the column of results.
const RESULT: usize = 6;

/// Draws the log over the area of a list.
pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, log: &AuditLogView, area: Rect, focused: bool) {
    pen.ground(area, Role::Ground);
    let role = if focused { Role::Title } else { Role::Strong };
    let mut title = vec![piece("Audit log", role)];
    if let Some(name) = &log.space_name {
        title.push(piece(format!("  {name}"), Role::Text));
    }
    title.extend(now(state));
    let window = &log.window;
    let note = note(pen.glyphs(), log).fit(beside_title(area.width, &title));
    let inner = Frame { title, note, focused, ..Frame::default() }.draw(pen, area);
    if let Some(failure) = &log.failure {
        return failed(pen, inner, failure);
    }
    if window.rows.is_empty() {
        return empty(pen, state, log, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let mut table = table((pen.glyphs(), &state.moments), log, shown, inner.width);
    let matches = words(&log.filter);
    (table.focused, table.matches) = (focused, &matches);
    table.draw(pen, inner);
    if window.is_whole() {
        let (first, total) = (window.top_index() as u64, window.rows.len() as u64);
        Scroll { first, shown: shown as u64, total }.draw(pen, below(inner, 1));
    }
}

fn note(glyphs: &Glyphs, log: &AuditLogView) -> Note {
    let window = &log.window;
    let mut note = Note::of(&log.filter);
    if !log.filter.is_empty() {
        let [full, brief] = matching(window);
        note.push(full, brief);
        return note;
    }
    let is_first_known = window.is_loaded() && window.at_start;
    let Some(index) = window.selected_index().filter(|_| is_first_known) else { return note };
    let more = if window.at_end { "" } else { "+" };
    let of = |figure: fn(u64) -> String| {
        let text = format!("{} of {}{more}", figure(index as u64 + 1), figure(window.rows.len() as u64));
        piece(text, Role::Muted)
    };
    note.push(of(grouped), of(short));
    if index == 0 {
        let latest = piece(format!("  {} latest", glyphs.live), Role::Muted);
        note.push(latest.clone(), latest);
    }
    note
}

fn table<'a>(
    (glyphs, moments): (&Glyphs, &Moments),
    log: &'a AuditLogView,
    shown: usize,
    width: u16,
) -> Table<'a> {
    let window = &log.window;
    let [who, action, space, result] = window.measured.widest();
    let columns = vec![
        Column::text("time").at_least(moments.day_line_width()).rank(2),
        Column::text("who").at_most(24).holding(who).rank(4),
        Column::text("action").at_most(24).holding(action),
        Column::text("space")
            .names()
            .at_least(if width < NARROW { 8 } else { 12 })
            .at_most(SPACE_NAME)
            .holding(space)
            .rank(1),
        Column::text("outcome"),
        Column::number("took").at_least(6).rank(5),
        Column::text("result").growing().at_least(if width < WIDE { 12 } else { 20 }).holding(result).rank(3),
    ];
    let selected = window.selected;
    let row = |row: &'a AuditRow| TableRow {
        cells: cells((glyphs, moments), row, width),
        selected: selected.is_some_and(|selected| selected.0 == row.operation.operation_id),
    };
    let days = window.days(shown, TIME, |row| moments.day_line(row.operation.started_at));
    let mut table =
        Table { columns, rows: window.visible(shown).map(row).collect(), days, ..Table::default() };
    // The column takes the remaining width, which decides how much of the parameters it shows.
    let room = table.column_width(RESULT, width);
    for (row, shown) in table.rows.iter_mut().zip(window.visible(shown)) {
        if let Some(cell) = row.cells.get_mut(RESULT) {
            *cell = result_of(shown, room, glyphs);
        }
    }
    table
}

/// The cells of an entry, except for its result.
fn cells<'a>(
    (glyphs, moments): (&Glyphs, &Moments),
    AuditRow { operation, .. }: &'a AuditRow,
    width: u16,
) -> Vec<Vec<Piece<'a>>> {
    let ended = outcome(operation.outcome, glyphs);
    // On a narrow screen, the word alone is enough.
    let ended = if width < NARROW { piece(operation.outcome.name(), ended.role()) } else { ended };
    vec![
        vec![piece(moments.clock(operation.started_at), Role::Muted)],
        vec![who(&operation.operator)],
        vec![piece(&operation.action, Role::Strong)],
        vec![space(operation)],
        vec![ended],
        vec![piece(duration(operation).unwrap_or_default(), Role::Muted)],
        Vec::new(),
    ]
}

/// Returns the result, and as much of the parameters as fits beside it.
pub(super) fn result_of<'a>(row: &'a AuditRow, room: u16, glyphs: &Glyphs) -> Vec<Piece<'a>> {
    let mut pieces = vec![detail(&row.operation)];
    let parameters = row.parameters.pieces(room.saturating_sub(pieces_width(&pieces) + 2), glyphs);
    if !parameters.is_empty() {
        pieces.push(piece("  ", Role::Muted));
        pieces.extend(parameters);
    }
    pieces
}

/// Draws why the log is empty and what it is for.
fn empty(pen: &mut Pen<'_>, state: &ConsoleState, log: &AuditLogView, area: Rect) {
    if !log.window.is_loaded() && log.filter.is_empty() {
        return Placeholder { text: "Loading the audit log…", role: Role::Text, next: None }.draw(pen, area);
    }
    let purpose = "Every command, rebuild, check, export, import and delete is recorded here, from every client and \
                   whether it succeeds or not: who ran it, when, and the result";
    let (text, next) = match &log.space_name {
        _ if !log.filter.is_empty() => {
            return no_match(pen, state, "entry", (&log.filter, &log.window), area);
        }
        None => ("No operations recorded yet".to_owned(), purpose.to_owned()),
        Some(name) => (
            format!("No operations recorded for {name} yet"),
            format!("{} shows the operations of all spaces\n{purpose}", key(state, Action::ToggleScope)),
        ),
    };
    Placeholder { text: &text, role: Role::Text, next: Some(&next) }.draw(pen, area);
}

/// Returns the glyph and role of an outcome.
fn sign(outcome: Outcome, glyphs: &Glyphs) -> (&'static str, Role) {
    match outcome {
        Outcome::Running => (glyphs.live, Role::Accent),
        Outcome::Done => (glyphs.done, Role::Muted),
        Outcome::Found => (glyphs.warning, Role::Warning),
        Outcome::Refused => (glyphs.held, Role::Warning),
        Outcome::Failed | Outcome::Interrupted => (glyphs.failed, Role::Danger),
        Outcome::Cancelled => (glyphs.paused, Role::Muted),
    }
}

/// Returns an outcome as a glyph and a word, so that no colour is needed.
pub(crate) fn outcome(outcome: Outcome, glyphs: &Glyphs) -> Piece<'static> {
    let (sign, role) = sign(outcome, glyphs);
    piece(format!("{sign} {}", outcome.name()), role)
}

/// Returns the duration of the operation, if its start and its end are known.
pub(crate) fn duration(operation: &AuditEntry) -> Option<String> {
    u64::try_from(operation.millis()?).ok().map(span)
}

/// Returns the result in one line.
pub(crate) fn detail(operation: &AuditEntry) -> Piece<'_> {
    match (&operation.detail, operation.outcome) {
        (Some(detail), Outcome::Failed | Outcome::Interrupted) => piece(detail, Role::Danger),
        (Some(detail), _) => piece(detail, Role::Text),
        (None, Outcome::Running) => piece("in progress", Role::Muted),
        (None, _) => piece(operation.forgotten.map_or("unknown", Forgotten::in_words), Role::Muted),
    }
}

/// Returns the operator, as recorded.
pub(crate) fn who(operator: &Operator) -> Piece<'static> {
    if operator.user.is_empty() && operator.host.is_empty() {
        return piece("unknown", Role::Muted);
    }
    piece(format!("{}@{}", operator.user, operator.host), Role::Text)
}

/// Returns the space that the operation applied to, or the database.
pub(crate) fn space(operation: &AuditEntry) -> Piece<'_> {
    match &operation.space_name {
        Some(name) => piece(name, Role::Text),
        None => piece("database", Role::Muted),
    }
}

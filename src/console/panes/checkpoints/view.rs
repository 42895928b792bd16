//! The rows of the checkpoints pane.

use ratatui::layout::Rect;

use crate::console::app::state::ConsoleState;
use crate::console::panes::spaces::Tally;
use crate::console::panes::view::{Note, SPACE_NAME, lag, no_spaces, push_marks, scroll, space_name, words};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar;
use crate::console::widgets::pen::{Pen, Piece, piece, right_of, row as line};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::operations::{ProjectionOverview, ProjectionStatus, SpaceOverview};
use crate::pstate::STATE;
use crate::space::{Checkpoint, SpaceState};
use crate::text::{grouped, short, span};

use super::selected;

const COLUMNS: [Column; 9] = [
    Column::text("name").growing().names().at_least(10).at_most(SPACE_NAME),
    Column::text("projection").names().at_most(SPACE_NAME).rank(1),
    Column::number("version").rank(6).spare(),
    Column::text("status").rank(5),
    Column::number("checkpoint"),
    Column::number("last").rank(2),
    Column::number("lag").at_least(3).rank(3),
    Column::number("behind").rank(7).spare(),
    Column::number("keys").rank(4).spare(),
];
/// The column of the lag in time, shown if any projection lags.
const BEHIND: usize = 7;
const FEW_COLUMNS: [Column; 2] =
    [Column::text("name").growing().names().at_least(10), Column::number("at").rank(1)];
/// The minimum and maximum width of a bar; names take precedence.
const BARS: (u16, u16) = (9, 18);
const FEW_BARS: (u16, u16) = (5, 9);
/// The minimum width for numbers in separate columns.
const WIDE: u16 = 60;

/// A row with its space, and with its projection if that is known already.
#[derive(Clone, Copy)]
struct Shown<'a> {
    space: &'a SpaceOverview,
    projection: Option<&'a ProjectionOverview>,
    selected: bool,
}

impl<'a> Shown<'a> {
    fn checkpoint(self) -> &'a Checkpoint {
        self.projection.map_or(&self.space.checkpoint, |projection| &projection.checkpoint)
    }

    fn lag(self) -> u64 {
        self.projection.map_or_else(|| self.space.lag(), |projection| projection.lag(&self.space.head))
    }

    /// Returns the role of its position, which is `current` if nothing is wrong with it.
    fn role(self, current: Role, behind: Role) -> Role {
        match self.projection.map(|projection| projection.status) {
            Some(ProjectionStatus::Ahead | ProjectionStatus::Blocked) => Role::Danger,
            Some(ProjectionStatus::Outdated | ProjectionStatus::Newer) => behind,
            _ if self.lag() > 0 => behind,
            _ => current,
        }
    }
}

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, border: Rect, focused: bool) {
    let pane = &state.checkpoints;
    if pane.shown.is_empty() {
        return no_spaces(pen, state, &pane.filter, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let chosen = selected(state);
    let visible = pane.rows.iter().skip(pane.top).take(shown);
    let rows: Vec<Shown<'_>> = visible
        .filter_map(|row| {
            let space = state.spaces.get(row.space_id)?;
            let projection = space.projections.get(row.projection);
            Some(Shown { space, projection, selected: chosen == Some(*row) })
        })
        .collect();
    let whole = table(pen, state, &rows, inner.width, grouped);
    // Leaves room for the bar.
    let table = if whole.drops_counters(inner.width.saturating_sub(FEW_BARS.0)) {
        table(pen, state, &rows, inner.width, short)
    } else {
        whole
    };
    let words = words(&pane.filter);
    let table = Table { focused, matches: &words, ..table };
    let (least, most) = if inner.width >= WIDE { BARS } else { FEW_BARS };
    let bar = inner.width.saturating_sub(table.preferred_width()).clamp(least, most);
    table.draw(pen, Rect { width: inner.width.saturating_sub(bar), ..inner });
    for (index, row) in (1..).zip(&rows) {
        let beside = right_of(line(inner, index), inner.width - bar);
        if row.selected {
            pen.wash(beside, if focused { Role::Selection } else { Role::Resting });
        }
        // The counters are those from before the deletion, or those to be reached by the import.
        if row.space.space.state != SpaceState::Open {
            continue;
        }
        let place = Rect { width: bar - 1, ..beside };
        let role = row.role(Role::Current, Role::Behind);
        bar::draw_line(pen, place, row.checkpoint().sequence.0, row.space.head.last_sequence.0, role);
    }
    scroll(pen, border, pane.top, shown, pane.rows.len());
}

/// The checkpoints of projections, with counters formatted by `figure`.
fn table<'a>(
    pen: &Pen<'_>,
    state: &'a ConsoleState,
    shown: &[Shown<'a>],
    width: u16,
    figure: fn(u64) -> String,
) -> Table<'a> {
    let mut columns = if width >= WIDE { COLUMNS.to_vec() } else { FEW_COLUMNS.to_vec() };
    let row = |row: &Shown<'a>| {
        let mut name = space_name(pen.glyphs(), &state.spaces, row.space);
        let cells = if width >= WIDE {
            cells(pen, *row, figure)
        } else {
            // Below the row of the space's `state`.
            if let Some(other) = row.projection.filter(|projection| projection.name != STATE) {
                name = vec![piece(format!("  {}", other.name), Role::Text)];
            }
            few_cells(*row, figure)
        };
        TableRow { cells: std::iter::once(name).chain(cells).collect(), selected: row.selected }
    };
    let mut rows: Vec<TableRow<'a>> = shown.iter().map(row).collect();
    if width >= WIDE && shown.iter().all(|row| row.lag() == 0) {
        columns.remove(BEHIND);
        rows.iter_mut().for_each(|row| drop(row.cells.remove(BEHIND)));
    }
    Table { columns, rows, ..Table::default() }
}

fn cells<'a>(pen: &Pen<'_>, row: Shown<'a>, figure: fn(u64) -> String) -> Vec<Vec<Piece<'a>>> {
    let Shown { space, projection, .. } = row;
    let name = vec![piece(projection.map_or(STATE, |projection| projection.name.as_str()), Role::Text)];
    if let Some(state) = space.space.state.in_short() {
        let mut cells = vec![name, Vec::new(), vec![piece(state, Role::Danger)]];
        cells.resize(COLUMNS.len() - 1, Vec::new());
        return cells;
    }
    let glyphs = pen.glyphs();
    let version = projection.and_then(|projection| projection.version);
    let version = version.map_or_else(|| "-".to_owned(), |version| version.to_string());
    let behind = if row.lag() == 0 { String::new() } else { span(space.lag_millis_of(row.checkpoint())) };
    vec![
        name,
        vec![piece(version, Role::Muted)],
        projection.map(|projection| status_of(glyphs, projection)).into_iter().collect(),
        vec![piece(figure(row.checkpoint().sequence.0), Role::Text)],
        vec![piece(figure(space.head.last_sequence.0), Role::Muted)],
        vec![
            projection.map_or_else(
                || lag(pen, space, figure),
                |projection| lag_of(glyphs, space, projection, figure),
            ),
        ],
        vec![piece(behind, Role::Muted)],
        vec![piece(figure(row.checkpoint().entities), Role::Muted)],
    ]
}

fn few_cells(row: Shown<'_>, figure: fn(u64) -> String) -> Vec<Vec<Piece<'_>>> {
    if let Some(state) = row.space.space.state.in_short() {
        return vec![vec![piece(state, Role::Danger)]];
    }
    vec![vec![
        piece(figure(row.checkpoint().sequence.0), row.role(Role::Text, Role::Warning)),
        piece("/", Role::Muted),
        piece(figure(row.space.head.last_sequence.0), Role::Muted),
    ]]
}

/// Returns the status of a projection, highlighted unless it is current.
pub(crate) fn status_of(glyphs: &Glyphs, projection: &ProjectionOverview) -> Piece<'static> {
    use ProjectionStatus::{Ahead, Blocked, Current, Lagging, Newer, Outdated, Rebuilding, Undeclared};
    let status = projection.status;
    match status {
        Current => piece(status.to_string(), Role::Muted),
        Lagging | Rebuilding | Undeclared => piece(status.to_string(), Role::Text),
        Outdated | Newer => piece(format!("{} {status}", glyphs.warning), Role::Warning),
        Ahead => piece(format!("{} {status}", glyphs.warning), Role::Danger),
        Blocked => piece(format!("{} {status}", glyphs.failed), Role::Danger),
    }
}

/// Returns the lag of a projection, highlighted unless it is 0.
pub(crate) fn lag_of(
    glyphs: &Glyphs,
    space: &SpaceOverview,
    projection: &ProjectionOverview,
    figure: fn(u64) -> String,
) -> Piece<'static> {
    match (projection.status, projection.lag(&space.head)) {
        (ProjectionStatus::Ahead, _) => piece(format!("{} ahead", glyphs.warning), Role::Danger),
        (ProjectionStatus::Blocked, lag) => piece(format!("{} {}", glyphs.failed, figure(lag)), Role::Danger),
        (_, 0) => piece("0", Role::Muted),
        (_, lag) => piece(format!("{} {}", glyphs.warning, figure(lag)), Role::Warning),
    }
}

pub(super) fn note(glyphs: &Glyphs, state: &ConsoleState) -> Note {
    let mut note = Note::of(&state.checkpoints.filter);
    push_marks(glyphs, &state.spaces, &mut note);
    if state.spaces.all.is_empty() {
        return note;
    }
    let Tally { behind, outdated, ahead, .. } = state.spaces.tally;
    let (full, brief, role) = match behind {
        _ if ahead > 0 => {
            (format!("{} ahead", grouped(ahead)), format!("{} ahead", short(ahead)), Role::Danger)
        }
        _ if outdated > 0 => (
            format!("{} outdated", grouped(outdated)),
            format!("{} {}", glyphs.warning, short(outdated)),
            Role::Warning,
        ),
        0 if state.spaces.complete => ("all current".to_owned(), glyphs.done.to_owned(), Role::Muted),
        0 => ("current so far".to_owned(), glyphs.done.to_owned(), Role::Muted),
        _ => (
            format!("{} behind", grouped(behind)),
            format!("{} {}", glyphs.warning, short(behind)),
            Role::Warning,
        ),
    };
    note.push(piece(full, role), piece(brief, role));
    note
}

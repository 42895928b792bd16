//! The cells of the rows of the checkpoints pane.

use std::borrow::Cow;

use crate::console::app::state::ConsoleState;
use crate::console::panes::checkpoints::{CheckpointsPane, order};
use crate::console::panes::view::{SPACE_NAME, lag, space_name};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Pen, Piece, piece};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::operations::{ProjectionOverview, ProjectionStatus, SpaceOverview};
use crate::pstate::STATE;
use crate::space::Checkpoint;
use crate::text::{span, visible};

/// The minimum width for numbers in separate columns.
pub(super) const WIDE: u16 = 60;

const COLUMNS: [Column; 12] = [
    Column::text("name").growing().names().at_least(10).at_most(SPACE_NAME),
    Column::text("projection").names().at_most(SPACE_NAME).rank(1),
    Column::number("version").rank(8).spare(),
    Column::text("status").rank(4),
    Column::number("checkpoint"),
    Column::number("last").rank(2),
    Column::number("lag").at_least(3).rank(3),
    Column::number("trend").rank(6).spare(),
    Column::number("behind").rank(9).spare(),
    Column::number("keys").rank(7).spare(),
    Column::text("last rebuild").times().rank(10).spare(),
    Column::text("last error").at_least(16).at_most(60).cut().rank(5),
];
/// The columns that are shown only if they say something in a row on screen.
const OPTIONAL: [&str; 4] = ["trend", "behind", "last rebuild", "last error"];

const FEW_COLUMNS: [Column; 2] =
    [Column::text("name").growing().names().at_least(10), Column::number("at").rank(1)];

/// A row with its space, and with its projection if that is known already.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) space: &'a SpaceOverview,
    pub(super) projection: Option<&'a ProjectionOverview>,
    pub(super) selected: bool,
}

impl<'a> Shown<'a> {
    pub(super) fn checkpoint(self) -> &'a Checkpoint {
        self.projection.map_or(&self.space.checkpoint, |projection| &projection.checkpoint)
    }

    fn name(self) -> &'a str {
        self.projection.map_or(STATE, |projection| &projection.name)
    }

    fn lag(self) -> u64 {
        self.projection.map_or_else(|| self.space.state_lag(), |projection| projection.lag(&self.space.head))
    }

    /// Returns the role of its position, which is `current` if nothing is wrong with it.
    pub(super) fn role(self, current: Role, behind: Role) -> Role {
        match self.projection.map(|projection| projection.status) {
            Some(ProjectionStatus::Ahead | ProjectionStatus::Blocked) => Role::Danger,
            Some(ProjectionStatus::Outdated | ProjectionStatus::Newer) => behind,
            _ if self.lag() > 0 => behind,
            _ => current,
        }
    }
}

/// The checkpoints of projections, with counters formatted by `figure`.
pub(super) fn table<'a>(
    pen: &Pen<'_>,
    state: &'a ConsoleState,
    shown: &[Shown<'a>],
    width: u16,
    figure: fn(u64) -> String,
) -> Table<'a> {
    let is_wide = width >= WIDE;
    let CheckpointsPane { order: by, is_reversed, .. } = &state.checkpoints;
    let is_together = !by.is_by_counters() && !is_reversed;
    let row = |row: &Shown<'a>| {
        let mut name = space_name(pen.glyphs(), &state.spaces, row.space);
        let cells = if is_wide {
            cells(pen, state, *row, figure)
        } else {
            match row.name() {
                STATE => {}
                // Below the row of the space's `state`.
                projection if is_together => name = vec![piece(format!("  {projection}"), Role::Text)],
                projection => name.push(piece(format!(" {projection}"), Role::Muted)),
            }
            few_cells(*row, figure)
        };
        TableRow { cells: std::iter::once(name).chain(cells).collect(), selected: row.selected }
    };
    let mut rows: Vec<TableRow<'a>> = shown.iter().map(row).collect();
    let mut columns = if is_wide { COLUMNS.to_vec() } else { FEW_COLUMNS.to_vec() };
    let sorted = |column: &&mut Column| order::by_column(column.title) == Some(*by);
    if let Some(column) = columns.iter_mut().find(sorted) {
        *column = column.sorted(pen.glyphs().sorted[usize::from(by.is_by_counters() != *is_reversed)]);
    }
    for index in (0..columns.len()).rev() {
        let is_blank = |row: &TableRow<'_>| row.cells[index].iter().all(|piece| piece.text().is_empty());
        if OPTIONAL.contains(&columns[index].title) && rows.iter().all(is_blank) {
            columns.remove(index);
            rows.iter_mut().for_each(|row| drop(row.cells.remove(index)));
        }
    }
    Table { columns, rows, zone: state.moments.zone_in(width), ..Table::default() }
}

/// Returns the cells after the name of the space.
fn cells<'a>(
    pen: &Pen<'_>,
    state: &ConsoleState,
    row: Shown<'a>,
    figure: fn(u64) -> String,
) -> Vec<Vec<Piece<'a>>> {
    let Shown { space, projection, .. } = row;
    let name = vec![piece(row.name(), Role::Text)];
    if let Some(state) = space.in_short() {
        let mut cells = vec![name, Vec::new(), vec![piece(state, Role::Danger)]];
        cells.resize(COLUMNS.len() - 1, Vec::new());
        return cells;
    }
    let glyphs = pen.glyphs();
    let version = projection.and_then(|projection| projection.version);
    let version = version.map_or_else(|| "-".to_owned(), |version| version.to_string());
    let time = space.lag_time(row.checkpoint()).filter(|_| row.lag() > 0);
    let behind = time.map(span).unwrap_or_default();
    let lag = match projection {
        Some(projection) => lag_of(glyphs, space, projection, figure),
        None => lag(pen, space, figure),
    };
    let rebuilt = projection.and_then(|projection| projection.rebuilt_at);
    let rebuilt = rebuilt.map(|at| state.moments.brief(at)).unwrap_or_default();
    vec![
        name,
        vec![piece(version, Role::Muted)],
        projection.map(|projection| status_of(glyphs, projection)).into_iter().collect(),
        vec![piece(figure(row.checkpoint().sequence.0), Role::Text)],
        vec![piece(figure(space.head.last_sequence.0), Role::Muted)],
        vec![lag],
        trend(state, row, figure).into_iter().collect(),
        vec![piece(behind, Role::Muted)],
        vec![piece(figure(row.checkpoint().entities), Role::Muted)],
        vec![piece(rebuilt, Role::Muted)],
        vec![piece(last_error(row), Role::Danger)],
    ]
}

fn few_cells(row: Shown<'_>, figure: fn(u64) -> String) -> Vec<Vec<Piece<'_>>> {
    if let Some(state) = row.space.in_short() {
        return vec![vec![piece(state, Role::Danger)]];
    }
    vec![vec![
        piece(figure(row.checkpoint().sequence.0), row.role(Role::Text, Role::Warning)),
        piece("/", Role::Muted),
        piece(figure(row.space.head.last_sequence.0), Role::Muted),
    ]]
}

/// Returns the change of the lag, with a sign. A lag that shrinks needs no attention.
fn trend(state: &ConsoleState, row: Shown<'_>, figure: fn(u64) -> String) -> Option<Piece<'static>> {
    let change = state.spaces.trends.change(row.space.space.space_id, row.name())?;
    let size = figure(u64::try_from(change.unsigned_abs()).unwrap_or(u64::MAX));
    Some(match change {
        0 => piece("=", Role::Muted),
        1.. => piece(format!("+{size}"), Role::Warning),
        _ => piece(format!("-{size}"), Role::Muted),
    })
}

/// Returns the event that cannot be applied, and the reason.
fn last_error(row: Shown<'_>) -> Cow<'_, str> {
    let blocked = row.projection.and_then(|projection| projection.blocked.as_ref());
    blocked.map_or(Cow::Borrowed(""), |event| {
        Cow::Owned(format!("event {}: {}", event.event_id, visible(&event.reason)))
    })
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

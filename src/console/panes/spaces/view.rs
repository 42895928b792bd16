//! Spaces: one per row, with their event counts and lag.

use std::ops::Range;

use ratatui::layout::Rect;

use crate::console::app::state::ConsoleState;
use crate::console::panes::checkpoints::{lag_of, status_of};
use crate::console::panes::spaces::sparklines::PERIODS;
use crate::console::panes::spaces::{SpacesPane, order};
use crate::console::panes::view::{Note, SPACE_NAME, no_spaces, push_marks, scroll, space_name, words};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar;
use crate::console::widgets::pen::{Pen, Piece, below, piece};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::operations::{ProjectionStatus, SpaceOrder, SpaceOverview};
use crate::text::{bytes, grouped, short};

const COLUMNS: [Column; 9] = [
    Column::text("name").growing().names().at_least(10).at_most(SPACE_NAME),
    Column::number("events"),
    Column::number("new").rank(2).spare(),
    Column::number("lag").at_least(3).rank(1),
    Column::text("").rank(4).spare(),
    Column::text("app").rank(5).spare(),
    Column::text("last event").times().rank(6).spare(),
    Column::number("payload").rank(7).spare(),
    Column::text("").rank(3).spare(),
];
/// The column of events since the console was opened, shown if there are any.
const NEW: usize = 2;
/// The column of the events over time, shown on a wide list.
const SPARKLINE: usize = 8;
/// The columns of the lag and its bar, shown if a projection needs attention.
const LAG: Range<usize> = 3..5;
/// The width of the bar beside a lag.
const BAR: u16 = 3;

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool) {
    let pane = &state.spaces;
    if pane.shown.is_empty() {
        return no_spaces(pen, state, &pane.filter, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let table_of = |figure, periods| table(pen, state, (shown, inner.width), focused, (figure, periods));
    let whole = table_of(grouped, PERIODS);
    let is_short = whole.drops_counters(inner.width);
    let table_of = |periods| table_of(if is_short { short } else { grouped }, periods);
    // Names and lags come first: beside them, a sparkline has the last periods that there is room for.
    let mut tables = [1, 2, 3].map(|part| PERIODS / part).into_iter().map(table_of);
    let fitting = tables.find(|table| table.shows_last(inner.width));
    let table = fitting.unwrap_or_else(|| table_of(PERIODS));
    let words = words(&pane.filter);
    let table = Table { matches: &words, ..table };
    table.draw(pen, inner);
    scroll(pen, below(inner, 1), pane.top, shown, pane.shown.len());
}

/// The spaces on screen, with counters formatted by `figure`, and sparklines of so many periods.
fn table<'a>(
    pen: &Pen<'_>,
    state: &'a ConsoleState,
    (shown, width): (usize, u16),
    focused: bool,
    (figure, periods): (fn(u64) -> String, u16),
) -> Table<'a> {
    let pane = &state.spaces;
    let on_screen = pane.shown.iter().skip(pane.top).take(shown).filter_map(|id| pane.get(*id));
    let mut rows: Vec<TableRow<'a>> =
        on_screen.map(|space| row(pen, state, space, (figure, periods))).collect();
    let mut columns = COLUMNS.to_vec();
    if !pane.marked.is_empty() {
        columns[0] = columns[0].at_least(16);
    }
    if let Some(column) = columns.iter_mut().find(|column| order::by_column(column.title) == Some(pane.sort))
    {
        *column = column.sorted(pen.glyphs().sorted[usize::from(pane.is_descending())]);
    }
    match pane.sparklines.heading(width, periods) {
        Some(title) => columns[SPARKLINE] = Column { title, ..columns[SPARKLINE] }.at_least(periods),
        None => {
            columns.truncate(SPARKLINE);
            rows.iter_mut().for_each(|row| row.cells.truncate(SPARKLINE));
        }
    }
    let is_calm = |row: &TableRow<'_>| row.cells[LAG.start].is_empty();
    if pane.tally.needs_attention() == 0 && rows.iter().all(is_calm) {
        columns.drain(LAG);
        rows.iter_mut().for_each(|row| drop(row.cells.drain(LAG)));
    }
    if pane.tally.grown == 0 {
        columns.remove(NEW);
        rows.iter_mut().for_each(|row| drop(row.cells.remove(NEW)));
    }
    Table { columns, rows, focused, zone: state.moments.zone_in(width), ..Table::default() }
}

fn row<'a>(
    pen: &Pen<'_>,
    state: &ConsoleState,
    overview: &'a SpaceOverview,
    (figure, periods): (fn(u64) -> String, u16),
) -> TableRow<'a> {
    let pane = &state.spaces;
    let counts = pane.sparklines.of(overview.space.space_id);
    let latest = &counts[counts.len().saturating_sub(periods.into())..];
    let selected = pane.selected == Some(overview.space.space_id);
    let new = match pane.growth(overview) {
        0 => piece("", Role::Muted),
        new => piece(format!("+{}", figure(new)), Role::Text),
    };
    let [lag, bar] = lag(pen.glyphs(), overview, figure).unwrap_or_default();
    let last = overview.head.last_timestamp.map_or_else(String::new, |at| state.moments.brief(at));
    let mut cells = vec![
        space_name(pen.glyphs(), pane, overview),
        vec![piece(figure(overview.head.last_sequence.0), Role::Text)],
        vec![new],
        lag,
        bar,
        vec![piece(overview.app.unwrap_or("?"), Role::Muted)],
        vec![piece(last, Role::Muted)],
        vec![piece(bytes(overview.head.payload_bytes), Role::Muted)],
        vec![piece(bar::sparkline(pen.glyphs(), latest), Role::Muted)],
    ];
    // Replaces the counters, which are those from before the deletion, or those to be reached by the import.
    if let Some(state) = overview.in_short()
        && let [_, events, counters @ .., _, _, _, _] = cells.as_mut_slice()
    {
        *events = vec![piece(state, Role::Danger)];
        counters.fill(Vec::new());
    }
    TableRow { cells, selected }
}

/// Returns the lag of the space, or what keeps its projection that most needs attention from catching up, and a bar of the
/// share of the events that are missing.
fn lag<'a>(glyphs: &Glyphs, space: &SpaceOverview, figure: fn(u64) -> String) -> Option<[Vec<Piece<'a>>; 2]> {
    use ProjectionStatus::{Blocked, Newer, Outdated};
    let projection = space.most_troubled()?;
    let is_renewed = matches!(projection.status, Outdated | Newer);
    let lag = if is_renewed { projection.lag(&space.head) } else { space.lag() };
    let text = match projection.status {
        _ if is_renewed => status_of(glyphs, projection),
        Blocked => piece(format!("{} {}", glyphs.failed, figure(lag)), Role::Danger),
        _ => lag_of(glyphs, space, space.slowest()?, figure),
    };
    let role = if projection.status == Blocked { Role::Danger } else { Role::Behind };
    let bar = bar::line_pieces(glyphs, BAR, lag, space.head.last_sequence.0, role);
    Some([vec![text], if lag > 0 { bar.to_vec() } else { Vec::new() }])
}

pub(super) fn note(glyphs: &Glyphs, state: &ConsoleState) -> Note {
    let SpacesPane { all, shown, sort, filter, loaded, complete, .. } = &state.spaces;
    let (matching, all) = (shown.len() as u64, all.len() as u64);
    let mut note = Note::of(filter);
    push_marks(glyphs, &state.spaces, &mut note);
    let texts = if !filter.is_empty() {
        Some([
            format!("{} of {}", grouped(matching), grouped(all)),
            format!("{}/{}", short(matching), short(all)),
        ])
    } else if *loaded && !complete {
        Some([format!("{} so far", grouped(all)), format!("{}+", short(all))])
    } else if *sort != SpaceOrder::Created {
        Some([format!("by {}", sort.title()), format!("by {}", sort.title())])
    } else {
        (all > 0).then(|| [grouped(all), short(all)])
    };
    if let Some([full, brief]) = texts {
        note.push(piece(full, Role::Muted), piece(brief, Role::Muted));
    }
    note
}

//! The tree as a table: an event per row, indented by its depth. Above it is why the causes end, below it is what is
//! missing.

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::state::ConsoleState;
use crate::console::app::view::failed;
use crate::console::layers::trace::{TraceRow, TraceView, Tracing};
use crate::console::panes::events::EventRow;
use crate::console::panes::events::view::texts;
use crate::console::panes::view::{Note, now};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, Placeholder, beside_title};
use crate::console::widgets::pen::{Pen, Piece, below, piece, right_of, row};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::console::widgets::text::keyed;
use crate::operations::Unfollowed;
use crate::text::{counted, grouped, short};

/// The index of the column with the payload.
const PAYLOAD: usize = 5;
/// Below this width, the levels take one cell each.
const NARROW: u16 = 60;

/// Returns the number of rows of the tree among the rows of the table.
pub(super) fn tree_rows(trace: &TraceView, rows: usize) -> usize {
    rows.saturating_sub(usize::from(cause_line(trace).is_some()) + usize::from(has_foot(trace)))
}

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, trace: &TraceView, area: Rect, focused: bool) {
    pen.ground(area, Role::Ground);
    let role = if focused { Role::Title } else { Role::Strong };
    let mut title = vec![
        piece("Trace", role),
        piece(format!("  causes and effects of event {}", grouped(trace.asked.0)), Role::Muted),
    ];
    title.extend(now(state));
    let note = note(trace).fit(beside_title(area.width, &title));
    let inner = Frame { title, note, focused, ..Frame::default() }.draw(pen, area);
    if let Some(failure) = trace.failure.as_ref().filter(|_| trace.rows.is_empty()) {
        return failed(pen, inner, failure);
    }
    if trace.rows.is_empty() {
        return empty(pen, state, trace, inner);
    }
    let mut place = inner;
    if let Some(line) = cause_line(trace) {
        pen.line(right_of(row(place, 0), 1), &line);
        place = below(place, 1);
    }
    if has_foot(trace) {
        let foot = Rect { y: place.bottom().saturating_sub(1), height: 1.min(place.height), ..place };
        pen.line(right_of(foot, 1), &foot_line(pen.glyphs(), state, trace));
        place.height = place.height.saturating_sub(1);
    }
    let shown = usize::from(place.height.saturating_sub(1));
    let words = texts(&trace.query());
    let mut table = table(pen.glyphs(), state, trace, shown, place.width);
    (table.focused, table.matches) = (focused, &words);
    table.draw(pen, place);
    let (first, total) = (trace.top as u64, trace.rows.len() as u64);
    Scroll { first, shown: shown as u64, total }.draw(pen, below(place, 1));
}

/// Returns the number of events, and with a filter how many of them match.
fn note(trace: &TraceView) -> Note {
    let mut note = Note::of(&trace.filter);
    let events = trace.read.tree.len() as u64;
    let more = if trace.tracing == Tracing::Done && trace.read.tree.is_whole() { "" } else { "+" };
    let noun = if events == 1 { "event" } else { "events" };
    let is_reading = trace.tracing != Tracing::Done && trace.fresh.is_none();
    let reading = if is_reading { "reading…  " } else { "" };
    let matching = trace.rows.iter().filter(|row| row.is_match).count() as u64;
    let of = |figure: fn(u64) -> String| {
        let matching = match trace.is_filter_known() {
            _ if trace.filter.is_empty() => String::new(),
            true => format!("{} of ", figure(matching)),
            false => "… of ".to_owned(),
        };
        piece(format!("{reading}{matching}{}{more} {noun}", figure(events)), Role::Muted)
    };
    note.push(of(grouped), of(short));
    note
}

/// Draws why there is no tree.
fn empty(pen: &mut Pen<'_>, state: &ConsoleState, trace: &TraceView, area: Rect) {
    let id = grouped(trace.asked.0);
    let (text, next) = match trace.tracing {
        Tracing::Done if !trace.is_filter_known() => ("Searching…".to_owned(), None),
        Tracing::Done if !trace.read.tree.is_empty() => {
            let text = format!("No event of the trace matches “{}”", trace.filter.as_str());
            (text, Some(format!("{} clears the filter", key(state, Action::Back))))
        }
        Tracing::Done => {
            let reason = "Its space was deleted, or the id is too high";
            (format!("Event {id} does not exist"), Some(reason.to_owned()))
        }
        _ => (format!("Reading the causes and effects of event {id}…"), None),
    };
    Placeholder { text: &text, role: Role::Text, next: next.as_deref() }.draw(pen, area);
}

/// Returns why the cause of the first event is not shown, if it has one.
fn cause_line(trace: &TraceView) -> Option<Vec<Piece<'static>>> {
    let (cause, why) = trace.read.tree.unfollowed()?;
    let (id, root) = (grouped(cause.0), grouped(trace.read.tree.root().0));
    let text = match why {
        Unfollowed::Missing => {
            format!("event {id} caused event {root}; it no longer exists: its space was deleted")
        }
        Unfollowed::TooFar => format!("event {id} caused event {root}; earlier causes are not shown"),
        Unfollowed::Later if trace.read.tree.contains(cause) => {
            format!("a cycle: event {root} names event {id} as its cause, which follows from it")
        }
        Unfollowed::Later => {
            format!("event {root} names event {id} as its cause, which does not precede it")
        }
    };
    let role = if why == Unfollowed::TooFar { Role::Muted } else { Role::Warning };
    Some(vec![piece(text, role)])
}

fn has_foot(trace: &TraceView) -> bool {
    trace.is_stale
        || trace.failure.is_some()
        || (trace.tracing == Tracing::Done && !trace.read.tree.is_whole())
}

/// Returns what the tree does not show.
fn foot_line(glyphs: &Glyphs, state: &ConsoleState, trace: &TraceView) -> Vec<Piece<'static>> {
    if let Some(failure) = &trace.failure {
        return vec![piece(format!("{} {}", glyphs.failed, failure.message), Role::Danger)];
    }
    let tree = &trace.read.tree;
    let text = if !tree.is_whole() {
        let read = counted(tree.searched(), "event", "events");
        let more = key(state, Action::ReadMore);
        match trace.look < super::MOST {
            true => format!("{read} read for effects; others are not shown: `{more}` reads more"),
            false => format!("{read} read for effects; others are not shown"),
        }
    } else {
        format!("new effects may be missing: `{}` reads again", key(state, Action::Refresh))
    };
    keyed(&text, Role::Warning).into_iter().map(Piece::into_owned).collect()
}

fn table<'a>(
    glyphs: &Glyphs,
    state: &'a ConsoleState,
    trace: &'a TraceView,
    shown: usize,
    width: u16,
) -> Table<'a> {
    let indent = Indent::of(trace, width);
    let on_screen = || trace.rows.iter().skip(trace.top).take(shown);
    let widest = on_screen().map(|row| indent.width(row)).max().unwrap_or(0);
    let columns = vec![
        Column::text("event").at_least(widest.max(8)),
        Column::text("type").names().at_least(16).at_most(32).at_most_one_in(4),
        Column::text("entity").names().at_least(6).at_most(24).at_most_one_in(6).rank(2),
        Column::text("space").names().at_least(10).at_most(24).rank(1),
        Column::text("time").rank(4),
        Column::text("payload").growing().at_least(8).rank(3),
    ];
    let rows = on_screen().filter_map(|line| {
        let event = trace.event(line.event_id)?;
        let selected = line.event_id == trace.selected;
        Some(TableRow { cells: cells((glyphs, state, trace), indent, line, event), selected })
    });
    let mut table = Table { columns, rows: rows.collect(), ..Table::default() };
    let cells = table.column_width(PAYLOAD, width);
    for (row, line) in table.rows.iter_mut().zip(on_screen()) {
        if let (Some(cell), Some(event)) = (row.cells.get_mut(PAYLOAD), trace.event(line.event_id)) {
            *cell = event.payload.pieces(cells, glyphs);
        }
    }
    table
}

fn cells<'a>(
    (glyphs, state, trace): (&Glyphs, &'a ConsoleState, &'a TraceView),
    indent: Indent,
    line: &'a TraceRow,
    row: &'a EventRow,
) -> Vec<Vec<Piece<'a>>> {
    let event = &row.event;
    let mut tree = vec![piece(indent.lines(glyphs, &trace.rows, line), Role::Border)];
    let fold = match (line.has_effects, line.hidden) {
        (false, _) if line.depth == 0 => " ",
        (false, _) => glyphs.lines.horizontal,
        (true, 0) => glyphs.open,
        (true, _) => glyphs.closed,
    };
    tree.push(piece(format!("{fold} "), Role::Muted));
    if !event.intact {
        tree.push(piece(format!("{} ", glyphs.failed), Role::Danger));
    }
    let is_asked = line.event_id == trace.asked;
    tree.push(piece(grouped(line.event_id.0), if is_asked { Role::Strong } else { Role::Text }));
    if line.hidden > 0 {
        tree.push(piece(format!(" +{}", short(line.hidden as u64)), Role::Muted));
    }
    let mut kind = vec![piece(&*event.event_type, if line.is_match { Role::Text } else { Role::Muted })];
    if event.redaction().is_some() {
        kind.push(piece(" redacted", Role::Warning));
    }
    vec![
        tree,
        kind,
        vec![piece(&event.entity_id, if line.is_match { Role::Key } else { Role::Muted })],
        vec![piece(state.space_name(event.space_id), Role::Text)],
        vec![piece(state.moments.date_and_time(event.timestamp), Role::Muted)],
        Vec::new(),
    ]
}

/// The indentation of a tree on a screen of some width. A tree that is deeper than the screen is shown from the depth on
/// that shows the selected event.
#[derive(Debug, Clone, Copy)]
struct Indent {
    /// The first depth that is shown.
    from: usize,
    /// The most levels.
    levels: usize,
    /// The cells of a level.
    cells: u16,
}

impl Indent {
    fn of(trace: &TraceView, width: u16) -> Self {
        let cells = if width < NARROW { 1 } else { 2 };
        let levels = usize::from(width / 4 / cells).max(1);
        let depth = trace.selected_row().map_or(0, |row| row.depth);
        Self { from: depth.saturating_sub(levels), levels, cells }
    }

    /// Returns the number of levels by which a row is indented.
    fn level(self, row: &TraceRow) -> usize {
        row.depth.saturating_sub(self.from).min(self.levels)
    }

    /// Returns true if the row is deeper or less deep than what is shown of the tree.
    fn is_beyond(self, row: &TraceRow) -> bool {
        row.depth < self.from || row.depth - self.from > self.levels
    }

    /// Returns the width of the first column for a row.
    fn width(self, row: &TraceRow) -> u16 {
        let levels = u16::try_from(self.level(row)).unwrap_or(0).saturating_mul(self.cells);
        let depth =
            if self.is_beyond(row) || self.from > 0 { grouped(row.depth as u64).len() + 2 } else { 0 };
        let fold = if row.hidden > 0 { 6 } else { 0 };
        let text = 2 + grouped(row.event_id.0).len() + depth + fold;
        levels.saturating_add(u16::try_from(text).unwrap_or(0))
    }

    /// Returns the lines before an event. Where not all levels are shown, its depth comes first.
    fn lines(self, glyphs: &Glyphs, rows: &[TraceRow], row: &TraceRow) -> String {
        let [past, branch, last] = glyphs.tree;
        let level = self.level(row);
        let is_wide = self.cells > 1;
        let [gap, line] = [" ", glyphs.lines.horizontal].map(|gap| if is_wide { gap } else { "" });
        let mut parts: Vec<[&str; 2]> = Vec::new();
        let mut at = Some(row);
        for _ in 0..level {
            let Some(row) = at else { break };
            let part = match (parts.is_empty(), row.is_last) {
                (true, true) => [last, line],
                (true, false) => [branch, line],
                (false, true) => [" ", gap],
                (false, false) => [past, gap],
            };
            parts.push(part);
            at = row.parent.and_then(|parent| rows.get(parent));
        }
        let lines: String = parts.into_iter().rev().flatten().collect();
        match self.from {
            0 if !self.is_beyond(row) => lines,
            _ => format!("({}) {lines}", grouped(row.depth as u64)),
        }
    }
}

//! Events: one per row, the oldest at the top.

use std::borrow::Cow;

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::state::ConsoleState;
use crate::console::app::window::Window;
use crate::console::panes::Filter;
use crate::console::panes::events::EventRow;
use crate::console::panes::view::{Note, matching, no_space_selected};
use crate::console::settings::EventColumn;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::Placeholder;
use crate::console::widgets::pen::{Pen, Piece, below, piece};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::operations::{Scope, SpaceOverview};
use crate::query::Query;
use crate::space::SpaceState;
use crate::text::{counted, grouped, short, visible};

/// Below this width, times are shown to the minute, and types are shortened to make room for the space.
const NARROW: u16 = 60;

/// The least width of a list that names the space of each event in which the payload has room, too.
const TIGHT: u16 = 50;

/// The same for a list that names the space of each event, and has as much room for the payload.
const NARROW_WITH_SPACES: u16 = 100;

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool) {
    let pane = &state.events;
    if pane.window.rows.is_empty() {
        return empty(pen, state, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let words = texts(&pane.query);
    let mut table = table(pen, state, &pane.window, Shown { rows: shown, all: pane.all_spaces }, inner.width);
    (table.focused, table.matches) = (focused, &words);
    table.draw(pen, inner);
    if pane.filter.is_empty() {
        let first =
            pane.window.rows.get(pane.window.top_index()).map_or(0, |row| row.position.0.saturating_sub(1));
        Scroll { first, shown: shown as u64, total: last(state) }.draw(pen, below(inner, 1));
    }
}

/// Returns the words of a query to highlight.
pub(crate) fn texts(query: &Query) -> Vec<String> {
    query.texts().map(|text| visible(text).into_owned()).collect()
}

/// The extent of a table of events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    /// The number of rows that fit.
    pub rows: usize,
    /// The events are those of all spaces, so each names its space.
    pub all: bool,
}

/// Returns a table of the events on screen. While the pane shows all spaces, events are numbered by id, also in the
/// history of an entity.
pub(crate) fn table<'a>(
    pen: &Pen<'_>,
    state: &'a ConsoleState,
    window: &'a Window<EventRow>,
    Shown { rows, all }: Shown,
    width: u16,
) -> Table<'a> {
    let shown: Vec<EventColumn> = columns(state, all).collect();
    let place = |wanted| shown.iter().position(|column| *column == wanted).map(|place| place + 1);
    let [kind, entity, payload, _] = window.measured.widest();
    let [usual_kind, usual_entity, ..] = window.measured.usual();
    let narrow = width < if all { NARROW_WITH_SPACES } else { NARROW };
    // The space costs so much room that names are cut shorter for the payload.
    let tight = all && (TIGHT..NARROW_WITH_SPACES).contains(&width);
    let least_payload = if all { (width.saturating_sub(14) / 4).clamp(8, 24) } else { 8 };
    let column = |column: &EventColumn| match column {
        EventColumn::Time if narrow => Column::text("time").at_least(5).rank(if all { 4 } else { 1 }),
        EventColumn::Time => Column::text("time").at_least(state.moments.day_line_width()).rank(4),
        EventColumn::Space => {
            let names = state.spaces.widest_name;
            let least = if tight { 8 } else { 10 };
            Column::text("space").names().at_least(least).at_most(24).holding(names).rank(1)
        }
        EventColumn::Type => {
            let least = if tight { 13 } else { 15 + u16::from(!(narrow && all)) };
            let types = Column::text("type").names().at_least(least).at_most(32).at_most_one_in(4);
            types.usually(usual_kind).holding(kind)
        }
        EventColumn::Entity => {
            let entities = Column::text("entity").names().at_least(6).at_most(24).at_most_one_in(6);
            entities.usually(usual_entity).holding(entity).rank(2)
        }
        EventColumn::Payload => {
            Column::text("payload").growing().at_least(least_payload).holding(payload).rank(3)
        }
    };
    let columns = std::iter::once(number_column(state)).chain(shown.iter().map(column)).collect();
    let row = |row: &'a EventRow| TableRow {
        cells: cells(pen, state, row, (&shown, narrow)),
        selected: window.selected == Some(row.position),
    };
    let mut days = place(EventColumn::Time).and_then(|column| {
        window.days(rows, column, |row: &EventRow| state.moments.day_line(row.event.timestamp))
    });
    if let (true, Some(days), Some(top)) = (narrow, &mut days, window.rows.get(window.top_index())) {
        let (day, zone) =
            (state.moments.short_day(top.event.timestamp), state.moments.zone(top.event.timestamp));
        days.first = if width < NARROW { day } else { format!("{day} {zone}") };
    }
    let on_screen: Vec<&EventRow> = window.visible(rows).collect();
    let rows = on_screen.iter().map(|shown| row(shown)).collect();
    let mut table = Table { columns, rows, days, ..Table::default() };
    if let Some(payload) = place(EventColumn::Payload) {
        // The column takes the remaining width, which decides where its texts start.
        let cells = table.column_width(payload, width);
        for (row, shown) in table.rows.iter_mut().zip(on_screen) {
            if let Some(cell) = row.cells.get_mut(payload) {
                *cell = shown.payload.pieces(cells, pen.glyphs());
            }
        }
    }
    table
}

/// The columns after the number, from the settings.
fn columns(state: &ConsoleState, all: bool) -> impl Iterator<Item = EventColumn> {
    let columns = state.settings.columns.events.iter().copied();
    columns.filter(move |column| all || *column != EventColumn::Space)
}

fn number_column(state: &ConsoleState) -> Column {
    let digits = u16::try_from(grouped(last(state)).len()).unwrap_or(0);
    Column::number(if state.events.all_spaces { "id" } else { "seq" }).at_least(digits.max(3))
}

/// The cells of an event, except for its payload.
fn cells<'a>(
    pen: &Pen<'_>,
    state: &'a ConsoleState,
    row: &'a EventRow,
    (columns, narrow): (&[EventColumn], bool),
) -> Vec<Vec<Piece<'a>>> {
    let event = &row.event;
    let number = if state.events.all_spaces { event.event_id.0 } else { event.space_sequence.0 };
    let altered = piece(format!("{} ", pen.glyphs().failed), Role::Danger);
    let number = (!event.intact).then_some(altered).into_iter().chain([piece(grouped(number), Role::Muted)]);
    let cell = |column: &EventColumn| match column {
        EventColumn::Time if narrow => vec![piece(state.moments.minute(event.timestamp), Role::Muted)],
        EventColumn::Time => vec![piece(state.moments.time(event.timestamp), Role::Muted)],
        EventColumn::Space => vec![piece(state.space_name(event.space_id), Role::Text)],
        EventColumn::Type => vec![piece(&*event.event_type, Role::Text)],
        EventColumn::Entity => vec![piece(&event.entity_id, Role::Key)],
        EventColumn::Payload => Vec::new(),
    };
    std::iter::once(number.collect()).chain(columns.iter().map(cell)).collect()
}

/// The last position in the list.
fn last(state: &ConsoleState) -> u64 {
    state.last_position(state.events.scope)
}

pub(super) fn note(glyphs: &Glyphs, state: &ConsoleState) -> Note {
    let pane = &state.events;
    let mut note = Note::of(&pane.filter);
    if let Some(at) = pane.searching() {
        let (full, brief) = (format!("searching at {}  ", grouped(at.0)), format!("{}… ", short(at.0)));
        note.push(piece(full, Role::Accent), piece(brief, Role::Accent));
    }
    let Some(selected) = pane.window.selected else { return note };
    let last = last(state);
    let (at, brief) = (grouped(selected.0), format!("{}/{}", short(selected.0), short(last)));
    let (full, brief) = match state.events.scope {
        // The position that the search has reached says enough.
        _ if !pane.filter.is_empty() && !pane.window.is_loaded() => {
            (piece("", Role::Muted), piece("", Role::Muted))
        }
        _ if !pane.filter.is_empty() => {
            let [full, brief] = matching(&pane.window);
            (full, brief)
        }
        // Deleted spaces leave gaps in the ids, so an id is not a count.
        Some(Scope::All) => {
            let full = format!("id {at} {} last {}", glyphs.dot, grouped(last));
            (piece(full, Role::Muted), piece(brief, Role::Muted))
        }
        _ => (piece(format!("{at} of {}", grouped(last)), Role::Muted), piece(brief, Role::Muted)),
    };
    note.push(full, brief);
    let (sign, word, role) = match pane.following {
        true => (glyphs.live, "follow", Role::Text),
        false => (glyphs.paused, "paused", Role::Muted),
    };
    note.push(piece(format!("  {sign} {word}"), role), piece(format!(" {sign}"), role));
    note
}

/// The selected space with its unfinished import or deletion, if the pane shows that space.
fn under_way(state: &ConsoleState) -> Option<(&SpaceOverview, String)> {
    let space = state.space().filter(|_| !state.events.all_spaces)?;
    Some((space, space.under_way()?))
}

/// Draws that no event matches a query, or that a match is still being looked for.
pub(crate) fn no_event_matches(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    (filter, window): (&Filter, &Window<EventRow>),
    area: Rect,
) {
    let searched = counted(window.searched, "event", "events");
    let back = key(state, Action::Back);
    let (text, next) = if window.is_loaded() && !window.is_awaited() {
        let text = format!("No event matches “{}”", filter.as_str());
        (text, format!("{searched} searched; {back} clears the filter"))
    } else if window.searched == 0 {
        ("Searching…".to_owned(), format!("{back} stops the search"))
    } else {
        (format!("Searching… no match in {searched} yet"), format!("{back} stops the search"))
    };
    Placeholder { text: &text, role: Role::Text, next: Some(&next) }.draw(pen, area);
}

/// Draws why no event is shown and what to do next.
fn empty(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect) {
    let pane = &state.events;
    if let Some(failure) = &pane.failure {
        return crate::console::app::view::failed(pen, area, failure);
    }
    let space = state.space();
    let (text, next): (Cow<'_, str>, Option<String>) = if space.is_none() && !pane.all_spaces {
        return no_space_selected(pen, state, area, "The events of the selected space appear here");
    } else if !pane.filter.is_empty() {
        return no_event_matches(pen, state, (&pane.filter, &pane.window), area);
    } else if !pane.window.is_loaded() {
        ("Loading events…".into(), None)
    } else if let Some((space, under_way)) = under_way(state) {
        let next = match (&space.worker, space.space.state) {
            (Some(_), _) => String::new(),
            (None, SpaceState::Deleting) => format!("; {} resumes it", key(state, Action::Delete)),
            (None, _) => format!("; {} deletes what was imported so far", key(state, Action::Delete)),
        };
        (
            "No events to show".into(),
            Some(format!("{} is {under_way}{next}", visible(&space.space.space_name))),
        )
    } else if state.travel.is_some() {
        ("Before the first event".into(), Some(format!("{} applies it", key(state, Action::StepForward))))
    } else if state.database.read_only {
        ("No events yet".into(), Some("New events appear here as they are appended".to_owned()))
    } else if space.is_some_and(|space| space.app.is_none()) {
        (
            "No events yet".into(),
            Some("The app of this space is unknown, so no commands are available".to_owned()),
        )
    } else {
        (
            "No events yet".into(),
            Some(format!("{} runs a command; its events appear here", key(state, Action::NewCommand))),
        )
    };
    Placeholder { text: &text, role: Role::Text, next: next.as_deref() }.draw(pen, area);
}

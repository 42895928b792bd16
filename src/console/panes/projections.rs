//! The projections pane: the keys of the selected space with their values.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::console::app::action::Section::View;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::command_line::Commands;
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::keymap::key_of as key;
use crate::console::app::message::Answer;
use crate::console::app::motion::{Motion, go_in_window};
use crate::console::app::shown_list::ShownList;
use crate::console::app::state::{ConsoleState, ErrorText};
use crate::console::app::update::Changed;
use crate::console::app::update::apply_page;
use crate::console::app::window::{self, Load, Select, Slice, Widths, Window};
use crate::console::layers::chooser;
use crate::console::panes::Pane;
use crate::console::panes::detail::{BlameView, Detail, Subject};
use crate::console::panes::travel::{self, Travel};
use crate::console::panes::view::{Note, matching, no_space_selected, scroll, words};
use crate::console::panes::{Filter, List, remember};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::diff::DiffKind;
use crate::console::widgets::excerpt::{Excerpt, ExcerptContext};
use crate::console::widgets::frame::Placeholder;
use crate::console::widgets::pen::{Pen, below, piece, width};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::operations::{Pause, ProjectionStatus, SpaceOverview};
use crate::pstate::Entry;
use crate::shell::CommandLine;
use crate::space::SpaceId;
use crate::text::{counted, grouped, short, visible};

/// The projections pane: the keys of the selected space in byte order.
#[derive(Debug, Clone, Default)]
pub struct ProjectionsPane {
    /// The space of the loaded entries; `None` before the first request.
    pub space: Option<SpaceId>,
    /// The name of the projection that the loaded entries belong to.
    pub name: String,
    /// The name of the projection to list. A space without it lists `state`.
    pub chosen: String,
    /// The loaded entries.
    pub window: Window<EntryRow>,
    /// The text to find in keys or values, ignoring ASCII case.
    pub filter: Filter,
    /// The selection before filtering, restored afterwards.
    pub before_filter: Option<String>,
    /// The reason why the projections cannot be read.
    pub failure: Option<ErrorText>,
    /// The key that was selected in a space when the console was left, until it is selected again.
    pub left_at: Option<(SpaceId, String)>,
}

/// The actions of the pane.
pub(crate) const ACTIONS: &[Spec] = &[Spec {
    action: Action::ChooseProjection,
    section: View,
    title: "projection",
    description: "Choose the projection of the space to list",
    keys: &["P"],
    contexts: PROJECTIONS,
    hint: Some(Rank::Scope),
    applies: has_several,
    run: |state, _| chooser::choose_projection(state),
    ..Spec::ALWAYS
}];

const PROJECTIONS: Contexts = |here| here == KeyContext::Projections;

/// Returns true if there is a choice.
fn has_several(state: &ConsoleState) -> bool {
    state.space().is_some_and(|space| space.projections.len() > 1)
}

/// The projections pane.
pub(super) struct Projections;

impl List for Projections {
    fn context(&self) -> KeyContext {
        KeyContext::Projections
    }

    fn command(&self, state: &ConsoleState) -> Option<Commands> {
        let ProjectionsPane { space, name, filter, .. } = &state.projections;
        let contained = (!filter.is_empty()).then(|| filter.as_str());
        let line = CommandLine::of("projections list").name(&state.space_name((*space)?));
        let at = state.travel.as_ref().map(|travel| travel.at.to_string());
        let line = line.option("--projection", name).option_if("--at", at.as_deref());
        Some(line.option_if("--contains", contained).into())
    }

    fn check_export(&self, state: &ConsoleState) -> Availability {
        travel::check_export(state)?;
        available_if(state.projections.space.is_some(), "no keys are listed yet")
    }

    fn exported(&self, state: &ConsoleState) -> Option<ShownList> {
        ShownList::entries(state, state.projections.space?)
    }

    fn is_of_space(&self) -> bool {
        true
    }

    fn reveal(&self, state: &mut ConsoleState) {
        state.projections.window.reveal(state.viewports.of(Pane::Projections).into());
    }

    fn recheck(&self, state: &mut ConsoleState) {
        state.projections.window.refresh();
    }

    fn reload(&self, state: &mut ConsoleState) {
        state.projections.failure = None;
        state.projections.window.reread();
    }

    fn forget(&self, state: &mut ConsoleState, gone: &[SpaceId]) {
        if state.projections.space.is_some_and(|space_id| gone.contains(&space_id)) {
            state.projections.window.reset();
            state.projections.window.wish(Load::Start, Select::First);
        }
    }

    fn selection(&self, state: &ConsoleState) -> Option<Subject> {
        let entry = Arc::clone(&state.projections.window.selected_row()?.entry);
        let projection = state.projections.name.clone();
        Some(Subject::Entry { space_id: state.projections.space?, projection, entry })
    }

    fn check_selection(&self, state: &ConsoleState) -> Availability {
        available_if(state.projections.window.selected_row().is_some(), "no key is selected")
    }

    fn go(&self, state: &mut ConsoleState, motion: Motion) {
        go_in_window(&mut state.projections.window, motion, state.viewports.of(Pane::Projections).into());
    }

    fn is_at_last(&self, state: &ConsoleState) -> bool {
        state.projections.window.is_at_last()
    }

    fn select(&self, state: &mut ConsoleState, row: usize) {
        state.projections.window.select_shown(row, state.viewports.of(Pane::Projections).into());
    }

    fn filter<'a>(&self, state: &'a ConsoleState) -> Option<&'a Filter> {
        Some(&state.projections.filter)
    }

    fn set_filter(&self, state: &mut ConsoleState, filter: Filter) {
        let ProjectionsPane { window, filter: before, before_filter, .. } = &mut state.projections;
        remember(before, &filter, &mut window.selected, before_filter);
        *before = filter;
        window.supersede();
        match window.selected.clone().or(before_filter.clone()) {
            Some(key) => window.wish(Load::Around(key.clone()), Select::At(key)),
            None => window.wish(Load::Start, Select::First),
        }
    }

    fn restore_selection(&self, state: &mut ConsoleState) {
        state.projections.window.selected = state.projections.before_filter.clone();
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool) {
        draw(pen, state, inner, focused);
    }

    fn note(&self, glyphs: &Glyphs, state: &ConsoleState) -> Note {
        note(glyphs, state)
    }
}

/// A key with its value as a row.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryRow {
    /// The key with its value.
    pub entry: Arc<Entry>,
    /// The value on one line.
    pub line: Excerpt,
}

impl EntryRow {
    /// Returns a key as a row, with its value on one line that starts at a match with `wanted` if it does not fit.
    /// Calls `pause` between the pieces of a large value.
    ///
    /// # Errors
    /// The error of `pause`.
    pub fn of<E>(entry: Entry, wanted: &str, pause: &mut Pause<'_, E>) -> Result<Self, E> {
        // Most keys consist of a kind and an entity, such as `contact:c1`.
        let entity = entry.key.split_once(':').map_or(entry.key.as_str(), |(_, entity)| entity);
        let text = [wanted];
        let wanted: &[&str] = if wanted.is_empty() { &[] } else { &text };
        let context = ExcerptContext { shown: &[&entry.key, entity], before: None, wanted };
        let line = Excerpt::of_between(entry.value.as_str(), context, pause)?;
        Ok(Self { entry: Arc::new(entry), line })
    }
}

impl Deref for EntryRow {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.entry
    }
}

impl window::Row for EntryRow {
    type Key = String;

    fn key(&self) -> String {
        self.key.clone()
    }

    /// The widths of the key and the value.
    fn widths(&self) -> Widths {
        [width(&visible(&self.key)), self.line.width(), 0, 0]
    }
}

const COLUMNS: [Column; 3] = [
    Column::text("key").at_least(14).at_most(40),
    Column::text("value").growing().at_least(8),
    Column::text("updated").times().at_least(10).rank(1),
];
/// The index of the column of values.
const VALUE: usize = 1;

fn draw(pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool) {
    let window = &state.projections.window;
    if window.rows.is_empty() {
        return empty(pen, state, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let selected = window.selected.as_ref();
    let rows = window.visible(shown).map(|entry| row(state, entry, selected == Some(&entry.key))).collect();
    let [keys, values, ..] = window.measured.widest();
    let [key, value, updated] = COLUMNS;
    let keys = if travel::is_travelling(state) { keys.saturating_add(2) } else { keys };
    let columns = vec![key.holding(keys), value.holding(values), updated];
    let matches = words(&state.projections.filter);
    let zone = state.moments.zone_in(inner.width);
    let mut table = Table { columns, rows, focused, zone, matches: &matches, ..Table::default() };
    // The column takes the remaining width, which decides where its texts start.
    let cells = table.column_width(VALUE, inner.width);
    for (row, entry) in table.rows.iter_mut().zip(window.visible(shown)) {
        if let Some(cell) = row.cells.get_mut(VALUE) {
            *cell = entry.line.pieces(cells, pen.glyphs());
        }
    }
    table.draw(pen, inner);
    if window.is_whole() {
        scroll(pen, below(inner, 1), window.top_index(), shown, window.rows.len());
    }
}

/// The cells of a key, except for its value.
fn row<'a>(state: &ConsoleState, entry: &'a EntryRow, selected: bool) -> TableRow<'a> {
    let mut key = vec![piece(&entry.key, Role::Key)];
    if let Some(travel) = &state.travel {
        let change = travel.change_of(&state.projections.name, &entry.key);
        let sign = match change {
            Some(DiffKind::New) => "+ ",
            Some(_) => "~ ",
            None => "  ",
        };
        key.insert(0, piece(sign, Role::Added));
    }
    let cells = vec![key, Vec::new(), vec![piece(state.moments.brief(entry.updated_at), Role::Muted)]];
    TableRow { cells, selected }
}

fn note(glyphs: &Glyphs, state: &ConsoleState) -> Note {
    let pane = &state.projections;
    let mut note = Note::of(&pane.filter);
    let Some(space) = state.space() else { return note };
    let listed = space.projection(state.listed_projection());
    if let Some(listed) = listed.filter(|_| space.projections.len() > 1) {
        let [full, brief] = ["  ", " "].map(|gap| piece(format!("{}{gap}", listed.name), Role::Text));
        note.push(full, brief);
    }
    if let Some(travel) = &state.travel {
        note_past(pane, travel, &mut note);
        return note;
    }
    let is_outdated = listed.is_some_and(|listed| listed.status == ProjectionStatus::Outdated);
    if is_outdated {
        let full = format!("{} outdated, {} rebuilds it  ", glyphs.warning, key(state, Action::Rebuild));
        note.push(piece(full, Role::Warning), piece(format!("{} ", glyphs.warning), Role::Warning));
    }
    let checkpoint = listed.map_or(&space.checkpoint, |listed| &listed.checkpoint);
    let keys = checkpoint.entities;
    let [full, brief] = match pane.filter.is_empty() {
        true => [counted(keys, "key", "keys"), short(keys)].map(|text| piece(text, Role::Muted)),
        false => matching(&pane.window),
    };
    note.push(full, brief);
    let lag = lag(state, space);
    if lag > 0 && !is_outdated {
        let full = format!("  {} behind", grouped(lag));
        let brief = format!(" {} {}", glyphs.warning, short(lag));
        note.push(piece(full, Role::Warning), piece(brief, Role::Warning));
    }
    note
}

/// Adds the number of keys as of the sequence on screen, and that sequence while another one is replayed.
fn note_past(pane: &ProjectionsPane, travel: &Travel, note: &mut Note) {
    let window = &pane.window;
    let [full, brief] = match (pane.filter.is_empty(), window.is_whole()) {
        (false, _) => matching(window),
        (true, false) if !window.is_loaded() => ["", ""].map(|none| piece(none, Role::Muted)),
        (true, true) => {
            let keys = window.rows.len() as u64;
            [counted(keys, "key", "keys"), short(keys)].map(|text| piece(text, Role::Muted))
        }
        (true, false) => {
            let keys = window.rows.len() as u64;
            [format!("{}+ keys", grouped(keys)), format!("{}+", short(keys))]
                .map(|text| piece(text, Role::Muted))
        }
    };
    note.push(full, brief);
    if let Some(shown) = travel.shown.filter(|_| travel.is_replaying()) {
        let at = grouped(shown.0);
        note.push(piece(format!("  of sequence {at}"), Role::Past), piece(format!(" @{at}"), Role::Past));
    }
}

/// Returns the number of events that the listed projection lacks.
fn lag(state: &ConsoleState, space: &SpaceOverview) -> u64 {
    let listed = space.projection(state.listed_projection());
    listed.map_or_else(|| space.state_lag(), |listed| listed.lag(&space.head))
}

/// Draws why no projection is shown and what to do next.
fn empty(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect) {
    let pane = &state.projections;
    if let Some(failure) = &pane.failure {
        return crate::console::app::view::failed(pen, area, failure);
    }
    let Some(space) = state.space() else {
        return no_space_selected(pen, state, area, "The projections of the selected space appear here");
    };
    let window = &pane.window;
    let is_filtered = !pane.filter.is_empty();
    let (text, next): (Cow<'_, str>, Option<String>) = if !window.loaded {
        ("Loading projections…".into(), None)
    } else if is_filtered && (!window.is_loaded() || window.is_awaited()) {
        ("Searching…".into(), None)
    } else if is_filtered {
        let text = format!("No key or value contains “{}”", pane.filter.as_str());
        (text.into(), Some(format!("{} clears the filter", key(state, Action::Back))))
    } else if state.travel.is_some() && window.is_awaited() {
        ("Replaying the events…".into(), None)
    } else if !window.is_loaded() {
        ("Loading projections…".into(), None)
    } else if let Some(travel) = &state.travel {
        (format!("Nothing projected yet at sequence {}", grouped(travel.at.0)).into(), None)
    } else if space.app.is_none() {
        ("No projection".into(), Some("The app of this space is unknown".to_owned()))
    } else if state.database.is_original {
        let next = format!("{} imports the file, and builds it from the events", key(state, Action::Import));
        ("The original stored no projection".into(), Some(next))
    } else if let lag @ 1.. = lag(state, space) {
        let text = format!("Nothing projected yet; {} to apply", counted(lag, "event", "events"));
        let next = match state.database.read_only {
            true => "Open the database without --read-only to catch up".to_owned(),
            false => format!("{} catches up", key(state, Action::CatchUp)),
        };
        (text.into(), Some(next))
    } else {
        ("Nothing projected yet".into(), Some("Keys and values derived from events appear here".to_owned()))
    };
    Placeholder { text: &text, role: Role::Text, next: next.as_deref() }.draw(pen, area);
}

/// Shows a key of a projection, without a filter.
pub(crate) fn show_key(state: &mut ConsoleState, space_id: SpaceId, projection: &str, key: &str) {
    state.focus(Pane::Projections);
    projection.clone_into(&mut state.projections.chosen);
    list_in(state, Some(space_id));
    state.projections.filter = Filter::default();
    state.projections.window.wish(Load::Around(key.to_owned()), Select::At(key.to_owned()));
}

/// Lists the chosen projection of a space.
pub(crate) fn list_in(state: &mut ConsoleState, space_id: Option<SpaceId>) {
    let name = state.listed_projection().to_owned();
    let projections = &mut state.projections;
    if projections.space != space_id || projections.name != name {
        projections.window.reset();
        (projections.space, projections.name) = (space_id, name);
    }
}

/// Applies a page of the projection.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Slice<EntryRow>, ErrorText>) -> Changed {
    let height = state.viewports.of(Pane::Projections).into();
    let projections = &mut state.projections;
    let taken =
        apply_page(&mut projections.window, &mut projections.failure, answer, (height, &state.moments));
    if taken == Changed::Yes {
        if std::mem::take(&mut projections.window.stale) {
            projections.window.refresh();
        }
        refresh_details(state);
    }
    taken
}

/// Updates the open details of keys to their current values.
fn refresh_details(state: &mut ConsoleState) {
    let ProjectionsPane { space, name, window, .. } = &state.projections;
    for detail in state.layers.each_mut::<Detail>() {
        let Subject::Entry { space_id, projection, entry } = &mut detail.subject else { continue };
        let found = window.rows.get(window.index_of(&entry.key)).filter(|found| found.key == entry.key);
        if let Some(found) = found.filter(|_| Some(*space_id) == *space && projection == name)
            && *entry != found.entry
        {
            *entry = Arc::clone(&found.entry);
            if detail.blame != BlameView::Hidden {
                detail.blame = BlameView::Wanted;
            }
        }
    }
}

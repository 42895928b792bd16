//! The memory of the console across sessions: the position in this store, its queries, and the recent files. All of it is
//! plain data here; a worker reads and writes the [state files](crate::state_files).

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::console::app::borders::Split;
use crate::console::app::state::{ConsoleState, Level};
use crate::console::app::update::Changed;
use crate::console::panes::{Filter, Pane};
use crate::operations::{Position, Scope, SpaceOrder};
use crate::query::Query;
use crate::space::Space;
use crate::state_files::{LastPosition, RecentFile, SavedQuery, SpaceRef, StoreMemory, UsedQuery};

/// The most bytes of a filter or a key that is remembered.
const MOST_TEXT: usize = 1000;

/// The memory of this store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsoleMemory {
    /// True if it is written to files. Otherwise it ends with this session.
    pub is_kept: bool,
    /// The queries that were used, latest last, each once. The times of this session's queries are set when they are written.
    pub past_queries: Vec<UsedQuery>,
    /// The saved queries, by name.
    pub saved_queries: Vec<SavedQuery>,
    /// The files that were opened recently, latest first, without this one.
    pub recent: Vec<RecentFile>,
    /// The position at which a delete or a redaction removed entries. What it quotes is not written again.
    withheld: Option<LastPosition>,
}

/// A change of the memory, for the thread that writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemoryCommand {
    /// Keeps the position.
    Keep(Box<LastPosition>),
    /// Adds a query to those that were used.
    AddPast(UsedQuery),
    /// Saves a query under its name.
    Save(SavedQuery),
    /// Removes a saved query.
    RemoveSaved(String),
}

/// An answer from the thread that reads and writes the memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemoryNews {
    /// A change was written.
    Written,
    /// A query was saved under this name.
    Saved(String),
    /// A delete or a redaction has removed entries, and this is the rest.
    Removed(Box<StoreMemory>),
    /// A change could not be written, for this reason.
    Failed(String),
}

/// The memory as it was read when the console opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadMemory {
    /// The memory of the store.
    pub memory: StoreMemory,
    /// The position to restore, with the current id of its space.
    pub position: Option<LastPosition>,
    /// The files that were opened recently, without this one.
    pub recent: Vec<RecentFile>,
    /// The problem that was found, for the user.
    pub problem: Option<String>,
    /// True if changes can be written.
    pub is_kept: bool,
}

impl ConsoleMemory {
    /// Adds a query that was used in this space to the history. Returns the command that writes it.
    pub fn add_past(&mut self, query: &str, space: Option<SpaceRef>) -> MemoryCommand {
        let past = UsedQuery { query: query.to_owned(), space, at: Timestamp(0) };
        self.change(|memory| memory.add_past(past.clone()));
        MemoryCommand::AddPast(past)
    }

    /// Saves a query under a name, in place of one with the same name. Returns the command that writes it.
    pub fn save(&mut self, name: &str, query: &str, space: Option<SpaceRef>) -> MemoryCommand {
        let (name, query) = (name.to_owned(), query.to_owned());
        let saved = SavedQuery { name, query, space, at: Timestamp(0) };
        self.change(|memory| memory.save(saved.clone()));
        MemoryCommand::Save(saved)
    }

    /// Returns the space of a query that is used in this one: none if it concerns several.
    pub fn space_of(&mut self, query: &str, space: Option<SpaceRef>) -> Option<SpaceRef> {
        let mut found = None;
        self.change(|memory| found = memory.space_of(query, space));
        found
    }

    /// Removes a saved query. Returns the command that writes it.
    pub fn remove_saved(&mut self, name: &str) -> MemoryCommand {
        self.change(|memory| memory.remove_saved(name));
        MemoryCommand::RemoveSaved(name.to_owned())
    }

    fn change(&mut self, change: impl FnOnce(&mut StoreMemory)) {
        let past_queries = std::mem::take(&mut self.past_queries);
        let saved_queries = std::mem::take(&mut self.saved_queries);
        let mut memory = StoreMemory { past_queries, saved_queries, ..StoreMemory::default() };
        change(&mut memory);
        self.show(memory);
    }

    fn show(&mut self, memory: StoreMemory) {
        (self.past_queries, self.saved_queries) = (memory.past_queries, memory.saved_queries);
    }
}

/// Continues where the console was left, with what was read when it opened. Returns true if it was in this file before.
pub(crate) fn open(state: &mut ConsoleState, read: ReadMemory) -> bool {
    let ReadMemory { memory, position, recent, problem, is_kept } = read;
    state.memory.show(memory);
    (state.memory.recent, state.memory.is_kept) = (recent, is_kept);
    let is_known = position.is_some();
    let unknown = position.map_or_else(Vec::new, |position| restore(state, &position));
    let unused = (!unknown.is_empty()).then(|| format!("not restored: {}", unknown.join("; ")));
    let problems: Vec<String> = problem.into_iter().chain(unused).collect();
    if let Some(problem) = problems.into_iter().reduce(|all, one| format!("{all}; {one}")) {
        state.say(Level::Warning, problem);
    }
    is_known
}

/// Goes to the place at which a bug report is opened.
pub(crate) fn open_bug_report(state: &mut ConsoleState, space: &Space) {
    let Some(report) = space.bug_report() else { return };
    let space_ref = SpaceRef { id: space.space_id, name: space.space_name.clone() };
    let events = Pane::Events.name().to_owned();
    let (event, space) = (Some(report.sequence.0), Some(space_ref));
    restore(
        state,
        &LastPosition { pane: events.clone(), main: events, space, event, ..LastPosition::default() },
    );
    let masked = match report.masked.as_slice() {
        [] => "no value is masked".to_owned(),
        fields => format!("stand-ins for {}", fields.join(", ")),
    };
    state.say(Level::Info, format!("bug report of {} of {}; {masked}", report.subject, report.space_name));
}

/// Applies an answer about the memory.
pub(crate) fn heard(state: &mut ConsoleState, news: MemoryNews) -> Changed {
    match news {
        MemoryNews::Written => {
            state.memory.is_kept = true;
            return Changed::No;
        }
        MemoryNews::Saved(name) => {
            state.memory.is_kept = true;
            state.say(Level::Info, format!("saved as {name}"));
        }
        MemoryNews::Removed(memory) => {
            state.memory.show(*memory);
            state.memory.withheld = Some(all_of(state));
        }
        MemoryNews::Failed(reason) => {
            // The next one will probably fail for the same reason.
            if std::mem::replace(&mut state.memory.is_kept, false) {
                state.say(Level::Warning, format!("this session is no longer remembered: {reason}"));
            }
        }
    }
    Changed::Yes
}

/// Returns the position to remember.
pub fn position(state: &ConsoleState) -> LastPosition {
    let mut position = all_of(state);
    let Some(withheld) = &state.memory.withheld else { return position };
    position.filters.retain(|pane, filter| withheld.filters.get(pane) != Some(filter));
    if position.key == withheld.key {
        position.key = None;
    }
    position
}

/// Returns the position with everything that it quotes.
fn all_of(state: &ConsoleState) -> LastPosition {
    let short = |text: &str| text.len() <= MOST_TEXT;
    let filters = Pane::ALL.into_iter().filter_map(|pane| {
        let filter = state.filter(pane).as_str();
        (!filter.is_empty() && short(filter)).then(|| (pane.name().to_owned(), filter.to_owned()))
    });
    let events = &state.events;
    let key = state.projections.window.selected.clone().filter(|key| short(key));
    LastPosition {
        pane: state.focus.name().to_owned(),
        main: state.main.name().to_owned(),
        zoomed: state.zoomed,
        detail_hidden: !state.detail_shown,
        sort: state.spaces.sort.title().to_owned(),
        sort_reversed: state.spaces.is_reversed,
        side_columns: state.split.side,
        list_columns: state.split.beside,
        list_rows: state.split.below,
        space: space_ref(state),
        filters: filters.collect::<BTreeMap<_, _>>(),
        all_spaces: events.all_spaces,
        event: events.window.selected.filter(|_| !events.following).map(|place| place.0),
        projection: state.projections.chosen.clone(),
        key,
        ..LastPosition::default()
    }
}

/// Returns the selected space, as it is remembered.
pub fn space_ref(state: &ConsoleState) -> Option<SpaceRef> {
    let space = &state.space()?.space;
    Some(SpaceRef { id: space.space_id, name: space.space_name.clone() })
}

/// Restores a position before anything is loaded. What no longer exists is passed over when it is. Returns a clause about each
/// value that has no meaning.
fn restore(state: &mut ConsoleState, position: &LastPosition) -> Vec<String> {
    let mut unknown: Vec<String> = unknown_names(position);
    state.main = Pane::named(&position.main).filter(|pane| pane.is_main()).unwrap_or(state.main);
    state.focus(Pane::named(&position.pane).unwrap_or(state.focus));
    (state.zoomed, state.detail_shown) = (position.zoomed, !position.detail_hidden);
    state.spaces.sort = SpaceOrder::named(&position.sort).unwrap_or_default();
    state.spaces.is_reversed = position.sort_reversed;
    state.split = Split {
        side: position.side_columns,
        beside: position.list_columns.map(|share| share.min(1000)),
        below: position.list_rows.map(|share| share.min(1000)),
    };
    let filter = |pane: Pane| position.filters.get(pane.name()).cloned().map(Filter).unwrap_or_default();
    state.spaces.filter = filter(Pane::Spaces);
    state.checkpoints.filter = filter(Pane::Checkpoints);
    state.projections.filter = filter(Pane::Projections);
    let query = filter(Pane::Events);
    match query.as_str().parse::<Query>() {
        Ok(parsed) => (state.events.filter, state.events.query) = (query, parsed),
        Err(error) => unknown.push(format!("the filter `{}` of the events: {error}", query.as_str())),
    }
    state.projections.chosen.clone_from(&position.projection);
    state.events.all_spaces = position.all_spaces;
    let space_id = position.space.as_ref().map(|space| space.id);
    state.spaces.selected = space_id;
    state.projections.left_at = space_id.zip(position.key.clone());
    let scope = if position.all_spaces { Some(Scope::All) } else { space_id.map(Scope::Space) };
    if let Some((scope, event)) = scope.zip(position.event) {
        state.events.paused.insert(scope, Position(event));
    }
    unknown
}

/// Returns a clause about each name that means nothing: a pane, or an order of the spaces.
fn unknown_names(position: &LastPosition) -> Vec<String> {
    let is_no_pane = |name: &&String| !name.is_empty() && Pane::named(name).is_none();
    let mut panes: Vec<&String> = [&position.pane, &position.main].into_iter().filter(is_no_pane).collect();
    panes.extend(position.filters.keys().filter(is_no_pane));
    panes.dedup();
    let mut unknown: Vec<String> = panes.iter().map(|name| format!("{name:?} is no pane")).collect();
    if !position.sort.is_empty() && SpaceOrder::named(&position.sort).is_none() {
        unknown.push(format!("{:?} is no order of the spaces", position.sort));
    }
    unknown
}

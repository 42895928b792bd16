//! The list on screen, as it can be exported.

use std::sync::Arc;

use crate::console::app::availability::{Availability, unavailable};
use crate::console::app::command_line::Commands;
use crate::console::app::state::ConsoleState;
use crate::console::app::window::{Row, Window};
use crate::console::panes::Filter;
use crate::event::EventId;
use crate::operations::{ActivityWindow, Scope, StoreList, file_name};
use crate::pstate::is_projection_name;
use crate::query::Query;
use crate::space::{Space, SpaceId};
use crate::text::grouped;

/// A list on screen, with its filter and its order.
#[derive(Debug, Clone)]
pub struct ShownList {
    /// The list.
    pub list: StoreList,
    /// The space, if all rows belong to one.
    pub space: Option<Space>,
    /// The subject of the rows, in words: `of crm_acme`; empty for the whole file.
    pub about: String,
    /// The number of rows, if it is known.
    pub rows: Option<u64>,
    /// True if a filter selects the rows.
    pub is_filtered: bool,
    /// The commands that print a list of spaces as it is filtered and sorted. Those of others derive from the list.
    pub commands: Option<Commands>,
    /// A name for a file, without the end that tells its format.
    pub file: String,
}

/// Returns the reason if the focused list, or the open layer, cannot be exported.
pub(crate) fn can_export(state: &ConsoleState) -> Availability {
    match state.layers.below_help() {
        Some(layer) => layer.check_export(),
        None => state.focus.list().check_export(state),
    }
}

/// Returns the list of the open layer, or of the focused pane.
pub(crate) fn shown_list(state: &ConsoleState) -> Option<ShownList> {
    match state.layers.below_help() {
        Some(layer) => layer.exported(state),
        None => state.focus.list().exported(state),
    }
}

/// Returns the reason why a view without rows cannot be exported.
pub(crate) fn no_list() -> Availability {
    unavailable("this is not a list; `{key:copy}` copies parts of it")
}

impl ShownList {
    /// Returns its rows and their subject, in words: `events of crm_acme`.
    pub(crate) fn title(&self) -> String {
        let [_, several] = self.list.rows();
        format!("{several} {}", self.about).trim_end().to_owned()
    }

    /// Returns the events of a scope that match a query.
    pub(crate) fn events(
        state: &ConsoleState,
        (scope, query): (Scope, Query),
        loaded: Option<u64>,
    ) -> Option<Self> {
        let is_filtered = !query.is_empty();
        let (space, all) = match scope {
            Scope::All => (None, state.spaces.complete.then_some(state.database.totals.events)),
            Scope::Space(space_id) => {
                let found = state.spaces.get(space_id)?;
                (Some(found.space.clone()), Some(found.head.last_sequence.0))
            }
        };
        let (about, file) = match &space {
            Some(space) => (format!("of {}", space.space_name), format!("{}-events", stem(space))),
            None => ("of all spaces".to_owned(), "events".to_owned()),
        };
        let rows = if is_filtered { loaded } else { all };
        Some(Self {
            list: StoreList::Events { scope, query },
            space,
            about,
            rows,
            is_filtered,
            commands: None,
            file,
        })
    }

    /// Returns the causes and effects of an event that match a query, with those that lead to them.
    pub(crate) fn trace((event_id, query): (EventId, Query), look: usize, rows: Option<u64>) -> Self {
        Self {
            is_filtered: !query.is_empty(),
            list: StoreList::Trace { event_id, look, query },
            space: None,
            about: format!("in the trace of event {}", grouped(event_id.0)),
            rows,
            commands: None,
            file: format!("trace-{event_id}"),
        }
    }

    /// Returns the keys of a projection that contain a text.
    pub(crate) fn entries(state: &ConsoleState, space_id: SpaceId) -> Option<Self> {
        let (name, filter) = (&state.projections.name, &state.projections.filter);
        let found = state.spaces.get(space_id)?;
        let space = found.space.clone();
        let all = found.projection(name).map(|projection| projection.checkpoint.entities);
        let is_filtered = !filter.is_empty();
        // A damaged file may hold any name.
        let projection = if is_projection_name(name) { name } else { "projection" };
        Some(Self {
            list: StoreList::Entries { space_id, projection: name.clone(), text: filter.as_str().to_owned() },
            about: format!("of {name} in {}", space.space_name),
            rows: if is_filtered { whole(&state.projections.window) } else { all },
            is_filtered,
            commands: None,
            file: format!("{}-{projection}", stem(&space)),
            space: Some(space),
        })
    }

    /// Returns the events of a space by period and type.
    pub(crate) fn activity(state: &ConsoleState, space_id: SpaceId, window: ActivityWindow) -> Option<Self> {
        let space = state.spaces.get(space_id)?.space.clone();
        Some(Self {
            list: StoreList::Activity { space_id, window },
            about: format!("of events of {} by {} and type", space.space_name, window.unit.as_str()),
            rows: None,
            is_filtered: false,
            commands: None,
            file: format!("{}-stats", stem(&space)),
            space: Some(space),
        })
    }

    /// Returns spaces, or their projections.
    pub(crate) fn spaces(
        list: fn(Arc<[SpaceId]>) -> StoreList,
        ids: &[SpaceId],
        rows: usize,
        is_filtered: bool,
    ) -> Self {
        let list = list(ids.into());
        let file = list.name().to_owned();
        Self {
            list,
            space: None,
            about: String::new(),
            rows: Some(rows as u64),
            is_filtered,
            commands: None,
            file,
        }
    }

    /// Returns the entries of the audit log about spaces of a name, or all, that contain a text.
    pub(crate) fn audit_log((space, text): (Option<&str>, &Filter), rows: Option<u64>) -> Self {
        Self {
            list: StoreList::AuditLog { space: space.map(str::to_owned), text: text.0.clone() },
            space: None,
            about: space.map_or_else(|| "of the audit log".to_owned(), |name| format!("about {name}")),
            rows,
            is_filtered: !text.is_empty(),
            commands: None,
            file: "audit-log".to_owned(),
        }
    }
}

/// Returns the number of rows, if all of them are loaded.
pub(crate) fn whole<R: Row>(window: &Window<R>) -> Option<u64> {
    window.is_whole().then_some(window.rows.len() as u64)
}

/// Returns the name of a space as the beginning of a file's name.
fn stem(space: &Space) -> String {
    let name = file_name(space);
    name.strip_suffix(".jsonl").unwrap_or(&name).to_owned()
}

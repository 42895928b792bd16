//! What is on screen, as plain data. Ring 1: knows no key, no store and no terminal.
//!
//! Selections are identities (a space's id, an event's position, a key), never indices, so that they
//! survive a refresh, a filter and a sort.

mod blocking;
mod delete;
mod detail;
mod dialog;
mod document;
mod filter;
mod form;
mod gone;
mod job;
mod job_figures;
mod job_kind;
mod job_log;
mod jobs;
mod json_lines;
mod layer;
mod listed;
mod meter;
mod operations;
mod panes;
mod prompt;
mod reading;
mod scrolled;
mod spaces;
mod tally;
mod text_input;
mod walk;
mod window;

pub use blocking::Blocking;
pub use delete::{Delete, DeleteFocus, Inventory};
pub use detail::{Detail, Subject};
pub use dialog::Dialog;
pub use document::Document;
pub use filter::Filter;
pub use form::{Field, FieldInput, Form, FormFocus, FormPreview, FormPurpose};
pub use gone::Gone;
pub use job::{Finding, Job, JobId, JobStatus, Report};
pub use job_figures::JobFigures;
pub use job_kind::JobKind;
pub use job_log::{JobEntry, JobLog};
pub use jobs::JobsPane;
pub use json_lines::{Fold, JsonLine, Kind, json_lines};
pub use layer::{Chooser, Guide, Help, History, Layer};
pub use listed::Listed;
pub use meter::Meter;
pub use operations::{OperationRow, Operations};
pub use panes::{CheckpointsPane, EventRow, EventsPane, Pane, Position, ProjectionsPane, Scope};
pub use prompt::{Fault, Prompt, PromptPurpose};
pub use reading::{Asked, Pass, Reading};
pub use scrolled::scrolled;
pub use spaces::{News, Sort, SpacesPane};
pub use tally::Tally;
pub use text_input::TextInput;
pub use walk::{Ran, Sight, Walk, WalkStep};
pub use window::{Load, Pending, Row, Select, Slice, Window, Wish};

use std::time::Duration;

use crate::apps::Apps;
use crate::content_store::App;
use crate::error::Error;
use crate::event::EventId;
use crate::event_store::Totals;
use crate::operations::SpaceOverview;
use crate::space::SpaceId;

/// Everything that is on screen.
pub struct State {
    /// Which database is shown.
    pub database: Database,
    /// The apps that are known; their declarations make the forms.
    pub apps: Apps,
    /// The terminal's size.
    pub size: Size,
    /// How many rows each pane shows at this size, told by the view's layout.
    pub viewports: Viewports,
    /// The pane that takes the keys when no layer is open.
    pub focus: Pane,
    /// Which of events and projections shows where there is room for one: the one focused last.
    pub main: Pane,
    /// The focused pane takes all the room.
    pub zoomed: bool,
    /// Whether the details of the selected row are shown beside the list.
    pub detail_shown: bool,
    /// The spaces.
    pub spaces: SpacesPane,
    /// Events of the selected space, or of all.
    pub events: EventsPane,
    /// Projections of the selected space.
    pub projections: ProjectionsPane,
    /// How far the projections of all spaces have come.
    pub checkpoints: CheckpointsPane,
    /// Long operations.
    pub jobs: JobsPane,
    /// The document that is looked at.
    pub document: Document,
    /// The walk that the guide leads through, where there is one.
    pub walk: Option<Walk>,
    /// What lies on top, the topmost last. Esc takes one away.
    pub layers: Vec<Layer>,
    /// What was last said to the user; gone with the next key, or after a while.
    pub notice: Option<Notice>,
    /// How many times something was said.
    pub said: u64,
    /// Rises with every change, so that nothing is drawn twice.
    pub revision: u64,
    /// The user is done.
    pub quit: bool,
    /// The last request id given out.
    pub last_request: RequestId,
}

/// The database that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Database {
    /// Its file's name, or `memory`.
    pub name: String,
    /// It cannot be changed from here.
    pub read_only: bool,
    /// The number of its files: none in memory, and two if the projections have one of their own.
    pub files: usize,
    /// Where files stand that are named without a directory.
    pub directory: Option<String>,
    /// What it holds in all, as far as its spaces are loaded.
    pub totals: Totals,
    /// The id of the last event ever appended.
    pub last_event_id: EventId,
    /// Bytes on disk, where it is on disk.
    pub bytes: Option<u64>,
    /// Why its changes are not being followed, where that failed.
    pub lost: Option<Failure>,
    /// What became of its file, where it is not in its place any more.
    pub gone: Option<Gone>,
}

/// A size in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Size {
    /// The part of a terminal that is drawn on: no screen is larger than this, but a terminal may say that
    /// it is, and would have the memory used up.
    #[must_use]
    pub fn of_terminal(width: u16, height: u16) -> Self {
        Self { width: width.min(1000), height: height.min(500) }
    }
}

/// How many rows of content each place shows, as the view lays them out. Movement by pages and
/// scrolling go by it. 0 for a place that is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Viewports {
    /// Rows of the spaces pane.
    pub spaces: u16,
    /// Rows of the events pane.
    pub events: u16,
    /// Rows of the projections pane.
    pub projections: u16,
    /// Rows of the checkpoints pane.
    pub checkpoints: u16,
    /// Jobs (not lines) that the jobs pane shows.
    pub jobs: u16,
    /// Rows of the layer on top: detail, history, help or dialog.
    pub layer: u16,
    /// Lines of the layer on top, as they break at this width: of the help, of a step of the walk, of a
    /// form's preview, of a job's log.
    pub layer_lines: u16,
}

/// The number of a question to the store. An answer to any but the latest question is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RequestId(pub u64);

/// Something that went wrong, told with a way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub message: String,
    /// What to do next, where there is something to do.
    pub hint: Option<String>,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self { message: error.to_string(), hint: error.hint() }
    }
}

/// Something said to the user on the bottom line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub level: Level,
    /// What is said.
    pub text: String,
}

impl Notice {
    /// Returns how long it is shown, unless a key is pressed before.
    #[must_use]
    pub fn lasts(&self) -> Duration {
        match self.level {
            Level::Info | Level::Note | Level::Stopped => Duration::from_secs(5),
            Level::Warning => Duration::from_secs(10),
            Level::Error => Duration::from_secs(30),
        }
    }
}

/// How something said is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is so.
    Info,
    /// Nothing was done, and nothing is wrong.
    Note,
    /// It was stopped on request.
    Stopped,
    /// It was not done, for a reason.
    Warning,
    /// It failed.
    Error,
}

/// Data on its way from the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loadable<T> {
    /// Asked for.
    Pending(RequestId),
    /// Here.
    Ready(T),
    /// Not to be had.
    Failed(Failure),
}

impl State {
    /// An empty screen over a database, before anything is loaded.
    #[must_use]
    pub fn new(name: &str, read_only: bool, apps: Apps) -> Self {
        Self {
            database: Database { name: name.to_owned(), read_only, ..Database::default() },
            apps,
            size: Size::default(),
            viewports: Viewports::default(),
            focus: Pane::Spaces,
            main: Pane::Events,
            zoomed: false,
            detail_shown: true,
            spaces: SpacesPane::default(),
            events: EventsPane::default(),
            projections: ProjectionsPane::default(),
            checkpoints: CheckpointsPane::default(),
            jobs: JobsPane::default(),
            document: Document::default(),
            walk: None,
            layers: Vec::new(),
            notice: None,
            said: 0,
            revision: 0,
            quit: false,
            last_request: RequestId::default(),
        }
    }

    /// A number for a new question.
    pub fn request(&mut self) -> RequestId {
        self.last_request.0 += 1;
        self.last_request
    }

    /// The selected space.
    #[must_use]
    pub fn space(&self) -> Option<&SpaceOverview> {
        self.spaces.selected.and_then(|id| self.spaces.get(id))
    }

    /// The name of a space, or its number where it is not known.
    #[must_use]
    pub fn space_name(&self, space_id: SpaceId) -> String {
        self.spaces.get(space_id).map_or_else(|| space_id.to_string(), |found| found.space.space_name.clone())
    }

    /// A pane's filter.
    #[must_use]
    pub fn filter(&self, pane: Pane) -> &Filter {
        static NO_FILTER: Filter = Filter(String::new());
        match pane {
            Pane::Spaces => &self.spaces.filter,
            Pane::Events => &self.events.filter,
            Pane::Projections => &self.projections.filter,
            Pane::Checkpoints => &self.checkpoints.filter,
            Pane::Jobs => &NO_FILTER,
        }
    }

    /// Gives a pane the keys.
    pub fn focus(&mut self, pane: Pane) {
        self.focus = pane;
        if matches!(pane, Pane::Events | Pane::Projections) {
            self.main = pane;
        }
    }

    /// Says something on the bottom line.
    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        self.notice = Some(Notice { level, text: text.into() });
        self.said += 1;
    }

    /// The last position in the events of a scope.
    #[must_use]
    pub fn last_position(&self, scope: Option<Scope>) -> u64 {
        match scope {
            Some(Scope::Space(id)) => self.spaces.get(id).map_or(0, |space| space.head.last_sequence.0),
            Some(Scope::All) | None => self.database.last_event_id.0,
        }
    }

    /// The app that a space runs.
    #[must_use]
    pub fn app_of(&self, overview: &SpaceOverview) -> Option<std::sync::Arc<dyn App>> {
        self.apps.named(overview.app?)
    }

    /// The layer on top.
    #[must_use]
    pub fn top(&self) -> Option<&Layer> {
        self.layers.last()
    }
}

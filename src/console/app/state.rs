//! The state of the screen as plain data. It knows no keys, store or terminal.
//!
//! Selections are ids (a space's id, an event's position, a key), never indices, so that they survive
//! refreshing, filtering and sorting.

use std::sync::Arc;
use std::time::Duration;

use crate::console::app::action::Action;
use crate::console::app::borders::Split;
use crate::console::app::key::Key;
use crate::console::app::link::FollowedLink;
use crate::console::app::memory::ConsoleMemory;
use crate::console::app::opening::NextFile;
use crate::console::app::past::PastProgress;
use crate::console::app::pointer::Pointer;
use crate::console::app::trail::Trail;
use crate::console::layers::Layers;
use crate::console::layers::guide::Walk;
use crate::console::layers::messages::MessageLog;
use crate::console::panes::activity::ActivityPanel;
use crate::console::panes::checkpoints::CheckpointsPane;
use crate::console::panes::detail::{Detail, Document};
use crate::console::panes::events::EventsPane;
use crate::console::panes::jobs::JobsPane;
use crate::console::panes::projections::ProjectionsPane;
use crate::console::panes::spaces::SpacesPane;
use crate::console::panes::travel::Travel;
use crate::console::panes::{Filter, Pane};
use crate::console::settings::{GlyphSet, Settings};
use crate::console::theme::{Theme, ThemeName};
use crate::console::widgets::moment::Moments;
use crate::content_store::{App, Apps};
use crate::event::EventId;
use crate::event_store::{Capabilities, Totals};
use crate::masking::masked;
use crate::operations::{FoldSkips, SpaceOverview};
use crate::pstate::STATE;
use crate::space::SpaceId;
use crate::sqlite::Location;

pub use crate::operations::{Position, Scope};

/// The state of the whole screen.
pub struct ConsoleState {
    /// The name of the program.
    pub program: &'static str,
    /// The database shown.
    pub database: DatabaseState,
    /// The settings of the user.
    pub settings: Settings,
    /// The theme, which can be changed at any time.
    pub theme_name: ThemeName,
    /// True while the theme follows the background of the terminal, because the user has not chosen one.
    pub theme_adapts: bool,
    /// The known apps, whose declarations define the forms.
    pub apps: Apps,
    /// The time zone in which times are shown, and the current day.
    pub moments: Moments,
    /// The terminal's size.
    pub size: Size,
    /// The number of rows of each pane, reported by the view's layout.
    pub viewports: Viewports,
    /// The key that was pressed last.
    pub last_key: Option<Key>,
    /// The pane that receives the keys if no layer is open.
    pub focus: Pane,
    /// The pane that had the focus before the checkpoints.
    pub behind: Pane,
    /// The pane shown if there is room for only one of events and projections: the one last focused.
    pub main: Pane,
    /// True if the focused pane is maximised.
    pub zoomed: bool,
    /// True if the details of the selected row are shown beside the list.
    pub detail_shown: bool,
    /// The borders between the panes that were moved.
    pub split: Split,
    /// The pointer.
    pub pointer: Pointer,
    /// True unless the terminal reported that another window has the focus.
    pub terminal_focused: bool,
    /// The spaces.
    pub spaces: SpacesPane,
    /// The activity of the selected space.
    pub activity: ActivityPanel,
    /// The events of the selected space, or of all.
    pub events: EventsPane,
    /// The projections of the selected space.
    pub projections: ProjectionsPane,
    /// The positions of all projections.
    pub checkpoints: CheckpointsPane,
    /// The long operations.
    pub jobs: JobsPane,
    /// The journey through the past of a space, if one is under way.
    pub travel: Option<Travel>,
    /// The progress of a question about the past that takes long.
    pub past_progress: Option<PastProgress>,
    /// The events that the past of a space skips, as far as it was replayed.
    pub past_skipped: Option<(SpaceId, Arc<FoldSkips>)>,
    /// True if the past that is kept may hold erased values.
    pub is_past_stale: bool,
    /// The document shown.
    pub document: Document,
    /// The detail of the selected row, if it was scrolled before it was opened.
    pub peeked: Option<Detail>,
    /// The walk that the guide leads through, if any.
    pub walk: Option<Walk>,
    /// The actions chosen in the palette, latest first.
    pub recent_actions: Vec<Action>,
    /// The memory of this store across sessions.
    pub memory: ConsoleMemory,
    /// The open layers, topmost last. Esc closes the topmost.
    pub layers: Layers,
    /// The places to go back to.
    pub trail: Trail,
    /// The link that is being followed.
    pub following_link: Option<FollowedLink>,
    /// The latest message to the user, cleared by the next key or after a while.
    pub notice: Option<Notice>,
    /// The messages to the user, latest first.
    pub messages: MessageLog,
    /// The number of messages shown so far.
    pub notices: u64,
    /// A counter that every change increments, so that an unchanged screen is not redrawn.
    pub revision: u64,
    /// True if the user quits.
    pub quit: bool,
    /// The file that is being opened in place of this one.
    pub next_file: Option<NextFile>,
    /// True once that file is open, so that this state ends.
    pub is_replaced: bool,
    /// The latest request id.
    pub last_request: RequestId,
}

/// The database shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatabaseState {
    /// Its file's name, or `memory`.
    pub name: String,
    /// True if it cannot be changed from here.
    pub read_only: bool,
    /// True if the user did not ask for that.
    pub cannot_write: bool,
    /// True if the Elixir original wrote it.
    pub is_original: bool,
    /// Its files; none in memory or on a server.
    pub location: Option<Location>,
    /// True if a server holds it.
    pub is_on_server: bool,
    /// The number of its files: 0 in memory, 2 if the projections have their own, otherwise 1.
    pub files: usize,
    /// The parts of its storage that depend on the engine, in words.
    pub capabilities: Capabilities,
    /// The directory of relative file names.
    pub directory: Option<String>,
    /// The totals over the spaces loaded so far.
    pub totals: Totals,
    /// The id of the latest event.
    pub last_event_id: EventId,
    /// The size on disk in bytes, unless it is in memory.
    pub bytes: Option<u64>,
    /// The number of redactions, twice.
    pub redactions: u64,
    /// The reason why following its changes failed.
    pub lost: Option<ErrorText>,
    /// The fate of its file, if it was moved, removed or replaced.
    pub gone: Option<Gone>,
    /// An event whose checksum did not match when it was read.
    pub altered: Option<(SpaceId, EventId)>,
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
    /// Returns the part of a terminal that is drawn on. A terminal may report a size that no screen has,
    /// which would exhaust the memory.
    pub fn of_terminal(width: u16, height: u16) -> Self {
        Self { width: width.min(1000), height: height.min(500) }
    }
}

/// The number of content rows of each part of the layout, used for paging and scrolling; 0 for a hidden part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Viewports {
    /// Rows of each pane, in the order of their numbers; of the jobs pane, jobs rather than lines.
    pub(crate) panes: [u16; Pane::ALL.len()],
    /// Columns of the list of spaces.
    pub spaces_width: u16,
    /// Columns of the activity.
    pub activity: u16,
    /// Rows of the layer on top: detail, history, help or dialog.
    pub layer: u16,
    /// Wrapped lines of the layer on top: help, a step of the walk, a form's preview or a job's log.
    pub layer_lines: u16,
}

impl Viewports {
    /// Returns the rows of a pane.
    pub fn of(&self, pane: Pane) -> u16 {
        self.panes[pane as usize]
    }
}

/// The number of a request to the store. Only the answer to the latest request counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RequestId(pub u64);

/// A failure, with a way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorText {
    /// The message: what happened.
    pub message: String,
    /// The hint: what to do next, if anything.
    pub hint: Option<String>,
}

/// A message to the user on the bottom line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The severity.
    pub level: Level,
    /// The text.
    pub text: String,
}

impl Notice {
    /// Returns how long it is shown unless a key is pressed.
    pub fn lasts(&self) -> Duration {
        match self.level {
            Level::Info | Level::Note | Level::Stopped => Duration::from_secs(5),
            Level::Warning => Duration::from_secs(10),
            Level::Error => Duration::from_secs(30),
        }
    }
}

/// The severity of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something succeeded.
    Info,
    /// Nothing was done, and nothing is wrong.
    Note,
    /// The user stopped it.
    Stopped,
    /// It was not done, for a reason.
    Warning,
    /// It failed.
    Error,
}

/// Data requested from the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loadable<T> {
    /// Requested.
    Pending(RequestId),
    /// Available.
    Ready(T),
    /// Unavailable.
    Failed(ErrorText),
}

impl<T> Loadable<T> {
    /// Returns the request that is not answered yet.
    pub(crate) fn asked(&self) -> Option<RequestId> {
        match self {
            Self::Pending(request) => Some(*request),
            Self::Ready(_) | Self::Failed(_) => None,
        }
    }
}

impl ConsoleState {
    /// An empty screen, before anything is loaded.
    pub fn new(name: &str, read_only: bool, apps: Apps) -> Self {
        Self {
            program: "ramax",
            database: DatabaseState { name: name.to_owned(), read_only, ..DatabaseState::default() },
            settings: Settings::default(),
            theme_name: ThemeName::default(),
            theme_adapts: false,
            apps,
            moments: Moments::default(),
            size: Size::default(),
            viewports: Viewports::default(),
            last_key: None,
            focus: Pane::Spaces,
            behind: Pane::Spaces,
            main: Pane::Events,
            zoomed: false,
            detail_shown: true,
            split: Split::default(),
            pointer: Pointer::default(),
            terminal_focused: true,
            spaces: SpacesPane::default(),
            activity: ActivityPanel::default(),
            events: EventsPane::default(),
            projections: ProjectionsPane::default(),
            checkpoints: CheckpointsPane::default(),
            jobs: JobsPane::default(),
            travel: None,
            past_progress: None,
            past_skipped: None,
            is_past_stale: false,
            document: Document::default(),
            peeked: None,
            walk: None,
            recent_actions: Vec::new(),
            memory: ConsoleMemory::default(),
            layers: Layers::default(),
            trail: Trail::default(),
            following_link: None,
            notice: None,
            messages: MessageLog::default(),
            notices: 0,
            revision: 0,
            quit: false,
            next_file: None,
            is_replaced: false,
            last_request: RequestId::default(),
        }
    }

    /// Keeps what does not depend on the file that was open before: the user's choices, and the state of the terminal.
    pub(crate) fn after(self, before: &Self) -> Self {
        Self {
            settings: before.settings.clone(),
            theme_name: before.theme_name,
            theme_adapts: before.theme_adapts,
            size: before.size,
            terminal_focused: before.terminal_focused,
            recent_actions: before.recent_actions.clone(),
            // No answer to the state before is taken for one to this state.
            last_request: before.last_request,
            ..self
        }
    }

    /// Returns the styles and glyphs to draw with.
    pub fn theme(&self) -> Theme {
        let theme = Theme::named(self.theme_name);
        if self.settings.glyphs == GlyphSet::Ascii { theme.ascii() } else { theme }
    }

    /// Returns the number of a new request.
    pub fn request(&mut self) -> RequestId {
        self.last_request.0 += 1;
        self.last_request
    }

    /// Returns the selected space.
    pub fn space(&self) -> Option<&SpaceOverview> {
        self.spaces.selected.and_then(|id| self.spaces.get(id))
    }

    /// Returns the projection of the selected space that is listed: the chosen one, or `state` if the space does not have
    /// it.
    pub fn listed_projection(&self) -> &str {
        let chosen = self.projections.chosen.as_str();
        let found = self.space().and_then(|space| space.projection(chosen));
        found.map_or(STATE, |projection| &projection.name)
    }

    /// Returns the name of a space, or its number if the space is not loaded.
    pub fn space_name(&self, space_id: SpaceId) -> String {
        self.spaces.get(space_id).map_or_else(|| space_id.to_string(), |found| found.space.space_name.clone())
    }

    /// Returns a pane's filter.
    pub fn filter(&self, pane: Pane) -> &Filter {
        static NO_FILTER: Filter = Filter(String::new());
        pane.list().filter(self).unwrap_or(&NO_FILTER)
    }

    /// Focuses a pane.
    pub fn focus(&mut self, pane: Pane) {
        if pane == Pane::Checkpoints && self.focus != pane {
            self.behind = self.focus;
        }
        self.focus = pane;
        if pane.is_main() {
            self.main = pane;
        }
    }

    /// Shows a message on the bottom line.
    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        let notice = Notice { level, text: masked(&text.into()).into_owned() };
        self.messages.push(notice.clone());
        self.notice = Some(notice);
        self.notices += 1;
    }

    /// Returns the last position in a scope.
    pub fn last_position(&self, scope: Option<Scope>) -> u64 {
        match scope {
            Some(Scope::Space(id)) => self.spaces.get(id).map_or(0, |space| space.head.last_sequence.0),
            Some(Scope::All) | None => self.database.last_event_id.0,
        }
    }

    /// Returns the app of a space.
    pub fn app_of(&self, overview: &SpaceOverview) -> Option<std::sync::Arc<dyn App>> {
        self.apps.named(overview.app?)
    }
}

/// The fate of a database file that is no longer in place, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// No file has that name.
    Removed(String),
    /// Another file has that name.
    Replaced(String),
}

impl Gone {
    /// Describes it for people.
    pub fn message(&self) -> String {
        match self {
            Self::Removed(name) => format!("{name} is gone"),
            Self::Replaced(name) => format!("{name} was replaced by another file"),
        }
    }
}

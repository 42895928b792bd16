//! Effects, one type for each worker.

use std::cmp::Reverse;
use std::path::PathBuf;

use crate::audit::OperationId;
use crate::console::app::link::LinkTarget;
use crate::console::app::memory::MemoryCommand;
use crate::console::app::past::{PastCommand, PastQuery};
use crate::console::app::state::RequestId;
use crate::console::app::window::Load;
use crate::console::layers::form::SpaceChanges;
use crate::console::layers::palette::ThingSearch;
use crate::console::panes::jobs::job::{JobId, JobSpec};
use crate::content_store::{Command, FieldKind};
use crate::event::SpaceSequence;
use crate::operations::{
    ActivityWindow, BugReport, ChangeSubscription, Fork, Position, Redact, ReviewDecision, Scope,
    StatsOptions, TraceStep,
};
use crate::query::moment::Moment;
use crate::query::{Gap, Query};
use crate::space::SpaceId;
use crate::sqlite::Location;

/// Work to be done outside the state. Its answer is a message with the id of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// For the thread that reads the store.
    Query(StoreQuery),
    /// For the thread that executes commands.
    Command(StoreCommand),
    /// For the thread that keeps the past of a space.
    Past(PastCommand),
    /// For the thread that looks at files.
    Files(FileQuery),
    /// For the thread that runs the steps of the guide.
    Step(StepCommand),
    /// For the thread that keeps the memory of the console.
    Memory(MemoryCommand),
    /// For the jobs.
    Job(JobCommand),
    /// For the threads that answer questions, of which one answers this one: it is given up, unless it is answered already.
    GiveUp(RequestId),
    /// For the threads that open files.
    Open(OpenCommand),
    /// For the terminal.
    Terminal(TerminalCommand),
}

/// A question to the store, answered by the thread that reads.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field whose name says everything has no comment")]
pub enum StoreQuery {
    /// Loads a page of the spaces with their counters, in order of their ids, and the spaces on screen.
    LoadSpaces {
        request: RequestId,
        /// The spaces on screen.
        on_screen: Vec<SpaceId>,
        /// The space after which the page starts.
        after: Option<SpaceId>,
        /// The newest space that is known, if those created since are to be read, too.
        newest: Option<SpaceId>,
        /// The maximum number of spaces in the page.
        limit: usize,
    },
    /// Finds the event that blocks a space.
    FindBlocking { request: RequestId, space_id: SpaceId },
    /// Counts the events of a space by period.
    LoadActivity {
        request: RequestId,
        /// The request whose answer is not needed any more.
        replaces: Option<RequestId>,
        space_id: SpaceId,
        /// The maximum number of periods.
        periods: usize,
    },
    /// Counts the events of a few spaces by the same periods.
    LoadSparklines { request: RequestId, space_ids: Vec<SpaceId>, window: ActivityWindow },
    /// Reads the times of the first events of a few spaces.
    LoadFirstTimes { request: RequestId, space_ids: Vec<SpaceId> },
    /// Reads the statistics of a space.
    LoadStats { request: RequestId, space_id: SpaceId, options: StatsOptions },
    /// Loads a page of events.
    LoadEvents {
        request: RequestId,
        /// One space or all spaces.
        scope: Scope,
        load: Load<Position>,
        /// The condition that events must match. A bounded number of events is examined.
        query: Query,
        /// The last position of which the event is shown; none for all.
        until: Option<Position>,
        /// The maximum number of rows on each side.
        limit: usize,
    },
    /// Finds the first event at or after a moment.
    FindTime {
        request: RequestId,
        /// One space or all spaces.
        scope: Scope,
        moment: Moment,
    },
    /// Loads a page of a projection.
    LoadProjections {
        request: RequestId,
        space_id: SpaceId,
        /// The name of the projection.
        name: String,
        load: Load<String>,
        /// The text that keys or values must contain.
        text: String,
        /// The maximum number of rows on each side.
        limit: usize,
    },
    /// Loads the subscriptions with their first positions and parked events, and with more of them for one that is open.
    LoadSubscriptions { request: RequestId, open: Option<String> },
    /// Loads a page of one entity's events.
    LoadHistory {
        request: RequestId,
        /// The request whose answer is not needed any more.
        replaces: Option<RequestId>,
        space_id: SpaceId,
        entity_id: String,
        /// The condition that events must match.
        query: Query,
        load: Load<Position>,
        /// The maximum number of rows on each side.
        limit: usize,
    },
    /// Loads a page of the events of a business process, in all spaces. A bounded number of events is examined.
    LoadTimeline {
        request: RequestId,
        /// The request whose answer is not needed any more.
        replaces: Option<RequestId>,
        /// The condition that its events match.
        query: Query,
        load: Load<Position>,
        /// The maximum number of rows on each side.
        limit: usize,
    },
    /// Finds out which moments a query means that are relative to now.
    ResolveQuery { request: RequestId, query: Query },
    /// Takes a step of a trace.
    Trace { request: RequestId, step: TraceStep },
    /// Finds the target of a link: an event or a key.
    FindLinked { request: RequestId, link: LinkTarget },
    /// Reads keys to which a document refers.
    ReadReferences { request: RequestId, space_id: SpaceId, projection: String, keys: Vec<String> },
    /// Loads a page of the audit log.
    LoadAuditEntries {
        request: RequestId,
        /// The name of the spaces whose entries are loaded; all entries if `None`.
        space_name: Option<String>,
        /// The text that entries must contain.
        text: String,
        /// The page, latest first.
        load: Load<Reverse<OperationId>>,
        /// The maximum number of rows on each side.
        limit: usize,
    },
    /// Finds values with which the text of a command's field can continue.
    Complete { request: RequestId, space_id: SpaceId, kind: FieldKind, text: String },
    /// Finds what can be inserted at the cursor of a query.
    CompleteQuery { request: RequestId, scope: Scope, gap: Gap },
    /// Takes a step of a search for things by name.
    FindThings { request: RequestId, search: ThingSearch },
    /// Counts what a redaction would erase.
    PlanRedaction { request: RequestId, space_id: SpaceId, redact: Redact },
    /// Finds out at which event a space would be forked, and whether it can be.
    PlanFork { request: RequestId, space_id: SpaceId, fork: Fork },
    /// Checks that a bug report can be written.
    TryBugReport { request: RequestId, space_id: SpaceId, report: BugReport },
    /// Lists what deleting a space would remove.
    TakeInventory { request: RequestId, space_id: SpaceId },
}

impl StoreQuery {
    /// Returns the number of the request.
    pub fn request(&self) -> RequestId {
        match self {
            Self::LoadSpaces { request, .. }
            | Self::LoadFirstTimes { request, .. }
            | Self::FindBlocking { request, .. }
            | Self::LoadActivity { request, .. }
            | Self::LoadSparklines { request, .. }
            | Self::LoadStats { request, .. }
            | Self::LoadEvents { request, .. }
            | Self::FindTime { request, .. }
            | Self::LoadProjections { request, .. }
            | Self::LoadSubscriptions { request, .. }
            | Self::LoadHistory { request, .. }
            | Self::LoadTimeline { request, .. }
            | Self::ResolveQuery { request, .. }
            | Self::Trace { request, .. }
            | Self::FindLinked { request, .. }
            | Self::ReadReferences { request, .. }
            | Self::LoadAuditEntries { request, .. }
            | Self::Complete { request, .. }
            | Self::CompleteQuery { request, .. }
            | Self::FindThings { request, .. }
            | Self::PlanRedaction { request, .. }
            | Self::PlanFork { request, .. }
            | Self::TryBugReport { request, .. }
            | Self::TakeInventory { request, .. } => *request,
        }
    }

    /// Returns true if the answer is only offered while a user types.
    pub(crate) fn is_suggestion(&self) -> bool {
        matches!(self, Self::Complete { .. } | Self::CompleteQuery { .. } | Self::FindThings { .. })
    }
}

/// A command for the store, or its preview.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field whose name says everything has no comment")]
pub enum StoreCommand {
    /// Previews a command.
    Preview { request: RequestId, space_id: SpaceId, command: Command },
    /// Executes a command, if the space has not changed since the preview.
    Submit {
        request: RequestId,
        space_id: SpaceId,
        command: Command,
        /// The last sequence that the preview saw.
        expected: SpaceSequence,
    },
    /// Creates a space.
    CreateSpace { request: RequestId, name: String, app: &'static str },
    /// Changes a subscription.
    ChangeSubscription { request: RequestId, change: ChangeSubscription },
    /// Changes a space.
    ChangeSpace { request: RequestId, space_id: SpaceId, changes: SpaceChanges },
}

/// A question about files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field whose name says everything has no comment")]
pub enum FileQuery {
    /// Checks that files can be written.
    TryPlaces {
        request: RequestId,
        files: Vec<PathBuf>,
        /// True if existing files may be replaced.
        replace: bool,
    },
    /// Finds out what a file to be imported holds: reads the header of an export, or plans the import of an original.
    LookInto { request: RequestId, file: ImportedFile },
    /// Lists the directories and databases with which a typed path can continue.
    ListDatabases { request: RequestId, typed: String },
}

/// A file to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportedFile {
    /// An export, or a file of the Elixir original with its projections, if they are in their own.
    Named {
        /// The file.
        file: PathBuf,
        /// The file with the projections.
        projections: Option<PathBuf>,
    },
    /// The open file of the Elixir original, into this database.
    Open {
        /// The database, which may not exist.
        into: PathBuf,
    },
}

/// A command about the file that is opened in place of this one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field whose name says everything has no comment")]
pub enum OpenCommand {
    /// Opens a file beside this one.
    Open { request: RequestId, file: Location },
    /// Gives up opening it.
    GiveUp,
}

/// A command for the jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field whose name says everything has no comment")]
pub enum JobCommand {
    /// Starts a job.
    Start { job: JobId, spec: JobSpec },
    /// Asks a job to pause as soon as nothing has to wait for it.
    Pause { job: JobId },
    /// Resumes a paused job, or withdraws the request to pause it.
    Resume { job: JobId },
    /// Asks a job to stop.
    Cancel { job: JobId },
    /// Answers the review of a rebuild.
    Decide { job: JobId, decision: ReviewDecision },
    /// Checks that the review of a rebuild is not void.
    Recheck { job: JobId },
}

/// A command for the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field whose name says everything has no comment")]
pub enum TerminalCommand {
    /// Copies text to the clipboard.
    Copy { text: String },
    /// Has the terminal notify the user, who looks at another window.
    Notify { text: String },
    /// Asks the terminal for its background, now and whenever that changes.
    AskBackground,
    /// Restores the terminal and suspends the process.
    Suspend,
}

/// Runs a step of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field whose name says everything has no comment")]
pub struct StepCommand {
    pub request: RequestId,
    /// The step, counted from 0.
    pub step: usize,
}

macro_rules! effects_of {
    ($($worker:ident: $effect:ty),+) => {
        $(impl From<$effect> for Effect {
            fn from(effect: $effect) -> Self {
                Self::$worker(effect)
            }
        })+
    };
}

effects_of!(
    Query: StoreQuery,
    Command: StoreCommand,
    Past: PastCommand,
    Files: FileQuery,
    Step: StepCommand,
    Memory: MemoryCommand,
    Job: JobCommand,
    Open: OpenCommand,
    Terminal: TerminalCommand
);

impl From<PastQuery> for Effect {
    fn from(query: PastQuery) -> Self {
        Self::Past(query.into())
    }
}

/// The effects of a message, in order.
#[derive(Debug, Default)]
pub(crate) struct Effects(pub(crate) Vec<Effect>);

impl Effects {
    pub(crate) fn push(&mut self, effect: impl Into<Effect>) {
        self.0.push(effect.into());
    }
}

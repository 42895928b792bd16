//! Messages: keys, and answers to effects.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::console::app::key::Key;
use crate::console::app::link::FoundLink;
use crate::console::app::memory::MemoryNews;
use crate::console::app::past::{PastProgress, PastReply};
use crate::console::app::pointer::mouse::Mouse;
use crate::console::app::pointer::region::Regions;
use crate::console::app::state::{ErrorText, Gone, RequestId, Size, Viewports};
use crate::console::app::window::Slice;
use crate::console::layers::audit::AuditRow;
use crate::console::layers::form::state::ShownPreview;
use crate::console::layers::guide::CommandOutput;
use crate::console::layers::palette::{DatabasePath, FoundThings};
use crate::console::layers::subscriptions::SubscriptionRow;
use crate::console::panes::events::EventRow;
use crate::console::panes::jobs::job::JobId;
use crate::console::panes::projections::EntryRow;
use crate::console::theme::Background;
use crate::content_store::Executed;
use crate::error::Error;
use crate::event::{Event, EventId};
use crate::event_store::UnlistedSpace;
use crate::operations::{
    ForkPlan, ImportHeader, Inventory, OriginalPlan, Position, Progress, RebuildReview, RedactionPlan,
    Report, ReviewDecision, SpaceActivity, SpaceOverview, SpaceStats, TraceFound,
};
use crate::pstate::{BlockingEvent, Entry};
use crate::query::{Candidate, Criteria};
use crate::space::{Space, SpaceId};

/// An input of the update function.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse was used.
    Mouse(Mouse),
    /// The window of the terminal received the focus, or lost it.
    Focus(bool),
    /// The terminal told what its background is.
    Background(Background),
    /// A frame was drawn, with these regions.
    Drawn(Regions),
    /// The terminal has another size.
    Resize(Size),
    /// The layout of the panes changed.
    Viewports(Viewports),
    /// Something was committed, by this process or another.
    Changed,
    /// It is time to look which other processes are at work.
    WorkersDue,
    /// No commit has been seen for a while.
    Quiet,
    /// It is this late.
    Now(Timestamp),
    /// The database file is gone, or is back.
    File(Option<Gone>),
    /// Commits by other processes cannot be followed.
    FollowFailed(ErrorText),
    /// A page of the spaces was loaded.
    Spaces(Answer<SpacesPage, ErrorText>),
    /// The event that blocks a space was looked for.
    Blocking(Answer<Option<BlockingEvent>, ErrorText>),
    /// The events of a space were counted by period.
    Activity(Answer<Option<SpaceActivity>, ErrorText>),
    /// The statistics of a space were read; `None` if it was deleted.
    Stats(Answer<Option<Box<SpaceStats>>, ErrorText>),
    /// The events of spaces were counted by period, in the order of the request.
    Sparklines(Answer<Vec<Vec<u64>>, ErrorText>),
    /// The times of the first events of spaces were read, in the order of the request.
    FirstTimes(Answer<Vec<Option<Timestamp>>, ErrorText>),
    /// Events were loaded.
    Events(Answer<Slice<EventRow>, ErrorText>),
    /// Projections were loaded.
    Projections(Answer<Slice<EntryRow>, ErrorText>),
    /// The first event at or after a moment was looked for.
    FoundTime(Answer<Option<Position>, ErrorText>),
    /// The subscriptions were loaded.
    Subscriptions(Answer<Vec<SubscriptionRow>, ErrorText>),
    /// A subscription was changed, or not.
    SubscriptionChanged(Answer<String, Error>),
    /// A question about the past of a space was answered.
    Past(PastReply),
    /// A question about the past of a space takes long.
    PastProgress(PastProgress),
    /// The next frame of the past that is played is due.
    PlayTick,
    /// An entity's events were loaded.
    History(Answer<Slice<EventRow>, ErrorText>),
    /// Events of a business process were loaded.
    Timeline(Answer<Slice<EventRow>, ErrorText>),
    /// The moments of a query that are relative to now were found out.
    Resolved(Answer<Criteria, ErrorText>),
    /// A step of a trace was taken.
    Traced(Answer<TraceFound<EventRow>, ErrorText>),
    /// The target of a link was looked for.
    Linked(Answer<FoundLink, ErrorText>),
    /// Keys to which a document refers were read, in the order of the request.
    Referred(Answer<Vec<(String, Option<Entry>)>, ErrorText>),
    /// A page of the audit log was loaded.
    AuditEntries(Answer<Slice<AuditRow>, ErrorText>),
    /// Values for a field of a command were looked for.
    Completed(Answer<Vec<String>, ErrorText>),
    /// Candidates for a query were looked for.
    QueryCompleted(Answer<Vec<Candidate>, ErrorText>),
    /// Things were looked for by name.
    Things(Answer<FoundThings, ErrorText>),
    /// A redaction was planned.
    RedactionPlanned(Answer<Box<RedactionPlan>, ErrorText>),
    /// A fork was planned.
    ForkPlanned(Answer<ForkPlan, Error>),
    /// A bug report can be written, or the reason why it cannot.
    TriedBugReport(Answer<(), Error>),
    /// An inventory was taken.
    Inventory(Answer<Inventory, ErrorText>),
    /// A command was previewed.
    Previewed(Answer<ShownPreview, Error>),
    /// A command was executed, or not.
    Submitted(Answer<Executed, Refusal>),
    /// A space was created, or not.
    Created(Answer<Space, Error>),
    /// A space was renamed or otherwise changed, or not.
    SpaceChanged(Answer<Space, Error>),
    /// The named files can be written, or not.
    Tried(Answer<(), String>),
    /// A file to be imported was read, or is refused.
    LookedInto(Answer<ImportSource, String>),
    /// Databases and directories were looked for by their path.
    Databases(Answer<Vec<DatabasePath>, String>),
    /// Another file was opened, or not.
    Opened(Answer<(), ErrorText>),
    /// The file that is being opened takes long.
    OpeningIsSlow(RequestId),
    /// A step of the guide was run, or it failed.
    StepFinished(Answer<Vec<CommandOutput>, ErrorText>),
    /// Something about the memory of the console.
    Memory(MemoryNews),
    /// An update from a job.
    Job(JobId, Timestamp, JobNews),
    /// The notice with this number has been shown for long enough.
    NoticeRead(u64),
    /// The running job has been silent for this many seconds.
    Silence(u64),
    /// The console has the terminal again and must redraw everything.
    Resumed,
}

/// An answer with the id of its request.
#[derive(Debug)]
pub struct Answer<T, E> {
    /// The id that the effect carried.
    pub request: RequestId,
    /// The result that the worker sends back.
    pub result: Result<T, E>,
}

/// The contents of a file to be imported.
#[derive(Debug)]
pub enum ImportSource {
    /// An export of a space.
    Export(ImportHeader),
    /// A file of the Elixir original.
    Original {
        /// The plan of its import.
        plan: OriginalPlan,
        /// True if the payloads were read, too.
        is_whole: bool,
    },
}

/// The reason why a command was not executed.
#[derive(Debug)]
pub struct Refusal {
    /// The error.
    pub error: Error,
    /// The event that came first, in a conflict.
    pub rival: Option<Box<Event>>,
}

/// A page of the spaces with their counters.
#[derive(Debug, Clone, Default)]
pub struct SpacesPage {
    /// The spaces on screen that still exist, then those of the page.
    pub found: Vec<SpaceOverview>,
    /// The last space of the page, if more may follow.
    pub last: Option<SpaceId>,
    /// The id of the last event ever appended.
    pub last_event_id: EventId,
    /// Bytes on disk.
    pub bytes: Option<u64>,
    /// The number of redactions in the file, twice. Another number means that values were erased.
    pub redactions: u64,
    /// The damaged spaces that no page contains, with the last page.
    pub unlisted: Vec<UnlistedSpace>,
    /// The time at which they were read.
    pub at: Timestamp,
}

/// An update from a job.
#[derive(Debug, Clone, PartialEq)]
pub enum JobNews {
    /// It started.
    Started,
    /// It has made progress.
    Progress(Progress),
    /// It is paused.
    Paused,
    /// It has resumed.
    Resumed,
    /// It waits for a decision about its differences.
    Review(Arc<RebuildReview>),
    /// The decision was taken.
    Reviewed(ReviewDecision),
    /// It finished.
    Done(Report),
    /// It was cancelled.
    Cancelled,
    /// It failed.
    Failed(ErrorText),
}

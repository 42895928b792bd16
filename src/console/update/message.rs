//! What comes in: keys, and answers from outside.

use crate::clock::Timestamp;
use crate::console::state::{
    EventRow, Failure, Gone, Inventory, JobId, OperationRow, Position, Ran, Report, RequestId, Size, Slice,
    Viewports,
};
use crate::content_store::{BlockingEvent, Executed, Preview};
use crate::error::Error;
use crate::event::{Event, EventId};
use crate::operations::{Announced, Progress, SpaceOverview};
use crate::pstate::Entry;
use crate::space::{Space, SpaceId};

use super::key::Key;

/// What comes in.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// The view laid the panes out anew.
    Viewports(Viewports),
    /// Somebody, perhaps this console, committed something.
    Changed,
    /// A while has passed since the last change.
    Quiet,
    /// The file is not in its place any more, or is there again.
    File(Option<Gone>),
    /// The changes of others cannot be followed.
    FollowFailed(Failure),
    /// A page of the spaces was loaded.
    Spaces(Answer<Spaces, Failure>),
    /// The event that blocks a space was looked for.
    Blocking(Answer<Option<BlockingEvent>, Failure>),
    /// Events were loaded.
    Events(Answer<Slice<EventRow>, Failure>),
    /// Projections were loaded.
    Projections(Answer<Slice<Entry>, Failure>),
    /// The first event at or after a moment was looked for.
    FoundTime(Answer<Option<Position>, Failure>),
    /// An entity's events were loaded.
    History(Answer<Slice<EventRow>, Failure>),
    /// A page of the log of operations was loaded.
    Operations(Answer<Slice<OperationRow>, Failure>),
    /// An inventory was taken.
    Inventory(Answer<Inventory, Failure>),
    /// A command was previewed.
    Previewed(Answer<Preview, Error>),
    /// A command was executed, or not.
    Submitted(Answer<Executed, Refusal>),
    /// A space was created, or not.
    Created(Answer<Space, Error>),
    /// Spaces can be exported into the files that were named, or why not.
    Tried(Answer<(), String>),
    /// What the first line of a file says, or why it cannot be imported.
    LookedInto(Answer<Announced, String>),
    /// A step of the walk was taken, or it failed.
    StepTaken(Answer<Vec<Ran>, Failure>),
    /// News of a job.
    Job(JobId, Timestamp, JobNews),
    /// The message with this number (see [`State::said`](crate::console::state::State)) has been shown for long enough.
    NoticeRead(u64),
    /// For so many seconds nothing has been heard of the running job.
    Silence(u64),
    /// The terminal is ours again: everything is to be drawn.
    Resumed,
}

/// An answer with the number of its question.
#[derive(Debug)]
pub struct Answer<T, E> {
    /// The question.
    pub request: RequestId,
    /// The answer.
    pub result: Result<T, E>,
}

/// Why a command was not executed.
#[derive(Debug)]
pub struct Refusal {
    /// The error.
    pub error: Error,
    /// In a conflict, the event that was faster.
    pub rival: Option<Box<Event>>,
}

/// A page of the spaces with their counters.
#[derive(Debug, Clone, Default)]
pub struct Spaces {
    /// The spaces: those on screen that are still there, then those of the page.
    pub found: Vec<SpaceOverview>,
    /// The page's last one, where there may be more behind it.
    pub last: Option<SpaceId>,
    /// The id of the last event ever appended.
    pub last_event_id: EventId,
    /// Bytes on disk.
    pub bytes: Option<u64>,
}

/// News of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum JobNews {
    /// It began.
    Started,
    /// It has come this far.
    Progress(Progress),
    /// It holds, as it was asked to.
    Paused,
    /// It goes on after a pause.
    Resumed,
    /// It has come to its end.
    Done(Report),
    /// It was stopped on request.
    Cancelled,
    /// It failed.
    Failed(Failure),
}

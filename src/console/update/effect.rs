//! What is to be done outside: questions to the store, operations, the clipboard.

use std::cmp::Reverse;
use std::path::PathBuf;

use crate::content_store::Command;
use crate::event::SpaceSequence;
use crate::moment::Moment;
use crate::operator_log::OperationId;
use crate::query::Query;
use crate::space::SpaceId;

use crate::console::state::{JobId, JobKind, Load, Position, RequestId, Scope};

/// Something to be done outside. Whoever does it answers with a message that carries the request's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Load a page of the spaces with their counters, by rising id, and some more besides.
    LoadSpaces {
        /// The question.
        request: RequestId,
        /// The ones besides.
        on_screen: Vec<SpaceId>,
        /// The last one that the page does not contain.
        after: Option<SpaceId>,
        /// The most that the page contains.
        limit: usize,
    },
    /// Find the event that blocks a space.
    FindBlocking {
        /// The question.
        request: RequestId,
        /// The space.
        space_id: SpaceId,
    },
    /// Load a page of events.
    LoadEvents {
        /// The question.
        request: RequestId,
        /// Whose.
        scope: Scope,
        /// Which.
        load: Load<Position>,
        /// Those that match only; a bounded number is looked at.
        query: Query,
        /// The most to return on each side.
        limit: usize,
    },
    /// Find the first event at or after a moment.
    FindTime {
        /// The question.
        request: RequestId,
        /// Whose.
        scope: Scope,
        /// The moment.
        moment: Moment,
    },
    /// Load a page of projections.
    LoadProjections {
        /// The question.
        request: RequestId,
        /// Whose.
        space_id: SpaceId,
        /// Which.
        load: Load<String>,
        /// The text that the keys or values contain.
        text: String,
        /// The most to return on each side.
        limit: usize,
    },
    /// Load a page of one entity's events.
    LoadHistory {
        /// The question.
        request: RequestId,
        /// The space.
        space_id: SpaceId,
        /// The entity.
        entity_id: String,
        /// Which.
        load: Load<Position>,
        /// The most to return on each side.
        limit: usize,
    },
    /// Load a page of the log of operations.
    LoadOperations {
        /// The question.
        request: RequestId,
        /// Only what was done to spaces of this name.
        space_name: Option<String>,
        /// Which, the latest first.
        load: Load<Reverse<OperationId>>,
        /// The most to return on each side.
        limit: usize,
    },
    /// List what deleting a space would remove.
    TakeInventory {
        /// The question.
        request: RequestId,
        /// The space.
        space_id: SpaceId,
    },
    /// Work out what a command would do.
    Preview {
        /// The question.
        request: RequestId,
        /// The space.
        space_id: SpaceId,
        /// The command.
        command: Command,
    },
    /// Execute a command, if the space is still where the preview saw it.
    Submit {
        /// The question.
        request: RequestId,
        /// The space.
        space_id: SpaceId,
        /// The command.
        command: Command,
        /// Where the preview saw the space.
        expected: SpaceSequence,
    },
    /// Create a space.
    CreateSpace {
        /// The question.
        request: RequestId,
        /// Its name.
        name: String,
        /// The app that it runs.
        app: &'static str,
    },
    /// Find out whether spaces could be exported into these files.
    TryPlaces {
        /// The question.
        request: RequestId,
        /// The files.
        files: Vec<PathBuf>,
        /// They may take the place of ones that are there.
        replace: bool,
    },
    /// Read what the first line of a file to be imported says of the others.
    LookInto {
        /// The question.
        request: RequestId,
        /// The file.
        file: PathBuf,
    },
    /// Take a step of the walk.
    TakeStep {
        /// The question.
        request: RequestId,
        /// Which, counted from 0.
        step: usize,
    },
    /// Begin a long operation.
    StartJob {
        /// Its number.
        job: JobId,
        /// What it does.
        kind: JobKind,
        /// The space, where it is about one.
        space_id: Option<SpaceId>,
        /// What it is about: the space's name, or the file.
        about: String,
    },
    /// Ask a long operation to hold at its next step where nothing is held up by it.
    PauseJob {
        /// Its number.
        job: JobId,
    },
    /// Have a long operation go on that holds, or not hold.
    ResumeJob {
        /// Its number.
        job: JobId,
    },
    /// Ask a long operation to stop.
    CancelJob {
        /// Its number.
        job: JobId,
    },
    /// Put text on the clipboard.
    Copy {
        /// The text.
        text: String,
    },
    /// Give the terminal back and stop until continued.
    Suspend,
}

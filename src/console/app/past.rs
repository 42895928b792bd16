//! Questions about the past of a space, answered by the thread that keeps its fold, and the progress of that thread.

use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::app::window::{Load, Slice};
use crate::console::panes::projections::EntryRow;
use crate::console::panes::travel;
use crate::event::SpaceSequence;
use crate::operations::EventChanges;
use crate::space::SpaceId;

/// A question about the past of a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastQuery {
    /// The number of the request.
    pub request: RequestId,
    /// The space. Its app must be known.
    pub space_id: SpaceId,
    /// The question.
    pub ask: Ask,
}

/// The question of a [`PastQuery`]. A newer one of the same kind supersedes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Asks for the changes that an event made.
    Changes {
        /// The sequence of the event.
        sequence: SpaceSequence,
    },
    /// Asks for a page of a projection as of a sequence.
    Page {
        /// The sequence; 0 is before the first event.
        at: SpaceSequence,
        /// The name of the projection.
        projection: String,
        /// The rows to load.
        load: Load<String>,
        /// The text that keys or values must contain.
        text: String,
        /// The maximum number of rows on each side.
        limit: usize,
    },
}

/// A command for the thread that keeps the fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PastCommand {
    /// Answers a question.
    Answer(PastQuery),
    /// Gives up a question, unless it is answered already.
    GiveUp(RequestId),
}

impl From<PastQuery> for PastCommand {
    fn from(query: PastQuery) -> Self {
        Self::Answer(query)
    }
}

/// The answer to a [`PastQuery`].
#[derive(Debug)]
pub enum PastAnswer {
    /// The changes that an event made.
    Changes(Answer<EventChanges, ErrorText>),
    /// A page of a projection.
    Page(Answer<PastPage, ErrorText>),
}

impl PastAnswer {
    fn request(&self) -> RequestId {
        match self {
            Self::Changes(answer) => answer.request,
            Self::Page(answer) => answer.request,
        }
    }
}

/// A page of a projection as of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct PastPage {
    /// The entries.
    pub slice: Slice<EntryRow>,
    /// The event at the sequence, with its changes; none before the first event.
    pub step: Option<EventChanges>,
    /// True if the fold keeps a part of the past in a temporary file.
    pub is_spilled: bool,
}

/// The progress of a question that takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastProgress {
    /// The question.
    pub request: RequestId,
    /// The events that were replayed.
    pub done: u64,
    /// The events to be replayed.
    pub total: u64,
}

/// Records the progress of a question, to be shown.
pub(crate) fn progressed(state: &mut ConsoleState, progress: PastProgress) -> Changed {
    state.past_progress = Some(progress);
    Changed::Yes
}

/// Passes an answer to the part of the console that asked.
pub(crate) fn answered(state: &mut ConsoleState, answer: PastAnswer) -> Changed {
    let request = answer.request();
    let was_slow = state.past_progress.take_if(|progress| progress.request <= request).is_some();
    let changed = match answer {
        PastAnswer::Changes(_) => Changed::No,
        PastAnswer::Page(answer) => travel::loaded(state, answer),
    };
    if was_slow { Changed::Yes } else { changed }
}

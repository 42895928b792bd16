//! Questions about the past of a space, answered by the thread that keeps its fold, and the progress of that thread.

use std::mem::discriminant;
use std::sync::Arc;

use crate::console::app::availability::{Availability, unavailable};
use crate::console::app::effect::Effects;
use crate::console::app::link;
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::app::window::{Load, Slice};
use crate::console::layers::blame::{self, PathChanges};
use crate::console::layers::compare;
use crate::console::layers::flips::{self, FlipRow};
use crate::console::layers::key_history::{self, ChangeOrder, ChangePlace, ChangeRow};
use crate::console::panes::detail::{self, BlameColumn, EventDiff};
use crate::console::panes::projections::EntryRow;
use crate::console::panes::{spaces, travel};
use crate::console::theme::Role;
use crate::console::widgets::diff::Diff;
use crate::console::widgets::pen::{Piece, piece, width};
use crate::event::SpaceSequence;
use crate::json::Json;
use crate::operations::{EventChanges, FoldSkips, PointInTime, SkipSummary};
use crate::pstate::Entry;
use crate::query::ValueQuery;
use crate::space::{SpaceId, SpaceOrigin};
use crate::text::{counted, find, grouped, percent};

/// A question about the past of a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastQuery {
    /// The number of the request.
    pub request: RequestId,
    /// The request before of the same list, whose answer is not needed any more.
    pub replaces: Option<RequestId>,
    /// The space. Its app must be known.
    pub space_id: SpaceId,
    /// The question.
    pub ask: Ask,
}

/// The question of a [`PastQuery`]. A newer one of the same kind supersedes it, except those of lists, of which several may be
/// open: they name the request that they replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Asks for the changes that an event made.
    Changes {
        /// The sequence of the event.
        sequence: SpaceSequence,
    },
    /// Asks for a page of the history of a key.
    History {
        /// The name of the projection.
        projection: String,
        /// The key.
        key: String,
        /// The order of the list.
        order: ChangeOrder,
        /// The rows to load.
        load: Load<ChangePlace>,
        /// The text that the changes must contain.
        text: String,
        /// The maximum number of rows on each side.
        limit: usize,
    },
    /// Asks for the last events that set the value at a path.
    Blame {
        /// The name of the projection.
        projection: String,
        /// The key.
        key: String,
        /// The path; empty for the whole value.
        path: String,
        /// The last event that counts; if there is none, the last one that the stored projection contains.
        until: Option<SpaceSequence>,
        /// The most events.
        most: usize,
        /// True if the value in question is the stored one, which may differ from what the events say.
        is_stored: bool,
    },
    /// Asks for the events that set the parts of a value.
    BlameColumn {
        /// The name of the projection.
        projection: String,
        /// The key.
        key: String,
        /// The value on screen.
        value: Json,
        /// The last event that counts; if there is none, the last one that the stored projection contains.
        until: Option<SpaceSequence>,
    },
    /// Asks for the events at which a condition on a key flipped.
    Bisect {
        /// The name of the projection.
        projection: String,
        /// The key.
        key: String,
        /// The condition.
        condition: ValueQuery,
    },
    /// Asks for the last event at or before each of these points in time.
    Find {
        /// The points.
        points: Vec<PointInTime>,
    },
    /// Asks for the differences of a projection between two sequences.
    Compare {
        /// The name of the projection.
        projection: String,
        /// The earlier sequence.
        from: SpaceSequence,
        /// The later sequence.
        to: SpaceSequence,
    },
    /// Asks for the differences that a projection would have without an event.
    CompareWithout {
        /// The name of the projection.
        projection: String,
        /// The sequence of the event.
        event: SpaceSequence,
    },
    /// Asks for the key to which a link leads, as of a sequence.
    Key {
        /// The sequence.
        at: SpaceSequence,
        /// The name of the projection.
        projection: String,
        /// The key.
        key: String,
    },
    /// Asks for the keys to which references lead, as of a sequence.
    Keys {
        /// The sequence.
        at: SpaceSequence,
        /// The name of the projection.
        projection: String,
        /// The keys.
        keys: Vec<String>,
    },
    /// Asks for the differences of a projection between the origin of a fork and the fork, as they are now.
    CompareFork {
        /// The name of the projection.
        projection: String,
        /// The origin.
        origin: SpaceOrigin,
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

impl PastQuery {
    /// Returns true if an older question need not be answered any more.
    pub(crate) fn supersedes(&self, older: &Self) -> bool {
        match self.ask {
            Ask::History { .. } | Ask::Bisect { .. } => self.replaces == Some(older.request),
            _ => discriminant(&self.ask) == discriminant(&older.ask),
        }
    }
}

/// A command for the thread that keeps the fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PastCommand {
    /// Answers a question.
    Answer(PastQuery),
    /// Gives up a question, unless it is answered already.
    GiveUp(RequestId),
    /// Drops the past that is kept if it has changed, so that no erased value stays in memory.
    Recheck,
}

impl From<PastQuery> for PastCommand {
    fn from(query: PastQuery) -> Self {
        Self::Answer(query)
    }
}

/// The answer to a [`PastQuery`], with what it rests on.
#[derive(Debug)]
pub struct PastReply {
    /// The space.
    pub space_id: SpaceId,
    /// The answer.
    pub answer: PastAnswer,
    /// The events that were skipped, as far as the past was replayed; none if it was not.
    pub skipped: Option<Arc<FoldSkips>>,
}

/// The answer to a [`PastQuery`].
#[derive(Debug)]
pub enum PastAnswer {
    /// The changes that an event made.
    Changes(Answer<Arc<EventDiff>, ErrorText>),
    /// A page of the history of a key.
    History(Answer<Slice<ChangeRow>, ErrorText>),
    /// The last events that set the value at a path, newest first.
    Blame(Answer<PathChanges, ErrorText>),
    /// The events that set the parts of a value.
    BlameColumn(Answer<Arc<BlameColumn>, ErrorText>),
    /// The events at which a condition flipped.
    Bisect(Answer<Slice<FlipRow>, ErrorText>),
    /// The last event at or before each point in time.
    Find(Answer<Vec<SpaceSequence>, ErrorText>),
    /// The differences of a projection between two sequences or two spaces.
    Compare(Answer<Compared, ErrorText>),
    /// A key of a projection, if it exists.
    Key(Answer<Option<Entry>, ErrorText>),
    /// Keys of a projection, in the order of the question.
    Keys(Answer<Vec<(String, Option<Entry>)>, ErrorText>),
    /// A page of a projection.
    Page(Answer<Box<PastPage>, ErrorText>),
}

impl PastAnswer {
    fn request(&self) -> RequestId {
        match self {
            Self::Changes(answer) => answer.request,
            Self::History(answer) => answer.request,
            Self::Blame(answer) => answer.request,
            Self::BlameColumn(answer) => answer.request,
            Self::Bisect(answer) => answer.request,
            Self::Find(answer) => answer.request,
            Self::Compare(answer) => answer.request,
            Self::Key(answer) => answer.request,
            Self::Keys(answer) => answer.request,
            Self::Page(answer) => answer.request,
        }
    }
}

/// The differences of a projection between two sequences or two spaces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared {
    /// The fields that differ, in the order of their keys.
    pub fields: Vec<Arc<ComparedField>>,
    /// The number of keys that differ, as far as they were read.
    pub keys: u64,
    /// True if there are too many fields to list them all.
    pub is_cut: bool,
    /// The spaces whose projections are behind their events, with the number of events.
    pub lagging: Vec<(String, u64)>,
    /// The remarks on a comparison without an event, a sentence each.
    pub remarks: Vec<String>,
}

/// A field that differs between two sequences or two spaces. A very long value is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedField {
    /// The key.
    pub key: String,
    /// The path in its value; empty for the value as a whole.
    pub path: String,
    /// The value at the earlier sequence or in the origin, if there was one.
    pub before: Option<String>,
    /// The value at the later sequence or in the fork, if there is one.
    pub after: Option<String>,
}

impl ComparedField {
    /// Returns true if its key, its path or a value contains a text, ignoring ASCII case.
    pub(crate) fn contains(&self, text: &str) -> bool {
        let has = |part: &str| find(part, text, 0).is_some();
        let values = [&self.before, &self.after].into_iter().flatten();
        text.is_empty() || has(&self.key) || has(&self.path) || values.into_iter().any(|value| has(value))
    }
}

/// A page of a projection as of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct PastPage {
    /// The entries.
    pub slice: Slice<EntryRow>,
    /// The event at the sequence, with its changes; none before the first event.
    pub step: Option<EventChanges>,
    /// These changes, to be drawn.
    pub diff: Diff,
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

/// Returns the reason if the past of a space cannot be computed.
pub(crate) fn can_fold(state: &ConsoleState, space_id: SpaceId) -> Availability {
    match state.spaces.get(space_id) {
        Some(found) => spaces::with_past(state, found),
        None => unavailable("its space is not loaded yet"),
    }
}

/// Describes a question that is not answered yet, with its progress once it takes long.
pub(crate) fn folding(state: &ConsoleState, request: Option<RequestId>) -> String {
    let progress = state.past_progress.filter(|progress| Some(progress.request) == request);
    match progress.filter(|progress| progress.total > 0) {
        Some(PastProgress { done, total, .. }) => {
            format!("Replaying {} events: {} %", grouped(total), percent(done, total))
        }
        None => "Replaying the events…".to_owned(),
    }
}

/// Has the past that is kept checked after a redaction.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    if std::mem::take(&mut state.is_past_stale) {
        effects.push(PastCommand::Recheck);
    }
}

/// Records the progress of a question, to be shown.
pub(crate) fn progressed(state: &mut ConsoleState, progress: PastProgress) -> Changed {
    state.past_progress = Some(progress);
    Changed::Yes
}

/// Returns the events up to a sequence that the past of a projection skips, if there are any, or that of any of its space.
/// Without a sequence, all count.
pub(crate) fn skipped<'s>(
    state: &'s ConsoleState,
    (space_id, projection): (SpaceId, Option<&str>),
    until: Option<SpaceSequence>,
) -> Option<SkipSummary<'s>> {
    let (_, skipped) = state.past_skipped.as_ref().filter(|(of, _)| *of == space_id)?;
    skipped.summary(projection, until.unwrap_or(SpaceSequence(u64::MAX)))
}

/// Says in the lower border of a list of this width which events the past up to a sequence skips.
pub(crate) fn skipped_foot(
    state: &ConsoleState,
    (space_id, projection, until): (SpaceId, &str, Option<SpaceSequence>),
    cells: u16,
) -> Vec<Piece<'static>> {
    let Some(skipped) = skipped(state, (space_id, Some(projection)), until) else { return Vec::new() };
    let first = skipped.first.space_sequence.0;
    let count = counted(skipped.count, "event", "events");
    let texts = [
        skipped.with_separators(),
        format!("{count} skipped, which cannot be applied: first at sequence {}", grouped(first)),
        format!("{count} skipped: {}", grouped(first)),
    ];
    let fits = texts.iter().position(|text| width(text) + 6 <= cells).unwrap_or(texts.len() - 1);
    texts.into_iter().nth(fits).map(|text| piece(text, Role::Warning)).into_iter().collect()
}

/// Passes an answer to the part of the console that asked.
pub(crate) fn answered(state: &mut ConsoleState, reply: PastReply) -> Changed {
    let PastReply { space_id, answer, skipped } = reply;
    let skipped = skipped.map(|skipped| (space_id, skipped));
    let is_news = skipped.is_some() && skipped != state.past_skipped;
    if is_news {
        state.past_skipped = skipped;
    }
    let request = answer.request();
    let was_slow = state.past_progress.take_if(|progress| progress.request <= request).is_some();
    let changed = match answer {
        PastAnswer::Changes(answer) => detail::changes_found(state, answer),
        PastAnswer::History(answer) => key_history::loaded(state, answer),
        PastAnswer::Blame(answer) => blame::found(state, answer),
        PastAnswer::BlameColumn(answer) => detail::blame_found(state, answer),
        PastAnswer::Bisect(answer) => flips::loaded(state, answer),
        PastAnswer::Find(answer) => travel::point::found(state, answer),
        PastAnswer::Compare(answer) => compare::compared(state, answer),
        PastAnswer::Key(answer) => link::found_key(state, answer),
        PastAnswer::Keys(answer) => detail::found_references(state, answer),
        PastAnswer::Page(answer) => travel::loaded(state, answer),
    };
    if was_slow || is_news { Changed::Yes } else { changed }
}

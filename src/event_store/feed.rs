//! The stream of all spaces, for those who follow it.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::event::{Event, EventId};

use super::batches::Batches;
use super::{EventLog, Page, SpaceRegistry};

/// The reason why a position after the last event is refused.
pub(crate) const AFTER_THE_END: &str = "it lies after the last event; an older copy may have been restored";

/// A position in the stream of all spaces. It is opaque, since engines differ in what they need to continue from it. It
/// belongs to one [incarnation](SpaceRegistry::incarnation) of one store: a backup that was restored may have other
/// events after the same position. As text, it can be kept for later.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    origin: CursorOrigin,
    position: Vec<u64>,
}

/// The store of a cursor: its id, and the number that distinguishes it from its copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CursorOrigin {
    /// The id of the store.
    pub store_id: Uuid,
    /// The incarnation. `None` in a backup that was not yet opened for writing.
    pub incarnation: Option<Uuid>,
}

impl Cursor {
    /// Creates the cursor of an engine.
    pub fn new(origin: CursorOrigin, position: Vec<u64>) -> Self {
        Self { origin, position }
    }

    /// Returns the position, if this is a cursor of that store.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`].
    pub fn position_in(&self, store: CursorOrigin) -> Result<&[u64], StoreError> {
        if self.origin.store_id != store.store_id {
            return Err(invalid("it belongs to another store"));
        }
        if self.origin.incarnation != store.incarnation {
            return Err(invalid(
                "it belongs to another copy of this store, from before a backup was restored",
            ));
        }
        Ok(&self.position)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CursorOrigin { store_id, incarnation } = self.origin;
        write!(f, "{}-{}", store_id.simple(), incarnation.unwrap_or_default().simple())?;
        self.position.iter().try_for_each(|number| write!(f, "-{number}"))
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let malformed = || invalid("it is not the text of a cursor");
        let mut parts = text.split('-');
        let mut id = || parts.next().and_then(|id| Uuid::try_parse(id).ok()).ok_or_else(malformed);
        let (store_id, incarnation) = (id()?, id()?);
        let incarnation = Some(incarnation).filter(|incarnation| !incarnation.is_nil());
        let position = parts.map(str::parse).collect::<Result<_, _>>().map_err(|_| malformed())?;
        Ok(Self { origin: CursorOrigin { store_id, incarnation }, position })
    }
}

fn invalid(reason: &str) -> StoreError {
    StoreError::InvalidCursor { reason: reason.to_owned() }
}

/// The stream of all spaces. Each event appears once, and those of a space in their order. Events of different spaces
/// appear in the order in which they became visible, which in a file is the order of their ids.
pub trait EventFeed: EventLog + SpaceRegistry {
    /// Returns the cursor before the first event.
    fn start(&self) -> Result<Cursor> {
        self.after(EventId(0))
    }

    /// Returns the cursor after the last event.
    fn end(&self) -> Result<Cursor> {
        self.after(self.last_event_id()?)
    }

    /// Returns the cursor after an event.
    fn after(&self, event_id: EventId) -> Result<Cursor> {
        Ok(Cursor::new(self.cursor_origin()?, vec![event_id.0]))
    }

    /// Returns the cursors after several events, in their order.
    fn after_each(&self, event_ids: &[EventId]) -> Result<Vec<Cursor>> {
        event_ids.iter().map(|event_id| self.after(*event_id)).collect()
    }

    /// Returns the store to which the cursors belong.
    fn cursor_origin(&self) -> Result<CursorOrigin> {
        Ok(CursorOrigin { store_id: self.store_id()?, incarnation: self.incarnation()? })
    }

    /// Returns the id of the last event before a cursor. Later events have higher ids.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] if the cursor belongs to another store or to another copy of it, or lies after the
    /// end.
    fn before(&self, cursor: &Cursor) -> Result<EventId> {
        let event_id = event_id_in(cursor, self.cursor_origin()?)?;
        check_not_after(event_id, self.last_event_id()?)?;
        Ok(event_id)
    }

    /// Returns up to `limit` of the events after a cursor, and the cursor after the last of them. It may return fewer, but
    /// none only at the end of the stream.
    ///
    /// # Errors
    /// As [`EventFeed::before`]; [`StoreError::HeldBack`] if committed events have been waiting for earlier ones for longer
    /// than the busy timeout.
    fn read_after(&self, cursor: &Cursor, limit: usize) -> Result<(Vec<Event>, Cursor)> {
        let after = event_id_in(cursor, self.cursor_origin()?)?;
        let events = self.read_all(Page::forward(Some(after), limit))?;
        let Some(last) = events.last() else {
            check_not_after(after, self.last_event_id()?)?;
            return Ok((events, cursor.clone()));
        };
        let end = Cursor::new(cursor.origin, vec![last.event_id.0]);
        Ok((events, end))
    }
}

/// Returns the position of a cursor in a stream in the order of ids.
fn event_id_in(cursor: &Cursor, store: CursorOrigin) -> Result<EventId, StoreError> {
    match cursor.position_in(store)? {
        &[event_id] => Ok(EventId(event_id)),
        _ => Err(invalid("it is not a cursor of this engine")),
    }
}

fn check_not_after(event_id: EventId, last: EventId) -> Result<(), StoreError> {
    match event_id > last {
        true => Err(invalid(AFTER_THE_END)),
        false => Ok(()),
    }
}

/// Yields the events of all spaces one by one, and reads the next batch when one is used up. It ends at the end of the
/// stream; [`FeedStream::cursor`] then tells where to continue.
pub struct FeedStream<'a> {
    store: &'a dyn EventFeed,
    /// The cursor after the events that were read.
    after: Cursor,
    batch: usize,
    batches: Batches,
}

impl<'a> FeedStream<'a> {
    /// Creates a stream of the events after a cursor, read `batch` at a time.
    pub fn new(store: &'a dyn EventFeed, after: Cursor, batch: usize) -> Self {
        Self { store, after, batch: batch.max(1), batches: Batches::default() }
    }

    /// Returns the cursor after the events yielded, or `None` while some that were read are not yet yielded.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.batches.is_empty().then_some(&self.after)
    }
}

impl Iterator for FeedStream<'_> {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { store, after, batch, batches } = self;
        batches.next(|| {
            let (events, end) = store.read_after(after, *batch)?;
            *after = end;
            let is_last = events.is_empty();
            Ok((events, is_last))
        })
    }
}

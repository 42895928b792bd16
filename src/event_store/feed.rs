//! The stream of all spaces, for those who follow it.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::event::{Event, EventId};

use super::batches::Batches;
use super::{EventLog, Page, SpaceRegistry};

/// A position in the stream of all spaces. It is opaque, since engines differ in what they need to continue from it, and
/// belongs to one store. As text, it can be kept for later.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    store_id: Uuid,
    position: Vec<u64>,
}

impl Cursor {
    /// Creates the cursor of an engine.
    pub fn new(store_id: Uuid, position: Vec<u64>) -> Self {
        Self { store_id, position }
    }

    /// Returns the position, if this is a cursor of that store.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`].
    pub fn position_in(&self, store_id: Uuid) -> Result<&[u64], StoreError> {
        match self.store_id == store_id {
            true => Ok(&self.position),
            false => Err(invalid("it belongs to another store")),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.store_id.simple())?;
        self.position.iter().try_for_each(|number| write!(f, "-{number}"))
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let malformed = || invalid("it is not the text of a cursor");
        let mut parts = text.split('-');
        let store_id = parts.next().and_then(|id| Uuid::try_parse(id).ok()).ok_or_else(malformed)?;
        let position = parts.map(str::parse).collect::<Result<_, _>>().map_err(|_| malformed())?;
        Ok(Self { store_id, position })
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
        Ok(Cursor::new(self.store_id()?, vec![0]))
    }

    /// Returns the cursor after the last event.
    fn end(&self) -> Result<Cursor> {
        Ok(Cursor::new(self.store_id()?, vec![self.last_event_id()?.0]))
    }

    /// Returns up to `limit` of the events after a cursor, and the cursor after the last of them. It may return fewer, but
    /// none only at the end of the stream.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] if the cursor belongs to another store or lies after the end, as after a restore.
    fn read_after(&self, cursor: &Cursor, limit: usize) -> Result<(Vec<Event>, Cursor)> {
        let store_id = self.store_id()?;
        let &[after] = cursor.position_in(store_id)? else {
            return Err(invalid("it is not a cursor of this engine").into());
        };
        let events = self.read_all(Page::forward(Some(EventId(after)), limit))?;
        let last = events.last().map_or(after, |event| event.event_id.0);
        if events.is_empty() && after > self.last_event_id()?.0 {
            return Err(invalid("it lies after the last event; an older copy may have been restored").into());
        }
        Ok((events, Cursor::new(store_id, vec![last])))
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

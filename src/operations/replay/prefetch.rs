//! Reads events ahead of a replay, on threads that take the pieces of a space in turn, each with its own connection.

use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::{Builder, Scope};

use crate::content_store::ContentStore;
use crate::error::{ReplayError, Result};
use crate::event::SpaceSequence;
use crate::event_store::EventStore;
use crate::space::SpaceId;

use super::chunk::{self, Chunk};

/// The number of reading threads. Folding is the bottleneck: on two cores, a third reader would only wait.
const READERS: u64 = 2;
/// The number of sequences in a piece: one chunk, unless the payloads are large.
const PIECE: u64 = chunk::EVENTS as u64;
/// The number of chunks per reader that may wait to be folded.
const WAITING: usize = 1;

/// The events read ahead, in order.
pub(super) struct Prefetch {
    readers: Vec<Reader>,
    /// The reader whose piece is folded.
    turn: usize,
}

struct Reader {
    read: Receiver<Result<Read>>,
    spent: Sender<Chunk>,
}

/// A part of a piece.
struct Read {
    chunk: Chunk,
    ends_piece: bool,
}

impl Prefetch {
    /// Starts to read the events after `after` up to `last`.
    pub(super) fn of<'scope, 'env>(
        scope: &'scope Scope<'scope, 'env>,
        content: &'env ContentStore,
        after: SpaceSequence,
        last: SpaceSequence,
    ) -> Self {
        let readers = (0..READERS).map(|number| {
            let (full, read) = mpsc::sync_channel(WAITING);
            let (spent, empty) = mpsc::channel();
            let first = SpaceSequence(after.0 + number * PIECE);
            let reader = move || {
                let done = content.store().reconnect_to_scan().and_then(|store| {
                    let reading =
                        Reading { events: store.events(), space_id: content.space_id(), full: &full, empty };
                    reading.pieces(first, last)
                });
                if let Err(error) = done {
                    // If folding has stopped, nothing receives the error.
                    let _ = full.send(Err(error));
                }
            };
            // Without a thread, nothing is read ahead.
            let _ = Builder::new().spawn_scoped(scope, reader);
            Reader { read, spent }
        });
        Self { readers: readers.collect(), turn: 0 }
    }

    /// Passes the next chunk to `visit`. Returns false at the end or before a gap.
    pub(super) fn next(&mut self, visit: &mut dyn FnMut(&Chunk) -> Result<()>) -> Result<bool> {
        let reader = &self.readers[self.turn];
        let Ok(read) = reader.read.recv() else { return Ok(false) };
        let Read { chunk, ends_piece } = read?;
        if chunk.is_empty() {
            return Ok(false);
        }
        visit(&chunk)?;
        let _ = reader.spent.send(chunk.emptied());
        if ends_piece {
            self.turn = (self.turn + 1) % self.readers.len();
        }
        Ok(true)
    }
}

/// The state of a reading thread.
struct Reading<'a> {
    events: &'a dyn EventStore,
    space_id: SpaceId,
    full: &'a SyncSender<Result<Read>>,
    empty: Receiver<Chunk>,
}

impl Reading<'_> {
    /// Reads this thread's piece of each round, starting after `after`.
    fn pieces(&self, mut after: SpaceSequence, last: SpaceSequence) -> Result<()> {
        while after < last {
            let end = SpaceSequence(last.0.min(after.0 + PIECE));
            if !self.piece(after, end)? {
                return Ok(());
            }
            after.0 += READERS * PIECE;
        }
        Ok(())
    }

    /// Reads one piece. Returns false if it has no events.
    fn piece(&self, after: SpaceSequence, end: SpaceSequence) -> Result<bool> {
        let mut at = after;
        loop {
            let mut chunk = self.blank();
            let is_heavy = chunk.fill(self.events, self.space_id, at, end)?;
            let is_empty = chunk.is_empty();
            at = chunk.last().unwrap_or(at);
            self.send(chunk, !is_heavy)?;
            if !is_heavy {
                return Ok(!is_empty);
            }
        }
    }

    fn blank(&self) -> Chunk {
        self.empty.try_recv().unwrap_or_default()
    }

    fn send(&self, chunk: Chunk, ends_piece: bool) -> Result<()> {
        self.full.send(Ok(Read { chunk, ends_piece })).map_err(|_| ReplayError::cancelled().into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;
    use crate::apps::Crm;
    use crate::clock::Timestamp;
    use crate::content_store::Store;
    use crate::engines::sqlite::SqliteEventStore;
    use crate::engines::sqlite::SqlitePState;
    use crate::event::NewEvent;
    use crate::event_store::{Append, Expected};
    use crate::json::Json;
    use crate::sqlite::{Database, FileRole, OpenOptions};

    fn space_of(events: u64, payload: &str) -> ContentStore {
        fill(&Store::memory(), events, payload)
    }

    fn fill(store: &Store, events: u64, payload: &str) -> ContentStore {
        let crm = ContentStore::open(store, "crm_large", Arc::new(Crm)).unwrap();
        let payload = Json::from_stored(payload.to_owned());
        let events: Vec<NewEvent> =
            (0..events).map(|_| NewEvent::new("c1", "note.taken", payload.clone())).collect();
        let append = Append { expected: Expected::Any, now: Timestamp(1), events: &events };
        crm.store().events().append(crm.space_id(), append).unwrap();
        crm
    }

    /// Returns the sequences of each chunk read ahead, up to `last`.
    fn chunks(content: &ContentStore, last: u64) -> Vec<Vec<u64>> {
        let mut chunks = Vec::new();
        thread::scope(|scope| {
            let mut ahead = Prefetch::of(scope, content, SpaceSequence::START, SpaceSequence(last));
            let mut visit = |chunk: &Chunk| {
                chunks.push(chunk.events().iter().map(|event| event.space_sequence.0).collect());
                Ok(())
            };
            while ahead.next(&mut visit).unwrap() {}
        });
        chunks
    }

    #[test]
    fn all_events_are_read_ahead_in_order_piece_by_piece() {
        let crm = space_of(10 * PIECE + 7, "{}");
        for last in [1, PIECE, PIECE + 1, 10 * PIECE + 7] {
            let chunks = chunks(&crm, last);
            assert_eq!(chunks.len() as u64, last.div_ceil(PIECE));
            assert_eq!(chunks.concat(), (1..=last).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_piece_of_large_payloads_comes_in_several_chunks() {
        let crm = space_of(3 * PIECE, &format!("{:?}", "x".repeat(5000)));
        let chunks = chunks(&crm, 3 * PIECE);
        assert!(chunks.len() > 12, "{}", chunks.len());
        assert_eq!(chunks.concat(), (1..=3 * PIECE).collect::<Vec<_>>());
    }

    #[test]
    fn readers_that_share_a_connection_do_not_deadlock() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("store.db");
        let database = Database::open_or_create(&file, FileRole::Whole, &OpenOptions::default());
        let database = Arc::new(database.unwrap());
        let events = SqliteEventStore::new(Arc::clone(&database));
        let store = Store::new(Arc::new(events), Arc::new(SqlitePState::new(database)));
        let crm = fill(&store, 5 * PIECE, &format!("{:?}", "x".repeat(3000)));
        assert_eq!(chunks(&crm, 5 * PIECE).concat(), (1..=5 * PIECE).collect::<Vec<_>>());
    }

    #[test]
    fn reading_ahead_ends_with_the_log_whatever_the_counters_say() {
        let crm = space_of(PIECE + 5, "{}");
        assert_eq!(chunks(&crm, u64::MAX >> 24).concat(), (1..=PIECE + 5).collect::<Vec<_>>());
    }
}

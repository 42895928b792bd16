//! Projections in a PostgreSQL database. `schema.rs` explains the tables.

mod entities;
mod inspect;
mod live;
mod shadow;
mod unused;

pub(super) use entities::{entry_of, wanted};
pub(super) use live::{CHECKPOINT, advance, block, read as live};
pub(super) use shadow::activate;

use std::sync::Arc;

use tracing::debug_span;

use crate::error::Result;
use crate::event_store::{Access, Advance, Page, ReadyShadow};
use crate::id::SpaceId;
use crate::operator::Operator;
use crate::pstate::{
    BlockingEvent, Changes, Entries, Entry, LiveProjection, NoEntries, ProjectionId, ReadProjections, Seen,
    Shadow, Shadows, StoredProjection, WriteProjections, moved,
};
use crate::space::Checkpoint;

use super::database::{self, Database, Session};
use super::log::row::{number, of_space};

/// Projections in a PostgreSQL database.
pub struct PostgresPState {
    pub(super) database: Arc<Database>,
}

impl PostgresPState {
    pub(super) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl ReadProjections for PostgresPState {
    fn get(&self, id: ProjectionId<'_>, key: &str) -> Result<Option<Entry>> {
        self.database.read(|session| entities::get(session, id, key))
    }

    fn multi_get(&self, id: ProjectionId<'_>, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        self.database.read(|session| match live::find(session, id)? {
            Some(live) => entities::multi_get(session, (id.space_id, live.projection_id), keys),
            None => Ok(vec![None; keys.len()]),
        })
    }

    fn scan(&self, id: ProjectionId<'_>, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.database.read(|session| match live::find(session, id)? {
            Some(live) => entities::scan(session, (id.space_id, live.projection_id), prefix, &page),
            None => Ok(Vec::new()),
        })
    }

    fn open(&self, id: ProjectionId<'_>) -> Result<LiveProjection<'_>> {
        let live = match self.database.foreseen(id.space_id, |seen| seen.live.get(id.name).cloned()) {
            Some(live) => live,
            None => self.database.read(|session| live::find(session, id))?,
        };
        let Some(live) = live else {
            let entries = Box::new(NoEntries);
            return Ok(LiveProjection { checkpoint: Checkpoint::default(), definition: None, entries });
        };
        let (checkpoint, place) = (live.checkpoint, (id.space_id, live.projection_id));
        let entries = Box::new(LiveEntries { database: &self.database, place });
        Ok(LiveProjection { checkpoint, definition: live.definition, entries })
    }

    fn checkpoint(&self, id: ProjectionId<'_>) -> Result<Checkpoint> {
        let live = self.database.read(|session| live::find(session, id))?;
        Ok(live.map(|live| live.checkpoint).unwrap_or_default())
    }

    fn names(&self, space_id: SpaceId) -> Result<Vec<String>> {
        self.database.read(|session| live::names(session, space_id))
    }

    fn stored(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<StoredProjection>>> {
        self.database.read(|session| live::stored(session, space_ids))
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.database.snapshot(work)
    }
}

/// The entries of one projection, live or not.
struct LiveEntries<'a> {
    database: &'a Database,
    place: entities::Place,
}

impl Entries for LiveEntries<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        let (space_id, projection_id) = self.place;
        match self.database.foreseen(space_id, |seen| seen.entry(projection_id, key)).flatten() {
            Some(entry) => Ok(entry),
            None => self.database.read(|session| entities::find(session, self.place, key)),
        }
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.database.read(|session| entities::scan(session, self.place, prefix, &page))
    }
}

impl WriteProjections for PostgresPState {
    fn write(&self, id: ProjectionId<'_>, changes: &Changes) -> Result<()> {
        self.database.write(|session| {
            let live = live::live(session, id)?;
            live::write(session, id, &live, changes, live.checkpoint).map(drop)
        })
    }

    fn write_if(&self, id: ProjectionId<'_>, seen: &[Seen<'_>], changes: &Changes) -> Result<Vec<String>> {
        let keys: Vec<&str> = seen.iter().map(|seen| seen.key).collect();
        self.database.write(|session| {
            let live = match live::find_locked(session, id)? {
                Some(live) => live,
                None => {
                    let moved = moved(seen, &vec![None; keys.len()]);
                    if !moved.is_empty() || changes.is_empty() {
                        return Ok(moved);
                    }
                    // Another transaction may create it first and write to it, so the values are compared again.
                    live::live(session, id)?
                }
            };
            let found = entities::multi_get(session, (id.space_id, live.projection_id), &keys)?;
            let moved = moved(seen, &found);
            if moved.is_empty() && !changes.is_empty() {
                live::write(session, id, &live, changes, live.checkpoint)?;
            }
            Ok(moved)
        })
    }

    fn advance(&self, id: ProjectionId<'_>, advance: &Advance<'_>) -> Result<()> {
        let (space_id, keys) = (id.space_id.0, advance.changes.len());
        let _span = debug_span!("put", space_id, name = id.name, keys).entered();
        self.database.write(|session| live::advance(session, id, advance).map(drop))
    }

    fn block(&self, id: ProjectionId<'_>, event: &BlockingEvent) -> Result<()> {
        self.database.write(|session| live::block(session, id, event))
    }

    fn remove(&self, id: ProjectionId<'_>) -> Result<()> {
        self.database.write(|session| live::remove(session, id))
    }

    fn delete_some(&self, space_id: SpaceId, limit: usize) -> Result<bool> {
        self.database.write(|session| {
            let space = of_space(space_id);
            session.execute("DELETE FROM projection_checkpoints WHERE space_id = $1", &[&space])?;
            session.execute("UPDATE projections SET state = 'retired' WHERE space_id = $1", &[&space])?;
            unused::sweep_space(session, space_id, limit)
        })
    }
}

impl Shadows for PostgresPState {
    fn shadow(
        &self,
        id: ProjectionId<'_>,
        definition: Option<&str>,
        access: Access,
        owner: Option<&Operator>,
    ) -> Result<Box<dyn Shadow + '_>> {
        let owner = owner.and_then(|owner| serde_json::to_string(owner).ok());
        let shadow = shadow::PostgresShadow::begin(&self.database, id, definition, access, owner.as_deref())?;
        Ok(Box::new(shadow))
    }

    fn activate(
        &self,
        id: ProjectionId<'_>,
        shadow: ReadyShadow,
        changes: &Changes,
        at: Checkpoint,
    ) -> Result<u64> {
        self.database.write(|session| activate(session, id, shadow, changes, at))
    }

    fn sweep_unused(&self, is_gone: &dyn Fn(&Operator) -> bool, limit: usize) -> Result<bool> {
        // Looks before it writes: usually there is nothing to do.
        if self.database.read(|session| unused::first_left(session, is_gone))?.is_none() {
            return Ok(false);
        }
        self.database.write(|session| {
            // Rows that are there again are removed by the next sweep.
            session.commit_without_waiting()?;
            unused::sweep(session, is_gone, limit)
        })
    }

    fn sweep(&self, space_id: SpaceId, limit: usize) -> Result<bool> {
        // Looks before it writes: usually there is nothing to do.
        if self.database.read(|session| unused::retired(session, space_id))?.is_none() {
            return Ok(false);
        }
        self.database.write(|session| {
            session.commit_without_waiting()?;
            unused::sweep_space(session, space_id, limit)
        })
    }
}

/// Counts the rows of a space by table.
pub(super) fn rows_by_table(
    session: &mut Session,
    space_id: SpaceId,
) -> database::Result<Vec<(String, u64)>> {
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table} WHERE space_id = $1");
        Ok((table.to_owned(), number(session.one(&sql, &[&of_space(space_id)])?.get(0))))
    };
    ["projection_checkpoints", "projections", "projection_entities"].into_iter().map(count).collect()
}

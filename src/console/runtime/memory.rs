//! Reads and writes the memory of the console, on a thread of its own.

use std::path::PathBuf;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::clock::{Clock, SystemClock};
use crate::console::app::memory::{MemoryCommand, MemoryNews, ReadMemory};
use crate::content_store::Store;
use crate::error::Result;
use crate::masking::MaskedPath;
use crate::operations::find_record;
use crate::sqlite::Location;
use crate::state_files::{
    LastPosition, RecentFile, SavedQuery, SpaceRef, StateDirectory, StateFileError, StoreMemory, UsedQuery,
};

/// The memory of one store in the files of a user.
pub(in crate::console) struct Keeper {
    directory: StateDirectory,
    store_id: Uuid,
    incarnation: Option<Uuid>,
    /// The absolute path of the database.
    path: PathBuf,
    projections: Option<PathBuf>,
    /// The last removal that this console has seen.
    removal: Mutex<Uuid>,
}

impl Keeper {
    /// Returns the keeper of a store's memory; none if the store is not in a file.
    pub(in crate::console) fn of(store: &Store, directory: StateDirectory) -> Result<Option<Self>> {
        let Some(Location { database, projections }) = store.location().cloned() else { return Ok(None) };
        let absolute = |path: PathBuf| path.canonicalize().unwrap_or(path);
        Ok(Some(Self {
            directory,
            store_id: store.events().store_id()?,
            incarnation: store.events().incarnation()?,
            path: absolute(database),
            projections: projections.map(absolute),
            removal: Mutex::default(),
        }))
    }

    /// Reads the memory, and records that the file was opened.
    pub(in crate::console) fn read(&self) -> ReadMemory {
        let mut read = ReadMemory::default();
        match self.directory.keep_broken_aside(self.store_id) {
            Ok(kept) => {
                let kept = kept.iter().map(|(error, aside)| format!("{error}; kept as {}", aside.shown()));
                read.problem = kept.reduce(|all, one| format!("{all}; {one}")).map(|all| problem(&all));
            }
            Err(error) => read.problem = Some(problem(&error.to_string())),
        }
        if let Err(error) = self.read_into(&mut read) {
            read.problem.get_or_insert(format!("nothing is remembered: {error}"));
        }
        read
    }

    /// Returns the memory of a disk that does not respond: none.
    pub(in crate::console) fn unread(&self) -> ReadMemory {
        let directory = self.directory.path().shown();
        let problem = Some(problem(&format!("{directory} does not respond")));
        ReadMemory { problem, ..ReadMemory::default() }
    }

    fn read_into(&self, read: &mut ReadMemory) -> Result<(), StateFileError> {
        // Readable files are used even if they cannot be written.
        self.show(read, self.directory.store(self.store_id)?);
        read.recent = self.others(self.directory.recent()?.files);
        let opened = RecentFile {
            path: self.path.clone(),
            projections: self.projections.clone(),
            at: SystemClock.now(),
        };
        self.directory.change_recent(&mut |recent| recent.add(opened.clone()))?;
        // Written even if it is empty, so that a delete finds the file of a console that has not written yet.
        let memory = self.directory.change_store(self.store_id, &mut |_| {})?;
        self.show(read, memory);
        read.is_kept = true;
        Ok(())
    }

    fn show(&self, read: &mut ReadMemory, memory: StoreMemory) {
        *self.removal.lock() = memory.removal;
        let position = memory.position(&self.path.to_string_lossy());
        read.position = position.cloned();
        read.memory = memory;
    }

    fn others(&self, mut files: Vec<RecentFile>) -> Vec<RecentFile> {
        files.retain(|file| file.path != self.path);
        files
    }

    /// Finds the space of the position. In another incarnation of the store, its id may stand for another space.
    pub(in crate::console) fn with_current_space(&self, store: &Store, read: ReadMemory) -> ReadMemory {
        let Some(position) = read.position else { return read };
        let is_same = position.incarnation == self.incarnation;
        let find = |space: &SpaceRef| {
            let by_id = store.events().space(space.id).ok().flatten();
            let by_id = by_id.filter(|found| is_same || found.space.space_name == space.name);
            by_id.or_else(|| find_record(store, &space.name).ok()).map(|found| found.space)
        };
        let space = position.space.as_ref().and_then(find);
        let space = space.map(|space| SpaceRef { id: space.space_id, name: space.space_name });
        // Without the space, its event and its key mean nothing.
        let event = position.event.filter(|_| space.is_some() || position.all_spaces);
        let key = position.key.clone().filter(|_| space.is_some());
        ReadMemory { position: Some(LastPosition { space, event, key, ..position }), ..read }
    }

    /// Writes a change.
    pub(in crate::console) fn write(&self, command: MemoryCommand) -> MemoryNews {
        let mut known = self.removal.lock();
        let path = self.path.to_string_lossy();
        let (at, before) = (SystemClock.now(), *known);
        let changed = self.directory.change_store(self.store_id, &mut |memory| match command.clone() {
            // It may quote what was removed. The next one does not.
            MemoryCommand::Keep(_) if memory.removal != before => {}
            MemoryCommand::Keep(position) => {
                let position = LastPosition { at, incarnation: self.incarnation, ..*position };
                memory.positions.insert(path.to_string(), position);
            }
            MemoryCommand::AddPast(past) => memory.add_past(UsedQuery { at, ..past }),
            MemoryCommand::Save(saved) => memory.save(SavedQuery { at, ..saved }),
            MemoryCommand::RemoveSaved(name) => memory.remove_saved(&name),
        });
        match changed {
            Ok(memory) if memory.removal != before => {
                *known = memory.removal;
                MemoryNews::Removed(Box::new(memory))
            }
            Ok(_) => match command {
                MemoryCommand::Save(saved) => MemoryNews::Saved(saved.name),
                _ => MemoryNews::Written,
            },
            Err(error) => MemoryNews::Failed(error.to_string()),
        }
    }
}

fn problem(what: &str) -> String {
    format!("the console's memory could not be read: {what}")
}

//! Tests of files that the Elixir original wrote. Those in `tests/files/elixir` are its own.

mod damaged;
mod flashcards;
mod hostile_file;
mod import;
mod leftovers;
mod lists;
mod read_only;
mod tenants;
mod terms;

use std::path::{Path, PathBuf};

use ramax::event_store::SpaceRecord;
use ramax::pstate::ProjectionId;
use ramax::{Event, EventId, Location, OpenOptions, Page, SpaceId, SpaceSequence, Store};

/// A copy of a file of the original, in a directory of its own.
struct Original {
    directory: tempfile::TempDir,
}

impl Original {
    fn of(name: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::copy(file(name), directory.path().join("app.db")).unwrap();
        Self { directory }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("app.db")
    }

    /// Changes the file as another program.
    fn change(&self, statements: &str) -> &Self {
        self.connect().execute_batch(statements).unwrap();
        self
    }

    fn connect(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }

    fn open(&self) -> Store {
        Store::open(&Location::file(self.path()), OpenOptions::default()).unwrap()
    }

    /// Returns the names in the directory.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/elixir").join(name)
}

/// Opens a file of the original where it is.
fn opened(name: &str) -> Store {
    Store::open(&Location::file(file(name)), OpenOptions::default()).unwrap()
}

fn spaces(store: &Store) -> Vec<SpaceRecord> {
    store.events().spaces(Page::forward(None, 100)).unwrap()
}

fn event(store: &Store, event_id: u64) -> Event {
    store.events().event(EventId(event_id)).unwrap().unwrap()
}

fn payload(store: &Store, event_id: u64) -> String {
    event(store, event_id).payload.to_string()
}

fn value(store: &Store, space: u32, key: &str) -> String {
    store.pstate().get(ProjectionId::from(SpaceId(space)), key).unwrap().unwrap().value.to_string()
}

/// Reads the events of a space in small pages, forward or backward.
fn paged(store: &Store, space: u32, backward: bool) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after: Option<SpaceSequence> = events.last().map(|event| event.space_sequence);
        let page = if backward { Page::backward(after, 3) } else { Page::forward(after, 3) };
        let read = store.events().read_space(SpaceId(space), page).unwrap();
        if read.is_empty() {
            return events;
        }
        events.extend(read);
    }
}

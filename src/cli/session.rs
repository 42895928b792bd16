//! What one run of the command line works with.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::apps::Apps;
use crate::content_store::{App, Location, Store};
use crate::error::{Error, Result, StoreError};
use crate::operations;
use crate::sqlite::OpenOptions;
use crate::text::counted;

use super::exit::Failure;
use super::global::Global;
use super::interrupt::Signals;
use super::narration::Narration;
use super::operator;
use super::output::Output;

/// One run: where the database is, and where to write.
pub struct Session {
    pub(super) global: Global,
    pub(super) apps: Apps,
    pub(super) out: Output,
    pub(super) narration: Narration,
    pub(super) signals: Signals,
    /// The database that the command line names.
    pub(super) named: Option<PathBuf>,
}

impl Session {
    pub(super) fn new(named: Option<PathBuf>, global: Global, apps: Apps, signals: Signals) -> Self {
        let (out, narration) = (Output::new(global.json), Narration::new(global.json));
        Self { global, apps, out, narration, signals, named }
    }

    /// Says a line on standard error, after what was written to standard output before it.
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.out.flush()?;
        self.narration.say(text);
        Ok(())
    }

    /// Opens the database, which has to exist.
    pub(super) fn open(&self) -> Result<Store, Failure> {
        self.open_with(Store::open)
    }

    /// Whether the database would have to be created.
    pub(super) fn is_missing(&self) -> Result<bool, Failure> {
        Ok(!self.location()?.database.exists())
    }

    /// Opens the database, and creates it if it is missing.
    pub(super) fn open_or_create(&self) -> Result<Store, Failure> {
        self.open_with(Store::open_or_create)
    }

    /// The app of that name.
    pub(super) fn app_named(&self, name: &str) -> Result<Arc<dyn App>, Failure> {
        self.apps.named(name).ok_or_else(|| {
            let hint = format!("apps: {}", self.apps.names().join(", "));
            Failure::usage("unknown_app", format!("there is no app {name}"), hint)
        })
    }

    fn open_with(&self, open: fn(&Location, OpenOptions) -> Result<Store>) -> Result<Store, Failure> {
        let store = open(&self.location()?, self.global.options())?;
        if !store.is_read_only() {
            self.settle(&store)?;
        }
        Ok(store.with_operator(operator::of_this_process("cli")))
    }

    /// Finds operations that were interrupted. A file that is busy is left for the next to do it.
    fn settle(&self, store: &Store) -> Result<(), Failure> {
        match operations::settle(store, operator::is_there) {
            Ok(0) | Err(Error::Store(StoreError::Busy { .. })) => Ok(()),
            Ok(count) => {
                let found = counted(count as u64, "operation", "operations");
                self.narration.say(&format!("{found} before this one did not end; `ramax log` shows which"));
                Ok(())
            }
            // What can only be looked at shall be looked at.
            Err(Error::Store(StoreError::Corrupt { .. })) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn location(&self) -> Result<Location, Failure> {
        let database = self.named.as_ref().or(self.global.db()).ok_or_else(|| {
            Failure::usage(
                "no_database",
                "no database is named",
                "name one with --db FILE or RAMAX_DB=FILE, or start with `ramax demo`",
            )
        })?;
        Ok(Location { database: database.clone(), projections: self.global.projections.clone() })
    }
}

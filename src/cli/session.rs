//! What one run of the command line works with.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::apps::Apps;
use crate::content_store::{App, Location, Store};
use crate::error::Result;
use crate::sqlite::OpenOptions;

use super::exit::Failure;
use super::global::Global;
use super::narration::Narration;
use super::output::Output;

/// One run: where the database is, and where to write.
pub struct Session {
    pub(super) global: Global,
    pub(super) apps: Apps,
    pub(super) out: Output,
    pub(super) narration: Narration,
    /// The database that the command line names.
    pub(super) named: Option<PathBuf>,
}

impl Session {
    pub(super) fn new(named: Option<PathBuf>, global: Global, apps: Apps) -> Self {
        let (out, narration) = (Output::new(global.json), Narration::new(global.json));
        Self { global, apps, out, narration, named }
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

    /// Whether nothing may be changed.
    pub(super) fn is_read_only(&self) -> bool {
        self.global.options().read_only
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
        Ok(open(&self.location()?, self.global.options())?)
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

//! The state of one run of the command line.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::content_store::{App, Apps, ContentStore, Store};
use crate::error::{Error, Result, StoreError};
use crate::masking::MaskedPath;
use crate::operations::{
    self, Attempt, Operation, OperationContext, Phases, ReviewDecision, Reviewer, Target,
};
use crate::operator::Operator;
use crate::space::{Space, SpaceId};
use crate::sqlite::{CreateFiles, Location, RemainingWal, Stop};
use crate::state_files::{MemoryOfStore, StateDirectory};
use crate::text::{counted, nearest};

use super::arguments::is_command_like;
use super::exit::Failure;
use super::global::Global;
use super::interrupt::{Interrupt, Signals};
use super::messages::Messages;
use super::meter::ProgressMeter;
use super::output::Output;
use super::program::Program;
use super::shell::option;
use super::{operator, remedy, server};

/// One run: its options, its database and its output.
pub struct Session {
    pub(super) global: Global,
    pub(super) program: Program,
    pub(super) apps: Apps,
    pub(super) out: Output,
    pub(super) messages: Messages,
    pub(super) signals: Signals,
    /// The database named on the command line.
    pub(super) named: Option<PathBuf>,
    /// Stops the work on a server.
    pub(super) stop: Stop,
    /// A description of what was done, which holds even if the output fails.
    pub(super) done: Option<String>,
    /// The files that were opened without being named on the command line.
    pub(super) opened: Arc<Mutex<Vec<Location>>>,
    /// Decides about a rebuild that is to be reviewed.
    pub(super) reviewer: Box<dyn Reviewer>,
    /// The store and the input of a run inside another one.
    pub(super) within: Option<Within>,
}

/// A run inside another one: its open store, and the contents of its standard input.
pub(super) struct Within {
    pub(super) store: Store,
    pub(super) input: Vec<u8>,
}

impl Session {
    pub(super) fn new(named: Option<PathBuf>, global: Global, program: &Program, signals: Signals) -> Self {
        let (out, messages) = (Output::new(global.format(), &signals), Messages::new(program, &global));
        let (program, apps) = (program.clone(), program.apps().clone());
        let (reviewer, stop) = (Box::new(ReviewDecision::Discard), Stop::default());
        let opened = Arc::default();
        Self {
            stop,
            global,
            program,
            apps,
            out,
            messages,
            signals,
            named,
            done: None,
            opened,
            reviewer,
            within: None,
        }
    }

    /// Returns standard input.
    pub(super) fn input(&self) -> Box<dyn Read> {
        match &self.within {
            Some(within) => Box::new(io::Cursor::new(within.input.clone())),
            None => Box::new(self.signals.stdin()),
        }
    }

    /// Writes a line to standard error, after the standard output written so far.
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.out.flush()?;
        self.messages.say(text);
        Ok(())
    }

    /// Opens an existing database.
    pub(super) fn open(&self) -> Result<Store, Failure> {
        self.open_with(CreateFiles::Never)
    }

    /// Opens the database to check it. Returns false as well if its projections file is too damaged to be opened.
    pub(super) fn open_to_check(&self) -> Result<(Store, bool), Failure> {
        match self.open() {
            Err(failure) if failure.kind == "projections_damaged" => {
                let store = Store::open_to_check(&self.location()?, self.global.options())?;
                self.signals.stops(store.stop());
                Ok((store, false))
            }
            opened => Ok((opened?, true)),
        }
    }

    /// Opens the database that is named without a command. A single word may also be a mistyped command.
    pub(super) fn open_alone(&self) -> Result<Store, Failure> {
        self.open().map_err(|failure| match failure.kind {
            "missing" => match self.named.as_deref().filter(|word| is_command_like(word)) {
                Some(word) => failure.advise(&format!("there is no command {} either", word.shown())),
                None => failure,
            }
            .advise("`ramax --help` lists the commands"),
            _ => failure,
        })
    }

    /// Opens the database to rebuild its projections. The projections file may be missing.
    pub(super) fn open_to_rebuild(&self) -> Result<Store, Failure> {
        self.open_with(CreateFiles::ProjectionsIfMissing)
    }

    /// Returns true if the database would have to be created.
    pub(super) fn is_missing(&self) -> Result<bool, Failure> {
        let database = self.database()?;
        Ok(self.within.is_none() && !server::is_address(database) && !database.exists())
    }

    /// Opens the database, and creates it if it is missing.
    pub(super) fn open_or_create(&self) -> Result<Store, Failure> {
        self.open_with(CreateFiles::IfMissing)
    }

    /// Returns the app with this name.
    pub(super) fn app_named(&self, name: &str) -> Result<Arc<dyn App>, Failure> {
        self.apps.named(name).ok_or_else(|| {
            let known = self.apps.names();
            let nearest = nearest(name, known.iter().copied());
            let meant = nearest.map_or_else(String::new, |nearest| format!("did you mean {nearest}? "));
            let hint = format!("{meant}apps: {}", known.join(", "));
            Failure::usage("unknown_app", format!("there is no app {name}"), hint)
        })
    }

    fn open_with(&self, create: CreateFiles) -> Result<Store, Failure> {
        if let Some(within) = &self.within {
            return Ok(Self::with_memory(within.store.clone())?);
        }
        self.signals.before_opening();
        let store = self.open_named(create)?;
        self.signals.stops(store.stop());
        if !store.is_read_only() {
            let count = Self::clean_up(&store)?;
            if count > 0 {
                let found = counted(count as u64, "operation", "operations");
                self.messages
                    .say(&format!("{found} before this one did not finish; `ramax log` shows which"));
            }
        }
        let (messages, is_reported) = (self.messages, AtomicBool::new(false));
        // Reported once, because the next entry would fail for the same reason.
        let tell = move |error: &Error| {
            let is_stopped = matches!(error, Error::Store(StoreError::Stopped));
            if !is_stopped && !is_reported.swap(true, Ordering::Relaxed) {
                messages.say(&format!("this was not recorded in the audit log: {error}"));
            }
        };
        let store = Self::with_memory(store)?;
        Ok(store.with_operator(operator::of_this_process("cli")).on_audit_error(tell))
    }

    /// Names the console's memory to a store, so that deletes and redactions reach it.
    pub(super) fn with_memory(store: Store) -> Result<Store> {
        let (directory, store_id) = (StateDirectory::of_user().ok(), store.events().store_id()?);
        Ok(store.with_client_memory(Arc::new(MemoryOfStore { directory, store_id })))
    }

    /// Opens the database that is named: files, or one on a server.
    fn open_named(&self, create: CreateFiles) -> Result<Store, Failure> {
        let database = self.database()?;
        if !server::is_address(database) {
            return Ok(self.open_watched(&self.location()?, create)?);
        }
        if let Some(projections) = &self.global.projections {
            let message =
                format!("{} is on a server, which holds its projections too", server::shown(database));
            let hint = format!("name it without --projections {}", projections.shown());
            return Err(Failure::usage("projections_on_server", message, hint));
        }
        // A server may not answer, and a signal ends the wait.
        self.signals.stops(&self.stop);
        server::open(database, self.global.options(), create, (self.stop.clone(), self.messages))
    }

    /// Notes that a file is opened by other means than by its name on the command line.
    #[cfg(any(feature = "console", feature = "demo"))]
    pub(super) fn note_opened(&self) -> impl Fn(&Location) + Send + std::marker::Sync + use<> {
        let opened = Arc::clone(&self.opened);
        move |location| opened.lock().push(location.clone())
    }

    /// Reports each WAL that could not be removed when its database was closed.
    pub(super) fn report_remaining_wals(&self) {
        if self.global.read_only {
            return;
        }
        let named = self.location().into_iter().chain(std::mem::take(&mut *self.opened.lock()));
        let files: BTreeSet<PathBuf> = named
            .flat_map(|location| std::iter::once(location.database).chain(location.projections))
            .collect();
        for remaining in files.iter().filter_map(|file| RemainingWal::find(file)) {
            self.messages.note("wal_remains", &remaining.to_string());
        }
    }

    /// Warns of a password on the command line.
    pub(super) fn warn_of_password(&self) {
        if self.named.as_deref().is_some_and(server::has_password) {
            self.messages.announce(
                "password_visible",
                "other users of this machine can see a password on a command line: put the address into RAMAX_DB, or the \
                 password into PGPASSWORD, ~/.pgpass or a service that PGSERVICE names",
            );
        }
    }

    /// Opens the files. If they have to be migrated, shows the progress, and gives up after a signal.
    fn open_watched(&self, location: &Location, create: CreateFiles) -> Result<Store> {
        let interrupt = OnceCell::new();
        let mut meter = None;
        let opened = Store::open_watched(location, self.global.options(), create, &mut |progress| {
            let start = || {
                let title = format!("migrating {}", location.database.shown());
                let interrupt = interrupt.get_or_init(|| self.signals.listen());
                ProgressMeter::start(self.messages, interrupt, title, Phases::ONE)
            };
            meter.get_or_insert_with(start).watch(progress.into())
        });
        meter.map(ProgressMeter::end);
        opened
    }

    /// Records that an operation was refused before it started, if the database exists.
    pub(super) fn refused(&self, attempt: Attempt<'_>, failure: Failure) -> Failure {
        if let (Ok(false), Ok(store)) = (self.is_missing(), self.open()) {
            return attempt.refused(&store, failure);
        }
        failure
    }

    /// Returns the space with this name or id. A failure is recorded.
    pub(super) fn find(
        store: &Store,
        name: &str,
        attempt: impl FnOnce(Target<'_>) -> Attempt<'_>,
    ) -> Result<Space, Failure> {
        let found = operations::find_record(store, name).map(|record| record.space);
        found.map_err(|error| attempt(Target::Name(name)).refused(store, error.into()))
    }

    /// Opens the space with this name or id and its app. A failure is recorded.
    pub(super) fn space(
        &self,
        store: &Store,
        name: &str,
        attempt: impl Fn(Target<'_>) -> Attempt<'_>,
    ) -> Result<ContentStore, Failure> {
        let space = Self::find(store, name, &attempt)?;
        let opened = operations::open_space(store, &self.apps, space.clone());
        opened.map_err(|error| attempt(Target::of(&space)).refused(store, error.into()))
    }

    /// Returns the context in which operations run.
    pub(super) fn context<'a>(&'a self, store: &'a Store) -> OperationContext<'a> {
        OperationContext { reviewer: &*self.reviewer, ..OperationContext::new(store, &self.apps) }
    }

    /// Runs an operation that reports its progress under this title. Returns its result and its duration.
    pub(super) fn run<O: Operation<Error = Error>>(
        &self,
        operation: &mut O,
        target: Target<'_>,
        store: &Store,
        (interrupt, title): (&Interrupt, String),
    ) -> Result<(O::Done, Duration), Failure> {
        let mut meter = ProgressMeter::start(self.messages, interrupt, title, operation.phases());
        let done = operation.run(target, self.context(store), &mut |progress| meter.watch(progress));
        let taken = meter.end();
        Ok((done.map_err(|error| Self::failed(store, target, error))?, taken))
    }

    /// Returns the failure of an operation, whose advice names its space.
    pub(super) fn failed(store: &Store, target: Target<'_>, error: Error) -> Failure {
        let failure = Failure::from(error);
        match target.space_id() {
            Some(space_id) => Self::over_space(store, space_id, failure),
            None => failure,
        }
    }

    /// Puts the space's name into the commands that a failure advises. If the space is being deleted, advises
    /// the command that resumes the delete.
    pub(super) fn over_space(store: &Store, space_id: SpaceId, failure: Failure) -> Failure {
        let record = store.events().space(space_id).ok().flatten();
        let is_closed = matches!(failure.kind, "space_deleting" | "space_importing");
        let space = record.as_ref().map(|record| &record.space).filter(|_| is_closed);
        if let Some(running) = space.and_then(|space| Self::worked_on(store, space, &failure)) {
            return running;
        }
        if failure.kind == "unknown_app" && store.is_original() {
            // No app can be named in a file of the original.
            let hint =
                "its events and stored projections can be read; anything else needs a program with its app";
            return Failure { hint: Some(hint.into()), ..failure };
        }
        if failure.kind != "space_deleting" {
            return match record {
                Some(record) => failure.about_space(&record.space.space_name),
                None => failure,
            };
        }
        let resume = record.and_then(|record| {
            let owed = operations::unfinished_delete(store, &record.space).ok()?;
            Some(remedy::resume_delete(&record.space.space_name, &owed))
        });
        let hint = resume.map(|command| format!("finish it with {command}").into());
        Failure { hint: hint.or(failure.hint), ..failure }
    }

    /// Returns the failure with the running operation that has closed a space, if there is one.
    fn worked_on(store: &Store, space: &Space, failure: &Failure) -> Option<Failure> {
        let running = Failure::from(Error::from(operations::worked_on(store, space).ok()??));
        let closed = space.check_open().err()?.to_string();
        let message = failure.message.replace(&closed, &running.message);
        Some(Failure { message, ..running })
    }

    /// Finds interrupted operations and removes their leftovers. Returns the number of those that were found. If the file is
    /// busy or the disk is full, leaves that to the next run.
    pub(super) fn clean_up(store: &Store) -> Result<usize> {
        let marked = operations::mark_interrupted(store, Operator::is_running);
        let swept = operations::sweep_leftovers(store, Operator::is_running);
        match marked.and_then(|count| swept.map(|()| count)) {
            Err(Error::Store(StoreError::Busy { .. } | StoreError::NoRoom(_))) => Ok(0),
            // A corrupt file can still be read.
            Err(Error::Store(StoreError::Corrupt { .. } | StoreError::ProjectionsCorrupt { .. })) => Ok(0),
            other => other,
        }
    }

    /// Returns the options with which another command opens the same database, if it needs any.
    pub(super) fn database_options(&self) -> Option<String> {
        let projections = self.global.projections.as_ref();
        let files = [("--db", self.named.as_ref()), ("--projections", projections)];
        let options = files.into_iter().filter_map(|(name, file)| Some(option(name, &server::shown(file?))));
        Some(options.collect::<Vec<_>>().join(" ")).filter(|options| !options.is_empty())
    }

    /// Returns the database that is named: a file, or the address of one on a server.
    pub(super) fn database(&self) -> Result<&Path, Failure> {
        let named = self.named.as_deref().or(self.global.db().map(PathBuf::as_path));
        let named = named.ok_or_else(|| {
            Failure::usage("no_database", "no database is named", self.program.how_to_name_the_database())
        })?;
        server::check_name(named)?;
        Ok(named)
    }

    /// Returns the files of the database.
    pub(super) fn location(&self) -> Result<Location, Failure> {
        let database = self.database()?;
        if server::is_address(database) {
            return Err(Failure::usage("no_files", "a database on a server has no files", "name a file"));
        }
        Ok(Location { database: database.to_owned(), projections: self.global.projections.clone() })
    }
}

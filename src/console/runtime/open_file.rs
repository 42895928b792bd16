//! A file that is open: its store, and the threads that work on it.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::Result;

use crate::console::app::effect::{FileQuery, StepCommand, StoreCommand, StoreQuery};
use crate::console::app::memory::{self, MemoryCommand, ReadMemory};
use crate::console::app::message::Message;
use crate::console::app::past::PastCommand;
use crate::console::app::state::{ConsoleState, DatabaseState, Level, RequestId};
use crate::console::layers::guide::Walk;
use crate::console::layers::recent;
use crate::console::runtime::channel::{FileNumber, Teller};
use crate::console::runtime::files::Places;
use crate::console::runtime::memory::Keeper;
use crate::console::runtime::past::{Past, PastThread};
use crate::console::runtime::threads::Died;
use crate::console::runtime::workers::{Questions, Workers};
use crate::console::runtime::{ConsoleOptions, files, queries, threads};
use crate::console::widgets::moment::Moments;
use crate::console::{database_name, file_count, location};
use crate::content_store::{Apps, Store};
use crate::event_store::Page;
use crate::operations::Pause;
use crate::space::Space;
use crate::state_files::StateDirectory;

/// How long to wait for the state files when a file is opened.
const MEMORY_PATIENCE: Duration = Duration::from_millis(300);

/// A file with the threads that work on it. When it is dropped, their work ends where the data is intact, and all
/// connections are closed.
pub(super) struct OpenFile {
    pub(super) number: FileNumber,
    /// Sends what concerns this file.
    pub(super) tell: Teller,
    pub(super) workers: Workers,
    pub(super) pages: Questions<StoreQuery>,
    /// Separate from the pages, which do not wait for what is only offered while a user types.
    pub(super) suggestions: Questions<StoreQuery>,
    pub(super) commands: Questions<StoreCommand>,
    /// Keeps the fold of a space.
    pub(super) past: PastThread,
    /// Separate from the other workers, because a file may be on a disk that does not respond.
    pub(super) files: Questions<FileQuery>,
    pub(super) places: Places,
    /// Runs the steps of the walk, if there is one.
    pub(super) steps: Option<Questions<StepCommand>>,
    /// Keeps the memory, if there is one.
    pub(super) memory: Option<Questions<MemoryCommand>>,
    /// The memory, until the state has it.
    read: Option<ReadMemory>,
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.workers.close();
    }
}

impl OpenFile {
    /// Starts the threads that work on a store, except the one that follows it.
    pub(super) fn start(
        store: Store,
        apps: &Apps,
        options: &ConsoleOptions,
        (number, tell): (FileNumber, &Teller),
    ) -> Result<Self> {
        let workers = Workers::of(store);
        let tell = tell.of_file(number);
        Self::with(&workers, apps, options, (number, tell)).inspect_err(|_| workers.close())
    }

    fn with(
        workers: &Workers,
        apps: &Apps,
        options: &ConsoleOptions,
        (number, tell): (FileNumber, Teller),
    ) -> Result<Self> {
        let store = workers.store()?;
        let reading = |thread| -> Result<Questions<StoreQuery>> {
            let (reader, apps, bound) = (store.reconnect()?, apps.clone(), options.settings.keys.clone());
            let answer = move |query, pause: &mut Pause<'_>| {
                queries::answer((&reader, &apps), &bound, query, &mut stoppable(&reader, pause))
            };
            Ok(Questions::answered_on(thread, answer, &tell, workers)?)
        };
        let (pages, suggestions) = (reading("pages")?, reading("suggestions")?);
        let (writer, its_apps) = (store.reconnect()?, apps.clone());
        let execute = move |command, pause: &mut Pause<'_>| {
            queries::execute(&writer, &its_apps, command, &mut stoppable(&writer, pause))
        };
        let commands = Questions::answered_on("commands", execute, &tell, workers)?;
        let (reader, its_apps, bound) = (store.reconnect()?, apps.clone(), options.settings.keys.clone());
        let past = PastThread::start(|| Past::new(reader, its_apps, bound), &tell, workers)?;
        let places = Places::anywhere(&store, options.directory.clone());
        let (location, its_apps, there) = (store.location().cloned(), apps.clone(), places.clone());
        let look = move |query, _: &mut Pause<'_>| files::answer(location.as_ref(), &its_apps, &there, query);
        let files = Questions::unclosed("files", look, &tell)?;
        let (read, memory) = match &options.memory {
            Some(directory) => remembering(&store, directory.clone(), &tell)?,
            None => (None, None),
        };
        let mut steps = None;
        if let Some(walkthrough) = options.walkthrough.clone() {
            let (store, apps) = (store.reconnect()?, apps.clone());
            let run = move |step, _: &mut Pause<'_>| queries::run_step(&walkthrough, &store, &apps, step);
            steps = Some(Questions::answered_on("steps", run, &tell, workers)?);
        }
        let workers = workers.clone();
        Ok(Self {
            number,
            tell,
            workers,
            pages,
            suggestions,
            commands,
            past,
            files,
            places,
            steps,
            memory,
            read,
        })
    }

    /// Gives up a question, whichever thread answers it.
    pub(super) fn give_up(&self, request: RequestId) -> Result<(), Died> {
        self.pages.give_up(request)?;
        self.suggestions.give_up(request)?;
        self.commands.give_up(request)?;
        self.past.ask(PastCommand::GiveUp(request))
    }

    /// Starts to notice changes by any process. Returns the state of a console that has just opened the file.
    pub(super) fn begin(&mut self, apps: &Apps, options: &ConsoleOptions) -> Result<ConsoleState> {
        let store = self.workers.store()?;
        threads::follow(store.reconnect()?, &options.settings, &self.tell, &self.workers)?;
        let mut state = ConsoleState::new(&database_name(&store), store.is_read_only(), apps.clone());
        state.program = options.program;
        state.moments = Moments::new(options.settings.time_zone.clone(), store.clock().now());
        state.settings = options.settings.clone();
        state.theme_name = options.theme;
        state.theme_adapts = options.theme_adapts;
        state.database = DatabaseState {
            directory: self.places.shown(),
            files: file_count(&store),
            location: location(&store),
            is_on_server: store.address().is_some(),
            is_original: store.is_original(),
            cannot_write: store.cannot_write(),
            capabilities: store.events().capabilities(),
            ..state.database
        };
        state.walk = options.walkthrough.as_ref().and_then(|walkthrough| Walk::of(walkthrough.steps()));
        if let Some(list) = options.start.clone() {
            recent::show(&mut state, list);
        }
        let is_known = self.read.take().is_some_and(|read| memory::open(&mut state, read));
        if let Some(report) = newest_bug_report(&store)?.filter(|_| !is_known) {
            memory::open_bug_report(&mut state, &report);
        }
        if let Some(error) = &options.settings_error {
            state.say(Level::Warning, format!("the default settings are used: {error}"));
        }
        Ok(state)
    }
}

/// Returns a pause that also fails once the connections are to be closed.
fn stoppable(store: &Store, pause: &mut Pause<'_>) -> impl FnMut() -> crate::Result<()> {
    move || store.check_stop().and_then(|()| pause())
}

/// Returns the newest space, if it is a bug report: a file into which one was just imported is opened there.
pub(in crate::console) fn newest_bug_report(store: &Store) -> crate::Result<Option<Space>> {
    let newest = store.events().spaces(Page::backward(None, 1))?.pop();
    Ok(newest.map(|record| record.space).filter(|space| space.bug_report().is_some()))
}

/// Reads the memory of a store, and starts the thread that writes it. Returns none if there is nowhere to write it.
fn remembering(
    store: &Store,
    directory: StateDirectory,
    tell: &Teller,
) -> Result<(Option<ReadMemory>, Option<Questions<MemoryCommand>>)> {
    let Some(keeper) = Keeper::of(store, directory)? else { return Ok((None, None)) };
    let keeper = Arc::new(keeper);
    let (read, reader) = (mpsc::channel(), Arc::clone(&keeper));
    threads::spawn("memory", tell, move |_| drop(read.0.send(reader.read())))?;
    let read = read.1.recv_timeout(MEMORY_PATIENCE).unwrap_or_else(|_| keeper.unread());
    let is_kept = read.is_kept;
    let read = keeper.with_current_space(store, read);
    let write = move |command, _: &mut Pause<'_>| Message::Memory(keeper.write(command));
    // The disk of the state files may not respond, so the program ends without waiting for the thread.
    let writer = is_kept.then(|| Questions::unclosed("remembering", write, tell)).transpose()?;
    Ok((Some(read), writer))
}

//! The console without a terminal or threads: the same state, updates, queries and view, driven by key
//! strings. Effects run synchronously, so that tests never wait.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::console::app::bindings::Bindings;
use crate::console::app::effect::{Effect, JobCommand, OpenCommand, TerminalCommand};
use crate::console::app::key::{Key, UnknownKey};
use crate::console::app::memory::{self, MemoryCommand};
use crate::console::app::message::{Answer, JobNews, Message};
use crate::console::app::past::PastCommand;
use crate::console::app::pointer::mouse::{Mouse, MouseKind};
use crate::console::app::pointer::region::Regions;
use crate::console::app::state::{ConsoleState, ErrorText, Level, Size};
use crate::console::app::update::update;
use crate::console::app::view;
use crate::console::headless_review::{self, ReviewedJob};
use crate::console::layers::guide::Walk;
use crate::console::layers::guide::Walkthrough;
use crate::console::layers::recent::{self, RecentList};
use crate::console::panes::jobs::job::{JobId, JobSpec};
use crate::console::runtime::files::{Files, Places};
use crate::console::runtime::input::Decoder;
use crate::console::runtime::memory::Keeper;
use crate::console::runtime::open_file::newest_bug_report;
use crate::console::runtime::opening::{self, FileOpener};
use crate::console::runtime::past::Past;
use crate::console::runtime::{files, queries};
use crate::console::settings::Settings;
use crate::console::theme::Theme;
use crate::console::widgets::moment::Moments;
use crate::content_store::{Apps, Store};
use crate::error::Result;
use crate::operations::{AnyOperation, FoldLimits, OperationContext, Rebuild, keep_going};
use crate::sqlite::Location;
use crate::state_files::StateDirectory;

/// A console without a terminal.
///
/// ```
/// use ramax::{Apps, Store, console::Headless};
///
/// let mut console = Headless::new(Store::memory(), Apps::standard(), 120, 40);
/// console.press("ccrm_acme<ctrl-s>").unwrap();
/// assert_eq!(console.state().spaces.shown.len(), 1);
/// ```
pub struct Headless {
    state: ConsoleState,
    store: Store,
    apps: Apps,
    walkthrough: Option<Walkthrough>,
    past: Past,
    files: Files,
    places: Places,
    decoder: Decoder,
    keeper: Option<Keeper>,
    directory: Option<StateDirectory>,
    opener: FileOpener,
    /// The rebuild that waits for a decision.
    reviewed: Option<ReviewedJob>,
    /// Cancels every job at its first step.
    pub stops_jobs: bool,
    /// The texts copied to the clipboard, latest last.
    pub copied: Vec<String>,
    /// The texts of the notifications, latest last.
    pub notified: Vec<String>,
    /// The number of times the console was suspended.
    pub suspended: usize,
}

impl Headless {
    /// A console over a store, with everything loaded that fits this size.
    pub fn new(store: Store, apps: Apps, width: u16, height: u16) -> Self {
        let mut console = Self::unloaded(store, apps);
        // A store that cannot be read says so when it is loaded.
        let _ = console.open_bug_report();
        console.resize(width, height);
        console
    }

    /// A console that remembers its position and its queries in these state files, and continues where it was left. The
    /// position is written when the user quits.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn remembering(
        store: Store,
        apps: Apps,
        (width, height): (u16, u16),
        directory: StateDirectory,
    ) -> Result<Self> {
        let mut console = Self::unloaded(store, apps);
        console.directory = Some(directory);
        console.read_memory()?;
        console.resize(width, height);
        Ok(console)
    }

    fn read_memory(&mut self) -> Result<()> {
        let mut is_known = false;
        if let Some(directory) = &self.directory {
            self.keeper = Keeper::of(&self.store, directory.clone())?;
        }
        if let Some(keeper) = &self.keeper {
            let read = keeper.with_current_space(&self.store, keeper.read());
            is_known = memory::open(&mut self.state, read);
        }
        if !is_known {
            self.open_bug_report()?;
        }
        Ok(())
    }

    /// Goes to the place of a bug report that was just imported.
    fn open_bug_report(&mut self) -> Result<()> {
        if let Some(report) = newest_bug_report(&self.store)? {
            memory::open_bug_report(&mut self.state, &report);
        }
        Ok(())
    }

    /// A console that has no size yet, so that it has loaded nothing.
    fn unloaded(store: Store, apps: Apps) -> Self {
        let mut state =
            ConsoleState::new(&crate::console::database_name(&store), store.is_read_only(), apps.clone());
        let (files, places) = (Files::of(&store), Places::beside(&store));
        state.moments = Moments::new(TimeZone::UTC, store.clock().now());
        state.database.directory = places.shown();
        state.database.files = crate::console::file_count(&store);
        state.database.location = crate::console::location(&store);
        state.database.is_on_server = store.address().is_some();
        state.database.cannot_write = store.cannot_write();
        state.database.is_original = store.is_original();
        state.database.capabilities = store.events().capabilities();
        let past = Past::new(store.clone(), apps.clone(), Bindings::default());
        Self {
            state,
            store,
            apps,
            past,
            walkthrough: None,
            files,
            places,
            decoder: Decoder::default(),
            keeper: None,
            directory: None,
            opener: FileOpener::default(),
            stops_jobs: false,
            reviewed: None,
            copied: Vec::new(),
            notified: Vec::new(),
            suspended: 0,
        }
    }

    /// Confines file access to this directory. Otherwise files are in the directory of the database, and an
    /// in-memory store has none.
    pub fn within(mut self, directory: impl Into<PathBuf>) -> Self {
        self.places = Places::within(Some(directory.into()));
        self.state.database.directory = self.places.shown();
        self
    }

    /// Writes the position, as the console does a while after a change and at its end.
    pub fn remember(&mut self) {
        let keeper = self.keeper.as_ref().filter(|_| self.state.memory.is_kept);
        let position = MemoryCommand::Keep(memory::position(&self.state).into());
        if let Some(news) = keeper.map(|keeper| keeper.write(position)) {
            self.send(Message::Memory(news));
        }
    }

    /// Bounds the memory of the past, beyond which it moves to a temporary file.
    pub fn with_fold_limits(mut self, limits: FoldLimits) -> Self {
        self.past.set_limits(limits);
        self
    }

    /// Names the program.
    pub fn of_program(mut self, name: &'static str) -> Self {
        self.state.program = name;
        self
    }

    /// Applies the settings of a user.
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.state.settings = settings;
        self.tell_time();
        self.send(Message::Resumed);
        self
    }

    /// Opens the guide at the first step of a walk.
    pub fn guided(mut self, walkthrough: Walkthrough) -> Self {
        self.state.walk = Walk::of(walkthrough.steps());
        self.walkthrough = Some(walkthrough);
        self.send(Message::Resumed);
        self
    }

    /// Offers these files, as a console does that has none yet.
    pub fn choosing(mut self, list: RecentList) -> Self {
        recent::show(&mut self.state, list);
        self.send(Message::Resumed);
        self
    }

    /// Opens other files with this opener. Otherwise they are opened for reading and writing.
    pub fn with_opener(self, opener: FileOpener) -> Self {
        Self { opener, ..self }
    }

    /// Returns the store of the file that is open.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the state of the screen.
    pub fn state(&self) -> &ConsoleState {
        &self.state
    }

    /// Presses keys in turn: `2jj<enter>/type<enter>`.
    ///
    /// # Errors
    /// Returns [`UnknownKey`], before any key is pressed.
    pub fn press(&mut self, keys: &str) -> std::result::Result<(), UnknownKey> {
        for key in Key::sequence(keys)? {
            self.send(Message::Key(key));
        }
        if self.state.quit {
            self.remember();
        }
        Ok(())
    }

    /// Receives bytes as a terminal sends them, without a pause at the end: a sequence may still be
    /// incomplete.
    pub fn receive(&mut self, bytes: &[u8]) {
        for message in self.decoder.feed(bytes) {
            self.send(message);
        }
    }

    /// Lets time pass without input, which may end an incomplete sequence.
    pub fn wait(&mut self, time: Duration) {
        let mut left = Some(time);
        while let (Some(patience), Some(time)) = (self.decoder.patience(), left) {
            left = time.checked_sub(patience);
            if left.is_some() {
                for message in self.decoder.silence() {
                    self.send(message);
                }
            }
        }
    }

    /// Uses the mouse on what is shown.
    pub fn mouse(&mut self, kind: MouseKind, x: u16, y: u16) {
        self.send(Message::Mouse(Mouse { kind, at: Position { x, y } }));
    }

    /// Clicks on a cell.
    pub fn click(&mut self, x: u16, y: u16) {
        self.mouse(MouseKind::Press { clicks: 1 }, x, y);
        self.mouse(MouseKind::Release, x, y);
    }

    /// Clicks twice on a cell.
    pub fn double_click(&mut self, x: u16, y: u16) {
        self.click(x, y);
        self.mouse(MouseKind::Press { clicks: 2 }, x, y);
        self.mouse(MouseKind::Release, x, y);
    }

    /// Drags from one cell to another.
    pub fn drag(&mut self, from: (u16, u16), to: (u16, u16)) {
        self.mouse(MouseKind::Press { clicks: 1 }, from.0, from.1);
        self.mouse(MouseKind::Drag, to.0, to.1);
        self.mouse(MouseKind::Release, to.0, to.1);
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) {
        self.send(Message::Paste(text.to_owned()));
    }

    /// Resizes the terminal.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.send(Message::Resize(Size { width, height }));
    }

    /// Notices changes by other connections, and the time.
    pub fn follow(&mut self) {
        self.tell_time();
        self.send(Message::File(self.files.gone()));
        self.send(Message::Changed);
        self.send(Message::Quiet);
    }

    fn tell_time(&mut self) {
        self.send(Message::Now(self.store.clock().now()));
    }

    /// Changes the state directly, for situations that keys cannot easily produce, such as a half-finished
    /// job.
    pub fn change(&mut self, change: impl FnOnce(&mut ConsoleState)) {
        change(&mut self.state);
    }

    /// Processes a message and everything that follows from it. The mouse hits what is drawn now.
    pub fn send(&mut self, message: Message) {
        let mut messages = VecDeque::from([message]);
        if let Some(Message::Mouse(_)) = messages.front() {
            messages.push_front(Message::Drawn(self.regions()));
        }
        loop {
            while let Some(message) = messages.pop_front() {
                for effect in update(&mut self.state, message) {
                    self.perform(effect, &mut messages);
                }
            }
            let viewports = view::viewports(&self.state, self.area());
            if viewports == self.state.viewports {
                return;
            }
            messages.push_back(Message::Viewports(viewports));
        }
    }

    /// Returns the regions of the screen that the mouse can hit.
    pub fn regions(&self) -> Regions {
        let area = self.area();
        view::render(&self.state, &self.state.theme(), area, &mut Buffer::empty(area)).regions
    }

    /// Draws the screen.
    pub fn draw(&self, theme: &Theme) -> Buffer {
        let area = self.area();
        let mut buffer = Buffer::empty(area);
        view::render(&self.state, theme, area, &mut buffer);
        buffer
    }

    fn area(&self) -> Rect {
        Rect::new(0, 0, self.state.size.width, self.state.size.height)
    }

    fn perform(&mut self, effect: Effect, messages: &mut VecDeque<Message>) {
        match effect {
            Effect::Query(query) => {
                let (of, keys) = ((&self.store, &self.apps), &self.state.settings.keys);
                messages.push_back(queries::answer(of, keys, query, &mut || self.store.check_stop()));
            }
            Effect::Command(command) => {
                messages.push_back(queries::execute(&self.store, &self.apps, command, &mut || {
                    self.store.check_stop()
                }));
            }
            Effect::Past(PastCommand::Answer(query)) => {
                messages.extend(self.past.answer(&query, &mut keep_going));
            }
            // Every question is answered at once.
            Effect::Past(PastCommand::GiveUp(_)) | Effect::GiveUp(_) => {}
            Effect::Past(PastCommand::Recheck) => self.past.recheck(),
            Effect::Files(query) => {
                messages.push_back(files::answer(self.store.location(), &self.apps, &self.places, query));
            }
            Effect::Step(step) => {
                let walkthrough = self.walkthrough.as_ref();
                let run = |walk: &Walkthrough| queries::run_step(walk, &self.store, &self.apps, step);
                messages.extend(walkthrough.map(run));
            }
            Effect::Memory(command) => {
                let written = self.keeper.as_ref().map(|keeper| keeper.write(command));
                messages.extend(written.map(Message::Memory));
            }
            Effect::Open(OpenCommand::Open { request, file }) => {
                let result = self.open(&file);
                let (store, result) = match result {
                    Ok(store) => (Some(store), Ok(())),
                    Err(failure) => (None, Err(failure)),
                };
                update(&mut self.state, Message::Opened(Answer { request, result }));
                if let Some(store) = store.filter(|_| self.state.is_replaced) {
                    messages.clear();
                    self.replace(store);
                }
            }
            Effect::Open(OpenCommand::GiveUp) => {}
            Effect::Job(JobCommand::Start { job, spec }) => self.run_job(job, &spec, messages),
            Effect::Job(JobCommand::Decide { job, decision }) => {
                self.answer(job, headless_review::Answer::Decision(decision), messages);
            }
            Effect::Job(JobCommand::Recheck { job }) => {
                self.answer(job, headless_review::Answer::Recheck, messages)
            }
            Effect::Job(JobCommand::Cancel { job }) => {
                if let Some(waiting) = self.reviewed.take_if(|waiting| waiting.job == job) {
                    self.tell(job, waiting.cancel(), messages);
                }
            }
            Effect::Job(_) => {}
            Effect::Terminal(TerminalCommand::Copy { text }) => self.copied.push(text),
            Effect::Terminal(TerminalCommand::Notify { text }) => self.notified.push(text),
            Effect::Terminal(TerminalCommand::AskBackground) => {}
            Effect::Terminal(TerminalCommand::Suspend) => self.suspended += 1,
        }
    }

    fn open(&self, asked: &Location) -> std::result::Result<Store, ErrorText> {
        let location = opening::find(asked, self.store.location(), &self.places, self.directory.as_ref())?;
        let opened = self.opener.open(&location, &mut |_| ControlFlow::Continue(()));
        opened.map_err(|error| ErrorText::of_opening(&error, &self.state.settings.keys, "ramax"))
    }

    /// Continues with another file.
    fn replace(&mut self, store: Store) {
        self.remember();
        let next = Self::unloaded(store, self.apps.clone());
        let state = next.state.after(&self.state);
        let (store, past, files, places) = (next.store, next.past, next.files, next.places);
        (self.store, self.past, self.files, self.places) = (store, past, files, places);
        (self.state, self.keeper, self.walkthrough) = (state, None, None);
        if let Err(error) = self.read_memory() {
            self.state.say(Level::Warning, error.to_string());
        }
    }

    fn run_job(&mut self, job: JobId, spec: &JobSpec, messages: &mut VecDeque<Message>) {
        if let AnyOperation::Rebuild(Rebuild { review: true, .. }) = spec.operation {
            let (store, apps) = (self.store.clone(), self.apps.clone());
            let (places, bound) = (self.places.clone(), self.state.settings.keys.clone());
            self.tell(job, vec![JobNews::Started], messages);
            return self.hear(ReviewedJob::start((job, spec.clone()), store, apps, places, bound), messages);
        }
        let (store, apps) = (&self.store, &self.apps);
        let mut news = |news| messages.push_back(Message::Job(job, store.clock().now(), news));
        news(JobNews::Started);
        let context = OperationContext {
            files: &self.places,
            is_running: |_| true,
            ..OperationContext::new(store, apps)
        };
        let stops = self.stops_jobs;
        let mut last = None;
        let ended = spec.run(context, &self.state.settings.keys, &mut |progress| {
            // A long step repeats its progress, as often as the machine is slow.
            if last.replace(progress) != Some(progress) {
                news(JobNews::Progress(progress));
            }
            if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        news(ended);
    }

    /// Answers the review of a job.
    fn answer(&mut self, job: JobId, answer: headless_review::Answer, messages: &mut VecDeque<Message>) {
        if let Some(waiting) = self.reviewed.take_if(|waiting| waiting.job == job) {
            waiting.answer(answer);
            self.hear(waiting, messages);
        }
    }

    /// Waits until a job ends, or waits itself for a decision.
    fn hear(&mut self, reviewed: ReviewedJob, messages: &mut VecDeque<Message>) {
        let job = reviewed.job;
        let (news, waiting) = reviewed.hear();
        self.reviewed = waiting;
        self.tell(job, news, messages);
    }

    fn tell(&self, job: JobId, news: Vec<JobNews>, messages: &mut VecDeque<Message>) {
        let now = || self.store.clock().now();
        messages.extend(news.into_iter().map(|news| Message::Job(job, now(), news)));
    }
}

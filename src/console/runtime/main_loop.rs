//! The main loop, fed by one channel. It sleeps until a message arrives, updates the state, hands the effects
//! to threads, and draws if something changed. It draws at most one frame per 16 ms for messages and one for
//! keys, so that a key never waits for a frame that shows the progress of a job. While a job is silent, the
//! loop wakes once a second to show that. It also wakes to clear an expired notice. It never accesses the
//! store.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ratatui::layout::Rect;
use signal_hook::consts::{SIGCONT, SIGTSTP, SIGWINCH};
use signal_hook::low_level::emulate_default_handler;

use crate::console::app::effect::{
    Effect, FileQuery, JobCommand, StepCommand, StoreCommand, StoreQuery, TerminalCommand,
};
use crate::console::app::memory::{self, MemoryCommand};
use crate::console::app::message::Message;
use crate::console::app::state::{ConsoleState, Level, Notice, Size};
use crate::console::app::update::update;
use crate::console::app::view::{self, Drawn};
use crate::console::layers::guide::Walk;
use crate::console::runtime::clicks::Clicks;
use crate::console::runtime::files::Places;
use crate::console::runtime::input::InputReader;
use crate::console::runtime::jobs::Jobs;
use crate::console::runtime::memory::Keeper;
use crate::console::runtime::notification::Form;
use crate::console::runtime::terminal::{Screen, TerminalGuard, copy};
use crate::console::runtime::threads::Incoming;
use crate::console::runtime::workers::{Questions, Workers};
use crate::console::runtime::{ConsoleExit, ConsoleOptions, files, input, queries, threads};
use crate::console::widgets::moment::Moments;
use crate::console::{database_name, file_count};
use crate::content_store::{Apps, Store};
use crate::operations::OperationContext;
use crate::operator::Operator;
use crate::state_files::{LastPosition, StateDirectory};

/// The shortest time between two frames for keys, and between any other frame and the one before it.
const FRAME: Duration = Duration::from_millis(16);

/// The time between a change and the moment at which the position is written: what a killed console loses.
const REMEMBER_AFTER: Duration = Duration::from_secs(2);

/// How long a terminal may take to tell the colour of its background before the console ends.
const BACKGROUND_PATIENCE: Duration = Duration::from_millis(100);

/// How long the console waits for the state files when it opens, and when it ends.
const MEMORY_PATIENCE: Duration = Duration::from_millis(300);

/// The main loop and the workers it talks to.
pub(super) struct Console {
    state: ConsoleState,
    workers: Workers,
    apps: Apps,
    screen: Screen,
    pages: Questions<StoreQuery>,
    commands: Questions<StoreCommand>,
    /// Separate from the other workers, because a file may be on a disk that does not respond.
    files: Questions<FileQuery>,
    places: Places,
    /// Runs the steps of the walk, if there is one.
    steps: Option<Questions<StepCommand>>,
    /// Keeps the memory, if there is one.
    memory: Option<Questions<MemoryCommand>>,
    remembered: Remembered,
    jobs: Jobs,
    is_running: fn(&Operator) -> bool,
    /// The time of the running job's latest news.
    heard: Instant,
    /// The number of the latest notice, and the time since when it is shown.
    notice: (u64, Instant),
    /// True if a key was pressed, or the mouse used, since the last frame.
    pressed: bool,
    clicks: Clicks,
    /// The time at which the terminal was asked for its background, unless it has answered.
    asked: Option<Instant>,
    tell: Sender<Incoming>,
    /// Reads the terminal until it is dropped.
    input: Option<InputReader>,
    _signals: Unhooked,
}

/// Work triggered by the clock.
enum Due {
    Silence,
    Notice,
    Remember,
}

/// The state of the memory's files.
#[derive(Default)]
struct Remembered {
    /// The number of answers that are outstanding.
    unanswered: usize,
    /// The latest position that was sent.
    position: Option<LastPosition>,
    /// The time since when the position may be another one.
    changed: Option<Instant>,
}

/// Receives the next message, waiting at most `wait` if given.
fn receive(incoming: &Receiver<Incoming>, wait: Option<Duration>) -> Result<Incoming, RecvTimeoutError> {
    match wait {
        Some(Duration::ZERO) => Err(RecvTimeoutError::Timeout),
        Some(wait) => incoming.recv_timeout(wait),
        None => incoming.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

/// Unregisters the signal handlers when dropped.
struct Unhooked(signal_hook::iterator::Handle);

impl Drop for Unhooked {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Closes all connections on every way out of the console.
impl Drop for Console {
    fn drop(&mut self) {
        self.workers.close();
    }
}

impl Console {
    pub(super) fn new(
        store: Store,
        apps: Apps,
        options: ConsoleOptions,
        tell: Sender<Incoming>,
    ) -> Result<Self> {
        let workers = Workers::of(store);
        Self::with(&workers, apps, options, tell).inspect_err(|_| workers.close())
    }

    fn with(workers: &Workers, apps: Apps, options: ConsoleOptions, tell: Sender<Incoming>) -> Result<Self> {
        let store = workers.store()?;
        let bound = options.settings.keys.clone();
        threads::follow(store.reconnect()?, &options.settings, &tell, workers)?;
        let (reader, its_apps) = (store.reconnect()?, apps.clone());
        let answer = move |query| queries::answer(&reader, &its_apps, &bound, query);
        let pages = Questions::answered_on("pages", answer, &tell, workers)?;
        let (writer, its_apps) = (store.reconnect()?, apps.clone());
        let execute = move |command| queries::execute(&writer, &its_apps, command);
        let commands = Questions::answered_on("commands", execute, &tell, workers)?;
        let places = Places::anywhere(&store, options.directory);
        let (location, there) = (store.location().cloned(), places.clone());
        let look = move |query| files::answer(location.as_ref(), &there, query);
        let files = Questions::unclosed("files", look, &tell)?;
        let mut state = ConsoleState::new(&database_name(&store), store.is_read_only(), apps.clone());
        state.program = options.program;
        state.moments = Moments::new(options.settings.time_zone.clone(), store.clock().now());
        state.settings = options.settings;
        state.theme_name = options.theme;
        state.theme_adapts = options.theme_adapts;
        state.database.directory = places.shown();
        state.database.files = file_count(&store);
        state.database.location = crate::console::location(&store);
        if let Some(list) = options.start {
            state.database.name = "no file".to_owned();
            state.layers.push(list);
        }
        let memory = match options.memory {
            Some(directory) => Self::memory(&mut state, &store, directory, &tell)?,
            None => None,
        };
        if let Some(error) = options.settings_error {
            state.say(Level::Warning, format!("the default settings are used: {error}"));
        }
        let mut steps = None;
        if let Some(walkthrough) = options.walkthrough {
            state.walk = Walk::of(walkthrough.steps());
            let (store, apps) = (store.reconnect()?, apps.clone());
            let run = move |step| queries::run_step(&walkthrough, &store, &apps, step);
            steps = Some(Questions::answered_on("steps", run, &tell, workers)?);
        }
        Ok(Self {
            state,
            input: None,
            _signals: Unhooked(threads::wait_for_signals(&tell, workers.clone())?),
            screen: Screen::new(),
            jobs: Jobs::default(),
            memory,
            remembered: Remembered::default(),
            is_running: options.is_running,
            heard: Instant::now(),
            notice: (0, Instant::now()),
            pressed: false,
            clicks: Clicks::default(),
            asked: options.theme_adapts.then(Instant::now),
            pages,
            commands,
            files,
            places,
            steps,
            workers: workers.clone(),
            apps,
            tell,
        })
    }

    /// Reads the memory, and starts the thread that writes it. Returns none if there is nowhere to write it.
    fn memory(
        state: &mut ConsoleState,
        store: &Store,
        directory: StateDirectory,
        tell: &Sender<Incoming>,
    ) -> Result<Option<Questions<MemoryCommand>>> {
        let Some(keeper) = Keeper::of(store, directory)? else { return Ok(None) };
        let keeper = Arc::new(keeper);
        let (read, reader) = (mpsc::channel(), Arc::clone(&keeper));
        threads::spawn("memory", tell, move |_| drop(read.0.send(reader.read())))?;
        let read = read.1.recv_timeout(MEMORY_PATIENCE).unwrap_or_else(|_| keeper.unread());
        let is_kept = read.is_kept;
        memory::open(state, keeper.with_current_space(store, read));
        let write = move |command| Message::Memory(keeper.write(command));
        // The disk of the state files may not respond, so the program ends without waiting for the thread.
        let writer = is_kept.then(|| Questions::unclosed("remembering", write, tell));
        Ok(writer.transpose()?)
    }

    /// Returns true if the position is to be written soon.
    fn is_position_due(&self) -> bool {
        self.memory.is_some() && self.state.memory.is_kept && self.remembered.changed.is_some()
    }

    /// Has the position written, if it is another one.
    fn remember(&mut self) -> Result<()> {
        let Some(memory) = self.memory.as_ref().filter(|_| self.state.memory.is_kept) else { return Ok(()) };
        self.remembered.changed = None;
        let position = memory::position(&self.state);
        if self.remembered.position.as_ref() != Some(&position) {
            self.remembered.position = Some(position.clone());
            memory.ask(MemoryCommand::Keep(position.into()))?;
            self.remembered.unanswered += 1;
        }
        Ok(())
    }

    /// Writes the position at the end, and waits a moment for it.
    pub(super) fn remember_at_end(&mut self, incoming: &Receiver<Incoming>) {
        if self.remember().is_err() {
            return;
        }
        let since = Instant::now();
        while self.remembered.unanswered > 0 {
            match incoming.recv_timeout(MEMORY_PATIENCE.saturating_sub(since.elapsed())) {
                Ok(Incoming::Message(Message::Memory(_))) => self.remembered.unanswered -= 1,
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    /// Waits a moment for the terminal to tell its background, if it has only just been asked.
    pub(super) fn await_background(&mut self, incoming: &Receiver<Incoming>) {
        while let Some(asked) = self.asked {
            match incoming.recv_timeout(BACKGROUND_PATIENCE.saturating_sub(asked.elapsed())) {
                Ok(Incoming::Message(Message::Background(_))) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    pub(super) fn run(
        &mut self,
        incoming: &Receiver<Incoming>,
        terminal: &TerminalGuard,
    ) -> Result<ConsoleExit> {
        self.input = Some(input::read(&self.tell)?);
        self.take_size(terminal)?;
        let mut drawn = None;
        // The last frame, and the last frame that showed the effect of a key.
        let (mut drawn_at, mut answered_at): (Option<Instant>, Option<Instant>) = (None, None);
        while !self.state.quit {
            let last = if self.pressed { answered_at } else { drawn_at };
            let frame = (drawn != Some(self.state.revision))
                .then(|| last.map_or(Duration::ZERO, |last| FRAME.saturating_sub(last.elapsed())));
            let due = self.due();
            let is_due_first = due.as_ref().is_some_and(|(wait, _)| frame.is_none_or(|frame| *wait < frame));
            match receive(incoming, frame.into_iter().chain(due.as_ref().map(|(wait, _)| *wait)).min()) {
                Ok(Incoming::Message(message)) => self.update(message, terminal)?,
                Ok(Incoming::Signal(SIGTSTP)) => self.suspend(terminal)?,
                Ok(Incoming::Signal(SIGCONT)) => self.resume(terminal)?,
                Ok(Incoming::Signal(SIGWINCH)) => self.take_size(terminal)?,
                Ok(Incoming::Signal(signal)) => return Ok(ConsoleExit::Signal(signal)),
                Ok(Incoming::InputFailed(error)) => return Err(error).context("the terminal cannot be read"),
                Ok(Incoming::Died(died)) => return Err(died.into()),
                Err(RecvTimeoutError::Timeout) if is_due_first => match due {
                    Some((_, Due::Remember)) => self.remember()?,
                    Some((_, Due::Notice)) => self.update(Message::NoticeRead(self.notice.0), terminal)?,
                    Some((_, Due::Silence)) => {
                        self.update(Message::Silence(self.heard.elapsed().as_secs()), terminal)?;
                    }
                    None => {}
                },
                Err(RecvTimeoutError::Timeout) => {
                    self.draw(terminal)?;
                    (drawn, drawn_at) = (Some(self.state.revision), Some(Instant::now()));
                    if std::mem::take(&mut self.pressed) {
                        answered_at = drawn_at;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => bail!("the input channel was closed"),
            }
        }
        Ok(self.state.open.take().map_or(ConsoleExit::Quit, ConsoleExit::Open))
    }

    /// Returns the next work triggered by the clock, and the time until then: an update of the running job's
    /// silence, or the end of a notice.
    fn due(&mut self) -> Option<(Duration, Due)> {
        let remember = self.remembered.changed.filter(|_| self.is_position_due());
        let remember = remember.map(|since| (REMEMBER_AFTER.saturating_sub(since.elapsed()), Due::Remember));
        if self.notice.0 != self.state.notices {
            self.notice = (self.state.notices, Instant::now());
        }
        let silence = self.state.jobs.next_silence().map(Duration::from_secs);
        let silence = silence.map(|silence| (silence.saturating_sub(self.heard.elapsed()), Due::Silence));
        let lasts = self.state.notice.as_ref().map(Notice::lasts);
        let notice = lasts.map(|lasts| (lasts.saturating_sub(self.notice.1.elapsed()), Due::Notice));
        silence.into_iter().chain(notice).chain(remember).min_by_key(|(wait, _)| *wait)
    }

    fn update(&mut self, message: Message, terminal: &TerminalGuard) -> Result<()> {
        if let Message::Job(..) | Message::Resumed = message {
            self.heard = Instant::now();
        }
        if let Message::Background(_) = message {
            self.asked = None;
        }
        if let Message::Memory(_) = message {
            self.remembered.unanswered = self.remembered.unanswered.saturating_sub(1);
        }
        let message = match message {
            Message::Mouse(mouse) => Message::Mouse(self.clicks.count(mouse, Instant::now())),
            other => other,
        };
        self.pressed |= matches!(message, Message::Key(_) | Message::Mouse(_));
        let before = self.state.revision;
        for effect in update(&mut self.state, message) {
            self.perform(effect, terminal)?;
        }
        if self.state.revision != before {
            self.remembered.changed.get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect, terminal: &TerminalGuard) -> Result<()> {
        match effect {
            Effect::Query(query) => self.pages.ask(query)?,
            Effect::Command(command) => self.commands.ask(command)?,
            Effect::Files(query) => self.files.ask(query)?,
            Effect::Step(step) => self.steps.as_ref().context("there is no guided walk")?.ask(step)?,
            Effect::Memory(command) => {
                if let Some(memory) = &self.memory {
                    memory.ask(command)?;
                    self.remembered.unanswered += 1;
                }
            }
            Effect::Job(command) => self.command_job(command)?,
            Effect::Terminal(TerminalCommand::Copy { text }) => {
                terminal.while_held(|| copy(self.screen.out(), &text))?;
            }
            Effect::Terminal(TerminalCommand::Notify { text }) => {
                let form = Form::of(self.state.settings.notifications, &|name| std::env::var(name).ok());
                let (out, program) = (self.screen.out(), self.state.program);
                terminal.while_held(|| form.map_or(Ok(()), |form| form.send(out, program, &text)))?;
            }
            Effect::Terminal(TerminalCommand::Suspend) => self.suspend(terminal)?,
        }
        Ok(())
    }

    fn command_job(&mut self, command: JobCommand) -> Result<()> {
        match command {
            JobCommand::Start { job, spec } => {
                self.heard = Instant::now();
                let Self { workers, apps, places, is_running, state, .. } = self;
                let (store, is_running) = (&workers.store()?, *is_running);
                let context = OperationContext { store, apps, files: &*places, is_running };
                self.jobs.start(context, places, &state.settings.keys, (job, spec), &self.tell, workers)?;
            }
            JobCommand::Pause { job } => self.jobs.pause(job),
            JobCommand::Resume { job } => self.jobs.resume(job),
            JobCommand::Cancel { job } => self.jobs.cancel(job),
        }
        Ok(())
    }

    fn area(&self) -> Rect {
        Rect::new(0, 0, self.state.size.width, self.state.size.height)
    }

    fn draw(&mut self, terminal: &TerminalGuard) -> Result<()> {
        let viewports = view::viewports(&self.state, self.area());
        self.update(Message::Viewports(viewports), terminal)?;
        let area = self.area();
        let (state, theme) = (&self.state, self.state.theme());
        let mut drawn = Drawn::default();
        let render = |area, buffer: &mut _| {
            drawn = view::render(state, &theme, area, buffer);
            drawn.cursor
        };
        terminal.while_held(|| self.screen.draw(area, render))?;
        self.update(Message::Drawn(drawn.regions), terminal)
    }

    fn take_size(&mut self, terminal: &TerminalGuard) -> Result<()> {
        let (width, height) = crossterm::terminal::size().context("the terminal's size is unknown")?;
        self.update(Message::Resize(Size::of_terminal(width, height)), terminal)
    }

    /// Releases the terminal and stops the process, then resumes when continued. Refuses if no shell
    /// could continue it, for example in a container or as the command of an ssh session.
    fn suspend(&mut self, terminal: &TerminalGuard) -> Result<()> {
        if !has_shell() {
            self.state.say(Level::Warning, "suspend: there is no shell to return to");
            return self.update(Message::Resumed, terminal);
        }
        terminal.release()?;
        emulate_default_handler(SIGTSTP).context("the program cannot be suspended")?;
        self.resume(terminal)
    }

    /// Takes the terminal back and redraws everything.
    fn resume(&mut self, terminal: &TerminalGuard) -> Result<()> {
        terminal.retake()?;
        self.screen.forget();
        self.take_size(terminal)?;
        self.update(Message::Resumed, terminal)
    }
}

/// Returns true if a shell with job control runs this program, in a process group that it created for it.
fn has_shell() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpgrp())
}

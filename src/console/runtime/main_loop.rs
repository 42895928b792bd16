//! One loop, one channel. The loop sleeps until something comes in, lets it change the state, hands the
//! effects to threads, and draws if something changed: none when nothing changed, at most one frame in 16 ms
//! for what comes in and one for keys, which so do not wait for a frame that tells of a job. While a job
//! runs and nothing is heard of it, the loop wakes once a second to say so, and once to take away what was said. It never touches the store
//! itself.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ratatui::layout::Rect;
use signal_hook::consts::{SIGCONT, SIGTSTP, SIGWINCH};
use signal_hook::low_level::emulate_default_handler;

use crate::apps::Apps;
use crate::console::state::{Level, Notice, Size, State, Walk};
use crate::console::update::{
    Effect, FileQuery, JobCommand, Message, StepCommand, StoreCommand, StoreQuery, TerminalCommand, update,
};
use crate::console::view::{self, Theme};
use crate::console::{database_name, file_count};
use crate::content_store::Store;
use crate::operator_log::Operator;

use super::job::{Desk, Order};
use super::jobs::Jobs;
use super::places::{self, Places};
use super::questions::Questions;
use super::screen::Screen;
use super::terminal::TerminalGuard;
use super::threads::{self, Incoming};
use super::workers::Workers;
use super::{ConsoleOptions, Ended, clipboard, input, queries, steps};

/// The shortest time between two frames for keys, and between any other and the one before it.
const FRAME: Duration = Duration::from_millis(16);

/// The loop and what it talks to.
pub(super) struct Console {
    state: State,
    workers: Workers,
    apps: Apps,
    theme: Theme,
    screen: Screen,
    pages: Questions<StoreQuery>,
    commands: Questions<StoreCommand>,
    /// Where files are looked at that may be anywhere, on a disk that does not answer too.
    files: Questions<FileQuery>,
    places: Places,
    /// Where the steps of the walk are taken, where there is one.
    steps: Option<Questions<StepCommand>>,
    jobs: Jobs,
    is_there: fn(&Operator) -> bool,
    /// When the running job was last heard of.
    heard: Instant,
    /// The number of what was last said, and since when it has been there.
    said: (u64, Instant),
    /// A key was pressed since the last frame.
    pressed: bool,
    tell: Sender<Incoming>,
    _signals: Unhooked,
}

/// Work that is due by the clock alone.
enum Due {
    Silence,
    Notice,
}

/// The next that comes in, waited for as long as it takes, or so long.
fn receive(incoming: &Receiver<Incoming>, wait: Option<Duration>) -> Result<Incoming, RecvTimeoutError> {
    match wait {
        Some(Duration::ZERO) => Err(RecvTimeoutError::Timeout),
        Some(wait) => incoming.recv_timeout(wait),
        None => incoming.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

/// Signals are left to themselves again when this is dropped.
struct Unhooked(signal_hook::iterator::Handle);

impl Drop for Unhooked {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Closes all connections, however the console ends.
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
        threads::follow(store.reconnect()?, &tell, workers)?;
        let (reader, its_apps) = (store.reconnect()?, apps.clone());
        let answer = move |query| queries::answer(&reader, &its_apps, query);
        let pages = Questions::answered_on("pages", answer, &tell, workers)?;
        let (writer, its_apps) = (store.reconnect()?, apps.clone());
        let execute = move |command| queries::execute(&writer, &its_apps, command);
        let commands = Questions::answered_on("commands", execute, &tell, workers)?;
        let places = Places::anywhere(&store, options.directory);
        let (location, there) = (store.location().cloned(), places.clone());
        let look = move |query| places::answer(location.as_ref(), &there, query);
        let files = Questions::unclosed("files", look, &tell)?;
        let mut state = State::new(&database_name(&store), store.is_read_only(), apps.clone());
        state.database.directory = places.shown();
        state.database.files = file_count(&store);
        let mut steps = None;
        if let Some(walkthrough) = options.walkthrough {
            state.walk = Walk::of(walkthrough.steps());
            let (store, apps) = (store.reconnect()?, apps.clone());
            let take = move |step| steps::take(&walkthrough, &store, &apps, step);
            steps = Some(Questions::answered_on("steps", take, &tell, workers)?);
        }
        Ok(Self {
            state,
            _signals: Unhooked(threads::wait_for_signals(&tell, workers.clone())?),
            theme: options.theme,
            screen: Screen::new(),
            jobs: Jobs::default(),
            is_there: options.is_there,
            heard: Instant::now(),
            said: (0, Instant::now()),
            pressed: false,
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

    pub(super) fn run(&mut self, incoming: &Receiver<Incoming>, terminal: &TerminalGuard) -> Result<Ended> {
        input::read(&self.tell)?;
        self.take_size(terminal)?;
        let mut drawn = None;
        // The last frame of all, and the last one that showed what a key did.
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
                Ok(Incoming::Signal(signal)) => return Ok(Ended::Signal(signal)),
                Ok(Incoming::InputFailed(error)) => return Err(error).context("the terminal cannot be read"),
                Ok(Incoming::Died(died)) => return Err(died.into()),
                Err(RecvTimeoutError::Timeout) if is_due_first => {
                    if let Some((_, what)) = due {
                        self.update(self.word(what), terminal)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.draw(terminal)?;
                    (drawn, drawn_at) = (Some(self.state.revision), Some(Instant::now()));
                    if std::mem::take(&mut self.pressed) {
                        answered_at = drawn_at;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => bail!("nothing can come in any more"),
            }
        }
        Ok(Ended::Quit)
    }

    /// Returns what is due next by the clock alone, and in how long: a word about the silence of the running job, or the
    /// end of what was last said.
    fn due(&mut self) -> Option<(Duration, Due)> {
        if self.said.0 != self.state.said {
            self.said = (self.state.said, Instant::now());
        }
        let silence = self.state.jobs.next_silence().map(Duration::from_secs);
        let silence = silence.map(|silence| (silence.saturating_sub(self.heard.elapsed()), Due::Silence));
        let lasts = self.state.notice.as_ref().map(Notice::lasts);
        let notice = lasts.map(|lasts| (lasts.saturating_sub(self.said.1.elapsed()), Due::Notice));
        silence.into_iter().chain(notice).min_by_key(|(wait, _)| *wait)
    }

    fn word(&self, due: Due) -> Message {
        match due {
            Due::Silence => Message::Silence(self.heard.elapsed().as_secs()),
            Due::Notice => Message::NoticeRead(self.said.0),
        }
    }

    fn update(&mut self, message: Message, terminal: &TerminalGuard) -> Result<()> {
        if let Message::Job(..) | Message::Resumed = message {
            self.heard = Instant::now();
        }
        self.pressed |= matches!(message, Message::Key(_));
        for effect in update(&mut self.state, message) {
            self.perform(effect, terminal)?;
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect, terminal: &TerminalGuard) -> Result<()> {
        match effect {
            Effect::Query(query) => self.pages.ask(query)?,
            Effect::Command(command) => self.commands.ask(command)?,
            Effect::Files(query) => self.files.ask(query)?,
            Effect::Step(step) => self.steps.as_ref().context("there is no walk")?.ask(step)?,
            Effect::Job(command) => self.command_job(command)?,
            Effect::Terminal(TerminalCommand::Copy { text }) => {
                terminal.while_held(|| clipboard::copy(self.screen.out(), &text))?;
            }
            Effect::Terminal(TerminalCommand::Suspend) => self.suspend(terminal)?,
        }
        Ok(())
    }

    fn command_job(&mut self, command: JobCommand) -> Result<()> {
        match command {
            JobCommand::Start { job, kind, space_id, about } => {
                self.heard = Instant::now();
                let Self { workers, apps, places, is_there, .. } = self;
                let desk = Desk { store: &workers.store()?, apps, places, is_there: *is_there };
                self.jobs.start(desk, job, Order { kind, space_id, about }, &self.tell, workers)?;
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
        let (state, theme) = (&self.state, &self.theme);
        let render = |area, buffer: &mut _| view::render(state, theme, area, buffer);
        Ok(terminal.while_held(|| self.screen.draw(area, render))?)
    }

    fn take_size(&mut self, terminal: &TerminalGuard) -> Result<()> {
        let (width, height) = crossterm::terminal::size().context("the terminal's size is not known")?;
        self.update(Message::Resize(Size::of_terminal(width, height)), terminal)
    }

    /// Gives the terminal back and stops; goes on from here when continued. It does not stop where nobody
    /// is there to continue it: as the command of an ssh, say, or as a container's.
    fn suspend(&mut self, terminal: &TerminalGuard) -> Result<()> {
        if !has_shell() {
            self.state.say(Level::Warning, "suspend: there is no shell to go back to");
            return self.update(Message::Resumed, terminal);
        }
        terminal.release()?;
        emulate_default_handler(SIGTSTP).context("the program cannot be stopped")?;
        self.resume(terminal)
    }

    /// Takes the terminal again, whoever had it meanwhile, and draws everything.
    fn resume(&mut self, terminal: &TerminalGuard) -> Result<()> {
        terminal.retake()?;
        self.screen.forget();
        self.take_size(terminal)?;
        self.update(Message::Resumed, terminal)
    }
}

/// Whether a shell with job control runs this program: it has put it into a process group of its own.
fn has_shell() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpgrp())
}

//! The only part that knows threads, the terminal and the clock. Ring 4.
//!
//! One loop, one channel. The loop sleeps until something comes in, lets it change the state, hands the
//! effects to threads, and draws if something changed: none when nothing changed, at most one frame in 16 ms
//! for what comes in and one for keys, which so do not wait for a frame that tells of a job. While a job runs and nothing is heard of it, the loop wakes once a second to say so. It never
//! touches the store itself.

mod clipboard;
pub(super) mod files;
mod input;
pub(super) mod job;
mod jobs;
mod keys;
mod pages;
pub(super) mod places;
pub(super) mod queries;
mod report;
mod screen;
mod seeking;
pub(super) mod steps;
mod telling;
mod terminal;
mod threads;
mod transfer;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ratatui::layout::Rect;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP, SIGWINCH};
use signal_hook::low_level::emulate_default_handler;

use super::state::{Level, Size, State, Walk};
use super::update::{Effect, Message, update};
use super::view::{self, Theme};
use super::walkthrough::Walkthrough;
use crate::apps::Apps;
use crate::content_store::Store;
use crate::operator_log::Operator;

use job::{Desk, Order};
use jobs::Jobs;
use places::Places;
use screen::Screen;
use terminal::TerminalGuard;
use threads::Incoming;

/// The shortest time between two frames for keys, and between any other and the one before it.
const FRAME: Duration = Duration::from_millis(16);

/// How the console is to look, and what it is to show.
#[derive(Debug, Clone)]
pub struct ConsoleOptions {
    /// Its colours and borders.
    pub theme: Theme,
    /// A walk to be guided through.
    pub walkthrough: Option<Walkthrough>,
    /// Whether an operator's process is still there.
    pub is_there: fn(&Operator) -> bool,
    /// Where files stand that are named without a directory; beside the database otherwise.
    pub directory: Option<PathBuf>,
}

/// How the console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The user quit.
    Quit,
    /// A signal asked for it: SIGINT, SIGTERM, SIGHUP or SIGQUIT.
    Signal(i32),
}

/// Runs the console on this terminal until the user quits or a signal ends it. The terminal is given back
/// whatever happens; jobs that still run are stopped where everything is whole.
///
/// # Errors
/// If there is no terminal, if it fails, or if the store cannot be opened again for the threads' own
/// connections.
pub fn run(store: Store, apps: Apps, options: ConsoleOptions) -> Result<Ended> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        bail!("the console needs a terminal");
    }
    let (tell, incoming) = mpsc::channel();
    let mut console = Console::new(store, apps, options, tell)?;
    let terminal = TerminalGuard::take().context("the terminal cannot be taken")?;
    let ended = console.run(&incoming, &terminal).or_else(|error| match input::is_gone() {
        true => Ok(Ended::Signal(SIGHUP)),
        false => Err(error),
    });
    let released = terminal.release();
    drop(terminal);
    console.jobs.stop();
    let ended = ended?;
    // After SIGHUP there may be no terminal any more to give back.
    if ended == Ended::Quit {
        released.context("the terminal cannot be given back")?;
    }
    Ok(ended)
}

/// The loop and what it talks to.
struct Console {
    state: State,
    store: Store,
    apps: Apps,
    theme: Theme,
    screen: Screen,
    pages: Sender<Effect>,
    commands: Sender<Effect>,
    /// Where files are looked at that may be anywhere, on a disk that does not answer too.
    files: Sender<Effect>,
    places: Places,
    /// Where the steps of the walk are taken, where there is one.
    steps: Option<Sender<Effect>>,
    jobs: Jobs,
    is_there: fn(&Operator) -> bool,
    /// When the running job was last heard of.
    heard: Instant,
    /// A key was pressed since the last frame.
    pressed: bool,
    tell: Sender<Incoming>,
    _signals: Unhooked,
    _follower: Sender<()>,
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

impl Console {
    fn new(store: Store, apps: Apps, options: ConsoleOptions, tell: Sender<Incoming>) -> Result<Self> {
        let (stop, stopped) = mpsc::channel();
        threads::follow(store.reconnect()?, stopped, &tell)?;
        let answer_on = |thread| {
            let (store, apps) = (store.reconnect()?, apps.clone());
            threads::answer_questions(thread, move |effect| queries::answer(&store, &apps, effect), &tell)
                .map_err(anyhow::Error::from)
        };
        let (pages, commands) = (answer_on("pages")?, answer_on("commands")?);
        let places = Places::anywhere(&store, options.directory);
        let (looked_for, there) = (store.reconnect()?, places.clone());
        let look = move |effect| places::answer(&looked_for, &there, &effect);
        let files = threads::answer_questions("files", look, &tell)?;
        let mut state = State::new(&super::database_name(&store), store.is_read_only(), apps.clone());
        state.database.directory = places.shown();
        let mut steps = None;
        if let Some(walkthrough) = options.walkthrough {
            state.walk = Walk::of(walkthrough.steps());
            let (store, apps) = (store.reconnect()?, apps.clone());
            let take = move |effect| steps::take(&walkthrough, &store, &apps, &effect);
            steps = Some(threads::answer_questions("steps", take, &tell)?);
        }
        Ok(Self {
            state,
            _signals: Unhooked(threads::wait_for_signals(&tell)?),
            theme: options.theme,
            screen: Screen::new(),
            jobs: Jobs::default(),
            is_there: options.is_there,
            heard: Instant::now(),
            pressed: false,
            _follower: stop,
            pages,
            commands,
            files,
            places,
            steps,
            store,
            apps,
            tell,
        })
    }

    fn run(&mut self, incoming: &Receiver<Incoming>, terminal: &TerminalGuard) -> Result<Ended> {
        input::read(&self.tell)?;
        self.take_size(terminal)?;
        let mut drawn = None;
        // The last frame of all, and the last one that showed what a key did.
        let (mut drawn_at, mut answered_at): (Option<Instant>, Option<Instant>) = (None, None);
        while !self.state.quit {
            let last = if self.pressed { answered_at } else { drawn_at };
            let frame = (drawn != Some(self.state.revision))
                .then(|| last.map_or(Duration::ZERO, |last| FRAME.saturating_sub(last.elapsed())));
            let silence = self.silence();
            let is_word_first = silence.is_some_and(|word| frame.is_none_or(|frame| word < frame));
            match receive(incoming, frame.into_iter().chain(silence).min()) {
                Ok(Incoming::Message(message)) => self.update(message, terminal)?,
                Ok(Incoming::Signal(SIGTSTP)) => self.suspend(terminal)?,
                Ok(Incoming::Signal(SIGCONT)) => self.resume(terminal)?,
                Ok(Incoming::Signal(SIGWINCH)) => self.take_size(terminal)?,
                Ok(Incoming::Signal(signal)) => return Ok(Ended::Signal(signal)),
                Ok(Incoming::InputFailed(error)) => return Err(error).context("the terminal cannot be read"),
                Ok(Incoming::Died(thread)) => bail!("the {thread} thread ended unexpectedly"),
                Err(RecvTimeoutError::Timeout) if is_word_first => {
                    self.update(Message::Silence(self.heard.elapsed().as_secs()), terminal)?;
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

    /// How long until there is a word to be said about the silence of the running job.
    fn silence(&self) -> Option<Duration> {
        let due = Duration::from_secs(self.state.jobs.next_silence()?);
        Some(due.saturating_sub(self.heard.elapsed()))
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
            Effect::LoadSpaces { .. }
            | Effect::LoadEvents { .. }
            | Effect::LoadProjections { .. }
            | Effect::FindTime { .. }
            | Effect::LoadHistory { .. }
            | Effect::LoadOperations { .. }
            | Effect::TakeInventory { .. } => {
                self.pages.send(effect).context("the store is not read any more")?
            }
            Effect::Preview { .. } | Effect::Submit { .. } | Effect::CreateSpace { .. } => {
                self.commands.send(effect).context("commands are not taken any more")?;
            }
            Effect::TryPlaces { .. } | Effect::LookInto { .. } => {
                self.files.send(effect).context("files are not looked at any more")?;
            }
            Effect::TakeStep { .. } => {
                let steps = self.steps.as_ref().context("there is no walk")?;
                steps.send(effect).context("steps are not taken any more")?;
            }
            Effect::StartJob { job, kind, space_id, about } => {
                self.heard = Instant::now();
                let Self { store, apps, places, is_there, .. } = self;
                let desk = Desk { store, apps, places, is_there: *is_there };
                self.jobs.start(desk, job, Order { kind, space_id, about }, &self.tell)?;
            }
            Effect::PauseJob { job } => self.jobs.pause(job),
            Effect::ResumeJob { job } => self.jobs.resume(job),
            Effect::CancelJob { job } => self.jobs.cancel(job),
            Effect::Copy { text } => terminal.while_held(|| clipboard::copy(self.screen.out(), &text))?,
            Effect::Suspend => self.suspend(terminal)?,
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

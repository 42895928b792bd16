//! The main loop, fed by one channel. It sleeps until a message arrives, updates the state, hands the effects
//! to threads, and draws if something changed. It draws at most one frame per 16 ms for messages and one for
//! keys, so that a key never waits for a frame that shows the progress of a job. While a job is silent, the
//! loop wakes once a second to show that. It also wakes to clear an expired notice. It never accesses the
//! store.

mod beginning;
mod remembered;
mod replacement;
mod screen;

use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use signal_hook::consts::{SIGCONT, SIGTSTP, SIGWINCH};

use crate::console::app::effect::{Effect, JobCommand, TerminalCommand};
use crate::console::app::message::Message;
use crate::console::app::state::{ConsoleState, Notice};
use crate::console::app::update::update;
use crate::console::runtime::channel::{FileNumber, Inbox, Teller};
use crate::console::runtime::clicks::Clicks;
use crate::console::runtime::input::InputReader;
use crate::console::runtime::jobs::Jobs;
use crate::console::runtime::notification::Form;
use crate::console::runtime::open_file::OpenFile;
use crate::console::runtime::opening::Opening;
use crate::console::runtime::terminal::{Screen, TerminalGuard, copy};
use crate::console::runtime::threads::Incoming;
use crate::console::runtime::workers::Workers;
use crate::console::runtime::{ConsoleExit, ConsoleOptions, input};
use crate::content_store::Apps;
use crate::operations::OperationContext;

use remembered::{REMEMBER_AFTER, Remembered};

/// The shortest time between two frames for keys, and between any other frame and the one before it.
const FRAME: Duration = Duration::from_millis(16);

/// The interval at which spaces are read again while another process works on one: no commit tells that it was killed.
const WORKERS_EVERY: Duration = Duration::from_secs(2);

/// The main loop, and the file whose workers it talks to.
pub(super) struct Console {
    state: ConsoleState,
    file: OpenFile,
    apps: Apps,
    /// The options for the next file.
    options: ConsoleOptions,
    screen: Screen,
    remembered: Remembered,
    jobs: Jobs,
    /// The time of the running job's latest news.
    heard: Instant,
    /// The last time at which the processes that work on spaces were looked after.
    watched: Instant,
    /// The time of the last frame of the past that is played.
    played: Instant,
    /// The number of the latest notice, and the time since when it is shown.
    notice: (u64, Instant),
    /// True if a key was pressed, or the mouse used, since the last frame.
    pressed: bool,
    clicks: Clicks,
    /// The time at which the terminal was asked for its background, unless it has answered.
    asked: Option<Instant>,
    /// The file that is being opened in place of this one.
    opening: Option<Opening>,
    /// The number of the file that was opened last, or is being opened.
    last_number: FileNumber,
    /// The threads that close the files before.
    leaving: Vec<JoinHandle<()>>,
    tell: Teller,
    inbox: Inbox,
    /// Reads the terminal until it is dropped.
    input: Option<InputReader>,
    /// The workers that a signal stops.
    signalled: Arc<Mutex<Workers>>,
    _signals: Unhooked,
}

/// Work triggered by the clock.
enum Due {
    Silence,
    Notice,
    Remember,
    SlowOpening,
    Play,
    Workers,
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
        self.file.workers.close();
        if let Some(opening) = self.opening.take() {
            opening.end();
        }
        for leaving in self.leaving.drain(..) {
            // A panic was reported where it happened.
            let _ = leaving.join();
        }
    }
}

impl Console {
    /// Receives the next message, waiting at most `wait` if given.
    fn receive(&self, wait: Option<Duration>) -> Result<Incoming, RecvTimeoutError> {
        self.inbox.receive(self.file.number, wait)
    }

    pub(super) fn run(&mut self, terminal: &TerminalGuard) -> Result<ConsoleExit> {
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
            match self.receive(frame.into_iter().chain(due.as_ref().map(|(wait, _)| *wait)).min()) {
                Ok(Incoming::Message(message)) => self.update(message, terminal)?,
                Ok(Incoming::Opened(request, opened)) => self.receive_file(request, opened, terminal)?,
                Ok(Incoming::Signal(SIGTSTP)) => self.suspend(terminal)?,
                Ok(Incoming::Signal(SIGCONT)) => self.resume(terminal)?,
                Ok(Incoming::Signal(SIGWINCH)) => self.take_size(terminal)?,
                Ok(Incoming::Signal(signal)) => return Ok(ConsoleExit::Signal(signal)),
                Ok(Incoming::InputFailed(error)) => return Err(error).context("the terminal cannot be read"),
                Ok(Incoming::Died(died)) => return Err(died.into()),
                Err(RecvTimeoutError::Timeout) if is_due_first => match due {
                    Some((_, Due::Remember)) => self.remember()?,
                    Some((_, Due::SlowOpening)) => self.show_slow_opening(terminal)?,
                    Some((_, Due::Play)) => {
                        self.played = Instant::now();
                        self.update(Message::PlayTick, terminal)?;
                    }
                    Some((_, Due::Workers)) => {
                        self.watched = Instant::now();
                        self.update(Message::WorkersDue, terminal)?;
                    }
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
        Ok(ConsoleExit::Quit)
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
        let slow = self.opening.as_ref().and_then(Opening::due).map(|wait| (wait, Due::SlowOpening));
        let play = self.state.travel.as_ref().and_then(|travel| travel.play.interval());
        let play = play.map(|every| (every.saturating_sub(self.played.elapsed()), Due::Play));
        let watched = self.state.spaces.tally.worked_on > 0;
        let workers = watched.then(|| (WORKERS_EVERY.saturating_sub(self.watched.elapsed()), Due::Workers));
        silence
            .into_iter()
            .chain(play)
            .chain(workers)
            .chain(notice)
            .chain(remember)
            .chain(slow)
            .min_by_key(|(wait, _)| *wait)
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
            Effect::Query(query) if query.is_suggestion() => self.file.suggestions.ask(query)?,
            Effect::Query(query) => self.file.pages.ask(query)?,
            Effect::Command(command) => self.file.commands.ask(command)?,
            Effect::Past(command) => self.file.past.ask(command)?,
            Effect::GiveUp(request) => self.file.give_up(request)?,
            Effect::Files(query) => self.file.files.ask(query)?,
            Effect::Step(step) => self.file.steps.as_ref().context("there is no guided walk")?.ask(step)?,
            Effect::Open(command) => self.command_opening(command)?,
            Effect::Memory(command) => {
                if let Some(memory) = &self.file.memory {
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
            Effect::Terminal(TerminalCommand::AskBackground) => {
                terminal.ask_background()?;
                self.asked = Some(Instant::now());
            }
            Effect::Terminal(TerminalCommand::Suspend) => self.suspend(terminal)?,
        }
        Ok(())
    }

    fn command_job(&mut self, command: JobCommand) -> Result<()> {
        match command {
            JobCommand::Start { job, spec } => {
                self.heard = Instant::now();
                let Self { file, apps, options, state, .. } = self;
                let OpenFile { workers, places, tell, .. } = file;
                let (store, is_running) = (&workers.store()?, options.is_running);
                let context =
                    OperationContext { files: &*places, is_running, ..OperationContext::new(store, apps) };
                self.jobs.start(context, places, &state.settings.keys, (job, spec), tell, workers)?;
            }
            JobCommand::Pause { job } => self.jobs.pause(job),
            JobCommand::Resume { job } => self.jobs.resume(job),
            JobCommand::Cancel { job } => self.jobs.cancel(job),
            JobCommand::Decide { job, decision } => self.jobs.decide(job, decision),
            JobCommand::Recheck { job } => self.jobs.recheck(job),
        }
        Ok(())
    }
}

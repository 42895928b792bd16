//! The threads around the loop. Each owns its connection, and tells the loop what it has to say.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::io;
use std::mem::discriminant;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use crate::apps::Apps;
use crate::console::state::{Failure, JobId, JobKind};
use crate::console::update::{Effect, JobNews, Message};
use crate::content_store::Store;
use crate::error::Result;
use crate::space::SpaceId;

use super::job::Work;
use super::keys;

/// How often others' changes are looked for.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);
/// How often a job tells of its progress, at most.
const TELL_EVERY: Duration = Duration::from_millis(50);

/// What reaches the loop.
pub(super) enum Incoming {
    /// Something for the state.
    Message(Message),
    /// A signal.
    Signal(i32),
    /// The terminal cannot be read any more.
    InputFailed(io::Error),
    /// A thread ended that should not have.
    Died(&'static str),
}

/// Tells the loop when its thread dies of a panic.
struct Alarm(&'static str, Sender<Incoming>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.1.send(Incoming::Died(self.0));
        }
    }
}

fn spawn(
    name: &'static str,
    tell: &Sender<Incoming>,
    work: impl FnOnce(Sender<Incoming>) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let tell = tell.clone();
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _alarm = Alarm(name, tell.clone());
        work(tell);
    })
}

/// Reads the terminal. It sleeps in a read that only a key ends, and so is never waited for.
pub(super) fn read_input(tell: &Sender<Incoming>) -> io::Result<()> {
    spawn("input", tell, |tell| {
        loop {
            let incoming = match crossterm::event::read() {
                Ok(event) => keys::message(event).map(Incoming::Message),
                Err(error) => Some(Incoming::InputFailed(error)),
            };
            let last = matches!(incoming, Some(Incoming::InputFailed(_)));
            if incoming.is_some_and(|incoming| tell.send(incoming).is_err()) || last {
                return;
            }
        }
    })
    .map(drop)
}

/// Waits for signals.
pub(super) fn wait_for_signals(tell: &Sender<Incoming>) -> io::Result<signal_hook::iterator::Handle> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT])?;
    let handle = signals.handle();
    spawn("signals", tell, move |tell| {
        for signal in signals.forever() {
            if tell.send(Incoming::Signal(signal)).is_err() {
                return;
            }
        }
    })?;
    Ok(handle)
}

/// Looks for changes, of whoever made them, until the other end of `stop` is dropped.
pub(super) fn follow(store: Store, stop: Receiver<()>, tell: &Sender<Incoming>) -> io::Result<()> {
    let version =
        move || -> Result<(u64, u64)> { Ok((store.events().version()?, store.pstate().version()?)) };
    spawn("follower", tell, move |tell| {
        let mut seen = version().ok();
        let mut failed = None;
        while stop.recv_timeout(FOLLOW_EVERY) == Err(RecvTimeoutError::Timeout) {
            let message = match version() {
                Ok(now) if Some(now) == seen && failed.is_none() => continue,
                Ok(now) => {
                    seen = Some(now);
                    failed = None;
                    Message::Changed
                }
                Err(error) => {
                    let failure = Failure::from(&error);
                    if failed.replace(failure.clone()).as_ref() == Some(&failure) {
                        continue;
                    }
                    Message::FollowFailed(failure)
                }
            };
            if tell.send(Incoming::Message(message)).is_err() {
                return;
            }
        }
    })
    .map(drop)
}

/// Answers questions one after the other on a thread of its own. A question that a newer one has overtaken
/// is not answered.
pub(super) fn answer_questions(
    name: &'static str,
    answer: impl Fn(Effect) -> Option<Message> + Send + 'static,
    tell: &Sender<Incoming>,
) -> io::Result<Sender<Effect>> {
    let (ask, asked) = mpsc::channel();
    spawn(name, tell, move |tell| {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                let Ok(effect) = asked.recv() else { return };
                waiting.push_back(effect);
            }
            while let Ok(effect) = asked.try_recv() {
                overtake(&mut waiting, effect);
            }
            let answered = waiting.pop_front().and_then(&answer);
            if answered.is_some_and(|message| tell.send(Incoming::Message(message)).is_err()) {
                return;
            }
        }
    })?;
    Ok(ask)
}

/// Puts a question at the end of the queue in place of those that it makes pointless.
fn overtake(waiting: &mut VecDeque<Effect>, effect: Effect) {
    let overtakes = matches!(
        effect,
        Effect::LoadSpaces { .. }
            | Effect::LoadEvents { .. }
            | Effect::LoadProjections { .. }
            | Effect::Preview { .. }
    );
    if overtakes {
        waiting.retain(|other| discriminant(other) != discriminant(&effect));
    }
    waiting.push_back(effect);
}

/// The jobs that run, each on a thread of its own.
#[derive(Default)]
pub(super) struct Jobs(HashMap<JobId, (Arc<AtomicBool>, JoinHandle<()>)>);

impl Jobs {
    /// Begins a job.
    pub(super) fn start(
        &mut self,
        store: &Store,
        apps: &Apps,
        (id, kind, space_id, space_name): (JobId, JobKind, SpaceId, String),
        tell: &Sender<Incoming>,
    ) -> io::Result<()> {
        let cancel = Arc::new(AtomicBool::new(false));
        let (store, apps, stop) = (store.clone(), apps.clone(), Arc::clone(&cancel));
        let thread = spawn("job", tell, move |tell| {
            let clock = store.clone();
            let news = |news| {
                let _ = tell.send(Incoming::Message(Message::Job(id, clock.clock().now(), news)));
            };
            news(JobNews::Started);
            let ended = match store.reconnect() {
                Ok(store) => {
                    let work = Work {
                        store: &store,
                        apps: &apps,
                        kind,
                        space_id,
                        space_name: &space_name,
                        cancel: &stop,
                    };
                    let mut told = None;
                    work.run(&mut |progress| {
                        let now = Instant::now();
                        let due =
                            told.is_none_or(|(at, phase)| phase != progress.phase || now - at >= TELL_EVERY);
                        if due {
                            told = Some((now, progress.phase));
                            news(JobNews::Progress(progress));
                        }
                    })
                }
                Err(error) => JobNews::Failed(Failure::from(&error)),
            };
            news(ended);
        })?;
        self.0.insert(id, (cancel, thread));
        Ok(())
    }

    /// Has a job stop at its next step.
    pub(super) fn cancel(&self, id: JobId) {
        if let Some((cancel, _)) = self.0.get(&id) {
            cancel.store(true, Ordering::Relaxed);
        }
    }

    /// Has all jobs stop, and waits until each has come to a step where everything is whole.
    pub(super) fn stop(self) {
        for (cancel, _) in self.0.values() {
            cancel.store(true, Ordering::Relaxed);
        }
        for (_, thread) in self.0.into_values() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::RequestId;

    #[test]
    fn a_newer_question_takes_the_place_of_an_older_one_and_commands_are_never_dropped() {
        let spaces = |request| Effect::LoadSpaces { request: RequestId(request) };
        let create =
            |request| Effect::CreateSpace { request: RequestId(request), name: "a".to_owned(), app: "crm" };
        let mut waiting = VecDeque::new();
        for effect in [spaces(1), create(2), create(3), spaces(4)] {
            overtake(&mut waiting, effect);
        }
        assert_eq!(waiting, [create(2), create(3), spaces(4)]);
    }
}

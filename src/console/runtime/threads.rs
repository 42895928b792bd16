//! The threads around the main loop. Each has its own connection and sends messages to the loop.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{io, thread};

use parking_lot::Mutex;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::console::app::message::Message;
use crate::console::app::state::{ErrorText, RequestId};
use crate::console::runtime::channel::Teller;
use crate::console::runtime::files::Files;
use crate::console::runtime::open_file::OpenFile;
use crate::console::runtime::workers::Workers;
use crate::console::settings::Settings;
use crate::console::widgets::moment::Moments;
use crate::content_store::{Outage, Store};
use crate::operations::record_late_ends;

/// The interval between checks for changes.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);

/// A message to the main loop.
pub(super) enum Incoming {
    /// An update of the state.
    Message(Message),
    /// Another file was opened, or not.
    Opened(RequestId, Result<Box<OpenFile>, ErrorText>),
    /// A signal.
    Signal(i32),
    /// The terminal can no longer be read.
    InputFailed(io::Error),
    /// A thread panicked.
    Died(Died),
}

/// A thread panicked. The panic itself is reported where it happened.
#[derive(Debug, thiserror::Error)]
#[error("the {0} thread ended unexpectedly")]
pub(super) struct Died(pub(super) &'static str);

/// Notifies the main loop if its thread panics.
struct Alarm(&'static str, Teller);

impl Drop for Alarm {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.1.send(Incoming::Died(Died(self.0)));
        }
    }
}

pub(super) fn spawn(
    name: &'static str,
    tell: &Teller,
    work: impl FnOnce(Teller) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let tell = tell.clone();
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _alarm = Alarm(name, tell.clone());
        work(tell);
    })
}

/// Handles signals. The second request to end waits neither for jobs nor for a terminal that accepts no
/// output; the third does not even wait for the connections to close. The workers are those of the file that is open.
pub(super) fn wait_for_signals(
    tell: &Teller,
    workers: Arc<Mutex<Workers>>,
) -> io::Result<signal_hook::iterator::Handle> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH])?;
    let handle = signals.handle();
    spawn("signals", tell, move |tell| {
        let mut asked = 0;
        for signal in signals.forever() {
            asked += u32::from(matches!(signal, SIGTERM | SIGINT | SIGQUIT));
            match (signal, asked) {
                (SIGTERM | SIGINT | SIGQUIT, 2) => end_now(signal, &workers.lock()),
                (SIGTERM | SIGINT | SIGQUIT, 3..) => drop(emulate_default_handler(signal)),
                // The main loop may have ended already, with only jobs left to finish.
                _ => {
                    let _ = tell.send(Incoming::Signal(signal));
                }
            }
        }
    })?;
    Ok(handle)
}

/// Closes the connections on another thread, then ends the program as the signal would.
fn end_now(signal: i32, workers: &Workers) {
    let workers = workers.clone();
    let end = move || {
        let _ = crossterm::terminal::disable_raw_mode();
        workers.stop_now();
        workers.close();
        let _ = emulate_default_handler(signal);
    };
    if thread::Builder::new().name("closing".to_owned()).spawn(end).is_err() {
        let _ = emulate_default_handler(signal);
    }
}

/// Watches for changes by any process, and for the next day, until the workers close.
pub(super) fn follow(store: Store, settings: &Settings, tell: &Teller, workers: &Workers) -> io::Result<()> {
    let (end, stop): (Sender<()>, Receiver<()>) = mpsc::channel();
    let files = Files::of(&store);
    let (bound, time_zone) = (settings.keys.clone(), settings.time_zone.clone());
    let follower = spawn("follower", tell, move |tell| {
        let version = || store.version();
        let today = |now| Moments::new(time_zone.clone(), now);
        let mut moments = today(store.clock().now());
        let mut seen = version().ok();
        let mut failed = None;
        let mut gone = None;
        let mut is_quiet = true;
        let mut outage = Outage::default();
        while stop.recv_timeout(FOLLOW_EVERY.max(outage.pause())) == Err(RecvTimeoutError::Timeout) {
            let now = store.clock().now();
            if today(now) != moments {
                moments = today(now);
                if tell.send(Incoming::Message(Message::Now(now))).is_err() {
                    return;
                }
            }
            let now = files.gone();
            if now != gone {
                gone.clone_from(&now);
                if tell.send(Incoming::Message(Message::File(now))).is_err() {
                    return;
                }
            }
            let message = match version() {
                Ok(now) if Some(now) == seen && failed.is_none() => {
                    if std::mem::replace(&mut is_quiet, true) {
                        continue;
                    }
                    Message::Quiet
                }
                Ok(now) => {
                    if outage.ends() {
                        record_late_ends(&store);
                    }
                    seen = Some(now);
                    failed = None;
                    is_quiet = false;
                    Message::Changed
                }
                Err(error) => {
                    let _ = outage.begins();
                    let failure = ErrorText::of(&error, &bound);
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
    })?;
    workers.add(follower, move || drop(end));
    Ok(())
}

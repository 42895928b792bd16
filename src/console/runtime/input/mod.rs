//! Input from the terminal.
//!
//! Bytes are read here and decoded by [`Decoder`]; crossterm handles output and modes only. Its parser waits
//! forever for the rest of a sequence that it does not know, and decodes the parts of a split sequence as
//! keys.

mod decoder;
mod keys;
mod reports;
mod sequence;
#[cfg(test)]
mod tests;

use std::io::{self, PipeReader, PipeWriter};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use signal_hook::consts::SIGHUP;

use crate::console::app::message::Message;
use crate::console::runtime::channel::Teller;
use crate::console::runtime::threads::{Incoming, spawn};

pub(in crate::console) use crate::console::runtime::input::decoder::Decoder;

/// The poll flags of a terminal that is gone.
const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);
/// The number of consecutive empty reads that mean end of input.
const EMPTY_READS: u32 = 16;

/// The result of waiting for input.
enum Seen {
    Bytes(usize),
    Silence,
    Gone,
    Stopped,
}

/// The thread that reads the terminal. It ends when this is dropped.
pub(super) struct InputReader {
    _stop: PipeWriter,
}

/// Starts a thread that reads the terminal. It may block in a read, so it is never joined.
pub(super) fn read(tell: &Teller) -> io::Result<InputReader> {
    let (stopped, stop) = io::pipe()?;
    spawn("input", tell, move |tell| {
        let last = read_all(&tell, &stopped).unwrap_or_else(|error| Some(Incoming::InputFailed(error)));
        if let Some(last) = last {
            // If it cannot be told, the console has ended.
            let _ = tell.send(last);
        }
    })?;
    Ok(InputReader { _stop: stop })
}

/// Reads until the terminal hangs up or the reader is stopped. If it is not the controlling terminal, no signal reports a
/// hangup.
fn read_all(tell: &Teller, stopped: &PipeReader) -> io::Result<Option<Incoming>> {
    let mut decoder = Decoder::default();
    let mut bytes = [0; 4096];
    loop {
        let messages = match next(&mut bytes, decoder.patience(), stopped)? {
            Seen::Bytes(count) => decoder.feed(bytes.get(..count).unwrap_or_default()),
            Seen::Silence => decoder.silence(),
            Seen::Gone => return Ok(Some(Incoming::Signal(SIGHUP))),
            Seen::Stopped => return Ok(None),
        };
        if !send(tell, messages) {
            return Ok(Some(Incoming::Signal(SIGHUP)));
        }
    }
}

/// Sends messages to the main loop. Returns true if the loop is still receiving.
fn send(tell: &Teller, messages: Vec<Message>) -> bool {
    messages.into_iter().all(|message| tell.send(Incoming::Message(message)).is_ok())
}

/// Waits up to `patience` for input. Input that has already arrived takes precedence over a timeout, even if
/// this thread is scheduled late.
fn next(bytes: &mut [u8], patience: Option<Duration>, stopped: &PipeReader) -> io::Result<Seen> {
    let until = patience.map(|patience| Instant::now() + patience);
    let mut empty_reads = 0;
    while empty_reads < EMPTY_READS {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let seen = match look(left, Some(stopped)) {
            Ok(None) => return Ok(Seen::Stopped),
            Ok(Some(seen)) => seen,
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        if seen.intersects(GONE) {
            return Ok(Seen::Gone);
        }
        if !seen.contains(PollFlags::IN) {
            return Ok(Seen::Silence);
        }
        match rustix::io::read(rustix::stdio::stdin(), &mut *bytes) {
            Ok(0) => empty_reads += 1,
            Ok(count) => return Ok(Seen::Bytes(count)),
            // Another reader was faster, or a signal interrupted the read.
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Seen::Gone)
}

/// Returns true if the terminal is gone, which then explains any failure.
pub(super) fn is_gone() -> bool {
    look(Some(Duration::ZERO), None).is_ok_and(|seen| seen.is_some_and(|seen| seen.intersects(GONE)))
}

/// Waits for the terminal; `None` if the other end of `stopped` was closed.
fn look(timeout: Option<Duration>, stopped: Option<&PipeReader>) -> Result<Option<PollFlags>, Errno> {
    let stdin = rustix::stdio::stdin();
    let mut polled = vec![PollFd::new(&stdin, PollFlags::IN)];
    polled.extend(stopped.map(|stopped| PollFd::new(stopped, PollFlags::IN)));
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    rustix::event::poll(&mut polled, timeout.as_ref())?;
    let is_stopped = polled.get(1).is_some_and(|stopped| !stopped.revents().is_empty());
    Ok(if is_stopped { None } else { Some(polled[0].revents()) })
}

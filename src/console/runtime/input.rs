//! What the terminal sends, and that it is gone.

use std::io;
use std::sync::mpsc::Sender;
use std::time::Duration;

use crossterm::event;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use signal_hook::consts::SIGHUP;

use super::keys;
use super::threads::{Incoming, spawn};

/// How long crossterm looks for more before this sleeps again. When that time is over it does not look at all, not
/// even at what it has read already: a thread that gets no processor for so long in between would leave keys lying
/// until the next one. At most so long it looks at a terminal that is gone, over and over.
const LULL: Duration = Duration::from_millis(250);

/// What a terminal shows that is not there any more.
const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

/// Reads the terminal. It sleeps in a wait that only the terminal ends, and so is never waited for.
pub(super) fn read(tell: &Sender<Incoming>) -> io::Result<()> {
    spawn("input", tell, |tell| {
        let last = read_all(&tell).unwrap_or_else(Incoming::InputFailed);
        let _ = tell.send(last);
    })
    .map(drop)
}

/// Reads until the terminal hangs up. crossterm alone would not notice that, and read nothing, over and
/// over; and where this terminal is not the controlling one, no signal tells.
fn read_all(tell: &Sender<Incoming>) -> io::Result<Incoming> {
    while wait()? {
        while event::poll(LULL)? {
            if let Some(message) = keys::message(event::read()?)
                && tell.send(Incoming::Message(message)).is_err()
            {
                return Ok(Incoming::Signal(SIGHUP));
            }
        }
    }
    Ok(Incoming::Signal(SIGHUP))
}

/// Waits for something to read, and returns whether the terminal is still there to send it.
fn wait() -> io::Result<bool> {
    loop {
        match look(None) {
            Ok(seen) => return Ok(!seen.intersects(GONE)),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether the terminal is gone, and whatever failed failed for that.
pub(super) fn is_gone() -> bool {
    look(Some(&Timespec::default())).is_ok_and(|seen| seen.intersects(GONE))
}

fn look(timeout: Option<&Timespec>) -> Result<PollFlags, Errno> {
    let stdin = rustix::stdio::stdin();
    let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
    rustix::event::poll(&mut polled, timeout)?;
    Ok(polled[0].revents())
}

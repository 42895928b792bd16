//! The wait for a server before the console opens: it says where it connects and since when, and `q` ends it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};
use jiff::Zoned;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::sqlite::Stop;

/// A server that is near answers sooner, and nothing is shown.
const SOON: Duration = Duration::from_millis(150);

/// How often keys and the clock are looked at.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    /// The server answered, or refused.
    Answered,
    /// The user quit.
    Quit,
    /// The user pressed Ctrl-C.
    Interrupted,
}

/// A wait on the screen.
pub(super) struct Connecting {
    has_ended: Arc<AtomicBool>,
    shown: Option<JoinHandle<Waited>>,
}

impl Connecting {
    /// Shows the wait for a server until [`Connecting::end`]. A key that ends it asks `stop`.
    pub(super) fn to(server: String, stop: Stop) -> Self {
        let has_ended = Arc::<AtomicBool>::default();
        let ended = Arc::clone(&has_ended);
        let show = move || show(&server, &stop, &ended).unwrap_or(Waited::Answered);
        // Without a thread, the wait is not shown.
        let shown = thread::Builder::new().name("connecting".to_owned()).spawn(show).ok();
        Self { has_ended, shown }
    }

    /// Restores the terminal.
    pub(super) fn end(self) -> Waited {
        self.has_ended.store(true, Ordering::Relaxed);
        self.shown.and_then(|shown| shown.join().ok()).unwrap_or(Waited::Answered)
    }
}

fn show(server: &str, stop: &Stop, has_ended: &AtomicBool) -> io::Result<Waited> {
    let started = (Instant::now(), Zoned::now().strftime("%H:%M:%S").to_string());
    while started.0.elapsed() < SOON {
        if has_ended.load(Ordering::Relaxed) {
            return Ok(Waited::Answered);
        }
        thread::sleep(SOON / 10);
    }
    enable_raw_mode()?;
    let waited = wait(server, &started, has_ended);
    // Both lines disappear again.
    let _ = write!(io::stderr(), "\r\x1b[K\x1b[1A\x1b[K");
    disable_raw_mode()?;
    if matches!(waited, Ok(Waited::Quit | Waited::Interrupted)) {
        stop.ask();
    }
    waited
}

fn wait(server: &str, started: &(Instant, String), has_ended: &AtomicBool) -> io::Result<Waited> {
    let mut error = io::stderr();
    let columns = size().map_or(80, |(columns, _)| columns);
    write!(error, "{}\r\n", head(server, columns.into()))?;
    let mut shown = None;
    while !has_ended.load(Ordering::Relaxed) {
        let seconds = started.0.elapsed().as_secs();
        if shown.replace(seconds) != Some(seconds) {
            write!(error, "\r\x1b[Ksince {}, {seconds} s; q quits", started.1)?;
            error.flush()?;
        }
        match pressed()? {
            Some(b'q') => return Ok(Waited::Quit),
            // Ctrl-C; there is no signal while the terminal passes every key on.
            Some(3) => return Ok(Waited::Interrupted),
            _ => {}
        }
    }
    Ok(Waited::Answered)
}

/// Returns the line that names the server. If it is too long, the end of the address stays, which tells most.
fn head(server: &str, columns: usize) -> String {
    let room = columns.saturating_sub("connecting to ".len() + 1);
    let length = server.chars().count();
    if length <= room {
        return format!("connecting to {server}");
    }
    let end: String = server.chars().skip(length - room.saturating_sub(1)).collect();
    format!("connecting to …{end}")
}

/// Waits a moment for a key.
fn pressed() -> io::Result<Option<u8>> {
    let input = io::stdin();
    let mut polled = [PollFd::new(&input, PollFlags::IN)];
    match poll(&mut polled, Some(&LOOK)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let mut byte = [0];
    // Read without the buffer of the standard library, so that the console receives what is typed later.
    let read = rustix::io::read(&input, &mut byte)?;
    Ok((read == 1).then_some(byte[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_address_stays() {
        assert_eq!(head("postgres://h/x", 80), "connecting to postgres://h/x");
        let short = head("postgres://ada@db.example.org:5432/tenants", 40);
        assert_eq!(short, "connecting to …example.org:5432/tenants");
        assert_eq!(short.chars().count(), 39);
    }
}

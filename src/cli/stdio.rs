//! Standard input and output whose waits end at a signal.

use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

/// The number of bytes that a writable pipe takes without blocking.
const PIPE: usize = 4096;

/// Standard input or output, or another stream.
pub struct Standard {
    file: io::Result<File>,
    woken: Arc<PipeReader>,
    /// Set if a read or write may block, as on a pipe or a terminal.
    may_wait: bool,
}

/// The error of a read or write that a signal ended.
#[derive(Debug, thiserror::Error)]
#[error("interrupted by a signal")]
struct Interrupted;

/// Returns the error of a write that a signal ended.
pub(super) fn interrupted() -> io::Error {
    io::Error::other(Interrupted)
}

/// Returns true if a signal ended the read or write.
pub fn is_interrupted(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|error| error.is::<Interrupted>())
}

impl Standard {
    pub(super) fn input(woken: Arc<PipeReader>) -> Self {
        Self::of(&io::stdin(), woken)
    }

    pub(super) fn output(woken: Arc<PipeReader>) -> Self {
        Self::of(&io::stdout(), woken)
    }

    /// Opens a stream to be read. A FIFO is not waited for: its first read waits for a writer.
    pub(super) fn open(path: &Path, woken: Arc<PipeReader>) -> io::Result<Self> {
        let without_wait = OFlags::NONBLOCK.bits().cast_signed();
        let file = File::options().read(true).custom_flags(without_wait).open(path)?;
        Ok(Self::of_file(Ok(file), woken))
    }

    fn of(stream: &impl AsFd, woken: Arc<PipeReader>) -> Self {
        Self::of_file(stream.as_fd().try_clone_to_owned().map(File::from), woken)
    }

    fn of_file(file: io::Result<File>, woken: Arc<PipeReader>) -> Self {
        let is_file = |file: &File| file.metadata().is_ok_and(|found| found.is_file());
        let may_wait = !file.as_ref().is_ok_and(is_file);
        Self { file, woken, may_wait }
    }

    /// Returns the file once it is ready.
    fn ready(&mut self, wanted: PollFlags) -> io::Result<&mut File> {
        let file = self.file.as_mut().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
        if !self.may_wait {
            return Ok(file);
        }
        loop {
            let mut polled = [PollFd::new(&*file, wanted), PollFd::new(&*self.woken, PollFlags::IN)];
            match poll(&mut polled, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let [is_ready, is_woken] = polled.map(|polled| !polled.revents().is_empty());
            // Ready output is still written, so that a cancelled operation can report itself.
            if is_woken && (wanted == PollFlags::IN || !is_ready) {
                return Err(interrupted());
            }
            if is_ready {
                return Ok(file);
            }
        }
    }
}

/// Waits for `pause`, or until it is woken or the reader of standard output goes away.
pub(super) fn wait_with_reader(pause: Duration, woken: &PipeReader) -> io::Result<()> {
    let stdout = io::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty()), PollFd::new(woken, PollFlags::IN)];
    let timeout =
        Timespec { tv_sec: pause.as_secs().try_into().unwrap_or(0), tv_nsec: pause.subsec_nanos().into() };
    match poll(&mut polled, Some(&timeout)) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let [reader, woken] = polled.map(|polled| polled.revents());
    if reader.intersects(PollFlags::ERR | PollFlags::HUP) {
        return Err(ErrorKind::BrokenPipe.into());
    }
    if !reader.is_empty() && woken.is_empty() {
        // Some systems cannot poll a terminal.
        thread::sleep(pause);
    }
    Ok(())
}

impl Read for Standard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.ready(PollFlags::IN)?.read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}

impl Write for Standard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = if self.may_wait { bytes.len().min(PIPE) } else { bytes.len() };
        loop {
            match self.ready(PollFlags::OUT)?.write(&bytes[..most]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

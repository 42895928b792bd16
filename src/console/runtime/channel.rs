//! The channel to the main loop. Input and signals are always received; what concerns a file only while that file is open, so
//! that an answer about the file before is never taken for one about this file.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::console::runtime::threads::Incoming;

/// The number of a file in the order in which this console opens files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct FileNumber(u64);

impl FileNumber {
    /// Returns the number of the file that is opened next.
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A message, with the file that it concerns.
type Addressed = (Option<FileNumber>, Incoming);

/// The main loop has ended, so that nobody receives a message.
#[derive(Debug)]
pub(super) struct LoopEnded;

/// The sending side.
#[derive(Clone)]
pub(super) struct Teller {
    sender: Sender<Addressed>,
    file: Option<FileNumber>,
}

/// The receiving side.
pub(super) struct Inbox(Receiver<Addressed>);

/// Returns both sides of a new channel.
pub(super) fn channel() -> (Teller, Inbox) {
    let (sender, receiver) = mpsc::channel();
    (Teller { sender, file: None }, Inbox(receiver))
}

impl Teller {
    /// Returns a sender of messages about a file.
    pub(super) fn of_file(&self, file: FileNumber) -> Self {
        Self { file: Some(file), ..self.clone() }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`LoopEnded`]. The message is dropped.
    pub(super) fn send(&self, incoming: Incoming) -> Result<(), LoopEnded> {
        self.sender.send((self.file, incoming)).map_err(|_| LoopEnded)
    }
}

impl Inbox {
    /// Receives the next message while this file is open. Waits at most `wait` if given.
    ///
    /// # Errors
    /// [`RecvTimeoutError`].
    pub(super) fn receive(
        &self,
        open: FileNumber,
        wait: Option<Duration>,
    ) -> Result<Incoming, RecvTimeoutError> {
        let until = wait.map(|wait| Instant::now() + wait);
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let (file, incoming) = match left {
                Some(Duration::ZERO) => return Err(RecvTimeoutError::Timeout),
                Some(left) => self.0.recv_timeout(left)?,
                None => self.0.recv().map_err(|_| RecvTimeoutError::Disconnected)?,
            };
            if file.is_none_or(|file| file == open) {
                return Ok(incoming);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::app::message::Message;

    #[test]
    fn messages_about_another_file_are_dropped_and_input_is_not() {
        let (tell, inbox) = channel();
        let [first, second] = [FileNumber::default(), FileNumber::default().next()];
        tell.of_file(first).send(Incoming::Message(Message::Changed)).unwrap();
        tell.send(Incoming::Signal(1)).unwrap();
        tell.of_file(second).send(Incoming::Message(Message::Quiet)).unwrap();
        assert!(matches!(inbox.receive(second, None), Ok(Incoming::Signal(1))));
        assert!(matches!(inbox.receive(second, None), Ok(Incoming::Message(Message::Quiet))));
        assert!(matches!(inbox.receive(second, Some(Duration::ZERO)), Err(RecvTimeoutError::Timeout)));
    }
}

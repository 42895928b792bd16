//! Replacing the file of a running console: the other file is opened beside it, and this one is left once that is open. The
//! terminal keeps its state.

use std::time::Instant;

use anyhow::Result;

use crate::console::app::effect::OpenCommand;
use crate::console::app::message::{Answer, Message};
use crate::console::app::state::{ErrorText, RequestId};
use crate::console::runtime::jobs::Jobs;
use crate::console::runtime::open_file::OpenFile;
use crate::console::runtime::opening::{Opener, Opening};
use crate::console::runtime::terminal::TerminalGuard;
use crate::console::runtime::threads::spawn;

use super::Console;
use super::remembered::Remembered;

impl Console {
    /// Opens a file, or gives up opening one.
    pub(super) fn command_opening(&mut self, command: OpenCommand) -> Result<()> {
        if let Some(before) = self.opening.take() {
            before.give_up();
        }
        let OpenCommand::Open { request, file } = command else { return Ok(()) };
        self.last_number = self.last_number.next();
        let opener = Opener {
            apps: self.apps.clone(),
            options: self.options.clone(),
            open: self.file.workers.store()?.location().cloned(),
            places: self.file.places.clone(),
            tell: self.tell.clone(),
        };
        self.opening = Some(Opening::start(opener, (request, file), self.last_number)?);
        Ok(())
    }

    /// Says that the file takes long to open.
    pub(super) fn show_slow_opening(&mut self, terminal: &TerminalGuard) -> Result<()> {
        match self.opening.as_mut().map(Opening::note_slow) {
            Some(request) => self.update(Message::OpeningIsSlow(request), terminal),
            None => Ok(()),
        }
    }

    /// Receives a file that was opened, or the reason why it was not. A file that was given up meanwhile is closed again.
    pub(super) fn receive_file(
        &mut self,
        request: RequestId,
        opened: Result<Box<OpenFile>, ErrorText>,
        terminal: &TerminalGuard,
    ) -> Result<()> {
        if self.opening.as_ref().is_some_and(|opening| opening.is_of(request)) {
            self.opening = None;
        }
        let (file, result) = match opened {
            Ok(file) => (Some(file), Ok(())),
            Err(failure) => (None, Err(failure)),
        };
        self.update(Message::Opened(Answer { request, result }), terminal)?;
        match file {
            Some(file) if self.state.is_replaced => self.replace_file(*file),
            Some(file) => self.leave(*file),
            None => Ok(()),
        }
    }

    /// Continues with another file, and leaves this one.
    fn replace_file(&mut self, mut file: OpenFile) -> Result<()> {
        let state = file.begin(&self.apps, &self.options)?.after(&self.state);
        self.remember()?;
        *self.signalled.lock() = file.workers.clone();
        let before = std::mem::replace(&mut self.file, file);
        let revision = self.state.revision;
        self.state = state;
        // The screen still shows the file before.
        self.state.revision = revision + 1;
        (self.jobs, self.remembered) = (Jobs::default(), Remembered::default());
        let now = Instant::now();
        (self.heard, self.notice) = (now, (self.state.notices, now));
        self.leave(before)
    }

    /// Closes a file without waiting for it. Its jobs end where the data is intact.
    fn leave(&mut self, file: OpenFile) -> Result<()> {
        self.leaving.retain(|thread| !thread.is_finished());
        self.leaving.push(spawn("closing", &self.tell, move |_| drop(file))?);
        Ok(())
    }
}

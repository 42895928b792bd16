//! The terminal in the hands of the main loop: drawn on, released while the process is stopped, and taken back.

use std::time::Duration;

use anyhow::{Context, Result};
use ratatui::layout::Rect;
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;

use crate::console::app::message::Message;
use crate::console::app::state::{Level, Size};
use crate::console::app::view::{self, Drawn};
use crate::console::runtime::terminal::TerminalGuard;
use crate::console::runtime::threads::Incoming;

use super::Console;

/// How long a terminal may take to tell the colour of its background before the console ends.
const BACKGROUND_PATIENCE: Duration = Duration::from_millis(100);

impl Console {
    fn area(&self) -> Rect {
        Rect::new(0, 0, self.state.size.width, self.state.size.height)
    }

    pub(super) fn draw(&mut self, terminal: &TerminalGuard) -> Result<()> {
        let viewports = view::viewports(&self.state, self.area());
        self.update(Message::Viewports(viewports), terminal)?;
        let area = self.area();
        let (state, theme) = (&self.state, self.state.theme());
        let mut drawn = Drawn::default();
        let render = |area, buffer: &mut _| {
            drawn = view::render(state, &theme, area, buffer);
            drawn.cursor
        };
        terminal.while_held(|| self.screen.draw(area, render))?;
        self.update(Message::Drawn(drawn.regions), terminal)
    }

    pub(super) fn take_size(&mut self, terminal: &TerminalGuard) -> Result<()> {
        let (width, height) = crossterm::terminal::size().context("the terminal's size is unknown")?;
        self.update(Message::Resize(Size::of_terminal(width, height)), terminal)
    }

    /// Releases the terminal and stops the process, then resumes when continued. Refuses if no shell
    /// could continue it, for example in a container or as the command of an ssh session.
    pub(super) fn suspend(&mut self, terminal: &TerminalGuard) -> Result<()> {
        if !has_shell() {
            self.state.say(Level::Warning, "suspend: there is no shell to return to");
            return self.update(Message::Resumed, terminal);
        }
        terminal.release()?;
        emulate_default_handler(SIGTSTP).context("the program cannot be suspended")?;
        self.resume(terminal)
    }

    /// Takes the terminal back and redraws everything.
    pub(super) fn resume(&mut self, terminal: &TerminalGuard) -> Result<()> {
        terminal.retake()?;
        self.screen.forget();
        self.take_size(terminal)?;
        self.update(Message::Resumed, terminal)
    }

    /// Waits a moment for the terminal to tell its background, if it has only just been asked.
    pub(in crate::console::runtime) fn await_background(&mut self) {
        while let Some(asked) = self.asked {
            match self.receive(Some(BACKGROUND_PATIENCE.saturating_sub(asked.elapsed()))) {
                Ok(Incoming::Message(Message::Background(_))) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

/// Returns true if a shell with job control runs this program, in a process group that it created for it.
fn has_shell() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpgrp())
}

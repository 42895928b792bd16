//! Takes the terminal, and restores it on every way out.

use std::cell::Cell;
use std::io;
use std::panic::PanicHookInfo;
use std::sync::Arc;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use parking_lot::ReentrantMutex;
use rustix::termios::{InputModes, LocalModes, OutputModes, tcgetattr};

use crate::nesting;

use crate::console::runtime::screen;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// True while the terminal is taken. Locked during drawing, taking and restoring, so that no thread draws on
/// a restored terminal.
type Held = ReentrantMutex<Cell<bool>>;

/// Holds the terminal in raw mode on its alternate screen. Restores it when dropped or when any thread
/// panics.
pub(super) struct TerminalGuard {
    held: Arc<Held>,
    previous: Arc<Hook>,
}

impl TerminalGuard {
    /// Takes the terminal.
    pub(super) fn take() -> io::Result<Self> {
        let held = Arc::new(Held::default());
        let previous: Arc<Hook> = Arc::new(std::panic::take_hook());
        let (hook_held, hook_previous) = (Arc::clone(&held), Arc::clone(&previous));
        std::panic::set_hook(Box::new(move |info| {
            if nesting::is_tried() {
                return;
            }
            let _ = release(&hook_held);
            hook_previous(info);
        }));
        let guard = Self { held, previous };
        guard.retake()?;
        Ok(guard)
    }

    /// Takes the terminal back after it was released, or after another program changed its modes.
    pub(super) fn retake(&self) -> io::Result<()> {
        let held = self.held.lock();
        held.set(true);
        // crossterm believes that raw mode is set even if a shell has unset it. If it is still set, it stays:
        // a key that arrives while it is unset would go to the line editor, and `ctrl-s` would be lost.
        if !is_raw() {
            let _ = disable_raw_mode();
        }
        enable_raw_mode()?;
        execute!(screen::out(), EnterAlternateScreen, EnableBracketedPaste, Hide)
    }

    /// Writes to the terminal, unless it has been released.
    pub(super) fn while_held(&self, write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let held = self.held.lock();
        if held.get() { write() } else { Ok(()) }
    }

    /// Restores the terminal.
    pub(super) fn release(&self) -> io::Result<()> {
        release(&self.held)
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        let _ = self.release();
        if !std::thread::panicking() {
            let previous = Arc::clone(&self.previous);
            std::panic::set_hook(Box::new(move |info| previous(info)));
        }
    }
}

/// Returns true if the terminal is fully raw: it passes on each key at once and prints output unchanged. A
/// shell's line editor sets fewer modes.
fn is_raw() -> bool {
    let local = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
    let input = InputModes::ICRNL | InputModes::IXON;
    tcgetattr(rustix::stdio::stdin()).is_ok_and(|modes| {
        !modes.local_modes.intersects(local)
            && !modes.input_modes.intersects(input)
            && !modes.output_modes.contains(OutputModes::OPOST)
    })
}

fn release(held: &Held) -> io::Result<()> {
    let held = held.lock();
    if !held.replace(false) {
        return Ok(());
    }
    let left = execute!(screen::out(), Show, DisableBracketedPaste, LeaveAlternateScreen);
    disable_raw_mode()?;
    left
}

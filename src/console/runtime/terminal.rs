//! Taking the terminal, and giving it back whatever happens.

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

use super::screen;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Whether the terminal is held. Locked while it is drawn on, taken or given back, so that no thread draws on
/// a terminal that another has given back.
type Held = ReentrantMutex<Cell<bool>>;

/// Holds the terminal in raw mode on its alternate screen. Dropped, or when any thread panics, the
/// terminal is as it was.
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

    /// Takes the terminal again after it was released, or after somebody else changed it.
    pub(super) fn retake(&self) -> io::Result<()> {
        let held = self.held.lock();
        held.set(true);
        // Raw mode is remembered as set, even if a shell has unset it meanwhile. Where none has, it stays: a key that
        // came while it is unset would be taken for one of the line editor's, and `ctrl-s` be lost.
        if !is_raw() {
            let _ = disable_raw_mode();
        }
        enable_raw_mode()?;
        execute!(screen::out(), EnterAlternateScreen, EnableBracketedPaste, Hide)
    }

    /// Writes to the terminal, unless it has been given back.
    pub(super) fn while_held(&self, write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let held = self.held.lock();
        if held.get() { write() } else { Ok(()) }
    }

    /// Gives the terminal back, for now or for good.
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

/// Whether the terminal hands over each key as it is pressed, and shows what it is sent as it is. A shell's own line
/// editor sets less than that.
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

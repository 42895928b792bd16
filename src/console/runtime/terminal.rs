//! The terminal: taken, drawn on, and restored on every way out.

use std::cell::Cell;
use std::io::{self, BufWriter, Stdout, Write};
use std::panic::PanicHookInfo;
use std::sync::Arc;

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use parking_lot::ReentrantMutex;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use rustix::termios::{InputModes, LocalModes, OutputModes, tcgetattr};

use crate::event_store::nesting;
use crate::terminal_write::BlockingWriter;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Asks for reports of the buttons, of motion with a button held down, and in the SGR encoding.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Asks for reports of a change between dark and light, and for the colour of the background now.
const BACKGROUND_ON: &str = "\x1b[?2031h\x1b]11;?\x1b\\";
const BACKGROUND_OFF: &str = "\x1b[?2031l";

/// The reports that the terminal is asked for while it is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reports {
    /// The mouse.
    pub(super) mouse: bool,
    /// The background.
    pub(super) background: bool,
}

impl Reports {
    fn on(self) -> String {
        let background = if self.background { BACKGROUND_ON } else { "" };
        format!("{}{background}", if self.mouse { MOUSE_ON } else { "" })
    }

    fn off(self) -> String {
        let background = if self.background { BACKGROUND_OFF } else { "" };
        format!("{background}{}", if self.mouse { MOUSE_OFF } else { "" })
    }
}

/// The terminal. Locked during drawing, taking and restoring, so that no thread draws on a restored terminal.
type Held = ReentrantMutex<Taken>;

/// The modes of the terminal.
struct Taken {
    /// True while it is taken.
    held: Cell<bool>,
    reports: Cell<Reports>,
}

/// Holds the terminal in raw mode on its alternate screen. Restores it when dropped or when any thread
/// panics.
pub(super) struct TerminalGuard {
    held: Arc<Held>,
    previous: Arc<Hook>,
}

impl TerminalGuard {
    /// Takes the terminal.
    pub(super) fn take(reports: Reports) -> io::Result<Self> {
        let held = Arc::new(Held::new(Taken { held: Cell::new(false), reports: Cell::new(reports) }));
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
        let taken = self.held.lock();
        taken.held.set(true);
        // crossterm believes that raw mode is set even if a shell has unset it. If it is still set, it stays:
        // a key that arrives while it is unset would go to the line editor, and `ctrl-s` would be lost.
        if !is_raw() {
            let _ = disable_raw_mode();
        }
        enable_raw_mode()?;
        let reports = taken.reports.get().on();
        execute!(out(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, Print(reports), Hide)
    }

    /// Writes to the terminal, unless it has been released.
    pub(super) fn while_held(&self, write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let taken = self.held.lock();
        if taken.held.get() { write() } else { Ok(()) }
    }

    /// Asks for the background, now and after the terminal is taken back.
    pub(super) fn ask_background(&self) -> io::Result<()> {
        let taken = self.held.lock();
        taken.reports.set(Reports { background: true, ..taken.reports.get() });
        if taken.held.get() { execute!(out(), Print(BACKGROUND_ON)) } else { Ok(()) }
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
    let taken = held.lock();
    if !taken.held.replace(false) {
        return Ok(());
    }
    let reports = taken.reports.get().off();
    let left = execute!(
        out(),
        Show,
        Print(reports),
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen
    );
    disable_raw_mode()?;
    left
}

/// The output to the terminal. Writes a frame in few calls, and waits for a slow terminal.
type Out = BufWriter<BlockingWriter<Stdout>>;

/// Opens the output to the terminal.
pub(super) fn out() -> Out {
    BufWriter::with_capacity(16 << 10, BlockingWriter(io::stdout()))
}

/// The contents of the terminal. Never queries the terminal, and so never waits for a reply.
pub(super) struct Screen {
    backend: CrosstermBackend<Out>,
    shown: Option<Buffer>,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { backend: CrosstermBackend::new(out()), shown: None }
    }

    /// Forgets the contents, so that the next frame is drawn in full.
    pub(super) fn forget(&mut self) {
        self.shown = None;
    }

    /// Draws a frame.
    pub(super) fn draw(
        &mut self,
        area: Rect,
        render: impl FnOnce(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        let mut frame = Buffer::empty(area);
        let cursor = render(area, &mut frame);
        execute!(self.backend, BeginSynchronizedUpdate)?;
        let drawn = self.put(&frame, cursor);
        execute!(self.backend, EndSynchronizedUpdate)?;
        drawn?;
        self.shown = Some(frame);
        Ok(())
    }

    fn put(&mut self, frame: &Buffer, cursor: Option<Position>) -> io::Result<()> {
        let before = match self.shown.take() {
            Some(shown) if shown.area == frame.area => shown,
            _ => {
                self.backend.clear()?;
                Buffer::empty(frame.area)
            }
        };
        self.backend.draw(before.diff(frame).into_iter())?;
        if let Some(cursor) = cursor {
            // The cursor is hidden because the view draws it, but input methods need its position.
            self.backend.set_cursor_position(cursor)?;
        }
        Backend::flush(&mut self.backend)
    }

    /// Returns the output for control sequences.
    pub(super) fn out(&mut self) -> &mut impl Write {
        &mut self.backend
    }
}

/// Copies text to the clipboard, through the terminal (OSC 52), which also works over SSH.
pub(super) fn copy(out: &mut impl Write, text: &str) -> io::Result<()> {
    execute!(out, CopyToClipboard::to_clipboard_from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_copied_to_the_clipboard_in_base64() {
        let mut out = Vec::new();
        copy(&mut out, "zoë李").unwrap();
        assert_eq!(out, b"\x1b]52;c;em/Dq+adjg==\x1b\\");
    }
}

//! The output of a terminal as a VT100 shows it, with waits for conditions.

use std::io::Read;
use std::num::NonZeroU16;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::ExitStatus;
use vt100::{MouseProtocolMode, Screen};

/// The time after which a wait fails.
const TOO_LONG: Duration = Duration::from_secs(120);
/// The polling interval for conditions that no output announces.
const AGAIN: Duration = Duration::from_millis(10);
/// Marks the end of the output. No program here sends this character.
pub const LAST: u8 = 0;

/// The output of the terminal so far.
pub struct Seen {
    pub parser: vt100::Parser,
    /// Every byte that the program sent.
    pub raw: Vec<u8>,
    /// The exit status of the program.
    pub ended: Option<ExitStatus>,
    /// True if all output was received.
    pub closed: bool,
}

impl Seen {
    fn new((columns, rows): (u16, u16)) -> Self {
        let (rows, columns) = shown_size(columns, rows);
        let parser = vt100::Parser::new(rows, columns, 0);
        Self { parser, raw: Vec::new(), ended: None, closed: false }
    }

    pub fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    pub fn text(&self) -> String {
        self.screen().contents()
    }

    /// Returns true if no synchronised update is incomplete. A terminal would not show an incomplete one.
    fn is_whole(&self) -> bool {
        let last = |text: &str| self.raw.windows(text.len()).rposition(|window| window == text.as_bytes());
        last("\x1b[?2026h") <= last("\x1b[?2026l")
    }

    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }
}

/// Clamps a size to one that can be shown: not empty, and small enough for memory.
pub fn shown_size(columns: u16, rows: u16) -> (NonZeroU16, NonZeroU16) {
    let some = |number: u16| NonZeroU16::new(number.min(1000)).unwrap_or(NonZeroU16::MIN);
    (some(rows), some(columns))
}

/// The output, shared by the threads that fill it and those that wait for it.
pub struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Shared {
    pub fn new(size: (u16, u16)) -> Self {
        Self { seen: Mutex::new(Seen::new(size)), changed: Condvar::new() }
    }

    pub fn change(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap());
        self.changed.notify_all();
    }

    pub fn is(&self, is_so: impl FnOnce(&Seen) -> bool) -> bool {
        is_so(&self.seen.lock().unwrap())
    }

    /// Processes output up to the end mark, at most `at_once` bytes at a time.
    pub fn read(&self, output: &mut impl Read, at_once: usize) {
        let mut bytes = vec![0; at_once];
        while !self.seen.lock().unwrap().closed {
            let Ok(read @ 1..) = output.read(&mut bytes) else { return };
            let bytes = &bytes[..read];
            self.change(|seen| {
                // Output of a program that is still running may follow it.
                let last = bytes.iter().position(|byte| *byte == LAST);
                seen.closed = last.is_some();
                let sent = &bytes[..last.unwrap_or(bytes.len())];
                seen.raw.extend_from_slice(sent);
                seen.parser.process(sent);
            });
        }
    }

    /// Waits until a condition is true of a complete screen.
    #[track_caller]
    pub fn wait(&self, what: &str, mut is_so: impl FnMut(&Seen) -> bool) -> MutexGuard<'_, Seen> {
        let until = Instant::now() + TOO_LONG;
        let mut seen = self.seen.lock().unwrap();
        while !(seen.is_whole() || seen.ended.is_some()) || !is_so(&seen) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let (ended, text) = (seen.ended.clone(), seen.text());
                drop(seen);
                panic!("{what}: not within {TOO_LONG:?}; ended: {ended:?}; screen:\n{text}");
            }
            seen = self.changed.wait_timeout(seen, left.min(AGAIN)).unwrap().0;
        }
        seen
    }
}

/// Returns true if the program draws on the alternate screen.
pub fn is_taken(seen: &Seen) -> bool {
    seen.screen().alternate_screen()
}

/// Asserts that the terminal has its original modes.
#[track_caller]
pub fn assert_given_back(seen: &Seen) {
    let screen = seen.screen();
    assert!(!screen.alternate_screen(), "the alternate screen was not left");
    assert!(!screen.hide_cursor(), "the cursor is hidden");
    assert!(!screen.bracketed_paste(), "pasted text is bracketed");
    assert!(!screen.application_cursor() && !screen.application_keypad(), "keys send other codes");
    assert_eq!(screen.mouse_protocol_mode(), MouseProtocolMode::None, "mouse reporting is on");
    let count = |text: &str| seen.raw.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
    assert_eq!(count("\x1b[?2026h"), count("\x1b[?2026l"), "an update has not ended");
    let last = |text: &str| seen.raw.windows(text.len()).rposition(|window| window == text.as_bytes());
    assert!(last("\x1b[?2031h") <= last("\x1b[?2031l"), "the background is still reported");
    assert!(last("\x1b[?1004h") <= last("\x1b[?1004l"), "the focus is still reported");
}

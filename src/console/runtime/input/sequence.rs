//! Input that spans several bytes: characters, escape sequences and pasted text.

use std::time::Duration;

use crate::console::app::key::Key;
use crate::console::app::pointer::mouse::Mouse;
use crate::console::runtime::input::decoder::Escape;
use crate::console::runtime::input::{keys, reports};
use crate::console::theme::Background;

/// The most bytes kept of a sequence. No key and no colour has more.
const KEPT: usize = 64;
/// The number of gaps that end an incomplete sequence. A typist pauses before nearly every byte, a terminal
/// almost never.
const GAPS: u8 = 3;

const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const ESC: u8 = 0x1b;
const BELL: u8 = 0x07;
const EIGHT_BIT_TERMINATOR: u8 = 0x9c;

/// The kinds of sequences, by how they end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Control sequence: parameters and a final byte.
    Csi,
    /// Single shift: one byte, on some terminals preceded by a modifier.
    Ss3,
    /// Function key of the Linux console: one byte after `ESC [ [`.
    Linux,
    /// X10 mouse report: three bytes or UTF-8 characters after `ESC [ M`.
    Mouse,
    /// OSC: text up to a terminator, which may be an answer.
    Answer,
    /// DCS, APC, PM or SOS: text up to a terminator.
    Text,
    /// An answer followed by an Esc, which may start the terminator.
    AnswerEscape,
    /// Text followed by an Esc, which may start the terminator.
    TextEscape,
}

impl Kind {
    /// Returns the kind of sequence that this byte introduces after Esc.
    pub(super) fn introduced_by(byte: u8) -> Option<Self> {
        match byte {
            b'[' => Some(Self::Csi),
            b'O' => Some(Self::Ss3),
            b']' => Some(Self::Answer),
            b'P' | b'X' | b'^' | b'_' => Some(Self::Text),
            _ => None,
        }
    }
}

/// The meaning of a complete sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Key(Key),
    /// A report of the mouse.
    Mouse(Mouse),
    /// The window of the terminal received the focus, or lost it.
    Focus(bool),
    /// The background of the terminal, or the one that its user prefers.
    Background(Background),
    /// The start of a paste.
    Paste,
    /// A reply, a report or an unknown sequence, but not a key.
    Nothing,
}

/// The state of a sequence after a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    More,
    End(Meaning),
    /// The byte is not part of it.
    Broken,
    /// Neither the byte nor the Esc before it is part of it.
    BrokenByEscape,
}

/// An incomplete sequence.
#[derive(Debug)]
pub(super) struct Sequence {
    kind: Kind,
    /// The introducer, in seven-bit form.
    start: Option<(Escape, u8)>,
    content: Vec<u8>,
    is_cut: bool,
    /// The latest byte of text.
    last: u8,
    gaps: u8,
}

impl Sequence {
    pub(super) fn begin(kind: Kind, start: Option<(Escape, u8)>) -> Self {
        Self { kind, start, content: Vec::new(), is_cut: false, last: 0, gaps: 0 }
    }

    /// Returns the Esc that introduced it.
    pub(super) fn escape(&self) -> Escape {
        self.start.map_or_else(Escape::default, |(escape, _)| escape)
    }

    /// Returns the introducer if nothing follows it yet: the sequence may then turn out to be a key with Alt,
    /// or a key after Esc.
    pub(super) fn bare(&self) -> Option<u8> {
        let is_bare =
            self.content.is_empty() && matches!(self.kind, Kind::Csi | Kind::Ss3 | Kind::Answer | Kind::Text);
        self.start.filter(|_| is_bare).map(|(_, introducer)| introducer)
    }

    /// Counts a gap. Returns true if more bytes may follow.
    pub(super) fn survives_silence(&mut self) -> bool {
        self.gaps += 1;
        self.bare().is_none() && self.gaps < GAPS
    }

    pub(super) fn take(&mut self, byte: u8) -> Step {
        match self.kind {
            Kind::Csi => self.take_csi(byte),
            Kind::Ss3 => self.take_ss3(byte),
            Kind::Linux => self.take_linux(byte),
            Kind::Mouse => self.take_mouse(byte),
            Kind::Answer | Kind::Text => self.take_text(byte),
            Kind::AnswerEscape | Kind::TextEscape => match byte {
                b'\\' => self.end_text(),
                ESC => Step::More,
                _ => Step::BrokenByEscape,
            },
        }
    }

    fn take_csi(&mut self, byte: u8) -> Step {
        match byte {
            // rxvt ends keys with Shift with a byte that is not a final byte elsewhere.
            b'$' if keys::is_number(&self.content) => Step::End(keys::meaning(&self.content, byte)),
            0x20..=0x3f => self.keep(byte),
            b'[' if self.content.is_empty() => self.turn(Kind::Linux),
            b'M' if self.content.is_empty() => self.turn(Kind::Mouse),
            0x40..=0x7e if self.is_cut => Step::End(Meaning::Nothing),
            0x40..=0x7e => Step::End(
                reports::meaning(&self.content, byte).unwrap_or_else(|| keys::meaning(&self.content, byte)),
            ),
            _ => Step::Broken,
        }
    }

    fn take_ss3(&mut self, byte: u8) -> Step {
        match byte {
            b'0'..=b'9' | b';' => self.keep(byte),
            0x20..=0x7e if self.is_cut => Step::End(Meaning::Nothing),
            0x20..=0x7e => Step::End(keys::of_ss3(&self.content, byte)),
            _ => Step::Broken,
        }
    }

    fn take_linux(&mut self, byte: u8) -> Step {
        match byte {
            b'A'..=b'E' => Step::End(Meaning::Key(keys::function(byte - b'A' + 1))),
            0x20..=0x7e => Step::End(Meaning::Nothing),
            _ => Step::Broken,
        }
    }

    fn take_mouse(&mut self, byte: u8) -> Step {
        // Some terminals send a large coordinate as a two-byte character.
        let is_second = |pair: &[u8]| matches!(pair, [0xc2..=0xdf, 0x80..=0xbf]);
        let numbers = |bytes: &[u8]| bytes.len() - bytes.windows(2).filter(|pair| is_second(pair)).count();
        let before = numbers(&self.content);
        self.content.push(byte);
        match numbers(&self.content) {
            now if byte < 0x20 || now > 3 => Step::Broken,
            3 if before == 3 || !matches!(byte, 0xc2..=0xdf) => Step::End(Meaning::Nothing),
            _ => Step::More,
        }
    }

    /// Takes text. Control bytes within it are not keys.
    fn take_text(&mut self, byte: u8) -> Step {
        let before = std::mem::replace(&mut self.last, byte);
        match byte {
            BELL => self.end_text(),
            CAN | SUB => Step::End(Meaning::Nothing),
            ESC if self.kind == Kind::Answer => self.turn(Kind::AnswerEscape),
            ESC => self.turn(Kind::TextEscape),
            // Inside a multi-byte character, the same byte is not a terminator.
            EIGHT_BIT_TERMINATOR if before < 0x80 || before == 0xc2 => self.end_text(),
            _ => self.keep(byte),
        }
    }

    fn end_text(&self) -> Step {
        let is_answer = matches!(self.kind, Kind::Answer | Kind::AnswerEscape) && !self.is_cut;
        Step::End(if is_answer { reports::answer(&self.content) } else { Meaning::Nothing })
    }

    fn turn(&mut self, kind: Kind) -> Step {
        self.kind = kind;
        Step::More
    }

    fn keep(&mut self, byte: u8) -> Step {
        if self.content.len() < KEPT {
            self.content.push(byte);
        } else {
            self.is_cut = true;
        }
        Step::More
    }
}

/// The bytes of a character so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Partial {
    bytes: [u8; 4],
    held: usize,
    length: usize,
    /// True if it is typed with Alt.
    pub(super) alt: bool,
}

/// The state of a character after a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Character {
    /// More bytes are needed.
    More,
    /// The character is complete.
    Whole(char),
    /// The character is complete but invalid.
    Invalid,
    /// The byte is not part of the character.
    Broken,
}

impl Partial {
    /// Starts a character with this byte, if one can start with it.
    pub(super) fn begin(byte: u8, alt: bool) -> Option<Self> {
        let length = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return None,
        };
        Some(Self { bytes: [byte, 0, 0, 0], held: 1, length, alt })
    }

    pub(super) fn take(&mut self, byte: u8) -> Character {
        let (0x80..=0xbf, Some(free)) = (byte, self.bytes.get_mut(self.held)) else {
            return Character::Broken;
        };
        *free = byte;
        self.held += 1;
        if self.held < self.length {
            return Character::More;
        }
        let text = self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.and_then(|text| text.chars().next()).map_or(Character::Invalid, Character::Whole)
    }
}

/// The sequence that ends a paste.
const END: &[u8] = b"\x1b[201~";
/// The longest gap within a paste. Later bytes count as keys, so this allows for a stalled connection.
const STALL: Duration = Duration::from_secs(2);
const CTRL_C: u8 = 0x03;

/// The text pasted so far.
#[derive(Debug, Default)]
pub(super) struct Paste(Vec<u8>);

impl Paste {
    /// Adds a byte. Returns the text once it is complete.
    pub(super) fn take(&mut self, byte: u8) -> Option<String> {
        self.0.push(byte);
        let text = self.0.strip_suffix(END)?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// Returns the longest gap allowed next. A Ctrl-C is text if more text follows at once, and a key
    /// otherwise.
    pub(super) fn patience(&self, gap: Duration) -> Duration {
        if self.0.ends_with(&[CTRL_C]) { gap } else { STALL }
    }

    /// Returns the text of an unterminated paste, and true if a Ctrl-C ended it.
    pub(super) fn interrupted(self) -> (String, bool) {
        let (text, is_interrupted) = match self.0.strip_suffix(&[CTRL_C]) {
            Some(text) => (text, true),
            None => (&self.0[..], false),
        };
        (String::from_utf8_lossy(text).into_owned(), is_interrupted)
    }
}

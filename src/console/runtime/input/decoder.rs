//! Decodes bytes from the terminal into keys, pasted text, and reports of the mouse, the focus and the background.
//!
//! Terminal emulators expect every sequence to end. Input is different: Esc both starts sequences and is a
//! key, rxvt omits the final byte of some sequences, and a reply can be cut off. So each state here ends in
//! one of three ways: by its last byte, by Ctrl-C, or by silence.

use std::time::Duration;

use crate::console::app::key::{Code, Key};
use crate::console::app::message::Message;
use crate::console::runtime::input::keys;
use crate::console::runtime::input::sequence::Paste;
use crate::console::runtime::input::sequence::{Character, Partial};
use crate::console::runtime::input::sequence::{Kind, Meaning, Sequence, Step};

/// Bytes within this time after Esc belong to one key with Alt.
const ALT: Duration = Duration::from_millis(25);
/// The longest gap within a sequence, and so the time after which Esc counts as a key.
const GAP: Duration = Duration::from_millis(100);

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;

/// Decodes bytes into keys, pasted text and reports. It has no clock: the caller reports silence.
#[derive(Debug, Default)]
pub(in crate::console) struct Decoder {
    state: State,
    decoded: Vec<Message>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    Character(Partial),
    Escape(Escape),
    Sequence(Sequence),
    Paste(Paste),
}

/// An Esc whose meaning depends on the next bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Escape {
    /// A second Esc precedes it: Alt on terminals such as rxvt and PuTTY.
    pub(super) twice: bool,
    /// Too late for a key with Alt, but not for a sequence.
    pub(super) late: bool,
}

impl Decoder {
    /// Decodes bytes, together with any earlier incomplete ones.
    pub(in crate::console) fn feed(&mut self, bytes: &[u8]) -> Vec<Message> {
        for byte in bytes {
            self.take(*byte);
        }
        std::mem::take(&mut self.decoded)
    }

    /// Returns the time to wait for the next byte before calling [`Self::silence`], if anything is
    /// incomplete.
    pub(in crate::console) fn patience(&self) -> Option<Duration> {
        match &self.state {
            // The next byte ends an incomplete character in any case, so no key has to wait.
            State::Ground | State::Character(_) => None,
            State::Escape(Escape { late: false, .. }) => Some(ALT),
            State::Escape(_) => Some(GAP.saturating_sub(ALT)),
            State::Sequence(_) => Some(GAP),
            State::Paste(paste) => Some(paste.patience(GAP)),
        }
    }

    /// Reports that no byte arrived within [`Self::patience`]. Returns the messages that this settles.
    pub(in crate::console) fn silence(&mut self) -> Vec<Message> {
        match &mut self.state {
            State::Ground | State::Character(_) => {}
            State::Escape(escape) if !escape.late => escape.late = true,
            State::Sequence(sequence) => {
                if !sequence.survives_silence() {
                    self.finish();
                }
            }
            State::Escape(_) | State::Paste(_) => self.finish(),
        }
        std::mem::take(&mut self.decoded)
    }

    /// Ends an incomplete sequence.
    fn finish(&mut self) {
        match std::mem::take(&mut self.state) {
            State::Ground | State::Character(_) => {}
            State::Escape(escape) => self.escapes(escape),
            State::Sequence(sequence) => self.abandon(&sequence),
            State::Paste(paste) => self.interrupt(paste),
        }
    }

    fn take(&mut self, byte: u8) {
        if byte == CTRL_C && !matches!(self.state, State::Paste(_)) {
            self.finish();
        }
        match std::mem::take(&mut self.state) {
            State::Ground => self.begin(byte),
            State::Character(partial) => self.resume(partial, byte),
            State::Escape(escape) => self.follow(escape, byte),
            State::Sequence(mut sequence) => match sequence.take(byte) {
                Step::More => self.state = State::Sequence(sequence),
                Step::End(meaning) => self.end(sequence.escape(), meaning),
                Step::Broken => {
                    self.abandon(&sequence);
                    self.take(byte);
                }
                Step::BrokenByEscape => {
                    self.abandon(&sequence);
                    self.take(ESC);
                    self.take(byte);
                }
            },
            State::Paste(mut paste) => match paste.take(byte) {
                None => self.state = State::Paste(paste),
                Some(text) => self.decoded.push(Message::Paste(text)),
            },
        }
    }

    /// Decodes the first byte of a key or sequence.
    fn begin(&mut self, byte: u8) {
        match byte {
            ESC => self.state = State::Escape(Escape::default()),
            0x80..=0x9f => self.control(byte),
            _ => match keys::of_ascii(byte) {
                Some(key) => self.press(key),
                None => self.state = Partial::begin(byte, false).map_or(State::Ground, State::Character),
            },
        }
    }

    /// Decodes an eight-bit control, which may introduce a sequence.
    fn control(&mut self, control: u8) {
        if let Some(kind) = Kind::introduced_by(control - 0x40) {
            self.state = State::Sequence(Sequence::begin(kind, None));
        }
    }

    fn resume(&mut self, mut partial: Partial, byte: u8) {
        match partial.take(byte) {
            Character::More => self.state = State::Character(partial),
            Character::Whole(control @ '\u{80}'..='\u{9f}') => self.control(control as u8),
            Character::Whole(character) => {
                self.press(Key { alt: partial.alt, ..Key::plain(Code::Char(character)) });
            }
            Character::Invalid => {}
            Character::Broken => self.take(byte),
        }
    }

    /// Decodes the byte after Esc.
    fn follow(&mut self, escape: Escape, byte: u8) {
        if let Some(kind) = Kind::introduced_by(byte) {
            self.state = State::Sequence(Sequence::begin(kind, Some((escape, byte))));
            return;
        }
        match byte {
            ESC if escape == Escape::default() => {
                self.state = State::Escape(Escape { twice: true, late: false });
            }
            ESC => {
                // Only the last one or two of several Escs can start a sequence.
                self.escapes(Escape { twice: escape.twice && escape.late, late: true });
                self.state = State::Escape(Escape { twice: escape.twice && !escape.late, late: false });
            }
            _ if escape.late => {
                self.escapes(escape);
                self.take(byte);
            }
            // A string terminator without a string.
            b'\\' => self.first_of(escape),
            _ => {
                self.first_of(escape);
                match keys::of_ascii(byte) {
                    Some(key) => self.press(Key { alt: true, ..key }),
                    None => match Partial::begin(byte, true) {
                        Some(partial) => self.state = State::Character(partial),
                        None => {
                            self.press(Key::plain(Code::Esc));
                            self.take(byte);
                        }
                    },
                }
            }
        }
    }

    fn end(&mut self, escape: Escape, meaning: Meaning) {
        match meaning {
            Meaning::Key(key) => self.press(Key { alt: key.alt || escape.twice, ..key }),
            Meaning::Nothing => self.first_of(escape),
            Meaning::Mouse(mouse) => {
                self.first_of(escape);
                self.decoded.push(Message::Mouse(mouse));
            }
            Meaning::Focus(is_focused) => {
                self.first_of(escape);
                self.decoded.push(Message::Focus(is_focused));
            }
            Meaning::Background(background) => {
                self.first_of(escape);
                self.decoded.push(Message::Background(background));
            }
            Meaning::Paste => {
                self.first_of(escape);
                self.state = State::Paste(Paste::default());
            }
        }
    }

    /// Ends a broken sequence. If it has only an introducer, that was a key.
    fn abandon(&mut self, sequence: &Sequence) {
        let escape = sequence.escape();
        match sequence.bare() {
            Some(introducer) if escape.late => {
                self.escapes(escape);
                self.press(Key::plain(Code::Char(introducer.into())));
            }
            Some(introducer) => {
                self.first_of(escape);
                self.press(Key { alt: true, ..Key::plain(Code::Char(introducer.into())) });
            }
            None => self.first_of(escape),
        }
    }

    fn interrupt(&mut self, paste: Paste) {
        let (text, is_interrupted) = paste.interrupted();
        self.decoded.push(Message::Paste(text));
        if is_interrupted && let Some(key) = keys::of_ascii(CTRL_C) {
            self.press(key);
        }
    }

    /// Emits one or two Escs.
    fn escapes(&mut self, escape: Escape) {
        self.first_of(escape);
        self.press(Key::plain(Code::Esc));
    }

    /// Emits the first of two Escs, which is independent of the bytes after the second.
    fn first_of(&mut self, escape: Escape) {
        if escape.twice {
            self.press(Key::plain(Code::Esc));
        }
    }

    fn press(&mut self, key: Key) {
        self.decoded.push(Message::Key(key));
    }
}

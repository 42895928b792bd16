//! A UTF-8 character, decoded byte by byte.

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

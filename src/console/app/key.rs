//! Keys, as written in the table of actions, in tests and on screen.

use std::fmt;
use std::str::FromStr;

/// A key with its modifiers. Shift is part of the character: `G`, not `shift-g`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key.
    pub code: Code,
    /// Control was held down.
    pub ctrl: bool,
    /// Alt was held down.
    pub alt: bool,
}

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named after the keys")]
pub enum Code {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    ShiftLeft,
    Right,
    ShiftRight,
    Home,
    End,
    PageUp,
    PageDown,
    Insert,
    /// The middle key of the numeric keypad.
    Begin,
    /// A function key by its number.
    F(u8),
}

/// Named keys: as written, and as shown.
const NAMES: [(Code, &str, &str); 19] = [
    (Code::Enter, "enter", "⏎"),
    (Code::Esc, "esc", "Esc"),
    (Code::Tab, "tab", "Tab"),
    (Code::BackTab, "shift-tab", "⇧Tab"),
    (Code::Backspace, "backspace", "⌫"),
    (Code::Delete, "del", "Del"),
    (Code::Up, "up", "↑"),
    (Code::Down, "down", "↓"),
    (Code::Left, "left", "←"),
    (Code::Right, "right", "→"),
    (Code::ShiftLeft, "shift-left", "⇧←"),
    (Code::ShiftRight, "shift-right", "⇧→"),
    (Code::Home, "home", "Home"),
    (Code::End, "end", "End"),
    (Code::PageUp, "pgup", "PgUp"),
    (Code::PageDown, "pgdn", "PgDn"),
    (Code::Insert, "ins", "Ins"),
    (Code::Begin, "begin", "Begin"),
    (Code::Char(' '), "space", "Space"),
];

impl Key {
    /// The names of keys without a character of their own.
    pub const NAMES: [&'static str; NAMES.len()] = {
        let mut names = [""; NAMES.len()];
        let mut index = 0;
        while index < NAMES.len() {
            names[index] = NAMES[index].1;
            index += 1;
        }
        names
    };

    /// Returns a key without modifiers.
    pub fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// Returns the character that it types, if any.
    pub fn text(self) -> Option<char> {
        match self.code {
            Code::Char(character) if !self.ctrl && !self.alt => Some(character),
            _ => None,
        }
    }

    /// Returns the key that arrives instead of one that terminals cannot send.
    pub fn arrives_as(self) -> Option<Self> {
        let Code::Char(character) = self.code else { return None };
        let other = match character {
            _ if !self.ctrl => return None,
            'i' => Self { ctrl: false, code: Code::Tab, ..self },
            'm' => Self { ctrl: false, code: Code::Enter, ..self },
            'h' => Self { ctrl: false, code: Code::Backspace, ..self },
            '[' => Self { ctrl: false, code: Code::Esc, ..self },
            '@' => Self { code: Code::Char(' '), ..self },
            '/' => Self { code: Code::Char('_'), ..self },
            capital => Self { code: Code::Char(capital.to_ascii_lowercase()), ..self },
        };
        Some(other).filter(|other| *other != self)
    }

    /// Returns the key as shown on screen: `↓`, `ctrl-s`.
    pub fn shown(self) -> String {
        self.spell(|(_, _, shown)| shown)
    }

    /// Returns the key as shown on screen in ASCII: `down`, `ctrl-s`.
    pub fn in_words(self) -> String {
        self.spell(|(_, written, shown)| if shown.is_ascii() { shown } else { written })
    }

    fn spell(self, pick: fn(&(Code, &'static str, &'static str)) -> &'static str) -> String {
        let mut text = String::new();
        if self.ctrl {
            text.push_str("ctrl-");
        }
        if self.alt {
            text.push_str("alt-");
        }
        match (NAMES.iter().find(|(code, ..)| *code == self.code), self.code) {
            (Some(name), _) => text.push_str(pick(name)),
            (None, Code::Char(character)) => text.push(character),
            (None, Code::F(number)) => text.push_str(&format!("F{number}")),
            (None, _) => {}
        }
        text
    }

    /// Parses a sequence of keys such as `2jj<enter>/type<ctrl-d>`; `<lt>` stands for `<` itself.
    pub fn sequence(text: &str) -> Result<Vec<Self>, UnknownKey> {
        let mut keys = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let (key, length) = match rest.strip_prefix('<').and_then(|inner| inner.split_once('>')) {
                Some(("lt", _)) => (Self::plain(Code::Char('<')), "<lt>".len()),
                Some(("", rest)) if rest.starts_with('>') => (Self::plain(Code::Char('>')), "<>>".len()),
                Some((name, _)) => (name.parse()?, name.len() + 2),
                None => (Self::plain(Code::Char(character)), character.len_utf8()),
            };
            keys.push(key);
            rest = &rest[length..];
        }
        Ok(keys)
    }
}

/// An unknown key name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown key {0}")]
pub struct UnknownKey(String);

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let (ctrl, rest) = text.strip_prefix("ctrl-").map_or((false, text), |rest| (true, rest));
        let (alt, rest) = rest.strip_prefix("alt-").map_or((false, rest), |rest| (true, rest));
        let named = NAMES.iter().find(|(_, name, _)| *name == rest).map(|(code, ..)| *code);
        let mut characters = rest.chars();
        let code = match (named, characters.next(), characters.next()) {
            (Some(code), ..) => code,
            (None, Some('F'), Some(_)) => {
                Code::F(rest[1..].parse().map_err(|_| UnknownKey(text.to_owned()))?)
            }
            (None, Some(character), None) => Code::Char(character),
            _ => return Err(UnknownKey(text.to_owned())),
        };
        Ok(Self { code, ctrl, alt })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spell(|(_, written, _)| written))
    }
}

#[cfg(test)]
mod tests {
    use crate::console::app::key::{Code, Key};

    #[test]
    fn a_key_sequence_round_trips() {
        let keys = Key::sequence("2G<ctrl-d><shift-tab><lt><>><enter>")
            .map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(
            keys.as_deref(),
            Ok(&["2", "G", "ctrl-d", "shift-tab", "<", ">", "enter"].map(String::from)[..])
        );
        assert!(Key::sequence("<nokey>").is_err());
        assert_eq!("space".parse().map(|key: Key| key.code), Ok(Code::Char(' ')));
        assert_eq!(
            "ctrl-F12".parse().map(|key: Key| (key.code, key.to_string())),
            Ok((Code::F(12), "ctrl-F12".into()))
        );
        assert_eq!("F".parse().map(|key: Key| key.code), Ok(Code::Char('F')));
        assert!("Fx".parse::<Key>().is_err() && "F256".parse::<Key>().is_err());
    }
}

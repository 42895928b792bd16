//! Maps terminal codes to keys.

use crate::console::app::key::{Code, Key};
use crate::console::runtime::input::csi;
use crate::console::runtime::input::sequence::Meaning;

/// Returns the key for a single byte. Esc is excluded, because it starts a sequence.
pub(super) fn of_ascii(byte: u8) -> Option<Key> {
    let code = match byte {
        b'\r' => Code::Enter,
        b'\t' => Code::Tab,
        // Backspace sends one of these, depending on the terminal.
        0x08 | 0x7f => Code::Backspace,
        0x1b | 0x80.. => return None,
        0x20..=0x7e => Code::Char(char::from(byte)),
        0 => return Some(with_ctrl(' ')),
        0x01..=0x1f => return Some(with_ctrl(char::from(byte | 0x40).to_ascii_lowercase())),
    };
    Some(Key::plain(code))
}

fn with_ctrl(character: char) -> Key {
    Key { ctrl: true, ..Key::plain(Code::Char(character)) }
}

/// Returns a function key by number.
pub(super) fn function(number: u8) -> Key {
    Key::plain(Code::F(number))
}

/// Returns the meaning of a single shift, including the modifiers that some terminals add: `ESC O 5 A`, `ESC
/// O 1 ; 5 A`.
pub(super) fn of_ss3(parameters: &[u8], byte: u8) -> Meaning {
    if let b'a'..=b'd' = byte {
        // rxvt sends lower-case letters for arrows with Ctrl.
        let code = of_letter(byte.to_ascii_uppercase());
        return code.map_or(Meaning::Nothing, |code| Meaning::Key(Key { ctrl: true, ..Key::plain(code) }));
    }
    let code = of_letter(byte).or_else(|| of_keypad(byte));
    let modifiers = parameters.rsplit(|byte| *byte == b';').next().and_then(csi::number);
    code.map_or(Meaning::Nothing, |code| csi::pressed(code, modifiers.unwrap_or(1)))
}

/// Returns the key for the final letter of a sequence.
pub(super) fn of_letter(letter: u8) -> Option<Code> {
    Some(match letter {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'E' => Code::Begin,
        b'F' => Code::End,
        b'H' => Code::Home,
        b'P'..=b'S' => Code::F(letter - b'P' + 1),
        _ => return None,
    })
}

/// Returns a key of the numeric keypad.
fn of_keypad(byte: u8) -> Option<Code> {
    Some(match byte {
        b'M' => Code::Enter,
        b'I' => Code::Tab,
        b' ' => Code::Char(' '),
        b'X' => Code::Char('='),
        b'j'..=b'y' => Code::Char(char::from(byte - 0x40)),
        _ => return None,
    })
}

/// Returns the key for a number as in `ESC [ 3 ~`.
pub(super) fn of_number(number: u32) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        2 => Code::Insert,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        // A number is skipped at each gap between the function keys of a keyboard.
        11..=15 => function_code(number - 10),
        17..=21 => function_code(number - 11),
        23..=26 => function_code(number - 12),
        28 | 29 => function_code(number - 13),
        31..=34 => function_code(number - 14),
        _ => return None,
    })
}

fn function_code(number: u32) -> Code {
    Code::F(u8::try_from(number).unwrap_or_default())
}

/// Returns the key for a code point, in sequences that identify keys by character.
pub(super) fn of_code_point(code_point: u32) -> Option<Code> {
    Some(match code_point {
        8 | 127 => Code::Backspace,
        9 => Code::Tab,
        13 => Code::Enter,
        27 => Code::Esc,
        57_399..=57_427 => return of_private_keypad(code_point),
        // Kitty's other keys without a character, such as media keys and lone modifiers.
        57_344..=63_743 => return None,
        _ => Code::Char(char::from_u32(code_point).filter(|character| !character.is_control())?),
    })
}

/// Returns a key of the numeric keypad, in kitty's numbering.
fn of_private_keypad(code_point: u32) -> Option<Code> {
    const CHARACTERS: [char; 15] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '/', '*', '-', '+'];
    const KEYS: [Code; 14] = [
        Code::Enter,
        Code::Char('='),
        Code::Char(','),
        Code::Left,
        Code::Right,
        Code::Up,
        Code::Down,
        Code::PageUp,
        Code::PageDown,
        Code::Home,
        Code::End,
        Code::Insert,
        Code::Delete,
        Code::Begin,
    ];
    let at = usize::try_from(code_point.checked_sub(57_399)?).ok()?;
    let character = CHARACTERS.get(at).map(|character| Code::Char(*character));
    character.or_else(|| KEYS.get(at.checked_sub(CHARACTERS.len())?).copied())
}

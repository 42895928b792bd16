//! Keys as terminals encode them: characters, control codes, function keys and CSI sequences.

use crate::console::app::key::{Code, Key};
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
    let modifiers = parameters.rsplit(|byte| *byte == b';').next().and_then(number);
    code.map_or(Meaning::Nothing, |code| pressed(code, modifiers.unwrap_or(1)))
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

const SHIFT: u32 = 1;
const ALT: u32 = 2;
const CTRL: u32 = 4;
/// Super and Hyper. Keys with these modifiers belong to the window manager.
const FOREIGN: u32 = 8 | 16;
const META: u32 = 32;

/// Returns the meaning of a control sequence.
pub(super) fn meaning(content: &[u8], last: u8) -> Meaning {
    let is_of_keys = content.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
    if !is_of_keys {
        return Meaning::Nothing;
    }
    let parameters: Vec<&[u8]> = content.split(|byte| *byte == b';').collect();
    let found = match last {
        b'~' => tilde(&parameters),
        b'^' | b'@' | b'$' => rxvt(content, last),
        b'u' => by_character(&parameters),
        b'Z' => Some(Meaning::Key(Key::plain(Code::BackTab))),
        // F3 with a modifier looks like a cursor position report.
        b'R' if !content.is_empty() => None,
        b'a'..=b'd' if content.is_empty() => lettered(&parameters, last.to_ascii_uppercase()),
        _ => lettered(&parameters, last),
    };
    found.unwrap_or(Meaning::Nothing)
}

/// Returns true if it consists of digits only.
pub(super) fn is_number(content: &[u8]) -> bool {
    !content.is_empty() && content.iter().all(u8::is_ascii_digit)
}

pub(super) fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Parses a number and an optional second one after a colon.
fn numbers(parameter: &[u8]) -> (Option<u32>, Option<u32>) {
    let mut parts = parameter.split(|byte| *byte == b':').map(number);
    (parts.next().flatten(), parts.next().flatten())
}

/// Parses `ESC [ 3 ~`, `ESC [ 3 ; 5 ~`, and xterm's form for any character: `ESC [ 27 ; 5 ; 9 ~`.
fn tilde(parameters: &[&[u8]]) -> Option<Meaning> {
    match (number(parameters.first()?)?, parameters.len()) {
        (200, 1) => Some(Meaning::Paste),
        (27, 3) => {
            let code = of_code_point(number(parameters.get(2)?)?)?;
            Some(pressed(code, numbers(parameters.get(1)?).0?))
        }
        (key, 1 | 2) => with_modifiers(of_number(key)?, parameters.get(1)),
        _ => None,
    }
}

/// Parses rxvt's keys with Ctrl, with Ctrl and Shift, and with Shift.
fn rxvt(content: &[u8], last: u8) -> Option<Meaning> {
    let code = of_number(number(content)?)?;
    let ctrl = last != b'$';
    Some(Meaning::Key(Key { ctrl, ..Key::plain(code) }))
}

/// Parses `ESC [ D`, `ESC [ 1 ; 5 D`, and `ESC [ 5 D` of old terminals.
fn lettered(parameters: &[&[u8]], letter: u8) -> Option<Meaning> {
    let code = of_letter(letter)?;
    match *parameters {
        [[]] | [b"1"] => Some(pressed(code, 1)),
        [modifiers] => Some(pressed(code, numbers(modifiers).0?)),
        [b"" | b"1", modifiers] => with_modifiers(code, Some(&modifiers)),
        _ => None,
    }
}

/// Parses `ESC [ 97 : 65 ; 2 ; 65 u`: the code point and its shifted form, the modifiers, and the text.
fn by_character(parameters: &[&[u8]]) -> Option<Meaning> {
    let (code_point, shifted) = numbers(parameters.first()?);
    let modifiers = parameters.get(1).filter(|modifiers| !modifiers.is_empty());
    let held =
        modifiers.and_then(|modifiers| numbers(modifiers).0).map_or(0, |number| number.saturating_sub(1));
    let text = parameters.get(2).and_then(|text| numbers(text).0);
    let shown = match held {
        0 | SHIFT => text.or(shifted.filter(|_| held == SHIFT)),
        _ => shifted.filter(|_| held & SHIFT != 0),
    };
    with_modifiers(of_code_point(shown.or(code_point)?)?, modifiers)
}

/// Applies a modifier parameter: a number, followed by a colon and 3 if the key was released.
fn with_modifiers(code: Code, parameter: Option<&&[u8]>) -> Option<Meaning> {
    let Some(parameter) = parameter else { return Some(pressed(code, 1)) };
    match numbers(parameter) {
        (_, Some(3)) => None,
        (modifiers, _) => Some(pressed(code, modifiers.unwrap_or(1))),
    }
}

/// Applies modifiers, which are offset by 1.
pub(super) fn pressed(code: Code, modifiers: u32) -> Meaning {
    let held = modifiers.saturating_sub(1);
    if held & FOREIGN != 0 {
        return Meaning::Nothing;
    }
    let shift = held & SHIFT != 0;
    let code = match code {
        Code::Tab if shift => Code::BackTab,
        Code::Left if shift => Code::ShiftLeft,
        Code::Right if shift => Code::ShiftRight,
        Code::Char(character) if shift => Code::Char(upper(character)),
        other => other,
    };
    Meaning::Key(Key { code, ctrl: held & CTRL != 0, alt: held & (ALT | META) != 0 })
}

/// Returns the capital letter, if it is a single character.
fn upper(character: char) -> char {
    let mut capitals = character.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) => capital,
        _ => character,
    }
}

//! Control sequences: tells keys from replies and reports.

use crate::console::app::key::{Code, Key};
use crate::console::runtime::input::keys;
use crate::console::runtime::input::sequence::Meaning;

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
            let code = keys::of_code_point(number(parameters.get(2)?)?)?;
            Some(pressed(code, numbers(parameters.get(1)?).0?))
        }
        (key, 1 | 2) => with_modifiers(keys::of_number(key)?, parameters.get(1)),
        _ => None,
    }
}

/// Parses rxvt's keys with Ctrl, with Ctrl and Shift, and with Shift.
fn rxvt(content: &[u8], last: u8) -> Option<Meaning> {
    let code = keys::of_number(number(content)?)?;
    let ctrl = last != b'$';
    Some(Meaning::Key(Key { ctrl, ..Key::plain(code) }))
}

/// Parses `ESC [ D`, `ESC [ 1 ; 5 D`, and `ESC [ 5 D` of old terminals.
fn lettered(parameters: &[&[u8]], letter: u8) -> Option<Meaning> {
    let code = keys::of_letter(letter)?;
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
    with_modifiers(keys::of_code_point(shown.or(code_point)?)?, modifiers)
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

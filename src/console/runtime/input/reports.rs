//! Reports that a terminal sends by itself: of the mouse, in the SGR encoding, of the focus of its window, and of the
//! preference for a dark or a light background; and its answer to the question for the colour of its background.

use ratatui::layout::Position;

use crate::console::app::pointer::mouse::{Mouse, MouseKind};
use crate::console::runtime::input::keys::number;
use crate::console::runtime::input::sequence::Meaning;
use crate::console::theme::Background;

/// The bit of a report with Shift, with which the terminal selects text.
const SHIFT: u32 = 4;
/// The bits of a report with Alt and with Ctrl.
const ALT_AND_CTRL: u32 = 8 | 16;
/// The bit of a report of motion.
const MOTION: u32 = 32;
const LEFT: u32 = 0;
const WHEEL_UP: u32 = 64;
const WHEEL_DOWN: u32 = 65;

/// Returns the meaning of a control sequence, if it is a report.
pub(super) fn meaning(content: &[u8], last: u8) -> Option<Meaning> {
    match (content, last) {
        ([], b'I') => Some(Meaning::Focus(true)),
        ([], b'O') => Some(Meaning::Focus(false)),
        (b"?997;1", b'n') => Some(Meaning::Background(Background::Dark)),
        (b"?997;2", b'n') => Some(Meaning::Background(Background::Light)),
        ([b'<', report @ ..], b'M' | b'm') => {
            Some(mouse(report, last == b'M').map_or(Meaning::Nothing, Meaning::Mouse))
        }
        _ => None,
    }
}

/// Returns the meaning of an answer: `11;rgb:ffff/ffff/ffff` is the colour of the background.
pub(super) fn answer(content: &[u8]) -> Meaning {
    let colour = std::str::from_utf8(content).ok().and_then(|text| text.strip_prefix("11;"));
    colour.and_then(background).map_or(Meaning::Nothing, Meaning::Background)
}

/// Parses `rgb:r/g/b` or `rgba:r/g/b/a` with one to four hexadecimal digits each, or `#rgb` with one to four digits each.
fn background(colour: &str) -> Option<Background> {
    let parts: Vec<&str> = if let Some(digits) = colour.strip_prefix('#').filter(|digits| digits.is_ascii()) {
        let each = digits.len() / 3;
        vec![digits.get(..each)?, digits.get(each..2 * each)?, digits.get(2 * each..)?]
    } else if let Some(parts) = colour.strip_prefix("rgb:") {
        parts.split('/').collect()
    } else {
        let (parts, _opacity) = colour.strip_prefix("rgba:")?.rsplit_once('/')?;
        parts.split('/').collect()
    };
    let [red, green, blue] = parts.as_slice() else { return None };
    Some(Background::of_rgb(intensity(red)?, intensity(green)?, intensity(blue)?))
}

/// Parses one to four hexadecimal digits as a fraction of the largest number with as many digits.
fn intensity(digits: &str) -> Option<f64> {
    let is_number = (1..=4).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
    Some(f64::from(number) / f64::from((1_u32 << (4 * digits.len())) - 1))
}

/// Parses `button ; column ; row`, counted from 1. Returns `None` for other buttons, for motion without a button, with Shift,
/// and for a cell that no screen has.
fn mouse(report: &[u8], is_pressed: bool) -> Option<Mouse> {
    let mut numbers = report.split(|byte| *byte == b';').map(number);
    let (button, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
    if numbers.next().is_some() || button & SHIFT != 0 {
        return None;
    }
    let kind = match (button & !ALT_AND_CTRL, is_pressed) {
        (LEFT, true) => MouseKind::Press { clicks: 1 },
        (LEFT, false) => MouseKind::Release,
        (motion, true) if motion == LEFT | MOTION => MouseKind::Drag,
        (WHEEL_UP, true) => MouseKind::WheelUp,
        (WHEEL_DOWN, true) => MouseKind::WheelDown,
        _ => return None,
    };
    let cell = |number: u32| u16::try_from(number.checked_sub(1)?).ok();
    Some(Mouse { kind, at: Position { x: cell(column)?, y: cell(row)? } })
}

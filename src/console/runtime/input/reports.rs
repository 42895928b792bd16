//! Reports that a terminal sends by itself: of the mouse, in the SGR encoding, and of the focus of its window.

use ratatui::layout::Position;

use crate::console::app::pointer::mouse::{Mouse, MouseKind};
use crate::console::runtime::input::keys::number;
use crate::console::runtime::input::sequence::Meaning;

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
        ([b'<', report @ ..], b'M' | b'm') => {
            Some(mouse(report, last == b'M').map_or(Meaning::Nothing, Meaning::Mouse))
        }
        _ => None,
    }
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

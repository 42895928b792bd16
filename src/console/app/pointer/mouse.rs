//! Reports of the mouse.

use ratatui::layout::Position;

/// A report of the mouse: something happened in a cell of the screen. Reports are of the left button and of the wheel;
/// others are dropped where the input is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// The event.
    pub kind: MouseKind,
    /// The cell. It may lie outside the screen, if the screen has just become smaller.
    pub at: Position,
}

/// A kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button was pressed.
    Press {
        /// The number of presses in quick succession in this cell: 2 for a double click.
        clicks: u8,
    },
    /// The pointer moved with the left button held down.
    Drag,
    /// The left button was released.
    Release,
    /// The wheel moved up by a notch.
    WheelUp,
    /// The wheel moved down by a notch.
    WheelDown,
}

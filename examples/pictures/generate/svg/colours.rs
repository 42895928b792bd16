//! The colours of cells.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// The colours that a terminal uses if none is named.
const INK: u32 = 0xd0_d6_df;
pub(super) const GROUND: u32 = 0x14_17_1d;

/// Returns the text and background colours of a cell.
pub(super) fn colours(cell: &Cell) -> (u32, u32) {
    let (ink, ground) = (value(cell.fg, INK), value(cell.bg, GROUND));
    if cell.modifier.contains(Modifier::REVERSED) { (ground, ink) } else { (ink, ground) }
}

fn value(colour: Color, plain: u32) -> u32 {
    match colour {
        Color::Rgb(red, green, blue) => u32::from_be_bytes([0, red, green, blue]),
        Color::Black => 0x00_00_00,
        Color::Red => 0xd0_5c_5c,
        Color::Green => 0x7c_b3_6b,
        Color::Yellow => 0xd8_b0_5a,
        Color::Blue => 0x5c_8f_d6,
        Color::Magenta => 0xb0_82_d0,
        Color::Cyan => 0x5c_b8_c4,
        Color::Gray => 0xb8_be_c8,
        Color::DarkGray => 0x77_80_8e,
        Color::LightRed => 0xf0_82_86,
        Color::LightGreen => 0x9c_d8_90,
        Color::LightYellow => 0xf0_d0_80,
        Color::LightBlue => 0x8c_b8_f5,
        Color::LightMagenta => 0xd0_a8_f0,
        Color::LightCyan => 0x8c_dc_e6,
        Color::White => 0xff_ff_ff,
        Color::Reset | Color::Indexed(_) => plain,
    }
}

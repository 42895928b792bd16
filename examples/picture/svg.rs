//! Renders a screen as SVG, as a terminal would show it.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier};

/// Width and height of a cell, in pixels.
const CELL: (f32, f32) = (8.4, 18.0);
const MARGIN: f32 = 10.0;
/// The colours that a terminal uses if none is named.
const INK: u32 = 0xd0_d6_df;
const GROUND: u32 = 0x14_17_1d;

/// Returns a buffer as SVG.
pub(crate) fn svg(buffer: &Buffer) -> String {
    let area = buffer.area();
    let (width, height) =
        (f32::from(area.width) * CELL.0 + 2.0 * MARGIN, f32::from(area.height) * CELL.1 + 2.0 * MARGIN);
    let ground = buffer.cell((area.x, area.y)).map_or(GROUND, |cell| colours(cell).1);
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"'DejaVu Sans Mono', 'JetBrains Mono', Menlo, Consolas, monospace\" \
         font-size=\"14\" xml:space=\"preserve\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#{ground:06x}\"/>"
    );
    for y in area.top()..area.bottom() {
        let runs = runs(buffer, y);
        runs.iter().filter(|run| run.ground != ground).for_each(|run| run.write_ground(&mut svg));
        runs.iter().for_each(|run| run.write_text(&mut svg));
    }
    svg.push_str("</svg>\n");
    svg
}

/// Adjacent cells of the same style.
struct Run {
    x: u16,
    y: u16,
    cells: u16,
    text: String,
    ink: u32,
    ground: u32,
    modifier: Modifier,
    /// Drawn as lines or rectangles rather than as text, so that adjacent cells connect.
    shape: bool,
}

fn runs(buffer: &Buffer, y: u16) -> Vec<Run> {
    let area = buffer.area();
    let mut runs: Vec<Run> = Vec::new();
    let mut x = area.x;
    while let Some(cell) = buffer.cell((x, y)) {
        let cells = cell.symbol().cell_width().clamp(1, area.right() - x);
        let (ink, ground) = colours(cell);
        let shape = Shape::of(cell.symbol()).is_some();
        let alone = shape || !cell.symbol().is_ascii();
        let joins = |run: &Run| (run.ink, run.ground, run.modifier) == (ink, ground, cell.modifier);
        match runs.last_mut().filter(|run| !alone && run.text.is_ascii() && !run.shape && joins(run)) {
            Some(run) => {
                run.text.push_str(cell.symbol());
                run.cells += cells;
            }
            None => runs.push(Run {
                x: x - area.x,
                y: y - area.y,
                cells,
                text: cell.symbol().to_owned(),
                ink,
                ground,
                modifier: cell.modifier,
                shape,
            }),
        }
        x += cells;
    }
    runs
}

impl Run {
    fn corner(&self) -> (f32, f32) {
        (MARGIN + f32::from(self.x) * CELL.0, MARGIN + f32::from(self.y) * CELL.1)
    }

    fn write_ground(&self, svg: &mut String) {
        let (x, y) = self.corner();
        // Slightly wider than the cells, so that no seam shows between runs.
        let width = f32::from(self.cells) * CELL.0 + 0.3;
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"#{:06x}\"/>",
            CELL.1, self.ground
        );
    }

    fn write_text(&self, svg: &mut String) {
        if let Some(shape) = Shape::of(&self.text).filter(|_| self.shape) {
            return shape.write(svg, self.corner(), self.ink);
        }
        let text = self.text.trim_end();
        if text.is_empty() && !self.modifier.contains(Modifier::UNDERLINED) {
            return;
        }
        let (x, y) = self.corner();
        let start = self.text.len() - self.text.trim_start().len();
        let indent = if text.is_empty() { 0 } else { start };
        let (x, shown) = (x + offset(indent), self.text.get(indent..).unwrap_or_default());
        let shown = if self.modifier.contains(Modifier::UNDERLINED) { shown } else { shown.trim_end() };
        let cells = if self.text.is_ascii() { shown.len() } else { usize::from(self.cells) };
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" fill=\"#{:06x}\"{}>{}</text>",
            y + 13.4,
            offset(cells),
            self.ink,
            attributes(self.modifier),
            escaped(shown)
        );
    }
}

fn offset(cells: usize) -> f32 {
    f32::from(u16::try_from(cells).unwrap_or(u16::MAX)) * CELL.0
}

fn attributes(modifier: Modifier) -> String {
    let mut attributes = String::new();
    let mut with = |wanted, text| {
        if modifier.contains(wanted) {
            attributes.push_str(text);
        }
    };
    with(Modifier::BOLD, " font-weight=\"bold\"");
    with(Modifier::ITALIC, " font-style=\"italic\"");
    with(Modifier::UNDERLINED, " text-decoration=\"underline\"");
    with(Modifier::DIM, " opacity=\"0.6\"");
    attributes
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A character drawn as a shape, so that it connects to its neighbours.
enum Shape {
    /// Lines between points of the cell, with their thickness.
    Lines(&'static [(f32, f32)], f32),
    /// A rounded corner between two points.
    Corner((f32, f32), (f32, f32)),
    /// A rectangle from the left, as a share of the cell's width.
    Block(f32),
}

/// Points of a cell, as shares of its width and height.
const MIDDLE: (f32, f32) = (0.5, 0.5);
const TOP: (f32, f32) = (0.5, 0.0);
const BOTTOM: (f32, f32) = (0.5, 1.0);
const LEFT: (f32, f32) = (0.0, 0.5);
const RIGHT: (f32, f32) = (1.0, 0.5);
const THIN: f32 = 1.2;
const HEAVY: f32 = 2.6;

impl Shape {
    fn of(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "─" => Self::Lines(&[LEFT, RIGHT], THIN),
            "│" => Self::Lines(&[TOP, BOTTOM], THIN),
            "╭" => Self::Corner(BOTTOM, RIGHT),
            "╮" => Self::Corner(BOTTOM, LEFT),
            "╰" => Self::Corner(TOP, RIGHT),
            "╯" => Self::Corner(TOP, LEFT),
            "━" => Self::Lines(&[LEFT, RIGHT], HEAVY),
            "┃" => Self::Lines(&[TOP, BOTTOM], HEAVY),
            "╸" => Self::Lines(&[LEFT, MIDDLE], HEAVY),
            "┏" => Self::Lines(&[BOTTOM, MIDDLE, RIGHT], HEAVY),
            "┓" => Self::Lines(&[BOTTOM, MIDDLE, LEFT], HEAVY),
            "┗" => Self::Lines(&[TOP, MIDDLE, RIGHT], HEAVY),
            "┛" => Self::Lines(&[TOP, MIDDLE, LEFT], HEAVY),
            "█" => Self::Block(1.0),
            "▉" => Self::Block(0.875),
            "▊" => Self::Block(0.75),
            "▋" => Self::Block(0.625),
            "▌" => Self::Block(0.5),
            "▍" => Self::Block(0.375),
            "▎" => Self::Block(0.25),
            "▏" => Self::Block(0.125),
            _ => return None,
        })
    }

    fn write(&self, svg: &mut String, (x, y): (f32, f32), ink: u32) {
        let at = |(share_x, share_y): (f32, f32)| {
            format!("{:.1} {:.1}", x + share_x * CELL.0, y + share_y * CELL.1)
        };
        let mut path = |points: String, thick: f32| {
            let _ = writeln!(
                svg,
                "<path d=\"M{points}\" fill=\"none\" stroke=\"#{ink:06x}\" stroke-width=\"{thick}\"/>"
            );
        };
        match self {
            Self::Lines(points, thick) => {
                path(points.iter().map(|point| at(*point)).collect::<Vec<_>>().join("L"), *thick);
            }
            Self::Corner(from, to) => path(format!("{}Q{} {}", at(*from), at(MIDDLE), at(*to)), THIN),
            Self::Block(share) => {
                let width = CELL.0 * share + if *share >= 1.0 { 0.3 } else { 0.0 };
                let _ = writeln!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.2}\" height=\"{:.1}\" fill=\"#{ink:06x}\"/>",
                    CELL.1
                );
            }
        }
    }
}

/// The text and background colours of a cell.
fn colours(cell: &Cell) -> (u32, u32) {
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

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn picture(text: &str, style: Style) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, text, style);
        svg(&buffer)
    }

    #[test]
    fn text_keeps_its_place_in_any_font() {
        let svg = picture("a <b> 日x", Style::new());
        assert!(svg.contains("textLength=\"42.0\" fill=\"#d0d6df\">a &lt;b&gt;</text>"), "{svg}");
        assert!(
            svg.contains("<text x=\"60.4\" y=\"23.4\" textLength=\"16.8\" fill=\"#d0d6df\">日</text>"),
            "{svg}"
        );
        assert!(svg.contains("<text x=\"77.2\""), "the column after a wide character is correct: {svg}");
    }

    #[test]
    fn borders_are_drawn_and_reversed_cells_change_their_colours() {
        assert!(picture("╭─", Style::new()).matches("<path").count() == 2);
        let reversed = picture("x", Style::new().add_modifier(Modifier::REVERSED));
        assert!(reversed.contains("fill=\"#14171d\">x</text>"), "{reversed}");
    }
}

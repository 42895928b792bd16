//! Characters that are drawn as shapes, so that they connect to their neighbours in any font.

use std::collections::BTreeMap;
use std::fmt::Write;

use ratatui::layout::Rect;

use super::screen::{HEIGHT, WIDTH};

/// A character drawn as a shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// A line through the cell from left to right.
    Across(Weight),
    /// A line through the cell from top to bottom.
    Down(Weight),
    /// A line from the left to the middle.
    Half,
    /// A corner, which opens to the right or the left, and to the bottom or the top.
    Corner { right: bool, bottom: bool, weight: Weight },
    /// A block from the left, in eighths of the width.
    Left(u16),
    /// A block from the bottom, in eighths of the height.
    Lower(u16),
    /// A block that lets three quarters of the background through.
    Shade,
}

/// The thickness of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Thin,
    Heavy,
}

use Weight::{Heavy, Thin};

impl Shape {
    pub fn of(symbol: &str) -> Option<Self> {
        let corner = |right, bottom, weight| Self::Corner { right, bottom, weight };
        Some(match symbol {
            "─" => Self::Across(Thin),
            "━" => Self::Across(Heavy),
            "│" => Self::Down(Thin),
            "┃" => Self::Down(Heavy),
            "╸" => Self::Half,
            "╭" => corner(true, true, Thin),
            "╮" => corner(false, true, Thin),
            "╰" => corner(true, false, Thin),
            "╯" => corner(false, false, Thin),
            "┏" => corner(true, true, Heavy),
            "┓" => corner(false, true, Heavy),
            "┗" => corner(true, false, Heavy),
            "┛" => corner(false, false, Heavy),
            "░" => Self::Shade,
            _ => return Self::block(symbol),
        })
    }

    fn block(symbol: &str) -> Option<Self> {
        let eighths = |symbols: &[&str]| {
            let index = symbols.iter().position(|other| *other == symbol)?;
            u16::try_from(index + 1).ok()
        };
        let left = eighths(&["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]).map(Self::Left);
        left.or_else(|| eighths(&["▁", "▂", "▃", "▄", "▅", "▆", "▇"]).map(Self::Lower))
    }
}

/// The shapes of a screen by their colours: areas, and lines by their thickness.
#[derive(Default)]
pub(super) struct Shapes {
    grounds: BTreeMap<u32, Vec<Rect>>,
    areas: BTreeMap<(u32, bool), String>,
    across: BTreeMap<(u32, Weight), Vec<Rect>>,
    down: BTreeMap<(u32, Weight), Vec<Rect>>,
    lines: BTreeMap<(u32, Weight), String>,
}

impl Shapes {
    /// Adds a background of some cells of a row.
    pub fn add_ground(&mut self, colour: u32, row: Rect) {
        join_below(self.grounds.entry(colour).or_default(), row);
    }

    /// Adds a character. Lines continue those of their neighbours.
    pub fn add(&mut self, shape: Shape, ink: u32, x: u16, y: u16) {
        let cell = Rect { x, y, width: 1, height: 1 };
        match shape {
            Shape::Across(weight) => {
                let lines = self.across.entry((ink, weight)).or_default();
                match lines.last_mut().filter(|last| last.y == y && last.right() == x) {
                    Some(last) => last.width += 1,
                    None => lines.push(cell),
                }
            }
            Shape::Down(weight) => join_below(self.down.entry((ink, weight)).or_default(), cell),
            Shape::Half => {
                let path = self.lines.entry((ink, Heavy)).or_default();
                let _ = write!(path, "M{} {}h{}", x * WIDTH, middle(y, HEIGHT), half(WIDTH));
            }
            Shape::Corner { right, bottom, weight } => {
                let path = self.lines.entry((ink, weight)).or_default();
                *path += &corner((x, y), right, bottom, weight);
            }
            Shape::Left(eighths) => {
                let width = f32::from(eighths) * f32::from(WIDTH) / 8.0;
                let path = self.areas.entry((ink, false)).or_default();
                let _ = write!(path, "M{} {}h{width}v{HEIGHT}h-{width}z", x * WIDTH, y * HEIGHT);
            }
            Shape::Lower(eighths) => {
                let height = f32::from(eighths) * f32::from(HEIGHT) / 8.0;
                let path = self.areas.entry((ink, false)).or_default();
                let _ = write!(path, "M{} {}h{WIDTH}v-{height}h-{WIDTH}z", x * WIDTH, (y + 1) * HEIGHT);
            }
            Shape::Shade => {
                let path = self.areas.entry((ink, true)).or_default();
                let _ = write!(path, "M{} {}h{WIDTH}v{HEIGHT}h-{WIDTH}z", x * WIDTH, y * HEIGHT);
            }
        }
    }

    /// Writes one path for each colour and thickness.
    pub fn write(mut self, svg: &mut String) {
        for (colour, cells) in &self.grounds {
            let path: String = cells.iter().map(|cells| rectangle(*cells)).collect();
            let _ =
                writeln!(svg, "<path shape-rendering=\"crispEdges\" fill=\"#{colour:06x}\" d=\"{path}\"/>");
        }
        for ((colour, is_shade), path) in &self.areas {
            let opacity = if *is_shade { " fill-opacity=\".25\"" } else { "" };
            let _ = writeln!(svg, "<path fill=\"#{colour:06x}\"{opacity} d=\"{path}\"/>");
        }
        for (key, lines) in &self.across {
            let path = self.lines.entry(*key).or_default();
            for line in lines {
                let _ = write!(path, "M{} {}h{}", line.x * WIDTH, middle(line.y, HEIGHT), line.width * WIDTH);
            }
        }
        for (key, lines) in &self.down {
            let path = self.lines.entry(*key).or_default();
            for line in lines {
                let _ =
                    write!(path, "M{} {}v{}", middle(line.x, WIDTH), line.y * HEIGHT, line.height * HEIGHT);
            }
        }
        for ((colour, weight), path) in &self.lines {
            let width = if *weight == Heavy { 3 } else { 1 };
            let _ = writeln!(
                svg,
                "<path fill=\"none\" stroke=\"#{colour:06x}\" stroke-width=\"{width}\" d=\"{path}\"/>"
            );
        }
    }
}

/// Adds cells to the rectangle that ends just above them, if it is as wide.
fn join_below(rectangles: &mut Vec<Rect>, cells: Rect) {
    let is_above =
        |above: &&mut Rect| (above.x, above.width, above.bottom()) == (cells.x, cells.width, cells.y);
    match rectangles.iter_mut().find(is_above) {
        Some(above) => above.height += cells.height,
        None => rectangles.push(cells),
    }
}

fn rectangle(cells: Rect) -> String {
    let (width, height) = (cells.width * WIDTH, cells.height * HEIGHT);
    format!("M{} {}h{width}v{height}h-{width}z", cells.x * WIDTH, cells.y * HEIGHT)
}

fn corner((x, y): (u16, u16), right: bool, bottom: bool, weight: Weight) -> String {
    let (center_x, center_y) = (middle(x, WIDTH), middle(y, HEIGHT));
    let end_x = (x + u16::from(right)) * WIDTH;
    let start_y = (y + u16::from(bottom)) * HEIGHT;
    match weight {
        Thin => format!("M{center_x} {start_y}Q{center_x} {center_y} {end_x} {center_y}"),
        Heavy => format!("M{center_x} {start_y}V{center_y}H{end_x}"),
    }
}

/// Returns the middle of a row or column, in pixels.
fn middle(index: u16, size: u16) -> f32 {
    f32::from(index * size) + half(size)
}

fn half(size: u16) -> f32 {
    f32::from(size) / 2.0
}

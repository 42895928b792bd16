//! The cells of a screen: backgrounds, shapes, and runs of text.

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::colours::colours;
use super::shape::{Shape, Shapes};
use super::text::{Look, Run, Styles};

/// The width and height of a cell, in pixels.
pub(super) const WIDTH: u16 = 9;
pub(super) const HEIGHT: u16 = 19;

/// The most blank cells within a run. More would be shown as one: renderers differ in how they keep spaces.
const GAP: u16 = 1;

/// The parts of a style that are visible without its colours.
const VISIBLE: Modifier =
    Modifier::BOLD.union(Modifier::ITALIC).union(Modifier::UNDERLINED).union(Modifier::DIM);

/// Draws a screen from the top left corner, on a ground that is already there.
pub(super) fn draw(buffer: &Buffer, ground: u32, styles: &mut Styles) -> String {
    let mut shapes = Shapes::default();
    let mut texts = String::new();
    for y in 0..buffer.area().height {
        let cells = row(buffer, y);
        add_grounds(&cells, y, ground, &mut shapes);
        for cell in &cells {
            if let Some(shape) = Shape::of(cell.symbol) {
                shapes.add(shape, cell.look.ink, cell.x, y);
            }
        }
        runs(&cells).iter().for_each(|run| run.write(y, styles, &mut texts));
    }
    let mut svg = String::new();
    shapes.write(&mut svg);
    svg + &texts
}

/// A cell with its place in the row.
struct Placed<'a> {
    x: u16,
    cells: u16,
    symbol: &'a str,
    look: Look,
    ground: u32,
}

impl Placed<'_> {
    fn is_blank(&self) -> bool {
        self.symbol.trim().is_empty() && !self.look.modifier.contains(Modifier::UNDERLINED)
    }

    /// Returns true if every font for terminals has the character.
    fn is_common(&self) -> bool {
        self.symbol.chars().all(|character| character < '\u{180}')
    }
}

fn row(buffer: &Buffer, y: u16) -> Vec<Placed<'_>> {
    let area = buffer.area();
    let mut cells = Vec::new();
    let mut x = 0;
    while let Some(cell) = buffer.cell((area.x + x, area.y + y)).filter(|_| x < area.width) {
        let width = width(cell.symbol()).clamp(1, area.width - x);
        cells.push(placed(cell, x, width));
        x += width;
    }
    cells
}

/// Returns the number of cells of a symbol. A control character, which has no width, takes one.
fn width(symbol: &str) -> u16 {
    if symbol.contains(char::is_control) { 1 } else { symbol.cell_width() }
}

fn placed(cell: &Cell, x: u16, cells: u16) -> Placed<'_> {
    let (ink, ground) = colours(cell);
    let look = Look { ink, modifier: cell.modifier.intersection(VISIBLE) };
    Placed { x, cells, symbol: cell.symbol(), look, ground }
}

fn add_grounds(cells: &[Placed<'_>], y: u16, ground: u32, shapes: &mut Shapes) {
    for same in cells.chunk_by(|cell, next| cell.ground == next.ground) {
        if let [first, ..] = same
            && first.ground != ground
        {
            let width = same.iter().map(|cell| cell.cells).sum();
            shapes.add_ground(first.ground, Rect { x: first.x, y, width, height: 1 });
        }
    }
}

/// Returns the texts of a row. Blank cells belong to the text before them if it continues in the same look.
fn runs(cells: &[Placed<'_>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for cell in cells.iter().filter(|cell| !cell.is_blank() && Shape::of(cell.symbol).is_none()) {
        let joins = cell.is_common();
        let before = runs
            .last_mut()
            .filter(|run| joins && run.joins && run.look == cell.look && cell.x - (run.x + run.cells) <= GAP);
        match before {
            Some(run) => {
                let blank = cell.x - (run.x + run.cells);
                run.text.extend(std::iter::repeat_n(' ', usize::from(blank)));
                run.text.push_str(cell.symbol);
                run.cells += blank + cell.cells;
            }
            None => runs.push(Run {
                x: cell.x,
                cells: cell.cells,
                text: cell.symbol.to_owned(),
                look: cell.look,
                joins,
            }),
        }
    }
    runs
}

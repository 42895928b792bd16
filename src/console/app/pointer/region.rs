//! The areas of the screen that the pointer can hit. They are recorded while the screen is drawn, so that a click hits
//! what is seen.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::borders::Border;
use crate::console::panes::Pane;

/// A part of the screen with its own content, which can have the focus or be scrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A pane with its box.
    Pane(Pane),
    /// A layer in place of the list.
    List,
    /// The detail.
    Detail,
    /// The bar of time travel.
    Travel,
    /// The panel of the guide.
    Guide,
    /// The box of a layer.
    Box,
    /// The screen behind a box.
    Behind,
    /// The line at the bottom: hints, or a prompt.
    Bottom,
}

/// A spot on a surface, which a click selects or runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The title of a pane that may be hidden.
    Tab(Pane),
    /// A border that can be moved.
    Border(Border),
    /// The events on the bar of time travel.
    Timeline,
    /// A scroll bar.
    ScrollBar,
    /// The head of a column, by its title.
    Heading(&'static str),
    /// A row: of a pane and of a layer in place of the list, from the first one on screen; of others, from the first of
    /// all.
    Row(usize),
    /// An option of the choice in this row.
    Choice(usize),
    /// A line of typed text that begins on screen with this byte.
    Text(usize),
    /// A fact of the detail, by its index, that leads to something else.
    Fact(usize),
    /// A key that an event changed, by its index among the changes.
    Change(usize),
    /// A reference on this line of a document.
    Reference(usize),
    /// An action.
    Action(Action),
    /// An action of the place beneath the help, which lists it.
    Listed(Action),
}

/// A surface or a spot on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionKind {
    /// A surface. It covers all that was recorded before.
    Surface(Surface),
    /// A spot on the surface recorded before.
    Spot(Spot),
}

/// An area with its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// The area.
    pub area: Rect,
    /// Its kind.
    pub kind: RegionKind,
}

/// The regions of a screen, in drawing order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Regions(Vec<Region>);

/// The regions at a cell: a surface, and its spots there, topmost first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) surface: Surface,
    /// The area of the surface.
    pub(crate) area: Rect,
    pub(crate) spots: Vec<(Spot, Rect)>,
}

impl Regions {
    /// Records an area.
    pub fn record(&mut self, area: Rect, kind: RegionKind) {
        if !area.is_empty() {
            self.0.push(Region { area, kind });
        }
    }

    /// Returns all regions, in drawing order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Region> {
        self.0.iter()
    }

    /// Returns the surface at a cell, with its spots.
    pub(crate) fn at(&self, at: Position) -> Option<Hit> {
        let mut spots = Vec::new();
        for region in self.0.iter().rev().filter(|region| region.area.contains(at)) {
            match region.kind {
                RegionKind::Surface(surface) => return Some(Hit { surface, area: region.area, spots }),
                RegionKind::Spot(spot) => spots.push((spot, region.area)),
            }
        }
        None
    }
}

impl Hit {
    /// Returns the topmost spot.
    pub(crate) fn spot(&self) -> Option<Spot> {
        self.spots.first().map(|(spot, _)| *spot)
    }

    /// Returns the row, which may have spots of its own.
    pub(crate) fn row(&self) -> Option<usize> {
        self.spots.iter().find_map(|(spot, _)| match spot {
            Spot::Row(row) => Some(*row),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(regions: &Regions, x: u16, y: u16) -> Option<(Surface, Option<Spot>)> {
        regions.at(Position { x, y }).map(|hit| (hit.surface, hit.spot()))
    }

    #[test]
    fn a_surface_covers_what_was_drawn_before_and_spots_belong_to_it() {
        let mut regions = Regions::default();
        let events = Surface::Pane(Pane::Events);
        regions.record(Rect::new(0, 0, 20, 10), RegionKind::Surface(events));
        regions.record(Rect::new(1, 1, 18, 1), RegionKind::Spot(Spot::Row(0)));
        regions.record(Rect::new(5, 0, 10, 5), RegionKind::Surface(Surface::Box));
        regions.record(Rect::new(6, 1, 3, 1), RegionKind::Spot(Spot::Row(7)));
        assert_eq!(at(&regions, 2, 1), Some((events, Some(Spot::Row(0)))));
        assert_eq!(at(&regions, 6, 1), Some((Surface::Box, Some(Spot::Row(7)))));
        assert_eq!(at(&regions, 9, 1), Some((Surface::Box, None)));
        assert_eq!(at(&regions, 2, 5), Some((events, None)));
        assert_eq!(at(&regions, 20, 5), None);
        assert_eq!(at(&regions, u16::MAX, u16::MAX), None);
    }
}

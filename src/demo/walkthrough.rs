//! The walk through the demonstration: what to look at, which command shows it, and what it shows.

mod flashcards;
mod isolation;
mod rebuild;
mod spaces;

use unicode_width::UnicodeWidthStr;

use crate::apps::Apps;
use crate::content_store::Store;
use crate::error::Result;

/// A part of the walk.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// What it is about.
    pub title: &'static str,
    /// Its steps.
    pub steps: &'static [Step],
}

/// A step of the walk.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// What it shows.
    pub title: &'static str,
    /// Why that matters.
    pub text: &'static str,
    /// The commands that do the same.
    pub commands: &'static [&'static str],
    /// Where it is to be seen.
    pub place: Place,
    /// Takes the step, and tells what came of it.
    ///
    /// # Errors
    /// Failures of the storage.
    pub take: fn(&Store, &Apps) -> Result<Vec<String>>,
}

/// Where a step is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Among all spaces.
    Spaces,
    /// In one space's own record.
    Space(&'static str),
    /// Among the newest events of a space.
    Events(&'static str),
    /// At a key of a space's projection.
    Key(&'static str, &'static str),
    /// In the history of an entity in a space.
    Entity(&'static str, &'static str),
    /// Among the checkpoints.
    Checkpoints,
}

/// The whole walk. Its steps are to be taken in order, on a store that was just seeded.
pub const PARTS: [Part; 4] = [spaces::PART, isolation::PART, rebuild::PART, flashcards::PART];

/// Rows as lines whose columns are aligned.
fn aligned<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths);
        let filled = cells.map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
        filled.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

//! The walk through the demonstration: what to look at, and which commands show it. Nothing is told of a step but these
//! commands and what they print.

mod flashcards;
mod isolation;
mod rebuild;
mod spaces;

use std::fmt;

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
    /// The commands that are run, in order.
    pub runs: &'static [Run],
    /// Where it is to be seen.
    pub place: Place,
    /// The title of the step that has to be taken first, if there is one.
    pub after: Option<&'static str>,
}

/// A command that a step runs, and a shell can run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// The command line, without the program's name.
    pub command: &'static str,
    /// What it reads from standard input.
    pub input: Option<Input>,
    /// Only the last line that it prints is shown.
    pub last_line: bool,
}

/// Input of a command.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// The shell command that writes it.
    pub shell: &'static str,
    /// The same text.
    pub text: fn() -> String,
}

impl Run {
    /// A command without input.
    #[must_use]
    pub const fn of(command: &'static str) -> Self {
        Self { command, input: None, last_line: false }
    }
}

/// The line for a shell.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(input) = &self.input {
            write!(f, "{} | ", input.shell)?;
        }
        write!(f, "ramax {}", self.command)?;
        if self.last_line { f.write_str(" | tail -n 1") } else { Ok(()) }
    }
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

/// The whole walk, over a store that was just seeded.
pub const PARTS: [Part; 4] = [spaces::PART, isolation::PART, rebuild::PART, flashcards::PART];

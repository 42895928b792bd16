//! The steps of the guide: what to look at, and the commands that show it. All output of a step comes from these
//! commands.

mod commands;
mod flashcards;
mod isolation;
mod past;
mod projections;
mod spaces;
mod subscriptions;

use std::fmt;

/// A part of the guide.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The topic.
    pub title: &'static str,
    /// Its steps.
    pub steps: &'static [Step],
}

/// A step of the guide.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The title.
    pub title: &'static str,
    /// The explanation.
    pub text: &'static str,
    /// The commands to run, in order.
    pub runs: &'static [Run],
    /// The place that shows the result.
    pub place: Place,
    /// The title of the step to run first, if there is one.
    pub after: Option<&'static str>,
}

/// A command of a step, which a shell can run as well.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// The command line, without the program's name.
    pub command: &'static str,
    /// Its standard input.
    pub input: Option<Input>,
    /// True if only the last line of its output is shown.
    pub last_line: bool,
    /// True if it is refused. What is shown is the reason.
    pub is_refused: bool,
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
    /// Returns a command without input.
    pub const fn of(command: &'static str) -> Self {
        Self { command, input: None, last_line: false, is_refused: false }
    }

    /// Returns a command that is refused.
    pub const fn refused(command: &'static str) -> Self {
        Self { is_refused: true, ..Self::of(command) }
    }
}

/// Writes the command line for a shell.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(input) = &self.input {
            write!(f, "{} | ", input.shell)?;
        }
        write!(f, "ramax {}", self.command)?;
        if self.is_refused {
            f.write_str(" 2>&1")?;
        }
        if self.last_line { f.write_str(" | tail -n 1") } else { Ok(()) }
    }
}

/// The place that shows the result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The list of spaces.
    Spaces,
    /// The details of a space.
    Space(&'static str),
    /// The newest events of a space.
    Events(&'static str),
    /// The events of a space that match a query.
    Query(&'static str, &'static str),
    /// A key of a space's state.
    Key(&'static str, &'static str),
    /// A key of another projection of a space, by the name of the projection.
    ProjectionKey(&'static str, &'static str, &'static str),
    /// The history of an entity in a space.
    Entity(&'static str, &'static str),
    /// The event that set the value at a path of a key.
    Blame(&'static str, &'static str, &'static str),
    /// A space as of a sequence.
    Past(&'static str, u64),
    /// The comparison of a fork with its origin.
    Fork(&'static str),
    /// The causes and effects of an event, by its id.
    Trace(u64),
    /// The checkpoints.
    Checkpoints,
    /// The subscriptions.
    Subscriptions,
}

/// All parts of the guide, for a store that was just seeded.
pub const PARTS: [Part; 7] = [
    spaces::PART,
    isolation::PART,
    projections::PART,
    commands::PART,
    subscriptions::PART,
    flashcards::PART,
    past::PART,
];

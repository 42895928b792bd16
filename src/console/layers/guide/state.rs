//! A guided walk: its steps, the current one, and the output so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::console::app::state::Loadable;

/// A step of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkStep {
    /// The chapter of the walk.
    pub part: String,
    /// The heading.
    pub title: String,
    /// The explanation.
    pub text: String,
    /// The command lines that it runs, in shell syntax.
    pub commands: Vec<String>,
    /// The item that the console shows for it.
    pub sight: Sight,
    /// The step that must run first, if any.
    pub after: Option<usize>,
}

/// A command that was run, with its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The command line.
    pub command: String,
    /// The lines that it printed to standard output.
    pub output: Vec<String>,
}

/// The item that the console shows for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// All spaces.
    Spaces,
    /// A space with its counters and metadata.
    Space(String),
    /// The newest events of a space.
    Events(String),
    /// A key of a projection.
    Key {
        /// The space.
        space: String,
        /// The key.
        key: String,
    },
    /// The events of an entity.
    Entity {
        /// The space.
        space: String,
        /// The entity.
        entity_id: String,
    },
    /// The checkpoints of all spaces.
    Checkpoints,
}

impl Sight {
    /// Returns the name of the space concerned.
    pub fn space(&self) -> Option<&str> {
        match self {
            Self::Space(space)
            | Self::Events(space)
            | Self::Key { space, .. }
            | Self::Entity { space, .. } => Some(space),
            Self::Spaces | Self::Checkpoints => None,
        }
    }
}

/// A walk under way. It has at least one step.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Its steps.
    pub steps: Arc<[WalkStep]>,
    /// The index of the current step.
    pub at: usize,
    /// The commands of the steps run so far, with their output.
    pub told: BTreeMap<usize, Loadable<Vec<Ran>>>,
    /// True if the guide is on screen.
    pub shown: bool,
    /// True if the console has yet to show the item of the current step.
    pub going: bool,
}

impl Walk {
    /// A walk at its first step; `None` if it has no steps.
    pub fn of(steps: Arc<[WalkStep]>) -> Option<Self> {
        let there = !steps.is_empty();
        there.then(|| Self { steps, at: 0, told: BTreeMap::new(), shown: true, going: true })
    }

    /// Returns the current step.
    pub fn step(&self) -> Option<&WalkStep> {
        self.steps.get(self.at)
    }

    /// Returns the result of the current step, if it was run.
    pub fn outcome(&self) -> Option<&Loadable<Vec<Ran>>> {
        self.told.get(&self.at)
    }

    /// Returns the number and title of the step that must run before the current one, if it has not run yet.
    pub fn comes_first(&self) -> Option<(usize, &str)> {
        let first = self.step()?.after?;
        let is_taken = matches!(self.told.get(&first), Some(Loadable::Ready(_)));
        self.steps.get(first).filter(|_| !is_taken).map(|step| (first + 1, step.title.as_str()))
    }

    /// Returns true if the current step is the last one.
    pub fn at_end(&self) -> bool {
        self.at + 1 >= self.steps.len()
    }
}

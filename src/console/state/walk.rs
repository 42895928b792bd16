//! A guided walk: its steps, how far one has come, and what was told.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Loadable;

/// A step of a walk, as it is told before it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkStep {
    /// The part of the walk that it belongs to.
    pub part: String,
    /// What it shows.
    pub title: String,
    /// Why that matters.
    pub text: String,
    /// The command lines that it runs, as a shell takes them.
    pub commands: Vec<String>,
    /// What it is about.
    pub sight: Sight,
    /// The step that has to be taken first, if there is one.
    pub after: Option<usize>,
}

/// A command that was run, with the lines that it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The command line.
    pub command: String,
    /// What it printed to standard output.
    pub output: Vec<String>,
}

/// What a step is about: where the console goes for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// All spaces.
    Spaces,
    /// One space with its counters and metadata.
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
    /// The space that it lies in, by name.
    #[must_use]
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
    /// The step at hand.
    pub at: usize,
    /// The commands of the steps that were taken, with their output.
    pub told: BTreeMap<usize, Loadable<Vec<Ran>>>,
    /// Whether the guide is on screen.
    pub shown: bool,
    /// The console is yet to go where the step at hand is.
    pub going: bool,
}

impl Walk {
    /// A walk that is about to begin, if there are steps to be taken.
    #[must_use]
    pub fn of(steps: Arc<[WalkStep]>) -> Option<Self> {
        let there = !steps.is_empty();
        there.then(|| Self { steps, at: 0, told: BTreeMap::new(), shown: true, going: true })
    }

    /// The step at hand.
    #[must_use]
    pub fn step(&self) -> Option<&WalkStep> {
        self.steps.get(self.at)
    }

    /// What came of the step at hand, if it was taken.
    #[must_use]
    pub fn outcome(&self) -> Option<&Loadable<Vec<Ran>>> {
        self.told.get(&self.at)
    }

    /// The number and title of the step that has to be taken before the step at hand, if that was not taken yet.
    #[must_use]
    pub fn comes_first(&self) -> Option<(usize, &str)> {
        let first = self.step()?.after?;
        let is_taken = matches!(self.told.get(&first), Some(Loadable::Ready(_)));
        self.steps.get(first).filter(|_| !is_taken).map(|step| (first + 1, step.title.as_str()))
    }

    /// Whether the step at hand is the last one.
    #[must_use]
    pub fn at_end(&self) -> bool {
        self.at + 1 >= self.steps.len()
    }
}

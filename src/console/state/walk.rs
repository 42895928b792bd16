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
    /// The commands of a shell that do the same.
    pub commands: Vec<String>,
    /// What it is about.
    pub sight: Sight,
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
    /// What came of the steps that were taken, line by line.
    pub told: BTreeMap<usize, Loadable<Vec<String>>>,
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
    pub fn outcome(&self) -> Option<&Loadable<Vec<String>>> {
        self.told.get(&self.at)
    }

    /// Whether the step at hand is the last one.
    #[must_use]
    pub fn at_end(&self) -> bool {
        self.at + 1 >= self.steps.len()
    }
}

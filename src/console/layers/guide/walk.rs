//! A walk: its steps, their places and commands, and how far it has come.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::console::app::state::{ErrorText, Loadable};
use crate::content_store::{Apps, Store};
use crate::event::{EventId, SpaceSequence};

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
    pub place: StepPlace,
    /// The step that must run first, if any.
    pub after: Option<usize>,
}

/// A command that was run, with its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutput {
    /// The command line.
    pub command: String,
    /// The lines that it printed to standard output.
    pub output: Vec<String>,
}

/// The item that the console shows for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepPlace {
    /// All spaces.
    Spaces,
    /// A space with its counters and metadata.
    Space(String),
    /// The newest events of a space.
    Events(String),
    /// The events of a space that match a query.
    Query {
        /// The space.
        space: String,
        /// The query.
        query: String,
    },
    /// A key of a projection.
    Key {
        /// The space.
        space: String,
        /// The name of the projection.
        projection: String,
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
    /// The event that set the value at a path of a key.
    Blame {
        /// The space.
        space: String,
        /// The name of the projection.
        projection: String,
        /// The key.
        key: String,
        /// The path.
        path: String,
    },
    /// A space as it was.
    Past {
        /// The space.
        space: String,
        /// The sequence.
        at: SpaceSequence,
    },
    /// The comparison of a fork with its origin.
    Fork(String),
    /// The causes and effects of an event.
    Trace(EventId),
    /// The checkpoints of all spaces.
    Checkpoints,
    /// The subscriptions.
    Subscriptions,
}

impl StepPlace {
    /// Returns the name of the space concerned.
    pub fn space(&self) -> Option<&str> {
        match self {
            Self::Space(space)
            | Self::Events(space)
            | Self::Fork(space)
            | Self::Query { space, .. }
            | Self::Key { space, .. }
            | Self::Blame { space, .. }
            | Self::Past { space, .. }
            | Self::Entity { space, .. } => Some(space),
            Self::Spaces | Self::Trace(_) | Self::Checkpoints | Self::Subscriptions => None,
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
    pub outputs: BTreeMap<usize, Loadable<Vec<CommandOutput>>>,
    /// True if the guide is on screen.
    pub shown: bool,
    /// True if the console has yet to show the item of the current step.
    pub going: bool,
}

impl Walk {
    /// A walk at its first step; `None` if it has no steps.
    pub fn of(steps: Arc<[WalkStep]>) -> Option<Self> {
        let there = !steps.is_empty();
        there.then(|| Self { steps, at: 0, outputs: BTreeMap::new(), shown: true, going: true })
    }

    /// Returns the current step.
    pub fn step(&self) -> Option<&WalkStep> {
        self.steps.get(self.at)
    }

    /// Returns the result of the current step, if it was run.
    pub fn outcome(&self) -> Option<&Loadable<Vec<CommandOutput>>> {
        self.outputs.get(&self.at)
    }

    /// Returns the number and title of the step that must run before the current one, if it has not run yet.
    pub fn comes_first(&self) -> Option<(usize, &str)> {
        let first = self.step()?.after?;
        let has_run = matches!(self.outputs.get(&first), Some(Loadable::Ready(_)));
        self.steps.get(first).filter(|_| !has_run).map(|step| (first + 1, step.title.as_str()))
    }

    /// Returns true if the current step is the last one and has run.
    pub fn is_complete(&self) -> bool {
        self.at_end() && matches!(self.outcome(), Some(Loadable::Ready(_)))
    }

    /// Returns true if the current step is the last one.
    pub fn at_end(&self) -> bool {
        self.at + 1 >= self.steps.len()
    }
}

/// The code of a step: runs its commands and returns their output.
#[derive(Clone)]
pub struct StepRunner(Arc<StepCode>);

type StepCode = dyn Fn(&Store, &Apps) -> Result<Vec<CommandOutput>, ErrorText> + Send + Sync;

impl StepRunner {
    /// A step that runs this function.
    pub fn new(
        run: impl Fn(&Store, &Apps) -> Result<Vec<CommandOutput>, ErrorText> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(run))
    }
}

impl fmt::Debug for StepRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StepRunner")
    }
}

/// The steps of a walk, with their code.
#[derive(Debug, Clone)]
pub struct Walkthrough {
    steps: Arc<[WalkStep]>,
    runners: Arc<[StepRunner]>,
}

impl Walkthrough {
    /// Returns the texts of the steps.
    pub fn steps(&self) -> Arc<[WalkStep]> {
        Arc::clone(&self.steps)
    }

    /// Runs a step. A step that does not exist has no output.
    pub fn run(&self, step: usize, store: &Store, apps: &Apps) -> Result<Vec<CommandOutput>, ErrorText> {
        self.runners.get(step).map_or_else(|| Ok(Vec::new()), |StepRunner(run)| run(store, apps))
    }
}

impl FromIterator<(WalkStep, StepRunner)> for Walkthrough {
    fn from_iter<T: IntoIterator<Item = (WalkStep, StepRunner)>>(steps: T) -> Self {
        let (steps, runners): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
        Self { steps: steps.into(), runners: runners.into() }
    }
}

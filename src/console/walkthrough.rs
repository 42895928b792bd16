//! A walk that the console can guide through.

use std::fmt;
use std::sync::Arc;

use crate::console::app::state::ErrorText;
use crate::console::layers::guide::{Ran, WalkStep};
use crate::content_store::{Apps, Store};

/// The code of a step: runs its commands and returns their output.
#[derive(Clone)]
pub struct StepRunner(Arc<RunStep>);

type RunStep = dyn Fn(&Store, &Apps) -> Result<Vec<Ran>, ErrorText> + Send + Sync;

impl StepRunner {
    /// A step that runs this function.
    pub fn new(take: impl Fn(&Store, &Apps) -> Result<Vec<Ran>, ErrorText> + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
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
    pub fn take(&self, step: usize, store: &Store, apps: &Apps) -> Result<Vec<Ran>, ErrorText> {
        self.runners.get(step).map_or_else(|| Ok(Vec::new()), |StepRunner(take)| take(store, apps))
    }
}

impl FromIterator<(WalkStep, StepRunner)> for Walkthrough {
    fn from_iter<T: IntoIterator<Item = (WalkStep, StepRunner)>>(steps: T) -> Self {
        let (steps, runners): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
        Self { steps: steps.into(), runners: runners.into() }
    }
}

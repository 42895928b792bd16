//! A walk that the console can guide through.

use std::fmt;
use std::sync::Arc;

use crate::console::app::state::Failure;
use crate::console::layers::guide::{Ran, WalkStep};
use crate::content_store::{Apps, Store};

/// The code of a step: runs its commands and returns their output.
#[derive(Clone)]
pub struct Take(Arc<TakeStep>);

type TakeStep = dyn Fn(&Store, &Apps) -> Result<Vec<Ran>, Failure> + Send + Sync;

impl Take {
    /// A step that runs this function.
    pub fn new(take: impl Fn(&Store, &Apps) -> Result<Vec<Ran>, Failure> + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }
}

impl fmt::Debug for Take {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Take")
    }
}

/// The steps of a walk, with their code.
#[derive(Debug, Clone)]
pub struct Walkthrough {
    steps: Arc<[WalkStep]>,
    takes: Arc<[Take]>,
}

impl Walkthrough {
    /// Returns the texts of the steps.
    pub fn steps(&self) -> Arc<[WalkStep]> {
        Arc::clone(&self.steps)
    }

    /// Runs a step. A step that does not exist has no output.
    pub fn take(&self, step: usize, store: &Store, apps: &Apps) -> Result<Vec<Ran>, Failure> {
        self.takes.get(step).map_or_else(|| Ok(Vec::new()), |Take(take)| take(store, apps))
    }
}

impl FromIterator<(WalkStep, Take)> for Walkthrough {
    fn from_iter<T: IntoIterator<Item = (WalkStep, Take)>>(steps: T) -> Self {
        let (steps, takes): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
        Self { steps: steps.into(), takes: takes.into() }
    }
}

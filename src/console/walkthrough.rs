//! A walk that the console can guide through: what its steps tell, and how each is taken.

use std::sync::Arc;

use super::state::WalkStep;
use crate::apps::Apps;
use crate::content_store::Store;
use crate::error::Result;

/// Takes a step, and tells what came of it line by line.
pub type Take = fn(&Store, &Apps) -> Result<Vec<String>>;

/// A walk, step by step.
#[derive(Debug, Clone)]
pub struct Walkthrough {
    steps: Arc<[WalkStep]>,
    takes: Arc<[Take]>,
}

impl Walkthrough {
    /// The text of its steps.
    #[must_use]
    pub fn steps(&self) -> Arc<[WalkStep]> {
        Arc::clone(&self.steps)
    }

    /// Takes a step. There is nothing to tell of a step that there is not.
    ///
    /// # Errors
    /// Whatever stands in the step's way.
    pub fn take(&self, step: usize, store: &Store, apps: &Apps) -> Result<Vec<String>> {
        self.takes.get(step).map_or_else(|| Ok(Vec::new()), |take| take(store, apps))
    }
}

impl FromIterator<(WalkStep, Take)> for Walkthrough {
    fn from_iter<T: IntoIterator<Item = (WalkStep, Take)>>(steps: T) -> Self {
        let (steps, takes): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
        Self { steps: steps.into(), takes: takes.into() }
    }
}

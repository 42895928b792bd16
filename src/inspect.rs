//! Looking at a storage from below: what its engine finds amiss.

use crate::error::Result;

/// What a storage's engine can say of itself. One that has no engine below it finds nothing.
pub trait Inspect: Send + Sync {
    /// What the engine finds amiss, in its own words, up to a hundred things; with `deep` also what costs a
    /// second look at every row, such as its indexes.
    ///
    /// # Errors
    /// Failures of the storage.
    fn integrity(&self, _deep: bool) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// What ends a look that another thread takes through this handle, as soon as may be. It may have to be
    /// called again, where that look is made of several.
    ///
    /// # Errors
    /// Failures of the storage.
    fn interrupter(&self) -> Result<Box<dyn Fn() + Send + Sync>> {
        Ok(Box::new(|| {}))
    }
}

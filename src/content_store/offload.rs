//! Work on a store for async callers: on the threads that tokio keeps for blocking calls.
//!
//! The engine itself knows no async runtime. Every call blocks its thread, for a disk or for other writers.

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

use crate::content_store::ContentStore;
use crate::error::{Result, StoreError};
use crate::{Executed, Request};

/// A [`Store`](crate::Store), a [`ContentStore`], or any other handle that is cheap to clone, for async callers. Work on it
/// runs on the threads that tokio keeps for blocking calls, so that it never blocks the runtime.
///
/// **Cancellation.** Work that was started runs to its end. A caller that drops the future loses only the result: a
/// command is then executed or not, but never in part. With an [idempotency key](crate::Conditions::idempotency_key),
/// the command can be sent again.
///
/// **Shutdown.** A runtime that is dropped waits for the work that has started. Work that it cannot start any more fails with
/// [`StoreError::Stopped`]. [`Store::stop`](crate::Store::stop) ends the work on files early.
///
/// ```
/// use std::sync::Arc;
/// use ramax::Offload;
/// use ramax::{Command, ContentStore, Store, apps::Crm};
///
/// # fn main() -> ramax::Result<()> {
/// let crm = Offload::new(ContentStore::open(&Store::memory(), "crm_acme", Arc::new(Crm))?);
/// let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// runtime.block_on(async {
///     let add = Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "a@b.c");
///     let done = crm.execute(add).await?;
///     assert_eq!(done.space_sequence.0, 1);
///     let contact = crm.run(|crm| Crm::contact(crm, "c1")).await?;
///     assert_eq!(contact.unwrap().name, "Ada");
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Offload<T>(T);

impl<T: Clone + Send + 'static> Offload<T> {
    /// Wraps a handle.
    pub fn new(handle: T) -> Self {
        Self(handle)
    }

    /// Returns the handle, for calls that may block.
    pub fn handle(&self) -> &T {
        &self.0
    }

    /// Runs work on a clone of the handle. If it panics, so does the caller.
    ///
    /// # Errors
    /// As `work`; [`StoreError::Stopped`] if the runtime shuts down and does not start the work.
    pub async fn run<R, W>(&self, work: W) -> Result<R>
    where
        R: Send + 'static,
        W: FnOnce(&T) -> Result<R> + Send + 'static,
    {
        let handle = self.0.clone();
        match spawn_blocking(move || work(&handle)).await {
            Ok(result) => result,
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(_) => Err(StoreError::Stopped.into()),
        }
    }
}

impl Offload<ContentStore> {
    /// Executes a command. Commands that wait at the same time share a commit.
    ///
    /// # Errors
    /// As [`ContentStore::execute`] and [`Offload::run`].
    pub async fn execute(&self, request: impl Into<Request>) -> Result<Executed> {
        let request = request.into();
        self.run(|content| content.execute(request)).await
    }
}

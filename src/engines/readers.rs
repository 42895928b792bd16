//! Further connections of a handle, so that its readers do not wait for its writer.

use std::sync::OnceLock;
use std::time::Duration;

use parking_lot::Mutex;

/// The maximum number of further connections.
pub(crate) const MOST: usize = 4;

/// How long a thread waits for one of them before it looks for another.
pub(crate) const LOOK: Duration = Duration::from_millis(5);

/// The further connections, each opened when it is first needed.
pub(crate) struct Readers<C> {
    open: [OnceLock<Box<C>>; MOST],
    /// Held while one is opened.
    opening: Mutex<()>,
}

impl<C> Default for Readers<C> {
    fn default() -> Self {
        Self { open: [const { OnceLock::new() }; MOST], opening: Mutex::new(()) }
    }
}

impl<C> Readers<C> {
    /// Returns the open connections.
    pub(crate) fn opened(&self) -> impl Iterator<Item = &C> {
        self.open.iter().filter_map(OnceLock::get).map(|reader| &**reader)
    }

    /// Chooses a connection, if possible one that is not in use. Returns `None` if there is room for another one, but
    /// `open` cannot open it.
    pub(crate) fn choose(
        &self,
        is_in_use: impl Fn(&C) -> bool,
        open: impl FnOnce() -> Option<C>,
    ) -> Option<&C> {
        for slot in &self.open {
            match slot.get() {
                Some(reader) if is_in_use(reader) => {}
                Some(reader) => return Some(reader),
                None => {
                    let _opening = self.opening.lock();
                    if slot.get().is_none() {
                        let _ = slot.set(Box::new(open()?));
                    }
                    return slot.get().map(|reader| &**reader);
                }
            }
        }
        self.open[fastrand::usize(..MOST)].get().map(|reader| &**reader)
    }
}

//! A request to stop, by signal.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

use super::exit::Exit;

/// Set when somebody asks the process to stop. From its making on, SIGINT and SIGTERM no longer end the
/// process by themselves: whoever made it has to look. A second signal does not wait for that.
#[derive(Debug, Clone)]
pub struct Interrupt(Arc<AtomicBool>);

/// Has a write beyond the largest file allowed fail with an error, as on a full disk, instead of ending the
/// process.
///
/// # Errors
/// If the operating system refuses.
pub fn survive_file_size_limit() -> io::Result<()> {
    flag::register(SIGXFSZ, Arc::default()).map(|_| ())
}

impl Interrupt {
    /// Takes over SIGINT and SIGTERM.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn take_over() -> io::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(
                signal,
                i32::from(Exit::Interrupted.code()),
                Arc::clone(&asked),
            )?;
            flag::register(signal, Arc::clone(&asked))?;
        }
        Ok(Self(asked))
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

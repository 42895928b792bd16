//! A request to stop, by signal.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::{SigId, flag, low_level};

use super::exit::Exit;

/// Set when somebody asks the process to stop. From its making on, SIGINT and SIGTERM no longer end the
/// process by themselves: whoever made it has to look. A second signal does not wait for that. Dropped, it
/// leaves them to whoever takes them over next.
#[derive(Debug)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    hooks: Vec<SigId>,
}

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
        let (asked, code) = (Arc::new(AtomicBool::new(false)), i32::from(Exit::Interrupted.code()));
        let mut hooks = Vec::new();
        for signal in [SIGINT, SIGTERM] {
            hooks.push(flag::register_conditional_shutdown(signal, code, Arc::clone(&asked))?);
            hooks.push(flag::register(signal, Arc::clone(&asked))?);
        }
        Ok(Self { asked, hooks })
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        for hook in self.hooks.drain(..) {
            low_level::unregister(hook);
        }
    }
}

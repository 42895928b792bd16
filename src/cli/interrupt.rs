//! A request to stop, by signal.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::{SigId, flag, low_level};

use super::exit::Exit;

/// The signals that ask the process to stop: SIGINT, SIGTERM and SIGHUP, taken over for as long as this is there.
/// They end it as [`Exit::Interrupted`] at once, unless somebody [listens](Signals::listen).
#[derive(Debug)]
pub struct Signals {
    at_once: Arc<AtomicBool>,
    hooks: Vec<SigId>,
}

/// Somebody who looks whether the process is asked to stop, and puts everything back first. A second signal does
/// not wait for that.
#[derive(Debug)]
pub struct Interrupt(Arc<AtomicBool>);

/// Has a write beyond the largest file allowed fail with an error, as on a full disk, instead of ending the
/// process.
///
/// # Errors
/// If the operating system refuses.
pub fn survive_file_size_limit() -> io::Result<()> {
    flag::register(SIGXFSZ, Arc::default()).map(|_| ())
}

impl Signals {
    /// Takes them over, but for those that whoever started the process wants it to ignore, as `nohup` does.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn take_over() -> io::Result<Self> {
        let ignored = ignored();
        let mut signals = Self { at_once: Arc::new(AtomicBool::new(true)), hooks: Vec::new() };
        let code = Exit::Interrupted.code().into();
        for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0)
        {
            let Self { at_once, hooks } = &mut signals;
            hooks.push(flag::register_conditional_shutdown(signal, code, Arc::clone(at_once))?);
            hooks.push(flag::register(signal, Arc::clone(at_once))?);
        }
        Ok(signals)
    }

    /// From now on the first signal is only noted.
    #[must_use]
    pub fn listen(&self) -> Interrupt {
        self.at_once.store(false, Ordering::Relaxed);
        Interrupt(Arc::clone(&self.at_once))
    }

    /// Leaves them to whoever takes them over next.
    pub fn leave(&mut self) {
        for hook in self.hooks.drain(..) {
            low_level::unregister(hook);
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Interrupt {
    /// Whether somebody asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The signals that the process was started to ignore, a bit each from the lowest on; none where the system does
/// not tell.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

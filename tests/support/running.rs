//! Runs of the program that have not ended, and signals to them.

use std::io::{BufRead, BufReader};
use std::ops::{Deref, DerefMut};
use std::process::{Child, ChildStderr, ChildStdout, Command};
use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process};

use super::program::Ran;

/// The signals that ask a process to end, and that `nohup` and some shells ignore.
const REQUESTS: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

/// A run that is killed at the end of its test.
pub struct Running(Option<Child>);

impl Running {
    pub fn of(command: &mut Command) -> Self {
        Self(Some(command.spawn().unwrap()))
    }

    /// Waits until the program reports that it has started, and so handles signals. Returns the rest of standard error.
    pub fn started(&mut self) -> BufReader<ChildStderr> {
        let mut stderr = BufReader::new(self.stderr.take().unwrap());
        stderr.read_line(&mut String::new()).unwrap();
        stderr
    }

    /// Waits for the first line of standard output. Returns the rest.
    pub fn first_line(&mut self) -> BufReader<ChildStdout> {
        let mut stdout = BufReader::new(self.stdout.take().unwrap());
        stdout.read_line(&mut String::new()).unwrap();
        stdout
    }

    /// Sends a signal, which must interrupt the run.
    #[track_caller]
    pub fn interrupt(&mut self, signal: Signal) {
        send(signal, self.id());
        assert_eq!(self.wait().unwrap().code(), Some(130), "{signal:?}");
    }

    /// Waits for the end of the run.
    pub fn finish(mut self) -> Ran {
        self.0.take().unwrap().wait_with_output().unwrap().into()
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        self.0.as_ref().unwrap()
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a signal to a process.
pub fn send(signal: Signal, process: u32) {
    kill_process(Pid::from_raw(process.try_into().unwrap()).unwrap(), signal).unwrap();
}

/// Makes child processes receive the signals that ask them to end, even if the tests run with some of them ignored, as
/// under `nohup`. A signal with a handler is reset in a child, but an ignored one stays ignored.
pub(super) fn receive_signals() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).map(str::trim);
    let ignored = ignored.and_then(|set| u64::from_str_radix(set, 16).ok()).unwrap_or(0);
    let is_ignored = |signal: &i32| ignored >> (signal - 1) & 1 == 1;
    for signal in REQUESTS.into_iter().chain([Signal::QUIT]).map(Signal::as_raw).filter(is_ignored) {
        signal_hook::flag::register(signal, Arc::default()).unwrap();
    }
}

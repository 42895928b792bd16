//! Signals that ask the process to end.

use std::io::{self, PipeReader, PipeWriter};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals as Incoming};
use signal_hook::{flag, low_level};

use crate::sqlite::Stop;

use super::exit::{Exit, Failure};
use super::stdio::{Standard, interrupted, wait_with_reader};

/// The signals that ask the process to end.
const SIGNALS: [i32; 8] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU];

/// How long a run may take to end by itself before its work in the store is stopped.
const GRACE: Duration = Duration::from_millis(100);
/// How long work that cannot be stopped may take before the process ends without closing its files.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the store is stopped again, because a statement that is just starting may miss it.
const AGAIN: Duration = Duration::from_millis(1);

/// Handles the signals that ask the process to end, until it is dropped. The first signal ends the run as
/// [`Exit::Interrupted`] with its files closed. While an operation [listens](Signals::listen), the first
/// signal only asks it to stop, and the second one ends the run. One more signal ends the process
/// immediately.
pub struct Signals {
    state: Arc<SignalState>,
    woken: Arc<PipeReader>,
    hooks: Option<Handle>,
}

/// The requests received so far.
#[derive(Default)]
struct SignalState {
    is_listening: AtomicBool,
    /// A signal was received.
    is_noted: AtomicBool,
    /// The run must end immediately.
    is_ending: AtomicBool,
    uses_store: AtomicBool,
    stores: Mutex<Vec<Stop>>,
    /// Dropped to end a wait for standard input or output.
    wakes: Mutex<Option<PipeWriter>>,
}

/// Listens while an operation runs. Between operations, as while their results are printed, a signal ends the run.
pub struct Listener(Arc<SignalState>);

/// Tells an operation that the process was asked to end. While it listens, it can undo its work first, and a second signal
/// does not wait for that.
pub struct Interrupt {
    state: Arc<SignalState>,
    is_listening: bool,
}

/// Makes a write beyond the file size limit fail with an error, as on a full disk, instead of ending the
/// process.
pub fn survive_file_size_limit() -> io::Result<()> {
    flag::register(SIGXFSZ, Arc::default()).map(|_| ())
}

impl Signals {
    /// Handles the signals, except those that the process was started to ignore, as by `nohup`.
    pub fn take_over() -> io::Result<Self> {
        let ignored = ignored();
        let heard = SIGNALS.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        let mut incoming = Incoming::new(heard)?;
        let hooks = incoming.handle();
        let (woken, wakes) = io::pipe()?;
        let state = Arc::new(SignalState { wakes: Mutex::new(Some(wakes)), ..SignalState::default() });
        let shared = Arc::clone(&state);
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || watch_signals(&mut incoming, &shared))?;
        Ok(Self { state, woken: Arc::new(woken), hooks: Some(hooks) })
    }

    /// Returns the signals of a run inside another one, which handles them.
    #[cfg(feature = "demo")]
    pub fn of_another() -> io::Result<Self> {
        let (woken, wakes) = io::pipe()?;
        let state = Arc::new(SignalState { wakes: Mutex::new(Some(wakes)), ..SignalState::default() });
        Ok(Self { state, woken: Arc::new(woken), hooks: None })
    }

    /// Turns the next signal into a mere request, until the returned value is dropped.
    #[must_use]
    pub fn listen(&self) -> Interrupt {
        self.listener().listen()
    }

    /// Returns what listens later, for one operation at a time.
    pub fn listener(&self) -> Listener {
        Listener(Arc::clone(&self.state))
    }

    /// Returns what tells work that only reads of the first signal, which ends the run.
    pub fn observe(&self) -> Interrupt {
        Interrupt { state: Arc::clone(&self.state), is_listening: false }
    }

    /// Leaves the signals to the console.
    pub fn leave(&mut self) {
        if let Some(hooks) = self.hooks.take() {
            hooks.close();
        }
    }

    /// Notes that files are about to be opened, which must be closed before the process ends.
    pub fn before_opening(&self) {
        self.state.uses_store.store(true, Ordering::Relaxed);
    }

    /// Registers a store whose work is stopped when the run must end.
    pub fn stops(&self, store: &Stop) {
        let mut stores = self.state.stores.lock();
        stores.push(store.clone());
        if self.state.wakes.lock().is_none() {
            store.end_waits();
        }
    }

    /// Returns true if the run must end immediately.
    pub fn is_ending(&self) -> bool {
        self.state.is_ending.load(Ordering::Relaxed)
    }

    /// Returns a function that fails once the run must end immediately.
    pub fn check_ending(&self) -> impl Fn() -> io::Result<()> + use<> {
        let state = Arc::clone(&self.state);
        move || if state.is_ending.load(Ordering::Relaxed) { Err(interrupted()) } else { Ok(()) }
    }

    /// Returns a function that fails once the run must end: the pause within large values.
    pub fn pause(&self) -> impl FnMut() -> Result<(), Failure> + use<> {
        let check_ending = self.check_ending();
        move || Ok(check_ending()?)
    }

    /// Returns standard output. A signal ends its waits.
    pub fn stdout(&self) -> Standard {
        Standard::output(Arc::clone(&self.woken))
    }

    /// Waits for `pause`, or until a signal arrives or the reader of standard output goes away.
    ///
    /// # Errors
    /// [`io::ErrorKind::BrokenPipe`] if the reader is gone.
    pub fn wait_with_reader(&self, pause: Duration) -> io::Result<()> {
        wait_with_reader(pause, &self.woken)
    }

    /// Opens a file, or a FIFO without waiting for its writer. A signal ends the waits of its reads.
    ///
    /// # Errors
    /// As [`std::fs::File::open`].
    pub fn open(&self, path: &Path) -> io::Result<Standard> {
        Standard::open(path, Arc::clone(&self.woken))
    }

    /// Returns standard input. A signal ends its waits.
    pub fn stdin(&self) -> Standard {
        Standard::input(Arc::clone(&self.woken))
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Listener {
    /// As [`Signals::listen`].
    #[must_use]
    pub fn listen(&self) -> Interrupt {
        self.0.is_listening.store(true, Ordering::Relaxed);
        Interrupt { state: Arc::clone(&self.0), is_listening: true }
    }
}

impl Interrupt {
    /// Returns true if a signal was received.
    pub fn is_interrupted(&self) -> bool {
        self.state.is_noted.load(Ordering::Relaxed) || self.state.is_ending.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        if self.is_listening {
            self.state.is_listening.store(false, Ordering::Relaxed);
        }
    }
}

/// Handles each signal.
fn watch_signals(incoming: &mut Incoming, state: &Arc<SignalState>) {
    for _ in incoming.forever() {
        if state.is_ending.load(Ordering::Relaxed) {
            end_process();
        }
        let is_first = !state.is_noted.swap(true, Ordering::Relaxed);
        let is_listening = state.is_listening.load(Ordering::Relaxed);
        if !(is_first && is_listening) {
            state.is_ending.store(true, Ordering::Relaxed);
            end(state);
        }
        state.wakes.lock().take();
        state.stores.lock().iter().for_each(Stop::end_waits);
    }
}

/// Ends the run without blocking this thread.
fn end(state: &Arc<SignalState>) {
    if !state.uses_store.load(Ordering::Relaxed) && !state.is_listening.load(Ordering::Relaxed) {
        end_process();
    }
    let state = Arc::downgrade(state);
    if thread::Builder::new().name("ending".to_owned()).spawn(move || stop_all(&state)).is_err() {
        end_process();
    }
}

fn stop_all(state: &Weak<SignalState>) {
    thread::sleep(GRACE);
    let started = Instant::now();
    while let Some(state) = state.upgrade() {
        let stores = state.stores.lock();
        stores.iter().for_each(Stop::ask);
        if started.elapsed() >= PATIENCE && !stores.iter().any(Stop::is_noticed) {
            end_process();
        }
        drop(stores);
        thread::sleep(AGAIN);
    }
}

fn end_process() -> ! {
    low_level::exit(Exit::Interrupted.code().into())
}

/// Returns the signals that the process was started to ignore, one bit each from the lowest on. Returns none
/// if the system does not say.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

//! A request to end, by signal.

use std::io::{self, PipeReader, PipeWriter};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals as Incoming};
use signal_hook::{flag, low_level};

use crate::sqlite::Stop;

use super::exit::Exit;
use super::standard::{Standard, wait_with_reader};

/// The signals that ask the process to end.
const SIGNALS: [i32; 8] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU];

/// How long a run may take to end by itself, before what it does in the store is stopped.
const GRACE: Duration = Duration::from_millis(100);
/// How long a run may do something that cannot be stopped, before the process ends without closing its files.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the store is stopped again: a statement that is just about to start may miss it.
const AGAIN: Duration = Duration::from_millis(1);

/// The signals that ask the process to end, taken over for as long as this is there. The run then ends as
/// [`Exit::Interrupted`] with its files closed: at once, or, if somebody [listens](Signals::listen), with the second
/// signal. One more ends the process whatever it does.
pub struct Signals {
    asked: Arc<Asked>,
    woken: Arc<PipeReader>,
    hooks: Option<Handle>,
}

/// The requests received so far.
#[derive(Default)]
struct Asked {
    is_listening: AtomicBool,
    /// A signal came while somebody listened.
    is_noted: AtomicBool,
    /// The run has to end at once.
    is_ending: AtomicBool,
    uses_store: AtomicBool,
    stores: Mutex<Vec<Stop>>,
    /// Dropped, it wakes whatever waits for standard input or output.
    wakes: Mutex<Option<PipeWriter>>,
}

/// Somebody who looks whether the process is asked to end, and puts everything back first. A second signal does
/// not wait for that.
pub struct Interrupt(Arc<Asked>);

/// Has a write beyond the largest file allowed fail with an error, as on a full disk, instead of ending the
/// process.
///
/// # Errors
/// If the operating system refuses.
pub fn survive_file_size_limit() -> io::Result<()> {
    flag::register(SIGXFSZ, Arc::default()).map(|_| ())
}

impl Signals {
    /// Takes them over, but for those that the process was started to ignore, as by `nohup`.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn take_over() -> io::Result<Self> {
        let ignored = ignored();
        let heard = SIGNALS.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        let mut incoming = Incoming::new(heard)?;
        let hooks = incoming.handle();
        let (woken, wakes) = io::pipe()?;
        let asked = Arc::new(Asked { wakes: Mutex::new(Some(wakes)), ..Asked::default() });
        let told = Arc::clone(&asked);
        thread::Builder::new().name("signals".to_owned()).spawn(move || heed(&mut incoming, &told))?;
        Ok(Self { asked, woken: Arc::new(woken), hooks: Some(hooks) })
    }

    /// Signals of a run within another one, which looks after them.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn of_another() -> io::Result<Self> {
        let (woken, wakes) = io::pipe()?;
        let asked = Arc::new(Asked { wakes: Mutex::new(Some(wakes)), ..Asked::default() });
        Ok(Self { asked, woken: Arc::new(woken), hooks: None })
    }

    /// From now on the first signal is only noted.
    #[must_use]
    pub fn listen(&self) -> Interrupt {
        self.asked.is_listening.store(true, Ordering::Relaxed);
        Interrupt(Arc::clone(&self.asked))
    }

    /// Leaves them to the console.
    pub fn leave(&mut self) {
        if let Some(hooks) = self.hooks.take() {
            hooks.close();
        }
    }

    /// Has files that are about to be opened closed before the process ends.
    pub fn before_opening(&self) {
        self.asked.uses_store.store(true, Ordering::Relaxed);
    }

    /// Has what is done in a store stopped when the run has to end.
    pub fn stops(&self, store: &Stop) {
        let mut stores = self.asked.stores.lock();
        stores.push(store.clone());
        if self.asked.wakes.lock().is_none() {
            store.end_waits();
        }
    }

    /// Returns true once the run has to end at once.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.asked.is_ending.load(Ordering::Relaxed)
    }

    /// Standard output, which a signal wakes.
    #[must_use]
    pub fn stdout(&self) -> Standard {
        Standard::output(Arc::clone(&self.woken))
    }

    /// Waits for so long, unless a signal comes first, or the reader of standard output goes away.
    ///
    /// # Errors
    /// [`io::ErrorKind::BrokenPipe`] if the reader is gone.
    pub fn wait_with_reader(&self, pause: Duration) -> io::Result<()> {
        wait_with_reader(pause, &self.woken)
    }

    /// Standard input, which a signal wakes.
    #[must_use]
    pub fn stdin(&self) -> Standard {
        Standard::input(Arc::clone(&self.woken))
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Interrupt {
    /// Returns true once a signal came.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.is_noted.load(Ordering::Relaxed) || self.0.is_ending.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.is_listening.store(false, Ordering::Relaxed);
    }
}

/// Does what each signal asks for.
fn heed(incoming: &mut Incoming, asked: &Arc<Asked>) {
    for _ in incoming.forever() {
        if asked.is_ending.load(Ordering::Relaxed) {
            end_process();
        }
        let is_first = !asked.is_noted.swap(true, Ordering::Relaxed);
        let is_listening = asked.is_listening.load(Ordering::Relaxed);
        if !(is_first && is_listening) {
            asked.is_ending.store(true, Ordering::Relaxed);
            end(asked);
        }
        asked.wakes.lock().take();
        asked.stores.lock().iter().for_each(Stop::end_waits);
    }
}

/// Ends the run, without waiting here for that.
fn end(asked: &Arc<Asked>) {
    if !asked.uses_store.load(Ordering::Relaxed) && !asked.is_listening.load(Ordering::Relaxed) {
        end_process();
    }
    let asked = Arc::downgrade(asked);
    if thread::Builder::new().name("ending".to_owned()).spawn(move || stop_all(&asked)).is_err() {
        end_process();
    }
}

fn stop_all(asked: &Weak<Asked>) {
    thread::sleep(GRACE);
    let started = Instant::now();
    while let Some(asked) = asked.upgrade() {
        let stores = asked.stores.lock();
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

/// The signals that the process was started to ignore, a bit each from the lowest on; none where the system does
/// not tell.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

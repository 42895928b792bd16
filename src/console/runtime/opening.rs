//! Opening another file beside the one that is open. A file that cannot be opened changes nothing.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{fmt, io};

use crate::console::app::state::{ErrorText, RequestId};
use crate::console::runtime::ConsoleOptions;
use crate::console::runtime::channel::{FileNumber, Teller};
use crate::console::runtime::files::{Identity, Places};
use crate::console::runtime::open_file::OpenFile;
use crate::console::runtime::threads::{Incoming, spawn};
use crate::content_store::{Apps, Store};
use crate::error::Result;
use crate::masking::MaskedPath;
use crate::operations::FileAccess;
use crate::sqlite::Location;
use crate::sqlite::{CreateFiles, OpenOptions, WatchMigration};
use crate::state_files::StateDirectory;

/// The time after which the console says that a file takes long to open.
const SLOW: Duration = Duration::from_millis(200);
/// How long the program waits at its end for a file that is being opened.
const PATIENCE: Duration = Duration::from_secs(1);
/// The interval between checks whether that has ended.
const LOOK: Duration = Duration::from_millis(1);

type Open = dyn Fn(&Location, &mut WatchMigration<'_>) -> Result<Store> + Send + Sync;

/// Opens the files that the user chooses in a running console.
#[derive(Clone)]
pub struct FileOpener(Arc<Open>);

impl FileOpener {
    /// Opens files with a function. It is called on a thread of its own, and should pass the callback on, which breaks if the
    /// user gives up.
    pub fn new(
        open: impl Fn(&Location, &mut WatchMigration<'_>) -> Result<Store> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(open))
    }

    pub(in crate::console) fn open(
        &self,
        location: &Location,
        watch: &mut WatchMigration<'_>,
    ) -> Result<Store> {
        (self.0)(location, watch)
    }
}

/// Opens existing files for reading and writing.
impl Default for FileOpener {
    fn default() -> Self {
        Self::new(|location, watch| {
            Store::open_watched(location, OpenOptions::default(), CreateFiles::Never, watch)
        })
    }
}

impl fmt::Debug for FileOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileOpener")
    }
}

/// The means to open a file.
#[derive(Clone)]
pub(super) struct Opener {
    pub(super) apps: Apps,
    pub(super) options: ConsoleOptions,
    /// The files that are open.
    pub(super) open: Option<Location>,
    pub(super) places: Places,
    pub(super) tell: Teller,
}

impl Opener {
    /// Opens a file and starts the threads that work on it.
    fn open(
        self,
        asked: &Location,
        number: FileNumber,
        given_up: &AtomicBool,
    ) -> std::result::Result<OpenFile, ErrorText> {
        let Self { apps, options, open, places, tell } = self;
        let location = find(asked, open.as_ref(), &places, options.memory.as_ref())?;
        let watch = &mut |_| match given_up.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let store = options.opener.open(&location, watch);
        let store =
            store.map_err(|error| ErrorText::of_opening(&error, &options.settings.keys, options.program))?;
        OpenFile::start(store, &apps, &options, (number, &tell)).map_err(|error| message(&error))
    }
}

fn message(error: &dyn fmt::Display) -> ErrorText {
    ErrorText { message: format!("{error:#}"), hint: None }
}

/// Finds the files that a user has named. Those opened recently are found wherever they are, and with their second file.
pub(in crate::console) fn find(
    asked: &Location,
    open: Option<&Location>,
    places: &Places,
    memory: Option<&StateDirectory>,
) -> std::result::Result<Location, ErrorText> {
    let location = match memory.and_then(|memory| recent(memory, asked)) {
        Some(recent) => recent,
        None => {
            let found = places
                .find(&asked.database)
                .map_err(|error| message(&format!("{} cannot be opened: {error}", asked.database.shown())))?;
            let location = Location { database: found, ..asked.clone() };
            memory.and_then(|memory| recent(memory, &location)).unwrap_or(location)
        }
    };
    let identity = Identity::at(&location.database);
    if identity.is_some() && open.is_some_and(|open| Identity::at(&open.database) == identity) {
        return Err(message(&format!("{} is the file that is open", location.database.shown())));
    }
    Ok(location)
}

/// Returns the files of an absolute path that was opened recently.
fn recent(memory: &StateDirectory, asked: &Location) -> Option<Location> {
    let path = asked.database.is_absolute().then(|| asked.database.canonicalize().ok())??;
    let found = memory.recent().ok()?.files.into_iter().find(|file| file.path == path)?;
    Some(Location { projections: asked.projections.clone().or(found.projections), database: found.path })
}

/// A file that is being opened, on a thread of its own.
pub(super) struct Opening {
    request: RequestId,
    since: Instant,
    is_slow: bool,
    given_up: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Opening {
    /// Starts to open a file.
    pub(super) fn start(
        opener: Opener,
        (request, asked): (RequestId, Location),
        number: FileNumber,
    ) -> io::Result<Self> {
        let given_up = Arc::new(AtomicBool::new(false));
        let (is_given_up, tell) = (Arc::clone(&given_up), opener.tell.clone());
        let thread = spawn("opening", &tell, move |tell| {
            let opened = opener.open(&asked, number, &is_given_up).map(Box::new);
            // If the console has ended, the file is closed here.
            let _ = tell.send(Incoming::Opened(request, opened));
        })?;
        Ok(Self { request, since: Instant::now(), is_slow: false, given_up, thread })
    }

    /// Returns the time until the console says that it takes long; none if it has.
    pub(super) fn due(&self) -> Option<Duration> {
        (!self.is_slow).then(|| SLOW.saturating_sub(self.since.elapsed()))
    }

    /// Notes that the console says that it takes long.
    pub(super) fn note_slow(&mut self) -> RequestId {
        self.is_slow = true;
        self.request
    }

    /// Returns true if it is the one with this request.
    pub(super) fn is_of(&self, request: RequestId) -> bool {
        self.request == request
    }

    /// Asks it to end, if it can.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    /// Gives it up and waits a moment for its end. A disk that does not respond is not waited for.
    pub(super) fn end(self) {
        self.give_up();
        let asked = Instant::now();
        while !self.thread.is_finished() && asked.elapsed() < PATIENCE {
            std::thread::sleep(LOOK);
        }
    }
}

//! The beginning of the console: its first file, and everything that outlives a file.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use parking_lot::Mutex;

use crate::console::runtime::channel::{FileNumber, Inbox, Teller};
use crate::console::runtime::clicks::Clicks;
use crate::console::runtime::jobs::Jobs;
use crate::console::runtime::open_file::OpenFile;
use crate::console::runtime::terminal::Screen;
use crate::console::runtime::{ConsoleOptions, threads};
use crate::content_store::{Apps, Store};

use super::remembered::Remembered;
use super::{Console, Unhooked};

impl Console {
    /// Opens a console on a store.
    pub(in crate::console::runtime) fn new(
        store: Store,
        apps: Apps,
        options: ConsoleOptions,
        (tell, inbox): (Teller, Inbox),
    ) -> Result<Self> {
        let mut file = OpenFile::start(store, &apps, &options, (FileNumber::default(), &tell))?;
        let state = file.begin(&apps, &options)?;
        let signalled = Arc::new(Mutex::new(file.workers.clone()));
        Ok(Self {
            state,
            input: None,
            _signals: Unhooked(threads::wait_for_signals(&tell, Arc::clone(&signalled))?),
            signalled,
            screen: Screen::new(),
            jobs: Jobs::default(),
            remembered: Remembered::default(),
            heard: Instant::now(),
            watched: Instant::now(),
            played: Instant::now(),
            notice: (0, Instant::now()),
            pressed: false,
            clicks: Clicks::default(),
            asked: options.theme_adapts.then(Instant::now),
            options: options.for_another_file(),
            opening: None,
            last_number: file.number,
            leaving: Vec::new(),
            file,
            apps,
            tell,
            inbox,
        })
    }
}

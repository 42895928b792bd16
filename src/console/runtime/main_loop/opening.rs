//! Opening the console: its state from the options, and its threads.

use std::sync::mpsc::Sender;
use std::time::Instant;

use anyhow::Result;

use crate::console::app::state::{ConsoleState, Level};
use crate::console::layers::guide::Walk;
use crate::console::runtime::clicks::Clicks;
use crate::console::runtime::files::Places;
use crate::console::runtime::jobs::Jobs;
use crate::console::runtime::terminal::Screen;
use crate::console::runtime::threads::Incoming;
use crate::console::runtime::workers::{Questions, Workers};
use crate::console::runtime::{ConsoleOptions, files, queries, threads};
use crate::console::widgets::moment::Moments;
use crate::console::{database_name, file_count};
use crate::content_store::{Apps, Store};

use super::remembered::Remembered;
use super::{Console, Unhooked, remembered};

impl Console {
    pub(in crate::console::runtime) fn new(
        store: Store,
        apps: Apps,
        options: ConsoleOptions,
        tell: Sender<Incoming>,
    ) -> Result<Self> {
        let workers = Workers::of(store);
        Self::with(&workers, apps, options, tell).inspect_err(|_| workers.close())
    }

    fn with(workers: &Workers, apps: Apps, options: ConsoleOptions, tell: Sender<Incoming>) -> Result<Self> {
        let store = workers.store()?;
        let bound = options.settings.keys.clone();
        threads::follow(store.reconnect()?, &options.settings, &tell, workers)?;
        let (reader, its_apps) = (store.reconnect()?, apps.clone());
        let answer = move |query| queries::answer(&reader, &its_apps, &bound, query);
        let pages = Questions::answered_on("pages", answer, &tell, workers)?;
        let (writer, its_apps) = (store.reconnect()?, apps.clone());
        let execute = move |command| queries::execute(&writer, &its_apps, command);
        let commands = Questions::answered_on("commands", execute, &tell, workers)?;
        let places = Places::anywhere(&store, options.directory);
        let (location, there) = (store.location().cloned(), places.clone());
        let look = move |query| files::answer(location.as_ref(), &there, query);
        let files = Questions::unclosed("files", look, &tell)?;
        let mut state = ConsoleState::new(&database_name(&store), store.is_read_only(), apps.clone());
        state.program = options.program;
        state.moments = Moments::new(options.settings.time_zone.clone(), store.clock().now());
        state.settings = options.settings;
        state.theme_name = options.theme;
        state.theme_adapts = options.theme_adapts;
        state.database.directory = places.shown();
        state.database.files = file_count(&store);
        state.database.location = crate::console::location(&store);
        if let Some(list) = options.start {
            state.database.name = "no file".to_owned();
            state.layers.push(list);
        }
        let memory = match options.memory {
            Some(directory) => remembered::open(&mut state, &store, directory, &tell)?,
            None => None,
        };
        if let Some(error) = options.settings_error {
            state.say(Level::Warning, format!("the default settings are used: {error}"));
        }
        let mut steps = None;
        if let Some(walkthrough) = options.walkthrough {
            state.walk = Walk::of(walkthrough.steps());
            let (store, apps) = (store.reconnect()?, apps.clone());
            let run = move |step| queries::run_step(&walkthrough, &store, &apps, step);
            steps = Some(Questions::answered_on("steps", run, &tell, workers)?);
        }
        Ok(Self {
            state,
            input: None,
            _signals: Unhooked(threads::wait_for_signals(&tell, workers.clone())?),
            screen: Screen::new(),
            jobs: Jobs::default(),
            memory,
            remembered: Remembered::default(),
            is_running: options.is_running,
            heard: Instant::now(),
            notice: (0, Instant::now()),
            pressed: false,
            clicks: Clicks::default(),
            asked: options.theme_adapts.then(Instant::now),
            pages,
            commands,
            files,
            places,
            steps,
            workers: workers.clone(),
            apps,
            tell,
        })
    }
}

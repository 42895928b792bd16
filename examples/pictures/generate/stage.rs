//! The consoles of the pictures: the demonstration at a fixed time, in a situation.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use ramax::clock::{CountingIds, SteppingClock};
use ramax::console::Headless;
use ramax::console::app::state::ConsoleState;
use ramax::console::panes::jobs::job::{Job, JobId, JobStatus};
use ramax::console::theme::ThemeName;
use ramax::operations::{AnyOperation, Phase, Progress, Rebuild};
use ramax::{
    Append, Apps, Expected, Json, Location, NewEvent, OpenOptions, Operator, Store, Timestamp, demo,
};
use serde_json::json;
use tempfile::TempDir;

/// 2026-11-23, noon.
const NOW: Timestamp = Timestamp(1_795_435_200_000);

/// A console and the directory of its files.
pub(crate) struct Stage {
    pub console: Headless,
    _directory: TempDir,
}

impl Stage {
    /// Opens a console by a description such as `demonstration 110x30 light`.
    pub fn open(description: &str) -> Result<Self> {
        let words: Vec<&str> = description.split_whitespace().collect();
        let [situation, size, theme] = words.as_slice() else {
            bail!("a stage is described by a situation, a size and a theme");
        };
        let (width, height) = size.split_once('x').context("a size is written as 110x30")?;
        let theme = ThemeName::named(theme).context("a theme is dark, light, sixteen or mono")?;
        let directory = tempfile::tempdir()?;
        let location = Location::file(directory.path().join("demo.db"));
        let store = seeded(&location)?;
        if *situation == "blocked" {
            block(&store)?;
        }
        let store = if *situation == "read-only" { read_only(&location)? } else { store };
        let mut console = Headless::new(store, Apps::standard(), width.parse()?, height.parse()?);
        match *situation {
            "demonstration" | "blocked" | "read-only" => {}
            "guided" => console = console.guided(ramax::cli::walkthrough()),
            "busy" => console.change(start_rebuild),
            _ => bail!("there is no situation {situation}"),
        }
        // The real directory has another name on each machine.
        console.change(|state| {
            state.theme_name = theme;
            state.database.directory = Some("/srv/tenants".to_owned());
            state.database.location = Some(Location::file("/srv/tenants/demo.db"));
        });
        Ok(Self { console, _directory: directory })
    }
}

fn seeded(location: &Location) -> Result<Store> {
    let [user, host, client] = ["ada", "night-shift", "console"].map(str::to_owned);
    let operator = Operator { user, host, process: 1, since: None, client };
    let store = Store::open_or_create(location, OpenOptions::default())?
        .with_origin(Arc::new(SteppingClock::new(NOW, 3)), Arc::new(CountingIds::default()))
        .with_operator(operator);
    demo::seed(&store)?;
    Ok(store)
}

fn read_only(location: &Location) -> Result<Store> {
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    Ok(Store::open(location, options)?
        .with_origin(Arc::new(SteppingClock::new(NOW, 3)), Arc::new(CountingIds::default())))
}

/// Appends an event that the app of `crm_widgets` cannot apply, as an older version of it might have written.
fn block(store: &Store) -> Result<()> {
    let space = store.events().find_space("crm_widgets")?.context("the demonstration has crm_widgets")?;
    let event = NewEvent::new("c99", "contact.added", Json::of(&json!({"contact_id": "c99"})));
    store
        .events()
        .append(space.space.space_id, Append { expected: Expected::Any, now: NOW, events: &[event] })?;
    Ok(())
}

/// Starts a rebuild that does not end.
fn start_rebuild(state: &mut ConsoleState) {
    let Some(space) = state.space().map(|found| found.space.clone()) else { return };
    let rebuild = AnyOperation::Rebuild(Rebuild::default());
    let mut job = Job { status: JobStatus::Running, ..Job::queued(JobId(1), rebuild, space) };
    job.start(NOW);
    job.advance(NOW, Progress { phase: Phase::Replay, done: 28, total: 45, last_event: None, skipped: 0 });
    state.jobs.selected = Some(job.id);
    state.jobs.jobs.push(job);
}

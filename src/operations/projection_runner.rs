//! Keeps async projections up to date.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tracing::{debug, warn};

use crate::content_store::{Apps, CaughtUp, Outage, ProjectionMode, Store};
use crate::error::{CommandError, Error, Result, StoreError};
use crate::event_store::{Cursor, Page};
use crate::pstate::STATE;
use crate::space::SpaceId;

use super::catch_up::catch_up_one;
use super::{SpaceOverview, open_space, overviews, overviews_of};

/// The pause before the store is asked again whether there are new events.
const PAUSE: Duration = Duration::from_millis(20);
/// The most new events that are read to find their spaces. If there are more, every space is looked at.
const READ: usize = 1000;
/// Spaces looked at together.
const PAGE: usize = 500;

/// Catches up the async projections of all spaces whenever there are new events. Several runners, in any number of
/// processes, do not harm each other: each step is written only if no other was faster.
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use ramax::{Apps, Store, operations::ProjectionRunner};
///
/// # fn main() -> ramax::Result<()> {
/// let store = Store::memory();
/// let stop = AtomicBool::new(false);
/// let mut runner = ProjectionRunner::new(&store, Apps::default())?;
/// std::thread::scope(|scope| {
///     let running = scope.spawn(|| runner.run(&stop));
///     // … commands …
///     stop.store(true, Ordering::Relaxed);
///     running.join().unwrap_or(Ok(()))
/// })
/// # }
/// ```
pub struct ProjectionRunner {
    store: Store,
    apps: Apps,
    /// The last event of the store that was seen. `None` before the first round.
    seen: Option<Cursor>,
    /// Spaces to look at again, because another process held the store.
    postponed: BTreeSet<SpaceId>,
    /// The reason for its wait that was reported.
    waits_for: Option<String>,
    listener: Box<dyn FnMut(ProjectionNews) + Send>,
}

/// A report of a runner of projections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectionNews {
    /// A projection was caught up.
    CaughtUp {
        /// The space.
        space_name: String,
        /// The name of the projection.
        projection: String,
        /// The number of events applied.
        events: u64,
    },
    /// A projection cannot be caught up, until its space has new events.
    Failed {
        /// The space.
        space_name: String,
        /// The name of the projection.
        projection: String,
        /// The error.
        error: String,
    },
    /// It waits for events that are not visible yet, or for the server of the store.
    Waiting {
        /// The reason.
        reason: String,
    },
    /// The server of the store has answered again, after it was waited for.
    ServerBack,
}

impl ProjectionRunner {
    /// Creates a runner with its own connections. It knows the projections of these apps.
    ///
    /// # Errors
    /// As [`Store::reconnect`].
    pub fn new(store: &Store, apps: Apps) -> Result<Self> {
        Ok(Self {
            store: store.reconnect()?,
            apps,
            seen: None,
            postponed: BTreeSet::new(),
            waits_for: None,
            listener: Box::new(drop),
        })
    }

    /// Reports to `listener` what happens, for a log or a screen.
    #[must_use]
    pub fn on_news(self, listener: impl FnMut(ProjectionNews) + Send + 'static) -> Self {
        Self { listener: Box::new(listener), ..self }
    }

    /// Runs until `stop` is set, which is read between steps. A projection that cannot be caught up is skipped until its
    /// space has new events; its status says why.
    ///
    /// # Errors
    /// If the store cannot be used any more. While its server is away, this waits for it.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<()> {
        let mut outage = Outage::default();
        while !stop.load(Ordering::Relaxed) {
            match self.round_until(stop) {
                Ok(done) => {
                    if outage.ends() {
                        (self.listener)(ProjectionNews::ServerBack);
                    }
                    if done.events == 0 {
                        thread::sleep(PAUSE);
                    }
                }
                Err(error) if error.is_server_away() => {
                    // Some of the spaces with new events may not have been looked at.
                    self.seen = None;
                    if outage.begins() {
                        warn!(%error, "waiting");
                        (self.listener)(ProjectionNews::Waiting { reason: error.to_string() });
                    }
                    outage.wait(stop);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Catches up the projections of the spaces with new events once.
    ///
    /// # Errors
    /// As [`ProjectionRunner::run`].
    pub fn round(&mut self) -> Result<CaughtUp> {
        self.round_until(&AtomicBool::new(false))
    }

    pub(super) fn round_until(&mut self, stop: &AtomicBool) -> Result<CaughtUp> {
        let mut total = CaughtUp::default();
        let (spaces, end) = match self.news()? {
            Some((spaces, end)) => (Some(spaces), end),
            None => (None, self.store.events().end()?),
        };
        match spaces {
            Some(mut spaces) => {
                spaces.append(&mut self.postponed);
                let spaces: Vec<SpaceId> = spaces.into_iter().collect();
                for space in overviews_of(&self.store, &self.apps, &spaces)? {
                    self.catch_up(&space, &mut total, stop)?;
                }
            }
            None => self.catch_up_all(&mut total, stop)?,
        }
        if !stop.load(Ordering::Relaxed) {
            self.seen = Some(end);
        }
        Ok(total)
    }

    /// Returns the spaces with events after those that were seen, and the end of these. Returns `None` before the first round,
    /// after many events, and if an older copy was restored.
    fn news(&mut self) -> Result<Option<(BTreeSet<SpaceId>, Cursor)>> {
        let Some(seen) = &self.seen else { return Ok(None) };
        let waits_for = match self.store.events().read_after(seen, READ) {
            Ok((events, end)) if events.len() < READ => {
                self.waits_for = None;
                return Ok(Some((events.iter().map(|event| event.space_id).collect(), end)));
            }
            Err(Error::Store(error @ StoreError::HeldBack { .. })) => error.to_string(),
            Err(error) if error.is_server_away() => return Err(error),
            _ => return Ok(None),
        };
        let seen = seen.clone();
        if self.waits_for.as_ref() != Some(&waits_for) {
            warn!(waits_for, "waiting");
            (self.listener)(ProjectionNews::Waiting { reason: waits_for.clone() });
            self.waits_for = Some(waits_for);
        }
        Ok(Some((BTreeSet::new(), seen)))
    }

    fn catch_up_all(&mut self, total: &mut CaughtUp, stop: &AtomicBool) -> Result<()> {
        let mut after = None;
        loop {
            let page = overviews(&self.store, &self.apps, Page::forward(after, PAGE))?;
            for space in &page {
                self.catch_up(space, total, stop)?;
            }
            after = page.last().map(|space| space.space.space_id);
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    fn catch_up(&mut self, space: &SpaceOverview, total: &mut CaughtUp, stop: &AtomicBool) -> Result<()> {
        if let Some(fault) = space.fault.as_ref().filter(|_| space.is_unread()) {
            let (space_name, error) = (space.space.space_name.clone(), fault.text());
            warn!(space = space_name, error, "not caught up");
            (self.listener)(ProjectionNews::Failed { space_name, projection: STATE.to_owned(), error });
            return Ok(());
        }
        let is_behind = space.projections.iter().any(|projection| {
            projection.mode == Some(ProjectionMode::Async) && projection.lag(&space.head) > 0
        });
        if !is_behind || stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let content = match open_space(&self.store, &self.apps, space.space.clone()) {
            Err(Error::Command(CommandError::WrongApp { .. } | CommandError::UnknownApp { .. })) => {
                return Ok(());
            }
            content => content?,
        };
        for projection in content.projections().iter().filter(|projection| !projection.is_inline()) {
            let keep_going = || match stop.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            let (name, space_name) = (projection.name(), &space.space.space_name);
            match catch_up_one(&content, projection, &mut |_| keep_going()) {
                Ok(caught_up) => {
                    debug!(name, space = space_name, events = caught_up.events, "caught up");
                    total.events += caught_up.events;
                    if caught_up.events > 0 {
                        (self.listener)(ProjectionNews::CaughtUp {
                            space_name: space_name.clone(),
                            projection: name.to_owned(),
                            events: caught_up.events,
                        });
                    }
                    total.unknown += caught_up.unknown;
                }
                Err(Error::Store(StoreError::Busy { .. } | StoreError::HandleBusy { .. })) => {
                    self.postponed.insert(space.space.space_id);
                }
                Err(error) if is_about_one_space(&error) => {
                    warn!(name, space = space_name, kind = error.kind(), %error, "not caught up");
                    (self.listener)(ProjectionNews::Failed {
                        space_name: space_name.clone(),
                        projection: name.to_owned(),
                        error: error.to_string(),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Returns true if the error concerns a space or one of its projections, so that others can be caught up.
fn is_about_one_space(error: &Error) -> bool {
    match error {
        Error::Replay(_) | Error::Command(_) => true,
        Error::Store(error) => {
            error.is_refusal()
                || matches!(
                    error,
                    StoreError::ProjectionAhead { .. }
                        | StoreError::Corrupt { .. }
                        | StoreError::ProjectionsCorrupt { .. }
                        | StoreError::SpaceDamaged { .. }
                )
        }
        _ => false,
    }
}

//! Checking what the code of this program would make of stored projections, before it is released.
//!
//! The events of each space are replayed into temporary projections, which are then compared with the stored ones, whichever
//! version of the app wrote those. Nothing is written to the store, so this works read-only as well.

mod operation;
mod result;
mod space;
mod writing;

pub use operation::ReleaseCheck;
pub use result::{CheckedSpace, ReleaseChecked, UnappliedType, UncheckedReason, UncheckedSpace};

use std::ops::ControlFlow;

use tracing::{info, info_span};

use crate::content_store::{Apps, Store};
use crate::error::{Error, Result, StoreError};
use crate::event_store::Page;
use crate::space::{Space, SpaceId};

use super::redact::TRIES;
use super::{Phase, Progress, SpaceOverview, Watch, overviews, overviews_of};
use space::OfSpace;
use writing::WritingTime;

/// The name of the operation.
const NAME: &str = "release check";

/// Spaces whose counters are read at once.
const PAGE: usize = 500;

/// Compares the stored projections of these spaces, or of all, with what this program would make of their events. Others may
/// write meanwhile: each comparison uses a snapshot, and the events up to the checkpoint of the projection.
///
/// Nothing is recorded in the audit log. Run [`ReleaseCheck`](crate::operations::ReleaseCheck) to record it.
///
/// # Errors
/// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks; [`StoreError::UnknownSpace`] if one of the
/// named spaces does not exist. A space that cannot be checked is part of the result.
pub fn release_check(
    store: &Store,
    apps: &Apps,
    space_ids: &[SpaceId],
    watch: &mut Watch<'_>,
) -> Result<ReleaseChecked> {
    let _span = info_span!("release_check").entered();
    let spaces = selected(store, apps, space_ids)?;
    let original = store.location().filter(|_| store.is_original()).map(|files| files.database.clone());
    let mut checked = ReleaseChecked::of_file(original);
    let (mut course, mut skipped, mut writing) = (Course::of(&spaces), 0, WritingTime::default());
    for (space_id, steps) in spaces {
        let Some(record) = store.events().spaces_of(&[space_id])?.pop() else {
            checked.deleted += 1;
            course.end(steps);
            continue;
        };
        let space = record.space.clone();
        if let Err(error) = record.usable() {
            checked.add_unchecked(&space, UncheckedReason::Failed, &error.into());
            course.end(steps);
            continue;
        }
        let mut bad = 0;
        let mut step = |progress: Progress| {
            // The same events cannot be applied to several projections.
            bad = progress.skipped.max(bad);
            watch(Progress { skipped: skipped + bad, ..course.progress(steps, progress) })
        };
        match check_space(store, apps, &space, (&mut writing, &mut step)) {
            Ok(Some(found)) => checked.add(&space, found),
            Ok(None) => {}
            Err(error) if error.is_cancelled() || is_of_store(&error) => return Err(error),
            Err(error) => checked.add_unchecked(&space, state_of(store, &space, &error)?, &error),
        }
        skipped += bad;
        course.end(steps);
    }
    if space_ids.is_empty() && !store.events().unlisted_spaces(1)?.is_empty() {
        checked.add_unlisted();
    }
    let (spaces, events, differences) = (checked.spaces, checked.events, checked.groups.count());
    info!(spaces, events, differences, "checked for a release");
    Ok(checked)
}

/// The events and the keys of a space, or of several.
#[derive(Debug, Clone, Copy, Default)]
struct Steps {
    events: u64,
    keys: u64,
}

impl Steps {
    fn of(overview: &SpaceOverview) -> Self {
        let keys = overview.selected(None).map(|projection| projection.checkpoint.entities).sum();
        let is_replayed = overview.selected(None).next().is_some();
        Self { events: if is_replayed { overview.head.last_sequence.0 } else { 0 }, keys }
    }

    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.keys += other.keys;
    }

    /// Returns the number that a phase counts.
    fn in_phase(self, phase: Phase) -> u64 {
        if phase == Phase::Compare { self.keys } else { self.events }
    }
}

/// The way through all spaces.
#[derive(Debug, Default)]
struct Course {
    done: Steps,
    total: Steps,
}

impl Course {
    fn of(spaces: &[(SpaceId, Steps)]) -> Self {
        let mut course = Self::default();
        spaces.iter().for_each(|(_, steps)| course.total.add(*steps));
        course
    }

    /// Returns the progress of the whole, given that of a space with these steps.
    fn progress(&self, of_space: Steps, progress: Progress) -> Progress {
        let Progress { phase, done, total, .. } = progress;
        if total == 0 {
            return progress;
        }
        // Others may append meanwhile: what is shown are the events and keys that there were at the start.
        let done = u128::from(of_space.in_phase(phase)) * u128::from(done.min(total)) / u128::from(total);
        let done = self.done.in_phase(phase).saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
        Progress { done, total: self.total.in_phase(phase), ..progress }
    }

    fn end(&mut self, of_space: Steps) {
        self.done.add(of_space);
    }
}

/// Returns the ids of the spaces, with what there is to replay and to compare.
fn selected(store: &Store, apps: &Apps, space_ids: &[SpaceId]) -> Result<Vec<(SpaceId, Steps)>> {
    let (mut spaces, mut after) = (Vec::new(), None);
    loop {
        let page = match space_ids {
            [] => overviews(store, apps, Page::forward(after, PAGE))?,
            some => overviews_of(store, apps, some)?,
        };
        after = page.last().map(|overview| overview.space.space_id);
        spaces.extend(page.iter().map(|overview| (overview.space.space_id, Steps::of(overview))));
        if !space_ids.is_empty() || page.len() < PAGE {
            return Ok(spaces);
        }
    }
}

/// Checks one space; returns nothing if it has no events.
fn check_space(
    store: &Store,
    apps: &Apps,
    space: &Space,
    (writing, watch): (&mut WritingTime, &mut dyn FnMut(Progress) -> ControlFlow<()>),
) -> Result<Option<OfSpace>> {
    space.check_open()?;
    let is_empty = store.events().read_space(space.space_id, Page::forward(None, 1))?.is_empty();
    if is_empty && store.pstate().stored(&[space.space_id])?.iter().all(Vec::is_empty) {
        return Ok(None);
    }
    let content = super::open_space(store, apps, space.clone())?;
    let redactions = || store.events().redactions(Some(space.space_id));
    for _ in 0..TRIES {
        let before = redactions()?;
        let found = space::check(&content, writing, watch)?;
        let is_under_way = before % 2 == 1 && found.groups.count() > 0;
        if !is_under_way && redactions()? == before {
            return Ok(Some(found));
        }
    }
    Err(StoreError::RedactedMeanwhile { space: space.space_name.clone() }.into())
}

/// Returns true for an error that every other space would meet as well.
fn is_of_store(error: &Error) -> bool {
    matches!(
        error,
        Error::Store(StoreError::Busy { .. } | StoreError::HandleBusy { .. } | StoreError::Stopped)
            | Error::Open(_)
    )
}

/// Returns the reason why a space could not be checked.
fn state_of(store: &Store, space: &Space, error: &Error) -> Result<UncheckedReason> {
    Ok(match store.events().space(space.space_id)? {
        None => UncheckedReason::Deleted,
        Some(record) if record.space.check_open().is_err() => UncheckedReason::UnderWay,
        Some(_) if error.kind() == "unknown_app" => UncheckedReason::UnknownApp,
        Some(_) => UncheckedReason::Failed,
    })
}

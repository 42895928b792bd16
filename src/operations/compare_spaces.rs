//! Comparing the projections of two spaces, such as a fork and its origin.

use std::ops::ControlFlow;

use crate::content_store::{Apps, Change, Store};
use crate::error::Result;
use crate::event_store::Page;
use crate::pstate::{Entries, Entry, Projection, ProjectionId};
use crate::space::Space;

use super::find_space::open_space;
use super::fold::VisitChange;
use super::merge::merge;
use super::open_projection::projection_named;
use super::{Phase, Progress, Watch, report};

/// Keys between two reports.
const STEP: u64 = 1000;

/// Passes the keys that start with `prefix` and have different values in the projection of that name of two spaces to
/// `visit`, in byte order, until it breaks: as changes from the first space to the second, each with the fields that differ. Values have the form that the
/// apps use today. Both are read in one snapshot.
///
/// # Errors
/// As [`projection_named`]; those of [`Space::check_open`] and [`CommandError::UnknownApp`](crate::CommandError::UnknownApp) for
/// either space; [`CommandError::UnknownProjection`](crate::CommandError::UnknownProjection) for the second one; the error of `visit`; [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch`
/// breaks.
pub fn compare_spaces(
    (store, apps): (&Store, &Apps),
    (before, after): (&Space, &Space),
    (projection, prefix): (&str, &str),
    visit: &mut VisitChange<'_>,
    watch: &mut Watch<'_>,
) -> Result<()> {
    before.check_open()?;
    after.check_open()?;
    open_space(store, apps, before.clone())?;
    let projection = open_space(store, apps, after.clone())?.declared_projection(projection)?.name();
    store.snapshot(&mut || {
        let open =
            |space: &Space| projection_named(store, apps, ProjectionId::new(space.space_id, projection));
        let (before, after) = (Handle(open(before)?), Handle(open(after)?));
        let mut done = 0;
        merge(&before, &after, prefix, &mut |before, after| {
            done += 1;
            let mut step = || {
                let phase = Phase::Compare;
                report(watch, Progress { phase, done, total: 0, last_event: None, skipped: 0 })
            };
            if done % STEP == 0 {
                step()?;
            }
            let key = before.as_ref().or(after.as_ref()).map(|entry: &Entry| entry.key.clone());
            let (before, after) = (before.map(|entry| entry.value), after.map(|entry| entry.value));
            match key {
                Some(key) if before != after => {
                    let change = Change { projection, key, before, after };
                    let fields = change.fields_between(&mut step)?;
                    visit(change, fields)
                }
                _ => Ok(ControlFlow::Continue(())),
            }
        })
    })
}

/// A projection as a source of entries.
struct Handle<'a>(Projection<'a>);

impl Entries for Handle<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.0.entry(key)
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.0.scan(prefix, page)
    }
}

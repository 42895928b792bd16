//! Rebuilding a space's projections from its events.
//!
//! prepare → replay → write → catch up → switch → sweep. Each projection is built in a shadow that no reader
//! sees, in short transactions between which other writers get their turn; the switch of all of them is one more. If the
//! rebuild is stopped before the switch, the old projections stay intact.

mod build;
mod builder;
mod operation;
mod prefetch;
mod review;

pub(super) use builder::{BuildOptions, Builder, KEY, ShadowEntries, WRITE};
pub use operation::Rebuild;
pub use review::{FirstBuild, RebuildReview, ReviewDecision, Reviewed, Reviewer};

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tracing::{info_span, warn};

use crate::content_store::{ContentStore, DeclaredProjection};
use crate::error::{Error, Result, StoreError};
use crate::event::{EventId, SpaceSequence};
use crate::event_store::Access;
use crate::operations::{Phase, Progress, Watch};
use crate::pstate::Compatibility;

/// The name of the operation.
pub(super) const NAME: &str = "rebuild";

/// Entries removed in one transaction.
const SWEEP: usize = 2000;

/// A skipped event.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Skipped {
    /// The event.
    pub event_id: EventId,
    /// Its sequence.
    pub space_sequence: SpaceSequence,
    /// The reason why it cannot be applied.
    pub reason: String,
    /// The names of the projections that cannot apply it, where they are told apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projections: Vec<&'static str>,
}

/// The result of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Rebuilt {
    /// The number of events replayed.
    pub events: u64,
    /// The number of keys in the new projections.
    pub entities: u64,
    /// The skipped events.
    pub skipped: Vec<Skipped>,
    /// The number of events of types unknown to the app, which were ignored.
    pub unknown: u64,
    /// The names of the projections.
    pub projections: Vec<&'static str>,
    /// The result of the review, if there was one. If it was discarded, the old projections stay.
    #[serde(skip)]
    pub review: Option<Reviewed>,
}

impl Rebuilt {
    /// Adds the result of another projection of the same space.
    pub(super) fn add(&mut self, other: Self) {
        self.events = self.events.max(other.events);
        self.entities += other.entities;
        other.skipped.into_iter().for_each(|skipped| self.add_skipped(skipped, &other.projections));
        self.unknown = self.unknown.max(other.unknown);
        self.projections.extend(other.projections);
    }

    /// Adds an event that a projection skipped. One that several skip is listed once.
    fn add_skipped(&mut self, skipped: Skipped, projections: &[&'static str]) {
        let is_it = |known: &&mut Skipped| known.event_id == skipped.event_id;
        match self.skipped.iter_mut().find(is_it) {
            Some(known) => {
                if known.reason != skipped.reason {
                    known.reason =
                        format!("{}; {}: {}", known.reason, projections.join(", "), skipped.reason);
                }
                known.projections.extend(projections);
            }
            None => {
                let at = self.skipped.partition_point(|known| known.space_sequence < skipped.space_sequence);
                self.skipped.insert(at, Skipped { projections: projections.to_vec(), ..skipped });
            }
        }
    }
}

/// Rebuilds a space's projections, and switches to all of them at once. Until then, all readers see the old ones; other
/// spaces are not affected.
///
/// Nothing is recorded in the audit log. Run [`Rebuild`](crate::operations::Rebuild) to record it.
///
/// # Errors
/// [`ReplayError::BadEvent`](crate::ReplayError::BadEvent);
/// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks;
/// [`StoreError::ShadowGone`](crate::StoreError::ShadowGone) if another rebuild of the projection started meanwhile;
/// [`StoreError::ProjectionNewer`]. The old projections then stay.
pub fn rebuild(content: &ContentStore, options: Rebuild, watch: &mut Watch<'_>) -> Result<Rebuilt> {
    rebuild_reviewed(content, options, &ReviewDecision::Discard, watch)
}

/// As [`rebuild`]. If the options ask for a review, passes the differences to the reviewer before the switch, which takes
/// place only if it accepts them.
///
/// # Errors
/// As [`rebuild`], and those of the reviewer.
pub fn rebuild_reviewed(
    content: &ContentStore,
    options: Rebuild,
    reviewer: &dyn Reviewer,
    watch: &mut Watch<'_>,
) -> Result<Rebuilt> {
    let _span = info_span!("rebuild", space = content.space().space_name).entered();
    let projections = content.selected_projections(options.projection.as_deref())?;
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        prefetch::begin(scope, content, &enough);
        let rebuilt = build::build(content, &projections, &options, reviewer, watch);
        enough.store(true, Ordering::Relaxed);
        rebuilt
    })
}

/// Projections that were built in shadows.
pub(super) enum Built<T> {
    /// They have taken the place of the old ones.
    Switched(T),
    /// They are to be removed.
    Discarded(T),
}

/// Begins a shadow for each projection, and calls `work` with their builders. Removes the shadows unless it has switched to
/// them, and then whatever no reader sees any more.
pub(super) fn in_shadows<'a, T>(
    content: &'a ContentStore,
    projections: &[&'a DeclaredProjection],
    options: BuildOptions<'a>,
    watch: &mut Watch<'_>,
    work: impl FnOnce(Vec<Builder<'_>>, &mut Watch<'_>) -> Result<Built<T>>,
) -> Result<T> {
    content.event_count()?;
    projections.iter().try_for_each(|projection| check_not_newer(content, projection))?;
    let mut shadows = Vec::with_capacity(projections.len());
    let mut started = Ok(());
    for projection in projections {
        let (id, definition) = (projection.id(content.space_id()), Some(projection.definition()));
        match content.store().begin_shadow(id, definition, Access::Open) {
            Ok(shadow) => shadows.push(shadow),
            Err(error) => {
                started = Err(error);
                break;
            }
        }
    }
    let built = started.and_then(|()| {
        let builders = projections.iter().zip(&shadows);
        let builders =
            builders.map(|(projection, shadow)| Builder::new(content, projection, &**shadow, options));
        work(builders.collect(), watch)
    });
    let built = built.map_err(|error| unless_deleted(content, error));
    if !matches!(built, Ok(Built::Switched(_))) {
        // The same failure may stop this as well; the next rebuild then removes the shadows.
        shadows.iter().for_each(|shadow| drop(shadow.abandon()));
    }
    let swept = sweep(content, watch);
    let built = built.inspect_err(|error| warn!(kind = error.kind(), %error, "stopped"))?;
    swept?;
    match built {
        Built::Switched(built) | Built::Discarded(built) => Ok(built),
    }
}

/// Checks that no later version of the app wrote the projection.
pub(super) fn check_not_newer(content: &ContentStore, projection: &DeclaredProjection) -> Result<()> {
    let stored = match content.store().pstate().open(projection.id(content.space_id())) {
        // A rebuild replaces an unreadable checkpoint.
        Err(Error::Store(StoreError::Corrupt { .. } | StoreError::ProjectionsCorrupt { .. })) => {
            return Ok(());
        }
        found => found?.definition,
    };
    match projection.compare(stored.as_deref()) {
        Compatibility::Newer => {
            Err(StoreError::ProjectionNewer { projection: projection.name().to_owned() }.into())
        }
        _ => Ok(()),
    }
}

/// Replaces the error if a delete started meanwhile: missing rows are then not damage, nor another rebuild's
/// doing.
fn unless_deleted(content: &ContentStore, error: Error) -> Error {
    match (&error, content.event_count()) {
        (
            Error::Store(
                StoreError::Corrupt { .. } | StoreError::ProjectionsCorrupt { .. } | StoreError::ShadowGone,
            ),
            Err(deleted),
        ) => deleted,
        _ => error,
    }
}

/// Removes the old projection or an abandoned shadow. As no reader sees it, this cannot be stopped: it would
/// only be left for the next rebuild.
fn sweep(content: &ContentStore, watch: &mut Watch<'_>) -> Result<()> {
    while content.store().pstate().sweep(content.space_id(), SWEEP)? {
        let _ = watch(Progress { phase: Phase::Sweep, done: 0, total: 0, last_event: None, skipped: 0 });
    }
    Ok(())
}

//! The projections of a space, each with its status.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use strum::VariantNames;

use crate::content_store::{DeclaredProjection, ProjectionMode};
use crate::pstate::{BlockingEvent, Compatibility, Definition, STATE, StoredProjection};
use crate::space::{Checkpoint, Head, SpaceId};
use crate::timestamp::Timestamp;

/// The status of a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantNames)]
#[strum(serialize_all = "lowercase")]
#[non_exhaustive]
pub enum ProjectionStatus {
    /// It contains all events.
    Current,
    /// It lacks the last events, and can be caught up.
    #[strum(serialize = "behind")]
    Lagging,
    /// An event cannot be applied to it.
    Blocked,
    /// An earlier version of its app, or another app, built it. It has to be rebuilt.
    Outdated,
    /// A later version of its app built it. This program only reads it.
    Newer,
    /// An operation is rebuilding it.
    Rebuilding,
    /// It contains events that the log does not have.
    Ahead,
    /// It is stored, but its app does not declare it.
    Undeclared,
}

impl fmt::Display for ProjectionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::VARIANTS[*self as usize])
    }
}

impl Serialize for ProjectionStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A projection of a space, with its checkpoint and its status.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionOverview {
    /// Its name.
    pub name: Cow<'static, str>,
    /// When it is updated; none if its app does not declare it.
    pub mode: Option<ProjectionMode>,
    /// The version of the stored projection, or of the declared one if none is stored.
    pub version: Option<u32>,
    /// The last event that it contains.
    pub checkpoint: Checkpoint,
    /// Its status.
    pub status: ProjectionStatus,
    /// True if a later version of its app built it, whatever its status is.
    pub is_newer: bool,
    /// The event that blocks it.
    pub blocked: Option<BlockingEvent>,
    /// The time of its last rebuild, if there was one.
    pub rebuilt_at: Option<Timestamp>,
}

impl ProjectionOverview {
    /// Returns the number of events that it does not contain yet.
    pub fn lag(&self, head: &Head) -> u64 {
        head.last_sequence.0.saturating_sub(self.checkpoint.sequence.0)
    }
}

/// Returns a space's projections: [`STATE`] first, then the others that its app declares, then those that only are stored.
/// `is_ahead` is true if the one with this checkpoint contains events that the log does not have.
pub(super) fn projection_overviews<E>(
    space_id: SpaceId,
    head: &Head,
    declared: Option<&[DeclaredProjection]>,
    stored: &[StoredProjection],
    mut is_ahead: impl FnMut(&Checkpoint) -> Result<bool, E>,
) -> Result<Vec<ProjectionOverview>, E> {
    let mut overview = |name: Cow<'static, str>, declaration: Option<&DeclaredProjection>| {
        let nothing = StoredProjection::new(space_id, Cow::Borrowed(""));
        let stored = stored.iter().find(|stored| stored.name == name).unwrap_or(&nothing);
        let ahead = is_ahead(&stored.checkpoint)?;
        let compatibility = declaration.map(|declared| declared.compare(stored.definition.as_deref()));
        let status = status(declared.map(|_| compatibility.as_ref()), stored, head, ahead);
        let version = match (declaration, stored.definition.as_deref()) {
            // Nothing has to be parsed.
            (Some(declared), Some(definition)) if declared.definition() == definition => None,
            (_, definition) => definition.and_then(Definition::version_of),
        };
        Ok(ProjectionOverview {
            name,
            mode: declaration.map(DeclaredProjection::mode),
            version: version.or(declaration.map(DeclaredProjection::version)),
            checkpoint: stored.checkpoint,
            status,
            is_newer: compatibility == Some(Compatibility::Newer),
            blocked: stored.error.clone().filter(|_| status == ProjectionStatus::Blocked),
            rebuilt_at: stored.rebuilt_at,
        })
    };
    let mut overviews = Vec::with_capacity(stored.len());
    match declared {
        None => overviews.push(overview(Cow::Borrowed(STATE), None)?),
        Some(all) => {
            for projection in all {
                overviews.push(overview(Cow::Borrowed(projection.name()), Some(projection))?);
            }
        }
    }
    for StoredProjection { name, .. } in stored {
        if !overviews.iter().any(|listed| listed.name == *name) {
            overviews.push(overview(name.clone(), None)?);
        }
    }
    Ok(overviews)
}

/// Returns the status of a stored projection, given how it compares with its declaration: `None` if the app is unknown, and none
/// if the app does not declare it.
fn status(
    compatibility: Option<Option<&Compatibility>>,
    stored: &StoredProjection,
    head: &Head,
    is_ahead: bool,
) -> ProjectionStatus {
    if stored.rebuilt_by.as_ref().is_some_and(|operator| operator.is_running()) {
        return ProjectionStatus::Rebuilding;
    }
    if is_ahead {
        return ProjectionStatus::Ahead;
    }
    match compatibility {
        Some(None) => return ProjectionStatus::Undeclared,
        Some(Some(Compatibility::Outdated)) => return ProjectionStatus::Outdated,
        Some(Some(Compatibility::Newer)) => return ProjectionStatus::Newer,
        Some(Some(Compatibility::Current | Compatibility::Adopted(_))) | None => {}
    }
    match (stored.checkpoint.sequence < head.last_sequence, &stored.error) {
        (false, _) => ProjectionStatus::Current,
        (true, Some(_)) => ProjectionStatus::Blocked,
        (true, None) => ProjectionStatus::Lagging,
    }
}

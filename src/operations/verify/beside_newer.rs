//! Rebuilds beside a projection that a later version of the app built, which this program does not replace.

use std::collections::BTreeSet;

use crate::content_store::{ContentStore, DeclaredProjection};
use crate::error::Remedy;
use crate::pstate::Compatibility;

/// Returns the names of the projections of a space that a later version of the app built. An unreadable one is not among
/// them: a rebuild replaces it.
pub(in crate::operations) fn newer_projections(content: &ContentStore) -> BTreeSet<&'static str> {
    let (pstate, space_id) = (content.store().pstate(), content.space_id());
    let newer = content.projections().iter().filter(|projection| {
        let stored = pstate.open(projection.id(space_id));
        stored.is_ok_and(|stored| projection.compare(stored.definition.as_deref()) == Compatibility::Newer)
    });
    newer.map(DeclaredProjection::name).collect()
}

/// Limits a rebuild of a space to one projection if another one is `newer`, since a rebuild of all is then refused.
pub(in crate::operations) fn beside_newer(
    remedy: Remedy,
    projection: Option<&str>,
    newer: &BTreeSet<&'static str>,
) -> Remedy {
    match (remedy, projection) {
        (Remedy::Rebuild { skip_errors }, Some(name)) if !newer.is_empty() && !newer.contains(name) => {
            Remedy::RebuildProjection { skip_errors, projection: name.to_owned() }
        }
        (Remedy::Rebuild { .. }, _) if !newer.is_empty() => Remedy::LaterVersion,
        (remedy, _) => remedy,
    }
}

//! Comparing a space's projection with its events.
//!
//! The events are replayed into a temporary projection, which is then compared with the stored one key by key.
//! Nothing is written to the store, so this works read-only as well.

mod advice;
mod compare;
mod difference;
mod of_original;
mod operation;
mod original_lists;
mod replayed;
mod tail;
mod temporary_projection;

pub(super) use compare::{Sides, compare};
pub use difference::{Difference, FieldDifference};
pub use operation::Verify;
pub(super) use original_lists::OriginalLists;
pub(super) use replayed::{EventTypes, Replayed, TypeCount};
pub(super) use temporary_projection::TemporaryProjection;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::Serialize;
use tracing::{info, info_span};

use crate::audit::AuditEntry;
use crate::content_store::{ContentStore, DeclaredProjection, Store, is_on_log};
use crate::error::{Remedy, Result, StoreError};
use crate::event_store::Page;
use crate::pstate::{Compatibility, Leftover, ProjectionId};
use crate::space::{Checkpoint, Head, SpaceId};

use super::progress::ProjectionSteps;
use super::redact::TRIES;
use super::{DifferenceGroups, DifferencePlace, FindingText, Phase, Progress, Watch, rebuild, report};

/// The name of the operation.
pub(super) const NAME: &str = "verify";

/// The most differences kept, as a broken projection may have a million.
const MOST: usize = 10_000;

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Verified {
    /// The number of events replayed, up to the checkpoint.
    pub events: u64,
    /// The number of keys compared.
    pub entities: u64,
    /// The differences.
    pub differences: Vec<Difference>,
    /// Harmless differences worth knowing.
    pub notes: Vec<Difference>,
    /// The number of further differences, which are not kept.
    pub more: u64,
    /// The differences of values, grouped by field and kind. All are counted.
    #[serde(skip)]
    pub groups: DifferenceGroups,
    /// The name of the projection.
    pub projection: &'static str,
    /// The results of the other projections that were verified.
    pub others: Vec<Self>,
    /// True if its values were not compared: another version of the app built it, or it belongs to another log.
    #[serde(skip)]
    pub is_skipped: bool,
    /// The file, if the Elixir original wrote it, so that nothing here can change it.
    #[serde(skip)]
    pub original: Option<PathBuf>,
    /// The projections of the space that a later version of the app built, verified or not.
    #[serde(skip)]
    newer: BTreeSet<&'static str>,
}

impl Verified {
    /// Returns the number of differences in all projections.
    pub fn count(&self) -> u64 {
        self.each().map(|one| one.differences.len() as u64 + one.more).sum()
    }

    /// Returns the differences of values in all projections, grouped by field and kind.
    pub fn groups(&self) -> DifferenceGroups {
        let mut groups = DifferenceGroups::default();
        self.each().for_each(|one| groups.merge(one.groups.clone()));
        groups
    }

    /// Returns the number of keys compared in all projections.
    pub fn keys(&self) -> u64 {
        self.each().map(|one| one.entities).sum()
    }

    /// Returns the number of events replayed: the most of all projections.
    pub fn replayed(&self) -> u64 {
        self.each().map(|one| one.events).max().unwrap_or_default()
    }

    /// Returns the number of projections that were compared with their events.
    pub fn compared(&self) -> u64 {
        self.each().filter(|one| !one.is_skipped).count() as u64
    }

    /// Describes a difference of this projection, once for each field that differs.
    pub fn words(&self, difference: &Difference) -> Vec<FindingText> {
        if difference.is_of_log() { difference.words() } else { difference.words_in(self.projection) }
    }

    /// Says that there is no difference.
    pub fn matching(&self) -> &'static str {
        if self.compared() == 0 {
            "not compared"
        } else if self.each().any(|one| one.is_skipped) {
            "no difference in the projections that can be compared"
        } else if self.others.is_empty() {
            "projection matches its events"
        } else {
            "projections match their events"
        }
    }

    /// Returns the results of each projection.
    pub fn each(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.others)
    }

    /// Returns the result of this projection, if it was verified.
    fn named(&mut self, projection: &str) -> Option<&mut Self> {
        if self.projection == projection {
            return Some(self);
        }
        self.others.iter_mut().find(|one| one.projection == projection)
    }

    fn add(&mut self, difference: Difference) {
        if self.differences.len() < MOST {
            self.differences.push(difference);
        } else {
            self.more += 1;
        }
    }

    /// Adds the faults found in the log. An event that cannot be applied is only a note if the projection matches all other
    /// events: then a rebuild or an import has skipped it, as the original does.
    fn merge(&mut self, found: Self) {
        let is_drifted = self.more > 0 || self.differences.iter().any(Difference::is_drift);
        self.more += found.more;
        for difference in found.differences {
            match difference {
                Difference::BadEvent(skipped) if !is_drifted => {
                    self.notes.push(Difference::SkippedEvent(skipped));
                }
                difference => self.add(difference),
            }
        }
    }

    /// Returns the operation that repairs a difference of one of these projections, given the others: no rebuild gets past
    /// an event that cannot be applied, restores damaged or lost events, or replaces a projection of a later version.
    pub fn remedy_of(&self, one: &Self, difference: &Difference) -> Remedy {
        match (difference.remedy(), &self.original) {
            (remedy @ (Remedy::Nothing | Remedy::Restore), _) => remedy,
            // Nothing here can change such a file.
            (_, Some(path)) => Remedy::ImportOriginal { path: path.clone() },
            (remedy @ Remedy::Rebuild { .. }, None) => {
                let worst = self.worst().map_or(remedy.clone(), |(_, worst)| worst.max(remedy));
                self.beside_newer(worst, one)
            }
            (remedy, None) => remedy,
        }
    }

    /// Returns the operation that repairs most; none if there is no difference.
    pub fn remedy(&self) -> Option<Remedy> {
        match self.original {
            Some(_) => self.pairs().map(|(one, difference)| self.remedy_of(one, difference)).max(),
            None => self.worst().map(|(one, worst)| self.beside_newer(worst, one)),
        }
    }

    fn beside_newer(&self, remedy: Remedy, one: &Self) -> Remedy {
        remedy.beside_newer(Some(one.projection), self.newer.iter().copied())
    }

    /// Returns the operation that repairs most by itself, with a projection that needs it.
    fn worst(&self) -> Option<(&Self, Remedy)> {
        let remedies = self.pairs().map(|(one, difference)| (one, difference.remedy()));
        remedies.max_by(|(_, one), (_, other)| one.cmp(other))
    }

    /// Returns each difference with its projection.
    fn pairs(&self) -> impl Iterator<Item = (&Self, &Difference)> {
        self.each().flat_map(|one| one.differences.iter().map(move |difference| (one, difference)))
    }
}

/// Compares a space's projections with its events up to their checkpoints. Others may write meanwhile: the
/// comparison uses a snapshot of each projection.
///
/// Nothing is recorded in the audit log. Run [`Verify`](crate::operations::Verify) to record it.
///
/// # Errors
/// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks.
pub fn verify(content: &ContentStore, watch: &mut Watch<'_>) -> Result<Verified> {
    verify_selected(content, None, watch)
}

fn verify_selected(content: &ContentStore, name: Option<&str>, watch: &mut Watch<'_>) -> Result<Verified> {
    let (pstate, space_id) = (content.store().pstate(), content.space_id());
    // An unreadable checkpoint is an error as soon as its projection is verified.
    let keys = |projection: &&DeclaredProjection| {
        pstate.checkpoint(projection.id(space_id)).map_or(0, |checkpoint| checkpoint.entities)
    };
    let steps = ProjectionSteps::of(content.selected_projections(name)?.iter().map(keys));
    verify_each(content, (name, &|_| true), &mut |index, progress| watch(steps.progress(index, progress)))
}

/// Called with the index of a projection, and its progress.
type WatchEach<'a> = dyn FnMut(usize, Progress) -> ControlFlow<()> + 'a;

/// The name of a projection, or none for all, and the condition for those that are compared.
type Selected<'a> = (Option<&'a str>, &'a dyn Fn(&DeclaredProjection) -> bool);

/// As [`verify`], with the progress of each projection by itself.
pub(super) fn verify_each(
    content: &ContentStore,
    selected: Selected<'_>,
    watch: &mut WatchEach<'_>,
) -> Result<Verified> {
    let _span = info_span!("verify", space = content.space().space_name).entered();
    let redactions = || content.store().events().redactions(Some(content.space_id()));
    for _ in 0..TRIES {
        let before = redactions()?;
        let verified = verify_once(content, selected, watch)?;
        let is_under_way = before % 2 == 1 && verified.count() > 0;
        if !is_under_way && redactions()? == before {
            return Ok(verified);
        }
    }
    Err(StoreError::RedactedMeanwhile { space: content.space().space_name.clone() }.into())
}

fn verify_once(
    content: &ContentStore,
    (name, is_compared): Selected<'_>,
    watch: &mut WatchEach<'_>,
) -> Result<Verified> {
    let mut projections = content.selected_projections(name)?;
    content.store().check_projections()?;
    projections
        .retain(|projection| content.store().pstate().keeps(projection.name()) && is_compared(projection));
    let mut each = Vec::with_capacity(projections.len());
    for (index, projection) in projections.iter().enumerate() {
        let watch = &mut |progress| watch(index, progress);
        each.push(verify_one(content, projection, watch)?);
    }
    // What is wrong with the log itself is found with each of them that is compared, and reported with the first.
    let of_projection = |difference: &Difference| !difference.is_of_log();
    let compared = each.iter_mut().filter(|one| !one.is_skipped);
    compared.skip(1).for_each(|other| other.differences.retain(of_projection));
    let mut each = each.into_iter();
    let nothing = || Verified { is_skipped: true, ..Verified::default() };
    let mut verified = each.next().unwrap_or_else(nothing);
    verified.others = each.collect();
    verified.newer = content.newer_projections();
    verified.original = content
        .store()
        .location()
        .filter(|_| content.store().is_original())
        .map(|files| files.database.clone());
    check_leftovers(content, &mut verified)?;
    let (events, entities, differences) = (verified.replayed(), verified.keys(), verified.count());
    info!(events, entities, differences, "verified");
    Ok(verified)
}

fn verify_one(
    content: &ContentStore,
    projection: &DeclaredProjection,
    watch: &mut Watch<'_>,
) -> Result<Verified> {
    let pstate = content.store().pstate();
    let id = projection.id(content.space_id());
    let mut verified = Verified { projection: projection.name(), ..Verified::default() };
    let compatibility = projection.compare(pstate.open(id)?.definition.as_deref());
    // The values of another version come from another handler.
    match compatibility {
        Compatibility::Current | Compatibility::Adopted(_) => {}
        Compatibility::Outdated => {
            verified.is_skipped = true;
            verified.add(Difference::Outdated);
            return Ok(verified);
        }
        Compatibility::Newer => {
            verified.is_skipped = true;
            verified.notes.push(Difference::Newer);
            return Ok(verified);
        }
    }
    let temporary = TemporaryProjection::new(content.space_id());
    let mut state = projection.state(&temporary);
    let mut replayed = Replayed::new(content, projection, &temporary);
    // Replay most events before taking the snapshot, so that it is held only for a short time.
    let nearly = content.contained_in(&pstate.checkpoint(id)?)?;
    replayed.replay_to(nearly, &mut state, Phase::Replay, watch)?;
    let mut checkpoint = Checkpoint::default();
    let mut at_one_moment = || {
        checkpoint = pstate.checkpoint(id)?;
        let at = content.contained_in(&checkpoint)?;
        replayed.replay_to(at, &mut state, Phase::Compare, watch)?;
        let whole = temporary.whole(state.drain_changes())?;
        verified.entities = if is_of_another_log(content, &checkpoint)? {
            // Its entries may be another tenant's, and must not appear in a finding.
            verified.is_skipped = true;
            checkpoint.entities
        } else {
            let (app, space_name) = (content.app().name(), content.space().space_name.as_str());
            let sides = Sides {
                // The temporary store holds one projection of the space.
                expected: &(whole, ProjectionId::from(id.space_id)),
                stored: &(pstate, id),
                migrated_to: Some(projection.schema()),
                of_original: content.store().is_original().then_some(app),
                keys: checkpoint.entities,
            };
            let place = DifferencePlace { app, projection: projection.name(), space_name };
            let mut found = |difference| {
                verified.groups.add(place, &difference);
                verified.add(difference);
            };
            compare(&sides, &mut found, &mut |done, total| {
                report(watch, replayed.progress(Phase::Compare, done, total))
            })?
        };
        check_counters(content, checkpoint, &mut verified)?;
        tail::check(&mut replayed, &mut state, &mut verified, watch)
    };
    content.store().snapshot(&mut at_one_moment)?;
    verified.events = replayed.at.sequence.0.min(content.contained_in(&checkpoint)?.0);
    verified.merge(replayed.found);
    Ok(verified)
}

/// Returns true for a projection in a second file that does not belong to the events in the first.
pub(super) fn is_of_another_log(content: &ContentStore, checkpoint: &Checkpoint) -> Result<bool> {
    let store = content.store();
    Ok(!store.is_shared() && !is_on_log(store, content.space_id(), checkpoint)?)
}

fn check_counters(content: &ContentStore, checkpoint: Checkpoint, verified: &mut Verified) -> Result<()> {
    let before = content.head()?;
    let last = content.store().events().read_space(content.space_id(), Page::backward(None, 1))?;
    let end = last.first().map_or_else(Head::default, |event| Head {
        last_sequence: event.space_sequence,
        last_event_id: event.event_id,
        last_timestamp: Some(event.timestamp),
        payload_bytes: before.payload_bytes,
    });
    let counters = content.head()?;
    // Others may append between these reads, which moves the log and its counter forward.
    if before.last_sequence > end.last_sequence || end.last_sequence > counters.last_sequence {
        verified.add(Difference::of_counter(&counters, &end));
    }
    let last_sequence = counters.last_sequence.max(end.last_sequence);
    if checkpoint.sequence > last_sequence {
        verified.add(Difference::CheckpointAhead { checkpoint: checkpoint.sequence, last_sequence });
    } else if !is_on_log(content.store(), content.space_id(), &checkpoint)? {
        let Checkpoint { sequence: checkpoint, event_id, .. } = checkpoint;
        verified.add(Difference::CheckpointOff { checkpoint, event_id });
    }
    if checkpoint.entities != verified.entities {
        let (expected, stored) = (verified.entities, checkpoint.entities);
        verified.add(Difference::Count { expected, stored });
    }
    Ok(())
}

fn check_leftovers(content: &ContentStore, verified: &mut Verified) -> Result<()> {
    let (store, space_id) = (content.store(), content.space_id());
    for name in store.pstate().lost(space_id)? {
        if let Some(one) = verified.named(&name) {
            one.add(Difference::ProjectionLost);
        }
    }
    // Only a rebuild creates any.
    let is_rebuild =
        |operation: &AuditEntry| operation.space_id == Some(space_id) && operation.action == rebuild::NAME;
    let is_rebuilt = || Ok(store.audit_log().running()?.iter().any(is_rebuild));
    for leftover in leftovers(store, space_id, &is_rebuilt)? {
        let Leftover { name, number, is_live, .. } = leftover;
        match (verified.named(&name), is_live) {
            (Some(one), true) => one.add(Difference::Unreachable { number }),
            (Some(one), false) => one.notes.push(Difference::Leftover { number }),
            // A check finds those of projections that are not verified.
            (None, _) => {}
        }
    }
    Ok(())
}

/// Returns the projections of a space that no reader sees and no operation works on. A rebuild records its
/// start before it creates one, and removes it before it records its end: a projection that comes or goes
/// between the two queries is seen by one of them.
pub(super) fn leftovers(
    store: &Store,
    space_id: SpaceId,
    is_worked_on: &dyn Fn() -> Result<bool>,
) -> Result<Vec<Leftover>> {
    let mut found = Vec::new();
    for _ in 0..2 {
        found = store.pstate().leftovers(space_id)?;
        if found.is_empty() || is_worked_on()? {
            return Ok(Vec::new());
        }
    }
    Ok(found)
}

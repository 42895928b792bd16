//! Checking one space.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::content_store::{ContentStore, DeclaredProjection};
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::operations::progress::ProjectionSteps;
use crate::operations::rebuild::KEY;
use crate::operations::verify::{
    EventTypes, Replayed, Sides, TemporaryProjection, TypeCount, compare, is_of_another_log,
};
use crate::operations::{Difference, DifferenceGroups, DifferencePlace, Phase, Progress, report};
use crate::pstate::{Changes, Compatibility, ProjectionId};
use crate::space::Checkpoint;

use super::writing::WritingTime;

/// The result of checking one space.
#[derive(Debug, Default)]
pub(super) struct OfSpace {
    pub app: &'static str,
    pub events: u64,
    pub keys: u64,
    pub groups: DifferenceGroups,
    /// The types that no projection knows.
    pub unknown: BTreeMap<String, TypeCount>,
    /// The types with events that a projection cannot apply.
    pub unreadable: BTreeMap<String, TypeCount>,
    /// The number of events that differ from what was appended.
    pub damaged: u64,
    /// The projections of an earlier version of the app, or of another app.
    pub outdated: Vec<&'static str>,
    /// The projections of a later version of the app, which are not compared.
    pub newer: Vec<&'static str>,
    /// The projections that a rebuild with this program would change.
    pub changed: Vec<&'static str>,
    /// The projections that were never built.
    pub unbuilt: Vec<&'static str>,
    /// Faults of the log.
    pub faults: Vec<String>,
    /// The number of events folded, once for each projection.
    pub folded: u64,
    /// The time for folding them.
    pub folding: Duration,
    /// The predicted time of a rebuild.
    pub rebuild: Duration,
}

/// Compares the projections of a space with a fold of its events. Tells `watch` the events folded, each once for all
/// projections, and the keys compared.
pub(super) fn check(
    content: &ContentStore,
    writing: &mut WritingTime,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<OfSpace> {
    let mut found = OfSpace { app: content.app().name(), ..OfSpace::default() };
    let last = content.event_count()?;
    content.store().check_projections()?;
    let pstate = content.store().pstate();
    // The original stores one projection only.
    let is_kept = |projection: &&DeclaredProjection| pstate.keeps(projection.name());
    let mut projections: Vec<&DeclaredProjection> = content.projections().iter().filter(is_kept).collect();
    // No rebuild replaces them, and only that version derives them.
    let newer = content.newer_projections();
    found.newer = projections.iter().map(|one| one.name()).filter(|name| newer.contains(name)).collect();
    projections.retain(|projection| !newer.contains(projection.name()));
    let keys = |projection: &&DeclaredProjection| {
        pstate.checkpoint(projection.id(content.space_id())).map_or(0, |checkpoint| checkpoint.entities)
    };
    let steps = ProjectionSteps::of(projections.iter().map(keys));
    for (index, projection) in projections.into_iter().enumerate() {
        let mut step = |progress: Progress| watch(steps.progress(index, progress));
        let one = of_projection(content, projection, writing, &mut step)?;
        found.add(projection, index == 0, one);
    }
    found.events = last;
    Ok(found)
}

/// The result of checking one projection.
struct OfProjection {
    compatibility: Compatibility,
    is_built: bool,
    events: u64,
    keys: u64,
    groups: DifferenceGroups,
    types: EventTypes,
    damaged: u64,
    faults: Vec<String>,
    folding: Duration,
    rebuild: Duration,
}

fn of_projection(
    content: &ContentStore,
    projection: &DeclaredProjection,
    writing: &mut WritingTime,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<OfProjection> {
    let (store, space_id) = (content.store(), content.space_id());
    let (pstate, id) = (store.pstate(), projection.id(space_id));
    let mut waited = Duration::ZERO;
    let mut watch = |progress: Progress| {
        let asked = Instant::now();
        let answer = watch(progress);
        waited += asked.elapsed();
        answer
    };
    let compatibility = projection.compare(pstate.open(id)?.definition.as_deref());
    let temporary = TemporaryProjection::new(space_id);
    let mut state = projection.state(&temporary);
    let mut replayed = Replayed::new(content, projection, &temporary);
    let begun = Instant::now();
    // Fold most events before taking the snapshot, so that it is held only for a short time.
    let nearly = up_to(content, pstate.checkpoint(id)?)?;
    replayed.replay_to(nearly, &mut state, Phase::Replay, &mut watch)?;
    let folded = begun.elapsed();
    let (mut groups, mut faults) = (DifferenceGroups::default(), Vec::new());
    let (mut keys, mut derived, mut is_built) = (0, 0, true);
    let (app, space_name) = (content.app().name(), content.space().space_name.as_str());
    let place = DifferencePlace { app, projection: projection.name(), space_name };
    // Values that this version would migrate are compared as the version before stored them: that is what changes.
    let migrated_to = compatibility.is_writable().then(|| projection.schema());
    store.snapshot(&mut || {
        let checkpoint = pstate.checkpoint(id)?;
        replayed.replay_to(up_to(content, checkpoint)?, &mut state, Phase::Compare, &mut watch)?;
        let whole = temporary.whole(state.drain_changes())?;
        if is_of_another_log(content, &checkpoint)? {
            // Its entries may be another tenant's.
            faults.push("its projection belongs to another log".to_owned());
            return Ok(());
        }
        let expected = &(whole, ProjectionId::from(space_id));
        let of_original = store.is_original().then_some(app);
        let sides =
            Sides { expected, stored: &(pstate, id), migrated_to, of_original, keys: checkpoint.entities };
        let mut step = |done, total| report(&mut watch, replayed.progress(Phase::Compare, done, total));
        // The original applies an event when it appends it, and mostly writes no checkpoint.
        is_built = match store.is_original() {
            true => checkpoint.entities > 0,
            false => checkpoint.sequence > SpaceSequence::START,
        };
        let mut found = |difference| match is_built {
            true => groups.add(place, &difference),
            false => derived += 1,
        };
        keys = compare(&sides, &mut found, &mut step)?;
        Ok(())
    })?;
    if store.is_in_files() {
        writing.measure(space_id, temporary.whole(Changes::default())?)?;
    }
    // Later events may be of types that were never tried.
    let last = SpaceSequence(content.event_count()?);
    replayed.replay_to(last, &mut state, Phase::Compare, &mut watch)?;
    let is_damaged = |found: &&Difference| matches!(found, Difference::DamagedEvent(_));
    let damaged = replayed.found.differences.iter().filter(is_damaged).count() as u64;
    let of_log = replayed.found.differences.iter().filter(|found| matches!(found, Difference::Gap { .. }));
    faults
        .extend(of_log.flat_map(Difference::words).map(|words| format!("{} {}", words.subject, words.text)));
    let (events, types, folding) = (nearly.0, replayed.types, folded.saturating_sub(waited));
    let keys_of_rebuild = keys.max(groups.keys()).max(derived);
    let unmeasured = || folding.mul_f64(KEY * keys_of_rebuild as f64 / events.max(1) as f64);
    let rebuild = folding + writing.of(keys_of_rebuild).unwrap_or_else(unmeasured);
    Ok(OfProjection {
        compatibility,
        is_built,
        events,
        keys,
        groups,
        types,
        damaged,
        faults,
        folding,
        rebuild,
    })
}

/// Returns the last event that is folded before the comparison: that of the checkpoint, or of the log if the projection is not
/// stored yet.
fn up_to(content: &ContentStore, checkpoint: Checkpoint) -> Result<SpaceSequence> {
    match content.contained_in(&checkpoint)? {
        SpaceSequence::START => Ok(SpaceSequence(content.event_count()?)),
        contained => Ok(contained),
    }
}

impl OfSpace {
    fn add(&mut self, projection: &DeclaredProjection, is_first: bool, found: OfProjection) {
        let OfProjection {
            compatibility,
            is_built,
            events,
            keys,
            groups,
            types,
            damaged,
            faults,
            folding,
            rebuild,
        } = found;
        if !is_built {
            self.unbuilt.push(projection.name());
        }
        self.rebuild += rebuild;
        let is_outdated = compatibility == Compatibility::Outdated;
        self.outdated.extend(is_outdated.then_some(projection.name()));
        let is_changed = is_outdated || groups.count() > 0;
        self.changed.extend(is_changed.then_some(projection.name()));
        self.damaged = self.damaged.max(damaged);
        self.folded += events;
        self.folding += folding;
        self.keys += keys;
        self.groups.merge(groups);
        self.faults
            .extend(faults.into_iter().filter(|fault| !self.faults.contains(fault)).collect::<Vec<_>>());
        let EventTypes { unknown, unreadable } = types;
        match is_first {
            true => self.unknown = unknown.0,
            // What one projection handles is not unknown.
            false => self.unknown.retain(|name, _| unknown.0.contains_key(name)),
        }
        for (name, one) in unreadable.0 {
            let known = self.unreadable.entry(name).or_insert(TypeCount { count: 0, ..one.clone() });
            known.count = known.count.max(one.count);
        }
    }
}

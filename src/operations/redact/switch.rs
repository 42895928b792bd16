//! Building the projections without the fields, and the unit of work that erases them.

use std::collections::BTreeSet;

use crate::content_store::ContentStore;
use crate::error::{Result, StoreError};
use crate::event::{Event, EventId};
use crate::event_store::{Page, Redaction, WriteSet, check_known_as};
use crate::model::changes::Changes;
use crate::operations::rebuild::{BuildOptions, Builder, Built, in_shadows};
use crate::operations::{Phase, Rebuilt, Watch, part};
use crate::redaction::{Erasure, add_texts};

use super::plan::{check_intact, each_event};

/// Idempotency keys read at once.
const KEYS: usize = 1000;

/// The effect of the unit of work.
#[derive(Default)]
pub(super) struct Switched {
    pub(super) events: u64,
    pub(super) keys: u64,
    pub(super) texts: BTreeSet<String>,
    pub(super) rebuilt: Rebuilt,
}

/// Builds every projection as if the fields were erased, and then erases them and switches in one unit of work. Calls
/// `before` once nothing but a failure of the store can prevent that.
pub(super) fn switch(
    content: &ContentStore,
    erasure: &Erasure,
    skip_errors: bool,
    before: &mut dyn FnMut() -> Result<()>,
    watch: &mut Watch<'_>,
) -> Result<Switched> {
    let options = BuildOptions { skip_errors, erasure: Some(erasure) };
    let projections: Vec<_> = content.projections().iter().collect();
    in_shadows(content, &projections, options, watch, |builders, watch| {
        build_and_erase(content, erasure, builders, before, watch).map(Built::Switched)
    })
}

fn build_and_erase(
    content: &ContentStore,
    erasure: &Erasure,
    mut builders: Vec<Builder<'_>>,
    before: &mut dyn FnMut() -> Result<()>,
    watch: &mut Watch<'_>,
) -> Result<Switched> {
    let parts = builders.len() as u64;
    for (builder, done) in builders.iter_mut().zip(0..) {
        builder.prepare(&mut part(watch, done, parts))?;
    }
    // While the others were built, more events may have been appended.
    for builder in &mut builders {
        builder.catch_up(watch)?;
        builder.report(Phase::Switch, 0.0, watch)?;
    }
    check_name(content)?;
    before()?;
    let is_apart = !content.store().is_shared();
    if is_apart {
        content.store().events().set_redacting(content.space_id(), true)?;
    }
    let switched = erase(content, erasure, builders);
    if is_apart && switched.is_err() {
        // If this fails as well, a check finds the redaction.
        let _ = content.store().events().set_redacting(content.space_id(), false);
    }
    switched
}

/// Checks that the space still has the name by which it was confirmed.
fn check_name(content: &ContentStore) -> Result<()> {
    let record = content.store().events().space(content.space_id())?;
    let record = record.ok_or_else(|| StoreError::unknown_space(content.space_id()))?;
    Ok(check_known_as(&record.space, Some(&content.space().space_name))?)
}

/// Erases the fields and switches the projections, in one unit of work.
fn erase(content: &ContentStore, erasure: &Erasure, mut builders: Vec<Builder<'_>>) -> Result<Switched> {
    let unit = content.begin()?;
    // In two files, the projections are switched first, and no other process renames the space before the end of the unit.
    check_name(content)?;
    let changes = builders.iter_mut().map(Builder::finish).collect::<Result<Vec<Changes>>>()?;
    let (events, texts) = erased(content, erasure)?;
    let keys = keys_of(content, &events)?;
    let projections: Vec<_> =
        builders.iter().zip(&changes).map(|(builder, changes)| builder.switch(changes)).collect();
    let redacted =
        Some(Redaction { known_as: Some(&content.space().space_name), events: &events, keys: &keys });
    unit.commit(&WriteSet { projections: &projections, redacted, ..WriteSet::default() })?;
    let mut switched =
        Switched { events: events.len() as u64, keys: keys.len() as u64, texts, ..Switched::default() };
    for (builder, projection) in builders.into_iter().zip(content.projections()) {
        let entities = content.store().pstate().checkpoint(projection.id(content.space_id()))?.entities;
        switched.rebuilt.add(builder.into_rebuilt(entities));
    }
    Ok(switched)
}

/// Returns the events without the fields, as the unit of work finds them, and the texts of the values.
fn erased(content: &ContentStore, erasure: &Erasure) -> Result<(Vec<Event>, BTreeSet<String>)> {
    let (mut events, mut texts) = (Vec::new(), BTreeSet::new());
    each_event(content, &erasure.entity_id, &mut |event| {
        check_intact(&event)?;
        events.extend(erasure.of(&event, &mut |value| add_texts(value, &mut texts)));
        Ok(())
    })?;
    Ok((events, texts))
}

/// Returns the idempotency keys of the commands that appended these events.
fn keys_of(content: &ContentStore, events: &[Event]) -> Result<Vec<String>> {
    let event_ids: BTreeSet<EventId> = events.iter().map(|event| event.event_id).collect();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page =
            content.store().events().remembered_page(content.space_id(), Page::forward(after, KEYS))?;
        let Some((last, _)) = page.last() else { return Ok(found) };
        after = Some(last.clone());
        let is_of = |event_id: &EventId| event_ids.contains(event_id);
        let of_events = page.into_iter().filter(|(_, remembered)| remembered.event_ids.iter().any(is_of));
        found.extend(of_events.map(|(key, _)| key));
    }
}

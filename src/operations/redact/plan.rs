//! The inventory of a redaction: what it would change, and what it cannot reach.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::audit::Outcome;
use crate::content_store::{ContentStore, Store};
use crate::error::{RedactionError, Result};
use crate::event::{Event, SpaceSequence};
use crate::event_store::{Page, SpaceRecord};
use crate::masking::MaskedPath;
use crate::operations::rebuild::check_not_newer;
use crate::operations::{backup, export, list_export};
use crate::redacted::is_redacted_text;
use crate::redaction::{FieldPath, add_texts};
use crate::space::Space;

use super::texts::Texts;

/// Events read at once.
const PAGE: usize = 500;

/// Audit entries read at once, and the most that are read.
const ENTRIES: usize = 1000;
const MOST_ENTRIES: usize = 20_000;

/// Spaces read at once.
const SPACES: usize = 1000;

/// The changes that a redaction would make.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RedactionPlan {
    /// The space.
    #[serde(flatten)]
    pub space: Space,
    /// The entity.
    pub entity_id: String,
    /// The number of its events.
    pub entity_events: u64,
    /// The number of those of which something would be erased.
    pub events: u64,
    /// The fields.
    pub fields: Vec<FieldPlan>,
    /// The projections that would be rebuilt.
    pub projections: Vec<&'static str>,
    /// Files that contain the values and are not changed: earlier exports and backups, as the audit log names them, and
    /// projections files that were replaced while they were missing.
    pub out_of_reach: Vec<String>,
    /// The texts of the values.
    #[serde(skip)]
    pub(super) texts: Texts,
}

/// A field that would be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldPlan {
    /// The field.
    pub field: FieldPath,
    /// The number of events that have a value of it.
    pub events: u64,
    /// The number of events in which it was erased before.
    pub erased_before: u64,
}

/// Returns what erasing these fields from the events of an entity would change.
///
/// # Errors
/// [`RedactionError`]; [`StoreError::ProjectionNewer`](crate::StoreError::ProjectionNewer); the space is not open.
pub fn plan_redaction(
    content: &ContentStore,
    entity_id: &str,
    fields: &[FieldPath],
) -> Result<RedactionPlan> {
    if fields.is_empty() {
        return Err(RedactionError::NoField.into());
    }
    content.head()?;
    // All projections are rebuilt.
    content.projections().iter().try_for_each(|projection| check_not_newer(content, projection))?;
    let mut counts: Vec<FieldPlan> = Vec::new();
    for field in fields.iter().collect::<BTreeSet<_>>() {
        counts.push(FieldPlan { field: field.clone(), events: 0, erased_before: 0 });
    }
    let (mut texts, mut known) = (BTreeSet::new(), BTreeSet::new());
    let (mut entity_events, mut events) = (0, 0);
    each_event(content, entity_id, &mut |event| {
        check_intact(&event)?;
        known.extend(FieldPath::all_of(&event));
        entity_events += 1;
        events += u64::from(count(&event, &mut counts, &mut texts));
        Ok(())
    })?;
    let space = content.space().clone();
    let absent = counts.iter().find(|count| count.events + count.erased_before == 0);
    if entity_events == 0 || absent.is_some() {
        // A delete that started meanwhile explains what is missing.
        content.head()?;
    }
    if entity_events == 0 {
        let (space, entity_id) = (space.space_name, entity_id.to_owned());
        return Err(RedactionError::UnknownEntity { space, entity_id }.into());
    }
    if let Some(absent) = absent {
        let known = known.iter().map(FieldPath::to_string).collect();
        let (entity_id, field) = (entity_id.to_owned(), absent.field.to_string());
        return Err(RedactionError::UnknownField { entity_id, field, known }.into());
    }
    Ok(RedactionPlan {
        entity_id: entity_id.to_owned(),
        entity_events,
        events,
        fields: counts,
        projections: content.projections().iter().map(|projection| projection.name()).collect(),
        out_of_reach: out_of_reach(content.store(), &space)?,
        texts: Texts::of(texts),
        space,
    })
}

/// Counts the fields of an event, and adds the texts of their values. Returns true if it has a value that is not erased.
fn count(event: &Event, counts: &mut [FieldPlan], texts: &mut BTreeSet<String>) -> bool {
    let mut has_values = false;
    for count in counts {
        let (mut is_there, mut is_erased) = (false, false);
        for value in count.field.values(event) {
            match is_redacted_text(value) {
                true => is_erased = true,
                false => {
                    is_there = true;
                    add_texts(value, texts);
                }
            }
        }
        count.events += u64::from(is_there);
        count.erased_before += u64::from(is_erased && !is_there);
        has_values |= is_there;
    }
    has_values
}

/// Passes the events of an entity to `visit`, in order.
pub(super) fn each_event(
    content: &ContentStore,
    entity_id: &str,
    visit: &mut dyn FnMut(Event) -> Result<()>,
) -> Result<()> {
    let mut after: Option<SpaceSequence> = None;
    loop {
        let page = Page::forward(after, PAGE);
        let events = content.store().events().read_entity(content.space_id(), entity_id, page)?;
        // A page may end early, but only the one after the last is empty.
        let Some(last) = events.last() else { return Ok(()) };
        after = Some(last.space_sequence);
        events.into_iter().try_for_each(&mut *visit)?;
    }
}

/// Checks that the event is as it was appended, since it gets a new checksum.
pub(super) fn check_intact(event: &Event) -> Result<()> {
    if event.intact {
        return Ok(());
    }
    let (event_id, sequence) = (event.event_id, event.space_sequence);
    Err(RedactionError::DamagedEvent { event_id, sequence }.into())
}

/// Returns the files and the other spaces that may contain values of the space and are not changed.
fn out_of_reach(store: &Store, space: &Space) -> Result<Vec<String>> {
    let mut found: Vec<String> =
        store.lost_projections()?.iter().map(|path| format!("{} (replaced)", path.shown())).collect();
    let (mut before, mut read) = (None, 0);
    while read < MOST_ENTRIES {
        let page = store.audit_log().page(None, Page::backward(before, ENTRIES))?;
        read += page.len();
        for entry in &page {
            let is_of_space = entry.space_id.is_none_or(|id| id == space.space_id);
            let name = match entry.action.as_str() {
                export::NAME | list_export::NAME => "output",
                backup::NAME => "file",
                _ => continue,
            };
            let path = entry.parameters.as_ref().and_then(|parameters| parameters.get(name)?.as_str());
            if let (Some(path), true, Outcome::Done | Outcome::Found) = (path, is_of_space, entry.outcome) {
                found.push(format!("{path} ({} of {})", entry.action, entry.started_at));
            }
        }
        before = page.last().map(|entry| entry.operation_id);
        if page.len() < ENTRIES {
            break;
        }
    }
    found.extend(forks(store, space)?.into_iter().map(|name| format!("the fork {name}")));
    Ok(found)
}

/// Returns the names of the spaces that were forked from this one.
fn forks(store: &Store, space: &Space) -> Result<Vec<String>> {
    let store_id = store.events().store_id()?;
    let is_fork = |record: &SpaceRecord| {
        record
            .space
            .origin()
            .is_some_and(|origin| (origin.store_id, origin.space_id) == (store_id, space.space_id))
    };
    let (mut forks, mut after) = (Vec::new(), None);
    loop {
        let page = store.events().spaces(Page::forward(after, SPACES))?;
        after = page.last().map(|record| record.space.space_id);
        let is_last = page.len() < SPACES;
        forks.extend(page.into_iter().filter(is_fork).map(|record| record.space.space_name));
        if is_last {
            return Ok(forks);
        }
    }
}

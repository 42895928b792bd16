//! The event that set a value, and those that set its parts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::console::layers::blame::{PathChange, PathChanges};
use crate::console::panes::detail::BlameColumn;
use crate::console::runtime::pages;
use crate::console::widgets::diff::KeyDiff;
use crate::content_store::CurrentForms;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::json::{Json, paths};
use crate::operations::{EventSummary, Fold, StoredDifferences, Watch};
use crate::pstate::ProjectionId;

/// The most values of a document that are attributed.
const MOST_VALUES: usize = 20_000;

/// Finds the last events up to a sequence that changed the value at a path or within it, newest first.
pub(super) fn answer(
    (fold, forms): (&mut Fold, &CurrentForms),
    (projection, key): (&str, &str),
    (path, until, most, is_stored): (&str, Option<SpaceSequence>, usize, bool),
    watch: &mut Watch<'_>,
) -> Result<PathChanges> {
    let stored = match is_stored {
        true => stored(fold, (projection, key), watch)?,
        false => StoredDifferences::default(),
    };
    let until = up_to(fold, projection, until)?;
    let changes = fold.last_changes_at((projection, key), path, (until, most), watch)?;
    let mut found = Vec::new();
    for (change, fields) in changes {
        let stored = fold.content().store().events().event(change.event.event_id)?;
        let diff = KeyDiff::of_fields(&change.change, fields);
        let change = |stored| Arc::new(PathChange { event: pages::shown_event(forms, stored), diff });
        found.extend(stored.map(change));
    }
    Ok(PathChanges { found, stored })
}

/// Finds the event that set each part of a value.
pub(super) fn column(
    fold: &mut Fold,
    (projection, key): (&str, &str),
    (value, until): (&Json, Option<SpaceSequence>),
    watch: &mut Watch<'_>,
) -> Result<Arc<BlameColumn>> {
    // In the past, the value on screen is what the events say.
    let stored = match until {
        Some(_) => StoredDifferences::default(),
        None => stored(fold, (projection, key), watch)?,
    };
    let until = up_to(fold, projection, until)?;
    let blamed = fold.blame((projection, key), None, until, watch)?.into_iter();
    let by_path: HashMap<String, Arc<EventSummary>> =
        blamed.map(|part| (part.path, Arc::new(part.event))).collect();
    let places = paths(value.as_str(), MOST_VALUES);
    let of = |(start, path): &(usize, String)| Some((*start, Arc::clone(around(&by_path, path)?)));
    let parts = places.iter().filter_map(of).collect::<BTreeMap<_, _>>();
    let of = |path: &str| stored.fields.iter().find(|field| is_around(&field.path, path));
    let differing = places.iter().filter(|(_, path)| of(path).is_some());
    let differing = differing.map(|(start, _)| *start).collect();
    Ok(Arc::new(BlameColumn { value: value.clone(), parts, differing, stored }))
}

/// Compares what is stored with the events that it contains. The later ones are folded as well, because one of them that cannot be
/// applied explains why they are not in it.
fn stored(
    fold: &mut Fold,
    (projection, key): (&str, &str),
    watch: &mut Watch<'_>,
) -> Result<StoredDifferences> {
    let (checkpoint, last) = (up_to(fold, projection, None)?, fold.last());
    if checkpoint < last {
        fold.seek(last, watch)?;
    }
    fold.stored_differences((projection, key), checkpoint, watch)
}

/// Returns the event of the part at a path, or of the list around it.
fn around<'a>(by_path: &'a HashMap<String, Arc<EventSummary>>, path: &str) -> Option<&'a Arc<EventSummary>> {
    let mut path = path;
    loop {
        if let Some(event) = by_path.get(path) {
            return Some(event);
        }
        path = path.rfind(['.', '[']).map(|end| &path[..end])?;
    }
}

/// Returns true if a part is at a path, or a list around it.
fn is_around(part: &str, path: &str) -> bool {
    path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}

/// Returns the sequence up to which events count: a given one, or the last one that the stored projection contains.
fn up_to(fold: &Fold, projection: &str, until: Option<SpaceSequence>) -> Result<SpaceSequence> {
    let content = fold.content();
    let stored = || -> Result<_> {
        let id = ProjectionId::new(content.space_id(), projection);
        let contained = content.contained_in(&content.store().pstate().checkpoint(id)?)?;
        Ok(if contained == SpaceSequence::START { fold.last() } else { contained })
    };
    Ok(until.map_or_else(stored, Ok)?.min(fold.last()))
}

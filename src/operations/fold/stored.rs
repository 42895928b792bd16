//! The stored value of a key beside the one that its events lead to.

use std::collections::{HashMap, VecDeque};

use crate::content_store::FieldChange;
use crate::error::{Advice, Remedy, Result};
use crate::event::SpaceSequence;
use crate::json::Json;
use crate::operations::verify::OriginalLists;
use crate::operations::{Phase, Progress, Watch, report};
use crate::pstate::{Entry, ProjectionId};
use crate::text::{counted, grouped};

use super::Fold;
use super::blame::overlap;
use super::pace::Pace;

/// The parts of a key whose stored values are not those that its events lead to: the projection lags, an event was damaged
/// since, other code wrote it, or it was changed by other means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredDifferences {
    /// The last event that the stored projection contains: the last one of all in a file of the Elixir original.
    pub checkpoint: SpaceSequence,
    /// The last event that counts.
    pub until: SpaceSequence,
    /// The last event that there is.
    pub last: SpaceSequence,
    /// The parts that differ: before, as the events say; after, as it is stored. A list is one part.
    pub fields: Vec<FieldChange>,
    /// The advice on them, or on the events that the stored projection does not contain.
    pub advice: Advice,
}

impl StoredDifferences {
    /// Returns the parts that differ at a path, within it or around it.
    pub fn at(&self, path: &str) -> impl Iterator<Item = &FieldChange> {
        self.fields.iter().filter(move |field| overlap(&field.path, path))
    }

    /// Returns the difference of exactly this part.
    pub fn of_part(&self, path: &str) -> Option<&FieldChange> {
        self.fields.iter().find(|field| field.path == path)
    }

    /// Says which events the stored projection does not contain, if they do not count.
    pub fn later_events(&self) -> Option<String> {
        let later = self.last.0.checked_sub(self.until.0).filter(|later| *later > 0)?;
        let (events, until) = (counted(later, "later event", "later events"), grouped(self.until.0));
        Some(format!("the stored projection contains the events up to sequence {until}, not {events}"))
    }

    /// Says why what is stored may differ.
    pub fn reason(&self) -> String {
        match self.until.0.checked_sub(self.checkpoint.0) {
            Some(lag @ 1..) => format!("the stored projection is {} behind", counted(lag, "event", "events")),
            _ => {
                "other code wrote it, an event was damaged since, or it was changed by other means".to_owned()
            }
        }
    }
}

impl Fold {
    /// Compares the stored value of a key with the one that the events up to a sequence lead to.
    ///
    /// # Errors
    /// As [`Fold::seek`] and [`Fold::projection`].
    pub fn stored_differences(
        &mut self,
        (projection, key): (&str, &str),
        until: SpaceSequence,
        watch: &mut Watch<'_>,
    ) -> Result<StoredDifferences> {
        let name = self.projection(projection)?.name();
        self.check(until)?;
        let head = self.fold_to(until, &mut Pace::new(watch))?;
        let derived = head.state(name).map(|state| state.entry(key)).transpose()?.flatten();
        let content = self.content();
        let (pstate, id) = (content.store().pstate(), ProjectionId::new(content.space_id(), name));
        let schema = content.declared_projection(name)?.schema();
        let stored = pstate.get(id, key)?.map(|entry| schema.migrated_entry(entry));
        let checkpoint = content.contained_in(&pstate.checkpoint(id)?)?;
        let (derived, stored) = match content.store().is_original() {
            true => OriginalLists::of_app(content.app().name()).comparable(derived, stored),
            false => (derived, stored),
        };
        let value = |entry: Option<Entry>| entry.map(|entry| entry.value);
        let (derived, stored) = (value(derived), value(stored));
        let progress = Progress { phase: Phase::Compare, done: 0, total: 0, last_event: None, skipped: 0 };
        let pause: &mut dyn FnMut() -> Result<()> = &mut || report(watch, progress);
        let fields = differing_parts(derived.as_ref(), stored.as_ref(), pause)?;
        let wanted = if fields.is_empty() { self.last() } else { until };
        let advice = self.advice_on_stored(name, (checkpoint, wanted));
        Ok(StoredDifferences { checkpoint, until, last: self.last(), fields, advice })
    }

    /// Says what makes a stored projection what its events say: a catch-up or a rebuild, if the files can be written.
    pub fn advice_on_stored(
        &self,
        projection: &str,
        (checkpoint, until): (SpaceSequence, SpaceSequence),
    ) -> Advice {
        let content = self.content();
        let store = content.store();
        if let Some(files) = store.location().filter(|_| store.is_original()) {
            return Remedy::ImportOriginal { path: files.database.clone() }.advice();
        }
        let is_skipping = self.skips().summary(Some(projection), until).is_some();
        let step = match is_skipping || checkpoint >= until {
            true => Remedy::Rebuild { skip_errors: is_skipping }.advice(),
            false => Advice::default().remedy(Remedy::CatchUp).text(" applies the events that it lacks"),
        };
        let step = match store.is_read_only() {
            true => {
                Advice::from("these files are open for reading only; where they can be written, ").and(step)
            }
            false => step,
        };
        step.about_space(&content.space().space_name)
    }
}

/// Returns the parts in which a stored value differs from the derived one, each as a whole. Calls `pause` often enough to stop
/// the comparison of large values.
fn differing_parts<E>(
    derived: Option<&Json>,
    stored: Option<&Json>,
    pause: &mut dyn FnMut() -> std::result::Result<(), E>,
) -> std::result::Result<Vec<FieldChange>, E> {
    let mut parts = |value: Option<&Json>| {
        value
            .map(|_| FieldChange::between_with(None, value, pause))
            .transpose()
            .map(Option::unwrap_or_default)
    };
    let (derived, mut rest) = (parts(derived)?, parts(stored)?);
    // Two parts may have one path, if keys contain dots.
    let mut places: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (index, part) in rest.iter().enumerate() {
        places.entry(part.path.clone()).or_default().push_back(index);
    }
    let mut is_matched = vec![false; rest.len()];
    let mut found = Vec::new();
    for FieldChange { path, after: before, .. } in derived {
        let same = places.get_mut(&path).and_then(VecDeque::pop_front);
        let after = same.and_then(|index| {
            is_matched[index] = true;
            rest[index].after.take()
        });
        if after.is_none() || !FieldChange::between_with(before.as_ref(), after.as_ref(), pause)?.is_empty() {
            found.push(FieldChange { path, before, after });
        }
    }
    found
        .extend(rest.into_iter().zip(is_matched).filter(|(_, is_matched)| !is_matched).map(|(part, _)| part));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_differs_as_a_whole_and_missing_parts_are_named() {
        let derived = Json::of(&json!({"name": "Ada", "tags": ["a", "b"], "age": 1}));
        let stored = Json::of(&json!({"name": "Ada", "tags": ["a", "c"], "city": "Bonn"}));
        let text = |json: Option<Json>| json.map_or_else(|| "-".to_owned(), |json| json.as_str().to_owned());
        let differing_parts = |derived: Option<&Json>, stored: Option<&Json>| {
            differing_parts(derived, stored, &mut || Ok::<(), ()>(())).unwrap()
        };
        let found = differing_parts(Some(&derived), Some(&stored)).into_iter();
        let found: Vec<String> =
            found.map(|part| format!("{} {} {}", part.path, text(part.before), text(part.after))).collect();
        assert_eq!(found, [r#"tags ["a","b"] ["a","c"]"#, "age 1 -", r#"city - "Bonn""#]);
        assert!(differing_parts(Some(&derived), Some(&derived)).is_empty());
        assert_eq!(differing_parts(None, Some(&stored)).len(), 3);
    }
}

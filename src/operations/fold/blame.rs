//! Blame: the event that set each part of a value.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use serde::Serialize;

use crate::content_store::{Change, FieldChange};
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::event_store::Direction;
use crate::json::Json;
use crate::operations::{Pause, Watch};

use super::Fold;
use super::changes::{EventSummary, KeyChange};

/// A part of a value, with the event that set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blamed {
    /// The path to it: `name`, `address.city`. Empty for the whole value. A list is one part.
    pub path: String,
    /// Its value.
    pub value: Json,
    /// Its value before the event. `None` if there was none.
    pub before: Option<Json>,
    /// The event that set it.
    #[serde(flatten)]
    pub event: EventSummary,
}

#[cfg(feature = "cli")]
impl Blamed {
    /// Prepares its values to be serialised. Calls `pause` between the pieces of large ones.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn prepared<E>(&self, pause: &mut Pause<'_, E>) -> Result<Self, E> {
        Ok(Self {
            path: self.path.clone(),
            value: self.value.prepared(pause)?,
            before: self.before.as_ref().map(|before| before.prepared(pause)).transpose()?,
            event: self.event.clone(),
        })
    }
}

impl Fold {
    /// Returns the event that set each part of the value that a key had as of a sequence, in the order of the value. With a
    /// path, returns only the parts at or within it, or the list that contains it. Empty if there is no such part.
    ///
    /// # Errors
    /// As [`Fold::history`].
    pub fn blame(
        &mut self,
        (projection, key): (&str, &str),
        path: Option<&str>,
        until: SpaceSequence,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<Blamed>> {
        let mut parts: Option<Vec<(FieldChange, Option<Blamed>)>> = None;
        let mut visit = |change: KeyChange, pause: &mut Pause<'_>| {
            let Change { before, after, .. } = &change.change;
            // The newest change holds the value.
            let parts = match &mut parts {
                Some(parts) => parts,
                none => {
                    let found = FieldChange::between_with(None, after.as_ref(), pause)?.into_iter();
                    let is_wanted = |part: &FieldChange| path.is_none_or(|path| overlap(&part.path, path));
                    none.insert(found.filter(is_wanted).map(|part| (part, None)).collect())
                }
            };
            let fields = FieldChange::between_with(before.as_ref(), after.as_ref(), pause)?;
            let fields: BTreeMap<&str, &FieldChange> =
                fields.iter().map(|field| (&*field.path, field)).collect();
            for (part, blamed) in parts.iter_mut().filter(|(_, blamed)| blamed.is_none()) {
                let Some(field) = overlapping(&fields, &part.path) else { continue };
                let before = if field.path == part.path { field.before.clone() } else { None };
                let (path, value) = (part.path.clone(), part.after.clone().unwrap_or_default());
                *blamed = Some(Blamed { path, value, before, event: change.event.clone() });
            }
            let is_done = parts.iter().all(|(_, blamed)| blamed.is_some());
            Ok(if is_done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        };
        let range = (SpaceSequence::START, until);
        self.history((projection, key), range, Direction::Backward, &mut visit, watch)?;
        Ok(parts.into_iter().flatten().filter_map(|(_, blamed)| blamed).collect())
    }

    /// Returns the last changes of a key up to a sequence that changed the value at a path, set a part of it or removed it,
    /// newest first and at most `most`, with the fields concerned. An empty path stands for the whole value.
    ///
    /// # Errors
    /// As [`Fold::history`].
    pub fn last_changes_at(
        &mut self,
        (projection, key): (&str, &str),
        path: &str,
        (until, most): (SpaceSequence, usize),
        watch: &mut Watch<'_>,
    ) -> Result<Vec<(KeyChange, Vec<FieldChange>)>> {
        let mut found = Vec::new();
        let mut visit = |change: KeyChange, pause: &mut Pause<'_>| {
            let mut fields = change.change.fields_between(pause)?;
            fields.retain(|field| overlap(&field.path, path));
            if !fields.is_empty() {
                found.push((change, fields));
            }
            Ok(if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        };
        let range = (SpaceSequence::START, until);
        self.history((projection, key), range, Direction::Backward, &mut visit, watch)?;
        Ok(found)
    }
}

/// Returns the changed field at a path; otherwise one that contains it, or one within it.
fn overlapping<'a>(fields: &BTreeMap<&str, &'a FieldChange>, path: &str) -> Option<&'a FieldChange> {
    let steps = path.match_indices(['.', '[']).map(|(end, _)| &path[..end]).filter(|step| !step.is_empty());
    let mut outside = std::iter::once(path).chain(std::iter::once("")).chain(steps);
    if let Some(field) = outside.find_map(|step| fields.get(step)) {
        return Some(field);
    }
    ['.', '['].into_iter().find_map(|step| {
        let start = format!("{path}{step}");
        let (found, field) = fields.range::<str, _>((Bound::Included(&*start), Bound::Unbounded)).next()?;
        found.starts_with(&start).then_some(*field)
    })
}

/// Returns true if two paths are equal, or one leads into the other.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let rest = long.strip_prefix(short);
    short.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use crate::content_store::FieldChange;

    use super::{BTreeMap, overlap, overlapping};

    #[test]
    fn the_changed_field_at_around_or_within_a_path_is_found() {
        let paths = ["a", "b.c", "b.d[1]", "ab.c"].map(|path| FieldChange {
            path: path.to_owned(),
            before: None,
            after: None,
        });
        let fields: BTreeMap<&str, &FieldChange> = paths.iter().map(|field| (&*field.path, field)).collect();
        let found = |path| overlapping(&fields, path).map(|field| &*field.path);
        let wanted = ["a", "a.x", "a[2].y", "b", "b.c", "b.d", "ab", "ab.c.d.e"];
        let expected = ["a", "a", "a", "b.c", "b.c", "b.d[1]", "ab.c", "ab.c"];
        assert_eq!(wanted.map(found), expected.map(Some));
        assert_eq!(["b.cc", "b.d[2]", "c", "ab.d"].map(found), [None; 4]);
        let whole = FieldChange { path: String::new(), before: None, after: None };
        assert!(overlapping(&BTreeMap::from([("", &whole)]), "a.b").is_some());
    }

    #[test]
    fn paths_overlap_if_one_leads_into_the_other() {
        assert!(overlap("a", "a") && overlap("", "a") && overlap("a.b", "a") && overlap("a", "a[2]"));
        assert!(!overlap("a", "ab") && !overlap("a.b", "a.c"));
    }
}

//! Blame: the event that set each part of a value.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::content_store::FieldChange;
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::event_store::Direction;
use crate::json::Json;
use crate::operations::Watch;

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
        let mut visit = |change: KeyChange| {
            // The newest change holds the value.
            let parts = parts.get_or_insert_with(|| {
                let parts = FieldChange::between(None, change.change.after.as_ref()).into_iter();
                let is_wanted = |part: &FieldChange| path.is_none_or(|path| overlap(&part.path, path));
                parts.filter(is_wanted).map(|part| (part, None)).collect()
            });
            let fields = change.change.fields();
            for (part, blamed) in parts.iter_mut().filter(|(_, blamed)| blamed.is_none()) {
                let Some(field) = fields.iter().find(|field| overlap(&field.path, &part.path)) else {
                    continue;
                };
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
        let mut visit = |change: KeyChange| {
            let mut fields = change.change.fields();
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

/// Returns true if two paths are equal, or one leads into the other.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let rest = long.strip_prefix(short);
    short.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn paths_overlap_if_one_leads_into_the_other() {
        assert!(overlap("a", "a") && overlap("", "a") && overlap("a.b", "a") && overlap("a", "a[2]"));
        assert!(!overlap("a", "ab") && !overlap("a.b", "a.c"));
    }
}

//! Redactions that come between the steps of a check, or were interrupted.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::audit::{AuditSubject, Outcome, REDACT};
use crate::content_store::Store;
use crate::error::Result;
use crate::event_store::Page;
use crate::operations::Watch;
use crate::operations::redact::TRIES;
use crate::space::SpaceId;

use super::Checking;
use super::damage::Damage;

/// The most audit entries searched for the interrupted redaction: few follow it.
const LOOK_BACK: usize = 100;

impl Checking<'_> {
    /// Checks a registered space, and again if fields of its events were erased meanwhile.
    pub(super) fn registered_as_one(&mut self, space_id: SpaceId, watch: &mut Watch<'_>) -> Result<()> {
        for _ in 0..TRIES {
            let (before, checked) = (self.redactions(space_id), self.checked.clone());
            // Read after the number of redactions: older counters would not fit the events.
            let Some(record) = self.store.events().spaces_of(&[space_id])?.pop() else { return Ok(()) };
            self.registered(&record, watch)?;
            if self.redactions(space_id) == before {
                return self.interrupted_redaction(space_id);
            }
            self.found.discard_current();
            self.checked = checked;
        }
        Ok(())
    }

    /// Returns the number of redactions. What cannot be read is reported otherwise.
    fn redactions(&self, space_id: SpaceId) -> u64 {
        self.store.events().redactions(Some(space_id)).unwrap_or_default()
    }

    /// Returns true if a redaction has started, so that projections and events may differ.
    pub(super) fn is_being_redacted(&self, space_id: SpaceId) -> bool {
        self.redactions(space_id) % 2 == 1
    }

    fn interrupted_redaction(&mut self, space_id: SpaceId) -> Result<()> {
        if self.is_being_redacted(space_id)
            && !self.is_worked_on(space_id)?
            && self.is_being_redacted(space_id)
        {
            let last = last_redaction(self.store, space_id).unwrap_or_default();
            self.found.add(last.unwrap_or(Damage::UnknownRedaction));
        }
        Ok(())
    }
}

/// Returns the last redaction that has not finished, as the audit log describes it.
fn last_redaction(store: &Store, space_id: SpaceId) -> Result<Option<Damage>> {
    let about = AuditSubject { space_ids: BTreeSet::from([space_id]), space_names: BTreeSet::default() };
    let last = store.audit_log().page(Some(&about), Page::backward(None, LOOK_BACK))?;
    let is_unfinished =
        |outcome| matches!(outcome, Outcome::Running | Outcome::Interrupted | Outcome::Failed);
    let found = last.iter().find(|entry| entry.action == REDACT && is_unfinished(entry.outcome));
    let parameters = found.and_then(|entry| entry.parameters.as_ref());
    Ok(parameters.and_then(|parameters| {
        let fields = parameters.get("fields")?.as_array()?;
        let fields: Vec<_> = fields.iter().filter_map(|field| field.as_str()).map(str::to_owned).collect();
        let entity_id = parameters.get("entity")?.as_str()?.to_owned();
        let purge = parameters.get("purge").and_then(Value::as_bool).unwrap_or_default();
        (!fields.is_empty()).then_some(Damage::LeftRedacting { entity_id, fields, purge })
    }))
}

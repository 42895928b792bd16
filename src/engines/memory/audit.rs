//! An audit log in memory.

use std::collections::{BTreeSet, HashSet};

use parking_lot::Mutex;
use serde_json::json;

use crate::error::Result;
use crate::event_store::{Direction, Page};
use crate::id::SpaceId;

use crate::audit::{
    AuditEnd, AuditEntry, AuditLog, AuditStart, AuditSubject, DELETE, Forgotten, OperationId, Outcome, REDACT,
};

/// An audit log in memory, gone when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryAuditLog(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    operations: Vec<AuditEntry>,
    forgotten: HashSet<SpaceId>,
}

impl AuditLog for MemoryAuditLog {
    fn begin(&self, start: &AuditStart) -> Result<OperationId> {
        let mut log = self.0.lock();
        let operation_id = OperationId(log.operations.len() as u64 + 1);
        let is_forgotten = start.action != DELETE && log.is_forgotten(start.space_id);
        log.operations.push(AuditEntry {
            operation_id,
            started_at: start.started_at,
            ended_at: None,
            operator: start.operator.clone(),
            action: start.action.clone(),
            space_id: start.space_id,
            space_name: start.space_name.clone(),
            parameters: (!is_forgotten).then(|| start.parameters.clone()),
            outcome: Outcome::Running,
            detail: None,
            forgotten: is_forgotten.then_some(Forgotten::Deleted),
        });
        Ok(operation_id)
    }

    fn end(&self, operation_id: OperationId, end: &AuditEnd) -> Result<()> {
        let mut log = self.0.lock();
        let is_forgotten = log.is_forgotten(end.space_id);
        let is_it = |operation: &&mut AuditEntry| {
            operation.operation_id == operation_id && operation.outcome == Outcome::Running
        };
        if let Some(operation) = log.operations.iter_mut().find(is_it) {
            operation.outcome = end.outcome;
            operation.space_id = end.space_id.or(operation.space_id);
            if operation.parameters.take_if(|_| is_forgotten).is_some() {
                operation.forgotten = Some(Forgotten::Deleted);
            }
            operation.detail = operation.parameters.is_some().then(|| end.detail.clone());
            operation.ended_at = Some(end.ended_at);
        }
        Ok(())
    }

    fn record(&self, start: &AuditStart, end: &AuditEnd) -> Result<OperationId> {
        let operation_id = self.begin(start)?;
        self.end(operation_id, end)?;
        Ok(operation_id)
    }

    fn page(&self, about: Option<&AuditSubject>, page: Page<OperationId>) -> Result<Vec<AuditEntry>> {
        let operations = &self.0.lock().operations;
        let wanted = |operation: &&AuditEntry| {
            about.is_none_or(|about| about.includes(operation))
                && page.after.is_none_or(|after| match page.direction {
                    Direction::Forward => operation.operation_id > after,
                    Direction::Backward => operation.operation_id < after,
                })
        };
        Ok(match page.direction {
            Direction::Forward => operations.iter().filter(wanted).take(page.limit).cloned().collect(),
            Direction::Backward => operations.iter().rev().filter(wanted).take(page.limit).cloned().collect(),
        })
    }

    fn names_of(&self, space_id: SpaceId) -> Result<BTreeSet<String>> {
        let operations = &self.0.lock().operations;
        let of_space = operations.iter().filter(|operation| operation.space_id == Some(space_id));
        Ok(of_space.filter_map(|operation| operation.space_name.clone()).collect())
    }

    fn spaces_named(&self, name: &str) -> Result<BTreeSet<SpaceId>> {
        let operations = &self.0.lock().operations;
        let named = operations.iter().filter(|operation| operation.space_name.as_deref() == Some(name));
        Ok(named.filter_map(|operation| operation.space_id).collect())
    }

    fn running(&self) -> Result<Vec<AuditEntry>> {
        let operations = &self.0.lock().operations;
        let is_running = |operation: &&AuditEntry| operation.outcome == Outcome::Running;
        Ok(operations.iter().filter(is_running).cloned().collect())
    }

    fn forget(&self, space_id: SpaceId, space_names: &BTreeSet<String>) -> Result<u64> {
        let mut log = self.0.lock();
        log.forgotten.insert(space_id);
        for operation in log.operations.iter_mut().filter(|one| has_details_of(one, space_id, space_names)) {
            forget(operation, Forgotten::Deleted);
        }
        Ok(log.residue(space_id, space_names))
    }

    fn forget_where(
        &self,
        space_id: SpaceId,
        space_names: &BTreeSet<String>,
        quotes: &dyn Fn(&str) -> bool,
    ) -> Result<u64> {
        let mut forgotten = 0;
        for operation in &mut self.0.lock().operations {
            let parameters = operation.parameters.as_ref().map(|parameters| json!(parameters).to_string());
            let is_quoted = [&parameters, &operation.detail].into_iter().flatten().any(|text| quotes(text));
            if operation.action != REDACT && has_details_of(operation, space_id, space_names) && is_quoted {
                forget(operation, Forgotten::Redacted);
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    fn residue(&self, space_id: SpaceId, space_names: &BTreeSet<String>) -> Result<u64> {
        Ok(self.0.lock().residue(space_id, space_names))
    }
}

impl Log {
    fn residue(&self, space_id: SpaceId, space_names: &BTreeSet<String>) -> u64 {
        self.operations.iter().filter(|one| has_details_of(one, space_id, space_names)).count() as u64
    }

    fn is_forgotten(&self, space_id: Option<SpaceId>) -> bool {
        space_id.is_some_and(|space_id| self.forgotten.contains(&space_id))
    }
}

fn forget(operation: &mut AuditEntry, reason: Forgotten) {
    (operation.parameters, operation.detail) = (None, None);
    operation.forgotten = Some(reason);
}

fn has_details_of(operation: &AuditEntry, space_id: SpaceId, space_names: &BTreeSet<String>) -> bool {
    let is_of_name = || operation.space_name.as_ref().is_some_and(|name| space_names.contains(name));
    operation.space_id.map_or_else(is_of_name, |of| of == space_id)
        && operation.action != DELETE
        && (operation.parameters.is_some() || operation.detail.is_some())
}

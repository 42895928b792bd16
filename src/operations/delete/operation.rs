//! The recorded form of [`delete`](super::delete), with a note if bytes of the space may remain elsewhere.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::audit::DELETE;
use crate::error::{Error, Result};
use crate::event_store::Slack;
use crate::masking::MaskedPath;
use crate::operations::export::size;
use crate::operations::operation::{FileAccess, Operation, OperationContext, Target, parameters, path_value};
use crate::operations::summary::{events, keys};
use crate::operations::{Phase, Phases, Report, Summary, Watch};
use crate::text::{counted, grouped};

use super::{DeleteOptions, Deleted, delete_with};

/// A delete of a space. It is planned by its [`Inventory`](super::Inventory).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeleteSpace {
    /// Rewrite the files afterwards, so that no byte of the space remains.
    pub purge: bool,
    /// The file to which the space is exported first.
    pub archive: Option<PathBuf>,
}

impl DeleteSpace {
    /// Returns true if it removes rows in this phase, so that cancelling it leaves the space closed.
    pub fn removes_in(&self, phase: Option<Phase>) -> bool {
        self.archive.is_none() || matches!(phase, Some(Phase::Delete | Phase::Purge))
    }
}

impl Operation for DeleteSpace {
    type Done = Deleted;
    type Error = Error;

    fn name(&self) -> &'static str {
        DELETE
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = parameters([("purge", self.purge.into())]);
        let archive = self.archive.as_deref();
        parameters.extend(archive.map(|archive| ("archive".to_owned(), path_value(archive))));
        parameters
    }

    fn phases(&self) -> Phases {
        match self.archive {
            Some(_) => Phases::of(&[Phase::Export, Phase::ReadBack, Phase::Delete]),
            None => Phases::ONE,
        }
    }

    fn if_cancelled(&self, phase: Option<Phase>) -> &'static str {
        match self.removes_in(phase) {
            true => "the space accepts no more events; delete it again to continue",
            false => "nothing is deleted",
        }
    }

    fn resolve(&mut self, files: &dyn FileAccess) -> Result<()> {
        if let Some(archive) = &mut self.archive {
            *archive = files.to_write(archive)?;
        }
        Ok(())
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Deleted> {
        let space_name = target.space_name().unwrap_or_default();
        let Self { purge, archive } = self.clone();
        let options = DeleteOptions { purge, archive, space_id: target.space_id() };
        delete_with(context.store, context.apps, space_name, options, watch)
    }

    fn summary(&self, done: &Deleted) -> Summary {
        done.into()
    }

    fn report(&self, done: &Deleted) -> Report {
        let Deleted { proof, archived, purged, .. } = done;
        let mut notes = Vec::new();
        if let (Some(archived), Some(path)) = (archived, &self.archive) {
            notes.push(format!("archived to {}: {}, verified row by row", path.shown(), size(archived)));
        }
        let tables: Vec<String> =
            proof.tables.iter().map(|(table, rows)| format!("{table} {}", grouped(*rows))).collect();
        notes.push(format!("rows left: {}", tables.join(", ")));
        notes.extend(proof.warnings());
        if let Some(Slack { free_pages, log_bytes }) = proof.slack {
            let pages = counted(free_pages, "free page", "free pages");
            let log = counted(log_bytes, "byte", "bytes");
            notes.push(format!("left in the file: {pages}, {log} in its WAL"));
        }
        notes.extend(proof.remains(self.purge, *purged));
        Report { notes, ..Report::of(self.summary(done)) }
    }
}

impl From<&Deleted> for Summary {
    fn from(done: &Deleted) -> Self {
        let is_all = done.purged && done.proof.capabilities.beyond_purge.is_empty();
        let left = if is_all { "byte" } else { "row" };
        let (removed, kept) = (events(done.inventory.events), done.inventory.entities.map(keys));
        let removed = match (done.inventory.partly_removed, kept) {
            (false, Some(kept)) => format!("{removed} and {kept} removed"),
            (false, None) => format!("{removed} removed"),
            (true, _) => format!("the rest ({removed}) removed"),
        };
        Self::done(format!("{removed}; no {left} is left"))
    }
}

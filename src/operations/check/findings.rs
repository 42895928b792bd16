//! Collecting the findings of a check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::content_store::Store;
use crate::error::{CommandError, Error, OpenError, Remedy, Result, StoreError};
use crate::event_store::RepairedNumber;
use crate::operations::FindingText;
use crate::space::SpaceId;
use crate::subscriptions::SubscriptionId;

use super::damage::Damage;
use super::fault::Fault;

/// The most findings kept, as a broken file may have a million.
const MOST: usize = 1000;

/// One finding of a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The space's name, or its id if it has no name; none for a finding about the whole file.
    pub space: Option<String>,
    /// The name of the projection, for a finding about one.
    pub projection: Option<String>,
    /// The problem.
    pub fault: Fault,
    /// The operation that repairs it, given all other findings.
    pub remedy: Remedy,
}

impl Finding {
    /// Describes the problem: the subject, with the projection unless it is the one that every app has, and what is wrong
    /// with it.
    pub fn words(&self) -> Vec<FindingText> {
        match (&self.fault, self.projection.as_deref()) {
            (fault, None) => fault.words(),
            (Fault::Differs(difference), Some(projection)) => difference.words_in(projection),
            (fault, Some(projection)) => {
                fault.words().into_iter().map(|words| words.of_projection(projection)).collect()
            }
        }
    }
}

/// One task of a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// All rows and indexes. First, since other repairs could write to a page in use that is listed as free.
    Rewrite,
    /// The ids of spaces, on which the other repairs depend.
    SpaceIds,
    /// Idempotency keys that their checksums tell.
    Keys,
    /// The names of the space's event types.
    Types(SpaceId),
    Head(SpaceId),
    Index(SpaceId),
    /// Projection rows that belong to no space.
    Orphans(SpaceId),
    /// A projection of the space that no reader sees.
    Leftover(SpaceId, i64),
    Strays,
    Subscriptions,
    /// The lease of a subscription.
    Lease(SubscriptionId),
    Causes,
    /// Numbers out of range that nothing depends on.
    Ranges,
    Numbers,
    /// The count of redactions of the space.
    Redaction(SpaceId),
}

/// The projection that new findings are about.
#[derive(Debug, Clone)]
struct OfProjection {
    name: String,
    /// True if a rebuild replaces it. One that its app does not declare can only be removed.
    is_rebuilt: bool,
}

/// The findings so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) more: u64,
    /// The index of the first finding of lost data, which is always kept: a backup is refused for it.
    loss: Option<usize>,
    /// Harmless findings worth knowing.
    pub(super) notes: Vec<Finding>,
    pub(super) tasks: BTreeSet<Task>,
    /// The names that event types of the spaces had, for their repair.
    pub(super) types: BTreeMap<SpaceId, Vec<String>>,
    /// True if the projections have their own file and it is damaged: no rebuild can write to it.
    pub(super) projections_damaged: bool,
    /// True if the pages of the events file are damaged: nothing that writes to it repairs it.
    events_damaged: bool,
    /// True if the events file holds the projections too.
    is_shared: bool,
    /// The file, if the Elixir original wrote it, so that nothing here can repair it.
    original: Option<PathBuf>,
    /// The space that new findings are about.
    space: Option<(SpaceId, String)>,
    projection: Option<OfProjection>,
    /// The projections of the space that a later version of its app built, which no rebuild of this program replaces.
    pub(super) newer: BTreeSet<&'static str>,
    /// Set if this program lacks the app of the space, and so cannot rebuild its projections: the app that the space names.
    pub(super) unknown_app: Option<Option<String>>,
    before: Option<(usize, u64, usize)>,
}

impl Found {
    /// Creates a collection without findings for a store.
    pub(super) fn of(store: &Store) -> Self {
        let files = store.location().filter(|_| store.is_original());
        let original = files.map(|files| files.database.clone());
        Self { is_shared: store.is_shared(), original, ..Self::default() }
    }

    /// Relates the following findings to this space.
    pub(super) fn begin(&mut self, space_id: SpaceId, name: String) {
        self.space = Some((space_id, name));
        self.newer.clear();
        self.unknown_app = None;
        self.before = Some((self.findings.len(), self.more, self.notes.len()));
    }

    /// Relates the following findings to the whole file.
    pub(super) fn end(&mut self) {
        self.space = None;
        self.newer.clear();
        self.unknown_app = None;
    }

    /// Relates the following findings to this projection of the space, which a rebuild replaces or not.
    pub(super) fn begin_projection(&mut self, name: String, is_rebuilt: bool) {
        self.projection = Some(OfProjection { name, is_rebuilt });
    }

    /// Relates the following findings to no projection.
    pub(super) fn end_projection(&mut self) {
        self.projection = None;
    }

    /// Discards the findings about the current space, because it is being deleted.
    pub(super) fn discard_current(&mut self) {
        let (Some((space_id, _)), Some((kept, more, notes))) = (&self.space, self.before) else { return };
        self.findings.truncate(kept);
        self.loss = self.loss.filter(|loss| *loss < kept);
        self.notes.truncate(notes);
        self.more = more;
        self.tasks.retain(|task| task.space_id() != Some(*space_id));
    }

    /// Adds a problem that has only one remedy.
    pub(super) fn add(&mut self, damage: Damage) {
        self.add_fault(Fault::Damaged(damage));
    }

    pub(super) fn add_fault(&mut self, fault: Fault) {
        let remedy = fault.remedy();
        self.add_with(fault, remedy);
    }

    /// Adds a finding with the remedy that fits here.
    pub(super) fn add_with(&mut self, fault: Fault, remedy: Remedy) {
        if let Some(task) = self.task(&fault) {
            self.tasks.insert(task);
        }
        self.keep(fault, remedy);
    }

    /// Adds a problem that no repair solves, since more is lost than it could derive.
    pub(super) fn add_lost(&mut self, damage: Damage) {
        self.keep(Fault::Damaged(damage), Remedy::Restore);
    }

    /// Adds rows without a space that a repair gives back to theirs.
    pub(super) fn add_moved(&mut self, damage: Damage) {
        self.tasks.extend([Task::SpaceIds, Task::Keys]);
        self.keep(Fault::Damaged(damage), Remedy::Check { deep: false, repair: true });
    }

    fn keep(&mut self, fault: Fault, remedy: Remedy) {
        self.projections_damaged |= remedy == Remedy::NewProjections;
        self.events_damaged |= matches!(fault, Fault::Damaged(Damage::Engine { is_derived: false, .. }))
            && remedy == Remedy::Restore;
        let remedy = self.possible(remedy);
        let is_first_loss = remedy == Remedy::Restore && self.loss.is_none();
        if self.findings.len() < MOST || is_first_loss {
            if is_first_loss {
                self.loss = Some(self.findings.len());
            }
            let finding = self.finding(fault, remedy);
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// Adds a harmless finding about the current space.
    pub(super) fn note(&mut self, fault: Fault) {
        if let Some(task) = self.task(&fault) {
            self.tasks.insert(task);
        }
        if self.notes.len() < MOST {
            let finding = self.finding(fault, Remedy::Nothing);
            self.notes.push(finding);
        }
    }

    /// Replaces a rebuild where it would not help.
    fn possible(&self, remedy: Remedy) -> Remedy {
        match (&remedy, &self.projection) {
            (
                Remedy::Rebuild { .. }
                | Remedy::RebuildProjection { .. }
                | Remedy::RemoveProjection { .. }
                | Remedy::Check { repair: true, .. },
                _,
            ) if let Some(path) = &self.original => Remedy::ImportOriginal { path: path.clone() },
            // Nothing can write to a damaged file.
            (
                Remedy::Rebuild { .. } | Remedy::RebuildProjection { .. } | Remedy::RemoveProjection { .. },
                _,
            ) if self.events_damaged && self.is_shared => Remedy::Restore,
            (Remedy::Check { repair: true, .. }, _) if self.events_damaged => Remedy::Restore,
            (
                Remedy::Rebuild { skip_errors: false } | Remedy::RebuildProjection { skip_errors: false, .. },
                _,
            ) if self.projections_damaged => Remedy::NewProjections,
            (Remedy::Rebuild { .. } | Remedy::RebuildProjection { .. }, _)
                if let Some(app) = &self.unknown_app =>
            {
                Remedy::ProgramWithApp { app: app.clone() }
            }
            (Remedy::Rebuild { .. }, Some(OfProjection { name, is_rebuilt: false })) => {
                Remedy::RemoveProjection { projection: name.clone() }
            }
            (_, projection) => {
                let projection = projection.as_ref().map(|one| one.name.as_str());
                remedy.beside_newer(projection, self.newer.iter().copied())
            }
        }
    }

    /// Returns the projections of the space that cannot be read, according to the findings.
    pub(super) fn unreadable_projections(&self) -> BTreeSet<String> {
        let of_space = self.before.and_then(|(first, ..)| self.findings.get(first..)).unwrap_or_default();
        let is_unreadable =
            |finding: &&Finding| matches!(finding.fault, Fault::Damaged(Damage::Unreadable { .. }));
        of_space.iter().filter(is_unreadable).filter_map(|finding| finding.projection.clone()).collect()
    }

    fn finding(&self, fault: Fault, remedy: Remedy) -> Finding {
        let space = self.space.as_ref().map(|(_, name)| name.clone());
        let projection = self.projection.as_ref().filter(|_| !fault.is_of_log());
        Finding { space, projection: projection.map(|projection| projection.name.clone()), fault, remedy }
    }

    fn task(&self, fault: &Fault) -> Option<Task> {
        use crate::operations::Difference;
        if let Fault::Damaged(Damage::NoProjection { .. }) = fault {
            return Some(Task::Strays);
        }
        if let Fault::Damaged(Damage::IdempotencyKeys { is_lost: false, .. }) = fault {
            return Some(Task::Keys);
        }
        if let Fault::Damaged(Damage::SpaceId { id: Some(_), .. } | Damage::RegistryColumn { .. }) = fault {
            return Some(Task::SpaceIds);
        }
        if let Fault::Damaged(
            Damage::NoSubscription { .. }
            | Damage::SubscriptionColumn { .. }
            | Damage::SubscriptionRow { .. }
            | Damage::SubscriptionAhead { .. }
            | Damage::SubscriptionCount { .. },
        ) = fault
        {
            return Some(Task::Subscriptions);
        }
        if matches!(fault, Fault::Damaged(Damage::Subscription { subscription, .. }) if subscription.contains('\0'))
        {
            return Some(Task::Subscriptions);
        }
        if let Fault::Damaged(Damage::SubscriptionLease { subscription_id, .. }) = fault {
            return Some(Task::Lease(*subscription_id));
        }
        if matches!(fault, Fault::Damaged(damage) if damage.is_of_subscriptions()) {
            return Some(Task::Subscriptions);
        }
        if let Fault::Damaged(Damage::Engine { is_derived: true, .. }) = fault {
            return Some(Task::Rewrite);
        }
        if let Fault::Damaged(Damage::CauseIndex { .. } | Damage::CausesNotIndexed { .. }) = fault {
            return Some(Task::Causes);
        }
        if let Fault::Damaged(Damage::Numbers { .. }) = fault {
            return Some(Task::Numbers);
        }
        if let Fault::Damaged(Damage::OutOfRange { repaired, .. }) = fault
            && *repaired != RepairedNumber::Lost
        {
            return Some(Task::Ranges);
        }
        if let (Fault::Damaged(Damage::NoSpace { table, .. }), None) = (fault, &self.space)
            && table.starts_with("projection")
        {
            return Some(Task::Strays);
        }
        let (space_id, _) = *self.space.as_ref()?;
        match fault {
            Fault::Damaged(Damage::NoCounters | Damage::Counter { .. }) => Some(Task::Head(space_id)),
            Fault::Damaged(Damage::ShardEnd { committed, stored }) if stored >= committed => {
                Some(Task::Head(space_id))
            }
            Fault::Damaged(Damage::EventType { .. }) => Some(Task::Types(space_id)),
            Fault::Damaged(Damage::UnknownRedaction) => Some(Task::Redaction(space_id)),
            Fault::Damaged(Damage::Unreadable {
                by: Remedy::Check { deep: false, repair: true }, ..
            }) => Some(Task::Head(space_id)),
            Fault::Damaged(Damage::EntityIndex { .. }) => Some(Task::Index(space_id)),
            Fault::Damaged(Damage::NoSpace { table, .. }) if table.starts_with("entity_") => {
                Some(Task::Index(space_id))
            }
            Fault::Damaged(Damage::NoSpace { table, .. }) if table == "event_causes" => Some(Task::Causes),
            Fault::Damaged(Damage::NoSpace { table, .. }) if table.starts_with("projection") => {
                Some(Task::Orphans(space_id))
            }
            Fault::Differs(Difference::Leftover { number } | Difference::Unreachable { number }) => {
                Some(Task::Leftover(space_id, *number))
            }
            _ => None,
        }
    }

    /// Returns the result of a step, or none if it failed because of damage, which becomes a finding, or
    /// because the space was deleted meanwhile.
    pub(super) fn attempt<T>(
        &mut self,
        what: &'static str,
        by: Remedy,
        result: Result<T>,
    ) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(
                Error::Store(
                    StoreError::Corrupt { detail }
                    | StoreError::ProjectionsCorrupt { detail }
                    | StoreError::Unreadable { detail },
                )
                | Error::Open(OpenError::DamagedOriginal { detail, .. }),
            ) => {
                self.add(Damage::Unreadable { what, detail, by });
                Ok(None)
            }
            Err(Error::Store(
                StoreError::UnknownSpace { .. }
                // Reported with the space.
                | StoreError::SpaceDamaged { .. }
                | StoreError::SpaceDeleting { .. }
                | StoreError::SpaceImporting { .. }
                | StoreError::SpaceForking { .. },
            ))
            | Err(Error::Command(CommandError::UnknownApp { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Task {
    fn space_id(self) -> Option<SpaceId> {
        match self {
            Self::Types(space_id)
            | Self::Head(space_id)
            | Self::Index(space_id)
            | Self::Orphans(space_id)
            | Self::Leftover(space_id, _)
            | Self::Redaction(space_id) => Some(space_id),
            Self::SpaceIds
            | Self::Keys
            | Self::Strays
            | Self::Subscriptions
            | Self::Lease(_)
            | Self::Causes
            | Self::Ranges
            | Self::Numbers
            | Self::Rewrite => None,
        }
    }
}

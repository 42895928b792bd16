//! Importing into a temporary database: to foretell an import, and to export from a file of the original.

use serde::Serialize;
use tempfile::TempDir;

use crate::content_store::{Apps, Store};
use crate::error::{ImportError, OpenError, Result, StoreError};
use crate::event::SpaceSequence;
use crate::operations::Watch;
use crate::space::Space;
use crate::sqlite::{Location, OpenOptions, Sync};
use crate::timestamp::Timestamp;

use super::plan::{PlanTarget, Planned};
use super::{
    ImportedOriginal, ImportedOriginalSpace, Importing, Original, OriginalComparison, OriginalFiles,
    OriginalPlan, PlannedSpace, RefusedSpace, SpaceFate,
};

/// The most events of a space that are listed because they cannot be applied; all are counted.
const LISTED: usize = 1000;

/// The findings of importing a space into a temporary database.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OriginalTrial {
    /// The number of keys in its new projections.
    pub keys: u64,
    /// The number of events of types unknown to the app.
    pub unknown: u64,
    /// The number of events that cannot be applied, and that the projections skip.
    pub unapplied: u64,
    /// The first of them.
    pub unapplied_events: Vec<UnappliedEvent>,
    /// The comparison with the original's projection; none without a known app, or if the original has no entries.
    pub comparison: Option<OriginalComparison>,
    /// The time of the last event if it is ahead of the clock.
    #[serde(skip)]
    pub ahead_of_clock: Option<Timestamp>,
}

/// An event that the app of its space cannot apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnappliedEvent {
    /// The sequence that it gets.
    pub space_sequence: SpaceSequence,
    /// The reason.
    pub reason: String,
}

/// A database with spaces of the original, removed when it is dropped.
struct TemporaryDatabase {
    store: Store,
    /// Removed after the store is closed.
    _directory: TempDir,
}

impl TemporaryDatabase {
    fn create() -> Result<Self> {
        let directory = tempfile::tempdir().map_err(|error| OpenError::TemporaryDirectory {
            directory: std::env::temp_dir(),
            reason: format!("no temporary database can be created: {error}"),
        })?;
        let location = Location::file(directory.path().join("import.db"));
        let options = OpenOptions { sync: Sync::Normal, ..OpenOptions::default() };
        Ok(Self { store: Store::open_or_create(&location, options)?, _directory: directory })
    }

    fn importing<'a>(
        &'a self,
        original: &'a Original,
        apps: &'a Apps,
        planned: &'a Planned,
    ) -> Importing<'a> {
        Importing { store: &self.store, apps, original, planned }
    }
}

/// Says what an import of a file of the original would do and find, by importing it into a temporary database.
///
/// # Errors
/// As [`import_original`](super::import_original()), except that names that are taken are part of the plan.
pub fn try_original(
    store: Option<&Store>,
    apps: &Apps,
    files: &OriginalFiles,
    watch: &mut Watch<'_>,
) -> Result<OriginalPlan> {
    let original = Original::open(files)?;
    let mut plan = OriginalPlan::default();
    original.source.snapshot(&mut || {
        let target = PlanTarget { store, apps, only: None };
        let planned = Planned::read(&original, target, true, watch)?;
        plan = planned.plan.clone();
        let planned = planned.into_untried();
        let temporary = TemporaryDatabase::create()?;
        let tried = temporary.importing(&original, apps, &planned).run(watch)?;
        plan.note(tried);
        Ok(())
    })?;
    Ok(plan)
}

/// Imports one space of an open file of the original into a temporary database, and reads it there.
pub(in crate::operations) fn in_temporary_database<T>(
    files: &Location,
    apps: &Apps,
    space: &Space,
    watch: &mut Watch<'_>,
    read: &mut dyn FnMut(&Store, &Space, &mut Watch<'_>) -> Result<T>,
) -> Result<T> {
    let files = OriginalFiles { events: files.database.clone(), projections: files.projections.clone() };
    let original = Original::open(&files)?;
    let temporary = TemporaryDatabase::create()?;
    let mut imported = None;
    original.source.snapshot(&mut || {
        let only = Some(i64::from(space.space_id.0));
        let planned = Planned::read(&original, PlanTarget { store: None, apps, only }, false, watch)?;
        let importing = temporary.importing(&original, apps, &planned);
        if let Some(RefusedSpace { event_id, reason, .. }) = planned.plan.refused().next() {
            return Err(ImportError::OriginalEvent { event_id: event_id.unwrap_or(0), reason }.into());
        }
        imported = importing.fill(watch)?.pop();
        Ok(())
    })?;
    let imported = imported.ok_or_else(|| StoreError::unknown_space(&space.space_name))?;
    read(&temporary.store, &imported.space, watch)
}

impl OriginalPlan {
    /// Notes the findings of a trial.
    fn note(&mut self, tried: ImportedOriginal) {
        for one in tried.spaces {
            let is_it = |space: &&mut PlannedSpace| space.original_space_id == one.original_space_id;
            if let Some(space) = self.spaces.iter_mut().find(is_it) {
                space.trial = Some(OriginalTrial::of(one));
            }
        }
    }
}

impl Planned {
    /// Returns what is left to try: the spaces that are to be imported, as if none were there.
    fn into_untried(mut self) -> Self {
        self.plan.spaces.retain(|space| matches!(space.fate, SpaceFate::New | SpaceFate::Unfinished));
        self
    }
}

impl OriginalTrial {
    fn of(imported: ImportedOriginalSpace) -> Self {
        let ImportedOriginalSpace { keys, unknown, skipped, comparison, ahead_of_clock, .. } = imported;
        let unapplied = skipped.len() as u64;
        let listed = skipped.into_iter().take(LISTED);
        let unapplied_events = listed
            .map(|skipped| UnappliedEvent { space_sequence: skipped.space_sequence, reason: skipped.reason })
            .collect();
        Self { keys, unknown, unapplied, unapplied_events, comparison, ahead_of_clock }
    }

    /// Returns true if the import would report something that needs attention.
    pub(super) fn found(&self) -> bool {
        self.unapplied > 0 || self.comparison.as_ref().is_some_and(|comparison| comparison.count > 0)
    }
}

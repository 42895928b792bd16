//! Importing a file of the Elixir original.
//!
//! Each space is created closed, filled in short transactions and opened by the last one, as with other imports. Its
//! metadata names the space that it comes from, so that the same import, run again after it was stopped, passes over the
//! spaces that are complete and starts again with those that are not. The original is only read, in one snapshot.
//!
//! Spaces [take turns](schedule) where an event of one caused an event of another, and are opened together.
//!
//! # What changes on the way
//!
//! - Events keep their times, entities, types, payloads, correlations and causes, and their ids as far as those are free.
//! - Sequences become 1, 2, 3 … in the order of the stored sequences, or of the ids if sequences are missing or occur
//!   twice.
//! - Payloads are in the [JSON form](crate::engines::elixir::term) of their terms, from which the terms can be read back. A
//!   payload that cannot be read, or whose JSON form is too long, becomes `{"$term": …}` with its bytes in base64.
//! - Whatever else an event cannot have is in its metadata, in the object `origin`, under the name of its column.
//! - Projections are built from the events by the app of the space, and then compared with those of the original. Events
//!   that cannot be applied are skipped and listed. A space without a known app keeps the original's own entries.
//! - Events of a space that is not registered, because it was deleted, become the space `orphan-ID`. Entries of a space
//!   without events stay in the original, and are reported as [leftovers](OriginalLeftovers).

mod causes;
mod compare;
mod convert;
mod filling;
mod moving;
mod operation;
mod plan;
mod reading;
mod result;
mod schedule;
mod text;
mod times;
mod trial;

use std::path::{Path, PathBuf};

use tracing::{info, info_span};

use crate::content_store::{Apps, Store};
pub use crate::engines::elixir::{DeletedSpace, OriginalLeftovers};
use crate::engines::elixir::{OriginalSource, damage_in};
use crate::error::{Error, ImportError, OpenError, Result};
use crate::event_store::Page;
use crate::masking::MaskedPath;
use crate::pstate::{Entries, Entry, PState, ProjectionId};
use crate::space::SpaceId;
use crate::sqlite::{Location, OpenOptions};

use super::{Watch, keep_going};
use compare::Keys;
use filling::{Declared, Filling};
use plan::{PlanTarget, Planned};

pub use compare::OriginalComparison;
pub use operation::ImportOriginal;
pub use plan::{OriginalPlan, PlannedSpace, SpaceFate, UnreadableEvent};
pub use result::{ImportedOriginal, ImportedOriginalSpace, PassedOver, RefusedSpace};
pub use times::NewTimes;
pub(super) use trial::in_temporary_database;
pub use trial::{OriginalTrial, UnappliedEvent, try_original};

/// The files of the original: one, or two if the projections are in their own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OriginalFiles {
    /// The file with the events.
    pub events: PathBuf,
    /// The file with the projections.
    pub projections: Option<PathBuf>,
}

/// The open files of the original.
struct Original {
    store: Store,
    source: OriginalSource,
    name: String,
}

impl Original {
    fn open(files: &OriginalFiles) -> Result<Self> {
        let location = Location { database: files.events.clone(), projections: files.projections.clone() };
        let options = OpenOptions { read_only: true, ..OpenOptions::default() };
        let not_its = || Error::from(ImportError::NotOriginal { path: files.events.clone() });
        let store = Store::open(&location, options).map_err(|error| match error {
            Error::Open(OpenError::Foreign { .. }) => not_its(),
            Error::Open(OpenError::HoldsNoEvents { path }) => ImportError::OnlyProjections { path }.into(),
            Error::Open(OpenError::Missing { path }) => {
                OpenError::MissingOriginal { path, is_of_projections: false }.into()
            }
            error => error,
        })?;
        let source = store.original_source().ok_or_else(not_its)?;
        let name =
            files.events.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Ok(Self { store, source, name })
    }

    /// Returns the entries of a space's projection, if its id is in range.
    fn entries(&self, space_id: i64) -> Option<OriginalEntries<'_>> {
        let projection = ProjectionId::from(SpaceId(u32::try_from(space_id).ok()?));
        let location = self.store.location()?;
        let path = location.projections.as_deref().unwrap_or(&location.database);
        Some(OriginalEntries { entries: (self.store.pstate(), projection), path })
    }
}

/// The entries of a projection of the original, with errors of damage that name the file.
struct OriginalEntries<'a> {
    entries: (&'a dyn PState, ProjectionId<'static>),
    path: &'a Path,
}

impl Entries for OriginalEntries<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.entries.get(key).map_err(|error| damage_in(self.path, error))
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.entries.scan(prefix, page).map_err(|error| damage_in(self.path, error))
    }
}

/// Says what an import of a file of the original would do with each event. Reads the whole file, and changes nothing.
/// [`try_original`] also says what becomes of the projections.
///
/// # Errors
/// [`ImportError::NotOriginal`]; [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks.
pub fn plan_original(
    store: Option<&Store>,
    apps: &Apps,
    files: &OriginalFiles,
    watch: &mut Watch<'_>,
) -> Result<OriginalPlan> {
    plan(PlanTarget { store, apps, only: None }, files, true, watch)
}

/// As [`plan_original`], without reading the payloads: those that cannot be read are not listed.
pub fn plan_original_numbers(
    store: Option<&Store>,
    apps: &Apps,
    files: &OriginalFiles,
) -> Result<OriginalPlan> {
    plan(PlanTarget { store, apps, only: None }, files, false, &mut keep_going)
}

fn plan(
    target: PlanTarget<'_>,
    files: &OriginalFiles,
    is_whole: bool,
    watch: &mut Watch<'_>,
) -> Result<OriginalPlan> {
    let original = Original::open(files)?;
    let mut planned = None;
    original.source.snapshot(&mut || {
        planned = Some(Planned::read(&original, target, is_whole, watch)?);
        Ok(())
    })?;
    Ok(planned.map(|planned| planned.plan).unwrap_or_default())
}

/// Checks that the original wrote the files.
///
/// # Errors
/// [`ImportError::NotOriginal`]; those of opening a store.
pub fn check_original(files: &OriginalFiles) -> Result<()> {
    Original::open(files).map(drop)
}

/// Imports a file of the original. Spaces that were imported before are passed over.
///
/// Nothing is recorded in the audit log. Run [`ImportOriginal`] to record it.
///
/// # Errors
/// [`StoreError::ReadOnly`](crate::StoreError::ReadOnly);
/// [`StoreError::WrittenByOriginal`](crate::StoreError::WrittenByOriginal); [`ImportError::NotOriginal`];
/// [`ImportError::NamesTaken`], before anything is imported;
/// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks. Complete spaces then stay, and
/// incomplete ones are removed, if possible.
pub fn import_original(
    store: &Store,
    apps: &Apps,
    files: &OriginalFiles,
    watch: &mut Watch<'_>,
) -> Result<ImportedOriginal> {
    let _span = info_span!("import_original", file = %files.events.shown()).entered();
    store.check_writable()?;
    let original = Original::open(files)?;
    let mut imported = ImportedOriginal::default();
    // One snapshot, so that a cause is found even while the original appends.
    original.source.snapshot(&mut || {
        let target = PlanTarget { store: Some(store), apps, only: None };
        let planned = Planned::read(&original, target, false, watch)?;
        planned.plan.check_names()?;
        let importing = Importing { store, apps, original: &original, planned: &planned };
        imported = importing.run(watch)?;
        imported.leftovers = planned.plan.leftovers.clone();
        Ok(())
    })?;
    info!(spaces = imported.spaces.len(), events = imported.events(), "imported");
    Ok(imported)
}

/// An import under way.
#[derive(Clone, Copy)]
struct Importing<'a> {
    store: &'a Store,
    apps: &'a Apps,
    original: &'a Original,
    planned: &'a Planned,
}

impl Importing<'_> {
    fn run(self, watch: &mut Watch<'_>) -> Result<ImportedOriginal> {
        let mut imported = ImportedOriginal::default();
        let before = self.planned.plan.spaces.iter().filter_map(|space| {
            let added = space.added_since()?;
            Some(PassedOver { space_name: space.space_name.clone(), added })
        });
        imported.already = before.collect();
        imported.refused = self.planned.plan.refused().collect();
        imported.spaces = self.fill(watch)?;
        let total = imported.keys();
        let mut before = 0;
        for space in &mut imported.spaces {
            let keys = Keys { before, total };
            space.comparison = compare::compare_space(self.store, self.original, space, keys, watch)?;
            before += space.keys;
        }
        Ok(imported)
    }

    /// Imports the spaces, without a comparison.
    fn fill(self, watch: &mut Watch<'_>) -> Result<Vec<ImportedOriginalSpace>> {
        let declared = Declared::by(self.apps, &self.planned.plan)?;
        Filling::begin(self, &declared)?.run(watch)
    }
}

impl From<&Path> for OriginalFiles {
    fn from(events: &Path) -> Self {
        Self { events: events.to_owned(), projections: None }
    }
}

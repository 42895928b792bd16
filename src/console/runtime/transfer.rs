//! Exports and imports as jobs.

use std::path::Path;

use serde_json::Map;

use crate::console::panes::jobs::job::Report;
use crate::content_store::Store;
use crate::error::{Result, StoreError};
use crate::operations::{
    self, Action, Exported, ImportFile, ImportOptions, Imported, Spool, Told, Watch, logged,
};
use crate::space::SpaceId;

use crate::console::runtime::job::Desk;
use crate::console::runtime::report;

/// Exports the space to a file.
pub(super) fn export(
    store: &Store,
    space_id: SpaceId,
    path: &Path,
    replace: bool,
    watch: &mut Watch<'_>,
) -> Result<Exported> {
    let unknown = || StoreError::unknown_space(space_id);
    let record = store.events().space(space_id)?.ok_or_else(unknown)?;
    operations::export_to_file(store, &record.space.space_name, path, replace, watch)
}

/// Imports a file as a space. The entry in the audit log starts only after the file was checked, because the
/// file names the space.
pub(super) fn import(
    desk: Desk<'_>,
    named: &Path,
    into: Option<&String>,
    watch: &mut Watch<'_>,
) -> Result<Report> {
    let mut own_name = None;
    let checked = desk.places.open(named).and_then(|mut file| {
        own_name = file.announced().ok().map(|header| header.space_name);
        file.check(watch).map(|_| file)
    });
    let action = match into.or(own_name.as_ref()) {
        Some(name) => Action::on_name("import", name),
        None => Action::on_file("import"),
    };
    let parameters = Map::from_iter([("file".to_owned(), desk.places.written_down(named))]);
    let work = || fill(desk.store, checked?, into, watch);
    logged(desk.store, action, parameters, work, |done| Told::from(done)).map(|done| report::imported(&done))
}

fn fill(
    store: &Store,
    mut file: ImportFile<Spool>,
    into: Option<&String>,
    watch: &mut Watch<'_>,
) -> Result<Imported> {
    operations::import(store, &mut file, &ImportOptions { into: into.cloned() }, watch)
}

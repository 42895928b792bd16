//! The form for backing up the database.

use std::path::PathBuf;

use crate::console::app::effect::Effects;
use crate::console::app::state::State;
use crate::console::layers::confirm::plan;
use crate::console::layers::form::state::{Field, FieldInput, FormPreview, FormPurpose};
use crate::console::layers::form::transfer::{FILE, existing, replaces, text, value};
use crate::console::layers::form::update::form;
use crate::console::layers::form::{sending, update};
use crate::console::panes::jobs;
use crate::console::widgets::input::TextInput;
use crate::content_store::Location;
use crate::operations::{AnyOperation, Backup};

const PROJECTIONS: &str = "projections_file";

/// Opens the form.
pub(crate) fn open_backup(state: &mut State, effects: &mut Effects) {
    let named = |name: &'static str, label: &'static str, proposed: &str| Field {
        input: FieldInput::Text(TextInput::line().with(proposed)),
        ..text(name, label, "beside the database, or a full path", true)
    };
    let mut fields = vec![named(FILE, "File", "backup.db")];
    if state.database.files > 1 {
        fields.push(named(PROJECTIONS, "Projections file", "backup-projections.db"));
    }
    fields.push(existing());
    let summary = "Copies the database while it is in use, and checks the copy";
    update::open(state, FormPurpose::Backup, "Back up", summary, fields);
    sending::preview(state, effects);
}

/// Shows the plan of the backup.
pub(crate) fn preview(state: &mut State) {
    let Some(operation) = operation(state) else { return };
    let words = plan(state, &operation, &[], &[]);
    if let Some(form) = form(state) {
        form.preview = FormPreview::Words(words);
        form.fields.iter_mut().for_each(|field| field.error = None);
    }
}

/// Returns the files of the backup, and true if they may replace existing ones.
pub(crate) fn places(fields: &[Field]) -> (Vec<PathBuf>, bool) {
    let Location { database, projections } = target(fields);
    (std::iter::once(database).chain(projections).collect(), replaces(fields))
}

/// Queues the backup and closes the form.
pub(crate) fn begin_job(state: &mut State, effects: &mut Effects) {
    let Some(operation) = operation(state) else { return };
    let AnyOperation::Backup(Backup { target, .. }) = &operation else { return };
    let about = target.database.display().to_string();
    update::close(state);
    jobs::queue_on_file(state, operation, &about, effects);
}

fn operation(state: &State) -> Option<AnyOperation> {
    let form = update::shown(state)?;
    matches!(form.purpose, FormPurpose::Backup).then(|| {
        AnyOperation::Backup(Backup { target: target(&form.fields), replace: replaces(&form.fields) })
    })
}

fn target(fields: &[Field]) -> Location {
    let projections = Some(value(fields, PROJECTIONS)).filter(|name| !name.is_empty());
    Location { database: value(fields, FILE).into(), projections: projections.map(PathBuf::from) }
}

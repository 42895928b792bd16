//! The form for backing up the database.

use std::path::PathBuf;

use crate::console::state::{Field, FieldInput, FormPreview, FormPurpose, JobKind, State, TextInput};
use crate::content_store::Location;

use super::forms::{self, form};
use super::transfer::{FILE, existing, replaces, text, value};
use super::{Effects, form_sending, jobs, plan};

const PROJECTIONS: &str = "projections_file";

/// Opens the form.
pub(super) fn begin(state: &mut State, effects: &mut Effects) {
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
    forms::open(state, FormPurpose::Backup, "Back up", summary, fields);
    form_sending::preview(state, effects);
}

/// Shows the plan of the backup.
pub(super) fn preview(state: &mut State) {
    let Some(kind) = kind(state) else { return };
    let words = plan(state, &kind, &[], &[]);
    if let Some(form) = form(state) {
        form.preview = FormPreview::Words(words);
        form.fields.iter_mut().for_each(|field| field.error = None);
    }
}

/// Returns the files of the backup, and true if they may replace existing ones.
pub(super) fn places(fields: &[Field]) -> (Vec<PathBuf>, bool) {
    let Location { database, projections } = target(fields);
    (std::iter::once(database).chain(projections).collect(), replaces(fields))
}

/// Queues the backup and closes the form.
pub(super) fn begin_job(state: &mut State, effects: &mut Effects) {
    let Some(kind) = kind(state) else { return };
    let JobKind::Backup { target, .. } = &kind else { return };
    let about = target.database.display().to_string();
    forms::close(state);
    jobs::queue_on_file(state, kind, &about, effects);
}

fn kind(state: &State) -> Option<JobKind> {
    let form = forms::shown(state)?;
    matches!(form.purpose, FormPurpose::Backup)
        .then(|| JobKind::Backup { target: target(&form.fields), replace: replaces(&form.fields) })
}

fn target(fields: &[Field]) -> Location {
    let projections = Some(value(fields, PROJECTIONS)).filter(|name| !name.is_empty());
    Location { database: value(fields, FILE).into(), projections: projections.map(PathBuf::from) }
}

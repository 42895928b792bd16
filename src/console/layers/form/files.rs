//! The forms about files that are written: exporting spaces, and backing up the database.

use std::path::{Path, PathBuf};

use crate::console::app::effect::Effects;
use crate::console::app::message::Answer;
use crate::console::app::state::ConsoleState;
use crate::console::app::update::Changed;
use crate::console::layers::confirm::plan;
use crate::console::layers::form::failure::set_error;
use crate::console::layers::form::preview::preview;
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form, open, shown};
use crate::console::layers::form::{bug_report, list};
use crate::console::panes::{jobs, spaces};
use crate::console::widgets::text_input::TextInput;
use crate::masking::MaskedPath;
use crate::operations::{AnyOperation, Backup, Export, SpaceOverview, file_name};
use crate::sqlite::Location;

pub(super) const FILE: &str = "file";
pub(super) const EXISTING: &str = "existing";
pub(super) const PROJECTIONS: &str = "projections_file";

/// The help of a field for a new file.
pub(super) const BESIDE: &str = "beside the database, or a full path";

/// The options for an existing file.
const CHOICES: [&str; 2] = ["keep", "replace"];

/// Opens the form that exports the target spaces: one to a file, several to a directory.
pub(crate) fn open_export(state: &mut ConsoleState, effects: &mut Effects) {
    let operation = AnyOperation::Export(Export { file: PathBuf::new(), replace: false });
    let (spaces, skipped) = spaces::split_targets(state, &operation);
    let place = match spaces.as_slice() {
        [space] => {
            let help =
                if state.database.is_on_server { "in the current directory, or a full path" } else { BESIDE };
            line(FILE, "File", help, true, &file_name(&space.space))
        }
        _ => {
            let help = match state.database.is_on_server {
                true => "a file per space; empty: the current directory",
                false => "a file per space; empty: beside the database",
            };
            line(FILE, "Directory", help, false, "")
        }
    };
    let existing = existing();
    let summary = "Writes the whole space as JSON lines with checksums";
    open(state, FormPurpose::Export { spaces, skipped }, "Export", summary, vec![place, existing]);
    preview(state, effects);
}

/// Returns the field that chooses between keeping and replacing an existing file.
pub(super) fn existing() -> FormField {
    let input = FieldInput::Choice { options: CHOICES.to_vec(), chosen: Some(0) };
    let help = "keep or replace it; {key:previous-choice} {key:next-choice} choose";
    FormField::new(EXISTING, "Existing file", help, false, input)
}

/// Returns true if an existing file may be replaced.
pub(super) fn replaces(fields: &[FormField]) -> bool {
    value(fields, EXISTING) == CHOICES[1]
}

/// Returns a field for a line of text.
pub(super) fn line(
    name: &'static str,
    label: &'static str,
    help: &'static str,
    required: bool,
    text: &str,
) -> FormField {
    FormField::new(name, label, help, required, FieldInput::Text(TextInput::line().with(text)))
}

/// Returns the value of the field with this name.
pub(super) fn value<'a>(fields: &'a [FormField], name: &str) -> &'a str {
    fields.iter().find(|field| field.name == name).map_or("", FormField::value)
}

/// Shows the plan of the export.
pub(super) fn preview_export(state: &mut ConsoleState) {
    let Some(top) = shown(state) else { return };
    let FormPurpose::Export { spaces, skipped } = &top.purpose else { return };
    let operation = AnyOperation::Export(Export {
        file: value(&top.fields, FILE).into(),
        replace: replaces(&top.fields),
    });
    let words = plan(state, &operation, spaces, skipped);
    if let Some(form) = form(state) {
        form.preview = FormPreview::Words(words);
        // An error about an existing file may be out of date.
        form.clear_field_errors();
    }
}

/// Returns the files of the export, and true if they may replace existing ones.
pub(super) fn export_places(fields: &[FormField], spaces: &[SpaceOverview]) -> (Vec<PathBuf>, bool) {
    let named = Path::new(value(fields, FILE));
    let files = match spaces {
        [_] => vec![named.to_owned()],
        several => several.iter().map(|space| named.join(file_name(&space.space))).collect(),
    };
    (files, replaces(fields))
}

/// Queues the export or the backup if its files can be written. Otherwise shows the reason and keeps the input.
pub(crate) fn tried(state: &mut ConsoleState, answer: Answer<(), String>, effects: &mut Effects) -> Changed {
    let Some(form) = form(state).filter(|form| form.sending == Some(answer.request)) else {
        return Changed::No;
    };
    form.sending = None;
    if let Err(reason) = answer.result {
        set_error(form, FILE, reason);
        form.show_refusal();
        form.preview = FormPreview::Refused;
        return Changed::Yes;
    }
    let spaces = match &form.purpose {
        FormPurpose::Export { spaces, .. } => spaces,
        FormPurpose::ExportList { .. } => {
            list::queue(state, effects);
            return Changed::Yes;
        }
        FormPurpose::BugReport(_) => {
            bug_report::queue(state, effects);
            return Changed::Yes;
        }
        _ => {
            queue_backup(state, effects);
            return Changed::Yes;
        }
    };
    let (files, replace) = export_places(&form.fields, spaces);
    let of = |(file, space): (PathBuf, &SpaceOverview)| {
        (AnyOperation::Export(Export { file, replace }), space.space.clone())
    };
    let operations = files.into_iter().zip(spaces).map(of).collect();
    close(state);
    jobs::queue(state, operations, effects);
    Changed::Yes
}

/// Opens the form that backs up the database.
pub(crate) fn open_backup(state: &mut ConsoleState, effects: &mut Effects) {
    let mut fields = vec![line(FILE, "File", BESIDE, true, "backup.db")];
    if state.database.files > 1 {
        fields.push(line(PROJECTIONS, "Projections file", BESIDE, true, "backup-projections.db"));
    }
    fields.push(existing());
    let summary = "Copies the database while it is in use, and checks the copy";
    open(state, FormPurpose::Backup, "Back up", summary, fields);
    preview(state, effects);
}

/// Shows the plan of the backup.
pub(super) fn preview_backup(state: &mut ConsoleState) {
    let Some(operation) = shown(state).map(backup_of) else { return };
    let words = plan(state, &operation, &[], &[]);
    if let Some(form) = form(state) {
        form.preview = FormPreview::Words(words);
        form.clear_field_errors();
    }
}

/// Returns the files of the backup, and true if they may replace existing ones.
pub(super) fn backup_places(fields: &[FormField]) -> (Vec<PathBuf>, bool) {
    let Location { database, projections } = target(fields);
    (std::iter::once(database).chain(projections).collect(), replaces(fields))
}

/// Queues the backup and closes the form.
fn queue_backup(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(operation) = shown(state).map(backup_of) else { return };
    let AnyOperation::Backup(Backup { target, .. }) = &operation else { return };
    let about = target.database.shown();
    close(state);
    jobs::queue_on_file(state, operation, &about, effects);
}

/// Returns the backup that a form describes.
pub(super) fn backup_of(form: &Form) -> AnyOperation {
    AnyOperation::Backup(Backup { target: target(&form.fields), replace: replaces(&form.fields) })
}

fn target(fields: &[FormField]) -> Location {
    let projections = Some(value(fields, PROJECTIONS)).filter(|name| !name.is_empty());
    Location { database: value(fields, FILE).into(), projections: projections.map(PathBuf::from) }
}

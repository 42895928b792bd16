//! The forms about files: exporting spaces, importing a space, and backing up the database.

use std::path::{Path, PathBuf};

use crate::console::app::effect::{Effects, FileQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::confirm::plan;
use crate::console::layers::form::failure::set_error;
use crate::console::layers::form::preview::preview;
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form, open, shown};
use crate::console::layers::form::{bug_report, list};
use crate::console::panes::{jobs, spaces};
use crate::console::widgets::text_input::TextInput;
use crate::operations::{AnyOperation, Backup, Export, Import, ImportHeader, SpaceOverview, file_name};
use crate::space::SpaceState;
use crate::sqlite::Location;
use crate::text::counted;

pub(super) const FILE: &str = "file";
pub(super) const EXISTING: &str = "existing";
const INTO: &str = "into";
const PROJECTIONS: &str = "projections_file";

/// The help of a field for a new file.
pub(super) const BESIDE: &str = "beside the database, or a full path";

/// The options for an existing file.
const CHOICES: [&str; 2] = ["keep", "replace"];

/// Opens the form that exports the target spaces: one to a file, several to a directory.
pub(crate) fn open_export(state: &mut ConsoleState, effects: &mut Effects) {
    let operation = AnyOperation::Export(Export { file: PathBuf::new(), replace: false });
    let (spaces, skipped) = spaces::split_targets(state, &operation);
    let place = match spaces.as_slice() {
        [space] => line(FILE, "File", BESIDE, true, &file_name(&space.space)),
        _ => line(FILE, "Directory", "a file per space; empty: beside the database", false, ""),
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

/// Opens the form that imports a space.
pub(crate) fn open_import(state: &mut ConsoleState, effects: &mut Effects) {
    let file = line(FILE, "File", "an export beside the database, or a full path", true, "");
    let into = line(INTO, "Into", "name of the new space; empty: as exported", false, "");
    let summary = "Creates a space from an exported file";
    open(state, FormPurpose::Import, "Import", summary, vec![file, into]);
    preview(state, effects);
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

/// Requests the header of the named file, to preview the import.
pub(super) fn preview_import(form: &mut Form, request: RequestId, effects: &mut Effects) {
    let file = value(&form.fields, FILE).into();
    form.preview = FormPreview::Pending(request, None);
    effects.push(FileQuery::LookInto { request, file });
}

/// Shows the plan of the import, or the reason why the file is refused.
pub(crate) fn import_inspected(
    state: &mut ConsoleState,
    answer: Answer<ImportHeader, String>,
    effects: &mut Effects,
) -> Changed {
    let Some(top) = shown(state) else { return Changed::No };
    let words = plan(state, &import_of(top), &[], &[]);
    let taken = |name: &str| {
        let found = state.spaces.named(name).and_then(|space_id| state.spaces.get(space_id));
        // The next import replaces the remains of one that was killed.
        found.is_some_and(|found| found.space.state != SpaceState::Importing)
    };
    let is_taken = answer.result.as_ref().is_ok_and(|file| taken(&name_of(state, file)));
    let Some(form) = form(state).filter(|form| form.expects(answer.request)) else { return Changed::No };
    let send = std::mem::take(&mut form.send_when_previewed);
    form.clear_field_errors();
    form.preview = FormPreview::Refused;
    match answer.result {
        Err(reason) => set_error(form, FILE, reason),
        Ok(file) if is_taken => {
            let name = into(form).unwrap_or(file.space_name);
            set_error(form, INTO, format!("the space {name} already exists; enter another name"));
        }
        Ok(file) => {
            let made = creation(form, &file);
            form.preview = FormPreview::Words(std::iter::once(made).chain(words).collect());
            if send {
                import(state, effects);
            }
        }
    }
    Changed::Yes
}

fn creation(form: &Form, file: &ImportHeader) -> String {
    let (events, keys) = (counted(file.events, "event", "events"), counted(file.entities, "key", "keys"));
    match into(form) {
        Some(name) => {
            format!("the space {name} is created, with the {events} and {keys} of {}", file.space_name)
        }
        None => format!("the space {} is created, with its {events} and {keys}", file.space_name),
    }
}

fn into(form: &Form) -> Option<String> {
    Some(value(&form.fields, INTO)).filter(|name| !name.is_empty()).map(str::to_owned)
}

fn name_of(state: &ConsoleState, file: &ImportHeader) -> String {
    shown(state).and_then(into).unwrap_or_else(|| file.space_name.clone())
}

/// Returns the import that a form describes.
pub(super) fn import_of(form: &Form) -> AnyOperation {
    AnyOperation::Import(Import { file: value(&form.fields, FILE).into(), into: into(form) })
}

/// Queues the import and closes the form.
pub(super) fn import(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(operation) = shown(state).map(import_of) else { return };
    let AnyOperation::Import(Import { file, .. }) = &operation else { return };
    let about = file.display().to_string();
    close(state);
    jobs::queue_on_file(state, operation, &about, effects);
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
    let about = target.database.display().to_string();
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

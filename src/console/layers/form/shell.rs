//! The commands of the command line that do the same as a form.

use crate::console::app::command_line::{Commands, of_operation};
use crate::console::app::state::ConsoleState;
use crate::console::layers::form::bug_report::export_of;
use crate::console::layers::form::files::{backup_of, export_places};
use crate::console::layers::form::fork::fork_of;
use crate::console::layers::form::redact::redact_of;
use crate::console::layers::form::space::{SpaceChanges, changes_of};
use crate::console::layers::form::state::{Form, FormField, FormPurpose};
use crate::console::layers::form::{import, list, preview};
use crate::content_store::CommandSpec;
use crate::operations::{AnyOperation, Export};
use crate::shell::CommandLine;
use crate::space::SpaceMetadata;

/// Returns the commands that do what a form describes; none until it is complete.
pub(super) fn commands(state: &ConsoleState, form: &Form) -> Commands {
    if !form.missing().is_empty() {
        return Commands::default();
    }
    match &form.purpose {
        FormPurpose::Export { spaces, .. } => {
            let (files, replace) = export_places(&form.fields, spaces);
            let of =
                |(file, name): (_, &str)| of_operation(&AnyOperation::Export(Export { file, replace }), name);
            files
                .into_iter()
                .zip(spaces.iter().map(|space| space.space.space_name.as_str()))
                .map(of)
                .collect()
        }
        FormPurpose::BugReport(choice) => match export_of(form) {
            Ok(Some(export)) => of_operation(&export.into(), &choice.space.space.space_name).into(),
            _ => Commands::default(),
        },
        FormPurpose::ExportList { list, .. } => list::command(list, &form.fields),
        FormPurpose::Import | FormPurpose::ImportOpen => import::command(state, form),
        FormPurpose::Backup => of_operation(&backup_of(form), "").into(),
        FormPurpose::Fork { space, .. } => match fork_of(form) {
            Ok(fork) => of_operation(&AnyOperation::Fork(fork), &space.space.space_name).into(),
            Err(_) => Commands::default(),
        },
        FormPurpose::Redact { space } => match redact_of(form) {
            Ok(redact) => of_operation(&AnyOperation::Redact(redact), &space.space_name).into(),
            Err(_) => Commands::default(),
        },
        FormPurpose::Command { space_name, spec, .. } => run(form, space_name, spec).into(),
        FormPurpose::CreateSpace => {
            let value = |index: usize| form.fields.get(index).map_or("", FormField::value);
            let app = Some(value(1)).filter(|app| !app.is_empty());
            CommandLine::of("spaces create").name(value(0)).option_if("--app", app).into()
        }
        FormPurpose::ChangeSpace { space } => {
            let changes = changes_of(form).unwrap_or_default();
            change(&space.space_name, &changes).into_iter().collect()
        }
    }
}

/// Returns the command that runs a command of an app. A secret is read from standard input, so that it is nowhere on screen.
fn run(form: &Form, space_name: &str, spec: &CommandSpec) -> CommandLine {
    let is_secret = |name: &str| spec.fields.iter().any(|field| field.name == name && field.is_secret());
    let command = preview::command(spec.name, &form.fields, &form.initial);
    command.fields.iter().fold(
        CommandLine::of("run").name(space_name).name(spec.name),
        |line, (name, value)| {
            let value = if is_secret(name) { "-" } else { value.as_str() };
            line.name(&format!("{name}={value}"))
        },
    )
}

/// Returns the commands that rename a space, and change its app or metadata.
fn change(space_name: &str, changes: &SpaceChanges) -> Vec<CommandLine> {
    let name = changes.name.as_deref();
    let rename = name.map(|name| CommandLine::of("spaces rename").name(space_name).name(name));
    let set = changes.set.as_ref().map(|set| {
        let line = CommandLine::of("spaces set").name(name.unwrap_or(space_name));
        let metadata = set.metadata.as_ref().map(SpaceMetadata::as_str);
        line.option_if("--app", set.app.as_deref()).option_if("--metadata", metadata)
    });
    rename.into_iter().chain(set).collect()
}

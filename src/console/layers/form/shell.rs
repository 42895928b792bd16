//! The commands of the command line that do the same as a form.

use crate::console::app::command_line::{Commands, of_operation};
use crate::console::app::state::ConsoleState;
use crate::console::layers::form::bug_report::export_of;
use crate::console::layers::form::files::{backup_of, export_places};
use crate::console::layers::form::fork::fork_of;
use crate::console::layers::form::redact::redact_of;
use crate::console::layers::form::state::{Form, FormPurpose};
use crate::console::layers::form::{import, list};
use crate::operations::{AnyOperation, Export};

/// Returns the commands that do what a form about an operation describes; none until it is complete.
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
        FormPurpose::Fork { space } => match fork_of(form) {
            Ok(fork) => of_operation(&AnyOperation::Fork(fork), &space.space.space_name).into(),
            Err(_) => Commands::default(),
        },
        FormPurpose::Redact { space } => match redact_of(form) {
            Ok(redact) => of_operation(&AnyOperation::Redact(redact), &space.space_name).into(),
            Err(_) => Commands::default(),
        },
        FormPurpose::Command { .. } | FormPurpose::CreateSpace | FormPurpose::ChangeSpace { .. } => {
            Commands::default()
        }
    }
}

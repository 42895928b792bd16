//! The form that exports the list on screen.

use std::path::PathBuf;

use crate::console::app::clipboard::LIMIT;
use crate::console::app::command_line::{Commands, of_operation};
use crate::console::app::effect::Effects;
use crate::console::app::shown_list::{ShownList, shown_list};
use crate::console::app::state::ConsoleState;
use crate::console::layers::form::files::{BESIDE, EXISTING, FILE, existing, line, replaces, value};
use crate::console::layers::form::preview::preview;
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form, open, shown};
use crate::console::panes::jobs;
use crate::console::widgets::text_input::TextInput;
use crate::operations::{AnyOperation, ExportList, ListDestination, ListFormat, PlanScope};
use crate::text::{bytes, counted};

const FORMAT: &str = "format";
const DESTINATION: &str = "destination";

/// The options for the format.
const FORMATS: [(&str, ListFormat); 2] = [("JSON lines", ListFormat::JsonLines), ("CSV", ListFormat::Csv)];

/// The options for the destination.
const DESTINATIONS: [&str; 2] = ["file", "clipboard"];

/// Opens the form for the list on screen.
pub(crate) fn open_export_list(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(list) = shown_list(state) else { return };
    let choice = |name, label, help, options: Vec<&'static str>| {
        FormField::new(name, label, help, false, FieldInput::Choice { options, chosen: Some(0) })
    };
    let fields = vec![
        choice(
            FORMAT,
            "Format",
            "{key:previous-choice} {key:next-choice} choose",
            FORMATS.map(|(name, _)| name).to_vec(),
        ),
        choice(DESTINATION, "To", "a file, or the clipboard of the terminal", DESTINATIONS.to_vec()),
        line(FILE, "File", BESIDE, true, &proposed(&list, ListFormat::JsonLines)),
        existing(),
    ];
    let purpose = FormPurpose::ExportList { list: Box::new(list), hidden: Vec::new() };
    let summary = "Writes all rows of the list, not only those on screen";
    open(state, purpose, "Export list", summary, fields);
    preview(state, effects);
}

fn proposed(list: &ShownList, format: ListFormat) -> String {
    format!("{}.{}", list.file, format.extension())
}

fn format_of(fields: &[FormField]) -> ListFormat {
    let chosen = value(fields, FORMAT);
    FORMATS.iter().find(|(name, _)| *name == chosen).map_or_else(ListFormat::default, |(_, format)| *format)
}

fn is_to_file(fields: &[FormField]) -> bool {
    value(fields, DESTINATION) == DESTINATIONS[0]
}

/// Hides the fields of a file while the clipboard is the destination, and lets a proposed name follow the format.
pub(super) fn arrange(form: &mut Form) {
    let FormPurpose::ExportList { list, hidden } = &mut form.purpose else { return };
    match is_to_file(&form.fields) {
        true => form.fields.append(hidden),
        false if hidden.is_empty() => {
            *hidden = form.fields.extract_if(.., |field| [FILE, EXISTING].contains(&field.name)).collect();
        }
        false => {}
    }
    let name = proposed(list, format_of(&form.fields));
    let is_proposed = |text: &str| FORMATS.iter().any(|(_, format)| text == proposed(list, *format));
    for field in form.fields.iter_mut().chain(hidden).filter(|field| field.name == FILE) {
        if is_proposed(field.value()) && field.value() != name {
            field.input = FieldInput::Text(TextInput::line().with(&name));
        }
    }
}

/// Shows what is exported, and where it goes.
pub(super) fn preview_list(state: &mut ConsoleState) {
    let Some(top) = shown(state) else { return };
    let FormPurpose::ExportList { list, .. } = &top.purpose else { return };
    let scope = PlanScope { directory: state.database.directory.as_deref(), ..PlanScope::default() };
    let words = words(list, &export_of(list, &top.fields), &scope);
    if let Some(form) = form(state) {
        form.preview = FormPreview::Words(words);
        // An error about an existing file may be out of date.
        form.clear_field_errors();
    }
}

/// Says what is exported, where it goes, and how.
fn words(list: &ShownList, export: &ExportList, scope: &PlanScope<'_>) -> Vec<String> {
    let [one, several] = list.list.rows();
    let number = list.rows.map(|rows| counted(rows, one, several));
    let rows = match (number, list.is_filtered) {
        (Some(number), false) => format!("{number} {}", list.about).trim_end().to_owned(),
        (Some(number), true) => {
            format!("{}: the rows of the filter", format!("{number} {}", list.about).trim_end())
        }
        (None, false) => format!("all {}, counted while they are written", list.title()),
        (None, true) => format!("the {} that match the filter, counted while they are written", list.title()),
    };
    let mut words = vec![rows];
    words.extend(match &export.destination {
        ListDestination::File { path, replace } => [
            format!("written to {}, readable by its owner only", scope.place(path)),
            match replace {
                true => "an existing file is replaced only when the new one is complete and on disk",
                false => "the file appears only when it is complete and on disk; if cancelled or failed, there is none",
            }
            .to_owned(),
        ],
        ListDestination::Clipboard { most } => [
            "sent to the clipboard of the terminal".to_owned(),
            format!("it takes up to {}; if the rows have more, nothing is sent: choose a file", bytes(*most as u64)),
        ],
    });
    words.push(
        match export.format {
            ListFormat::JsonLines => "a JSON object per row; stored JSON stays as it is, digit by digit",
            ListFormat::Csv => {
                "a header and a record per row; a JSON value is its text, and a text that a spreadsheet would take for a \
                 formula begins with an apostrophe"
            }
        }
        .to_owned(),
    );
    words
}

/// Returns the export that the fields describe.
fn export_of(list: &ShownList, fields: &[FormField]) -> ExportList {
    let destination = match is_to_file(fields) {
        true => ListDestination::File { path: value(fields, FILE).into(), replace: replaces(fields) },
        false => ListDestination::Clipboard { most: LIMIT },
    };
    ExportList { list: list.list.clone(), format: format_of(fields), destination }
}

/// Returns the file of the export, and true if it may replace an existing one; nothing if the clipboard is the destination.
pub(super) fn list_place(fields: &[FormField]) -> Option<(PathBuf, bool)> {
    is_to_file(fields).then(|| (value(fields, FILE).into(), replaces(fields)))
}

/// Returns the command that prints the same rows, if one does.
pub(super) fn command(list: &ShownList, fields: &[FormField]) -> Commands {
    let export = export_of(list, fields);
    if export.format != ListFormat::JsonLines {
        return Commands::default();
    }
    if let Some(commands) = &list.commands {
        return commands.clone().flag("--json");
    }
    let about = list.space.as_ref().map_or("", |space| &space.space_name);
    of_operation(&export.into(), about).into()
}

/// Queues the export and closes the form.
pub(super) fn queue(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(top) = shown(state) else { return };
    let FormPurpose::ExportList { list, .. } = &top.purpose else { return };
    let operation = AnyOperation::from(export_of(list, &top.fields));
    let space = list.space.clone();
    close(state);
    match space {
        Some(space) => jobs::queue(state, vec![(operation, space)], effects),
        None => {
            let about = state.database.name.clone();
            jobs::queue_on_file(state, operation, &about, effects);
        }
    }
}

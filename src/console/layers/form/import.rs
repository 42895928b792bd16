//! The forms that import: an export or a file of the Elixir original into the open database, and an open file of the original
//! into another database.

use std::path::PathBuf;

use crate::console::app::command_line::{Commands, of_operation};
use crate::console::app::effect::{Effects, FileQuery, ImportedFile};
use crate::console::app::message::{Answer, ImportSource};
use crate::console::app::state::{ConsoleState, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::confirm::plan;
use crate::console::layers::form::failure::set_error;
use crate::console::layers::form::files::{BESIDE, FILE, PROJECTIONS, line, value};
use crate::console::layers::form::preview::preview;
use crate::console::layers::form::state::{Form, FormField, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form, open, shown};
use crate::console::panes::jobs;
use crate::error::ImportError;
use crate::masking::MaskedPath;
use crate::operations::{
    AnyOperation, Import, ImportHeader, ImportOriginal, OriginalFiles, OriginalPlan, PlannedSpace, SpaceFate,
};
use crate::space::SpaceState;
use crate::text::{counted, grouped};

const INTO: &str = "into";

/// The most problems of a space that the preview lists.
const LISTED: usize = 5;

/// Opens the form that imports a file, or the open file if the original wrote it.
pub(crate) fn open_import(state: &mut ConsoleState, effects: &mut Effects) {
    if state.database.is_original {
        let proposed = format!("{}-ramax.db", state.database.name.trim_end_matches(".db"));
        let database = line(FILE, "Database", BESIDE, true, &proposed);
        let summary = "Creates its spaces in another database; this file does not change";
        open(state, FormPurpose::ImportOpen, "Import", summary, vec![database]);
    } else {
        let help = match state.database.is_on_server {
            true => "an export or a file of the Elixir original: in the current directory, or a full path",
            false => "an export or a file of the Elixir original: beside the database, or a full path",
        };
        let file = line(FILE, "File", help, true, "");
        let summary = "Creates a space from an export, or the spaces of a file of the Elixir original";
        open(state, FormPurpose::Import, "Import", summary, vec![file, into_field()]);
    }
    preview(state, effects);
}

fn into_field() -> FormField {
    line(INTO, "Into", "name of the new space; empty: as exported", false, "")
}

/// Requests the contents of the named file, to preview the import.
pub(super) fn preview_import(form: &mut Form, request: RequestId, effects: &mut Effects) {
    let file = match form.purpose {
        FormPurpose::ImportOpen => ImportedFile::Open { into: value(&form.fields, FILE).into() },
        _ => ImportedFile::Named { file: value(&form.fields, FILE).into(), projections: projections(form) },
    };
    form.preview = FormPreview::Pending(request, None);
    effects.push(FileQuery::LookInto { request, file });
}

/// Shows the plan of the import, or the reason why the file is refused.
pub(crate) fn import_inspected(
    state: &mut ConsoleState,
    answer: Answer<ImportSource, String>,
    effects: &mut Effects,
) -> Changed {
    let Some(form) = form(state).filter(|form| form.expects(answer.request)) else { return Changed::No };
    let send = std::mem::take(&mut form.send_when_previewed);
    form.clear_field_errors();
    form.preview = FormPreview::Refused;
    let found = match answer.result {
        Err(reason) => {
            set_error(form, FILE, reason);
            if send {
                form.show_refusal();
            }
            return Changed::Yes;
        }
        Ok(found) => found,
    };
    arrange(form, &found);
    let refused = match &found {
        ImportSource::Export(file) => taken(state, file).map(|reason| (INTO, reason)),
        ImportSource::Original { plan, .. } => names_taken(state, plan).map(|reason| (FILE, reason)),
    };
    let Some(top) = shown(state) else { return Changed::Yes };
    let mut words = match &found {
        ImportSource::Export(file) => vec![creation(top, file)],
        ImportSource::Original { plan, is_whole } => planned(plan, *is_whole),
    };
    words.append(&mut plan(state, &import_of(state, top), &[], &[]));
    let Some(form) = self::form(state) else { return Changed::Yes };
    if let Some((field, reason)) = refused {
        set_error(form, field, reason);
        if send {
            form.show_refusal();
        }
        return Changed::Yes;
    }
    form.preview = FormPreview::Words(words);
    if send {
        import(state, effects);
    }
    Changed::Yes
}

/// Offers the field that the file has: the name of an exported space, or the second file of the original.
fn arrange(form: &mut Form, found: &ImportSource) {
    let is_original = matches!(found, ImportSource::Original { .. });
    if form.purpose.is_import_open() || is_original == names_original(form) {
        return;
    }
    let field = match is_original {
        true => {
            line(PROJECTIONS, "Projections", "file of the projections, if they are in their own", false, "")
        }
        false => into_field(),
    };
    if let Some(last) = form.fields.last_mut() {
        *last = field;
    }
}

/// Returns true if the named file is known to be one of the original.
fn names_original(form: &Form) -> bool {
    form.fields.iter().any(|field| field.name == PROJECTIONS)
}

/// Returns the reason if a space has the name of the exported one.
fn taken(state: &ConsoleState, file: &ImportHeader) -> Option<String> {
    let name = shown(state).and_then(into).unwrap_or_else(|| file.space_name.clone());
    let found = state.spaces.named(&name).and_then(|space_id| state.spaces.get(space_id))?;
    // The next import replaces the remains of one that was killed.
    (found.space.state != SpaceState::Importing)
        .then(|| format!("the space {name} already exists; enter another name"))
}

/// Returns the reason if other spaces have the names of those of the original. A store in memory was not read for the plan.
fn names_taken(state: &ConsoleState, plan: &OriginalPlan) -> Option<String> {
    let is_here = !shown(state)?.purpose.is_import_open();
    let is_taken = |space: &&PlannedSpace| match space.fate {
        SpaceFate::NameTaken => true,
        SpaceFate::New => is_here && state.spaces.named(&space.space_name).is_some(),
        _ => false,
    };
    let spaces: Vec<String> =
        plan.spaces.iter().filter(is_taken).map(|space| space.space_name.clone()).collect();
    (!spaces.is_empty()).then(|| ImportError::NamesTaken { spaces }.to_string())
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

/// Says what becomes of each space of the original.
fn planned(plan: &OriginalPlan, is_whole: bool) -> Vec<String> {
    let spaces = counted(plan.to_import().count() as u64, "space is", "spaces are");
    let mut words = vec![format!("{spaces} created, with {}", counted(plan.events(), "event", "events"))];
    words.extend(plan.spaces.iter().flat_map(of_space));
    words.extend(plan.leftovers.words().into_iter().map(|(part, text)| format!("{part}: {text}")));
    let payloads = if is_whole { "" } else { "payloads that cannot be read, " };
    words.push(format!(
        "the import lists {payloads}events that an app cannot apply, and differences from the original's projections"
    ));
    words
}

fn of_space(space: &PlannedSpace) -> Vec<String> {
    let (name, problems) = (&space.space_name, space.problems());
    let listed = problems.iter().take(LISTED).map(|(subject, text)| format!("{name}: {subject} {text}"));
    let more = problems.len().saturating_sub(LISTED) as u64;
    let more = (more > 0).then(|| format!("{name}: {} more problems", grouped(more)));
    std::iter::once(format!("{name}: {}", space.facts().join("; "))).chain(listed).chain(more).collect()
}

fn into(form: &Form) -> Option<String> {
    Some(value(&form.fields, INTO)).filter(|name| !name.is_empty()).map(str::to_owned)
}

fn projections(form: &Form) -> Option<PathBuf> {
    Some(value(&form.fields, PROJECTIONS)).filter(|file| !file.is_empty()).map(PathBuf::from)
}

/// Returns the import that a form describes.
fn import_of(state: &ConsoleState, form: &Form) -> AnyOperation {
    let file = PathBuf::from(value(&form.fields, FILE));
    if form.purpose.is_import_open() {
        let (events, projections) = match &state.database.location {
            Some(files) => (files.database.clone(), files.projections.clone()),
            None => (PathBuf::new(), None),
        };
        return ImportOriginal { files: OriginalFiles { events, projections }, into: Some(file) }.into();
    }
    match names_original(form) {
        true => ImportOriginal {
            files: OriginalFiles { events: file, projections: projections(form) },
            into: None,
        }
        .into(),
        false => Import { file, into: into(form) }.into(),
    }
}

/// Returns the command that does the same.
pub(super) fn command(state: &ConsoleState, form: &Form) -> Commands {
    let operation = import_of(state, form);
    let command = Commands::from(of_operation(&operation, ""));
    match operation {
        AnyOperation::ImportOriginal(ImportOriginal { into: Some(into), .. }) => {
            // Where the file is created, whatever the working directory of a shell is.
            let directory = state.database.directory.as_ref().map(PathBuf::from);
            command.into_database(directory.map_or(into.clone(), |directory| directory.join(into)))
        }
        _ => command,
    }
}

/// Queues the import and closes the form.
pub(super) fn import(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(operation) = shown(state).map(|form| import_of(state, form)) else { return };
    let about = match &operation {
        AnyOperation::Import(Import { file, .. }) => file.shown(),
        AnyOperation::ImportOriginal(ImportOriginal { into: Some(_), .. }) => state.database.name.clone(),
        AnyOperation::ImportOriginal(ImportOriginal { files, .. }) => files.events.shown(),
        _ => return,
    };
    close(state);
    jobs::queue_on_file(state, operation, &about, effects);
}

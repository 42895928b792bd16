//! The commands of the command line that do or show the same as the console.

use std::path::{Path, PathBuf};

use crate::console::app::availability::{Availability, Reason};
use crate::console::app::clipboard;
use crate::console::app::effect::Effects;
use crate::console::app::state::ConsoleState;
use crate::console::layers::confirm::ALL_SPACES;
use crate::operations::{AnyOperation, ChangeSubscription, ExportBugReport, Scope, SpaceOverview, StoreList};
use crate::shell::{self, CommandLine};
use crate::space::ReportSubject;
use crate::sqlite::Location;
use crate::subscriptions::{Start, SubscriptionChange};
use crate::text::visible;

/// Commands that produce a view or do an operation, one per space, with what they do not cover.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commands {
    lines: Vec<CommandLine>,
    without: Vec<&'static str>,
    /// The database, if it is not the one that is open.
    database: Option<PathBuf>,
}

impl From<CommandLine> for Commands {
    fn from(line: CommandLine) -> Self {
        std::iter::once(line).collect()
    }
}

impl FromIterator<CommandLine> for Commands {
    fn from_iter<T: IntoIterator<Item = CommandLine>>(lines: T) -> Self {
        Self { lines: lines.into_iter().filter(CommandLine::is_possible).collect(), ..Self::default() }
    }
}

impl Commands {
    /// Names something on screen that the command line does not have, if it is in use.
    pub(crate) fn without(mut self, name: &'static str, is_used: bool) -> Self {
        self.without.extend(is_used.then_some(name));
        self
    }

    /// Adds an option without a value to each.
    pub(crate) fn flag(mut self, name: &'static str) -> Self {
        self.lines = self.lines.into_iter().map(|line| line.flag(name, true)).collect();
        self
    }

    /// Names another database than the one that is open.
    pub(crate) fn into_database(self, path: PathBuf) -> Self {
        Self { database: Some(path), ..self }
    }

    /// Returns true if no command does the same.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns the first command and the number of the others, for display. One with files has full paths, so that it does
    /// the same in any directory; others omit the options that name the database.
    pub(crate) fn in_short(&self, state: &ConsoleState) -> Option<String> {
        let (first, more) = self.lines.split_first()?;
        let full = state.database.location.as_ref().filter(|_| first.names_a_file());
        let full = full.and_then(|location| self.on(state, location));
        let first = match (full, &self.database) {
            (Some(full), _) => full.lines().next()?.to_owned(),
            (None, Some(path)) => {
                let database = shell::option("--db", &path.to_string_lossy());
                first.in_shell(&format!("{} {database}", state.program), None)
            }
            (None, None) => first.in_shell(state.program, None),
        };
        Some(if more.is_empty() { first } else { format!("{first} (+ {} more)", more.len()) })
    }

    /// Returns the commands on the named file, one per line.
    fn on(&self, state: &ConsoleState, location: &Location) -> Option<String> {
        let directory = state.database.directory.as_deref().map(Path::new);
        if let Some(path) = &self.database {
            let path = directory.map_or_else(|| path.clone(), |directory| directory.join(path));
            let program = format!("{} {}", state.program, shell::option("--db", path.to_str()?));
            let lines: Vec<String> =
                self.lines.iter().map(|line| line.in_shell(&program, directory)).collect();
            return Some(lines.join("\n"));
        }
        let mut program = format!("{} {}", state.program, shell::option("--db", location.database.to_str()?));
        if let Some(projections) = &location.projections {
            program += &format!(" {}", shell::option("--projections", projections.to_str()?));
        }
        if state.database.read_only && !state.database.is_original {
            program += " --read-only";
        }
        let lines: Vec<String> = self.lines.iter().map(|line| line.in_shell(&program, directory)).collect();
        Some(lines.join("\n"))
    }
}

/// Returns the command of an operation on a space, or on the file.
pub(crate) fn of_operation(operation: &AnyOperation, about: &str) -> CommandLine {
    match operation {
        AnyOperation::Rebuild(rebuild) => on_projections("rebuild", about, operation)
            .flag("--skip-errors", rebuild.skip_errors)
            .flag("--review", rebuild.review),
        AnyOperation::CatchUp(_) => on_projections("catch-up", about, operation),
        AnyOperation::Verify(_) => on_projections("verify", about, operation),
        AnyOperation::ReleaseCheck(_) if about.is_empty() || about == ALL_SPACES => {
            CommandLine::of("release-check").flag("--all", true)
        }
        AnyOperation::ReleaseCheck(_) => CommandLine::of("release-check").name(about),
        AnyOperation::RemoveProjection(removal) => CommandLine::of("projections remove")
            .name(about)
            .name(&removal.projection)
            .option("--confirm", &removal.projection),
        AnyOperation::Check(check) => {
            CommandLine::of("check").flag("--deep", check.deep).flag("--repair", check.repair)
        }
        AnyOperation::Export(export) => CommandLine::of("export")
            .name(about)
            .file_if("--output", Some(&export.file))
            .flag("--force", export.replace),
        AnyOperation::ExportBugReport(export) => of_bug_report(export, about),
        AnyOperation::ExportList(export) => of_list(&export.list, about).flag("--json", true),
        AnyOperation::Backup(backup) => {
            let line = CommandLine::of("backup").file(&backup.target.database);
            let second = backup.target.projections.as_deref();
            let line = second.into_iter().fold(line, CommandLine::file);
            line.flag("--force", backup.replace)
        }
        AnyOperation::Import(import) => {
            CommandLine::of("import").file(&import.file).option_if("--into", import.into.as_deref())
        }
        AnyOperation::ImportOriginal(import) => CommandLine::of("import")
            .file_if("--ramax", Some(&import.files.events))
            .file_if("--ramax-projections", import.files.projections.as_deref()),
        AnyOperation::Fork(fork) => {
            let line = fork
                .name
                .iter()
                .fold(CommandLine::of("spaces fork").name(about), |line, name| line.name(name));
            line.option_if("--at", fork.at.as_ref().map(ToString::to_string).as_deref())
        }
        AnyOperation::DeleteSpace(delete) => CommandLine::of("spaces delete")
            .name(about)
            .option("--confirm", about)
            .file_if("--archive", delete.archive.as_deref())
            .flag("--purge", delete.purge),
        AnyOperation::Redact(redact) => {
            let line = CommandLine::of("redact").name(about).entity(&redact.entity_id);
            let fields = redact.fields.iter().map(ToString::to_string);
            fields
                .fold(line, |line, field| line.option("--field", &field))
                .option("--confirm", about)
                .flag("--purge", redact.purge)
                .flag("--skip-errors", redact.skip_errors)
        }
    }
}

/// Returns the command that writes a bug report of a space.
fn of_bug_report(export: &ExportBugReport, about: &str) -> CommandLine {
    let line = CommandLine::of("export").name(about);
    let line = match &export.report.subject {
        ReportSubject::Event(event_id) => line.option("--event", &event_id.to_string()),
        ReportSubject::Entity(entity_id) => line.entity(entity_id),
        ReportSubject::Correlation(id) => line.option("--correlation", &id.to_string()),
    };
    let masks = export.report.masks.iter().map(ToString::to_string);
    masks
        .fold(line, |line, mask| line.option("--mask", &mask))
        .flag("--as-test", export.report.as_test)
        .file_if("--output", Some(&export.file))
        .flag("--force", export.replace)
}

/// Returns the command that prints a list, of the space of this name unless it is about all.
fn of_list(list: &StoreList, about: &str) -> CommandLine {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match list {
        StoreList::Events { scope, query } => {
            let line = CommandLine::of("events list");
            let line = match scope {
                Scope::All => line.flag("--all-spaces", true),
                Scope::Space(_) => line.name(about),
            };
            line.option_if("--where", given(&query.to_string()).as_deref())
        }
        StoreList::Trace { event_id, look, query } => {
            let line = CommandLine::of("events trace").name(&event_id.to_string());
            let line = line.option_if("--where", given(&query.to_string()).as_deref());
            line.option("--look", &look.to_string())
        }
        StoreList::Entries { projection, text, .. } => {
            let line = CommandLine::of("projections list").name(about).option("--projection", projection);
            line.option_if("--contains", given(text).as_deref())
        }
        StoreList::Spaces(_) => CommandLine::of("spaces list"),
        StoreList::Checkpoints(_) => CommandLine::of("checkpoints list"),
        StoreList::Activity { window, .. } => {
            CommandLine::of("stats").name(about).option("--by", window.unit.as_str()).flag("--exact", true)
        }
        StoreList::AuditLog { space, text } => {
            let line = CommandLine::of("log").option_if("--space", space.as_deref());
            line.option_if("--contains", given(text).as_deref()).flag("--reverse", true)
        }
    }
}

/// Returns the commands of an operation on each of these spaces; on the file if there are none.
pub(crate) fn of_spaces(operation: &AnyOperation, spaces: &[SpaceOverview]) -> Commands {
    match spaces {
        [] => of_operation(operation, "").into(),
        spaces => spaces.iter().map(|space| of_operation(operation, &space.space.space_name)).collect(),
    }
}

fn on_projections(words: &'static str, space: &str, operation: &AnyOperation) -> CommandLine {
    CommandLine::of(words).name(space).option_if("--projection", operation.projection())
}

/// Returns the command that changes a subscription.
pub(crate) fn of_change(state: &ConsoleState, change: &ChangeSubscription) -> CommandLine {
    let name = &change.subscription;
    let words = match &change.change {
        SubscriptionChange::Retry { .. } => "subscriptions retry",
        SubscriptionChange::Skip { .. } => "subscriptions skip",
        SubscriptionChange::Reset { .. } => "subscriptions reset",
        SubscriptionChange::Resume => "subscriptions resume",
        SubscriptionChange::Remove => "subscriptions remove",
    };
    let space = change.change.space_id().map(|space_id| state.space_name(space_id));
    let line = CommandLine::of(words).name(name).option_if("--space", space.as_deref());
    let line = match &change.change {
        SubscriptionChange::Reset { to, .. } => line.option("--to", &position(*to)),
        _ => line,
    };
    match &change.change {
        SubscriptionChange::Retry { .. } => line,
        _ => line.option("--confirm", name),
    }
}

fn position(start: Start) -> String {
    match start {
        Start::Beginning => "beginning".to_owned(),
        Start::Now => "now".to_owned(),
        Start::After(sequence) => sequence.0.to_string(),
    }
}

/// Returns the commands of the open layer, or of the focused pane.
fn shown(state: &ConsoleState) -> Commands {
    match state.layers.below_help() {
        Some(layer) => layer.commands(state),
        None => state.focus.list().command(state).unwrap_or_default(),
    }
}

/// Returns the reason if no command produces what is shown.
pub(crate) fn has_command(state: &ConsoleState) -> Availability {
    text(state).map(drop)
}

/// Returns the commands on the file shown, as text for a shell, and what they do not cover.
fn text(state: &ConsoleState) -> Result<(String, Commands), Reason> {
    let commands = shown(state);
    if commands.is_empty() {
        return Err(Reason::new("no command line shows or does what is selected"));
    }
    if state.database.is_on_server {
        let read_only = if state.database.read_only { " --read-only" } else { "" };
        let program = format!("{}{read_only}", state.program);
        let directory = state.database.directory.as_deref().map(Path::new);
        let lines: Vec<String> =
            commands.lines.iter().map(|line| line.in_shell(&program, directory)).collect();
        // The address shown lacks its options, which decide about encryption and may name secrets.
        return Ok((lines.join("\n"), commands.without("the address, which RAMAX_DB names", true)));
    }
    let Some(location) = &state.database.location else {
        return Err(Reason::new("a store in memory has no file that a command could name"));
    };
    let text = commands.on(state, location);
    let text = text.ok_or_else(|| Reason::new("the path of the file is not valid UTF-8"))?;
    Ok((text, commands))
}

/// Copies the commands that produce what is shown, or that do what is asked about.
pub(crate) fn copy(state: &mut ConsoleState, effects: &mut Effects) {
    let Ok((text, commands)) = text(state) else { return };
    let without = match commands.without.as_slice() {
        [] => String::new(),
        names => format!(" without {}", names.join(" and ")),
    };
    let command = commands.in_short(state).unwrap_or_default();
    clipboard::send(state, &format!("{}{without}", visible(&command)), text, effects);
}

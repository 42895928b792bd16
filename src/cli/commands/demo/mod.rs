//! `ramax demo`.

#[cfg(feature = "console")]
mod guide;

#[cfg(feature = "console")]
pub use guide::walkthrough;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::content_store::{Apps, Store};
use crate::demo::{self, Run, SeedError, Step};
use crate::masking::MaskedPath;
use crate::sqlite::Location;
use crate::text::counted;

#[cfg(feature = "console")]
use super::console::{self, Shown};
use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::{embedded_command, operator, shell};

#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Keep the database in FILE; by default it is temporary
    #[arg(long, value_name = "FILE")]
    path: Option<PathBuf>,
}

/// A step of the walkthrough, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    part: &'a str,
    title: &'a str,
    commands: &'a [CommandOutput],
}

/// A command that was run, with its output.
#[derive(Serialize)]
struct CommandOutput {
    command: String,
    output: Vec<String>,
}

/// The width of the walkthrough's text in columns.
const WIDTH: usize = 90;

pub fn run(session: &mut Session, arguments: &DemoArguments) -> Result<Exit, Failure> {
    if session.global.options().read_only {
        return Err(Failure::usage(
            "read_only",
            "the demonstration cannot be read-only: it creates a file and writes to it",
            "remove --read-only; `ramax --read-only FILE` opens an existing file",
        ));
    }
    // A signal must not leave the temporary file behind.
    let interrupt = session.signals.listen();
    // Dropped at the end, which deletes the file.
    let named = named_path(session, arguments)?;
    let temporary = match named {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("ramax-demo-").tempdir().map_err(no_directory)?),
    };
    let path = match (&named, &temporary) {
        (Some(path), _) => path.clone(),
        (None, Some(directory)) => directory.path().join("demo.db"),
        (None, None) => PathBuf::from("demo.db"),
    };
    let location = Location { database: path.clone(), projections: session.global.projections.clone() };
    session.signals.before_opening();
    if named.is_some() {
        session.note_opened()(&location);
    }
    let is_new = !path.exists();
    let store = Store::open_or_create(&location, session.global.options())?;
    session.signals.stops(store.stop());
    let store = Session::with_memory(store)?;
    let seeded = match demo::seed(&store) {
        Ok(seeded) => seeded,
        Err(error) => {
            drop(store);
            if is_new && matches!(error, SeedError::Failed(_)) {
                remove(&location);
            }
            return Err(refused(error, &path));
        }
    };
    let keeping = if temporary.is_some() { "removed on exit; keep it with --path FILE" } else { "kept" };
    session.messages.say(&format!(
        "demonstration file: {} ({}, {}; {keeping})",
        path.shown(),
        counted(seeded.spaces, "space", "spaces"),
        counted(seeded.events, "event", "events"),
    ));
    if interrupt.is_interrupted() {
        return Ok(Exit::Interrupted);
    }
    #[cfg(feature = "console")]
    if !session.global.plain && !session.out.is_json() && is_terminal() {
        session.messages.say("`ramax demo --plain` prints the walkthrough as text");
        // Exports must not disappear with a temporary database.
        let directory = temporary.as_ref().and_then(|_| std::env::current_dir().ok());
        // A file that disappears is not worth remembering.
        let memory = if temporary.is_some() { None } else { console::memory(session) };
        return console::show(
            session,
            store,
            Shown { walkthrough: Some(walkthrough()), directory, memory, ..Shown::default() },
        );
    }
    let store = store.with_operator(operator::of_this_process("cli"));
    tell(session, &store, named.as_deref(), &interrupt)
}

#[cfg(feature = "console")]
fn is_terminal() -> bool {
    use std::io::IsTerminal;
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Returns the path under which to keep the file, if any. RAMAX_DB is ignored: it names the database to work
/// on, not one to fill with a demonstration.
fn named_path(session: &Session, arguments: &DemoArguments) -> Result<Option<PathBuf>, Failure> {
    match (&arguments.path, &session.named) {
        (Some(_), Some(_)) => {
            Err(Failure::usage("usage", "the file is named twice", "name it once: `ramax demo --path FILE`"))
        }
        (path, named) => Ok(path.as_ref().or(named.as_ref()).cloned()),
    }
}

fn no_directory(error: std::io::Error) -> Failure {
    Failure {
        exit: Exit::Unusable,
        kind: "no_temporary_directory",
        message: format!("a temporary directory cannot be created: {error}"),
        hint: Some("keep the file elsewhere with --path FILE".into()),
    }
}

fn refused(error: SeedError, path: &Path) -> Failure {
    match error {
        SeedError::SpaceExists { .. } | SeedError::InUse => {
            let open = shell::command("", &[&path.to_string_lossy()], "");
            let hint = format!("open it with `{open}`, or name a new file with --path");
            Failure::refused("space_exists", format!("{}: {error}", path.shown()), hint)
        }
        SeedError::Failed(error) => error.into(),
    }
}

/// Removes a new file in which only a part of the demonstration was created: it could not be created there again.
fn remove(location: &Location) {
    for file in std::iter::once(&location.database).chain(&location.projections) {
        for ending in ["-wal", "-shm", ""] {
            let mut name = file.as_os_str().to_owned();
            name.push(ending);
            // What remains is reported when it is opened.
            let _ = std::fs::remove_file(name);
        }
    }
}

/// Runs the commands of a step in order.
fn run_step(step: &Step, store: &Store, apps: &Apps) -> Result<Vec<CommandOutput>, Failure> {
    let run = |run: &Run| {
        embedded_command::run(store, apps, run)
            .map(|output| CommandOutput { command: run.to_string(), output })
    };
    step.runs.iter().map(run).collect()
}

/// Runs every step and prints it.
fn tell(
    session: &mut Session,
    store: &Store,
    kept: Option<&Path>,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let out = &mut session.out;
    if !out.is_json() {
        out.line("A walk through ramax: events, projections and tenants")?;
        out.line("")?;
        out.line(&match kept {
            Some(path) => format!("To try the commands below, set RAMAX_DB to {}.", path.shown()),
            None => "The file is removed at the end. To try the commands below, run `ramax demo --path demo.db` and \
                     set RAMAX_DB to demo.db."
                .to_owned(),
        })?;
    }
    for (number, part) in (1..).zip(demo::PARTS) {
        if !out.is_json() {
            out.line("")?;
            out.line("")?;
            out.line(&format!("{number}. {}", part.title))?;
        }
        for step in part.steps {
            if interrupt.is_interrupted() {
                return Ok(Exit::Interrupted);
            }
            let ran = run_step(step, store, &session.apps)?;
            write_step(out, part.title, step, &ran)?;
            out.flush()?;
        }
    }
    if !out.is_json() {
        out.line("")?;
        out.line("")?;
        out.line("End of the walkthrough. `ramax --help` lists the commands; on a terminal, `ramax demo` opens the console.")?;
    }
    Ok(Exit::Done)
}

fn write_step(out: &mut Output, part: &str, step: &Step, ran: &[CommandOutput]) -> Result<(), Failure> {
    let Step { title, text, .. } = step;
    if out.is_json() {
        return Ok(out.json_line(&Line { part, title, commands: ran })?);
    }
    out.line("")?;
    out.line(&format!("   {title}"))?;
    paragraph(out, text)?;
    for CommandOutput { command, output } in ran {
        out.line("")?;
        out.line(&format!("   $ {command}"))?;
        output.iter().try_for_each(|line| out.line(&format!("     {line}")))?;
    }
    Ok(())
}

fn paragraph(out: &mut Output, text: &str) -> Result<(), Failure> {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.len() + word.len() + 4 > WIDTH {
            out.line(&format!("   {line}"))?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    Ok(out.line(&format!("   {line}"))?)
}

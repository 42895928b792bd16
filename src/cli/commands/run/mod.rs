//! `ramax run`: commands of a space's domain.

mod batch;
mod conditions;
mod secrets;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::command_help;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::past::write_change;
use crate::cli::session::Session;
use crate::cli::shell;
use crate::clock::Timestamp;
use crate::content_store::{Change, Command, ContentStore, Executed, Preview, Request};
use crate::error::{CommandError, Error};
use crate::event::{CorrelationId, EventId, NewEvent, SpaceSequence};
use crate::json::Json;
use crate::operations::{self, attempt_to_execute};
use crate::text::counted;

use conditions::{ConditionOptions, with_operator};
use secrets::{OfRun, find_secrets, warning};

/// The longest wait for async projections.
const WAIT: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct RunArguments {
    /// The space's name, or its id written as '#2'
    space: Option<String>,
    /// The command, such as add-contact
    #[arg(conflicts_with = "batch")]
    command: Option<String>,
    /// The fields of the command. A secret is given as FIELD=-, which reads it from standard input, or FIELD=@FILE; a
    /// required one that is missing is asked for on a terminal
    #[arg(value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    /// Show the events that would be appended and the keys that would change, without running the command
    #[arg(long)]
    dry_run: bool,
    /// Answer once every async projection contains the events of the command
    #[arg(long, conflicts_with_all = ["dry_run", "batch"])]
    wait: bool,
    #[command(flatten)]
    conditions: ConditionOptions,
    /// Run the commands in FILE, or standard input (-), given as JSON lines such as
    /// {"command":"add-contact","contact_id":"c1", …}. Each is answered, in order, after its commit
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "expect", "expect_entity", "idempotency_key"])]
    batch: Option<PathBuf>,
    /// Print help; with a space, list its commands
    #[arg(short, long)]
    help: bool,
}

/// The preview of a command, as JSON.
#[derive(Serialize)]
struct PreviewLine<'a> {
    last_sequence: SpaceSequence,
    events: Vec<EventLine<'a>>,
    changes: &'a [Change],
    /// The first answer, if the command was already executed under its idempotency key.
    #[serde(skip_serializing_if = "Option::is_none")]
    already_executed: Option<&'a Executed>,
}

#[derive(Serialize)]
struct EventLine<'a> {
    space_sequence: u64,
    entity_id: &'a str,
    event_type: &'a str,
    payload: &'a Json,
    metadata: Option<&'a Json>,
    causation_id: Option<EventId>,
    correlation_id: Option<CorrelationId>,
}

pub fn run(
    session: &mut Session,
    arguments: &RunArguments,
    help: impl FnOnce() -> String,
) -> Result<Exit, Failure> {
    let Some(space_name) = &arguments.space else {
        return without_space(session, arguments, help);
    };
    if arguments.help {
        let content = operations::find_space(&session.open()?, &session.apps, space_name)?;
        let (out, program, command) = (&mut session.out, &session.program, arguments.command.as_deref());
        command_help::write(out, program, content.app(), space_name, command)?;
        return Ok(Exit::Done);
    }
    if let Some(file) = &arguments.batch {
        let conditions = arguments.conditions.conditions()?;
        let content = session
            .space(&session.open()?, space_name, |target| batch::attempt(file, &conditions, target))?;
        let over_space = |failure| Session::over_space(content.store(), content.space_id(), failure);
        let conditions = with_operator(conditions, &content);
        return batch::run(session, &content, file, &conditions).map_err(over_space);
    }
    let mut request = arguments.request(space_name)?;
    let command = request.command.name.clone();
    let content = if arguments.dry_run {
        operations::find_space(&session.open()?, &session.apps, space_name)?
    } else {
        session.space(&session.open()?, space_name, |target| attempt_to_execute(&command, target))?
    };
    request.conditions = with_operator(request.conditions, &content);
    read_secrets(session, &content, &mut request.command)?;
    let help = |error: Error| {
        let failure = with_help(error, space_name, &command);
        Session::over_space(content.store(), content.space_id(), failure)
    };
    if arguments.dry_run {
        let preview = content.preview(request).map_err(help)?;
        write_preview(&mut session.out, &preview)?;
        return Ok(Exit::Done);
    }
    let executed = operations::execute(&content, request).map_err(help)?;
    session.done = Some("the command was executed".to_owned());
    if arguments.wait {
        for projection in content.projections().iter().filter(|projection| !projection.is_inline()) {
            content.wait_for(projection.name(), executed.space_sequence, WAIT).map_err(help)?;
        }
    }
    if executed.repeated {
        session.messages.say("already executed under this idempotency key; this is the first answer");
    }
    if let Some(time) = executed.ahead_of_clock {
        warn_of_time(session, time);
    }
    write_executed(&mut session.out, &executed)?;
    Ok(Exit::Done)
}

/// Reads the secrets of a command, and warns of those that were typed on the command line.
fn read_secrets(session: &Session, content: &ContentStore, command: &mut Command) -> Result<(), Failure> {
    let commands = content.app().commands();
    let Some(spec) = commands.iter().find(|spec| spec.name == command.name) else { return Ok(()) };
    let typed = find_secrets(command, spec.fields, &mut OfRun::new(session))?;
    if let Some(warning) = warning(&typed) {
        session.messages.say(&warning);
    }
    Ok(())
}

/// Warns of an event time that is ahead of the clock.
pub(in crate::cli) fn warn_of_time(session: &Session, time: Timestamp) {
    session.messages.say(&format!("warning: {}", operations::ahead_of_clock(time)));
}

/// Converts the error of a command, and adds the help that explains it.
fn with_help(error: Error, space_name: &str, command: &str) -> Failure {
    let is_unknown = matches!(error, Error::Command(CommandError::UnknownCommand { .. }));
    // What is wrong is an option, which the help on the fields does not explain.
    let is_option = matches!(&error, Error::Command(CommandError::InvalidField { field, .. }) if *field == "idempotency_key");
    let failure = Failure::from(error);
    match failure.exit {
        Exit::Usage if is_option => failure,
        Exit::Usage if is_unknown => {
            failure.advise(&format!("`{}` explains them", shell::command("run", &[space_name], "--help")))
        }
        Exit::Usage => {
            let explain = shell::command("run", &[space_name, command], "--help");
            failure.advise(&format!("`{explain}` explains its fields"))
        }
        _ => failure,
    }
}

fn without_space(
    session: &mut Session,
    arguments: &RunArguments,
    help: impl FnOnce() -> String,
) -> Result<Exit, Failure> {
    if !arguments.help {
        let hint =
            "`ramax run SPACE COMMAND [FIELD=VALUE …]` runs one; `ramax run SPACE --help` lists the commands";
        return Err(Failure::usage("usage", "no space is named", hint));
    }
    for line in help().lines() {
        session.out.line(line)?;
    }
    Ok(Exit::Done)
}

impl RunArguments {
    fn request(&self, space_name: &str) -> Result<Request, Failure> {
        let name = self.command.as_ref().ok_or_else(|| {
            let hint = format!("`{}` lists the commands", shell::command("run", &[space_name], "--help"));
            Failure::usage("usage", "no command is named", hint)
        })?;
        let mut command = Command::new(name);
        for pair in &self.fields {
            let named = pair.split_once('=').filter(|(field, _)| !field.is_empty());
            let (field, value) = named.ok_or_else(|| {
                Failure::usage(
                    "usage",
                    format!("{pair} is not of the form FIELD=VALUE"),
                    "write it like name=Ada",
                )
            })?;
            if command.fields.insert(field.to_owned(), value.to_owned()).is_some() {
                return Err(Failure::usage(
                    "usage",
                    format!("{field} is given twice"),
                    "give each field once",
                ));
            }
        }
        Ok(Request { command, conditions: self.conditions.conditions()? })
    }
}

/// Lists the events of an answer.
fn list_of_events(executed: &Executed) -> String {
    let ids: Vec<String> = executed.event_ids.iter().map(ToString::to_string).collect();
    match ids.len() {
        0 => "no events".to_owned(),
        1 => format!("event {}", ids.join(", ")),
        _ => format!("events {}", ids.join(", ")),
    }
}

fn write_executed(out: &mut Output, executed: &Executed) -> Result<(), Failure> {
    if out.is_json() {
        return Ok(out.json_line(executed)?);
    }
    let (events, sequence) = (list_of_events(executed), executed.space_sequence);
    Ok(out.line(&format!("appended {events} at sequence {sequence}"))?)
}

fn write_preview(out: &mut Output, preview: &Preview) -> Result<(), Failure> {
    let events = preview.events.iter().zip(preview.at.0 + 1..);
    if out.is_json() {
        let events = events.map(|(event, sequence)| event_line(event, sequence)).collect();
        let (last_sequence, changes) = (preview.at, preview.changes.as_slice());
        let already_executed = preview.first_answer.as_ref();
        return Ok(out.json_line(&PreviewLine { last_sequence, events, changes, already_executed })?);
    }
    if let Some(first) = &preview.first_answer {
        let (events, sequence) = (list_of_events(first), first.space_sequence);
        return Ok(
            out.line(&format!("already executed: {events} at sequence {sequence}; nothing would change"))?
        );
    }
    let count = counted(preview.events.len() as u64, "event", "events");
    out.line(&format!("would append {count} after sequence {}", preview.at))?;
    for (event, sequence) in events {
        out.line(&format!("  {sequence}  {}  {}  {}", event.event_type, event.entity_id, event.payload))?;
    }
    out.line(&format!("would change {}", counted(preview.changes.len() as u64, "key", "keys")))?;
    for change in &preview.changes {
        write_change(out, change)?;
    }
    Ok(())
}

fn event_line(event: &NewEvent, space_sequence: u64) -> EventLine<'_> {
    EventLine {
        space_sequence,
        entity_id: &event.entity_id,
        event_type: &event.event_type,
        payload: &event.payload,
        metadata: event.metadata.as_ref(),
        causation_id: event.causation_id,
        correlation_id: event.correlation_id,
    }
}

//! `ramax FILE --plain`: an overview of the file.
//!
//! It tells what the first screens of the console show, one thing per line and without columns, so that a screen reader can
//! read it. It stays short for any number of spaces.

mod contents;
mod limited;
mod next;

use std::io;

use crate::audit::AuditEntry;
use crate::cli::exit::{Exit, Failure};
use crate::cli::program::in_words_of;
use crate::cli::remedy;
use crate::cli::session::Session;
use crate::cli::shell;
use crate::content_store::Store;
use crate::delivery::{SubscriptionStatus, subscription_statuses};
use crate::masking::MaskedPath;
use crate::text::{bytes, counted, grouped};

use super::subscriptions::{advice, name_of};
use contents::Contents;
use limited::Limited;

/// Prints the overview.
pub fn run(session: &mut Session) -> Result<Exit, Failure> {
    let store = session.open_alone()?;
    if session.out.is_json() {
        let hint =
            "as JSON, read `ramax spaces list`, `ramax checkpoints`, `ramax subscriptions` and `ramax log`";
        return Err(Failure::usage("usage", "the overview of --plain is text, not JSON", hint));
    }
    let contents = Contents::read(session, &store)?;
    let operations = operations(&store)?;
    let subscriptions = subscriptions(session, &store)?;
    for line in head(session, &store, &contents)? {
        write(session, &line)?;
    }
    section(session, "Problems", &contents.problems, "`ramax check` finds all")?;
    section(session, "Projections behind", &contents.behind, "`ramax checkpoints` lists all")?;
    section(session, "Unfinished operations", &operations, "`ramax log` lists all")?;
    section(session, "Subscriptions", &subscriptions, "`ramax subscriptions` lists all")?;
    section(session, "Spaces", &contents.spaces, &contents.more_spaces())?;
    session.out.line("")?;
    session.out.line("Next")?;
    for line in next::commands(&store, &contents) {
        write(session, &line)?;
    }
    Ok(Exit::Done)
}

/// Writes a line, with the name of the program in the commands that it quotes.
fn write(session: &mut Session, line: &str) -> io::Result<()> {
    session.out.line(&in_words_of(session.program.name(), line))
}

/// Writes a section, and where to find what it omits.
fn section(session: &mut Session, title: &str, lines: &Limited, more: &str) -> io::Result<()> {
    session.out.line("")?;
    let total = lines.total();
    session.out.line(&format!("{title}: {}", if total == 0 { "none".to_owned() } else { grouped(total) }))?;
    for line in lines.lines() {
        write(session, line)?;
    }
    match lines.omitted() {
        0 => Ok(()),
        omitted => write(session, &format!("{} more: {more}", grouped(omitted))),
    }
}

/// Describes the file.
fn head(session: &Session, store: &Store, contents: &Contents) -> Result<Vec<String>, Failure> {
    let (program, location) = (&session.program, store.location());
    let file = location.map(|files| files.database.shown());
    let file = file.or_else(|| store.address()).unwrap_or_else(|| "memory".to_owned());
    let mut lines = vec![format!("{} {}, overview of {file}", program.name(), program.version())];
    if let Some(projections) = location.and_then(|files| files.projections.as_ref()) {
        lines.push(format!("Projections: in {}", projections.shown()));
    }
    let size = store.storage_bytes()?.map(|size| format!(", {}", bytes(size))).unwrap_or_default();
    let spaces = counted(contents.spaces.total(), "space", "spaces");
    lines.push(format!("Contents: {spaces}, {}{size}", counted(contents.events, "event", "events")));
    lines.push(match &contents.last {
        Some((at, space)) => format!("Last event: {}, in {space}", contents.moment(*at)),
        None => "Last event: none".to_owned(),
    });
    lines.push(match store.is_read_only() {
        true if store.is_original() => {
            let advice = store.check_writable().err().and_then(|error| crate::Error::from(error).advice());
            let advice = advice.map(|advice| format!("; {}", remedy::worded(&advice, program)));
            format!("Access: read-only, written by the Elixir original{}", advice.unwrap_or_default())
        }
        true if store.cannot_write() => {
            "Access: read-only, because this user or its server cannot write it".to_owned()
        }
        true => "Access: read-only, opened with --read-only".to_owned(),
        false => "Access: reading and writing".to_owned(),
    });
    if contents.production.total() > 0 {
        lines.push(format!("Production: {}", contents.production.joined()));
    }
    lines.extend(
        session.database_options().map(|options| format!("Commands: add {options} to those named below")),
    );
    Ok(lines)
}

/// Describes the operations that have not ended.
fn operations(store: &Store) -> Result<Limited, Failure> {
    let mut lines = Limited::default();
    for entry in store.audit_log().running()? {
        lines.push(|| operation_line(&entry));
    }
    Ok(lines)
}

fn operation_line(entry: &AuditEntry) -> String {
    let AuditEntry { action, space_name, operator, started_at, .. } = entry;
    let of_space = space_name.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
    let state = if operator.is_running() {
        "running"
    } else {
        "interrupted, no outcome recorded, and its process is gone"
    };
    format!("{action}{of_space}: {state}; started {started_at} by {operator}, process {}", operator.process)
}

/// Describes the subscriptions.
fn subscriptions(session: &Session, store: &Store) -> Result<Limited, Failure> {
    let mut lines = Limited::default();
    for status in subscription_statuses(store)? {
        lines.push(|| subscription_line(session, store, &status));
    }
    Ok(lines)
}

fn subscription_line(session: &Session, store: &Store, status: &SubscriptionStatus) -> String {
    let lag = &status.lag;
    let spaces = status
        .space_id
        .map_or_else(|| "all spaces".to_owned(), |space_id| format!("space {}", name_of(store, space_id)));
    let mut parts = vec![format!("{}: {}", status.subscription, status.status.name()), spaces];
    parts.push(contents::lag_in_words(lag.lag));
    if lag.failing_spaces > 0 {
        parts.push(format!("failing in {}", counted(lag.failing_spaces, "space", "spaces")));
    }
    if lag.parked > 0 {
        parts.push(counted(lag.parked, "parked event", "parked events"));
    }
    let advice = advice(status, &session.program);
    let show = || shell::command("subscriptions show", &[&status.subscription], "");
    let is_failing = lag.failing_spaces > 0 || lag.parked > 0;
    let advice = advice.or_else(|| is_failing.then(|| format!("`{}` shows the errors", show())));
    parts.join(", ") + &advice.map(|advice| format!("; {advice}")).unwrap_or_default()
}

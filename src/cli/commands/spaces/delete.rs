//! `ramax spaces delete`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::time_taken;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::shell;
use crate::masking::MaskedPath;
use crate::operations::{self, DeleteSpace, Inventory, Operation, ProjectionKeys, Proof, Summary, Target};
use crate::text::{counted, grouped};

#[derive(Debug, Args)]
pub struct DeleteArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The name of the space again, as a confirmation
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run")]
    confirm: Option<String>,
    /// Purge the storage afterwards: no byte of the space remains in a file; on a server, vacuum
    #[arg(long)]
    purge: bool,
    /// First export the space to FILE, which must not exist yet, and read it back
    #[arg(long, value_name = "FILE")]
    archive: Option<PathBuf>,
    /// Only show what would be deleted
    #[arg(long)]
    dry_run: bool,
}

impl DeleteArguments {
    fn operation(&self) -> DeleteSpace {
        DeleteSpace { purge: self.purge, archive: self.archive.clone() }
    }
}

pub(super) fn run(session: &mut Session, arguments: &DeleteArguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let mut delete = arguments.operation();
    let inventory = operations::inventory(&store, &arguments.space).map_err(|error| {
        let failure = Failure::from(error);
        if arguments.dry_run {
            return failure;
        }
        delete.attempt(Target::Name(&arguments.space)).refused(&store, failure)
    })?;
    if arguments.dry_run {
        write_inventory(&mut session.out, &inventory)?;
        session.say("nothing was deleted")?;
        return Ok(Exit::Done);
    }
    let name = &inventory.space.space_name;
    let confirmed = arguments.confirm.as_deref().unwrap_or_default();
    if confirmed != name {
        let message =
            format!("--confirm {confirmed} is not the name of the space {name}; nothing was deleted");
        let hint =
            format!("if {name} is the one to delete, confirm it with {}", shell::option("--confirm", name));
        let failure = Failure::refused("not_confirmed", message, hint);
        return Err(delete.attempt(Target::of(&inventory.space)).refused(&store, failure));
    }
    if !session.out.is_json() {
        write_inventory(&mut session.out, &inventory)?;
        session.out.flush()?;
    }
    let interrupt = session.signals.listen();
    let (target, title) = (Target::of(&inventory.space), format!("delete {name}"));
    let (deleted, taken) = session.run(&mut delete, target, &store, (&interrupt, title))?;
    session.done = Some(format!("{name} was deleted"));
    if session.out.is_json() {
        session.out.json_line(&deleted)?;
        return Ok(Exit::Done);
    }
    if let (Some(archived), Some(path)) = (&deleted.archived, &arguments.archive) {
        let summary = Summary::from(archived).detail;
        session.out.line(&format!("archived {name} to {}: {summary}, read back", path.shown()))?;
    }
    let capabilities = deleted.proof.capabilities;
    let purged = match (arguments.purge, deleted.purged) {
        (_, true) if capabilities.beyond_purge.is_empty() => {
            ", and no byte of it remains in the file".to_owned()
        }
        (_, true) => format!(", and {}", capabilities.purged),
        (true, false) => format!("; {}", capabilities.left_unpurged),
        (false, false) => String::new(),
    };
    session.out.line(&format!("deleted {name} in {}{purged}", time_taken(taken)))?;
    write_proof(&mut session.out, &deleted.proof)?;
    Ok(Exit::Done)
}

fn write_proof(out: &mut Output, proof: &Proof) -> std::io::Result<()> {
    let tables = proof.tables.iter().map(|(table, rows)| format!("{table} {rows}"));
    out.line(&format!("rows left: {}", tables.collect::<Vec<_>>().join(", ")))?;
    proof.warnings().iter().try_for_each(|warning| out.line(warning))?;
    let Some(slack) = proof.slack else { return Ok(()) };
    let pages = counted(slack.free_pages, "free page", "free pages");
    out.line(&format!("{pages}, {} in the write-ahead log", counted(slack.log_bytes, "byte", "bytes")))
}

fn write_inventory(out: &mut Output, inventory: &Inventory) -> std::io::Result<()> {
    if out.is_json() {
        return out.json_line(inventory);
    }
    let time = |at: Option<crate::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let known = |number: Option<u64>, one, many| {
        number.map_or_else(|| "unknown: partly removed".to_owned(), |number| counted(number, one, many))
    };
    out.fields(&[
        ("space", format!("{} ({})", inventory.space.space_name, inventory.space.space_id)),
        (
            "events",
            match (counted(inventory.events, "event", "events"), inventory.partly_removed) {
                (events, true) => format!("{events} left"),
                (events, false) => events,
            },
        ),
        ("payloads", known(inventory.payload_bytes, "byte", "bytes")),
        ("first event", time(inventory.first_event)),
        ("last event", time(inventory.last_event)),
        (
            if inventory.projections.len() > 1 { "projections" } else { "projection" },
            match inventory.projections.as_slice() {
                projections @ [_, _, ..] => {
                    let of = |one: &ProjectionKeys| format!("{} {}", one.projection, grouped(one.keys));
                    let each: Vec<String> = projections.iter().map(of).collect();
                    format!("{}: {}", known(inventory.entities, "key", "keys"), each.join(", "))
                }
                _ => known(inventory.entities, "key", "keys"),
            },
        ),
        ("console", "what it remembers of the space is removed, for copies of the database, too".to_owned()),
    ])
}

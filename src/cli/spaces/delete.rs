//! `ramax spaces delete`.

use clap::Args;

use crate::operations::{self, DeleteOptions, Deleted, Inventory};
use crate::text::counted;

use super::super::exit::{Exit, Failure};
use super::super::interrupt::Interrupt;
use super::super::meter::Meter;
use super::super::narration::time_taken;
use super::super::output::Output;
use super::super::session::Session;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Its name or number
    space: String,
    /// The space's name once more, so that it is not the wrong one
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run")]
    confirm: Option<String>,
    /// Rewrite the file afterwards, so that no byte of the space is left in it
    #[arg(long)]
    purge: bool,
    /// Only show what would be deleted
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(session: &mut Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let inventory = operations::inventory(&store, &arguments.space)?;
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
        let hint = format!("if {name} is the one to delete, confirm it with --confirm {name}");
        return Err(Failure::refused("not_confirmed", message, hint));
    }
    if !session.out.is_json() {
        write_inventory(&mut session.out, &inventory)?;
        session.out.flush()?;
    }
    let interrupt = Interrupt::take_over()?;
    let mut meter = Meter::start(session.narration, &interrupt, format!("delete {name}"));
    let options = DeleteOptions { purge: arguments.purge, ..DeleteOptions::default() };
    let deleted =
        operations::delete(&store, &arguments.space, options, &mut |progress| meter.watch(progress));
    let taken = meter.end();
    let Deleted { purged, .. } = deleted?;
    if session.out.is_json() {
        session.out.json_line(&Deleted { inventory, purged })?;
        return Ok(Exit::Done);
    }
    let purged = match (arguments.purge, purged) {
        (_, true) => ", and no byte of it is left in the file",
        (true, false) => "; its name may stay in the log until the last who reads the file closes it",
        (false, false) => "",
    };
    session.out.line(&format!("deleted {name} in {}{purged}", time_taken(taken)))?;
    Ok(Exit::Done)
}

fn write_inventory(out: &mut Output, inventory: &Inventory) -> std::io::Result<()> {
    if out.is_json() {
        return out.json_line(inventory);
    }
    let time = |at: Option<crate::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    out.fields(&[
        ("space", format!("{} (id {})", inventory.space.space_name, inventory.space.space_id)),
        ("events", counted(inventory.events, "event", "events")),
        ("payloads", counted(inventory.payload_bytes, "byte", "bytes")),
        ("first event", time(inventory.first_event)),
        ("last event", time(inventory.last_event)),
        ("projection", counted(inventory.entities, "key", "keys")),
    ])
}

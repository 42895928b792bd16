//! `ramax projections remove`: removes a projection that no app declares.

use clap::Args;
use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::shell;
use crate::operations::{Operation, RemoveProjection, Target};
use crate::space::SpaceId;

#[derive(Debug, Args)]
pub struct RemoveArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The name of the projection
    projection: String,
    /// The name of the projection again, as a confirmation
    #[arg(long, value_name = "NAME")]
    confirm: String,
}

/// A removed projection, as JSON.
#[derive(Serialize)]
struct Removed<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    projection: &'a str,
    /// Null if its checkpoint could not be read.
    keys: Option<u64>,
}

pub(super) fn run(session: &mut Session, arguments: &RemoveArguments) -> Result<Exit, Failure> {
    let RemoveArguments { space, projection, confirm } = arguments;
    let store = session.open()?;
    let mut operation = RemoveProjection { projection: projection.clone() };
    let space = Session::find(&store, space, |target| operation.attempt(target))?;
    if confirm != projection {
        let message = format!(
            "--confirm {confirm} is not the name of the projection {projection}; nothing was removed"
        );
        let confirm = shell::option("--confirm", projection);
        let hint = format!("if {projection} is the one to remove, confirm it with {confirm}");
        let failure = Failure::refused("not_confirmed", message, hint);
        return Err(operation.attempt(Target::of(&space)).refused(&store, failure));
    }
    let interrupt = session.signals.listen();
    let title = format!("remove {projection} of {}", space.space_name);
    let (keys, _) = session.run(&mut operation, Target::of(&space), &store, (&interrupt, title))?;
    session.done = Some(format!("{projection} was removed"));
    let (space_id, space_name) = (space.space_id, space.space_name.as_str());
    if session.out.is_json() {
        session.out.json_line(&Removed { space_id, space_name, projection, keys })?;
    } else {
        session.out.line(&format!("{space_name}: {}", operation.summary(&keys).detail))?;
    }
    Ok(Exit::Done)
}

//! `ramax spaces rename` and `ramax spaces set`.

use clap::Args;

use crate::cli::exit::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::shell;
use crate::error::{Error, StoreError};
use crate::event::SpaceSequence;
use crate::operations::{
    self, ListedSpace, Operation, RenameSpace, SetSpace, SpaceOverview, Target, keep_going,
};
use crate::space::Space;

use super::parsed_metadata;

#[derive(Debug, Args)]
pub struct RenameArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The new name
    name: String,
}

#[derive(Debug, Args)]
pub struct SetArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The app that the space runs from now on
    #[arg(long, required_unless_present = "metadata")]
    app: Option<String>,
    /// Metadata about the space, as a JSON object. It replaces the current metadata
    #[arg(long, value_name = "JSON")]
    metadata: Option<String>,
}

impl SetArguments {
    /// Returns the operation, with the app and the metadata checked.
    fn operation(&self, session: &Session) -> Result<SetSpace, Failure> {
        let metadata = self.metadata.as_deref().map(parsed_metadata).transpose()?;
        self.app.as_deref().map(|app| session.app_named(app)).transpose()?;
        Ok(SetSpace { app: self.app.clone(), metadata })
    }
}

pub(super) fn rename(session: &mut Session, arguments: &RenameArguments) -> Result<Exit, Failure> {
    let rename = RenameSpace { name: arguments.name.clone() };
    let (before, after) = change(session, &arguments.space, rename)?;
    let (from, to) = (&before.space_name, &after.space.space_name);
    session.done = Some(format!("{from} was renamed to {to}"));
    write(session, &after, &format!("renamed {from} to {to}"))
}

pub(super) fn set(session: &mut Session, arguments: &SetArguments) -> Result<Exit, Failure> {
    let set = arguments.operation(session).map_err(|failure| {
        let attempt = SetSpace { app: None, metadata: None }.attempt(Target::Name(&arguments.space));
        session.refused(attempt, failure)
    })?;
    let (before, after) = change(session, &arguments.space, set)?;
    let name = &after.space.space_name;
    session.done = Some(format!("{name} was changed"));
    write(session, &after, &format!("changed {name}"))?;
    if before.app_name() != after.space.app_name() && after.head.last_sequence > SpaceSequence::START {
        let rebuild = shell::command("rebuild", &[name], "");
        session.say(&format!("its projection was built by its former app; `{rebuild}` builds it again"))?;
    }
    Ok(Exit::Done)
}

/// Changes a space. Returns it as it was and as it is.
fn change(
    session: &Session,
    name: &str,
    mut operation: impl Operation<Done = Space, Error = Error>,
) -> Result<(Space, SpaceOverview), Failure> {
    let store = session.open()?;
    let before = Session::find(&store, name, |target| operation.attempt(target))?;
    let over_space = |error: Error| Session::over_space(&store, before.space_id, error.into());
    operation.run(Target::of(&before), session.context(&store), &mut keep_going).map_err(over_space)?;
    let mut after = operations::overviews_of(&store, &session.apps, &[before.space_id])?;
    let after = after.pop().ok_or_else(|| over_space(StoreError::unknown_space(name).into()))?;
    Ok((before, after))
}

fn write(session: &mut Session, overview: &SpaceOverview, words: &str) -> Result<Exit, Failure> {
    if session.out.is_json() {
        session.out.json_line(&ListedSpace::of(overview))?;
    } else {
        let runs = overview.app.map_or_else(String::new, |app| format!(", runs {app}"));
        session.out.line(&format!("{words} ({}{runs})", overview.space.space_id))?;
    }
    Ok(Exit::Done)
}

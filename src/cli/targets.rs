//! One space or all of them.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::audit::AuditEntry;
use crate::content_store::Store;
use crate::error::{Advice, Error, Remedy};
use crate::event::SpaceSequence;
use crate::event_store::{Page, SpaceFault, SpaceRecord};
use crate::operations::{self, DamagedSpaces, Fork, Operation, Target};
use crate::space::{Checkpoint, Space};

use super::exit::{Exit, Failure};
use super::remedy;
use super::session::Session;

const PAGE: usize = 500;

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Targets {
    /// The space's name, or its id written as '#2'
    space: Option<String>,
    /// All spaces
    #[arg(long)]
    all: bool,
}

/// The projections of one space or all of them.
#[derive(Debug, Args)]
pub struct OfProjections {
    #[command(flatten)]
    pub(super) targets: Targets,
    /// Only the projection with this name, instead of all that the app declares
    #[arg(long, value_name = "NAME")]
    pub(super) projection: Option<String>,
}

impl Targets {
    /// Runs an operation on each space, with progress under the title and the space's name, and writes each result with
    /// `write`. With all spaces, a failure in one is reported, the others continue, and the run ends as refused; a failure
    /// of the whole file ends the run. Spaces without events are skipped. So are spaces that another process is deleting or
    /// importing, and those that no app has ever worked on, with a note; if there is no other space, the run ends as refused.
    /// Damaged spaces are reported at the end.
    pub(super) fn each<O: Operation<Error = Error> + Clone>(
        &self,
        session: &mut Session,
        store: &Store,
        (operation, title): (O, &str),
        write: impl Fn(&mut Session, &Space, &O::Done, Duration) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        let interrupt = session.signals.listen();
        let one = |session: &mut Session, space: &Space| {
            let progress = (&interrupt, format!("{title} {}", space.space_name));
            let done = session.run(&mut operation.clone(), Target::of(space), store, progress);
            let outcome = done.and_then(|(done, taken)| {
                let exit = write(session, space, &done, taken)?;
                session.out.flush()?;
                Ok(exit)
            });
            outcome.map_err(|failure| Session::over_space(store, space.space_id, failure))
        };
        if let Some(name) = &self.space {
            let space = Session::find(store, name, |target| operation.attempt(target))?;
            return one(session, &space);
        }
        let (mut outcome, mut is_any, mut is_any_with_app) = (Exit::Done, false, false);
        let (mut damaged, mut after) = (DamagedSpaces::default(), None);
        loop {
            let page = store.events().spaces(Page::forward(after, PAGE))?;
            for record in &page {
                let name = &record.space.space_name;
                damaged.note_record(record);
                if record.fault.as_ref().is_some_and(SpaceFault::prevents_use) {
                    is_any = true;
                    is_any_with_app = true;
                    continue;
                }
                if is_empty(store, record)? {
                    continue;
                }
                is_any = true;
                // No app has made anything of it that could be rebuilt or compared. If that cannot be read, the operation says so.
                if operations::has_no_app(store, &session.apps, &record.space).unwrap_or(false) {
                    note_without_app(session, store, &record.space)?;
                    continue;
                }
                is_any_with_app = true;
                match one(session, &record.space) {
                    Ok(Exit::Done) => {}
                    Ok(exit) => outcome = exit,
                    Err(failure) => match other_process(store, &record.space, &failure)? {
                        Some(note) => session.say(&format!("note: {note}"))?,
                        // Another app declares the projection.
                        None if failure.kind == "unknown_projection" => {}
                        None if failure.exit == Exit::Refused || failure.kind == "corrupt" => {
                            session.out.flush()?;
                            failure.at(name).report(&session.program, session.out.is_json());
                            outcome = Exit::Refused;
                        }
                        // The spaces before this one are done.
                        None if failure.exit == Exit::Interrupted => return Err(failure.at(name)),
                        None => return Err(failure),
                    },
                }
            }
            after = page.last().map(|record| record.space.space_id);
            if page.len() < PAGE {
                break;
            }
        }
        session.out.flush()?;
        damaged.check(store)?;
        if !is_any {
            session.say("no space has events")?;
        }
        Ok(if is_any && !is_any_with_app { Exit::Refused } else { outcome })
    }
}

/// Says that a space is skipped because no app of this program knows it, and how its app can be named.
fn note_without_app(session: &mut Session, store: &Store, space: &Space) -> Result<(), Failure> {
    let Space { space_id, space_name: name, .. } = space;
    if session.out.is_json() {
        let line = json!({ "space_id": space_id, "space_name": name, "skipped": "unknown_app" });
        return Ok(session.out.json_line(&line)?);
    }
    let note = format!("note: {name} was skipped: {}", operations::lacks_app(space.app_name().as_deref()));
    let naming = Advice::from(format!("{note}; ")).remedy(Remedy::NameApp).about_space(name);
    let can_be_named = !store.is_original() && space.app_name().is_none();
    session.say(&if can_be_named { remedy::worded(&naming, &session.program) } else { note })?;
    Ok(())
}

/// Describes what another process does to a space, if that caused the failure.
fn other_process(store: &Store, space: &Space, failure: &Failure) -> Result<Option<String>, Failure> {
    if failure.exit != Exit::Refused && failure.kind != "corrupt" {
        return Ok(None);
    }
    let name = &space.space_name;
    let Some(record) = store.events().space(space.space_id)? else {
        return Ok(Some(format!("{name} was deleted meanwhile")));
    };
    let is_on_it = |operation: &AuditEntry| {
        // A fork is recorded under its origin.
        let is_it = (space.is_fork() && operation.action == Fork::default().name())
            || operation.space_id == Some(space.space_id)
            || (operation.space_id.is_none() && operation.space_name.as_deref() == Some(name));
        is_it && operation.operator.is_running()
    };
    let is_under_way = store.audit_log().running()?.iter().any(is_on_it);
    Ok(record.space.under_way().filter(|_| is_under_way).map(|state| format!("{name} is {state}")))
}

/// Returns true if a space holds nothing, regardless of its counters.
fn is_empty(store: &Store, record: &SpaceRecord) -> Result<bool, Failure> {
    let space_id = record.space.space_id;
    Ok(record.head.last_sequence == SpaceSequence::START
        && store.events().read_space(space_id, Page::forward(None, 1))?.is_empty()
        && store.pstate().checkpoint(space_id.into())? == Checkpoint::default())
}

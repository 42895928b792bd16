//! The targets of operations on spaces, and the reasons why they cannot run.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::console::app::action::Action;
use crate::console::app::availability::{Availability, Reason, available_if, unavailable};
use crate::console::app::keymap::key_of;
use crate::console::app::remedy::{repair, replacement};
use crate::console::app::state::{ConsoleState, Gone};
use crate::console::panes::jobs::job::Job;
use crate::console::panes::{Filter, Pane, travel};
use crate::content_store::ProjectionMode;
use crate::error::Remedy;
use crate::event::SpaceSequence;
use crate::operations::{
    AnyOperation, CatchUp, DeleteSpace, Export, Fork, ProjectionOverview, ProjectionStatus, Rebuild, Redact,
    RemoveProjection, SpaceOverview, Verify,
};
use crate::pstate::STATE;
use crate::space::SpaceId;

use super::SpacesPane;

/// Returns the reason if nothing can be written.
pub(crate) fn writable(state: &ConsoleState) -> Availability {
    travel::check_now(state)?;
    file_is_writable(state)
}

/// Returns the reason if the file is not in its place, where every operation looks for it.
pub(crate) fn check_file_exists(state: &ConsoleState) -> Availability {
    let Some(gone) = &state.database.gone else { return Ok(()) };
    let message = gone.message();
    unavailable(match gone {
        Gone::Removed(_) => format!("{message}; move it back, and this console continues"),
        Gone::Replaced(_) => format!("{message}; `{}` opens that one", key_of(state, Action::OpenFile)),
    })
}

/// Returns the reason if nothing can be written to the file.
pub(crate) fn file_is_writable(state: &ConsoleState) -> Availability {
    check_file_exists(state)?;
    if state.database.is_original {
        return unavailable(
            "this file was written by the Elixir original and is opened read-only; `{key:import}` imports it into another database",
        );
    }
    available_if(!state.database.read_only, "the database is open read-only")
}

/// Returns true if operations apply to the marked spaces: there are marks, and a pane that lists spaces has the focus.
pub(crate) fn is_about_marked(state: &ConsoleState) -> bool {
    !state.spaces.marked.is_empty() && state.focus.list().spaces(state).is_some()
}

/// Returns the targets of an operation: the marked spaces in list order, or else the selected one.
pub(crate) fn targets(state: &ConsoleState) -> Vec<&SpaceOverview> {
    if !is_about_marked(state) {
        return state.space().into_iter().collect();
    }
    let SpacesPane { marked, .. } = &state.spaces;
    let all = state.spaces.ordered(&Filter::default());
    all.iter().filter(|id| marked.contains(id)).filter_map(|id| state.spaces.get(*id)).collect()
}

/// Returns the targets on which an operation can run, and the names of the others with the reasons.
pub(crate) fn split_targets(
    state: &ConsoleState,
    operation: &AnyOperation,
) -> (Vec<SpaceOverview>, Vec<(String, String)>) {
    let mut spaces = Vec::new();
    let mut skipped = Vec::new();
    for found in targets(state) {
        match can_run_on(state, operation, found) {
            Ok(()) => spaces.push(match operation.projection() {
                Some(name) => found.clone().seen_from(name),
                None => found.clone(),
            }),
            Err(reason) => skipped.push((found.space.space_name.clone(), reason.text(&state.settings.keys))),
        }
    }
    (spaces, skipped)
}

/// Returns the reason if an operation cannot run on a space.
pub(crate) fn can_run_on(
    state: &ConsoleState,
    operation: &AnyOperation,
    found: &SpaceOverview,
) -> Availability {
    if let AnyOperation::DeleteSpace(_) = operation {
        not_queued_twice(state, operation, found)?;
        return if found.worker.is_some() { is_open(state, found) } else { Ok(()) };
    }
    is_open(state, found)?;
    not_queued_twice(state, operation, found)?;
    if operation.needs_app() {
        with_app(state, found)?;
    }
    let named = operation.projection().and_then(|name| found.projection(name));
    let is_undeclared = named.is_some_and(|projection| projection.status == ProjectionStatus::Undeclared);
    if is_undeclared && !matches!(operation, AnyOperation::RemoveProjection(_)) {
        return unavailable("its app does not declare this projection; `{key:remove-projection}` removes it");
    }
    match operation {
        AnyOperation::Rebuild(Rebuild { projection, .. }) => is_replaced(state, found, projection.as_deref()),
        AnyOperation::CatchUp(CatchUp { projection }) => needs_catch_up(state, found, projection.as_deref()),
        // It rebuilds all projections.
        AnyOperation::Redact(_) => match found.projections.iter().find(|projection| projection.is_newer) {
            Some(newer) => unavailable(built_later(found, newer)),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Returns the reason if an operation has closed the space: the process that runs it, or else the way out.
pub(crate) fn is_open(state: &ConsoleState, found: &SpaceOverview) -> Availability {
    let (Some(under_way), name) = (found.under_way(), &found.space.space_name) else { return Ok(()) };
    match &found.worker {
        Some(_) => unavailable(format!("{name} is {under_way}")),
        None => {
            let deletes = key_of(state, Action::Delete);
            unavailable(format!("{name} is {under_way}; `{deletes}` deletes what remains"))
        }
    }
}

/// Returns the reason if a later version of its app built a projection of a space: any, or the one of that name.
fn is_replaced(state: &ConsoleState, found: &SpaceOverview, name: Option<&str>) -> Availability {
    let is_selected = |projection: &&ProjectionOverview| name.is_none_or(|name| projection.name == name);
    let newer = found.projections.iter().filter(is_selected).find(|projection| projection.is_newer);
    let Some(newer) = newer else { return Ok(()) };
    unavailable(match name {
        Some(_) => built_later(found, newer),
        None => format!("{}; {}", built_later(found, newer), alone(state, Action::Rebuild, "rebuilds")),
    })
}

fn built_later(found: &SpaceOverview, ProjectionOverview { name, .. }: &ProjectionOverview) -> String {
    let space = &found.space.space_name;
    format!("a later version of its app built {name} of {space}, which this program only reads")
}

/// Names the way to an operation on another projection of the space.
fn alone(state: &ConsoleState, action: Action, verb: &str) -> String {
    let (list, key) = (key_of(state, Action::FocusCheckpoints), key_of(state, action));
    format!("`{list}` lists the projections, and `{key}` there {verb} another one alone")
}

/// Returns the reason if the projections of a space cannot be caught up: all, or the one of that name.
fn needs_catch_up(state: &ConsoleState, found: &SpaceOverview, name: Option<&str>) -> Availability {
    let is_selected = |projection: &&ProjectionOverview| match name {
        Some(name) => projection.name == name,
        None => projection.status != ProjectionStatus::Undeclared,
    };
    let all = found.projections.iter().filter(is_selected);
    let space = &found.space.space_name;
    for status in [ProjectionStatus::Ahead, ProjectionStatus::Outdated] {
        if let Some(projection) = all.clone().find(|projection| projection.status == status) {
            return unavailable(not_continued(state, found, projection));
        }
    }
    let mut lagging = all.filter(|projection| projection.lag(&found.head) > 0);
    if let Some(newer) = lagging.clone().find(|projection| projection.is_newer) {
        let built = built_later(found, newer);
        return unavailable(match lagging.any(|projection| !projection.is_newer) {
            true => format!("{built}; {}", alone(state, Action::CatchUp, "catches up")),
            false => built,
        });
    }
    if lagging.next().is_some() {
        return Ok(());
    }
    match name {
        Some(name) => unavailable(format!("{name} of {space} is up to date: its lag is 0")),
        None => unavailable(format!("{space} is up to date: its lag is 0")),
    }
}

/// Says why a projection that is ahead or outdated cannot be continued, and what replaces it.
fn not_continued(state: &ConsoleState, found: &SpaceOverview, projection: &ProjectionOverview) -> String {
    let (name, space) = (&projection.name, &found.space.space_name);
    let why = match projection.status {
        ProjectionStatus::Ahead => "ahead of the event log",
        _ => "outdated: an earlier version of its app, or another app, built it",
    };
    let replaced = replacement(&found.rebuild_of(projection, false), &state.settings.keys);
    format!("{name} of {space} is {why}; {replaced}")
}

/// Returns the one projection that an operation from the focused pane applies to, if the pane shows one of several.
pub(crate) fn chosen_projection(state: &ConsoleState) -> Option<String> {
    let shows_one = matches!(state.focus, Pane::Projections | Pane::Checkpoints) && !is_about_marked(state);
    let space = state.space().filter(|space| shows_one && space.projections.len() > 1)?;
    space.projection(state.listed_projection()).map(|projection| projection.name.to_string())
}

/// Returns the rebuild that the focused pane offers.
pub(crate) fn rebuild(state: &ConsoleState) -> AnyOperation {
    AnyOperation::Rebuild(Rebuild { projection: chosen_projection(state), ..Rebuild::default() })
}

/// Returns the catch-up that the focused pane offers.
pub(crate) fn catch_up(state: &ConsoleState) -> AnyOperation {
    AnyOperation::CatchUp(CatchUp { projection: chosen_projection(state) })
}

/// Returns the verification that the focused pane offers.
pub(crate) fn verify(state: &ConsoleState) -> AnyOperation {
    AnyOperation::Verify(Verify { projection: chosen_projection(state) })
}

/// Returns true if the projection listed in the focused pane is one that its app does not declare.
pub(crate) fn lists_undeclared(state: &ConsoleState) -> bool {
    let listed = chosen_projection(state);
    let space = state.space().zip(listed.as_deref());
    let found = space.and_then(|(space, name)| space.projection(name));
    found.is_some_and(|projection| projection.status == ProjectionStatus::Undeclared)
}

/// Returns the removal of the projection listed in the focused pane.
pub(crate) fn remove_projection(state: &ConsoleState) -> AnyOperation {
    let projection = chosen_projection(state).unwrap_or_default();
    AnyOperation::RemoveProjection(RemoveProjection { projection })
}

/// Refuses a job that is already queued or running on the space, and any job after its delete. Jobs on different
/// projections of the space do not exclude each other.
fn not_queued_twice(state: &ConsoleState, operation: &AnyOperation, found: &SpaceOverview) -> Availability {
    let is_other =
        |one: Option<&str>, other: Option<&str>| matches!((one, other), (Some(a), Some(b)) if a != b);
    let excludes = |job: &&Job| match &job.operation {
        AnyOperation::DeleteSpace(_) => true,
        queued => queued.name() == operation.name() && !is_other(queued.projection(), operation.projection()),
    };
    match state.jobs.ahead_on(found.space.space_id).find(excludes) {
        None => Ok(()),
        Some(job) => unavailable(already(job)),
    }
}

fn already(job: &Job) -> String {
    let status = if job.is_running() { "running" } else { "queued" };
    format!("the {} of {} is already {status}", job.operation.name(), job.target())
}

/// Returns a reason if the operation cannot run on any of its targets.
fn can_run_on_any(state: &ConsoleState, operation: &AnyOperation) -> Availability {
    check_file_exists(state)?;
    let mut refused = Reason::new(no_space(state));
    for found in targets(state) {
        match can_run_on(state, operation, found) {
            Ok(()) => return Ok(()),
            Err(reason) => refused = reason,
        }
    }
    Err(refused)
}

pub(crate) fn space(state: &ConsoleState) -> Result<&SpaceOverview, Reason> {
    state.space().ok_or_else(|| Reason::new(no_space(state)))
}

/// Returns the reason why no space is selected, and the way out.
fn no_space(state: &ConsoleState) -> Cow<'static, str> {
    let SpacesPane { all, filter, .. } = &state.spaces;
    match (all.is_empty(), state.focus) {
        (true, _) => "no space is selected; `{key:create-space}` creates one".into(),
        (false, Pane::Spaces) => {
            format!("no space matches {}; `{}` shows all again", filter.as_str(), key_of(state, Action::Back))
                .into()
        }
        (false, _) => format!("no space matches {} in the spaces pane", filter.as_str()).into(),
    }
}

fn with_app(state: &ConsoleState, found: &SpaceOverview) -> Availability {
    match (state.app_of(found), found.space.app_name()) {
        (Some(_), _) => Ok(()),
        (None, Some(app)) => unavailable(format!(
            "{} runs the app {app}, which this program does not know",
            found.space.space_name
        )),
        (None, None) => unavailable(format!("the app of {} is unknown", found.space.space_name)),
    }
}

/// Returns the reason if the past of a space cannot be replayed, and says what can be seen of it.
pub(crate) fn with_past(state: &ConsoleState, found: &SpaceOverview) -> Availability {
    with_app(state, found).map_err(|reason| {
        let reason = reason.text(&state.settings.keys);
        Reason::new(format!(
            "{reason}: its events, the history of each entity and its stored projections can be seen, but nothing is replayed"
        ))
    })
}

pub(crate) fn can_command(state: &ConsoleState) -> Availability {
    writable(state)?;
    let found = space(state)?;
    is_open(state, found)?;
    with_app(state, found)?;
    keeps_projections(state, found)
}

/// Returns the reason if a projection that every command of a space updates cannot be updated.
fn keeps_projections(state: &ConsoleState, found: &SpaceOverview) -> Availability {
    let is_updated =
        |one: &&ProjectionOverview| one.name == STATE || one.mode == Some(ProjectionMode::Inline);
    for projection in found.projections.iter().filter(is_updated) {
        match projection.status {
            ProjectionStatus::Ahead | ProjectionStatus::Outdated => {
                return unavailable(not_continued(state, found, projection));
            }
            ProjectionStatus::Blocked => {
                if let Some(event) = &projection.blocked {
                    let (event_id, space) = (event.event_id, &found.space.space_name);
                    let rebuild = || found.rebuild_of(projection, true);
                    let remedy = if event.damaged { Remedy::Restore } else { rebuild() };
                    let repaired = repair(&remedy, &state.settings.keys);
                    return unavailable(format!(
                        "event {event_id} cannot be applied, which blocks every command of {space}; {repaired}"
                    ));
                }
            }
            _ => is_replaced(state, found, Some(&projection.name))?,
        }
    }
    Ok(())
}

pub(crate) fn can_change(state: &ConsoleState) -> Availability {
    writable(state)?;
    is_open(state, space(state)?)
}

/// Returns the reason if the space cannot be forked.
pub(crate) fn can_fork(state: &ConsoleState) -> Availability {
    // The past can be forked, too.
    file_is_writable(state)?;
    let found = space(state)?;
    available_if(found.head.last_sequence > SpaceSequence::START, "the space has no events to fork")?;
    can_run_on(state, &AnyOperation::Fork(Fork::default()), found)
}

/// Returns the reason if fields of the space's events cannot be erased.
pub(crate) fn can_redact(state: &ConsoleState) -> Availability {
    writable(state)?;
    can_run_on(state, &AnyOperation::Redact(Redact::default()), space(state)?)
}

pub(crate) fn can_rebuild(state: &ConsoleState) -> Availability {
    writable(state)?;
    can_run_on_any(state, &rebuild(state))
}

pub(crate) fn can_catch_up(state: &ConsoleState) -> Availability {
    writable(state)?;
    can_run_on_any(state, &catch_up(state))
}

pub(crate) fn can_verify(state: &ConsoleState) -> Availability {
    can_run_on_any(state, &verify(state))
}

pub(crate) fn can_remove_projection(state: &ConsoleState) -> Availability {
    writable(state)?;
    can_run_on_any(state, &remove_projection(state))
}

pub(crate) fn can_check(state: &ConsoleState) -> Availability {
    check_file_exists(state)?;
    let is_check = |job: &&Job| matches!(job.operation, AnyOperation::Check(_)) && !job.has_ended();
    match state.jobs.jobs.iter().find(is_check) {
        Some(job) => unavailable(already(job)),
        None => Ok(()),
    }
}

pub(crate) fn can_release_check(state: &ConsoleState) -> Availability {
    check_file_exists(state)?;
    let is_waiting = |job: &&Job| matches!(job.operation, AnyOperation::ReleaseCheck(_)) && !job.has_ended();
    match state.jobs.jobs.iter().find(is_waiting) {
        Some(job) => unavailable(already(job)),
        None => available_if(!state.spaces.all.is_empty(), "there are no spaces to check"),
    }
}

pub(crate) fn can_export(state: &ConsoleState) -> Availability {
    can_run_on_any(state, &AnyOperation::Export(Export { file: PathBuf::new(), replace: false }))
}

/// Returns the reason if a list of these spaces is empty, or not complete yet.
pub(crate) fn can_export_list(state: &ConsoleState, shown: &[SpaceId]) -> Availability {
    check_file_exists(state)?;
    available_if(state.spaces.complete, "the spaces are still being loaded")?;
    available_if(!shown.is_empty(), "no spaces are listed")
}

/// Returns the reason if nothing can be imported: into this file, or from it if the original wrote it.
pub(crate) fn can_import(state: &ConsoleState) -> Availability {
    travel::check_now(state)?;
    if !state.database.is_original || state.database.gone.is_some() {
        return file_is_writable(state);
    }
    let is_import = |job: &&Job| matches!(job.operation, AnyOperation::ImportOriginal(_)) && !job.has_ended();
    match state.jobs.jobs.iter().find(is_import) {
        Some(job) => unavailable(already(job)),
        None => Ok(()),
    }
}

/// Returns the reason if there is no file to back up, or a backup is already queued or running.
pub(crate) fn can_backup(state: &ConsoleState) -> Availability {
    check_file_exists(state)?;
    if state.database.is_original {
        return unavailable(
            "this file was written by the Elixir original, and a backup is a database of this program; `{key:import}` imports it into one",
        );
    }
    if state.database.is_on_server {
        return unavailable(
            "the server keeps its files to itself: back it up with its tools, such as `pg_dump`, or export the spaces (`{key:export}`)",
        );
    }
    available_if(state.database.files > 0, "a store in memory has no files to back up")?;
    let waiting = |job: &&Job| matches!(job.operation, AnyOperation::Backup(_)) && !job.has_ended();
    match state.jobs.jobs.iter().find(waiting) {
        Some(job) => unavailable(already(job)),
        None => Ok(()),
    }
}

pub(crate) fn can_delete(state: &ConsoleState) -> Availability {
    writable(state)?;
    if is_about_marked(state) {
        return unavailable(
            "only one space can be deleted at a time; remove the marks first (`{key:mark}`, `{key:mark-all}`)",
        );
    }
    can_run_on(state, &AnyOperation::DeleteSpace(DeleteSpace { purge: false, archive: None }), space(state)?)
}

/// Returns the reason if there is no space.
pub(crate) fn has_space(state: &ConsoleState) -> Availability {
    available_if(!state.spaces.all.is_empty(), "there is no space yet; `{key:create-space}` creates one")
}

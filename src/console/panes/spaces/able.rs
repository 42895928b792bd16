//! The target spaces of an operation, and the reasons why it cannot run on some of them.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::console::app::filter::Filter;
use crate::console::app::reason::{Able, Reason, no, some};
use crate::console::app::state::State;
use crate::console::panes::Pane;
use crate::console::panes::jobs::job::Job;
use crate::console::panes::jobs::job_kind::JobKind;
use crate::console::panes::spaces::SpacesPane;
use crate::operations::SpaceOverview;

pub(crate) fn writable(state: &State) -> Able {
    if let Some(gone) = &state.database.gone {
        return no(gone.told());
    }
    some(!state.database.read_only, "the database is open read-only")
}

/// Returns true if operations apply to the marked spaces: there are marks, and a pane that lists spaces has the focus.
pub(crate) fn is_about_marked(state: &State) -> bool {
    !state.spaces.marked.is_empty() && matches!(state.focus, Pane::Spaces | Pane::Checkpoints)
}

/// Returns the targets of an operation: the marked spaces in list order, or else the selected one.
pub(crate) fn targets(state: &State) -> Vec<&SpaceOverview> {
    if !is_about_marked(state) {
        return state.space().into_iter().collect();
    }
    let SpacesPane { marked, .. } = &state.spaces;
    let all = state.spaces.ordered(&Filter::default());
    all.iter().filter(|id| marked.contains(id)).filter_map(|id| state.spaces.get(*id)).collect()
}

/// Returns the targets on which an operation can run, and the names of the others with the reasons.
pub(crate) fn sorted_out(state: &State, kind: &JobKind) -> (Vec<SpaceOverview>, Vec<(String, String)>) {
    let mut spaces = Vec::new();
    let mut left_out = Vec::new();
    for found in targets(state) {
        match able_to(state, kind, found) {
            Ok(()) => spaces.push(found.clone()),
            Err(reason) => left_out.push((found.space.space_name.clone(), reason.0.into_owned())),
        }
    }
    (spaces, left_out)
}

/// Returns the reason if an operation cannot run on a space.
pub(crate) fn able_to(state: &State, kind: &JobKind, found: &SpaceOverview) -> Able {
    if let JobKind::Delete { .. } = kind {
        return not_twice(state, kind, found);
    }
    if let Some(under_way) = found.space.state.under_way() {
        let name = &found.space.space_name;
        return no(format!("{name} is {under_way}; `D` deletes what remains"));
    }
    not_twice(state, kind, found)?;
    // An export copies what is stored and needs no app.
    if !matches!(kind, JobKind::Export { .. }) {
        with_app(state, found)?;
    }
    if *kind == JobKind::CatchUp {
        some(!found.ahead, "the projection is ahead of the event log; `R` rebuilds it")?;
        some(found.lag() > 0, "the projection is up to date: its lag is 0")?;
    }
    Ok(())
}

/// Refuses a job that is already queued or running on the space, and any job behind its delete.
fn not_twice(state: &State, kind: &JobKind, found: &SpaceOverview) -> Able {
    let is_delete = |kind: &JobKind| matches!(kind, JobKind::Delete { .. });
    let mut ahead = state.jobs.ahead_on(found.space.space_id);
    let Some(job) = ahead.find(|job| job.kind.title() == kind.title() || is_delete(&job.kind)) else {
        return Ok(());
    };
    no(already(job))
}

fn already(job: &Job) -> String {
    let status = if job.is_running() { "running" } else { "queued" };
    format!("the {} of {} is already {status}", job.kind.title(), job.about)
}

/// Returns a reason if the operation cannot run on any of its targets.
fn able_to_some(state: &State, kind: &JobKind) -> Able {
    let mut refused = Reason(no_space(state));
    for found in targets(state) {
        match able_to(state, kind, found) {
            Ok(()) => return Ok(()),
            Err(reason) => refused = reason,
        }
    }
    Err(refused)
}

pub(crate) fn space(state: &State) -> Result<&SpaceOverview, Reason> {
    state.space().ok_or_else(|| Reason(no_space(state)))
}

/// Returns the reason why no space is selected, and the way out.
fn no_space(state: &State) -> Cow<'static, str> {
    let SpacesPane { all, filter, .. } = &state.spaces;
    match (all.is_empty(), state.focus) {
        (true, _) => "no space is selected; `c` creates one".into(),
        (false, Pane::Spaces) => {
            format!("no space matches {}; `esc` shows all again", filter.as_str()).into()
        }
        (false, _) => format!("no space matches {} in the spaces pane", filter.as_str()).into(),
    }
}

fn with_app(state: &State, found: &SpaceOverview) -> Able {
    match (state.app_of(found), found.space.app_name()) {
        (Some(_), _) => Ok(()),
        (None, Some(app)) => {
            no(format!("{} runs the app {app}, which this program does not know", found.space.space_name))
        }
        (None, None) => no(format!("the app of {} is unknown", found.space.space_name)),
    }
}

pub(crate) fn command(state: &State) -> Able {
    writable(state)?;
    let found = space(state)?;
    if let Some(under_way) = found.space.state.under_way() {
        return no(format!("{} is {under_way}", found.space.space_name));
    }
    with_app(state, found)
}

pub(crate) fn rebuild(state: &State) -> Able {
    writable(state)?;
    able_to_some(state, &JobKind::Rebuild { skip_errors: false })
}

pub(crate) fn catch_up(state: &State) -> Able {
    writable(state)?;
    able_to_some(state, &JobKind::CatchUp)
}

pub(crate) fn verify(state: &State) -> Able {
    able_to_some(state, &JobKind::Verify)
}

pub(crate) fn check(state: &State) -> Able {
    let is_check = |job: &&Job| matches!(job.kind, JobKind::Check { .. }) && !job.has_ended();
    match state.jobs.jobs.iter().find(is_check) {
        Some(job) => no(already(job)),
        None => Ok(()),
    }
}

pub(crate) fn export(state: &State) -> Able {
    able_to_some(state, &JobKind::Export { file: PathBuf::new(), replace: false })
}

/// Returns the reason if there is no file to back up, or a backup is already queued or running.
pub(crate) fn backup(state: &State) -> Able {
    if let Some(gone) = &state.database.gone {
        return no(gone.told());
    }
    some(state.database.files > 0, "a store in memory has no files to back up")?;
    let waiting = |job: &&Job| matches!(job.kind, JobKind::Backup { .. }) && !job.has_ended();
    match state.jobs.jobs.iter().find(waiting) {
        Some(job) => no(already(job)),
        None => Ok(()),
    }
}

pub(crate) fn delete(state: &State) -> Able {
    writable(state)?;
    if is_about_marked(state) {
        return no("only one space can be deleted at a time; remove the marks first (`m`, `M`)");
    }
    able_to(state, &JobKind::Delete { purge: false, archive: None }, space(state)?)
}

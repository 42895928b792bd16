//! Operations on spaces, the file and jobs.

use crate::console::panes::jobs::job_kind::JobKind;

use crate::console::app::able;
use crate::console::app::action::Action;
use crate::console::app::context::{JOBS, OF_SPACE, PANES, SPACES};
use crate::console::app::spec::Section::{Actions, Move};
use crate::console::app::spec::{Spec, row};
use crate::console::layers::form::{backup, transfer};
use crate::console::layers::{confirm, form};
use crate::console::panes::jobs;
use crate::console::panes::spaces;

pub(crate) const SPECS: &[Spec] = &[
    row(
        Actions,
        Action::NewCommand,
        "new command",
        "Fill in a command of the space's app, preview it and execute it",
        &["n"],
        PANES,
        |state, _| form::update::begin_command(state),
    )
    .hint(10)
    .able(spaces::command),
    row(Actions, Action::CreateSpace, "create space", "Create an empty space", &["c"], PANES, |state, _| {
        form::update::begin_create_space(state)
    })
    .hint(30)
    .able(spaces::writable),
    row(
        Actions,
        Action::Rebuild,
        "rebuild",
        "Replay the space's events into a new projection",
        &["R"],
        PANES,
        |state, _| confirm::update::ask(state, JobKind::Rebuild { skip_errors: false }),
    )
    .hint(31)
    .able(spaces::rebuild),
    row(
        Actions,
        Action::CatchUp,
        "catch-up",
        "Apply the events that the projection is missing",
        &["C"],
        PANES,
        |state, _| confirm::update::ask(state, JobKind::CatchUp),
    )
    .hint(34)
    .able(spaces::catch_up),
    row(
        Actions,
        Action::Verify,
        "verify",
        "Compare the projection with its events",
        &["v"],
        PANES,
        |state, _| confirm::update::ask(state, JobKind::Verify),
    )
    .hint(32)
    .able(spaces::verify),
    row(
        Actions,
        Action::Check,
        "check",
        "Check the whole file for damage and inconsistencies",
        &["K"],
        PANES,
        |state, _| confirm::update::ask_check(state),
    )
    .hint(35)
    .able(spaces::check),
    row(
        Actions,
        Action::Backup,
        "backup",
        "Copy the database to a file while it is in use, and check the copy",
        &["B"],
        PANES,
        backup::begin,
    )
    .hint(39)
    .able(spaces::backup),
    row(
        Actions,
        Action::Export,
        "export",
        "Write the whole space to a file that can be imported again",
        &["e"],
        OF_SPACE,
        transfer::begin_export,
    )
    .hint(37)
    .able(spaces::export),
    row(
        Actions,
        Action::Import,
        "import",
        "Create a space from an exported file",
        &["I"],
        PANES,
        transfer::begin_import,
    )
    .hint(38)
    .able(spaces::writable),
];

/// Marks and jobs.
pub(crate) const MARKS_AND_JOBS: &[Spec] = &[
    row(
        Actions,
        Action::Mark,
        "mark",
        "Mark or unmark the space; operations apply to all marked spaces",
        &["space", "m"],
        SPACES,
        |state, _| spaces::toggle(state),
    )
    .hint(20)
    .applies(able::is_unguided)
    .able(able::some_spaces),
    // With a guide, the space bar runs its steps.
    row(
        Actions,
        Action::Mark,
        "mark",
        "Mark or unmark the space; operations apply to all marked spaces",
        &["m"],
        SPACES,
        |state, _| spaces::toggle(state),
    )
    .hint(20)
    .applies(able::is_guided)
    .able(able::some_spaces),
    row(
        Actions,
        Action::MarkAll,
        "mark all",
        "Mark all shown spaces, or clear every mark",
        &["M"],
        SPACES,
        |state, _| spaces::toggle_all(state),
    )
    .hint(36)
    .able(able::some_spaces),
    row(
        Actions,
        Action::PauseJob,
        "pause",
        "Pause the job and the queue as soon as nothing has to wait for it",
        &["P"],
        JOBS,
        |state, effects| jobs::update::on_current(state, effects, jobs::update::pause),
    )
    .hint(5)
    .applies(jobs::is_not_held)
    .able(jobs::pause),
    row(Actions, Action::ResumeJob, "resume", "Resume the job", &["P"], JOBS, |state, effects| {
        jobs::update::on_current(state, effects, jobs::update::resume)
    })
    .hint(5)
    .applies(jobs::is_held),
    row(
        Actions,
        Action::CancelJob,
        "cancel",
        "Cancel the job at a consistent point, or remove it from the queue",
        &["x"],
        JOBS,
        |state, effects| jobs::update::on_current(state, effects, jobs::update::cancel),
    )
    .hint(6)
    .applies(jobs::is_not_over)
    .able(jobs::cancel),
    row(
        Actions,
        Action::DismissJob,
        "dismiss",
        "Remove the finished job and its log",
        &["x"],
        JOBS,
        |state, effects| {
            jobs::update::on_current(state, effects, |state, id, _| jobs::update::dismiss(state, id))
        },
    )
    .hint(6)
    .applies(jobs::is_over),
    row(Move, Action::GoToSpace, "go to space", "Go to the space of the job", &["S"], JOBS, |state, _| {
        jobs::update::go_to_space(state)
    })
    .hint(8)
    .applies(jobs::is_of_space),
    row(
        Actions,
        Action::CancelAllJobs,
        "cancel all",
        "Cancel the running job and empty the queue",
        &["X"],
        JOBS,
        jobs::update::cancel_all,
    )
    .hint(7)
    .applies(jobs::some_are_not_over),
    row(
        Actions,
        Action::DismissAllJobs,
        "dismiss all",
        "Remove all finished jobs and their logs",
        &["X"],
        JOBS,
        |state, _| jobs::update::dismiss_all(state),
    )
    .hint(7)
    .applies(jobs::all_are_over)
    .able(jobs::some_job),
];

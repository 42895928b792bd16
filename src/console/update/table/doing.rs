//! Operations on spaces, the file and jobs.

use super::super::places::{JOBS, OF_SPACE, PANES, SPACES};
use super::super::spec::{Spec, row};
use super::super::{Action, able, able_job, able_space};

pub(super) const SPECS: &[Spec] = &[
    row(
        Action::NewCommand,
        "new command",
        "Fill in a command of the space's app, preview it and execute it",
        &["n"],
        PANES,
    )
    .hint(10)
    .able(able_space::command),
    row(Action::CreateSpace, "create space", "Create an empty space", &["c"], PANES)
        .hint(30)
        .able(able_space::writable),
    row(Action::Rebuild, "rebuild", "Replay the space's events into a new projection", &["R"], PANES)
        .hint(31)
        .able(able_space::rebuild),
    row(Action::CatchUp, "catch-up", "Apply the events that the projection is missing", &["C"], PANES)
        .hint(34)
        .able(able_space::catch_up),
    row(Action::Verify, "verify", "Compare the projection with its events", &["v"], PANES)
        .hint(32)
        .able(able_space::verify),
    row(Action::Check, "check", "Check the whole file for damage and inconsistencies", &["K"], PANES)
        .hint(35)
        .able(able_space::check),
    row(
        Action::Backup,
        "backup",
        "Copy the database to a file while it is in use, and check the copy",
        &["B"],
        PANES,
    )
    .hint(39)
    .able(able_space::backup),
    row(
        Action::Export,
        "export",
        "Write the whole space to a file that can be imported again",
        &["e"],
        OF_SPACE,
    )
    .hint(37)
    .able(able_space::export),
    row(Action::Import, "import", "Create a space from an exported file", &["I"], PANES)
        .hint(38)
        .able(able_space::writable),
];

/// Marks and jobs.
pub(super) const MARKS_AND_JOBS: &[Spec] = &[
    row(
        Action::Mark,
        "mark",
        "Mark or unmark the space; operations apply to all marked spaces",
        &["space", "m"],
        SPACES,
    )
    .hint(20)
    .applies(able::is_unguided)
    .able(able::some_spaces),
    // With a guide, the space bar runs its steps.
    row(
        Action::Mark,
        "mark",
        "Mark or unmark the space; operations apply to all marked spaces",
        &["m"],
        SPACES,
    )
    .hint(20)
    .applies(able::is_guided)
    .able(able::some_spaces),
    row(Action::MarkAll, "mark all", "Mark all shown spaces, or clear every mark", &["M"], SPACES)
        .hint(36)
        .able(able::some_spaces),
    row(
        Action::PauseJob,
        "pause",
        "Pause the job and the queue as soon as nothing has to wait for it",
        &["P"],
        JOBS,
    )
    .hint(5)
    .applies(able_job::is_not_held)
    .able(able_job::pause),
    row(Action::ResumeJob, "resume", "Resume the job", &["P"], JOBS).hint(5).applies(able_job::is_held),
    row(
        Action::CancelJob,
        "cancel",
        "Cancel the job at a consistent point, or remove it from the queue",
        &["x"],
        JOBS,
    )
    .hint(6)
    .applies(able_job::is_not_over)
    .able(able_job::cancel),
    row(Action::DismissJob, "dismiss", "Remove the finished job and its log", &["x"], JOBS)
        .hint(6)
        .applies(able_job::is_over),
    row(Action::GoToSpace, "go to space", "Go to the space of the job", &["S"], JOBS)
        .hint(8)
        .applies(able_job::is_of_space),
    row(Action::CancelAllJobs, "cancel all", "Cancel the running job and empty the queue", &["X"], JOBS)
        .hint(7)
        .applies(able_job::some_are_not_over),
    row(Action::DismissAllJobs, "dismiss all", "Remove all finished jobs and their logs", &["X"], JOBS)
        .hint(7)
        .applies(able_job::all_are_over)
        .able(able_job::some_job),
];

//! Operations on spaces, the file and jobs.

use super::super::places::{JOBS, OF_SPACE, PANES, SPACES};
use super::super::spec::{Spec, row};
use super::super::{Action, able, able_job, able_space};

pub(super) const SPECS: &[Spec] = &[
    row(
        Action::NewCommand,
        "new command",
        "Fill in a command of the space's app, see what it would do, execute it",
        &["n"],
        PANES,
    )
    .hint(10)
    .able(able_space::command),
    row(Action::CreateSpace, "create space", "Create a space", &["c"], PANES)
        .hint(30)
        .able(able_space::writable),
    row(Action::Rebuild, "rebuild", "Replay the space's events into a new projection", &["R"], PANES)
        .hint(31)
        .able(able_space::rebuild),
    row(Action::CatchUp, "catch-up", "Apply the events that the projection lags behind", &["C"], PANES)
        .hint(34)
        .able(able_space::catch_up),
    row(Action::Verify, "verify", "Compare the projection with what the events amount to", &["v"], PANES)
        .hint(32)
        .able(able_space::verify),
    row(
        Action::Check,
        "check",
        "Check the whole file: every promise that can be checked on what is stored",
        &["K"],
        PANES,
    )
    .hint(35)
    .able(able_space::check),
    row(
        Action::Backup,
        "backup",
        "Copy the database to a file, while others use it, and check the copy",
        &["B"],
        PANES,
    )
    .hint(39)
    .able(able_space::backup),
    row(
        Action::Export,
        "export",
        "Write the space into a file from which it can be imported again as it is",
        &["e"],
        OF_SPACE,
    )
    .hint(37)
    .able(able_space::export),
    row(Action::Import, "import", "Create a space from a file that was exported", &["I"], PANES)
        .hint(38)
        .able(able_space::writable),
    row(
        Action::Delete,
        "delete",
        "Delete the space with everything in it, after its name was typed",
        &["D"],
        PANES,
    )
    .hint(33)
    .able(able_space::delete),
    row(
        Action::Mark,
        "mark",
        "Mark the space or take its mark away: operations are then about all marked ones",
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
        "Mark the space or take its mark away: operations are then about all marked ones",
        &["m"],
        SPACES,
    )
    .hint(20)
    .applies(able::is_guided)
    .able(able::some_spaces),
    row(Action::MarkAll, "mark all", "Mark all spaces shown, or take every mark away", &["M"], SPACES)
        .hint(36)
        .able(able::some_spaces),
    row(
        Action::PauseJob,
        "pause",
        "Hold the job, and with it the queue, where nobody else has to wait for it",
        &["P"],
        JOBS,
    )
    .hint(5)
    .applies(able_job::is_not_held)
    .able(able_job::pause),
    row(Action::ResumeJob, "resume", "Have the job go on", &["P"], JOBS).hint(5).applies(able_job::is_held),
    row(
        Action::CancelJob,
        "cancel",
        "Stop the job where everything is whole, or take it off the queue",
        &["x"],
        JOBS,
    )
    .hint(6)
    .applies(able_job::is_not_over)
    .able(able_job::cancel),
    row(Action::DismissJob, "dismiss", "Put the ended job away, with its log", &["x"], JOBS)
        .hint(6)
        .applies(able_job::is_over),
    row(Action::GoToSpace, "to the space", "Go to the space that the job is about", &["S"], JOBS)
        .hint(8)
        .applies(able_job::is_of_space),
    row(Action::CancelAllJobs, "cancel all", "Stop the running job and empty the queue", &["X"], JOBS)
        .hint(7)
        .applies(able_job::some_are_not_over),
    row(Action::DismissAllJobs, "dismiss all", "Put all ended jobs away, with their logs", &["X"], JOBS)
        .hint(7)
        .applies(able_job::all_are_over)
        .able(able_job::some_job),
];

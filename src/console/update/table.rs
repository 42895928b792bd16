//! The table of actions: one row each. Keys, hints and help are made from it, and from nothing else.

use super::places::{
    ASKABLE, BESIDE_GUIDE, JOBS, LISTS, OF_SPACE, PANES, ROWS, SPACES, UNEXPLAINED, UNTYPED, WALKABLE,
};
use super::spec::{Spec, row};
use super::{Action, Context, able, able_job, able_space};

use Context::{
    Checkpoints, Chooser, DeleteDialog, Detail, Dialog, Events, Form, Guide, Help, History, Jobs,
    Projections, Prompt, Spaces,
};

/// All actions.
pub const TABLE: &[Spec] = &[
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
        Action::Delete,
        "delete",
        "Delete the space with everything in it, after its name was typed",
        &["D"],
        OF_SPACE,
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
    // The guide has the space bar.
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
    row(Action::CancelAllJobs, "cancel all", "Stop the running job and empty the queue", &["X"], JOBS)
        .hint(7)
        .applies(able_job::some_are_not_over),
    row(Action::DismissAllJobs, "dismiss all", "Put all ended jobs away, with their logs", &["X"], JOBS)
        .hint(7)
        .applies(able_job::all_are_over)
        .able(able_job::some_job),
    row(Action::Open, "open", "Go into the selected row", &["enter"], ROWS).hint(12).able(able::open),
    row(Action::Accept, "accept", "Take what is typed or chosen", &["enter"], &[Prompt, Chooser]).hint(10),
    row(
        Action::Accept,
        "next",
        "Go on to the next field, or send the form from its button",
        &["enter"],
        &[Form],
    )
    .applies(able::not_in_text),
    row(Action::Submit, "execute", "Send the form", &["ctrl-s"], &[Form]).hint(10).able(able::submit),
    row(Action::Confirm, "yes", "Do it", &["enter", "y"], &[Dialog]).hint(10),
    row(Action::Confirm, "delete", "Delete, once the name is typed", &["enter"], &[DeleteDialog]).hint(10),
    row(
        Action::SkipErrors,
        "leave out bad events",
        "Leave out events that cannot be applied, and list them",
        &["s"],
        &[Dialog],
    )
    .hint(12)
    .applies(able::is_rebuild_dialog),
    row(
        Action::Purge,
        "purge",
        "Rewrite the file afterwards, so that not a byte of the space is left in it",
        &["ctrl-p"],
        &[DeleteDialog],
    )
    .hint(11),
    row(Action::PageDown, "more preview", "Go down in what would happen", &["pgdn"], &[Form])
        .hint(11)
        .applies(able::preview_overflows),
    row(Action::PageUp, "back in the preview", "Go up in what would happen", &["pgup"], &[Form])
        .applies(able::preview_overflows),
    row(Action::HalfPageDown, "half a page down", "Go down in what would happen", &["ctrl-d"], &[Form])
        .applies(able::scrolls_from_button),
    row(Action::HalfPageUp, "half a page up", "Go up in what would happen", &["ctrl-u"], &[Form])
        .applies(able::scrolls_from_button),
    row(Action::NextField, "next field", "Go to the next field", &["tab"], &[Form]).hint(12),
    row(Action::PreviousField, "previous field", "Go to the field before", &["shift-tab"], &[Form]).hint(13),
    row(Action::NextChoice, "next choice", "Choose the next word", &["right"], &[Form])
        .hint(12)
        .applies(able::in_choice),
    row(Action::PreviousChoice, "previous choice", "Choose the word before", &["left"], &[Form])
        .applies(able::in_choice),
    row(
        Action::Filter,
        "filter",
        "Show only what matches: part of a name, the start of a key, a query such as type:contact.* after:2h",
        &["/"],
        PANES,
    )
    .hint(13)
    .able(able::filter),
    row(Action::Follow, "follow", "Go along with new events, or keep the place", &["f"], &[Events]).hint(14),
    row(
        Action::ToggleScope,
        "all spaces",
        "Show the events of all spaces, or of the selected one",
        &["a"],
        &[Events],
    )
    .hint(15),
    row(
        Action::Jump,
        "jump",
        "Go to a sequence or a time; among all spaces, to an event id or a time",
        &["J"],
        &[Events],
    )
    .hint(16),
    row(Action::Sort, "sort", "Order by creation, name, events, lag or last event", &["s"], &[Spaces])
        .able(able::some_spaces)
        .hint(14),
    row(
        Action::History,
        "history",
        "List the events of the selected entity",
        &["H"],
        &[Events, Projections, Detail],
    )
    .hint(17)
    .able(able::history),
    row(Action::Inspect, "inspect", "Look at the selected row closely", &["i"], ROWS)
        .hint(51)
        .able(able::inspect),
    row(
        Action::ToggleFold,
        "fold",
        "Fold or unfold the part of the document under the cursor",
        &["enter", "o"],
        &[Detail],
    )
    .hint(10)
    .able(able::fold),
    row(Action::FoldAll, "fold all", "Fold or unfold all parts of the document", &["O"], &[Detail])
        .hint(12)
        .able(able::fold),
    row(
        Action::Copy,
        "copy",
        "Copy the selected row, or the part under the cursor, to the clipboard",
        &["y"],
        &[Spaces, Events, Projections, Checkpoints, Jobs, History, Detail],
    )
    .hint(52)
    .able(able::copy),
    row(Action::Zoom, "zoom", "Give the focused pane all the room, or take it back", &["z"], PANES).hint(40),
    row(Action::ToggleDetail, "details", "Show or hide the details of the selected row", &["p"], PANES)
        .hint(41),
    row(Action::Refresh, "refresh", "Read everything again", &["ctrl-l"], PANES),
    row(Action::NextRow, "next row", "Look at the next row of the list beneath", &["]"], &[Detail]).hint(13),
    row(Action::PreviousRow, "previous row", "Look at the row before", &["["], &[Detail]),
    row(Action::Down, "down", "Go down", &["j", "down"], LISTS),
    row(Action::Up, "up", "Go up", &["k", "up"], LISTS),
    row(Action::HalfPageDown, "half a page down", "Go down half a page", &["ctrl-d"], LISTS),
    row(Action::HalfPageUp, "half a page up", "Go up half a page", &["ctrl-u"], LISTS),
    row(Action::PageDown, "page down", "Go down a page", &["pgdn", "ctrl-f"], LISTS),
    row(Action::PageUp, "page up", "Go up a page", &["pgup", "ctrl-b"], LISTS),
    row(Action::Start, "start", "Go to the start", &["g", "home"], LISTS),
    row(Action::End, "end", "Go to the end", &["G", "end"], LISTS),
    row(
        Action::Left,
        "left",
        "Go to the panes on the left; in a document, fold",
        &["h", "left"],
        &[Spaces, Events, Projections, Checkpoints, Jobs, Detail],
    ),
    row(
        Action::Right,
        "right",
        "Go to the panes on the right; in a document, unfold",
        &["l", "right"],
        &[Spaces, Events, Projections, Checkpoints, Jobs, Detail],
    ),
    row(Action::FocusSpaces, "spaces", "Go to the spaces", &["1"], PANES),
    row(Action::FocusEvents, "events", "Go to the events", &["2"], PANES),
    row(Action::FocusProjections, "projections", "Go to the projections", &["3"], PANES),
    row(Action::FocusCheckpoints, "checkpoints", "Go to the checkpoints", &["4"], PANES),
    row(Action::FocusJobs, "jobs", "Go to the jobs", &["5"], PANES),
    row(Action::NextPane, "next pane", "Go to the next pane", &["tab"], PANES).hint(50),
    row(Action::PreviousPane, "previous pane", "Go to the pane before", &["shift-tab"], PANES),
    row(
        Action::Back,
        "back",
        "Go back one step: close what is on top, drop the filter, end the zoom",
        &["esc"],
        UNEXPLAINED,
    )
    .hint(60)
    .applies(able::has_back),
    row(Action::Back, "close", "Close the help", &["esc", "?"], &[Help]).hint(60),
    row(Action::Back, "close", "Close the step", &["esc", "r"], &[Guide]).hint(60),
    row(Action::Help, "help", "List what can be done here", &["?"], ASKABLE).hint(59),
    row(
        Action::TakeStep,
        "take step",
        "Do what the guide's step tells, and see what comes of it",
        &["space"],
        WALKABLE,
    )
    .hint(10)
    .applies(able::is_guided)
    .able(able::take_step),
    row(
        Action::NextStep,
        "next step",
        "Go on to the guide's next step, and to what it is about",
        &["w"],
        WALKABLE,
    )
    .hint(11)
    .applies(able::is_guided)
    .able(able::next_step),
    row(
        Action::PreviousStep,
        "step back",
        "Go back to the step before, and to what it is about",
        &["b"],
        WALKABLE,
    )
    .hint(12)
    .applies(able::is_guided)
    .able(able::previous_step),
    row(Action::ReadStep, "read step", "Read the step and all that it told", &["r"], BESIDE_GUIDE)
        .hint(13)
        .applies(able::is_guided)
        .able(able::guided),
    row(Action::ToggleGuide, "guide", "Put the guide away, or bring it back", &["W"], BESIDE_GUIDE)
        .hint(42)
        .applies(able::is_guided),
    row(
        Action::Suspend,
        "suspend",
        "Stop the program until it is continued in the foreground",
        &["ctrl-z"],
        &Context::ALL,
    ),
    row(Action::Quit, "quit", "End the program", &["q", "ctrl-c"], UNTYPED).hint(61),
    row(Action::Quit, "quit", "End the program", &["ctrl-c"], &[Prompt, Form, DeleteDialog]),
];

//! Moving around, and quitting.

use super::super::places::{ASKABLE, LISTS, OVER_PANES, OVERLAYS, PANES, UNEXPLAINED, VIEWS};
use super::super::spec::{Spec, row};
use super::super::{Action, Context, able};

use Context::{
    Checkpoints, Chooser, Detail, Dialog, Events, Guide, Help, Jobs, Operations, Projections, Spaces,
};

pub(super) const SPECS: &[Spec] = &[
    row(Action::Down, "down", "Move down", &["j", "down"], LISTS),
    row(Action::Up, "up", "Move up", &["k", "up"], LISTS),
    row(Action::HalfPageDown, "half a page down", "Move down half a page", &["ctrl-d"], LISTS),
    row(Action::HalfPageUp, "half a page up", "Move up half a page", &["ctrl-u"], LISTS),
    row(Action::PageDown, "page down", "Move down a page", &["pgdn", "ctrl-f"], LISTS),
    row(Action::PageUp, "page up", "Move up a page", &["pgup", "ctrl-b"], LISTS),
    row(Action::Start, "start", "Go to the start", &["g", "home"], LISTS),
    row(Action::End, "end", "Go to the end", &["G", "end"], LISTS),
    row(
        Action::Left,
        "left",
        "Go to the pane on the left; in a document, fold",
        &["h", "left"],
        &[Spaces, Events, Projections, Checkpoints, Jobs, Detail],
    ),
    row(
        Action::Right,
        "right",
        "Go to the pane on the right; in a document, unfold",
        &["l", "right"],
        &[Spaces, Events, Projections, Checkpoints, Jobs, Detail],
    ),
    row(Action::FocusSpaces, "spaces", "Go to the spaces", &["1"], VIEWS),
    row(Action::FocusEvents, "events", "Go to the events", &["2"], VIEWS),
    row(Action::FocusProjections, "projections", "Go to the projections", &["3"], VIEWS),
    row(Action::FocusCheckpoints, "checkpoints", "Go to the checkpoints", &["4"], VIEWS),
    row(Action::FocusJobs, "jobs", "Go to the jobs", &["5"], VIEWS),
    row(Action::NextPane, "next pane", "Go to the next pane", &["tab"], PANES).hint(50),
    row(Action::NextPane, "next pane", "Go to the next pane", &["tab"], OVER_PANES),
    row(Action::PreviousPane, "previous pane", "Go to the previous pane", &["shift-tab"], VIEWS),
    row(
        Action::Back,
        "back",
        "Go back one step: close the top layer, clear the filter, restore the pane",
        &["esc"],
        UNEXPLAINED,
    )
    .hint(60)
    .applies(able::has_back),
    row(Action::Back, "close", "Close the audit log", &["esc", "L"], &[Operations]).hint(60),
    row(Action::Back, "close", "Close the help", &["esc", "?", "q"], &[Help]).hint(60),
    row(Action::Back, "close", "Close the step", &["esc", "r", "q"], &[Guide]).hint(60),
    row(Action::Back, "back", "Close without doing anything", &["esc", "q"], &[Chooser, Dialog]).hint(60),
    row(Action::Help, "help", "List the keys that work here", &["?"], ASKABLE).hint(59),
    row(
        Action::Suspend,
        "suspend",
        "Suspend the program until it is resumed in the foreground",
        &["ctrl-z"],
        &Context::ALL,
    ),
    row(Action::Quit, "quit", "Quit the program", &["q", "ctrl-c"], VIEWS).hint(61),
    row(Action::Quit, "quit", "Quit the program", &["ctrl-c"], OVERLAYS),
];

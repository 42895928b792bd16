//! The actions on spaces.

use crate::console::app::action::Section::{Actions, View};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::context::{KeyContext, SPACES};
use crate::console::app::state::ConsoleState;
use crate::console::layers::{chooser, confirm, form};
use crate::console::panes::detail::{self, Subject};
use crate::console::panes::travel;

use super::availability::{
    can_backup, can_catch_up, can_change, can_check, can_command, can_export, can_fork, can_import,
    can_rebuild, can_redact, can_release_check, can_remove_projection, can_verify, catch_up, has_space,
    lists_undeclared, rebuild, remove_projection, verify, writable,
};
use super::update;

/// Operations on spaces and on the file, marks, and the order of the list.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::NewCommand,
        section: Actions,
        title: "new command",
        brief: "new",
        description: "Fill in a command of the space's app, preview it and execute it",
        keys: &["n"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::Main),
        enabled: can_command,
        run: |state, _| chooser::choose_command(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::CreateSpace,
        section: Actions,
        title: "create space",
        brief: "create",
        description: "Create an empty space",
        keys: &["c"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::CreateSpace),
        enabled: writable,
        run: |state, _| form::open_create_space(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ChangeSpace,
        section: Actions,
        title: "change space",
        description: "Change the name, the app or the metadata of the space",
        keys: &["E"],
        contexts: KeyContext::is_pane,
        enabled: can_change,
        run: form::open_change_space,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Fork,
        section: Actions,
        title: "fork",
        description: "Create a space with the events up to the selected one, to experiment in",
        keys: &["F"],
        contexts: |here| here.is_pane() || here == KeyContext::Detail,
        hint: Some(Rank::History),
        applies: is_pane_or_event,
        enabled: can_fork,
        run: form::open_fork,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Redact,
        section: Actions,
        title: "redact",
        description: "Erase fields of one entity's events, such as personal data",
        keys: &["A"],
        contexts: KeyContext::is_pane,
        enabled: can_redact,
        run: form::open_redact,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Rebuild,
        section: Actions,
        title: "rebuild",
        description: "Replay the space's events into a new projection",
        keys: &["R"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::Rebuild),
        enabled: can_rebuild,
        run: |state, _| confirm::ask(state, rebuild(state)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::CatchUp,
        section: Actions,
        title: "catch-up",
        description: "Apply the events that the projection is missing",
        keys: &["C"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::CatchUp),
        enabled: can_catch_up,
        run: |state, _| confirm::ask(state, catch_up(state)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Verify,
        section: Actions,
        title: "verify",
        description: "Compare the projection with its events",
        keys: &["v"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::Verify),
        enabled: can_verify,
        run: |state, _| confirm::ask(state, verify(state)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::RemoveProjection,
        section: Actions,
        title: "remove projection",
        description: "Remove the selected projection, which the space's app does not declare",
        keys: &["X"],
        contexts: |here| matches!(here, KeyContext::Projections | KeyContext::Checkpoints),
        hint: Some(Rank::Rebuild),
        applies: lists_undeclared,
        enabled: can_remove_projection,
        run: |state, _| confirm::ask(state, remove_projection(state)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Check,
        section: Actions,
        title: "check",
        description: "Check the whole database for damage and inconsistencies",
        keys: &["K"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::Check),
        enabled: can_check,
        run: |state, _| confirm::ask_check(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ReleaseCheck,
        section: Actions,
        title: "release check",
        description: "Show what this program would make of the stored projections of all spaces",
        keys: &["V"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::CatchUp),
        enabled: can_release_check,
        run: |state, _| confirm::ask_release_check(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Backup,
        section: Actions,
        title: "backup",
        description: "Copy the database to a file while it is in use, and check the copy",
        keys: &["B"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::Backup),
        enabled: can_backup,
        run: form::open_backup,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Export,
        section: Actions,
        title: "export",
        description: "Write the whole space to a file that can be imported again",
        keys: &["e"],
        contexts: KeyContext::is_of_space,
        hint: Some(Rank::Export),
        enabled: can_export,
        run: form::open_export,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Import,
        section: Actions,
        title: "import",
        description: "Create a space from an exported file",
        keys: &["I"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::Import),
        applies: |state| !state.database.is_original,
        enabled: can_import,
        run: form::open_import,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Import,
        section: Actions,
        title: "import",
        description: "Import this file of the Elixir original into another database",
        keys: &["I"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::Import),
        applies: |state| state.database.is_original,
        enabled: can_import,
        run: form::open_import,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Mark,
        section: Actions,
        title: "mark",
        description: "Mark or unmark the space; operations apply to all marked spaces",
        keys: &["space", "m"],
        contexts: SPACES,
        hint: Some(Rank::Mark),
        applies: travel::is_now,
        enabled: has_space,
        run: |state, _| update::toggle(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::MarkAll,
        section: Actions,
        title: "mark all",
        description: "Mark all shown spaces, or clear every mark",
        keys: &["M"],
        contexts: SPACES,
        hint: Some(Rank::MarkAll),
        enabled: has_space,
        run: |state, _| update::toggle_all(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Sort,
        section: View,
        title: "sort",
        description: "Sort by creation, name, events, lag or last event",
        keys: &["s"],
        contexts: |here| here == KeyContext::Spaces,
        hint: Some(Rank::SortSpaces),
        enabled: has_space,
        run: |state, _| update::sort(state),
        ..Spec::ALWAYS
    },
];

/// Returns true in a pane, and in the details of an event.
fn is_pane_or_event(state: &ConsoleState) -> bool {
    state.layers.below_help().is_none() || matches!(detail::subject(state), Some(Subject::Event(_)))
}

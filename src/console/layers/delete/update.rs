//! Opening the dialog, filling it in, and starting the delete.

use std::path::PathBuf;

use crate::console::app::effect::{Effects, FileQuery, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, Loadable};
use crate::console::app::update::Changed;
use crate::console::layers::delete::{Delete, Focus};
use crate::console::panes::jobs;
use crate::console::widgets::text_input::TextInput;
use crate::operations::{AnyOperation, Inventory, file_name};
use crate::text::visible;

/// Asks before the selected space is deleted.
pub(super) fn open(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(space) = state.space().cloned() else { return };
    let request = state.request();
    effects.push(StoreQuery::TakeInventory { request, space_id: space.space.space_id });
    let delete = Delete {
        inventory: Loadable::Pending(request),
        purge: false,
        archives: false,
        archive: TextInput::line().with(&file_name(&space.space)),
        archive_error: None,
        typed: TextInput::line(),
        error: None,
        focus: Focus::Name,
        top: 0,
        trying: None,
        space,
    };
    state.layers.push(delete);
}

/// Returns the dialog, if it is the topmost layer.
fn dialog(state: &mut ConsoleState) -> Option<&mut Delete> {
    state.layers.top_as_mut()
}

/// Shows the inventory of what will be deleted.
pub(crate) fn show_inventory(state: &mut ConsoleState, answer: Answer<Inventory, ErrorText>) -> Changed {
    let pending = Loadable::Pending(answer.request);
    let mut dialogs = state.layers.each_mut::<Delete>();
    let Some(delete) = dialogs.find(|delete| delete.inventory == pending) else { return Changed::No };
    delete.inventory = match answer.result {
        Ok(found) => {
            delete.purge |= found.purge_owed;
            Loadable::Ready(found)
        }
        Err(failure) => Loadable::Failed(failure),
    };
    if delete.without_archive().is_some() && delete.archives {
        (delete.archives, delete.focus) = (false, Focus::Name);
        delete.clear_errors();
    }
    Changed::Yes
}

/// Switches the rewrite of the file after the delete on or off.
pub(super) fn toggle_purge(state: &mut ConsoleState) {
    if let Some(delete) = dialog(state) {
        delete.purge = !delete.purge;
    }
}

/// Switches the archive on or off. Its file name stays as typed.
pub(super) fn toggle_archive(state: &mut ConsoleState) {
    if let Some(delete) = dialog(state) {
        delete.archives = !delete.archives;
        delete.focus = if delete.archives { Focus::Archive } else { Focus::Name };
        delete.clear_errors();
    }
}

/// Moves between the name and the archive's file.
pub(super) fn turn(state: &mut ConsoleState) {
    if let Some(delete) = dialog(state).filter(|delete| delete.archives) {
        delete.focus = match delete.focus {
            Focus::Name => Focus::Archive,
            Focus::Archive => Focus::Name,
        };
    }
}

/// Clears the errors, which an edit makes out of date.
pub(super) fn clear_errors(state: &mut ConsoleState) {
    if let Some(delete) = dialog(state) {
        delete.clear_errors();
    }
}

/// Deletes the space, if the typed name matches and the archive can be written.
pub(super) fn confirm(state: &mut ConsoleState, effects: &mut Effects) {
    let request = state.request();
    let Some(delete) = dialog(state).filter(|delete| delete.trying.is_none()) else { return };
    let name = &delete.space.space.space_name;
    // Some characters cannot be typed, but their visible form can.
    if delete.typed.text() != name && delete.typed.text() != visible(name) {
        delete.error = Some(format!("type {name} to delete it"));
        delete.focus = Focus::Name;
        return;
    }
    if !delete.archives {
        return begin(state, effects);
    }
    if delete.archive.is_empty() {
        delete.archive_error = Some("enter a file name".to_owned());
        delete.focus = Focus::Archive;
        return;
    }
    delete.trying = Some(request);
    let files = vec![PathBuf::from(delete.archive.text())];
    effects.push(FileQuery::TryPlaces { request, files, replace: false });
}

/// Starts the delete if the archive can be written. Otherwise shows the reason and keeps the input.
pub(crate) fn tried(state: &mut ConsoleState, answer: Answer<(), String>, effects: &mut Effects) -> Changed {
    let Some(delete) = dialog(state).filter(|delete| delete.trying == Some(answer.request)) else {
        return Changed::No;
    };
    delete.trying = None;
    match answer.result {
        Ok(()) => begin(state, effects),
        Err(reason) => {
            delete.archive_error = Some(reason);
            delete.focus = Focus::Archive;
        }
    }
    Changed::Yes
}

fn begin(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(delete) = dialog(state) else { return };
    let (operation, space) = (AnyOperation::DeleteSpace(delete.operation()), delete.space.space.clone());
    state.layers.pop();
    jobs::queue(state, vec![(operation, space)], effects);
}

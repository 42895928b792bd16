//! The commands of the apps, by name: `add-contact` in the selected space, `add-contact crm_acme` in a named one.

use crate::console::app::state::ConsoleState;
use crate::console::layers::form;
use crate::console::layers::palette::entry::{PaletteRow, PaletteTarget};
use crate::console::layers::palette::listing::{self, Listing};
use crate::console::layers::palette::thing::Thing;
use crate::console::panes::spaces;
use crate::content_store::CommandSpec;
use crate::space::SpaceId;

/// Returns the commands of the selected space.
pub(super) fn of_selected(state: &mut ConsoleState) -> Vec<PaletteRow> {
    let Some(space_id) = state.spaces.selected else { return Vec::new() };
    rows(state, space_id, |command| command.name.to_owned())
}

/// Returns the commands of a space whose names match, each with the text that leads to it: `run crm_acme add-contact`.
pub(super) fn of_space(state: &mut ConsoleState, before: &str, space_id: SpaceId, text: &str) -> Listing {
    let before = format!("{before} {} ", state.space_name(space_id));
    let entries = rows(state, space_id, |command| format!("{before}{}", command.name));
    let mut listing = Listing { entries: listing::matching_rest(&before, text, entries), message: None };
    if listing.entries.is_empty() {
        listing.message = Some(format!("{} has no command {text}", state.space_name(space_id)));
    }
    listing
}

/// Returns the space that an argument begins with, and the rest of it.
pub(super) fn split<'a>(state: &ConsoleState, argument: &'a str) -> Option<(SpaceId, &'a str)> {
    let mut ends = argument.match_indices(' ').map(|(end, _)| end);
    ends.find_map(|end| {
        let space_id = state.spaces.names.get(&argument[..end])?;
        Some((*space_id, argument[end..].trim_start()))
    })
}

/// Returns the spaces for the command of an app that a text begins with: `add-contact crm_acme`.
pub(super) fn with_space(state: &mut ConsoleState, text: &str, found: &[Thing]) -> Option<Listing> {
    let (word, argument) = text.split_once(' ')?;
    let word = word.to_lowercase();
    if !state.apps.iter().any(|app| app.commands().iter().any(|command| command.name == word)) {
        return None;
    }
    let argument = argument.trim_start();
    let before = format!("{word} ");
    let mut entries = Vec::new();
    for space in listing::spaces_for(state, argument, found) {
        let Thing::Space { space_id, name } = space else { continue };
        let named = rows(state, space_id, |_| format!("{before}{name}"));
        let is_meant =
            |row: &PaletteRow| matches!(row.target, PaletteTarget::Form { command, .. } if command == word);
        entries.extend(named.into_iter().filter(is_meant));
    }
    let entries = listing::matching_rest(&before, argument, entries);
    let message = entries.is_empty().then(|| format!("no space with the command {word} matches {argument}"));
    Some(Listing { entries, message })
}

/// Returns a row for each command of a space.
fn rows(
    state: &mut ConsoleState,
    space_id: SpaceId,
    title: impl Fn(&CommandSpec) -> String,
) -> Vec<PaletteRow> {
    let reason = refusal(state, space_id);
    let label = format!("command of {}", state.space_name(space_id));
    let row = |command: &'static CommandSpec| {
        let target = PaletteTarget::Form { space_id, command: command.name };
        PaletteRow::new(target, &title(command), command.summary, label.clone()).unless(reason.clone())
    };
    commands(state, space_id).iter().map(row).collect()
}

fn commands(state: &ConsoleState, space_id: SpaceId) -> &'static [CommandSpec] {
    let app = state.spaces.get(space_id).and_then(|space| state.app_of(space));
    app.map_or(&[], |app| app.commands())
}

/// Returns the reason why no command can be executed in a space.
fn refusal(state: &mut ConsoleState, space_id: SpaceId) -> Option<String> {
    let selected = state.spaces.selected.replace(space_id);
    let availability = spaces::can_command(state);
    state.spaces.selected = selected;
    availability.err().map(|reason| reason.text(&state.settings.keys))
}

/// Opens the form of a command. Its space need not be the selected one: the user returns to where they are.
pub(super) fn open(state: &mut ConsoleState, space_id: SpaceId, name: &str) {
    let Some(command) = commands(state, space_id).iter().find(|command| command.name == name) else { return };
    let space_name = state.space_name(space_id);
    form::open_command(state, space_id, space_name, command);
}

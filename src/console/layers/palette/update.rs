//! The behaviour of the palette: it lists the rows for its text, completes a word, and runs the selected row.

use crate::console::app::effect::Effects;
use crate::console::app::motion::{Motion, go_in_list};
use crate::console::app::opening;
use crate::console::app::state::{ConsoleState, Level};
use crate::console::layers::help::Help;
use crate::console::layers::palette::entry::{PaletteRow, PaletteTarget};
use crate::console::layers::palette::listing::{self, Finds, Listing};
use crate::console::layers::palette::thing::{self, ThingKind};
use crate::console::layers::palette::typed::{Argument, Given, OPEN, command};
use crate::console::layers::palette::{Palette, actions, commands, files, go};
use crate::console::layers::{copy, guide, help, reader};

/// The maximum number of characters of the text.
const LONGEST: usize = 200;

/// Opens the palette, in place of the help if that is open.
pub(super) fn open(state: &mut ConsoleState) {
    state.layers.pop_as::<Help>();
    state.layers.push(Palette::default());
    list(state);
}

/// Opens the palette for the path of a file.
pub(super) fn open_file(state: &mut ConsoleState, effects: &mut Effects) {
    open(state);
    set_text(state, &format!("{OPEN} "), effects);
}

/// Lists the rows for the edited text, and looks for things in the store.
pub(super) fn edited(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(palette) = state.layers.top_as_mut::<Palette>() else { return };
    palette.selected = 0;
    palette.bound();
    let text = palette.text().to_owned();
    let mut path = None;
    let (wanted, kind) = match listing::parse(&text) {
        Some((command, argument)) => match command.argument {
            Argument::Thing(kind) => (argument, Some(kind)),
            Argument::Command => (argument, Some(ThingKind::Space)),
            Argument::File => {
                path = Some(argument);
                ("", None)
            }
            _ => ("", None),
        },
        None => (&*text, None),
    };
    // The text of a typed command is known in full.
    let wanted = wanted.trim_end();
    if wanted.is_empty() {
        thing::forget(state)
    } else {
        thing::search(state, wanted, kind, effects)
    }
    files::look(state, path, effects);
    list(state);
}

/// Lists the rows for the text and for the things found so far. The selected row stays selected.
pub(super) fn list(state: &mut ConsoleState) {
    let Some(palette) = state.layers.top_as::<Palette>() else { return };
    let (text, is_pending) = (palette.text().to_owned(), palette.finding.is_pending());
    let found = Finds { things: palette.finding.things.clone(), databases: palette.databases.found.clone() };
    // The rows are those of the place under the palette.
    let Some(top) = state.layers.pop() else { return };
    let Listing { entries, message } = listing::list(state, &text, &found, is_pending);
    state.layers.push_boxed(top);
    let Some(palette) = state.layers.top_as_mut::<Palette>() else { return };
    let selected = palette.entries.get(palette.selected).filter(|_| palette.selected > 0);
    let place = selected.and_then(|kept| entries.iter().position(|entry| entry.target == kept.target));
    palette.selected = place.unwrap_or(0);
    let failure = palette.finding.failure.as_ref().map(|failure| format!("the search failed: {failure}"));
    palette.message = failure.or(message);
    palette.entries = entries;
    reveal(state);
}

fn reveal(state: &mut ConsoleState) {
    let height = state.viewports.layer;
    if let Some(palette) = state.layers.top_as_mut::<Palette>() {
        palette.go(Motion::Rows(0), height);
    }
}

impl Palette {
    pub(super) fn go(&mut self, motion: Motion, height: u16) {
        let Self { selected, top, entries, .. } = self;
        *selected = go_in_list(Some(*selected), entries.len(), top, motion, height);
    }

    /// Shortens the text to what a name can be, without control characters.
    fn bound(&mut self) {
        let text = self.input.text();
        let is_long = text.char_indices().nth(LONGEST).is_some();
        if is_long || text.contains(char::is_control) {
            let kept: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
            self.input.set(&kept);
        }
    }
}

/// Replaces the text.
fn set_text(state: &mut ConsoleState, text: &str, effects: &mut Effects) {
    if let Some(palette) = state.layers.top_as_mut::<Palette>() {
        palette.input.set(text);
        edited(state, effects);
    }
}

/// Takes the selected row over into the text, without running it.
pub(super) fn complete(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(palette) = state.layers.top_as::<Palette>() else { return };
    let rows = palette.entries.iter().skip(palette.selected).map(completed);
    // A row that adds nothing is what is typed.
    if let Some(text) = rows.take(2).find(|text| text != palette.text()) {
        set_text(state, &text, effects);
    }
}

/// Returns the text that a row stands for.
fn completed(entry: &PaletteRow) -> String {
    match &entry.target {
        PaletteTarget::Word(word) => format!("{word} "),
        PaletteTarget::File { typed, .. } | PaletteTarget::Directory(typed) => format!("{OPEN} {typed}"),
        PaletteTarget::Typed { word, argument, .. } => format!("{word} {argument}"),
        PaletteTarget::Thing(thing) if thing.kind() != ThingKind::EventType => {
            format!("{} {}", thing.kind().title(), thing.name())
        }
        _ => entry.title.clone(),
    }
}

/// Runs the selected row, or says why that is not possible.
pub(super) fn accept(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(entry) = state.layers.top_as::<Palette>().and_then(Palette::selected_entry).cloned() else {
        return;
    };
    if let Some(reason) = entry.reason {
        return state.say(Level::Warning, format!("{}: {reason}", entry.title));
    }
    if let PaletteTarget::Word(word) = entry.target {
        return set_text(state, &format!("{word} "), effects);
    }
    match entry.target {
        PaletteTarget::Directory(typed) => return set_text(state, &format!("{OPEN} {typed}"), effects),
        // The palette stays, to name another file if this one cannot be opened.
        PaletteTarget::File { file, .. } => return opening::open(state, file, effects),
        _ => {}
    }
    let Some(palette) = state.layers.pop() else { return };
    match entry.target {
        PaletteTarget::Action { action, pane } => actions::run(state, action, pane, effects),
        PaletteTarget::Typed { word, argument, thing } => {
            let Some(command) = command(word) else { return };
            let given = Given { text: &argument, thing: thing.as_ref() };
            if let Err(message) = command.run(state, given, effects) {
                state.layers.push_boxed(palette);
                if let Some(palette) = state.layers.top_as_mut::<Palette>() {
                    palette.message = Some(message);
                }
            }
        }
        PaletteTarget::Form { space_id, command } => commands::open(state, space_id, command),
        PaletteTarget::Copy(part) => copy::copy_part(state, part, effects),
        PaletteTarget::Guide(guide) => reader::open(state, guide),
        PaletteTarget::Thing(thing) => go::show(state, &thing),
        PaletteTarget::Query(query) => go::filter_events(state, &query),
        PaletteTarget::Topic(word) => help::open(state, word),
        PaletteTarget::Step(step) => guide::go_to(state, step),
        PaletteTarget::Word(_) | PaletteTarget::Directory(_) | PaletteTarget::File { .. } => {}
    }
}

//! The rows of the palette for a text.

use std::collections::HashSet;
use std::ops::Bound;

use crate::console::app::keymap::with_keys;
use crate::console::app::state::ConsoleState;
use crate::console::layers::copy::{self, parts::CopyPart};
use crate::console::layers::help::GLOSSARY;
use crate::console::layers::palette::actions::actions;
use crate::console::layers::palette::commands;
use crate::console::layers::palette::entry::{PaletteRow, PaletteTarget, matching};
use crate::console::layers::palette::files::{self, DatabasePath};
use crate::console::layers::palette::needle::Needle;
use crate::console::layers::palette::thing::{MOST, Thing, ThingKind};
use crate::console::layers::palette::typed::{
    AUTO, Argument, COMMANDS, TRACE, TypedCommand, command, event_id,
};
use crate::console::layers::prompt;
use crate::console::layers::reader::GUIDES;
use crate::console::theme::ThemeName;
use crate::console::widgets::graphemes::split;
use crate::space::SpaceId;

/// The number of spaces up to which all are compared with each text, not only those that begin with it.
const COMPARED: usize = 1000;

/// The rows for a text, and a message if there is none or the text is wrong.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub entries: Vec<PaletteRow>,
    pub message: Option<String>,
}

/// Returns the typed command that a text begins with, and its argument, if it takes one.
pub(super) fn parse(text: &str) -> Option<(&'static TypedCommand, &str)> {
    let (word, argument) = text.split_once(' ')?;
    let command = command(&word.to_lowercase()).filter(|command| command.argument != Argument::None)?;
    Some((command, argument.trim_start()))
}

/// Things in the store and databases on disk that were found for the text of the palette.
#[derive(Debug, Clone, Default)]
pub(super) struct Finds {
    pub things: Vec<Thing>,
    pub databases: Vec<DatabasePath>,
}

/// Returns the rows for a text and what was found for it, while the palette itself is closed.
pub(super) fn list(state: &mut ConsoleState, text: &str, found: &Finds, is_pending: bool) -> Listing {
    let mut listing = match parse(text) {
        Some((command, argument)) => {
            let listing = complete(state, command, argument, found);
            with_titles(state, text, listing)
        }
        None if text.is_empty() => everything(state),
        None => match commands::with_space(state, text, &found.things) {
            Some(listing) => listing,
            None => search(state, text, &found.things),
        },
    };
    if is_pending && listing.entries.is_empty() {
        listing.message = None;
    }
    listing
}

/// Adds the actions whose titles begin with the text, because the first word of a title may be a typed command too:
/// `export list`.
fn with_titles(state: &mut ConsoleState, text: &str, mut listing: Listing) -> Listing {
    let text = text.to_lowercase();
    let is_meant = |row: &PaletteRow| row.title.to_lowercase().starts_with(&text);
    let mut titled: Vec<PaletteRow> = actions(state).into_iter().filter(is_meant).collect();
    if !titled.is_empty() {
        listing.message = None;
    }
    listing.entries.append(&mut titled);
    listing
}

fn everything(state: &mut ConsoleState) -> Listing {
    let mut entries = actions(state);
    entries.extend(commands::of_selected(state));
    entries.extend(parts_to_copy(state));
    entries.extend(words(state));
    entries.extend(shown_spaces(state).into_iter().map(|space| thing(state, space)));
    Listing { entries, message: None }
}

fn search(state: &mut ConsoleState, text: &str, things: &[Thing]) -> Listing {
    let mut entries = actions(state);
    entries.extend(commands::of_selected(state));
    entries.extend(parts_to_copy(state));
    entries.extend(words(state));
    entries.extend(without_argument());
    entries.extend(GLOSSARY.iter().map(|topic| {
        let target = PaletteTarget::Topic(topic.word);
        PaletteRow::new(target, topic.word, with_keys(state, topic.text), "help")
    }));
    entries.extend(steps(state));
    entries.extend(saved_queries(state));
    entries.extend(files::recent(state, ""));
    entries.extend(GUIDES.iter().map(|guide| {
        PaletteRow::new(PaletteTarget::Guide(guide), &format!("guide {}", guide.name), guide.title(), "guide")
    }));
    entries.extend(known(state, text, None, things).into_iter().map(|found| thing(state, found)));
    let mut entries = matching(&mut Needle::fuzzy(text), entries);
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        let at = |word| command(word).map(|command| position(state, command, text).entries);
        let [event, sequence] = ["event", "sequence"].map(|word| at(word).unwrap_or_default());
        entries.splice(0..0, event.into_iter().chain(traced(text).entries).chain(sequence));
    }
    if let Some(alias) = alias(text) {
        entries.retain(|entry| entry.target != alias.target);
        entries.insert(0, alias);
    }
    let message = entries.is_empty().then(|| nothing(state, text));
    Listing { entries, message }
}

/// Returns the words that need an argument.
fn words(state: &mut ConsoleState) -> impl Iterator<Item = PaletteRow> {
    let with_argument = COMMANDS.iter().filter(|command| command.argument != Argument::None);
    with_argument.map(|command| word(command).unless(command.refusal_everywhere(state)))
}

/// Returns the commands without an argument that are found by their names, not only by their words.
fn without_argument() -> impl Iterator<Item = PaletteRow> {
    let commands =
        COMMANDS.iter().filter(|command| command.argument == Argument::None && command.word.len() > 1);
    commands.map(|command| typed(command, String::new(), None, command.description()))
}

/// Returns the parts of the selected row that can be copied.
fn parts_to_copy(state: &ConsoleState) -> Vec<PaletteRow> {
    let row = |(part, title, keys): (CopyPart, &str, String)| {
        PaletteRow::new(PaletteTarget::Copy(part.action), &format!("copy {title}"), part.name, keys)
    };
    copy::offered(state).into_iter().map(row).collect()
}

/// Returns the command that has exactly this word. One that opens another file waits for its path.
fn alias(text: &str) -> Option<PaletteRow> {
    let command = command(text.trim_end())?;
    match command.argument {
        Argument::None => Some(typed(command, String::new(), None, command.description())),
        Argument::File => Some(word(command)),
        _ => None,
    }
}

fn word(command: &TypedCommand) -> PaletteRow {
    PaletteRow::new(PaletteTarget::Word(command.word), &command.pattern(), command.description(), "")
}

fn steps(state: &ConsoleState) -> Vec<PaletteRow> {
    let steps = state.walk.iter().flat_map(|walk| walk.steps.iter().enumerate());
    steps
        .map(|(index, step)| PaletteRow::new(PaletteTarget::Step(index), &step.title, &*step.part, "guide"))
        .collect()
}

fn saved_queries(state: &ConsoleState) -> impl Iterator<Item = PaletteRow> {
    let saved = state.memory.saved_queries.iter();
    saved.map(|saved| {
        PaletteRow::new(PaletteTarget::Query(saved.query.clone()), &saved.name, &*saved.query, "saved query")
    })
}

fn thing(state: &ConsoleState, thing: Thing) -> PaletteRow {
    let (name, label) = (thing.name().to_owned(), thing.kind().title());
    let note = match &thing {
        Thing::Space { .. } => String::new(),
        Thing::EventType(_) => searched(state).map_or_else(String::new, |name| format!("in {name}")),
        Thing::Entity { .. } | Thing::Key { .. } => place(state, &thing),
    };
    let elsewhere = is_elsewhere(state, &thing);
    PaletteRow { elsewhere, ..PaletteRow::new(PaletteTarget::Thing(thing), &name, note, label) }
}

/// Returns true for a thing of another space than the selected one.
fn is_elsewhere(state: &ConsoleState, thing: &Thing) -> bool {
    thing.space_id().is_some_and(|space_id| state.spaces.selected != Some(space_id))
}

/// Says where an entity or a key is.
fn place(state: &ConsoleState, thing: &Thing) -> String {
    let space = thing.space_id().map_or_else(String::new, |space_id| state.space_name(space_id));
    match thing {
        Thing::Key { projection, .. } => format!("in {projection} of {space}"),
        _ => format!("in {space}"),
    }
}

/// Returns the name of the space whose event types, entities and keys are searched.
fn searched(state: &ConsoleState) -> Option<String> {
    state.spaces.selected.map(|space_id| state.space_name(space_id))
}

/// Returns the first spaces in the order of their list.
fn shown_spaces(state: &ConsoleState) -> Vec<Thing> {
    let shown = state.spaces.shown.iter().take(MOST).filter_map(|space_id| state.spaces.get(*space_id));
    shown.map(|found| space(found.space.space_id, &found.space.space_name)).collect()
}

fn space(space_id: SpaceId, name: &str) -> Thing {
    Thing::Space { space_id, name: name.to_owned() }
}

/// Returns the things of a kind that are loaded or were found, each once.
fn known(state: &ConsoleState, text: &str, kind: Option<ThingKind>, found: &[Thing]) -> Vec<Thing> {
    let wants = |thing: &Thing| kind.is_none_or(|kind| thing.kind() == kind);
    let mut things: Vec<Thing> = Vec::new();
    if kind.is_none_or(|kind| kind == ThingKind::Space) {
        things.extend(loaded_spaces(state, text));
    }
    let rows = state.events.window.rows.iter().rev().take(MOST);
    things.extend(rows.flat_map(|row| {
        let entity_id = row.event.entity_id.to_string();
        [
            Thing::Entity { space_id: row.event.space_id, entity_id },
            Thing::EventType(row.event.event_type.to_string()),
        ]
    }));
    if let Some(space_id) = state.projections.space {
        let (rows, projection) = (state.projections.window.rows.iter().take(MOST), &state.projections.name);
        things.extend(rows.map(|row| Thing::Key {
            space_id,
            projection: projection.clone(),
            key: row.key.clone(),
        }));
    }
    things.extend(found.iter().cloned());
    let mut seen = HashSet::new();
    let projection = |thing: &Thing| match thing {
        Thing::Key { projection, .. } => projection.clone(),
        _ => String::new(),
    };
    let identity =
        |thing: &Thing| (thing.kind().title(), thing.name().to_owned(), thing.space_id(), projection(thing));
    things.retain(|thing| wants(thing) && seen.insert(identity(thing)));
    things
}

fn loaded_spaces(state: &ConsoleState, text: &str) -> Vec<Thing> {
    let names = &state.spaces.names;
    if names.len() <= COMPARED {
        return names.iter().map(|(name, space_id)| space(*space_id, name)).collect();
    }
    let from_text = names.range::<str, _>((Bound::Included(text), Bound::Unbounded));
    let begin = from_text.take_while(|(name, _)| name.starts_with(text)).take(MOST);
    begin.map(|(name, space_id)| space(*space_id, name)).collect()
}

/// Says that nothing matches and where it was searched, and names a similar command.
fn nothing(state: &ConsoleState, text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    let similar = COMMANDS.iter().map(|command| (strsim::jaro_winkler(first, command.word), command.word));
    let best = similar.max_by(|(one, _), (other, _)| one.total_cmp(other));
    match best.filter(|(likeness, _)| *likeness > 0.8) {
        Some((_, word)) => format!("nothing matches; did you mean {word}?"),
        None => match searched(state) {
            Some(space) => format!(
                "nothing matches; event types, entities and keys were searched in {space}, and no other space has an entity or a key of this name"
            ),
            None => "nothing matches".to_owned(),
        },
    }
}

/// Returns the arguments with which a typed command can be completed.
fn complete(
    state: &mut ConsoleState,
    command: &'static TypedCommand,
    argument: &str,
    found: &Finds,
) -> Listing {
    let things = &found.things;
    match command.argument {
        Argument::None => Listing::default(),
        Argument::Thing(kind) => of_kind(state, command, kind, argument, things),
        Argument::Command => match commands::split(state, argument) {
            Some((space_id, rest)) => commands::of_space(state, command.word, space_id, rest),
            None => of_kind(state, command, ThingKind::Space, argument, things),
        },
        Argument::Position => position(state, command, argument),
        Argument::Event => traced(argument),
        Argument::Points => one(command, argument, command.description()),
        Argument::Filter => match prompt::check_filter(state, state.focus, argument) {
            Ok(()) => one(command, argument, "Show only matches in the list"),
            Err(message) => Listing { entries: Vec::new(), message: Some(message) },
        },
        Argument::Theme => theme(state, command, argument),
        Argument::File => files::list(state, command, argument, &found.databases),
        Argument::Help => {
            let words = GLOSSARY.iter().map(|topic| topic.word).filter(|word| *word != argument);
            let words = words.map(|word| typed(command, word.to_owned(), None, "")).collect();
            let mut entries = matching_arguments(command, argument, words);
            if !argument.is_empty() {
                entries.insert(0, typed(command, argument.to_owned(), None, command.description()));
            }
            Listing { entries, message: None }
        }
    }
}

fn one(command: &'static TypedCommand, argument: &str, note: &str) -> Listing {
    Listing { entries: vec![typed(command, argument.to_owned(), None, note)], message: None }
}

fn typed(command: &'static TypedCommand, argument: String, thing: Option<Thing>, note: &str) -> PaletteRow {
    let title = format!("{} {argument}", command.word);
    let word = command.word;
    PaletteRow::new(PaletteTarget::Typed { word, argument, thing }, title.trim_end(), note, "")
}

/// Returns the entries whose argument matches, the best first.
pub(super) fn matching_arguments(
    command: &TypedCommand,
    argument: &str,
    entries: Vec<PaletteRow>,
) -> Vec<PaletteRow> {
    matching_rest(&format!("{} ", command.word), argument, entries)
}

/// Returns the entries whose titles match after this beginning, which all of them have, the best first.
pub(super) fn matching_rest(before: &str, text: &str, entries: Vec<PaletteRow>) -> Vec<PaletteRow> {
    if text.is_empty() {
        return entries;
    }
    let mut bare = entries;
    for entry in &mut bare {
        entry.title.replace_range(..before.len(), "");
    }
    let mut found = matching(&mut Needle::fuzzy(text), bare);
    let moved = u32::try_from(split(before).count()).unwrap_or(0);
    for entry in &mut found {
        entry.title.insert_str(0, before);
        entry.matched.iter_mut().for_each(|letter| *letter += moved);
    }
    found
}

/// Returns the spaces that an argument may name.
pub(super) fn spaces_for(state: &ConsoleState, argument: &str, found: &[Thing]) -> Vec<Thing> {
    match argument {
        "" => shown_spaces(state),
        _ => known(state, argument, Some(ThingKind::Space), found),
    }
}

fn of_kind(
    state: &mut ConsoleState,
    command: &'static TypedCommand,
    kind: ThingKind,
    argument: &str,
    things: &[Thing],
) -> Listing {
    let known = match kind {
        ThingKind::Space => spaces_for(state, argument, things),
        _ => known(state, argument, Some(kind), things),
    };
    let entries = known.into_iter().map(|thing| {
        let elsewhere = is_elsewhere(state, &thing);
        let note = if elsewhere { place(state, &thing) } else { command.description().to_owned() };
        PaletteRow { elsewhere, ..typed(command, thing.name().to_owned(), Some(thing), &note) }
    });
    let entries = entries.collect();
    let mut entries = matching_arguments(command, argument, entries);
    entries.truncate(MOST);
    for entry in &mut entries {
        if let PaletteTarget::Typed { thing: Some(thing), .. } = &entry.target {
            entry.reason = command.refusal(state, thing);
        }
    }
    let message = entries.is_empty().then(|| match argument {
        "" => format!("type the name of the {}", kind.title()),
        _ => match searched(state).filter(|_| kind != ThingKind::Space) {
            Some(space) if kind == ThingKind::EventType => {
                format!("no {} of {space} matches {argument}", kind.title())
            }
            Some(space) => {
                format!(
                    "no {} of {space} matches {argument}, and no other space has one of this name",
                    kind.title()
                )
            }
            None => format!("no {} matches {argument}", kind.title()),
        },
    });
    Listing { entries, message }
}

fn position(state: &ConsoleState, command: &'static TypedCommand, text: &str) -> Listing {
    match prompt::place(state, text.trim()) {
        Ok(_) => one(command, text.trim(), command.description()),
        Err(error) => Listing { entries: Vec::new(), message: Some(error.message) },
    }
}

/// Returns the row that traces the event with a typed id.
fn traced(text: &str) -> Listing {
    match (command(TRACE), event_id(text)) {
        (Some(command), Ok(_)) => one(command, text.trim(), command.description()),
        (_, Err(message)) => Listing { entries: Vec::new(), message: Some(message) },
        (None, Ok(_)) => Listing::default(),
    }
}

fn theme(state: &ConsoleState, command: &'static TypedCommand, argument: &str) -> Listing {
    let note = |name| if name == state.theme_name { "the current theme" } else { "" };
    let mut all =
        ThemeName::ALL.map(|name| typed(command, name.as_str().to_owned(), None, note(name))).to_vec();
    all.push(typed(command, AUTO.to_owned(), None, "dark or light, as the background of the terminal"));
    let names: Vec<String> = all.iter().map(|row| row.title.replace("theme ", "")).collect();
    let entries = matching_arguments(command, argument.trim(), all);
    let message = entries.is_empty().then(|| format!("there is no theme {argument}; {}", names.join(", ")));
    Listing { entries, message }
}

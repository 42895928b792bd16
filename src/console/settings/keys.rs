//! The table `keys` of the settings: an action and its keys.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::console::app::action::Action;
use crate::console::app::bindings::{ALWAYS_QUITS, Bindings, Conflict};
use crate::console::app::key::Key;
use crate::console::app::table::table;
use crate::console::settings::parse::{Reader, kind};
use crate::console::settings::problem::{meant, quoted};

/// Reads the keys of all actions that are named.
pub(super) fn read(reader: &mut Reader<'_>, found: &DeTable<'_>) -> Bindings {
    let mut bindings = Bindings::default();
    let mut places = BTreeMap::new();
    for (name, value) in found {
        let Some(action) = Action::named(name.get_ref()) else {
            let known = table().map(|spec| spec.action.name());
            let meant = meant(name.get_ref(), known);
            let message =
                format!("unknown action {}{meant}; `ramax config print` lists all", quoted(name.get_ref()));
            reader.report(name.span(), message);
            continue;
        };
        places.insert(action, name.span());
        let keys = keys_of(reader, action, value);
        if !keys.is_empty() {
            bindings.bind(action, keys);
        }
    }
    for conflict in bindings.conflicts() {
        let lines = conflict.actions.map(|(_, from)| places.get(&from).map(|place| reader.line(place)));
        // The later line is the one that was added last, most likely.
        let sources = conflict.actions.iter().filter_map(|(_, from)| places.get(from));
        if let Some(place) = sources.max_by_key(|place| place.start) {
            reader.report(place.clone(), twice(&conflict, lines));
        }
    }
    bindings
}

/// Returns the keys of an action: one, or a list.
fn keys_of(reader: &mut Reader<'_>, action: Action, found: &Spanned<DeValue<'_>>) -> Vec<Key> {
    let items: Vec<&Spanned<DeValue<'_>>> = match found.get_ref() {
        DeValue::Array(list) if list.is_empty() => {
            let message = format!("{} needs at least one key", action.name());
            reader.report(found.span(), message);
            return Vec::new();
        }
        DeValue::Array(list) => list.iter().collect(),
        _ => vec![found],
    };
    let mut keys = Vec::new();
    for item in items {
        match key(action, item.get_ref()) {
            Ok(key) if !keys.contains(&key) => keys.push(key),
            Ok(_) => {}
            Err(message) => reader.report(item.span(), message),
        }
    }
    keys
}

fn key(action: Action, found: &DeValue<'_>) -> Result<Key, String> {
    let Some(name) = found.as_str() else {
        return Err(format!("a key is a text such as \"ctrl-r\", not {}", kind(found)));
    };
    let key: Key = name.parse().map_err(|_| unknown_key(name))?;
    match key.arrives_as() {
        Some(other) => Err(format!("most terminals send {other} for {key}: use {other}, or another key")),
        None if key == ALWAYS_QUITS && action != Action::Quit => {
            Err(format!("{key} always quits, so it cannot be bound to {}", action.name()))
        }
        None => Ok(key),
    }
}

fn unknown_key(name: &str) -> String {
    let bare = name.rsplit_once('-').map_or(name, |(_, bare)| bare);
    if name.starts_with("shift-") && bare.chars().count() == 1 {
        return format!(
            "unknown key {}: write {} for a letter with shift",
            quoted(name),
            bare.to_uppercase()
        );
    }
    format!(
        "unknown key {}: use a character, {} or F1 to F35, after ctrl- or alt- if needed{}",
        quoted(name),
        Key::NAMES.join(", "),
        meant(name, Key::NAMES)
    )
}

/// Says that two actions are on one key, and where each gets it.
fn twice(conflict: &Conflict, lines: [Option<usize>; 2]) -> String {
    let place = |(action, from): (Action, Action), line: Option<usize>| {
        let line = line.map_or_else(|| "by default".to_owned(), |line| format!("line {line}"));
        let from = if from == action { line } else { format!("as a key of {}, {line}", from.name()) };
        format!("{} ({from})", action.name())
    };
    let [(one, first), (other, second)] = [(conflict.actions[0], lines[0]), (conflict.actions[1], lines[1])];
    format!(
        "the key {} is bound to {} and to {} in the same place ({}); give one of them another key",
        conflict.key,
        place(one, first),
        place(other, second),
        conflict.context.title().to_lowercase()
    )
}

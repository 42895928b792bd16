//! The settings as a file with comments.

use std::collections::BTreeMap;

use crate::console::app::action::{Action, Section, Spec};
use crate::console::app::bindings::default_keys;
use crate::console::app::table::table;
use crate::console::settings::names::Named;
use crate::console::settings::{EventColumn, GlyphSet, Notifications, Settings};
use crate::console::theme::ThemeName;

impl Settings {
    /// Returns the default settings in TOML, with comments.
    pub fn printed_defaults() -> String {
        let defaults = Self::default();
        let columns: Vec<String> =
            defaults.columns.events.iter().map(|column| format!("\"{}\"", column.name())).collect();
        format!(
            "\
# The settings of the console. All values below are the defaults; remove what you do not change.
# Options of the command line and the environment override them: --theme, NO_COLOR.

# The theme: {themes}. auto suits the terminal.
theme = \"{theme}\"

# The characters of borders, marks and bars: {glyph_sets}.
glyphs = \"{glyphs}\"

# True to react to the mouse.
mouse = {mouse}

# The time zone in which times are shown: UTC, local, or a name such as Europe/Berlin.
time-zone = \"UTC\"

# The way to announce a job that finishes while the terminal is not focused: {ways}.
notifications = \"{notifications}\"

[columns]
# The columns of a list of events, in their order: {event_columns}.
events = [{columns}]

# The keys of the actions: one, or a list of which hints show the first. A key is a character, a name such as
# enter or pgdn, or F1, after ctrl- or alt- if needed. Ctrl-C quits in any case, and text can always be typed.
[keys]
{keys}",
            themes = names::<Option<ThemeName>>(),
            theme = defaults.theme.name(),
            glyph_sets = names::<GlyphSet>(),
            glyphs = defaults.glyphs.name(),
            mouse = defaults.mouse,
            ways = names::<Notifications>(),
            notifications = defaults.notifications.name(),
            event_columns = names::<EventColumn>(),
            columns = columns.join(", "),
            keys = keys(),
        )
    }
}

/// Lists all names of a setting.
fn names<N: Named>() -> String {
    let names: Vec<&str> = N::ALL.iter().map(|value| value.name()).collect();
    match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        all => all.concat(),
    }
}

/// Returns a line for each action with its keys, in the order of the help.
fn keys() -> String {
    let mut first: BTreeMap<Action, &Spec> = BTreeMap::new();
    for spec in table() {
        first.entry(spec.action).or_insert(spec);
    }
    let mut text = String::new();
    for section in Section::ALL {
        text.push_str(&format!("# {}\n", section.title()));
        for (action, spec) in first.iter().filter(|(_, spec)| spec.section == section) {
            let keys: Vec<String> =
                default_keys(*action).iter().map(|key| toml_text(&key.to_string())).collect();
            text.push_str(&format!("{} = [{}] # {}\n", action.name(), keys.join(", "), spec.description));
        }
    }
    text
}

/// Quotes a text of printable characters.
fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

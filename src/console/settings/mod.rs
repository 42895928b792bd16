//! The settings of the console, which a user keeps in a file. Options of the command line and variables of the environment
//! override them.

mod file;
mod keys;
mod names;
mod parse;
mod print;
mod problem;
#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;

use crate::console::app::bindings::Bindings;
use crate::console::theme::ThemeName;

pub use problem::{Problem, SettingsError, Unusable};

/// The settings of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The theme; the one that suits the terminal if absent.
    pub theme: Option<ThemeName>,
    /// The characters of borders, marks and bars.
    pub glyphs: GlyphSet,
    /// True if the console reacts to the mouse.
    pub mouse: bool,
    /// The time zone in which times are shown.
    pub time_zone: TimeZone,
    /// The columns of the lists.
    pub columns: Columns,
    /// The way to announce a job that finishes while the terminal is not focused.
    pub notifications: Notifications,
    /// The keys of the actions.
    pub keys: Bindings,
}

/// The characters of borders, marks and bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GlyphSet {
    /// Those that the terminal can show.
    Auto,
    /// Lines and blocks of Unicode.
    Unicode,
    /// ASCII only.
    Ascii,
}

/// The columns of the lists, in their order on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The columns of a list of events, after the number of the event.
    pub events: Vec<EventColumn>,
}

/// A column of a list of events that can be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventColumn {
    /// The time of the event.
    Time,
    /// The space of the event, shown in a list of the events of all spaces.
    Space,
    /// The type of the event.
    Type,
    /// The entity of the event.
    Entity,
    /// The payload.
    Payload,
}

/// The way to announce a job that finishes while the terminal is not focused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notifications {
    /// A notification of the terminal, where it supports them.
    Terminal,
    /// The bell of the terminal.
    Bell,
    /// None.
    Off,
}

impl EventColumn {
    /// Every column, in the order in which they are shown unless set otherwise.
    pub const ALL: [Self; 5] = [Self::Time, Self::Space, Self::Type, Self::Entity, Self::Payload];
}

impl Settings {
    /// Returns the same settings with ASCII glyphs and the names of keys in ASCII.
    pub fn in_ascii(self) -> Self {
        Self { glyphs: GlyphSet::Ascii, keys: self.keys.in_words(), ..self }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: None,
            glyphs: GlyphSet::Auto,
            mouse: true,
            time_zone: TimeZone::UTC,
            columns: Columns { events: EventColumn::ALL.to_vec() },
            notifications: Notifications::Terminal,
            keys: Bindings::default(),
        }
    }
}

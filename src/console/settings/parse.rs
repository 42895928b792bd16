//! The settings in a text in TOML.

use std::ops::Range;

use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::console::settings::names::Named;
use crate::console::settings::problem::{Problem, meant, quoted, unknown};
use crate::console::settings::{Columns, Settings, keys};

/// The names of the settings and tables at the top.
const FIELDS: [&str; 7] = ["theme", "glyphs", "mouse", "time-zone", "notifications", "columns", "keys"];

impl Settings {
    /// Reads settings in TOML. Those that the text does not name have their defaults.
    ///
    /// # Errors
    /// All problems, in the order of their lines.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { text, problems: Vec::new() };
        let mut settings = Self::default();
        match DeTable::parse(text) {
            Ok(table) => reader.top(table.get_ref(), &mut settings),
            Err(error) => {
                let at = error.span().unwrap_or_default();
                reader.report(at, format!("this is not valid TOML: {}", error.message()));
            }
        }
        reader.problems.sort_by_key(|problem| problem.line);
        if reader.problems.is_empty() { Ok(settings) } else { Err(reader.problems) }
    }
}

/// Reads a text and collects its problems.
pub(super) struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn top(&mut self, table: &DeTable<'_>, settings: &mut Settings) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "theme" => self.set(&mut settings.theme, value),
                "glyphs" => self.set(&mut settings.glyphs, value),
                "notifications" => self.set(&mut settings.notifications, value),
                "mouse" => match value.get_ref() {
                    DeValue::Boolean(mouse) => settings.mouse = *mouse,
                    other => {
                        self.report(value.span(), format!("mouse is true or false, not {}", kind(other)))
                    }
                },
                "time-zone" => self.time_zone(&mut settings.time_zone, value),
                "columns" => self.columns(&mut settings.columns, value),
                "keys" => {
                    if let Some(table) = self.table("keys", value) {
                        settings.keys = keys::read(self, table);
                    }
                }
                name => self.report(key.span(), unknown("setting", name, &FIELDS)),
            }
        }
    }

    /// Sets a value by its name.
    fn set<N: Named>(&mut self, value: &mut N, found: &Spanned<DeValue<'_>>) {
        if let Some(named) = self.named(found) {
            *value = named;
        }
    }

    /// Returns the value with the name that is found.
    fn named<N: Named>(&mut self, found: &Spanned<DeValue<'_>>) -> Option<N> {
        let names: Vec<&str> = N::ALL.iter().map(|value| value.name()).collect();
        let Some(name) = found.get_ref().as_str() else {
            let other = kind(found.get_ref());
            self.report(
                found.span(),
                format!("a {} is one of the texts {}, not {other}", N::WHAT, names.join(", ")),
            );
            return None;
        };
        let known = N::ALL.iter().copied().find(|value| value.name() == name);
        if known.is_none() {
            self.report(found.span(), unknown(N::WHAT, name, &names));
        }
        known
    }

    fn time_zone(&mut self, time_zone: &mut TimeZone, found: &Spanned<DeValue<'_>>) {
        const CHOICE: &str = "use UTC, local, or the name of a zone such as Europe/Berlin";
        let Some(name) = found.get_ref().as_str() else {
            let other = kind(found.get_ref());
            return self.report(found.span(), format!("a time zone is a text, not {other}: {CHOICE}"));
        };
        let known = match name {
            "UTC" => Ok(TimeZone::UTC),
            "local" => TimeZone::try_system().map_err(|error| {
                format!("the local time zone is unknown: {error}; use UTC, or the name of a zone")
            }),
            _ => TimeZone::get(name).map_err(|_| {
                let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
                let meant = meant(name, zones.iter().map(String::as_str).chain(["UTC", "local"]));
                format!("unknown time zone {}: {CHOICE}{meant}", quoted(name))
            }),
        };
        match known {
            Ok(known) => *time_zone = known,
            Err(message) => self.report(found.span(), message),
        }
    }

    fn columns(&mut self, columns: &mut Columns, found: &Spanned<DeValue<'_>>) {
        let Some(table) = self.table("columns", found) else { return };
        for (key, value) in table {
            if key.get_ref() != "events" {
                self.report(key.span(), unknown("list", key.get_ref(), &["events"]));
                continue;
            }
            let Some(list) = value.get_ref().as_array() else {
                let message = format!("the columns are a list of names, not {}", kind(value.get_ref()));
                self.report(value.span(), message);
                continue;
            };
            columns.events.clear();
            for item in list.iter() {
                let Some(column) = self.named(item) else { continue };
                if columns.events.contains(&column) {
                    self.report(item.span(), format!("the column {} is listed twice", column.name()));
                } else {
                    columns.events.push(column);
                }
            }
        }
    }

    fn table<'t, 'i>(&mut self, name: &str, found: &'t Spanned<DeValue<'i>>) -> Option<&'t DeTable<'i>> {
        let table = found.get_ref().as_table();
        if table.is_none() {
            self.report(found.span(), format!("{name} is a table, not {}", kind(found.get_ref())));
        }
        table
    }

    /// Reports a problem at a place in the text.
    pub(super) fn report(&mut self, place: Range<usize>, message: String) {
        self.problems.push(Problem { line: self.line(&place), message });
    }

    /// Returns the number of the line of a place in the text.
    pub(super) fn line(&self, place: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..place.start).unwrap_or(self.text.as_bytes());
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }
}

/// Returns the kind of a value, with an article.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

//! Settings that cannot be used, by file and line.

use std::fmt;
use std::path::PathBuf;

use crate::masking::MaskedPath;
use crate::text::{nearest, visible};

/// A problem in a line of a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, starting at 1.
    pub line: usize,
    /// The text: what is wrong, and the valid values.
    pub message: String,
}

/// The reason why a settings file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// The file.
    pub file: PathBuf,
    /// The reason.
    pub reason: Unusable,
}

/// The reason why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// There is no such file.
    Missing,
    /// It cannot be read.
    Unreadable(String),
    /// Its content is wrong. There is at least one problem; they are in the order of the lines.
    Wrong(Vec<Problem>),
}

impl SettingsError {
    /// Returns each problem with its file and its line.
    pub fn problems(&self) -> Vec<String> {
        let file = self.file.shown();
        match &self.reason {
            Unusable::Missing => vec![format!("there is no settings file {file}")],
            Unusable::Unreadable(reason) => {
                vec![format!("the settings file {file} cannot be read: {reason}")]
            }
            Unusable::Wrong(problems) => {
                let located = |Problem { line, message }: &Problem| format!("{file}, line {line}: {message}");
                problems.iter().map(located).collect()
            }
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = self.problems();
        let Some((first, further)) = problems.split_first() else { return Ok(()) };
        f.write_str(first)?;
        match further.len() {
            0 => Ok(()),
            1 => f.write_str(" (and 1 more problem)"),
            more => write!(f, " (and {more} more problems)"),
        }
    }
}

/// Says that a name is unknown, and names the valid ones.
pub(super) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let choose = match known {
        [] => String::new(),
        [only] => format!(": it can be {only}"),
        [first @ .., last] => format!(": choose {} or {last}", first.join(", ")),
    };
    format!("unknown {what} {}{choose}{}", quoted(name), meant(name, known.iter().copied()))
}

/// Suggests the nearest of the known names.
pub(super) fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |meant| format!(" (did you mean {meant}?)"))
}

/// The most characters of a wrong name that are shown.
const LONGEST: usize = 40;

/// Quotes a name of the file, shortened and without control characters.
pub(super) fn quoted(name: &str) -> String {
    let mut shown: String = name.chars().take(LONGEST).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    format!("\"{}\"", visible(&shown))
}

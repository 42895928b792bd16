//! A row of the palette.

use std::cmp::Reverse;

use crate::console::app::action::Action;
use crate::console::layers::help::GLOSSARY;
use crate::console::layers::palette::needle::{MatchQuality, NameMatch, Needle};
use crate::console::layers::palette::synonyms;
use crate::console::layers::palette::thing::Thing;
use crate::console::layers::reader::GuideText;
use crate::console::panes::Pane;
use crate::console::widgets::graphemes::split;
use crate::space::SpaceId;
use crate::sqlite::Location;
use crate::text::visible;

/// A row of the palette: something that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct PaletteRow {
    /// The effect of choosing it.
    pub target: PaletteTarget,
    /// Its name.
    pub title: String,
    /// Its meaning, in one sentence.
    pub note: String,
    /// The keys of an action, or the kind of a thing.
    pub label: String,
    /// The reason, if it cannot be chosen now.
    pub reason: Option<String>,
    /// The graphemes of the title that match the text, by index.
    pub matched: Vec<u32>,
    /// True for a thing of another space than the selected one.
    pub elsewhere: bool,
}

/// The effect of choosing a row.
#[derive(Debug, Clone, PartialEq)]
pub enum PaletteTarget {
    /// Performs an action.
    Action {
        /// The action.
        action: Action,
        /// The pane to go to first; `None` if it works where the palette was opened.
        pane: Option<Pane>,
    },
    /// Completes a word that needs an argument.
    Word(&'static str),
    /// Runs a typed command.
    Typed {
        /// Its word.
        word: &'static str,
        /// Its argument.
        argument: String,
        /// The thing that the argument names.
        thing: Option<Thing>,
    },
    /// Opens the form of a command of an app.
    Form {
        /// The space.
        space_id: SpaceId,
        /// The name of the command.
        command: &'static str,
    },
    /// Copies a part of the selected row.
    Copy(Action),
    /// Shows the text of a guide.
    Guide(&'static GuideText),
    /// Goes to a thing.
    Thing(Thing),
    /// Shows the events that match a query.
    Query(String),
    /// Opens the help for a word.
    Topic(&'static str),
    /// Goes to a step of the guide.
    Step(usize),
    /// Opens another file.
    File {
        /// The file.
        file: Location,
        /// Its path as it is typed.
        typed: String,
    },
    /// Lists the files in a directory, by its path as it is typed.
    Directory(String),
}

impl PaletteRow {
    /// Returns a row with this title, whose control characters are made visible.
    pub(super) fn new(
        target: PaletteTarget,
        title: &str,
        note: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        let title = visible(title).into_owned();
        let (note, label) = (note.into(), label.into());
        Self { target, title, note, label, reason: None, matched: Vec::new(), elsewhere: false }
    }

    /// Returns the row with the reason why it cannot be chosen, if there is one.
    pub(super) fn unless(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    /// Returns true for an action.
    pub fn is_action(&self) -> bool {
        matches!(self.target, PaletteTarget::Action { .. })
    }
}

/// Returns the entries that match, the best first. Equal ones stay in order.
pub(super) fn matching(needle: &mut Needle, entries: Vec<PaletteRow>) -> Vec<PaletteRow> {
    let mut words = Needle::words(needle.text());
    let mut found: Vec<(NameMatch, PaletteRow)> = Vec::new();
    for mut entry in entries {
        let named = find(needle, &entry);
        let is_named = named.as_ref().is_some_and(|found| found.quality < MatchQuality::Synonym);
        let other = if is_named { None } else { by_synonym(needle, &entry) };
        let Some(mut matched) = other.or(named).or_else(|| in_note(&mut words, &entry)) else { continue };
        entry.matched = std::mem::take(&mut matched.letters);
        found.push((matched, entry));
    }
    found.sort_by_key(|(found, entry)| (found.quality, among_equals(found, entry), Reverse(found.score)));
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// Returns the match of a row's name. A key is also named by the part after its kind: `contact:c1` by `c1`.
fn find(needle: &mut Needle, entry: &PaletteRow) -> Option<NameMatch> {
    let whole = needle.find(&entry.title);
    let Some((kind, rest)) = entry.title.split_once(':').filter(|_| is_key(entry)) else { return whole };
    let before = u32::try_from(split(kind).count() + 1).unwrap_or(0);
    let rest = needle.find(rest).filter(|rest| rest.quality < MatchQuality::Letters).map(|mut rest| {
        rest.letters.iter_mut().for_each(|letter| *letter += before);
        rest
    });
    rest.into_iter().chain(whole).min_by_key(|found| found.quality)
}

fn is_key(entry: &PaletteRow) -> bool {
    matches!(entry.target, PaletteTarget::Thing(Thing::Key { .. }))
}

/// Orders rows that match equally well: what is available first. Names that begin with the text have equal scores: among
/// them, actions come first, then the shortest. A name that was typed in full is meant, even if it is unavailable, and a key
/// comes before the entity that it is named after. Things of other spaces come after those of the selected one.
fn among_equals(found: &NameMatch, entry: &PaletteRow) -> (bool, bool, bool, usize) {
    let (first, second, length) = match found.quality {
        MatchQuality::Exact => (!entry.is_action(), !is_key(entry), 0),
        MatchQuality::Prefix => (is_after_others(entry), !entry.is_action(), entry.title.len()),
        _ => (is_after_others(entry), false, 0),
    };
    (entry.elsewhere, first, second, length)
}

/// Returns true for a row that cannot be chosen. One with the name of a word of the help is not behind that word: its reason
/// says more.
fn is_after_others(entry: &PaletteRow) -> bool {
    entry.reason.is_some() && GLOSSARY.iter().all(|topic| topic.word != entry.title)
}

/// Returns the match of another name of an action, or of a command of an app typed in words.
fn by_synonym(needle: &Needle, entry: &PaletteRow) -> Option<NameMatch> {
    let is_found = match &entry.target {
        PaletteTarget::Action { action, .. } => synonyms::is_named(*action, needle.text()),
        PaletteTarget::Typed { word, .. } => {
            Action::named(word).is_some_and(|action| synonyms::is_named(action, needle.text()))
        }
        PaletteTarget::Form { command, .. } => command.replace('-', " ").starts_with(needle.text()),
        _ => false,
    };
    is_found.then_some(NameMatch { quality: MatchQuality::Synonym, score: 0, letters: Vec::new() })
}

/// Returns the match of an action's description.
fn in_note(words: &mut Needle, entry: &PaletteRow) -> Option<NameMatch> {
    let is_found = entry.is_action() && words.is_in(&entry.note);
    is_found.then_some(NameMatch { quality: MatchQuality::Description, score: 0, letters: Vec::new() })
}

//! Actions. Each has one row in the table, from which keys, hints and help derive.

use std::borrow::Cow;

use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

use crate::console::app::context::Contexts;
use crate::console::app::keymap::with_keys;
use crate::console::app::state::ConsoleState;
use crate::console::layers::Run;

/// An action of the user. The help and the hints list actions in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the table of actions has a title and a description for each")]
pub enum Action {
    // Operations.
    NewCommand,
    CreateSpace,
    Rebuild,
    CatchUp,
    Verify,
    Check,
    Backup,
    Export,
    Import,
    Delete,
    Mark,
    MarkAll,
    // Jobs.
    PauseJob,
    ResumeJob,
    CancelJob,
    DismissJob,
    GoToSpace,
    CancelAllJobs,
    DismissAllJobs,
    // Rows, prompts, forms and dialogs.
    Open,
    Accept,
    Submit,
    Confirm,
    SkipErrors,
    InDepth,
    RepairFound,
    Archive,
    Purge,
    NextField,
    PreviousField,
    NextChoice,
    PreviousChoice,
    // View.
    Filter,
    Follow,
    ToggleScope,
    AuditLog,
    Jump,
    Sort,
    History,
    Inspect,
    ToggleFold,
    FoldAll,
    Copy,
    Zoom,
    ToggleDetail,
    Refresh,
    NextRow,
    PreviousRow,
    // Move.
    Down,
    Up,
    HalfPageDown,
    HalfPageUp,
    PageDown,
    PageUp,
    Start,
    End,
    Left,
    Right,
    FocusSpaces,
    FocusEvents,
    FocusProjections,
    FocusCheckpoints,
    FocusJobs,
    NextPane,
    PreviousPane,
    Back,
    Help,
    // The program.
    Suspend,
    Quit,
    // Guide.
    TakeStep,
    NextStep,
    PreviousStep,
    ReadStep,
    ToggleGuide,
}

impl Action {
    /// Returns the action of this name in kebab-case.
    pub fn named(name: &str) -> Option<Self> {
        let name: StrDeserializer<'_, Error> = name.into_deserializer();
        Self::deserialize(name).ok()
    }
}

/// An action on the hint line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The action.
    pub action: Action,
    /// Its first key, as shown: `R`, `ctrl-s`.
    pub key: String,
    /// One or two words.
    pub label: &'static str,
    /// True if it can be done now.
    pub enabled: bool,
}

/// A row of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpRow {
    /// The action.
    pub action: Action,
    /// Its keys, as shown: `j ↓`.
    pub keys: String,
    /// Its name.
    pub title: &'static str,
    /// Its effect, in one sentence.
    pub description: &'static str,
    /// The reason, if it cannot be done now.
    pub disabled: Option<Reason>,
}

/// A section of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpSection {
    /// The heading.
    pub title: &'static str,
    /// Its rows.
    pub rows: Vec<HelpRow>,
}

/// A row of the table of actions: everything about an action in its contexts.
pub struct Spec {
    /// The action.
    pub action: Action,
    /// The section of the help.
    pub section: Section,
    /// Its name in a word or two.
    pub title: &'static str,
    /// Its effect, in one sentence.
    pub description: &'static str,
    /// Its keys. Hints show the first.
    pub keys: &'static [&'static str],
    /// The contexts in which it works.
    pub contexts: Contexts,
    /// Its rank on the hint line, 1 first; 0 for none.
    pub rank: u8,
    /// Returns true if it has a meaning in the current state.
    pub applies: fn(&ConsoleState) -> bool,
    /// Returns the reason if it cannot be done now.
    pub enabled: fn(&ConsoleState) -> Able,
    /// Performs it.
    pub(crate) run: Run,
}

/// A section of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after their headings")]
pub enum Section {
    Guide,
    Actions,
    View,
    Move,
}

impl Section {
    /// Every section, in the order of the help.
    pub const ALL: [Self; 4] = [Self::Guide, Self::Actions, Self::View, Self::Move];

    /// Returns the heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Guide => "Guide",
            Self::Actions => "Actions",
            Self::View => "View",
            Self::Move => "Move",
        }
    }
}

pub(crate) const fn row(
    section: Section,
    action: Action,
    title: &'static str,
    description: &'static str,
    keys: &'static [&'static str],
    contexts: Contexts,
    run: Run,
) -> Spec {
    let (rank, applies, enabled) =
        (0, always as fn(&ConsoleState) -> bool, possible as fn(&ConsoleState) -> Able);
    Spec { action, section, title, description, keys, contexts, rank, applies, enabled, run }
}

impl Spec {
    pub(crate) const fn hint(mut self, rank: u8) -> Self {
        self.rank = rank;
        self
    }

    pub(crate) const fn able(mut self, enabled: fn(&ConsoleState) -> Able) -> Self {
        self.enabled = enabled;
        self
    }

    pub(crate) const fn applies(mut self, applies: fn(&ConsoleState) -> bool) -> Self {
        self.applies = applies;
        self
    }
}

fn always(_: &ConsoleState) -> bool {
    true
}

fn possible(_: &ConsoleState) -> Able {
    Ok(())
}

/// The reason why an action cannot be done now, shown when it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub Cow<'static, str>);

/// Success, or the reason why an action cannot be done.
pub type Able = Result<(), Reason>;

impl Reason {
    /// Returns a reason. Static text names keys by action: `{key:delete}`. Text that was put together is kept as it is,
    /// because it may quote a name or a filter.
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        match text.into() {
            Cow::Borrowed(text) => Self(with_keys(text).into()),
            Cow::Owned(text) => Self(text.into()),
        }
    }
}

pub(crate) fn no(reason: impl Into<Cow<'static, str>>) -> Able {
    Err(Reason::new(reason))
}

pub(crate) fn some(there: bool, reason: &'static str) -> Able {
    if there { Ok(()) } else { no(reason) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_reasons_name_keys_and_data_is_kept_as_it_is() {
        assert_eq!(Reason::new("`{key:delete}` deletes it").0, "`D` deletes it");
        let filter = "{key:delete}";
        assert_eq!(Reason::new(format!("no space matches {filter}")).0, "no space matches {key:delete}");
    }
}

//! Actions. Each has one row in the table, from which keys, hints and help derive.

use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

use crate::console::app::spec::Reason;

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

//! What the user can do. Each action has one row in the table; keys, hints and help come from there.

use serde::{Deserialize, Serialize};

use super::Reason;

/// Something that the user can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "title and description stand in the table of actions")]
pub enum Action {
    // Going about.
    FocusSpaces,
    FocusEvents,
    FocusProjections,
    FocusCheckpoints,
    FocusJobs,
    NextPane,
    PreviousPane,
    Down,
    Up,
    Left,
    Right,
    Start,
    End,
    HalfPageDown,
    HalfPageUp,
    PageDown,
    PageUp,
    Open,
    Inspect,
    Back,
    // Looking.
    Filter,
    Jump,
    Zoom,
    ToggleDetail,
    ToggleFold,
    FoldAll,
    Follow,
    ToggleScope,
    Sort,
    History,
    NextRow,
    PreviousRow,
    Copy,
    Refresh,
    OperatorLog,
    Help,
    // Doing.
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
    PauseJob,
    ResumeJob,
    CancelJob,
    CancelAllJobs,
    DismissJob,
    DismissAllJobs,
    GoToSpace,
    // In what is typed or asked.
    Accept,
    NextField,
    PreviousField,
    NextChoice,
    PreviousChoice,
    Submit,
    Confirm,
    SkipErrors,
    InDepth,
    RepairFound,
    Archive,
    Purge,
    // With the guide.
    TakeStep,
    NextStep,
    PreviousStep,
    ReadStep,
    ToggleGuide,
    // The program.
    Suspend,
    Quit,
}

/// Where the user is: the layer on top, or the focused pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named as the panes and layers are")]
pub enum Context {
    Spaces,
    Events,
    Projections,
    Checkpoints,
    Jobs,
    Detail,
    History,
    /// The log of operations.
    Operations,
    Chooser,
    Prompt,
    Form,
    Dialog,
    /// A dialog in which a name is typed.
    DeleteDialog,
    Help,
    /// A step of the walk, being read.
    Guide,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 15] = [
        Self::Spaces,
        Self::Events,
        Self::Projections,
        Self::Checkpoints,
        Self::Jobs,
        Self::Detail,
        Self::History,
        Self::Operations,
        Self::Chooser,
        Self::Prompt,
        Self::Form,
        Self::Dialog,
        Self::DeleteDialog,
        Self::Help,
        Self::Guide,
    ];

    /// Whether printable keys are text here.
    #[must_use]
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Prompt | Self::Form | Self::DeleteDialog)
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Spaces => "Spaces",
            Self::Events => "Events",
            Self::Projections => "Projections",
            Self::Checkpoints => "Checkpoints",
            Self::Jobs => "Jobs",
            Self::Detail => "Detail",
            Self::History => "History",
            Self::Operations => "Log of operations",
            Self::Chooser => "Choosing a command",
            Self::Prompt => "Typing",
            Self::Form => "Form",
            Self::Dialog => "Question",
            Self::DeleteDialog => "Delete",
            Self::Help => "Help",
            Self::Guide => "Guide",
        }
    }
}

/// One action offered on the hint line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The action.
    pub action: Action,
    /// Its first key as shown: `R`, `ctrl-s`.
    pub key: String,
    /// One or two words.
    pub label: &'static str,
    /// Whether it can be done now.
    pub enabled: bool,
}

/// One row of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpRow {
    /// The action.
    pub action: Action,
    /// Its keys as shown: `j ↓`.
    pub keys: String,
    /// Its name.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub description: &'static str,
    /// Why it cannot be done now.
    pub disabled: Option<Reason>,
}

/// A part of the help under a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpSection {
    /// The heading.
    pub title: &'static str,
    /// Its rows.
    pub rows: Vec<HelpRow>,
}

//! Actions and the contexts in which they work. Each action has one row in the table, from which keys, hints and help
//! derive.

use serde::{Deserialize, Serialize};

use super::Reason;

/// An action of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the table of actions has a title and a description for each")]
pub enum Action {
    // Move.
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
    // View.
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
    // Actions.
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
    // Prompts, forms and dialogs.
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
    // Guide.
    TakeStep,
    NextStep,
    PreviousStep,
    ReadStep,
    ToggleGuide,
    // The program.
    Suspend,
    Quit,
}

/// A place that can have the focus: a layer or a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named after the panes and layers")]
pub enum Context {
    Spaces,
    Events,
    Projections,
    Checkpoints,
    Jobs,
    Detail,
    History,
    /// The audit log.
    Operations,
    Chooser,
    Prompt,
    Form,
    Dialog,
    /// A dialog in which a name is typed.
    Delete,
    Help,
    /// The current step of the guide, opened for reading.
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
        Self::Delete,
        Self::Help,
        Self::Guide,
    ];

    /// Returns true if printable keys are text here.
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Prompt | Self::Form | Self::Delete)
    }

    /// Returns true if it only shows something: it neither takes text nor asks a question.
    pub(crate) fn is_view(self) -> bool {
        matches!(self, Self::Detail | Self::History | Self::Operations | Self::Guide)
    }

    /// Returns the name to display.
    pub fn title(self) -> &'static str {
        match self {
            Self::Spaces => "Spaces",
            Self::Events => "Events",
            Self::Projections => "Projections",
            Self::Checkpoints => "Checkpoints",
            Self::Jobs => "Jobs",
            Self::Detail => "Detail",
            Self::History => "History",
            Self::Operations => "Audit log",
            Self::Chooser => "Choose a command",
            Self::Prompt => "Typing",
            Self::Form => "Form",
            Self::Dialog => "Question",
            Self::Delete => "Delete",
            Self::Help => "Help",
            Self::Guide => "Guide",
        }
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

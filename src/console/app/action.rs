//! Actions. Each has one row in the table, from which keys, hints and help derive.

use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::console::app::availability::Availability;
use crate::console::app::context::Contexts;
use crate::console::app::state::ConsoleState;
use crate::console::layers::Run;

/// An action of the user. The help and the hints list actions in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "the table of actions has a title and a description for each")]
pub enum Action {
    // Operations.
    NewCommand,
    CreateSpace,
    ChangeSpace,
    Rebuild,
    CatchUp,
    Verify,
    RemoveProjection,
    Check,
    ReleaseCheck,
    Backup,
    Export,
    ExportList,
    BugReport,
    Import,
    Fork,
    Redact,
    Delete,
    Mark,
    MarkAll,
    // Subscriptions.
    RetryParked,
    SkipParked,
    ResetSubscription,
    ResetToNow,
    ResumeSubscription,
    RemoveSubscription,
    // Jobs.
    PauseJob,
    ResumeJob,
    CancelJob,
    CancelRunning,
    DismissJob,
    GoToSpace,
    CancelAllJobs,
    DismissAllJobs,
    Differences,
    AcceptRebuild,
    DiscardRebuild,
    // Rows, prompts, forms and dialogs.
    Open,
    Accept,
    Submit,
    Confirm,
    SkipErrors,
    ReviewRebuild,
    DeepCheck,
    Repair,
    Archive,
    Purge,
    NextField,
    PreviousField,
    NextChoice,
    PreviousChoice,
    Complete,
    StepUp,
    StepDown,
    SearchQueries,
    SavedQueries,
    SaveQuery,
    DeleteQuery,
    QueryHelp,
    // View.
    Filter,
    Follow,
    ChooseProjection,
    ToggleScope,
    AuditLog,
    Messages,
    Statistics,
    ShorterPeriods,
    LongerPeriods,
    AllPeriods,
    Subscriptions,
    Jump,
    NextProblem,
    Sort,
    History,
    TimeTravel,
    StepForward,
    StepBack,
    LongStepForward,
    LongStepBack,
    FirstEvent,
    LastEvent,
    KeyHistory,
    Blame,
    BlameColumn,
    Bisect,
    FollowLink,
    MarkPoint,
    Compare,
    CompareFork,
    Without,
    RemoveMark,
    Play,
    PlayFaster,
    PlaySlower,
    Cause,
    Trace,
    Timeline,
    ReadMore,
    Inspect,
    ToggleFold,
    FoldAll,
    ExpandReference,
    ExpandAll,
    Copy,
    CopyCommand,
    CopyLine,
    CopyPayload,
    CopyValue,
    CopyPath,
    CopyKey,
    CopyName,
    CopyId,
    CopyEntity,
    CopySpace,
    CopyCorrelation,
    Zoom,
    ToggleDetail,
    Palette,
    OpenFile,
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
    TrailBack,
    TrailForward,
    Help,
    // The program.
    Suspend,
    Quit,
    // Guide.
    RunStep,
    NextStep,
    PreviousStep,
    ReadStep,
    ToggleGuide,
}

impl Action {
    /// Returns its name in kebab-case.
    pub fn name(self) -> &'static str {
        self.into()
    }

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
    /// The same in one short word, for narrow screens.
    pub brief: &'static str,
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
    pub disabled: Option<String>,
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
    /// The same in one short word, for the hints of a narrow screen; empty if the title is short.
    pub brief: &'static str,
    /// Its effect, in one sentence.
    pub description: &'static str,
    /// Its keys, unless the user has bound others. Hints show the first.
    pub keys: &'static [&'static str],
    /// The actions whose keys do it, too: the key that opens a view also closes it.
    pub also: &'static [Action],
    /// The contexts in which it works.
    pub contexts: Contexts,
    /// Its place on the hint line, if it is hinted there.
    pub hint: Option<Rank>,
    /// Returns true if it has a meaning in the current state.
    pub applies: fn(&ConsoleState) -> bool,
    /// Returns the reason if it cannot be done now.
    pub enabled: fn(&ConsoleState) -> Availability,
    /// Performs it.
    pub(crate) run: Run,
}

/// The order of the hint line. Actions of the same rank keep the order of [`Action`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "most are named after their action")]
pub enum Rank {
    // The selected job.
    PauseJob,
    EndJob,
    EndAllJobs,
    GoToSpace,
    // The pane or view, its main action first.
    Main,
    Second,
    Third,
    Fourth,
    Order,
    Jump,
    Copy,
    // Spaces and operations, those of the events and keys among them.
    Rebuild,
    Delete,
    Scope,
    History,
    InSpaces,
    Mark,
    CreateSpace,
    SortSpaces,
    Verify,
    CatchUp,
    Check,
    MarkAll,
    Export,
    Import,
    Backup,
    // The screen.
    Zoom,
    Details,
    Guide,
    AuditLog,
    NextPane,
    Inspect,
    Palette,
    Help,
    // The way out, and what is done rarely.
    Back,
    AfterBack,
    Last,
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

impl Spec {
    /// The rest of a row that is always available and has no hint: `Spec { action, …, ..Spec::ALWAYS }`.
    pub(crate) const ALWAYS: Self = Self {
        action: Action::Help,
        section: Section::View,
        title: "",
        brief: "",
        description: "",
        keys: &[],
        also: &[],
        contexts: |_| false,
        hint: None,
        applies: always,
        enabled: always_available,
        run: |_, _| {},
    };
}

fn always(_: &ConsoleState) -> bool {
    true
}

fn always_available(_: &ConsoleState) -> Availability {
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_row_has_a_title_a_description_and_keys() {
        for row in crate::console::app::table::table() {
            let is_complete = ![row.title, row.description].contains(&"") && !row.keys.is_empty();
            assert!(is_complete, "{:?}", row.action);
        }
    }
}

//! Contexts, which decide what a key does.

use strum::VariantArray;

use crate::console::app::state::ConsoleState;
use crate::console::layers::Layer;
use crate::console::panes::Pane;

/// A place that can have the focus: a layer or a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
#[expect(missing_docs, reason = "named after the panes and layers")]
pub enum KeyContext {
    Spaces,
    Events,
    Projections,
    Checkpoints,
    Jobs,
    Detail,
    History,
    /// The history of a key.
    KeyHistory,
    /// The events at which a condition flipped.
    Flips,
    /// The event that set a value.
    Blame,
    /// The causes and effects of an event.
    Trace,
    /// The events of a business process.
    Timeline,
    /// The comparison of two points of the past.
    Compare,
    /// The audit log.
    AuditLog,
    /// The list of the files that were opened recently.
    Files,
    /// A file that is being opened.
    Opening,
    /// The choice of a command or a projection.
    Chooser,
    Statistics,
    Subscriptions,
    /// The differences that a job found.
    Differences,
    /// The choice of what is copied.
    Copy,
    /// A question that is answered by a name.
    Confirmation,
    Prompt,
    Form,
    Dialog,
    /// A dialog in which a name is typed.
    Delete,
    Help,
    /// The help for the query language.
    QueryHelp,
    /// The latest messages.
    Messages,
    /// The text of a guide.
    Reader,
    /// A text to find in the help.
    HelpSearch,
    Palette,
    /// The current step of the guide, opened for reading.
    Guide,
}

impl KeyContext {
    /// Every context.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Returns true if printable keys are text here.
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Prompt | Self::Form | Self::Delete | Self::Confirmation) || self.is_search()
    }

    /// Returns true where typed text searches a list that arrow keys move through.
    pub(crate) fn is_search(self) -> bool {
        matches!(self, Self::Palette | Self::HelpSearch)
    }

    /// Returns the pane, if it is one.
    pub(crate) fn pane(self) -> Option<Pane> {
        Pane::ALL.into_iter().find(|pane| of_pane(*pane) == self)
    }

    /// Returns true for the panes.
    pub(crate) fn is_pane(self) -> bool {
        self.pane().is_some()
    }

    /// Returns true for the panes that show something of the selected space.
    pub(crate) fn is_of_space(self) -> bool {
        self.pane().is_some_and(|pane| pane.list().is_of_space())
    }

    /// Returns true for the panes in the middle of the screen.
    pub(crate) fn is_main_pane(self) -> bool {
        self.pane().is_some_and(Pane::is_main)
    }

    /// Returns true for lists of events that are opened over a pane.
    pub(crate) fn is_history(self) -> bool {
        matches!(self, Self::History | Self::KeyHistory | Self::Flips)
    }

    /// Returns true for views that replace the panes without a box.
    pub(crate) fn is_over_panes(self) -> bool {
        matches!(self, Self::Detail | Self::AuditLog | Self::Compare) || self.lists_events()
    }

    /// Returns true for views that list events in place of the panes.
    pub(crate) fn lists_events(self) -> bool {
        self.is_history() || matches!(self, Self::Trace | Self::Timeline)
    }

    /// Returns true for the panes and for the lists over them that can be filtered.
    pub(crate) fn has_filter(self) -> bool {
        self.is_pane() || (self.is_over_panes() && !matches!(self, Self::Detail | Self::Flips))
    }

    /// Returns true for the panes and the views that replace them.
    pub(crate) fn is_screen(self) -> bool {
        self.is_pane() || self.is_over_panes()
    }

    /// Returns true for the views between which the trail leads.
    pub(crate) fn is_on_trail(self) -> bool {
        self.is_screen() || matches!(self, Self::Blame | Self::Statistics)
    }

    /// Returns true where the key of a pane goes there: no text is typed, no question is asked, and no file is being opened.
    pub(crate) fn leads_to_panes(self) -> bool {
        !self.takes_text() && !self.is_question() && !matches!(self, Self::Opening | Self::QueryHelp)
    }

    /// Returns true for every layer, which the key that quits from a pane closes.
    pub(crate) fn is_over_a_pane(self) -> bool {
        !self.is_pane()
    }

    /// Returns true if it only shows something: it neither takes text nor asks a question.
    pub(crate) fn is_view(self) -> bool {
        self.is_over_panes()
            || matches!(self, Self::Guide | Self::Statistics | Self::Subscriptions | Self::Differences)
    }

    /// Returns true where one can move up and down.
    pub(crate) fn is_list(self) -> bool {
        !self.takes_text() && !matches!(self, Self::Dialog | Self::Copy | Self::Opening)
    }

    /// Returns true for a question about an operation.
    pub(crate) fn is_question(self) -> bool {
        matches!(self, Self::Dialog | Self::Delete | Self::Confirmation)
    }

    /// Returns true where rows can be opened.
    pub(crate) fn has_rows(self) -> bool {
        self.is_pane() || self.lists_events() || self == Self::AuditLog
    }

    /// Returns true for lists with details beside them.
    pub(crate) fn has_details(self) -> bool {
        self.is_pane() || matches!(self, Self::AuditLog | Self::Trace | Self::Timeline)
    }

    /// Returns true where a printable key opens the help.
    pub(crate) fn has_help(self) -> bool {
        !self.takes_text() && !matches!(self, Self::Help | Self::QueryHelp)
    }

    /// Returns true where the guide's keys work: without text or a question.
    pub(crate) fn has_guide(self) -> bool {
        self.is_screen() || matches!(self, Self::Guide | Self::Statistics | Self::Subscriptions | Self::Blame)
    }

    /// Returns true where only Esc goes back: the other keys quit, or are text.
    pub(crate) fn is_left_by_escape(self) -> bool {
        self.is_pane() || self.takes_text()
    }

    /// Returns true for views that replace the panes and have no action of their own that closes them.
    pub(crate) fn is_closed_like_a_box(self) -> bool {
        self.is_over_panes() && self != Self::AuditLog
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
            Self::Compare => "Compare",
            Self::History => "History",
            Self::KeyHistory => "Key history",
            Self::Flips => "Flips",
            Self::Blame => "Blame",
            Self::Trace => "Trace",
            Self::Timeline => "Timeline",
            Self::AuditLog => "Audit log",
            Self::Files => "Recent files",
            Self::Opening => "Opening a file",
            Self::Chooser => "Choice",
            Self::Statistics => "Statistics",
            Self::Subscriptions => "Subscriptions",
            Self::Differences => "Differences",
            Self::Copy => "Copy",
            Self::Confirmation => "Confirmation",
            Self::Prompt => "Typing",
            Self::Form => "Form",
            Self::Dialog => "Question",
            Self::Delete => "Delete",
            Self::Help => "Help",
            Self::QueryHelp => "Query language",
            Self::Messages => "Messages",
            Self::Reader => "Guide text",
            Self::HelpSearch => "Help",
            Self::Palette => "Palette",
            Self::Guide => "Guide",
        }
    }
}

/// Returns the current context: the topmost layer, or the focused pane.
pub fn context(state: &ConsoleState) -> KeyContext {
    state.layers.top().map_or_else(|| of_pane(state.focus), Layer::context)
}

/// Returns the context that the help describes: the one in which it was opened.
pub(crate) fn below_help(state: &ConsoleState) -> KeyContext {
    state.layers.below_help().map_or_else(|| of_pane(state.focus), Layer::context)
}

pub(crate) fn of_pane(pane: Pane) -> KeyContext {
    pane.list().context()
}

/// The contexts of a row of the table of actions.
pub type Contexts = fn(KeyContext) -> bool;

/// Contexts that list spaces.
pub(crate) const SPACES: Contexts = |here| matches!(here, KeyContext::Spaces | KeyContext::Checkpoints);

/// Contexts that show jobs.
pub(crate) const JOBS: Contexts = |here| matches!(here, KeyContext::Jobs | KeyContext::Detail);

/// Contexts in which an event may be selected.
pub(crate) const EVENTS: Contexts =
    |here| here.is_main_pane() || here == KeyContext::Detail || here.lists_events();

/// Contexts from which a key opens the audit log.
pub(crate) const LOOKS: Contexts = |here| here.is_screen() && here != KeyContext::AuditLog;

/// Contexts in which keys turn to the left and right.
pub(crate) const SIDES: Contexts = |here| here.is_pane() || here == KeyContext::Detail;

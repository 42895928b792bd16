//! Confirmations: questions with their consequences, asked before an action that Esc cannot undo.

mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::action::Section::Actions;
use crate::console::app::action::{Rank, Spec};
use crate::console::app::command_line::{self, Commands};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::effect::{Effects, StoreCommand};
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::opening;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Extent, Layer, LayerSize, back_action, form};
use crate::console::panes::{jobs, spaces};
use crate::console::widgets::pen::Pen;
use crate::operations::{
    AnyOperation, ChangeSubscription, Check, Rebuild, ReleaseCheck, SpaceOverview, THE_DATABASE,
};
use crate::sqlite::Location;

pub(crate) use crate::console::layers::confirm::view::{WIDTH, about, capital, place, plan};

/// The actions of the dialogs.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Confirm,
        section: Actions,
        title: "yes",
        description: "Answer yes",
        keys: &["enter", "y"],
        contexts: DIALOG,
        hint: Some(Rank::Main),
        run: confirm,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::SkipErrors,
        section: Actions,
        title: "skip bad events",
        description: "Skip events that cannot be applied, and list them",
        keys: &["s"],
        contexts: DIALOG,
        hint: Some(Rank::Third),
        applies: is_rebuild_dialog,
        run: |state, _| toggle_skip_errors(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ReviewRebuild,
        section: Actions,
        title: "review",
        description: "Show the differences before the switch, to be accepted or discarded",
        keys: &["v"],
        contexts: DIALOG,
        hint: Some(Rank::Fourth),
        applies: is_rebuild_dialog,
        run: |state, _| toggle_review(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::DeepCheck,
        section: Actions,
        title: "deep check",
        description: "Check the indexes too, and compare every projection with its events",
        keys: &["p"],
        contexts: DIALOG,
        hint: Some(Rank::Third),
        applies: is_check_dialog,
        run: |state, _| toggle_deep(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Repair,
        section: Actions,
        title: "repair",
        description: "Repair what can be derived from intact data; events do not change",
        keys: &["r"],
        contexts: DIALOG,
        hint: Some(Rank::Fourth),
        applies: is_check_dialog,
        enabled: spaces::writable,
        run: |state, _| toggle_repair(state),
        ..Spec::ALWAYS
    },
    back_action(DIALOG),
];

const DIALOG: Contexts = |here| here == KeyContext::Dialog;

fn is_rebuild_dialog(state: &ConsoleState) -> bool {
    matches!(asked_operation(state), Some(AnyOperation::Rebuild(_)))
}

fn is_check_dialog(state: &ConsoleState) -> bool {
    matches!(asked_operation(state), Some(AnyOperation::Check(_)))
}

/// Returns the operation that the dialog on screen asks about.
fn asked_operation(state: &ConsoleState) -> Option<&AnyOperation> {
    match &state.layers.shown::<Dialog>()?.question {
        Question::Operation { operation, .. } => Some(operation),
        _ => None,
    }
}

/// A confirmation: a question, scrolled to a line of what it says.
#[derive(Debug, Clone)]
pub struct Dialog {
    /// The question.
    pub question: Question,
    /// The first line on screen.
    pub top: usize,
}

impl From<Question> for Dialog {
    fn from(question: Question) -> Self {
        Self { question, top: 0 }
    }
}

/// A question about what Esc cannot undo.
#[derive(Debug, Clone)]
pub enum Question {
    /// An operation on spaces or on the file, with its consequences in numbers.
    Operation {
        /// The operation. Delete has its own dialog.
        operation: AnyOperation,
        /// The spaces when the dialog opened, in processing order; empty for an operation on the file.
        spaces: Vec<SpaceOverview>,
        /// The marked spaces that the operation cannot apply to, with the reasons.
        skipped: Vec<(String, String)>,
    },
    /// A change of a subscription.
    Subscription {
        /// The change.
        change: ChangeSubscription,
        /// Its consequences when the dialog opened.
        plan: Vec<String>,
    },
    /// Discarding the form underneath, which has unsaved input.
    Discard {
        /// The form's heading.
        title: String,
    },
    /// Quitting while a job runs, which cancels it and all queued jobs.
    Quit {
        /// The number of queued jobs.
        queued: usize,
    },
    /// Opening another file while a job runs, which cancels it and all queued jobs.
    Leave {
        /// The other file.
        file: Location,
        /// The number of queued jobs.
        queued: usize,
    },
}

impl Layer for Dialog {
    fn context(&self) -> KeyContext {
        KeyContext::Dialog
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        match &self.question {
            Question::Operation { operation, spaces, .. } => command_line::of_spaces(operation, spaces),
            Question::Subscription { change, .. } => command_line::of_change(state, change).into(),
            Question::Discard { .. } | Question::Quit { .. } | Question::Leave { .. } => Commands::default(),
        }
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body);
        None
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.top = motion.scrolled(self.top, extent.lines, extent.height);
    }

    fn reveal(&mut self, extent: Extent) {
        self.top = self.top.min(extent.last_top());
    }

    fn top_line(&self) -> Option<usize> {
        Some(self.top)
    }

    fn length(&self, state: &ConsoleState) -> usize {
        state.viewports.layer_lines.into()
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        let extent = view::extent(state, self, layout.body);
        LayerSize { rows: extent.height, lines: extent.lines }
    }
}

/// The subject of a release check of the whole file: it is about what the code of this program makes of each space.
pub(crate) const ALL_SPACES: &str = "all spaces";

/// Returns the subject of an operation on the whole database.
fn subject_on_database(operation: &AnyOperation) -> &'static str {
    match operation {
        AnyOperation::ReleaseCheck(_) => ALL_SPACES,
        _ => THE_DATABASE,
    }
}

/// Asks before an operation on its target spaces, skipping those on which it cannot run.
pub(crate) fn ask(state: &mut ConsoleState, operation: AnyOperation) {
    let (spaces, skipped) = spaces::split_targets(state, &operation);
    state.layers.push(Dialog::from(Question::Operation { operation, spaces, skipped }));
}

/// Asks before the whole file is checked.
pub(crate) fn ask_check(state: &mut ConsoleState) {
    let operation = AnyOperation::Check(Check { deep: false, repair: false });
    state.layers.push(Dialog::from(Question::Operation {
        operation,
        spaces: Vec::new(),
        skipped: Vec::new(),
    }));
}

/// Asks before the projections of the marked spaces, or of all, are compared with what this program makes of their events.
pub(crate) fn ask_release_check(state: &mut ConsoleState) {
    let operation = AnyOperation::ReleaseCheck(ReleaseCheck::default());
    let (spaces, skipped) = match spaces::is_about_marked(state) {
        true => spaces::split_targets(state, &operation),
        false => (Vec::new(), Vec::new()),
    };
    state.layers.push(Dialog::from(Question::Operation { operation, spaces, skipped }));
}

/// Asks before a subscription is changed.
pub(crate) fn ask_subscription(state: &mut ConsoleState, change: ChangeSubscription, plan: Vec<String>) {
    state.layers.push(Dialog::from(Question::Subscription { change, plan }));
}

/// Asks before a form with this heading is discarded.
pub(crate) fn ask_discard(state: &mut ConsoleState, title: String) {
    state.layers.push(Dialog::from(Question::Discard { title }));
}

/// Does what the dialog on top asks about.
fn confirm(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(dialog) = state.layers.top_as_mut::<Dialog>() else { return };
    let (operation, spaces) = match &mut dialog.question {
        Question::Operation { operation, spaces, .. } => (operation.clone(), std::mem::take(spaces)),
        Question::Subscription { change, .. } => {
            let change = change.clone();
            state.layers.pop();
            let request = state.request();
            return effects.push(StoreCommand::ChangeSubscription { request, change });
        }
        Question::Discard { .. } => {
            form::close(state);
            return;
        }
        Question::Quit { .. } => {
            state.quit = true;
            return;
        }
        Question::Leave { file, .. } => {
            let file = file.clone();
            state.layers.pop();
            return opening::begin(state, file, effects);
        }
    };
    state.layers.pop();
    if is_on_file(&operation, &spaces) {
        let about = subject_on_database(&operation);
        return jobs::queue_on_file(state, operation, about, effects);
    }
    let spaces = spaces.into_iter().map(|space| (operation.clone(), space.space));
    jobs::queue(state, spaces.collect(), effects);
}

/// Returns true for an operation on the whole file. If no space is left for another one, nothing is done.
fn is_on_file(operation: &AnyOperation, spaces: &[SpaceOverview]) -> bool {
    match operation {
        AnyOperation::Check(_) => true,
        AnyOperation::ReleaseCheck(_) => spaces.is_empty(),
        _ => false,
    }
}

/// Switches between skipping events that cannot be applied and stopping at them.
fn toggle_skip_errors(state: &mut ConsoleState) {
    if let Some(AnyOperation::Rebuild(Rebuild { skip_errors, .. })) = operation(state) {
        *skip_errors = !*skip_errors;
    }
}

/// Switches between a review before the switch and none.
fn toggle_review(state: &mut ConsoleState) {
    if let Some(AnyOperation::Rebuild(Rebuild { review, .. })) = operation(state) {
        *review = !*review;
    }
}

/// Switches the deep check on or off.
fn toggle_deep(state: &mut ConsoleState) {
    if let Some(AnyOperation::Check(Check { deep, .. })) = operation(state) {
        *deep = !*deep;
    }
}

/// Switches between repairing and only checking.
fn toggle_repair(state: &mut ConsoleState) {
    if let Some(AnyOperation::Check(Check { repair, .. })) = operation(state) {
        *repair = !*repair;
    }
}

/// Returns the operation that the dialog on top asks about.
fn operation(state: &mut ConsoleState) -> Option<&mut AnyOperation> {
    match &mut state.layers.top_as_mut::<Dialog>()?.question {
        Question::Operation { operation, .. } => Some(operation),
        _ => None,
    }
}

/// Asks before another file is opened while a job runs.
pub(crate) fn ask_to_leave(state: &mut ConsoleState, file: Location) {
    let queued = state.jobs.queued().count();
    state.layers.push(Dialog::from(Question::Leave { file, queued }));
}

/// Quits. If a job is running, asks first.
pub(crate) fn quit(state: &mut ConsoleState) {
    let asked = matches!(state.layers.top_as(), Some(Dialog { question: Question::Quit { .. }, .. }));
    if state.jobs.running().is_none() || asked {
        state.quit = true;
        return;
    }
    let queued = state.jobs.queued().count();
    state.layers.push(Dialog::from(Question::Quit { queued }));
}

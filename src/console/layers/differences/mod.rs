//! The differences that a job found, grouped by field and kind, with examples. A rebuild that waits for a decision is
//! accepted or discarded here.

mod view;

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::{Actions, Move, View};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::command_line::{self, Commands};
use crate::console::app::context::{Contexts, JOBS, KeyContext};
use crate::console::app::effect::{Effects, JobCommand};
use crate::console::app::keymap::with_keys;
use crate::console::app::layout::Layout;
use crate::console::app::motion::{Motion, scrolled};
use crate::console::app::state::{ConsoleState, Level};
use crate::console::layers::{Extent, Layer, LayerSize, close};
use crate::console::panes::jobs;
use crate::console::panes::jobs::job::{Job, JobId, JobStatus};
use crate::console::widgets::diff::Diff;
use crate::console::widgets::pen::Pen;
use crate::operations::{DifferenceGroup, DifferenceGroups, RebuildReview, ReviewDecision};
use crate::space::SpaceId;

/// The actions of the differences, and the one that opens them.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Differences,
        section: View,
        title: "differences",
        description: "Show the differences that the job found, by field; a rebuild to be reviewed is decided there",
        keys: &["!"],
        contexts: JOBS,
        hint: Some(Rank::Main),
        applies: found_any,
        run: |state, _| open_current(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::AcceptRebuild,
        section: Actions,
        title: "accept",
        description: "Switch to the rebuilt projections",
        keys: &["a"],
        contexts: DIFFERENCES,
        hint: Some(Rank::Main),
        applies: is_of_rebuild,
        enabled: can_decide,
        run: |state, effects| decide(state, ReviewDecision::Accept, effects),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::DiscardRebuild,
        section: Actions,
        title: "discard",
        description: "Remove the rebuilt projections; the existing ones stay",
        keys: &["x"],
        contexts: DIFFERENCES,
        hint: Some(Rank::Main),
        applies: is_of_rebuild,
        enabled: can_decide,
        run: |state, effects| decide(state, ReviewDecision::Discard, effects),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Open,
        section: View,
        title: "examples",
        description: "Show the examples of the selected field in full, or all fields again",
        keys: &["enter"],
        contexts: DIFFERENCES,
        hint: Some(Rank::Main),
        applies: has_groups,
        run: |state, _| toggle(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "close",
        description: "Close the examples, or the differences; a rebuild continues to wait",
        keys: &["esc"],
        also: &[Action::Quit],
        contexts: DIFFERENCES,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
];

const DIFFERENCES: Contexts = |here| here == KeyContext::Differences;

/// The differences on screen.
#[derive(Debug, Clone)]
pub struct Differences {
    /// The job that found them.
    job: JobId,
    /// The space, while its rebuild waits for a decision.
    space_id: Option<SpaceId>,
    all: Arc<DifferenceGroups>,
    groups: Vec<DifferenceGroup>,
    /// The index of the selected group.
    selected: usize,
    /// The first group on screen.
    top: usize,
    /// The examples of the selected group.
    examples: Diff,
    /// True if the examples take all the room.
    is_open: bool,
    /// The number of lines of the examples scrolled past.
    scrolled: usize,
}

impl Differences {
    fn new((job, space_id): (JobId, Option<SpaceId>), all: &Arc<DifferenceGroups>) -> Self {
        let (all, groups) = (Arc::clone(all), all.groups().collect());
        let examples = Diff::default();
        let mut shown =
            Self { job, space_id, all, groups, selected: 0, top: 0, examples, is_open: false, scrolled: 0 };
        shown.select_group(0);
        shown
    }

    fn select_group(&mut self, index: usize) {
        self.selected = index;
        self.scrolled = 0;
        let examples = self.groups.get(index).map(|group| group.examples.as_slice()).unwrap_or_default();
        self.examples = Diff::of_examples(examples);
    }
}

impl Layer for Differences {
    fn context(&self) -> KeyContext {
        KeyContext::Differences
    }

    fn trail(&self) -> Option<String> {
        Some("differences".to_owned())
    }

    fn space_id(&self) -> Option<SpaceId> {
        self.space_id
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        let job = state.jobs.get(self.job);
        job.map(|job| command_line::of_operation(&job.operation, &job.about).into()).unwrap_or_default()
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body);
        None
    }

    fn back(&self) -> crate::console::layers::Run {
        |state, _| match state.layers.top_as_mut::<Self>() {
            Some(shown) if shown.is_open => shown.is_open = false,
            _ => drop(state.layers.pop()),
        }
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        if self.is_open {
            self.scrolled = motion.scrolled(self.scrolled, extent.wrapped, extent.height);
            return;
        }
        let to = motion.go(self.selected, &mut self.top, self.groups.len(), extent.height);
        if to != self.selected {
            self.select_group(to);
        }
    }

    fn select(&mut self, row: usize, _: Extent) {
        if row < self.groups.len() && !self.is_open {
            self.select_group(row);
        }
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn reveal(&mut self, extent: Extent) {
        self.top = scrolled(self.top, self.selected, self.groups.len(), extent.height);
        self.scrolled = self.scrolled.min(extent.last_top());
    }

    fn length(&self, _: &ConsoleState) -> usize {
        self.groups.len()
    }

    fn size(&self, _: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize { rows: view::rows(self, layout.body), lines: view::line_count(self, layout.body) }
    }
}

fn found_any(state: &ConsoleState) -> bool {
    jobs::current_job(state).is_some_and(|job| job.differences().is_some())
}

/// Returns the job whose differences are on screen.
fn shown_job(state: &ConsoleState) -> Option<&Job> {
    state.jobs.get(state.layers.find::<Differences>()?.job)
}

fn has_groups(state: &ConsoleState) -> bool {
    state.layers.find::<Differences>().is_some_and(|shown| !shown.groups.is_empty())
}

fn is_of_rebuild(state: &ConsoleState) -> bool {
    shown_job(state).is_some_and(|job| !job.operation.is_read_only())
}

fn can_decide(state: &ConsoleState) -> Availability {
    let is_waiting = shown_job(state).is_some_and(|job| matches!(job.status, JobStatus::Reviewing(_)));
    available_if(is_waiting, "the rebuild does not wait for a decision any more")
}

fn open_current(state: &mut ConsoleState) {
    if let Some(id) = jobs::current_job(state).map(|job| job.id) {
        open(state, id);
    }
}

fn open(state: &mut ConsoleState, id: JobId) {
    let Some(job) = state.jobs.get(id) else { return };
    let space_id = match &job.status {
        JobStatus::Reviewing(review) => Some(review.space_id),
        _ => None,
    };
    if let Some(shown) = job.differences().map(|groups| Differences::new((id, space_id), groups)) {
        state.layers.push(shown);
    }
}

fn toggle(state: &mut ConsoleState) {
    if let Some(shown) = state.layers.top_as_mut::<Differences>() {
        (shown.is_open, shown.scrolled) = (!shown.is_open, 0);
    }
}

/// Answers the review, and closes the differences.
fn decide(state: &mut ConsoleState, decision: ReviewDecision, effects: &mut Effects) {
    let Some(job) = state.layers.find::<Differences>().map(|shown| shown.job) else { return };
    state.layers.pop();
    effects.push(JobCommand::Decide { job, decision });
}

/// Says that a rebuild waits for a decision. Shows its differences, unless something else is over the panes.
pub(crate) fn offer_review(state: &mut ConsoleState, id: JobId, review: &RebuildReview) {
    let differences = review.differences();
    let name = state.jobs.get(id).map(Job::name).unwrap_or_default();
    if state.layers.is_empty() {
        state.say(Level::Info, format!("{name} waits before its switch: {differences}"));
        open(state, id);
    } else {
        let text = format!(
            "{name} waits before its switch: {differences}; `{{key:differences}}` among the jobs shows them"
        );
        let text = with_keys(state, &text);
        state.say(Level::Warning, text);
    }
}

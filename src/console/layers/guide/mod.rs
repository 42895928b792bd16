//! The guide: a walk in steps, below the panes that it refers to, and its current step as a layer.

mod update;
mod view;

pub(crate) use crate::console::layers::guide::update::{arrive, cancel_going, go_to, show_output};
pub(crate) use crate::console::layers::guide::view::draw_panel;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::Move;
use crate::console::app::action::{Action, Rank, Section, Spec};
use crate::console::app::availability::{Availability, Reason, available_if, unavailable};
use crate::console::app::context::KeyContext;
use crate::console::app::keymap::key_of;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::{ConsoleState, ErrorText, Loadable};
use crate::console::layers::{Extent, Layer, close};
use crate::console::widgets::frame::inside;
use crate::console::widgets::pen::Pen;
use crate::content_store::{Apps, Store};

/// The actions of the guide.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::RunStep,
        section: Section::Guide,
        title: "run step",
        description: "Run the current step; its output appears in the guide",
        keys: &["t"],
        contexts: KeyContext::has_guide,
        hint: Some(Rank::Main),
        applies: is_guided,
        enabled: can_run_step,
        run: update::run_step,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::NextStep,
        section: Section::Guide,
        title: "next step",
        description: "Go to the next step, and to the place that shows it",
        keys: &["w"],
        contexts: KeyContext::has_guide,
        hint: Some(Rank::Second),
        applies: is_guided,
        enabled: has_next_step,
        run: |state, _| update::go(state, 1),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::PreviousStep,
        section: Section::Guide,
        title: "previous step",
        description: "Go to the previous step, and to the place that shows it",
        keys: &["b"],
        contexts: KeyContext::has_guide,
        hint: Some(Rank::Third),
        applies: is_guided,
        enabled: has_previous_step,
        run: |state, _| update::go(state, -1),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ReadStep,
        section: Section::Guide,
        title: "read step",
        description: "Show the step with all of its output",
        keys: &["r"],
        contexts: KeyContext::is_screen,
        hint: Some(Rank::Fourth),
        applies: is_guided,
        enabled: is_shown,
        run: |state, _| update::read(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ToggleGuide,
        section: Section::Guide,
        title: "guide",
        description: "Show or hide the guide",
        keys: &["W"],
        contexts: KeyContext::is_screen,
        hint: Some(Rank::Guide),
        applies: is_guided,
        run: |state, _| update::toggle(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "close",
        description: "Close the step",
        keys: &["esc"],
        also: &[Action::ReadStep, Action::Quit],
        contexts: |here| here == KeyContext::Guide,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
];

/// Returns true if the console has a guide, even while it is hidden.
fn is_guided(state: &ConsoleState) -> bool {
    state.walk.is_some()
}

fn is_shown(state: &ConsoleState) -> Availability {
    shown_walk(state).map(|_| ())
}

fn shown_walk(state: &ConsoleState) -> Result<&Walk, Reason> {
    let walk = state.walk.as_ref().ok_or_else(|| Reason::new("there is no guide"))?;
    if walk.shown { Ok(walk) } else { Err(Reason::new("the guide is hidden; `{key:toggle-guide}` shows it")) }
}

fn can_run_step(state: &ConsoleState) -> Availability {
    let walk = shown_walk(state)?;
    if let Some((number, title)) = walk.comes_first() {
        return unavailable(format!(
            "run step {number} first: {title}; `{}` goes back",
            key_of(state, Action::PreviousStep)
        ));
    }
    match walk.outcome() {
        None | Some(Loadable::Failed(_)) => Ok(()),
        Some(Loadable::Pending(_)) => unavailable("the step is running"),
        Some(Loadable::Ready(_)) if walk.at_end() => unavailable("already done; this was the last step"),
        Some(Loadable::Ready(_)) => unavailable("already done; `{key:next-step}` goes to the next step"),
    }
}

fn has_next_step(state: &ConsoleState) -> Availability {
    available_if(!shown_walk(state)?.at_end(), "this is the last step")
}

fn has_previous_step(state: &ConsoleState) -> Availability {
    available_if(shown_walk(state)?.at > 0, "this is the first step")
}

/// The current step of the walk, with its output.
#[derive(Debug, Clone, Default)]
pub struct Guide {
    /// The first line on screen; clamped to the last one that fills the box.
    pub top: usize,
}

impl Layer for Guide {
    fn context(&self) -> KeyContext {
        KeyContext::Guide
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body);
        None
    }

    fn trail(&self) -> Option<String> {
        Some("guide".to_owned())
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.top = motion.scrolled(self.top, extent.lines, extent.height);
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn length(&self, state: &ConsoleState) -> usize {
        state.viewports.layer_lines.into()
    }

    fn rows(&self, state: &ConsoleState, layout: &Layout) -> u16 {
        inside(view::area(state, layout.body)).height
    }

    fn line_count(&self, state: &ConsoleState, layout: &Layout) -> u16 {
        view::line_count(state, layout.body)
    }
}

/// A step of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkStep {
    /// The chapter of the walk.
    pub part: String,
    /// The heading.
    pub title: String,
    /// The explanation.
    pub text: String,
    /// The command lines that it runs, in shell syntax.
    pub commands: Vec<String>,
    /// The item that the console shows for it.
    pub place: StepPlace,
    /// The step that must run first, if any.
    pub after: Option<usize>,
}

/// A command that was run, with its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutput {
    /// The command line.
    pub command: String,
    /// The lines that it printed to standard output.
    pub output: Vec<String>,
}

/// The item that the console shows for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepPlace {
    /// All spaces.
    Spaces,
    /// A space with its counters and metadata.
    Space(String),
    /// The newest events of a space.
    Events(String),
    /// The events of a space that match a query.
    Query {
        /// The space.
        space: String,
        /// The query.
        query: String,
    },
    /// A key of a projection.
    Key {
        /// The space.
        space: String,
        /// The name of the projection.
        projection: String,
        /// The key.
        key: String,
    },
    /// The events of an entity.
    Entity {
        /// The space.
        space: String,
        /// The entity.
        entity_id: String,
    },
    /// The checkpoints of all spaces.
    Checkpoints,
    /// The subscriptions.
    Subscriptions,
}

impl StepPlace {
    /// Returns the name of the space concerned.
    pub fn space(&self) -> Option<&str> {
        match self {
            Self::Space(space)
            | Self::Events(space)
            | Self::Query { space, .. }
            | Self::Key { space, .. }
            | Self::Entity { space, .. } => Some(space),
            Self::Spaces | Self::Checkpoints | Self::Subscriptions => None,
        }
    }
}

/// A walk under way. It has at least one step.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Its steps.
    pub steps: Arc<[WalkStep]>,
    /// The index of the current step.
    pub at: usize,
    /// The commands of the steps run so far, with their output.
    pub outputs: BTreeMap<usize, Loadable<Vec<CommandOutput>>>,
    /// True if the guide is on screen.
    pub shown: bool,
    /// True if the console has yet to show the item of the current step.
    pub going: bool,
}

impl Walk {
    /// A walk at its first step; `None` if it has no steps.
    pub fn of(steps: Arc<[WalkStep]>) -> Option<Self> {
        let there = !steps.is_empty();
        there.then(|| Self { steps, at: 0, outputs: BTreeMap::new(), shown: true, going: true })
    }

    /// Returns the current step.
    pub fn step(&self) -> Option<&WalkStep> {
        self.steps.get(self.at)
    }

    /// Returns the result of the current step, if it was run.
    pub fn outcome(&self) -> Option<&Loadable<Vec<CommandOutput>>> {
        self.outputs.get(&self.at)
    }

    /// Returns the number and title of the step that must run before the current one, if it has not run yet.
    pub fn comes_first(&self) -> Option<(usize, &str)> {
        let first = self.step()?.after?;
        let has_run = matches!(self.outputs.get(&first), Some(Loadable::Ready(_)));
        self.steps.get(first).filter(|_| !has_run).map(|step| (first + 1, step.title.as_str()))
    }

    /// Returns true if the current step is the last one.
    pub fn at_end(&self) -> bool {
        self.at + 1 >= self.steps.len()
    }
}

/// The code of a step: runs its commands and returns their output.
#[derive(Clone)]
pub struct StepRunner(Arc<StepCode>);

type StepCode = dyn Fn(&Store, &Apps) -> Result<Vec<CommandOutput>, ErrorText> + Send + Sync;

impl StepRunner {
    /// A step that runs this function.
    pub fn new(
        run: impl Fn(&Store, &Apps) -> Result<Vec<CommandOutput>, ErrorText> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(run))
    }
}

impl fmt::Debug for StepRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StepRunner")
    }
}

/// The steps of a walk, with their code.
#[derive(Debug, Clone)]
pub struct Walkthrough {
    steps: Arc<[WalkStep]>,
    runners: Arc<[StepRunner]>,
}

impl Walkthrough {
    /// Returns the texts of the steps.
    pub fn steps(&self) -> Arc<[WalkStep]> {
        Arc::clone(&self.steps)
    }

    /// Runs a step. A step that does not exist has no output.
    pub fn run(&self, step: usize, store: &Store, apps: &Apps) -> Result<Vec<CommandOutput>, ErrorText> {
        self.runners.get(step).map_or_else(|| Ok(Vec::new()), |StepRunner(run)| run(store, apps))
    }
}

impl FromIterator<(WalkStep, StepRunner)> for Walkthrough {
    fn from_iter<T: IntoIterator<Item = (WalkStep, StepRunner)>>(steps: T) -> Self {
        let (steps, runners): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
        Self { steps: steps.into(), runners: runners.into() }
    }
}

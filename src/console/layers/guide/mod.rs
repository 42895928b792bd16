//! The guide: a walk in steps, below the panes that it refers to, and its current step as a layer.

mod update;
mod view;
mod walk;

pub(crate) use crate::console::layers::guide::update::{arrive, cancel_going, go_to, show_output};
pub(crate) use crate::console::layers::guide::view::draw_panel;
pub use crate::console::layers::guide::walk::{
    CommandOutput, StepPlace, StepRunner, Walk, WalkStep, Walkthrough,
};

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::Move;
use crate::console::app::action::{Action, Rank, Section, Spec};
use crate::console::app::availability::{Availability, Reason, available_if, unavailable};
use crate::console::app::context::KeyContext;
use crate::console::app::keymap::key_of;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::{ConsoleState, Loadable};
use crate::console::layers::{Extent, Layer, LayerSize, close};
use crate::console::widgets::frame::inside;
use crate::console::widgets::pen::Pen;

/// The actions of the guide.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::RunStep,
        section: Section::Guide,
        title: "run step",
        description: "Run the current step; its output appears in the guide",
        keys: &["."],
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
        keys: &[","],
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
        keys: &[";"],
        contexts: |here| here.has_guide() && here != KeyContext::Guide,
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

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize {
            rows: inside(view::area(state, layout.body)).height,
            lines: view::line_count(state, layout.body),
        }
    }
}

//! The question before a change of a subscription that cannot be undone. It is answered by the subscription's name.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::action::Section::Actions;
use crate::console::app::action::{Rank, Spec};
use crate::console::app::command_line::{self, Commands};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::effect::{Effects, StoreCommand};
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::ConsoleState;
use crate::console::layers::confirm::{WIDTH, about, capital};
use crate::console::layers::text_box::Line;
use crate::console::layers::{Extent, Layer, LayerSize, Run, boxed, draw_lines, middle};
use crate::console::theme::Role;
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::pen::{Pen, below, piece, row, width};
use crate::console::widgets::text::wrap;
use crate::console::widgets::text_input::{self, TextInput};
use crate::operations::{ChangeSubscription, Operation};
use crate::text::visible;

/// The action of the question.
pub(crate) const ACTIONS: &[Spec] = &[Spec {
    action: Action::Confirm,
    section: Actions,
    title: "confirm",
    description: "Change the subscription, once its name is typed",
    keys: &["enter"],
    contexts: CONFIRMATION,
    hint: Some(Rank::Main),
    run: confirm,
    ..Spec::ALWAYS
}];

const CONFIRMATION: Contexts = |here| here == KeyContext::Confirmation;

/// The lines of the name: prompt, input and error.
const NAME: u16 = 3;

/// The question, with the name as typed so far.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// The change.
    pub change: ChangeSubscription,
    /// The consequences of the change when the question was asked.
    pub plan: Vec<String>,
    /// The name as typed so far.
    pub typed: TextInput,
    /// The reason why nothing was changed.
    pub error: Option<String>,
    /// The first line of the plan on screen.
    pub top: usize,
}

impl Confirmation {
    pub(super) fn new(change: ChangeSubscription, plan: Vec<String>) -> Self {
        Self { change, plan, typed: TextInput::line(), error: None, top: 0 }
    }
}

impl Layer for Confirmation {
    fn context(&self) -> KeyContext {
        KeyContext::Confirmation
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        command_line::of_change(state, &self.change).into()
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        let action = self.change.name().trim_end_matches("-subscription");
        let title = vec![
            piece(capital(action), Role::Danger),
            piece(format!("  {}", about(state, &self.change)), Role::Strong),
        ];
        let (lines, area) = self.sheet(state, body);
        let inner = boxed(pen, state, area, Frame { title, alarming: true, ..Frame::default() });
        let listed = listed(inner.height);
        let text = Rect { height: listed, ..inner };
        draw_lines(pen, text, &lines, self.top);
        self.draw_name(pen, below(inner, listed))
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

    fn input(&mut self) -> Option<&mut TextInput> {
        Some(&mut self.typed)
    }

    fn edited(&self) -> Run {
        |state, _| {
            if let Some(question) = state.layers.top_as_mut::<Self>() {
                question.error = None;
            }
        }
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        let (lines, area) = self.sheet(state, layout.body);
        let lines = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        LayerSize { rows: listed(inside(area).height), lines }
    }
}

/// Returns the lines above the question, which is always on screen.
fn listed(height: u16) -> u16 {
    height - NAME.min(height)
}

impl Confirmation {
    /// Returns the plan and the command in lines, and the box.
    fn sheet(&self, state: &ConsoleState, body: Rect) -> (Vec<Line>, Rect) {
        let room = WIDTH.min(body.width).saturating_sub(6);
        let plan = self.plan.iter().flat_map(|text| wrap(text, room));
        let mut lines: Vec<Line> = plan.map(|line| vec![piece(line, Role::Text)]).collect();
        let command = self.commands(state).in_short(state);
        let command = command.map(|command| wrap(&command, room + 2)).unwrap_or_default();
        let height = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(NAME + 3);
        if height(lines.len() + 2 + command.len()) <= body.height {
            lines.push(Vec::new());
        }
        lines.extend(command.into_iter().map(|line| vec![piece(line, Role::Muted)]));
        let area = middle(body, WIDTH, height(lines.len() + 1));
        (lines, area)
    }

    fn draw_name(&self, pen: &mut Pen<'_>, area: Rect) -> Option<Position> {
        let name = &self.change.subscription;
        let ask = [
            piece("Type ", Role::Text),
            piece(name.as_str(), Role::Strong),
            piece(" to confirm:", Role::Text),
        ];
        pen.line(row(area, 0), &ask);
        let wanted = width(&visible(name)).saturating_add(12).clamp(24, 60);
        let field = Rect { width: wanted.min(area.width), ..row(area, 1) };
        let cursor = if field.height > 0 { text_input::draw(pen, field, &self.typed, true) } else { None };
        if let Some(error) = &self.error {
            let text = format!("{} {error}", pen.glyphs().failed);
            pen.text(row(area, 2), &text, Role::Danger);
        }
        cursor
    }
}

/// Changes the subscription, if the typed name matches.
fn confirm(state: &mut ConsoleState, effects: &mut Effects) {
    let request = state.request();
    let Some(question) = state.layers.top_as_mut::<Confirmation>() else { return };
    let name = &question.change.subscription;
    // Some characters cannot be typed, but their visible form can.
    if question.typed.text() != name && question.typed.text() != visible(name) {
        question.error = Some(format!("type {name} to confirm"));
        return;
    }
    let change = question.change.clone();
    state.layers.pop();
    effects.push(StoreCommand::ChangeSubscription { request, change });
}

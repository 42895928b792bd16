//! The choice of a command, if the app of the space has several.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::action::Section::{Actions, Move};
use crate::console::app::action::{Rank, Spec};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Extent, Layer, boxed, close, form, middle};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{self, Pen, below, piece, right_of, width};
use crate::console::widgets::table::mark;
use crate::content_store::CommandSpec;
use crate::space::SpaceId;

/// The actions of the list.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Accept,
        section: Actions,
        title: "accept",
        description: "Accept the choice",
        keys: &["enter"],
        contexts: LIST,
        hint: Some(Rank::Main),
        run: |state, _| take_choice(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Back,
        section: Move,
        title: "back",
        description: "Close without doing anything",
        keys: &["esc", "q"],
        contexts: LIST,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
];

const LIST: Contexts = |here| here == KeyContext::Chooser;

/// The choice of a command.
#[derive(Debug, Clone)]
pub struct Chooser {
    /// The space.
    pub space_id: SpaceId,
    /// The space's name.
    pub space_name: String,
    /// The app.
    pub app: &'static str,
    /// The commands to choose from.
    pub commands: &'static [CommandSpec],
    /// The index of the selected command.
    pub selected: usize,
}

impl Layer for Chooser {
    fn context(&self) -> KeyContext {
        KeyContext::Chooser
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        draw(pen, state, self, body);
        None
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.selected = motion.from(self.selected, self.commands.len(), extent.height);
    }

    fn rows(&self, _: &ConsoleState, layout: &Layout) -> u16 {
        layout.body.height
    }
}

/// Opens the form of the space's command, or a list if there are several.
pub(crate) fn open(state: &mut ConsoleState) {
    let Some(found) = state.space() else { return };
    let Some(app) = state.app_of(found) else { return };
    let (space_id, space_name) = (found.space.space_id, found.space.space_name.clone());
    match app.commands() {
        [] => {}
        [spec] => form::open_command(state, space_id, space_name, spec),
        commands => {
            let app = app.name();
            state.layers.push(Chooser { space_id, space_name, app, commands, selected: 0 });
        }
    }
}

/// Replaces the list of commands with the form of the chosen one.
fn take_choice(state: &mut ConsoleState) {
    let Some(chooser) = state.layers.top_as::<Chooser>() else { return };
    let Some(spec) = chooser.commands.get(chooser.selected) else { return };
    let (space_id, space_name) = (chooser.space_id, chooser.space_name.clone());
    state.layers.pop();
    form::open_command(state, space_id, space_name, spec);
}

fn draw(pen: &mut Pen<'_>, state: &ConsoleState, chooser: &Chooser, body: Rect) {
    let lines = u16::try_from(chooser.commands.len()).unwrap_or(u16::MAX);
    let area = middle(body, 84, lines.saturating_add(4));
    let title =
        vec![piece("New command", Role::Title), piece(format!("  {}", &chooser.space_name), Role::Text)];
    let inner = boxed(
        pen,
        state,
        area,
        Frame { title, note: vec![piece(chooser.app, Role::Muted)], ..Frame::default() },
    );
    let list = if inner.height > lines { below(inner, 1) } else { inner };
    let titles = chooser.commands.iter().map(|command| width(command.title)).max().unwrap_or(0);
    let scroll = Scroll::around(chooser.selected as u64, 0, u64::from(list.height), u64::from(lines));
    let first = usize::try_from(scroll.first).unwrap_or(0);
    for (index, (number, command)) in (0..list.height).zip(chooser.commands.iter().enumerate().skip(first)) {
        let line = pen::row(list, index);
        let text = right_of(line, 2);
        pen.text(text, command.title, Role::Strong);
        pen.text(right_of(text, titles + 3), command.summary, Role::Muted);
        mark(pen, line, number == chooser.selected, true);
    }
}

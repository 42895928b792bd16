//! The choice among the commands or the projections of a space.

use std::borrow::Cow;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::action::Section::Actions;
use crate::console::app::action::{Rank, Spec};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Extent, Layer, LayerSize, back_action, boxed, form, middle};
use crate::console::panes::checkpoints::{lag_of, status_of};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, below, piece};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::content_store::CommandSpec;
use crate::operations::SpaceOverview;
use crate::space::SpaceId;
use crate::text::grouped;

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
        run: |state, _| accept(state),
        ..Spec::ALWAYS
    },
    back_action(LIST),
];

const LIST: Contexts = |here| here == KeyContext::Chooser;

/// A list of things of a space, one of which is chosen.
#[derive(Debug, Clone)]
pub struct Chooser {
    /// The space.
    pub space_id: SpaceId,
    /// The space's name.
    pub space_name: String,
    /// The things to choose from.
    pub choices: Choices,
    /// The index of the selected one.
    pub selected: usize,
}

/// The things to choose from.
#[derive(Debug, Clone)]
pub enum Choices {
    /// The commands of the space's app: the chosen one is filled in.
    Commands {
        /// The app.
        app: &'static str,
        /// Its commands.
        commands: &'static [CommandSpec],
    },
    /// The projections of the space, by their names when the list opened: the chosen one is listed.
    Projections(Vec<String>),
}

impl Choices {
    fn len(&self) -> usize {
        match self {
            Self::Commands { commands, .. } => commands.len(),
            Self::Projections(names) => names.len(),
        }
    }

    /// Returns the title and the note of the box.
    fn titles(&self) -> (&'static str, &'static str) {
        match self {
            Self::Commands { app, .. } => ("New command", app),
            Self::Projections(_) => ("Projection", ""),
        }
    }

    /// Returns the most cells of the box.
    fn width(&self) -> u16 {
        match self {
            Self::Commands { .. } => 84,
            Self::Projections(_) => 64,
        }
    }

    fn columns(&self) -> Vec<Column> {
        match self {
            Self::Commands { .. } => vec![Column::text("command"), Column::text("summary").growing()],
            Self::Projections(_) => vec![
                Column::text("projection").growing().names().at_least(10),
                Column::number("version").rank(2),
                Column::text("status").at_least(8),
                Column::number("lag").at_least(3).rank(1),
            ],
        }
    }

    /// Returns the row of a choice.
    fn row<'a>(&'a self, glyphs: &Glyphs, space: Option<&'a SpaceOverview>, index: usize) -> TableRow<'a> {
        let cells = match self {
            Self::Commands { commands, .. } => commands.get(index).map(|command| {
                vec![vec![piece(command.title, Role::Strong)], vec![piece(command.summary, Role::Muted)]]
            }),
            Self::Projections(names) => names.get(index).zip(space).and_then(|(name, space)| {
                let projection = space.projection(name)?;
                let version =
                    projection.version.map_or(Cow::Borrowed("-"), |version| version.to_string().into());
                Some(vec![
                    vec![piece(&*projection.name, Role::Text)],
                    vec![piece(version, Role::Muted)],
                    vec![status_of(glyphs, projection)],
                    vec![lag_of(glyphs, space, projection, grouped)],
                ])
            }),
        };
        TableRow { cells: cells.unwrap_or_default(), selected: false }
    }
}

impl Layer for Chooser {
    fn context(&self) -> KeyContext {
        KeyContext::Chooser
    }

    fn space_id(&self) -> Option<SpaceId> {
        Some(self.space_id)
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        draw(pen, state, self, body);
        None
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.selected = motion.by_rows().from(self.selected, self.choices.len(), extent.height);
    }

    fn select(&mut self, row: usize, _: Extent) {
        self.selected = row.min(self.choices.len().saturating_sub(1));
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn size(&self, _: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize::of_rows(layout.body.height)
    }
}

/// Opens the form of the space's command, or a list if there are several.
pub(crate) fn choose_command(state: &mut ConsoleState) {
    let Some(found) = state.space() else { return };
    let Some(app) = state.app_of(found) else { return };
    let (space_id, space_name) = (found.space.space_id, found.space.space_name.clone());
    match app.commands() {
        [] => {}
        [spec] => form::open_command(state, space_id, space_name, spec),
        commands => {
            let choices = Choices::Commands { app: app.name(), commands };
            state.layers.push(Chooser { space_id, space_name, choices, selected: 0 });
        }
    }
}

/// Opens a list of the projections of the selected space.
pub(crate) fn choose_projection(state: &mut ConsoleState) {
    let Some(space) = state.space() else { return };
    let names: Vec<String> = space.projections.iter().map(|projection| projection.name.to_string()).collect();
    let listed = state.listed_projection();
    let selected = names.iter().position(|name| name == listed).unwrap_or(0);
    let (space_id, space_name) = (space.space.space_id, space.space.space_name.clone());
    state.layers.push(Chooser { space_id, space_name, choices: Choices::Projections(names), selected });
}

/// Closes the list, and opens the form of the chosen command or lists the chosen projection.
fn accept(state: &mut ConsoleState) {
    let Some(chooser) = state.layers.top_as::<Chooser>().cloned() else { return };
    state.layers.pop();
    let Chooser { space_id, space_name, choices, selected } = chooser;
    match choices {
        Choices::Commands { commands, .. } => {
            if let Some(spec) = commands.get(selected) {
                form::open_command(state, space_id, space_name, spec);
            }
        }
        Choices::Projections(mut names) => {
            if selected < names.len() {
                state.projections.chosen = names.swap_remove(selected);
            }
        }
    }
}

fn draw(pen: &mut Pen<'_>, state: &ConsoleState, chooser: &Chooser, body: Rect) {
    let choices = &chooser.choices;
    let is_bare = matches!(choices, Choices::Commands { .. });
    let lines = u16::try_from(choices.len()).unwrap_or(u16::MAX);
    let area = middle(body, choices.width(), lines.saturating_add(4));
    let (title, note) = choices.titles();
    let title = vec![piece(title, Role::Title), piece(format!("  {}", chooser.space_name), Role::Text)];
    let note = if note.is_empty() { Vec::new() } else { vec![piece(note, Role::Muted)] };
    let inner = boxed(pen, state, area, Frame { title, note, ..Frame::default() });
    let headings = u16::from(!is_bare);
    let list = if inner.height > lines.saturating_add(headings) { below(inner, 1) } else { inner };
    let shown = list.height.saturating_sub(headings).max(1);
    let scroll = Scroll::around(chooser.selected as u64, 0, shown.into(), lines.into());
    let first = usize::try_from(scroll.first).unwrap_or(0);
    let space = state.spaces.get(chooser.space_id);
    let row =
        |index| TableRow { selected: index == chooser.selected, ..choices.row(pen.glyphs(), space, index) };
    let rows = (first..choices.len()).take(shown.into()).map(row).collect();
    Table { columns: choices.columns(), rows, focused: true, bare: is_bare, first, ..Table::default() }
        .draw(pen, list);
}

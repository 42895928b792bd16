//! The choice of the projection that the projections pane lists.

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::action::Section::{Actions, Move};
use crate::console::app::action::{Rank, Spec};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Extent, Layer, boxed, close, middle};
use crate::console::panes::checkpoints::{lag_of, status_of};
use crate::console::theme::Role;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::{Pen, below, piece};
use crate::console::widgets::table::{Column, Table, TableRow};
use crate::operations::SpaceOverview;
use crate::space::SpaceId;
use crate::text::grouped;

/// The actions of the list.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Accept,
        section: Actions,
        title: "list",
        description: "List the keys of this projection",
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

const LIST: Contexts = |here| here == KeyContext::ProjectionChooser;

/// The choice of a projection of a space.
#[derive(Debug, Clone)]
pub struct ProjectionChooser {
    /// The space.
    pub space_id: SpaceId,
    /// The names of its projections when the list opened.
    pub names: Vec<String>,
    /// The index of the selected projection.
    pub selected: usize,
}

impl Layer for ProjectionChooser {
    fn context(&self) -> KeyContext {
        KeyContext::ProjectionChooser
    }

    fn space_id(&self) -> Option<SpaceId> {
        Some(self.space_id)
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        if let Some(space) = state.spaces.get(self.space_id) {
            draw(pen, state, self, space, body);
        }
        None
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.selected = motion.from(self.selected, self.names.len(), extent.height);
    }

    fn rows(&self, _: &ConsoleState, layout: &Layout) -> u16 {
        layout.body.height
    }
}

/// Opens the list with the projections of the selected space.
pub(crate) fn open(state: &mut ConsoleState) {
    let Some(space) = state.space() else { return };
    let names: Vec<String> = space.projections.iter().map(|projection| projection.name.clone()).collect();
    let listed = state.listed_projection();
    let selected = names.iter().position(|name| name == listed).unwrap_or(0);
    let space_id = space.space.space_id;
    state.layers.push(ProjectionChooser { space_id, names, selected });
}

/// Lists the chosen projection.
fn take_choice(state: &mut ConsoleState) {
    let Some(chooser) = state.layers.top_as::<ProjectionChooser>() else { return };
    let Some(name) = chooser.names.get(chooser.selected).cloned() else { return };
    state.layers.pop();
    state.projections.chosen = name;
}

const COLUMNS: [Column; 4] = [
    Column::text("projection").growing().names().at_least(10),
    Column::number("version").rank(2),
    Column::text("status").at_least(8),
    Column::number("lag").at_least(3).rank(1),
];

fn draw(
    pen: &mut Pen<'_>,
    state: &ConsoleState,
    chooser: &ProjectionChooser,
    space: &SpaceOverview,
    body: Rect,
) {
    let lines = u16::try_from(chooser.names.len()).unwrap_or(u16::MAX);
    let area = middle(body, 64, lines.saturating_add(4));
    let name = format!("  {}", &space.space.space_name);
    let title = vec![piece("Projection", Role::Title), piece(name, Role::Text)];
    let inner = boxed(pen, state, area, Frame { title, ..Frame::default() });
    let list = if inner.height > lines.saturating_add(1) { below(inner, 1) } else { inner };
    let shown = usize::from(list.height.saturating_sub(1)).max(1);
    let first = (chooser.selected + 1).saturating_sub(shown);
    let row = |(index, name): (usize, &String)| {
        let projection = space.projection(name)?;
        let version = projection.version.map_or_else(|| "-".to_owned(), |version| version.to_string());
        let cells = vec![
            vec![piece(projection.name.as_str(), Role::Text)],
            vec![piece(version, Role::Muted)],
            vec![status_of(pen.glyphs(), projection)],
            vec![lag_of(pen.glyphs(), space, projection, grouped)],
        ];
        Some(TableRow { cells, selected: index == chooser.selected })
    };
    let rows = chooser.names.iter().enumerate().skip(first).take(shown).filter_map(row).collect();
    Table { columns: COLUMNS.to_vec(), rows, focused: true, ..Table::default() }.draw(pen, list);
}

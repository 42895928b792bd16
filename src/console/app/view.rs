//! How the screen looks. [`render`] is pure: a state, a theme and a size in, cells out.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::console::app::layout::{LEAST, Layout};
use crate::console::app::state::{ConsoleState, ErrorText, Viewports};
use crate::console::app::{bottom, header};
use crate::console::layers::{Layer, Place, guide};
use crate::console::panes::{self, Pane, detail};
use crate::console::theme::{Role, Theme};
use crate::console::widgets::frame::Placeholder;
use crate::console::widgets::pen::{Pen, width as pen_width};

/// Draws the state. Returns the position of the text cursor, which is already drawn, so that the caller can
/// place the terminal's cursor there.
pub fn render(state: &ConsoleState, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let area = area.intersection(*buffer.area());
    let mut pen = Pen::new(buffer, theme);
    pen.ground(area, Role::Ground);
    let Some(layout) = Layout::of(state, area) else {
        too_small(&mut pen, state.program, area);
        return None;
    };
    header::draw(&mut pen, state, layout.header);
    draw_panes(&mut pen, state, &layout);
    if let Some(area) = layout.guide {
        guide::draw_panel(&mut pen, state, area);
    }
    let mut cursor = None;
    for layer in state.layers.iter().filter(|layer| layer.place() == Place::Box) {
        pen.wash(layout.body, Role::Veil);
        cursor = layer.draw(&mut pen, state, layout.body, true);
    }
    bottom::draw(&mut pen, state, layout.bottom).or(cursor)
}

/// Returns the number of rows that each pane and layer shows at a size. The state needs them after every change.
pub fn viewports(state: &ConsoleState, area: Rect) -> Viewports {
    let Some(layout) = Layout::of(state, area) else { return Viewports::default() };
    let of = |pane: Pane| layout.pane(pane).map_or(0, |area| panes::view::rows(state, pane, area));
    Viewports {
        spaces: of(Pane::Spaces),
        events: of(Pane::Events),
        projections: of(Pane::Projections),
        checkpoints: of(Pane::Checkpoints),
        jobs: of(Pane::Jobs),
        layer: state.layers.below_prompt().map_or(0, |layer| layer.rows(state, &layout)),
        layer_lines: state.layers.below_prompt().map_or(0, |layer| layer.line_count(state, &layout)),
    }
}

/// Returns the number of rows of a layer in place of the list.
pub(crate) fn list_rows(state: &ConsoleState, layout: &Layout) -> u16 {
    panes::view::rows(state, Pane::Events, layout.list)
}

fn draw_panes(pen: &mut Pen<'_>, state: &ConsoleState, layout: &Layout) {
    for (pane, area) in &layout.panes {
        panes::view::draw(pen, state, *pane, *area, layout.tabs);
    }
    let focused = state.layers.below_prompt().map(Layer::context);
    for layer in state.layers.iter().filter(|layer| layer.place() == Place::List) {
        layer.draw(pen, state, layout.list, focused == Some(layer.context()));
    }
    if let Some(area) = layout.detail {
        pen.ground(area, Role::Ground);
        detail::view::draw(pen, state, area);
    }
}

/// Draws why something cannot be shown and what to do next.
pub(crate) fn failed(pen: &mut Pen<'_>, area: Rect, failure: &ErrorText) {
    let text = format!("{} {}", pen.glyphs().failed, &failure.message);
    Placeholder { text: &text, role: Role::Danger, next: failure.hint.as_deref() }.draw(pen, area);
}

fn too_small(pen: &mut Pen<'_>, program: &str, area: Rect) {
    let (width, height) = LEAST;
    let line = Rect { height: 1.min(area.height), ..area };
    let texts = [
        format!("{program} needs {width}×{height}, not {}×{}", area.width, area.height),
        format!("needs {width}×{height}"),
    ];
    let fits = texts.iter().find(|text| pen_width(text) <= area.width).or(texts.last());
    if let Some(text) = fits {
        pen.text(line, text, Role::Text);
    }
}

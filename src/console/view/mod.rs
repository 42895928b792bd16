//! How the screen looks. Ring 3: [`render`] is pure: a state, a theme and a size in, cells out.

mod bottom;
mod detail;
mod guide;
mod header;
mod hints;
mod job_words;
mod keys;
mod layer;
mod layout;
mod outcome;
mod pane;
pub mod picture;
mod remedy;
pub mod theme;
pub mod widget;

pub use layout::LEAST;
pub use theme::{Role, Theme, ThemeName};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::console::state::{Failure, Layer, Pane, State, Viewports};
use layout::Layout;
use widget::message::Message;
use widget::pen::Pen;

/// Draws the state. Returns the position of the text cursor, which is already drawn, so that the caller can
/// place the terminal's cursor there.
pub fn render(state: &State, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let area = area.intersection(*buffer.area());
    let mut pen = Pen::new(buffer, theme);
    pen.ground(area, Role::Ground);
    let Some(layout) = Layout::of(state, area) else {
        too_small(&mut pen, area);
        return None;
    };
    header::draw(&mut pen, state, layout.header);
    draw_panes(&mut pen, state, &layout);
    if let Some(area) = layout.guide {
        guide::draw(&mut pen, state, area);
    }
    let mut cursor = None;
    for layer in &state.layers {
        if layer::is_boxed(layer) {
            pen.wash(layout.body, Role::Veil);
            cursor = layer::draw(&mut pen, state, layer, layout.body);
        }
    }
    bottom::draw(&mut pen, state, layout.bottom).or(cursor)
}

/// Returns the number of rows that each pane and layer shows at a size. The state needs them after every change.
pub fn viewports(state: &State, area: Rect) -> Viewports {
    let Some(layout) = Layout::of(state, area) else { return Viewports::default() };
    let of = |pane: Pane| layout.pane(pane).map_or(0, |area| pane::rows(state, pane, area));
    Viewports {
        spaces: of(Pane::Spaces),
        events: of(Pane::Events),
        projections: of(Pane::Projections),
        checkpoints: of(Pane::Checkpoints),
        jobs: of(Pane::Jobs),
        layer: focused_layer(state).map_or(0, |layer| match layer {
            Layer::History(_) | Layer::Operations(_) => pane::rows(state, Pane::Events, layout.list),
            Layer::Detail(_) => layout.detail.map_or(0, |area| detail::rows(state, area)),
            _ => layer::rows(state, layer, layout.body),
        }),
        layer_lines: focused_layer(state).map_or(0, |layer| match layer {
            Layer::Detail(detail) => layout.detail.map_or(0, |area| detail::line_count(state, detail, area)),
            _ => layer::line_count(state, layer, layout.body),
        }),
    }
}

fn draw_panes(pen: &mut Pen<'_>, state: &State, layout: &Layout) {
    for (pane, area) in &layout.panes {
        pane::draw(pen, state, *pane, *area, layout.tabs);
    }
    for layer in &state.layers {
        match layer {
            Layer::History(history) => {
                let focused = matches!(focused_layer(state), Some(Layer::History(_)));
                layer::draw_history(pen, state, history, layout.list, focused);
            }
            Layer::Operations(operations) => {
                let focused = matches!(focused_layer(state), Some(Layer::Operations(_)));
                layer::draw_operations(pen, operations, layout.list, focused);
            }
            _ => {}
        }
    }
    if let Some(area) = layout.detail {
        pen.ground(area, Role::Ground);
        detail::draw(pen, state, area);
    }
}

/// The layer that has the focus: the topmost one, except a prompt, which is about the layer beneath it.
fn focused_layer(state: &State) -> Option<&Layer> {
    state.layers.iter().rev().find(|layer| !matches!(layer, Layer::Prompt(_)))
}

/// Draws why something cannot be shown and what to do next.
fn failed(pen: &mut Pen<'_>, area: Rect, failure: &Failure) {
    let text = format!("{} {}", pen.glyphs().failed, &failure.message);
    Message { text: &text, role: Role::Danger, next: failure.hint.as_deref() }.draw(pen, area);
}

fn too_small(pen: &mut Pen<'_>, area: Rect) {
    let (width, height) = LEAST;
    let line = Rect { height: 1.min(area.height), ..area };
    let texts = [
        format!("ramax needs {width}×{height}, not {}×{}", area.width, area.height),
        format!("needs {width}×{height}"),
    ];
    let fits = texts.iter().find(|text| widget::pen::width(text) <= area.width).or(texts.last());
    if let Some(text) = fits {
        pen.text(line, text, Role::Text);
    }
}

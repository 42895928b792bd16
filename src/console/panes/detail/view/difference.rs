//! A field that differs between two points of the past: its values before and after, in full.

use crate::console::app::link::LinkTarget;
use crate::console::app::past::ComparedField;
use crate::console::app::state::ConsoleState;
use crate::console::panes::detail::view::{Body, Content, Lines, dotted, fact, linked};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::piece;
use crate::console::widgets::text::wrap_exact;
use crate::event::SpaceSequence;
use crate::space::SpaceId;
use crate::text::{bytes, grouped};

/// The index of the fact that the brief lines name as a link.
const SPACE: usize = 1;

pub(super) fn content<'a>(
    glyphs: &Glyphs,
    state: &ConsoleState,
    (space_id, projection, (from, to)): (SpaceId, &'a str, (SpaceSequence, SpaceSequence)),
    field: &'a ComparedField,
) -> Content<'a> {
    let (kind, role) = match (&field.before, &field.after) {
        (None, _) => ("added", Role::Added),
        (_, None) => ("removed", Role::Removed),
        _ => ("changed", Role::Text),
    };
    let path = if field.path.is_empty() { "the whole value" } else { &field.path };
    let points = format!("sequence {} {} {}", grouped(from.0), glyphs.arrow, grouped(to.0));
    let (path, kind) = (piece(path, Role::Strong), piece(kind, role));
    let (points, projection) = (piece(points, Role::Text), piece(projection, Role::Text));
    let space = linked(state.space_name(space_id), SPACE);
    Content {
        title: vec![piece(&field.key, Role::Strong)],
        brief: [
            dotted(glyphs, vec![path.clone(), kind.clone()]),
            dotted(glyphs, vec![points.clone(), projection.clone(), space.clone()]),
        ],
        facts: vec![
            fact("key", vec![piece(&field.key, Role::Key)]).brief(),
            fact("space", vec![space]).brief().to(Some(LinkTarget::Space(space_id))),
            fact("path", vec![path]).brief(),
            fact("kind", vec![kind]).brief(),
            fact("points", vec![points]).brief(),
            fact("projection", vec![projection]).brief(),
        ],
        body: Body::text(move |_, cells| {
            let mut lines = value("before", from, field.before.as_deref(), Role::Removed, cells);
            lines.push(Vec::new());
            lines.extend(value("after", to, field.after.as_deref(), Role::Added, cells));
            lines
        }),
    }
}

/// The value at one of the points.
fn value(label: &str, at: SpaceSequence, value: Option<&str>, role: Role, cells: u16) -> Lines<'static> {
    let heading = format!("{label}, at sequence {}", grouped(at.0));
    let size = value.map(|value| piece(format!("  {}", bytes(value.len() as u64)), Role::Muted));
    let mut lines: Lines<'static> =
        vec![[piece(heading, Role::Heading)].into_iter().chain(size).collect::<Vec<_>>()];
    match value {
        Some(value) => lines.extend(wrap_exact(value, cells).into_iter().map(|line| vec![piece(line, role)])),
        None => lines.push(vec![piece("no value", Role::Muted)]),
    }
    lines
}

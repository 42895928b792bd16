//! A field that differs between two points of the past, or between a fork and its origin: its values before and after, in full.

use crate::console::app::link::LinkTarget;
use crate::console::app::past::ComparedField;
use crate::console::app::state::ConsoleState;
use crate::console::layers::compare::Sides;
use crate::console::panes::detail::view::{Body, Content, Lines, dotted, fact, linked};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::piece;
use crate::console::widgets::text::wrap_exact;
use crate::space::SpaceId;
use crate::text::{bytes, grouped};

/// The index of the fact that the brief lines name as a link.
const SPACE: usize = 1;

pub(super) fn content<'a>(
    glyphs: &Glyphs,
    state: &ConsoleState,
    (space_id, projection, sides): (SpaceId, &'a str, &Sides),
    field: &'a ComparedField,
) -> Content<'a> {
    let (kind, role) = match (&field.before, &field.after) {
        (None, _) => ("added", Role::Added),
        (_, None) => ("removed", Role::Removed),
        _ => ("changed", Role::Text),
    };
    let path = if field.path.is_empty() { "the whole value" } else { &field.path };
    let (points, before, after) = names(glyphs, state, space_id, sides);
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
            let mut lines = value(&before, field.before.as_deref(), Role::Removed, cells);
            lines.push(Vec::new());
            lines.extend(value(&after, field.after.as_deref(), Role::Added, cells));
            lines
        }),
    }
}

/// Returns what is compared, and the headings of both values.
fn names(glyphs: &Glyphs, state: &ConsoleState, fork: SpaceId, sides: &Sides) -> (String, String, String) {
    match sides {
        Sides::Past { from, to } => {
            let (from, to) = (grouped(from.0), grouped(to.0));
            let points = format!("sequence {from} {} {to}", glyphs.arrow);
            (points, format!("before, at sequence {from}"), format!("after, at sequence {to}"))
        }
        Sides::Fork(origin) => {
            let (origin, fork) = (state.space_name(origin.space_id), state.space_name(fork));
            let spaces = format!("{origin} {} {fork}", glyphs.arrow);
            (spaces, format!("in {origin}, the origin"), format!("in {fork}, the fork"))
        }
        Sides::Without(event) => {
            let without = format!("without event {}", grouped(event.0));
            (format!("now {} {without}", glyphs.arrow), "now".to_owned(), without)
        }
    }
}

/// One of the two values.
fn value(heading: &str, value: Option<&str>, role: Role, cells: u16) -> Lines<'static> {
    let size = value.map(|value| piece(format!("  {}", bytes(value.len() as u64)), Role::Muted));
    let mut lines: Lines<'static> =
        vec![[piece(heading.to_owned(), Role::Heading)].into_iter().chain(size).collect::<Vec<_>>()];
    match value {
        Some(value) => lines.extend(wrap_exact(value, cells).into_iter().map(|line| vec![piece(line, role)])),
        None => lines.push(vec![piece("no value", Role::Muted)]),
    }
    lines
}

//! A key of a projection, with its value.

use crate::console::app::state::ConsoleState;
use crate::console::panes::detail::view::{Body, Content, dotted, fact};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::piece;
use crate::pstate::Entry;
use crate::space::SpaceId;
use crate::text::{bytes, grouped};

pub(super) fn content<'a>(
    glyphs: &Glyphs,
    state: &ConsoleState,
    (space_id, projection): (SpaceId, &'a str),
    entry: &'a Entry,
) -> Content<'a> {
    let found = state.spaces.get(space_id).and_then(|space| space.projection(projection));
    let checkpoint = found.map_or(0, |found| found.checkpoint.sequence.0);
    let space = piece(state.space_name(space_id), Role::Text);
    let projection = piece(projection, Role::Text);
    let position = piece(format!("as of sequence {}", grouped(checkpoint)), Role::Text);
    let updated = state.moments.exact(entry.updated_at);
    let size = piece(bytes(entry.value.as_str().len() as u64), Role::Text);
    Content {
        title: vec![piece(&entry.key, Role::Strong)],
        brief: [
            dotted(glyphs, vec![space.clone(), projection.clone(), position.clone()]),
            dotted(glyphs, vec![piece(format!("updated {updated}"), Role::Text), size.clone()]),
        ],
        facts: vec![
            fact("key", vec![piece(&entry.key, Role::Key)]).brief().copied_as(Some(entry.key.clone())),
            fact("space", vec![space]).brief(),
            fact("projection", vec![projection]).brief(),
            fact("contains", vec![position]).brief(),
            fact("updated", vec![piece(updated, Role::Text)]).brief(),
            fact("size", vec![size]).brief(),
        ],
        body: Body::Document,
    }
}

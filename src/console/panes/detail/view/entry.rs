//! A key of a projection, with its value.

use crate::console::app::link::LinkTarget;
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::panes::detail::view::{Body, Content, dotted, fact, linked};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::piece;
use crate::console::widgets::shortened;
use crate::pstate::Entry;
use crate::space::SpaceId;
use crate::text::{bytes, grouped};

/// The indices of the facts that the title and the brief lines name as links.
const KEY: usize = 0;
const SPACE: usize = 1;

/// Returns the link from a key to the events of its entity.
fn of_key(space_id: SpaceId, key: &str) -> LinkTarget {
    LinkTarget::Entity { space_id, entity_id: key.to_owned(), key: Some(key.to_owned()) }
}

pub(super) fn content<'a>(
    glyphs: &Glyphs,
    state: &ConsoleState,
    (space_id, projection): (SpaceId, &'a str),
    entry: &'a Entry,
) -> Content<'a> {
    let found = state.spaces.get(space_id).and_then(|space| space.projection(projection));
    let stored = found.map_or(0, |found| found.checkpoint.sequence.0);
    let checkpoint = state.travel.as_ref().map_or(stored, |travel| travel.at.0);
    let space = linked(state.space_name(space_id), SPACE);
    let projection = piece(projection, Role::Text);
    // The original applies an event when it appends it, whatever its checkpoint says.
    let is_as_stored = state.database.is_original && state.travel.is_none();
    let (label, position) = match is_as_stored {
        true => ("value", "as the original stored it".to_owned()),
        false => ("contains", format!("as of sequence {}", grouped(checkpoint))),
    };
    let position = piece(position, Role::Text);
    let updated = state.moments.exact(entry.updated_at);
    let size = piece(bytes(shortened::size(&entry.value)), Role::Text);
    Content {
        title: vec![piece(&entry.key, Role::Strong).with_spot(Spot::Fact(KEY))],
        brief: [
            dotted(glyphs, vec![space.clone(), projection.clone(), position.clone()]),
            dotted(glyphs, vec![piece(format!("updated {updated}"), Role::Text), size.clone()]),
        ],
        facts: vec![
            fact("key", vec![piece(&entry.key, Role::Link)])
                .brief()
                .copied_as(Some(entry.key.clone()))
                .to(Some(of_key(space_id, &entry.key))),
            fact("space", vec![space]).brief().to(Some(LinkTarget::Space(space_id))),
            fact("projection", vec![projection]).brief(),
            fact(label, vec![position]).brief(),
            fact("updated", vec![piece(updated, Role::Text)]).brief(),
            fact("size", vec![size]).brief(),
        ],
        body: Body::Document,
    }
}

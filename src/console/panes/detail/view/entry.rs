//! The detail of a projection's key, with its value.

use crate::console::app::state::State;
use crate::console::panes::detail::view::event::date_and_time;
use crate::console::panes::detail::view::{Rest, Told, dotted, fact};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::figures::{bytes, count};
use crate::console::widgets::pen::piece;
use crate::pstate::Entry;
use crate::space::SpaceId;

pub(super) fn tell<'a>(glyphs: &Glyphs, state: &State, space_id: SpaceId, entry: &'a Entry) -> Told<'a> {
    let space = state.space_name(space_id).clone();
    let checkpoint = state.spaces.get(space_id).map_or(0, |space| space.checkpoint.sequence.0);
    let updated = date_and_time(&entry.updated_at.to_string());
    let size = bytes(entry.value.as_str().len() as u64);
    Told {
        title: vec![piece(&entry.key, Role::Strong)],
        facts: vec![
            fact("key", vec![piece(&entry.key, Role::Key)]),
            fact(
                "space",
                dotted(
                    glyphs,
                    vec![
                        piece(space, Role::Text),
                        piece(format!("as of sequence {}", count(checkpoint)), Role::Text),
                    ],
                ),
            ),
            fact("updated", vec![piece(updated.clone(), Role::Text)]),
            fact("size", vec![piece(size, Role::Text)]),
        ],
        brief: dotted(glyphs, vec![piece(&entry.key, Role::Key), piece(updated, Role::Muted)]),
        rest: Rest::Document { name: "value" },
    }
}

//! The detail of an event: its type, entity, time and cause, and its payload.

use crate::console::app::state::State;
use crate::console::panes::detail::view::{Rest, Told, dotted, fact};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::figures::count;
use crate::console::widgets::pen::piece;
use crate::event::Event;

pub(super) fn tell<'a>(glyphs: &Glyphs, state: &State, event: &'a Event) -> Told<'a> {
    let space = state.space_name(event.space_id).clone();
    let none = || piece("none", Role::Muted);
    let cause =
        event.causation_id.map_or_else(none, |id| piece(format!("event {}", count(id.0)), Role::Accent));
    let correlation = event.correlation_id.map_or_else(none, |id| piece(id.to_string(), Role::Text));
    let intact = match event.intact {
        true => piece(format!("{} valid", glyphs.done), Role::Ok),
        false => piece(format!("{} does not match: the event was altered", glyphs.failed), Role::Danger),
    };
    let sequence = format!("sequence {}", count(event.space_sequence.0));
    let mut brief = vec![
        piece(&*event.event_type, Role::Strong),
        piece(&event.entity_id, Role::Key),
        piece(event.timestamp.to_string(), Role::Muted),
        piece(sequence.clone(), Role::Muted),
    ];
    if !event.intact {
        brief.insert(0, piece(format!("{} altered", glyphs.failed), Role::Danger));
    }
    Told {
        title: vec![piece(format!("Event {}", count(event.event_id.0)), Role::Strong)],
        facts: vec![
            fact("type", vec![piece(&*event.event_type, Role::Strong)]),
            fact("entity", vec![piece(&event.entity_id, Role::Key)]),
            fact("space", dotted(glyphs, vec![piece(space, Role::Text), piece(sequence, Role::Text)])),
            fact("appended", vec![piece(date_and_time(&event.timestamp.to_string()), Role::Text)]),
            fact("caused by", vec![cause]),
            fact("correlation", vec![correlation]),
            fact("checksum", vec![intact]),
        ],
        brief: dotted(glyphs, brief),
        rest: Rest::Document { name: "payload" },
    }
}

/// Returns `2026-01-31 12:01:07.533 UTC` for `2026-01-31T12:01:07.533Z`.
pub fn date_and_time(timestamp: &str) -> String {
    timestamp
        .strip_suffix('Z')
        .map_or_else(|| timestamp.to_owned(), |text| format!("{} UTC", text.replace('T', " ")))
}

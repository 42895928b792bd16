//! Events as rows of a table.

use crate::event::Event;
use crate::operations::Scope;

use super::DAMAGED;
use crate::cli::output::{OutputColumn, left, right};

const OF_A_SPACE: &[OutputColumn] =
    &[right("SEQ"), left("TIME"), left("TYPE"), left("ENTITY"), right("EVENT"), left("PAYLOAD")];

const OF_ALL: &[OutputColumn] = &[
    right("EVENT"),
    left("SPACE"),
    right("SEQ"),
    left("TIME"),
    left("TYPE"),
    left("ENTITY"),
    left("PAYLOAD"),
];

pub(super) fn columns(scope: Scope) -> &'static [OutputColumn] {
    match scope {
        Scope::All => OF_ALL,
        Scope::Space(_) => OF_A_SPACE,
    }
}

pub(super) fn cells(scope: Scope, event: &Event, space_name: &str) -> Vec<String> {
    let [event_id, sequence] = [event.event_id.to_string(), event.space_sequence.to_string()];
    let [time, entity] = [event.timestamp.to_string(), event.entity_id.clone()];
    let [event_type, payload] = [event_type(event), event.payload.as_str().to_owned()];
    match scope {
        Scope::All => vec![event_id, space_name.to_owned(), sequence, time, event_type, entity, payload],
        Scope::Space(_) => vec![sequence, time, event_type, entity, event_id, payload],
    }
}

/// Returns the event type, marked if the event is damaged.
pub(super) fn event_type(event: &Event) -> String {
    if event.intact { event.event_type.to_string() } else { format!("{DAMAGED} {}", event.event_type) }
}

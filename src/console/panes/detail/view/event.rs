//! An event: type, entity, sequence, time and space; its payload; and its cause, correlation and metadata.

use std::borrow::Cow;

use crate::console::app::link::LinkTarget;
use crate::console::app::state::ConsoleState;
use crate::console::panes::detail::view::{Body, Content, Fact, dotted, fact, linked};
use crate::console::panes::events::ShownEvent;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::moment::Moments;
use crate::console::widgets::pen::{Piece, piece};
use crate::event::Event;
use crate::json::{Json, Part, Parts, Quoted};
use crate::operations::EventRedaction;
use crate::text::{grouped, visible};

/// The indices of the facts that the brief lines name as links.
const ENTITY: usize = 1;
const SPACE: usize = 4;

/// The label of the cause.
pub(super) const CAUSE: &str = "caused by";

pub(super) fn content<'a>(glyphs: &Glyphs, state: &ConsoleState, event: &'a ShownEvent) -> Content<'a> {
    let redaction = event.redaction();
    let event_type = piece(&*event.event_type, Role::Strong);
    let entity = linked(&event.entity_id, ENTITY);
    let number = grouped(event.space_sequence.0);
    let sequence = piece(format!("sequence {number}"), Role::Text);
    let appended = piece(state.moments.exact(event.timestamp), Role::Text);
    let space = linked(state.space_name(event.space_id), SPACE);
    let exceptions = [
        (!event.intact).then(|| piece(format!("{} altered", glyphs.failed), Role::Danger)),
        redaction.is_some().then(|| piece("redacted", Role::Warning)),
    ];
    let named = [event_type.clone(), entity.clone(), sequence];
    let mut facts = vec![
        fact("type", vec![event_type]).brief(),
        fact("entity", vec![entity]).brief().to(Some(LinkTarget::Entity {
            space_id: event.space_id,
            entity_id: event.entity_id.clone(),
            key: None,
        })),
        fact("sequence", vec![piece(number, Role::Text)])
            .brief()
            .copied_as(Some(event.space_sequence.0.to_string())),
        fact("appended", vec![appended.clone()]).brief(),
        fact("space", vec![space.clone()]).brief().to(Some(LinkTarget::Space(event.space_id))),
    ];
    facts.extend(causes(event));
    facts.extend(event.metadata.as_ref().map(|metadata| {
        fact("metadata", dotted(glyphs, members(metadata))).copied_as(Some(metadata.as_str().to_owned()))
    }));
    facts.extend(redaction.map(|note| fact("redacted", redacted(glyphs, &state.moments, &note))));
    facts.extend(event.current.as_ref().map(|current| current_form(glyphs, current)));
    // The original keeps no checksums.
    if !(state.database.is_original && event.intact) {
        let label = if state.database.is_original { "payload" } else { "checksum" };
        facts.push(fact(label, vec![checksum(glyphs, event)]));
    }
    Content {
        title: vec![piece(format!("Event {}", grouped(event.event_id.0)), Role::Strong)],
        brief: [
            dotted(glyphs, exceptions.into_iter().flatten().chain(named).collect()),
            dotted(glyphs, vec![appended, space]),
        ],
        facts,
        body: Body::Document,
    }
}

/// The event's cause and its correlation.
fn causes<'a>(event: &ShownEvent) -> [Fact<'a>; 2] {
    let none = || piece("none", Role::Muted);
    let cause =
        event.causation_id.map_or_else(none, |id| piece(format!("event {}", grouped(id.0)), Role::Link));
    let correlation = event.correlation_id.map_or_else(none, |id| piece(id.to_string(), Role::Link));
    let cause_id = event.causation_id.map(|id| id.0.to_string());
    [
        fact(CAUSE, vec![cause]).copied_as(cause_id).to(event.causation_id.map(LinkTarget::Event)),
        fact("correlation", vec![correlation]).to(event.correlation_id.map(LinkTarget::Correlation)),
    ]
}

fn checksum<'a>(glyphs: &Glyphs, event: &ShownEvent) -> Piece<'a> {
    match event.damage() {
        None => piece(format!("{} valid", glyphs.done), Role::Muted),
        Some(Cow::Borrowed(_)) => {
            piece(format!("{} does not match: the event was altered", glyphs.failed), Role::Danger)
        }
        Some(Cow::Owned(reason)) => piece(format!("{} {}", glyphs.failed, visible(&reason)), Role::Danger),
    }
}

/// The fields that an event has lost, and when.
fn redacted<'a>(glyphs: &Glyphs, moments: &Moments, note: &EventRedaction) -> Vec<Piece<'a>> {
    let fields = visible(&note.fields.join(", ")).into_owned();
    let at = piece(moments.exact(note.at), Role::Text);
    dotted(glyphs, vec![piece(fields, Role::Warning), at])
}

/// The current form of an event: its type and payload.
fn current_form<'a>(glyphs: &Glyphs, current: &'a Result<Event, String>) -> Fact<'a> {
    match current {
        Ok(current) => {
            let mut form = vec![piece(&*current.event_type, Role::Strong)];
            form.extend(members(&current.payload));
            fact("read as", dotted(glyphs, form)).copied_as(Some(current.payload.as_str().to_owned()))
        }
        Err(reason) => fact("read as", vec![piece(format!("{} {reason}", glyphs.failed), Role::Danger)]),
    }
}

/// The members of an object, such as `actor ada`; the text of anything else.
fn members(json: &Json) -> Vec<Piece<'_>> {
    let Some(members) = Parts::of_object(json.as_str()) else {
        return vec![piece(json.as_str(), Role::Text)];
    };
    let text = |member: Part<'_>| {
        let value = member.value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let value = value.map_or(Cow::Borrowed(member.value), |value| Quoted::new(value).decoded());
        let name = member.key.map(Quoted::decoded).unwrap_or_default();
        piece(format!("{name} {value}"), Role::Text)
    };
    // The note of a redaction has a line of its own.
    let is_shown = |member: &Part<'_>| !member.key.is_some_and(|key| key.is("$redacted"));
    members.filter(is_shown).map(text).collect()
}

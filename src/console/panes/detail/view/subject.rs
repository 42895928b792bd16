//! The facts about an event, a key, a space, and an entry of the audit log.

use std::borrow::Cow;

use crate::audit::AuditEntry;
use crate::console::app::bindings::Bindings;
use crate::console::app::remedy;
use crate::console::app::state::ConsoleState;
use crate::console::layers::audit;
use crate::console::panes::detail::view::{Content, Lines, Rest, dotted, fact};
use crate::console::panes::events::ShownEvent;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::moment::Moments;
use crate::console::widgets::pen::{Piece, piece, width};
use crate::console::widgets::text::wrap;
use crate::error::Remedy;
use crate::event::Event;
use crate::json::{Json, Part, Parts, Quoted};
use crate::operations::{EventRedaction, SpaceOverview};
use crate::pstate::{BlockingEvent, Entry};
use crate::space::{SpaceId, SpaceState};
use crate::text::{bytes, counted, grouped, span, visible};

/// An event: its type, entity, time and cause, and its payload.
pub(super) fn event<'a>(glyphs: &Glyphs, state: &ConsoleState, event: &'a ShownEvent) -> Content<'a> {
    let space = state.space_name(event.space_id);
    let none = || piece("none", Role::Muted);
    let cause =
        event.causation_id.map_or_else(none, |id| piece(format!("event {}", grouped(id.0)), Role::Accent));
    let correlation = event.correlation_id.map_or_else(none, |id| piece(id.to_string(), Role::Text));
    let intact = match event.intact {
        true => piece(format!("{} valid", glyphs.done), Role::Muted),
        false => piece(format!("{} does not match: the event was altered", glyphs.failed), Role::Danger),
    };
    let sequence = format!("sequence {}", grouped(event.space_sequence.0));
    let mut brief = vec![
        piece(&*event.event_type, Role::Strong),
        piece(&event.entity_id, Role::Key),
        piece(state.moments.exact(event.timestamp), Role::Muted),
        piece(sequence.clone(), Role::Muted),
    ];
    if !event.intact {
        brief.insert(0, piece(format!("{} altered", glyphs.failed), Role::Danger));
    }
    let redaction = event.redaction();
    if redaction.is_some() {
        brief.insert(0, piece("redacted", Role::Warning));
    }
    let metadata = event.metadata.as_ref().map(|metadata| dotted(glyphs, members(metadata)));
    brief.extend(event.metadata.iter().flat_map(members));
    Content {
        title: vec![piece(format!("Event {}", grouped(event.event_id.0)), Role::Strong)],
        facts: [
            fact("type", vec![piece(&*event.event_type, Role::Strong)]),
            fact("entity", vec![piece(&event.entity_id, Role::Key)]),
            fact("space", dotted(glyphs, vec![piece(space, Role::Text), piece(sequence, Role::Text)])),
            fact("appended", vec![piece(state.moments.exact(event.timestamp), Role::Text)]),
            fact("caused by", vec![cause]),
            fact("correlation", vec![correlation]),
        ]
        .into_iter()
        .chain(metadata.map(|metadata| fact("metadata", metadata)))
        .chain(redaction.map(|note| fact("redacted", redacted(glyphs, &state.moments, &note))))
        .chain(event.current.as_ref().map(|current| fact("read as", current_form(glyphs, current))))
        .chain([fact("checksum", vec![intact])])
        .collect(),
        brief: dotted(glyphs, brief),
        rest: Rest::Document { name: "payload" },
    }
}

/// The fields that an event has lost, and when.
fn redacted<'a>(glyphs: &Glyphs, moments: &Moments, note: &EventRedaction) -> Vec<Piece<'a>> {
    let fields = visible(&note.fields.join(", ")).into_owned();
    let at = piece(moments.exact(note.at), Role::Text);
    dotted(glyphs, vec![piece(fields, Role::Warning), at])
}

/// The current form of an event: its type and payload.
fn current_form<'a>(glyphs: &Glyphs, current: &'a Result<Event, String>) -> Vec<Piece<'a>> {
    match current {
        Ok(current) => {
            let mut form = vec![piece(&*current.event_type, Role::Strong)];
            form.extend(members(&current.payload));
            dotted(glyphs, form)
        }
        Err(reason) => {
            vec![piece(format!("{} {}", glyphs.failed, visible(reason)), Role::Danger)]
        }
    }
}

/// The members of an object, such as `actor ada`; the text of anything else.
fn members(json: &Json) -> Vec<Piece<'_>> {
    let Some(members) = Parts::of_object(json.as_str()) else {
        return vec![piece(visible(json.as_str()), Role::Text)];
    };
    let text = |member: Part<'_>| {
        let value = member.value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let value = value.map_or(Cow::Borrowed(member.value), |value| Quoted::new(value).decoded());
        let name = member.key.map(Quoted::decoded).unwrap_or_default();
        piece(visible(&format!("{name} {value}")).into_owned(), Role::Text)
    };
    // The note of a redaction has a line of its own.
    let is_shown = |member: &Part<'_>| !member.key.is_some_and(|key| key.is("$redacted"));
    members.filter(is_shown).map(text).collect()
}

/// A key of a projection, with its value.
pub(super) fn entry<'a>(
    glyphs: &Glyphs,
    state: &ConsoleState,
    (space_id, projection): (SpaceId, &'a str),
    entry: &'a Entry,
) -> Content<'a> {
    let space = state.space_name(space_id);
    let found = state.spaces.get(space_id).and_then(|space| space.projection(projection));
    let checkpoint = found.map_or(0, |found| found.checkpoint.sequence.0);
    let updated = state.moments.exact(entry.updated_at);
    let size = bytes(entry.value.as_str().len() as u64);
    Content {
        title: vec![piece(&entry.key, Role::Strong)],
        facts: vec![
            fact("key", vec![piece(&entry.key, Role::Key)]),
            fact(
                "space",
                dotted(
                    glyphs,
                    vec![
                        piece(space, Role::Text),
                        piece(projection, Role::Text),
                        piece(format!("as of sequence {}", grouped(checkpoint)), Role::Text),
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

/// The heading of the metadata.
const METADATA: &str = "metadata";

/// The indentation of a value below its name, or of a line below its heading.
const INDENT: u16 = 2;

/// A space: its counters and metadata.
pub(super) fn space<'a>(
    glyphs: &Glyphs,
    state: &'a ConsoleState,
    overview: &'a SpaceOverview,
) -> Content<'a> {
    let (space, head, checkpoint) = (&overview.space, &overview.head, &overview.checkpoint);
    let last = head.last_timestamp.map_or_else(|| "none".to_owned(), |last| state.moments.exact(last));
    let app = overview.app.map(Cow::Borrowed).or(space.app_name()).unwrap_or("unknown".into());
    let events = counted(head.last_sequence.0, "event", "events");
    let mut facts = vec![
        fact("name", vec![piece(&space.space_name, Role::Strong)]),
        fact("app", vec![piece(app, Role::Text)]),
        fact("created", vec![piece(state.moments.exact(space.created_at), Role::Text)]),
        fact(
            "events",
            dotted(
                glyphs,
                vec![
                    piece(events.clone(), Role::Text),
                    piece(format!("{} of payload", bytes(head.payload_bytes)), Role::Muted),
                ],
            ),
        ),
        fact("last event", vec![piece(last, Role::Text)]),
        fact(
            "checkpoint",
            dotted(
                glyphs,
                vec![
                    piece(grouped(checkpoint.sequence.0), Role::Text),
                    piece(counted(checkpoint.entities, "key", "keys"), Role::Muted),
                ],
            ),
        ),
        fact("lag", lag_fact(glyphs, overview)),
    ];
    if let Some(event) = &overview.blocked {
        facts.push(fact("blocked", blocked(glyphs, event)));
    }
    if space.state == SpaceState::Deleting {
        // The counters are not updated until the last row is deleted.
        for fact in facts.iter_mut().filter(|fact| matches!(fact.label, "events" | "checkpoint")) {
            fact.value.push(piece(format!(" {} before the deletion", glyphs.dot), Role::Muted));
        }
        facts.retain(|fact| fact.label != "lag");
    }
    if let Some(under_way) = space.state.under_way() {
        let text = format!("{} {under_way}: started but not finished", glyphs.warning);
        facts.insert(1, fact("state", vec![piece(text, Role::Danger)]));
    }
    Content {
        title: vec![piece(&space.space_name, Role::Strong)],
        facts,
        brief: dotted(glyphs, vec![piece(&space.space_name, Role::Strong), piece(events, Role::Muted)]),
        rest: Rest::Text {
            name: heading(overview),
            least: u16::from(!heading(overview).is_empty()),
            with_facts: true,
            lines: Box::new(|_, cells| space_lines(&state.settings.keys, overview, cells)),
        },
    }
}

fn lag_fact<'a>(glyphs: &Glyphs, overview: &SpaceOverview) -> Vec<Piece<'a>> {
    match overview.lag() {
        _ if overview.ahead => vec![piece(
            format!("{} the projection is ahead of its events: rebuild it", glyphs.warning),
            Role::Danger,
        )],
        0 => vec![piece(format!("{} none", glyphs.done), Role::Muted)],
        lag => vec![piece(
            format!(
                "{} {}, {} behind",
                glyphs.warning,
                counted(lag, "event", "events"),
                span(overview.lag_millis())
            ),
            Role::Warning,
        )],
    }
}

/// The event that cannot be applied. The reason and the remedy take more than a line, so they are below the facts.
pub(super) fn blocked<'a>(glyphs: &Glyphs, event: &BlockingEvent) -> Vec<Piece<'a>> {
    let BlockingEvent { event_id, space_sequence, event_type, .. } = event;
    let text = format!("event {event_id} ({event_type}, sequence {space_sequence}) cannot be applied");
    vec![piece(format!("{} {text}", glyphs.failed), Role::Danger)]
}

/// The part below the facts of a space: why it runs no commands, with the keys that skip the event, and the metadata.
fn space_lines<'a>(bound: &Bindings, overview: &'a SpaceOverview, cells: u16) -> Lines<'a> {
    let mut lines: Lines<'_> =
        overview.blocked.iter().flat_map(|event| reason_lines(bound, event, cells)).collect();
    let Some(metadata) = &overview.space.metadata else { return lines };
    if !lines.is_empty() {
        lines.extend([Vec::new(), vec![piece(METADATA, Role::Heading)]]);
    }
    let names = metadata.fields().map(|(name, _)| width(&visible(&name))).max().unwrap_or(0);
    // If the names take most of the width, each value starts on its own line.
    let indent = if names + 2 > cells / 2 { INDENT } else { names + 2 };
    for (name, value) in metadata.fields() {
        let taken = width(&visible(&name));
        let mut line = vec![piece(name.into_owned(), Role::Key)];
        let mut at = taken;
        if taken + 2 > indent {
            lines.push(std::mem::take(&mut line));
            at = 0;
        }
        for text in wrap(value, cells.saturating_sub(indent)) {
            line.push(piece(" ".repeat(usize::from(indent - at)), Role::Text));
            line.push(piece(text, Role::String));
            lines.push(std::mem::take(&mut line));
            at = 0;
        }
    }
    lines
}

/// The reason why an event cannot be applied, and the remedy.
pub(super) fn reason_lines<'a>(bound: &Bindings, event: &BlockingEvent, cells: u16) -> Lines<'a> {
    let BlockingEvent { reason, damaged, .. } = event;
    let remedy = if *damaged { Remedy::Restore } else { Remedy::Rebuild { skip_errors: true } };
    let texts = [(reason.clone(), Role::Danger), (remedy::repair(&remedy, bound), Role::Text)];
    let wrapped =
        |(text, role): (String, _)| wrap(&text, cells).into_iter().map(move |line| vec![piece(line, role)]);
    texts.into_iter().flat_map(wrapped).collect()
}

/// The heading of these lines.
fn heading(overview: &SpaceOverview) -> &'static str {
    match (&overview.blocked, &overview.space.metadata) {
        (Some(_), _) => "why",
        (None, Some(_)) => METADATA,
        (None, None) => "",
    }
}

/// An entry of the audit log: operator, client, space and outcome, then result and parameters.
pub(super) fn operation<'a>(glyphs: &Glyphs, state: &ConsoleState, operation: &'a AuditEntry) -> Content<'a> {
    let operator = &operation.operator;
    let mut about = vec![audit::space(operation)];
    if let Some(space_id) = operation.space_id {
        about.push(piece(space_id.to_string(), Role::Muted));
    }
    let mut time = vec![piece(state.moments.exact(operation.started_at), Role::Text)];
    time.push(match audit::duration(operation) {
        Some(taken) => piece(format!("took {taken}"), Role::Muted),
        None => piece("not finished", Role::Muted),
    });
    let through = vec![
        piece(&operator.client, Role::Text),
        piece(format!("process {}", operator.process), Role::Muted),
    ];
    let ended = audit::outcome(operation.outcome, glyphs);
    let facts = vec![
        fact("action", vec![piece(&operation.action, Role::Strong)]),
        fact("space", dotted(glyphs, about)),
        fact("outcome", vec![ended.clone()]),
        fact("started", dotted(glyphs, time)),
        fact("who", vec![audit::who(operator)]),
        fact("client", dotted(glyphs, through)),
    ];
    let name = piece(format!("Operation {}", operation.operation_id), Role::Strong);
    let started = piece(state.moments.date_and_time(operation.started_at), Role::Muted);
    Content {
        title: vec![name, piece("  ", Role::Muted), audit::space(operation)],
        facts,
        brief: dotted(
            glyphs,
            vec![piece(&operation.action, Role::Strong), ended, audit::who(operator), started],
        ),
        rest: Rest::text("result", move |_, cells| operation_lines(operation, cells)),
    }
}

/// The result and the parameters.
fn operation_lines(operation: &AuditEntry, cells: u16) -> Lines<'static> {
    let came_of_it = audit::detail(operation);
    let mut lines: Lines<'static> =
        wrap(came_of_it.text(), cells).into_iter().map(|line| vec![piece(line, came_of_it.role())]).collect();
    lines.push(Vec::new());
    let heading = match &operation.parameters {
        Some(parameters) if parameters.is_empty() => "no parameters".to_owned(),
        Some(_) => "parameters".to_owned(),
        None => match operation.forgotten {
            Some(why) => format!("parameters were {}", why.in_words()),
            None => "parameters are unreadable".to_owned(),
        },
    };
    lines.push(vec![piece(heading, Role::Muted)]);
    for (name, value) in operation.parameters.iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut wrapped = wrap(&format!("{name} {text}"), cells.saturating_sub(INDENT)).into_iter();
        let first = wrapped.next().unwrap_or_default();
        let rest = first.strip_prefix(name.as_str()).map(str::to_owned);
        lines.push(match rest {
            Some(rest) => {
                vec![piece("  ", Role::Text), piece(name.clone(), Role::Key), piece(rest, Role::Text)]
            }
            None => vec![piece("  ", Role::Text), piece(first, Role::Text)],
        });
        lines.extend(wrapped.map(|line| vec![piece("  ", Role::Text), piece(line, Role::Text)]));
    }
    lines
}

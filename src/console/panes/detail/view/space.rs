//! A space: app, events and lag; why it runs no commands, and its metadata; then its counters.

use std::borrow::Cow;

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of;
use crate::console::app::remedy;
use crate::console::app::state::ConsoleState;
use crate::console::panes::detail::view::{Body, Content, Fact, Lines, dotted, fact, joined};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece, width};
use crate::console::widgets::text::{wrap, wrap_keyed};
use crate::error::Remedy;
use crate::operations::{ProjectionStatus, SpaceOverview};
use crate::pstate::{BlockingEvent, STATE};
use crate::space::{SpaceMetadata, SpaceState};
use crate::text::{bytes, counted, grouped, span, visible};

/// The indentation of a value below its name.
const INDENT: u16 = 2;

pub(super) fn content<'a>(
    glyphs: &Glyphs,
    state: &'a ConsoleState,
    overview: &'a SpaceOverview,
) -> Content<'a> {
    let (space, head) = (&overview.space, &overview.head);
    let app = overview.app.map(Cow::Borrowed).or(space.app_name()).unwrap_or("unknown".into());
    let app = piece(app, Role::Text);
    let under_way = overview.under_way().map(|under_way| match overview.worker {
        Some(_) => piece(format!("{} {under_way}", glyphs.live), Role::Text),
        None => piece(format!("{} {under_way}: started but not finished", glyphs.warning), Role::Danger),
    });
    let (counters, lag) = (counters(glyphs, overview), lag(glyphs, state.database.is_original, overview));
    let events = counters[0].value.clone();
    let last = head.last_timestamp.map_or_else(|| "none".to_owned(), |last| state.moments.exact(last));
    let last_event = vec![piece(format!("last event {last}"), Role::Text)];
    let is_open = space.state == SpaceState::Open;
    let state_or_events = if is_open { events.into_iter().next() } else { under_way.clone() };
    let fork = space.origin().map(|origin| piece(format!("fork of {origin}"), Role::Text));
    let brief = [
        dotted(glyphs, std::iter::once(app.clone()).chain(state_or_events).chain(fork).collect()),
        match &overview.blocked {
            Some(event) => blocked(glyphs, event),
            None if is_open => joined(glyphs, [lag.clone(), last_event]),
            None => last_event,
        },
    ];
    let mut facts = vec![
        fact("name", vec![piece(&space.space_name, Role::Strong)]).brief(),
        fact("app", vec![app]).brief(),
    ];
    let origin = space.origin().map(|origin| {
        let compares = format!("  {} compares them", key_of(state, Action::CompareFork));
        vec![piece(origin.to_string(), Role::Text), piece(compares, Role::Muted)]
    });
    facts.extend(origin.map(|origin| fact("fork of", origin).brief()));
    let damage = overview.fault.as_ref().map(|fault| {
        let text = format!("{} {}", glyphs.warning, fault.text());
        fact("damage", vec![piece(text, Role::Danger)]).brief()
    });
    facts.extend(damage);
    facts.extend(under_way.map(|text| fact("state", vec![text]).brief()));
    facts.extend(overview.blocked.as_ref().map(|event| fact("blocked", blocked(glyphs, event)).brief()));
    if is_open {
        let is_said = overview.blocked.is_none();
        let lag = fact("lag", lag);
        facts.push(if is_said { lag.brief() } else { lag });
    }
    let last = fact("last event", vec![piece(last, Role::Text)]);
    facts.push(if overview.blocked.is_none() { last.brief() } else { last });
    facts.extend(counters);
    facts.push(fact("created", vec![piece(state.moments.exact(space.created_at), Role::Text)]));
    facts.push(fact("id", vec![piece(space.space_id.to_string(), Role::Muted)]));
    Content {
        title: vec![piece(&space.space_name, Role::Strong)],
        brief,
        facts,
        body: Body::text(|_, cells| lines(state, overview, cells)),
    }
}

/// The events and the checkpoint. Neither is updated until the last row of a deleted space is gone.
fn counters<'a>(glyphs: &Glyphs, overview: &SpaceOverview) -> [Fact<'a>; 2] {
    let SpaceOverview { space, head, checkpoint, .. } = overview;
    let events = counted(head.last_sequence.0, "event", "events");
    let payload = format!("{} of payload", bytes(head.payload_bytes));
    let keys = counted(checkpoint.entities, "key", "keys");
    let deleting = space.state == SpaceState::Deleting;
    let before = deleting.then(|| piece("before the deletion", Role::Muted));
    let values = [
        ("events", vec![piece(events, Role::Text), piece(payload, Role::Muted)]),
        ("checkpoint", vec![piece(grouped(checkpoint.sequence.0), Role::Text), piece(keys, Role::Muted)]),
    ];
    values.map(|(label, mut value)| {
        value.extend(before.clone());
        fact(label, dotted(glyphs, value))
    })
}

fn lag<'a>(glyphs: &Glyphs, is_original: bool, overview: &SpaceOverview) -> Vec<Piece<'a>> {
    let slowest = overview.slowest();
    let is_ahead = slowest.is_some_and(|slowest| slowest.status == ProjectionStatus::Ahead);
    let name = slowest.map_or(STATE, |slowest| &*slowest.name);
    let projection = if name == STATE { "the projection" } else { name };
    let (text, role) = match overview.lag() {
        // Nothing here rebuilds a projection of the original.
        _ if is_ahead && is_original => {
            (format!("{} the checkpoint is not in the log", glyphs.warning), Role::Danger)
        }
        _ if is_ahead => {
            (format!("{} {projection} is ahead of its events: rebuild it", glyphs.warning), Role::Danger)
        }
        0 => (format!("{} no lag", glyphs.done), Role::Muted),
        lag => {
            let checkpoint = slowest.map_or(&overview.checkpoint, |slowest| &slowest.checkpoint);
            let is_blocked = overview.blocked.is_some();
            let (sign, role) =
                if is_blocked { (glyphs.failed, Role::Danger) } else { (glyphs.warning, Role::Warning) };
            let of = if name == STATE { String::new() } else { format!("{name} is ") };
            (format!("{sign} {of}{}", behind(lag, overview.lag_time(checkpoint))), role)
        }
    };
    vec![piece(text, role)]
}

/// The events and the time by which a projection lags, the latter unless it was not read yet.
pub(super) fn behind(lag: u64, time: Option<u64>) -> String {
    let events = counted(lag, "event", "events");
    match time {
        Some(time) => format!("{events}, {} behind", span(time)),
        None => format!("{events} behind"),
    }
}

/// The event that cannot be applied. The reason and the remedy take more than a line, so they are below.
pub(super) fn blocked<'a>(glyphs: &Glyphs, event: &BlockingEvent) -> Vec<Piece<'a>> {
    let BlockingEvent { event_id, space_sequence, event_type, .. } = event;
    let text = format!("event {event_id} ({event_type}, sequence {space_sequence}) cannot be applied");
    vec![piece(format!("{} {text}", glyphs.failed), Role::Danger)]
}

/// Why the space runs no commands, with the keys that skip the event, and the metadata.
fn lines<'a>(state: &ConsoleState, overview: &'a SpaceOverview, cells: u16) -> Lines<'a> {
    let mut lines: Lines<'_> =
        overview.blocked.iter().flat_map(|event| reason_lines(state, event, cells)).collect();
    let Some(metadata) = &overview.space.metadata else { return lines };
    if !lines.is_empty() {
        lines.push(Vec::new());
    }
    lines.push(vec![piece("metadata", Role::Heading)]);
    lines.extend(metadata_lines(metadata, cells));
    lines
}

fn metadata_lines(metadata: &SpaceMetadata, cells: u16) -> Lines<'_> {
    let mut lines = Lines::new();
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

/// The reason why an event cannot be applied, and the remedy, which needs a file that is open for writing.
pub(super) fn reason_lines<'a>(state: &ConsoleState, event: &BlockingEvent, cells: u16) -> Lines<'a> {
    let BlockingEvent { reason, damaged, .. } = event;
    let remedy = if *damaged { Remedy::Restore } else { Remedy::Rebuild { skip_errors: true } };
    let mut lines: Lines<'a> =
        wrap(reason, cells).into_iter().map(|line| vec![piece(line, Role::Danger)]).collect();
    let mut advice = remedy::repair(&remedy, &state.settings.keys);
    if state.database.read_only && !damaged {
        advice = format!("open the database without --read-only; there, {advice}");
    }
    lines.extend(wrap_keyed(&advice, Role::Text, cells));
    lines
}

//! The detail of a space: its counters and metadata.

use std::borrow::Cow;

use crate::console::app::remedy;
use crate::console::panes::detail::view::event::date_and_time;
use crate::console::panes::detail::view::{Rest, Told, dotted, fact};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::figures::{bytes, count, counted, span};
use crate::console::widgets::pen::{Piece, piece, width};
use crate::console::widgets::wrap::wrap;
use crate::content_store::BlockingEvent;
use crate::error::Remedy;
use crate::operations::SpaceOverview;
use crate::space::SpaceState;
use crate::text::visible;

/// The heading of the metadata.
const METADATA: &str = "metadata";

/// The indentation of a value below its name.
const INDENT: u16 = 2;

pub(super) fn tell<'a>(glyphs: &Glyphs, overview: &'a SpaceOverview) -> Told<'a> {
    let (space, head, checkpoint) = (&overview.space, &overview.head, &overview.checkpoint);
    let last = head.last_timestamp.map_or_else(|| "none".to_owned(), |last| date_and_time(&last.to_string()));
    let app = overview.app.map(Cow::Borrowed).or(space.app_name()).unwrap_or("unknown".into());
    let events = counted(head.last_sequence.0, "event");
    let mut facts = vec![
        fact("name", vec![piece(&space.space_name, Role::Strong)]),
        fact("app", vec![piece(app, Role::Text)]),
        fact("created", vec![piece(date_and_time(&space.created_at.to_string()), Role::Text)]),
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
                    piece(count(checkpoint.sequence.0), Role::Text),
                    piece(counted(checkpoint.entities, "key"), Role::Muted),
                ],
            ),
        ),
        fact("lag", lag(glyphs, overview)),
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
    Told {
        title: vec![piece(&space.space_name, Role::Strong)],
        facts,
        brief: dotted(glyphs, vec![piece(&space.space_name, Role::Strong), piece(events, Role::Muted)]),
        rest: Rest::Space(overview),
    }
}

fn lag<'a>(glyphs: &Glyphs, overview: &SpaceOverview) -> Vec<Piece<'a>> {
    match overview.lag() {
        _ if overview.ahead => vec![piece(
            format!("{} the projection is ahead of its events: rebuild it", glyphs.warning),
            Role::Danger,
        )],
        0 => vec![piece(format!("{} none", glyphs.done), Role::Ok)],
        lag => vec![piece(
            format!("{} {}, {} behind", glyphs.warning, counted(lag, "event"), span(overview.lag_millis())),
            Role::Warning,
        )],
    }
}

/// The event that cannot be applied. The reason and the remedy take more than a line, so they are below the facts.
fn blocked<'a>(glyphs: &Glyphs, event: &BlockingEvent) -> Vec<Piece<'a>> {
    let BlockingEvent { event_id, space_sequence, event_type, .. } = event;
    let text = format!("event {event_id} ({event_type}, sequence {space_sequence}) cannot be applied");
    vec![piece(format!("{} {text}", glyphs.failed), Role::Danger)]
}

/// Returns the part below the facts in lines of at most `cells`: why the space runs no commands, with the keys that
/// skip the event, and the metadata.
pub fn lines(overview: &SpaceOverview, cells: u16) -> Vec<Vec<Piece<'_>>> {
    let mut lines = Vec::new();
    if let Some(BlockingEvent { reason, damaged, .. }) = &overview.blocked {
        let remedy = if *damaged { Remedy::Restore } else { Remedy::Rebuild { skip_errors: true } };
        let texts = [(reason.clone(), Role::Danger), (remedy::repair(&remedy), Role::Text)];
        let wrapped = |(text, role): (String, _)| {
            wrap(&text, cells).into_iter().map(move |line| vec![piece(line, role)])
        };
        lines.extend(texts.into_iter().flat_map(wrapped));
    }
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

/// Returns the heading of these lines.
pub fn heading(overview: &SpaceOverview) -> &'static str {
    match (&overview.blocked, &overview.space.metadata) {
        (Some(_), _) => "why",
        (None, Some(_)) => METADATA,
        (None, None) => "",
    }
}

//! `ramax events show`: one event, and the keys that it changed.

use serde::Serialize;

use super::unknown_event;
use crate::cli::exit::{Exit, Failure};
use crate::cli::past::{ChangeLine, Past, write_change};
use crate::cli::session::Session;
use crate::content_store::{CurrentForms, Store};
use crate::event::{Event, EventId};
use crate::operations::{EventChanges, EventOutcome, EventRedaction, ListedEvent, Pause, SpaceNames};
use crate::text::counted;

/// An event with its changes, as JSON.
#[derive(Serialize)]
struct ShownEvent<'a> {
    #[serde(flatten)]
    listed: ListedEvent<'a>,
    /// Written only if they were asked for.
    #[serde(flatten)]
    changes: Option<ChangesLine<'a>>,
}

#[derive(Serialize)]
struct ChangesLine<'a> {
    #[serde(flatten)]
    outcome: &'a EventOutcome,
    changes: Vec<ChangeLine<'a>>,
}

impl<'a> ChangesLine<'a> {
    /// Returns the changes, prepared to be serialised. Calls `pause` between the pieces of large values.
    fn prepared<E>(
        EventChanges { outcome, changes, .. }: &'a EventChanges,
        pause: &mut Pause<'_, E>,
    ) -> Result<Self, E> {
        let line = |change| ChangeLine::of(change, change.fields_between(pause)?).prepared(pause);
        Ok(Self { outcome, changes: changes.iter().map(line).collect::<Result<_, _>>()? })
    }
}

pub(super) fn run(session: &mut Session, event_id: EventId, changes: bool) -> Result<Exit, Failure> {
    let store = session.open()?;
    let event = store.events().event(event_id)?.ok_or_else(|| unknown_event(&store, event_id))?;
    let mut names = SpaceNames::default();
    let space_name = names.of(&store, event.space_id)?;
    let forms = CurrentForms::new(&store, &session.apps);
    // The event is shown in any case.
    let changed = if changes { Some(changes_of(session, &store, &event)) } else { None };
    let (changed, failure) = match changed.transpose() {
        Ok(changed) => (changed, None),
        Err(failure) => (None, Some(failure)),
    };
    if session.out.is_json() {
        let pause = &mut || session.out.check_ending();
        let listed = ListedEvent::of(space_name, &event, &forms).prepared(pause)?;
        let changes = changed.as_ref().map(|changed| ChangesLine::prepared(changed, pause)).transpose()?;
        session.out.json_line(&ShownEvent { listed, changes })?;
    } else {
        let none = || "-".to_owned();
        let cause = event.causation_id.map(|cause| store.events().event(cause)).transpose()?.flatten();
        let outside = match cause.filter(|cause| cause.space_id != event.space_id) {
            Some(cause) => {
                format!(", outside of this space, in {}", SpaceNames::default().of(&store, cause.space_id)?)
            }
            None => String::new(),
        };
        session.out.fields(&[
            ("event", event.event_id.to_string()),
            ("space", format!("{space_name} ({})", event.space_id)),
            ("sequence", event.space_sequence.to_string()),
            ("time", event.timestamp.to_string()),
            ("type", event.event_type.to_string()),
            ("entity", event.entity_id.clone()),
            ("causation", event.causation_id.map_or_else(none, |id| format!("{id}{outside}"))),
            ("correlation", event.correlation_id.map_or_else(none, |id| id.to_string())),
            ("payload", String::new()),
        ])?;
        session.out.document(&event.payload, "  ")?;
        if let Some(metadata) = &event.metadata {
            session.out.fields(&[("metadata", String::new())])?;
            session.out.document(metadata, "  ")?;
        }
        if let Some(EventRedaction { fields, at }) = event.redaction() {
            session.out.fields(&[("redacted", format!("{} at {at}", fields.join(", ")))])?;
        }
        match forms.of(&event) {
            None => {}
            Some(Ok(current)) => {
                session.out.fields(&[
                    ("current type", current.event_type.to_string()),
                    ("current payload", String::new()),
                ])?;
                session.out.document(&current.payload, "  ")?;
            }
            Some(Err(error)) => session.out.fields(&[("current form", format!("unreadable: {error}"))])?,
        }
        if let Some(changed) = &changed {
            write_changes(session, changed)?;
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    let Some(damage) = event.damage() else { return Ok(Exit::Done) };
    let hint = match store.is_original() {
        true => {
            "compare it with the last good backup; an import keeps its bytes, and its projections skip it"
        }
        false => "compare it with the last good backup; a rebuild stops at it, unless --skip-errors skips it",
    };
    Err(Failure::refused("damaged_event", format!("event {event_id} is damaged: {damage}"), hint))
}

/// Folds the space up to the event.
fn changes_of(session: &Session, store: &Store, event: &Event) -> Result<EventChanges, Failure> {
    let mut past = Past::in_store(session, store.clone(), &event.space_id.to_string(), None)?;
    past.run(|fold, watch| fold.changes_of(event.space_sequence, watch))
}

fn write_changes(session: &mut Session, changed: &EventChanges) -> Result<(), Failure> {
    let text = match &changed.outcome {
        EventOutcome::Applied => counted(changed.changes.len() as u64, "key", "keys"),
        EventOutcome::UnknownType => "none: no projection handles its type".to_owned(),
        EventOutcome::Skipped { projection, reason, .. } => {
            format!("skipped: the projection {projection} cannot apply it: {reason}")
        }
    };
    session.out.fields(&[("changes", text)])?;
    for change in &changed.changes {
        write_change(&mut session.out, change)?;
    }
    Ok(())
}

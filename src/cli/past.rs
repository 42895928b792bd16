//! The past of a space on the command line: folding with progress, and showing changes.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;

use crate::content_store::{Change, FieldChange, Store};
use crate::error::{Advice, Error, Remedy};
use crate::event::{EventId, SpaceSequence};
use crate::json::Json;
use crate::operations::{self, EventSummary, Fold, Pause, Phases, PointInTime, Watch};
use crate::pstate::{ProjectionId, STATE};
use crate::space::SpaceId;
use crate::text::find;

use super::exit::Failure;
use super::interrupt::Interrupt;
use super::messages::Messages;
use super::meter::ProgressMeter;
use super::output::Output;
use super::session::Session;

/// The fold of a space.
pub(super) struct Past {
    pub fold: Fold,
    pub space_name: String,
    messages: Messages,
    interrupt: Interrupt,
    store: Store,
}

impl Past {
    /// Opens the past of a space for one of its projections, or for all.
    pub fn open(session: &Session, space: &str, projection: Option<&str>) -> Result<Self, Failure> {
        Self::in_store(session, session.open()?, space, projection)
    }

    /// As [`Past::open`], in an open store.
    pub fn in_store(
        session: &Session,
        store: Store,
        space: &str,
        projection: Option<&str>,
    ) -> Result<Self, Failure> {
        let record = operations::find_record(&store, space)?;
        let space_id = record.space.space_id;
        let named = |error: Error| Session::over_space(&store, space_id, error.into());
        let content = operations::open_space(&store, &session.apps, record.space.clone()).map_err(named)?;
        let fold = Fold::new(&content, projection).map_err(named)?;
        let space_name = record.space.space_name;
        let (messages, interrupt) = (session.messages, session.signals.observe());
        Ok(Self { fold, space_name, messages, interrupt, store })
    }

    /// Folds with progress.
    pub fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Fold, &mut Watch<'_>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let title = format!("folding {}", self.space_name);
        let mut meter = ProgressMeter::start(self.messages, &self.interrupt, title, Phases::ONE);
        let done = work(&mut self.fold, &mut |progress| meter.watch(progress));
        let _: Duration = meter.end();
        let space_id = self.fold.content().space_id();
        done.map_err(|error| Session::over_space(&self.store, space_id, error.into()))
    }

    /// Returns the sequence of a point in time.
    pub fn sequence(&self, point: &PointInTime) -> Result<SpaceSequence, Failure> {
        Ok(point.sequence_in(self.fold.content())?)
    }

    /// Returns the sequence of a point in time, or the last one.
    pub fn sequence_or_last(&self, point: Option<&PointInTime>) -> Result<SpaceSequence, Failure> {
        point.map_or_else(|| Ok(self.fold.last()), |point| self.sequence(point))
    }

    /// Returns the named projection, or the one that has ever held the key.
    pub fn projection_of(
        &mut self,
        session: &mut Session,
        key: &str,
        named: Option<&str>,
    ) -> Result<String, Failure> {
        if let Some(name) = named {
            return Ok(name.to_owned());
        }
        let found = self.run(|fold, watch| fold.projection_of(key, watch));
        match found.map_err(chosen_by_option)? {
            Some(name) => Ok(name.to_owned()),
            None => {
                self.report_skipped(session, None, self.fold.last())?;
                Err(self.never_held(key))
            }
        }
    }

    /// Adds to the failure for a sequence that no event has where the event with this id is, as ids are easily taken for sequences.
    pub fn with_id(&self, failure: Failure, sequence: SpaceSequence) -> Failure {
        let is_unknown = failure.kind == "unknown_sequence";
        let named =
            is_unknown.then(|| self.store.events().event(EventId(sequence.0)).ok().flatten()).flatten();
        let Some(event) = named else { return failure };
        let (id, at) = (event.event_id, event.space_sequence);
        let place = match event.space_id == self.fold.content().space_id() {
            true => format!("; the event with the id {id} has sequence {at}"),
            false => {
                format!("; the event with the id {id} is in another space, {}", self.name_of(event.space_id))
            }
        };
        Failure { hint: Some(failure.hint.unwrap_or_default().text(place)), ..failure }
    }

    fn name_of(&self, space_id: SpaceId) -> String {
        let found = self.store.events().space(space_id).ok().flatten();
        found.map_or_else(|| space_id.to_string(), |record| record.space.space_name)
    }

    /// Returns the failure for a key that no event has written with today's app.
    pub fn never_held(&self, key: &str) -> Failure {
        match self.stored_in(key) {
            Ok(None) => {}
            Ok(Some(projection)) => return self.only_stored(key, projection),
            Err(error) => return error.into(),
        }
        let message = format!("{} never had a key {key}", self.space_name);
        // The list of today cannot pass an event that cannot be applied.
        let at = match self.fold.skipped().0 {
            [] => String::new(),
            _ => super::shell::option("--at", &self.fold.last().to_string()),
        };
        let command = super::shell::command("projections list", &[&self.space_name], &at);
        Failure::refused("unknown_key", message, format!("`{command}` lists the keys"))
    }

    /// Returns the failure for a key that is stored, although the fold has never written it: its event is skipped, or another app
    /// wrote it.
    fn only_stored(&self, key: &str, projection: &str) -> Failure {
        let (space, app) = (&self.space_name, self.fold.content().app().name());
        let last = self.fold.last();
        if self.fold.content().store().is_original()
            && self.fold.skips().summary(Some(projection), last).is_none()
        {
            let message = format!(
                "no event of {space} leads to the key {key} with the app {app}: the original stored it without an event, or after one that the app does not know"
            );
            let command = super::shell::command("projections get", &[space, key], "");
            return Failure::refused("unknown_key", message, format!("`{command}` shows its value"));
        }
        let message = match self.fold.skips().summary(Some(projection), last) {
            Some(_) => format!(
                "no event of {space} that can be applied writes the key {key}, which is stored in {projection}"
            ),
            None => format!(
                "no event of {space} writes the key {key} with the app {app} of today: another app, or an earlier version of it, wrote the key that is stored in {projection}"
            ),
        };
        let advice = with_review(self.fold.advice_on_stored(projection, (last, last)));
        Failure::refused("unknown_key", message, advice)
    }

    /// Returns the name of the stored projection that has a key.
    fn stored_in(&self, key: &str) -> Result<Option<&'static str>, Error> {
        let space_id = self.fold.content().space_id();
        for name in self.fold.projections() {
            if self.store.pstate().get(ProjectionId::new(space_id, name), key)?.is_some() {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Reports the events up to a sequence that the fold of a projection skipped, or that of any. With JSON, they are the last
    /// line as well.
    pub fn report_skipped(
        &self,
        session: &mut Session,
        projection: Option<&str>,
        until: SpaceSequence,
    ) -> io::Result<()> {
        let skipped = self.fold.skips().up_to(projection, until);
        if skipped.is_empty() {
            return Ok(());
        }
        if session.out.is_json() {
            session.out.json_line(&skipped)?;
        }
        session.say(&skipped.to_string())
    }
}

/// Says of a rebuild among the advice how its changes are seen first.
pub(super) fn with_review(advice: Advice) -> Advice {
    let is_rebuild = advice.remedies().any(|remedy| matches!(remedy, Remedy::Rebuild { .. }));
    if is_rebuild { advice.text("; with --review, it shows its changes first") } else { advice }
}

/// Continues unless a row could not be written.
pub(super) fn while_written(written: &io::Result<()>) -> ControlFlow<()> {
    if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// Names the option by which one of several projections is chosen.
pub(super) fn chosen_by_option(failure: Failure) -> Failure {
    if failure.kind != "ambiguous_key" {
        return failure;
    }
    Failure { hint: Some("choose one of them with `--projection NAME`".into()), ..failure }
}

/// A changed key with the fields that differ, as JSON.
#[derive(Serialize)]
pub(super) struct ChangeLine<'a> {
    #[serde(flatten)]
    change: Cow<'a, Change>,
    fields: Vec<FieldChange>,
}

impl<'a> ChangeLine<'a> {
    /// Returns a changed key with the fields that differ.
    pub(super) fn of(change: &'a Change, fields: Vec<FieldChange>) -> Self {
        Self { change: Cow::Borrowed(change), fields }
    }

    /// Returns a changed key with those of its fields that contain a text: all of them if the key does, or none if nothing does.
    pub(super) fn with<E>(
        change: &'a Change,
        fields: Vec<FieldChange>,
        text: &str,
        pause: &mut Pause<'_, E>,
    ) -> Result<Option<Self>, E> {
        if text.is_empty() || find(&change.key, text, 0).is_some() {
            return Ok(Some(Self::of(change, fields)));
        }
        let mut found = Vec::new();
        for field in fields {
            if field.contains(text, pause)? {
                found.push(field);
            }
        }
        Ok((!found.is_empty()).then_some(Self::of(change, found)))
    }

    /// Prepares its values to be serialised. Calls `pause` between the pieces of large ones.
    pub(super) fn prepared<E>(&self, pause: &mut Pause<'_, E>) -> Result<ChangeLine<'static>, E> {
        let fields = self.fields.iter().map(|field| field.prepared(pause)).collect::<Result<_, _>>()?;
        Ok(ChangeLine { change: Cow::Owned(self.change.prepared(pause)?), fields })
    }

    /// Describes the fields that differ, on one line.
    pub(super) fn fields_text(&self) -> String {
        if self.change.after.is_none() {
            return "deleted".to_owned();
        }
        let fields: Vec<String> = self.fields.iter().map(field_text).collect();
        if fields.is_empty() { "unchanged".to_owned() } else { fields.join(", ") }
    }

    /// Writes the key, and each of the fields on a line of its own.
    pub(super) fn write(&self, out: &mut Output) -> io::Result<()> {
        write_fields(out, &self.change, &self.fields)
    }
}

/// Writes a changed key, and each field that differs on a line of its own.
pub(super) fn write_change(out: &mut Output, change: &Change) -> io::Result<()> {
    let fields = change.fields_between(&mut || out.check_ending())?;
    write_fields(out, change, &fields)
}

fn write_fields(out: &mut Output, change: &Change, fields: &[FieldChange]) -> io::Result<()> {
    let of = if change.projection == STATE { String::new() } else { format!("{}  ", change.projection) };
    let state = match (&change.before, &change.after) {
        (None, _) => "  (new)",
        (_, None) => "  (deleted)",
        (Some(before), Some(after)) if before == after => "  (written again, unchanged)",
        _ => "",
    };
    out.line(&format!("  {of}{}{state}", change.key))?;
    fields.iter().try_for_each(|field| out.line(&format!("    {}", field_text(field))))
}

/// Describes a field: a sign if it is new or removed, its path, and its values.
fn field_text(field: &FieldChange) -> String {
    let path = if field.path.is_empty() { String::new() } else { format!("{}  ", field.path) };
    match (&field.before, &field.after) {
        (Some(before), Some(after)) => format!("{path}{before} → {after}"),
        (None, Some(after)) => format!("+ {path}{after}"),
        (Some(before), None) => format!("- {path}{before}"),
        (None, None) => path,
    }
}

/// Returns the cells that name an event as the origin of a value: sequence, event, time, type and cause.
pub(super) fn origin_cells(event: &EventSummary) -> Vec<String> {
    vec![
        event.space_sequence.to_string(),
        event.event_id.to_string(),
        event.timestamp.to_string(),
        event.event_type.to_string(),
        event.causation_id.map_or_else(|| "-".to_owned(), |EventId(cause)| cause.to_string()),
    ]
}

/// Returns a value in a table.
pub(super) fn value_text(value: Option<&Json>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.as_str().to_owned())
}

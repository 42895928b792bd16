//! A bug report: the events of one entity, event or correlation as a space of their own, with masked values, or as a test.
//!
//! The file is an export like any other, so that it is imported, verified and rebuilt in the same way. Its header has the
//! metadata of a space that names its origin ([`ReportOrigin`]). The events get the sequences 1, 2, 3 …, and keep their ids;
//! each notes its place in the original, and its cause if that is not among them. There are no projections and no
//! idempotency keys in it: the program that imports it derives the projections, since its code is what the report is about.

mod code;
mod masks;
mod operation;
mod originals;
mod selection;
mod stand_in;

use std::io::Write;

use serde::Serialize;
use serde_json::{Value, json};
use tracing::info_span;

use crate::content_store::{Apps, Store};
use crate::error::{ExportError, Result, StoreError};
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::LONGEST_SPACE_NAME;
use crate::json::{Json, with_field};
use crate::operations::find_space::open_space;
use crate::operations::{FieldPath, Pause, Watch};
use crate::space::{ReportOrigin, ReportSubject, Space, SpaceMetadata};

use super::line::{End, EventLine, Header, Line};
use super::writer::Writer;
use super::{GATHER, check_intact, unknown};
use masks::{MaskedFields, Masks};
use selection::Selection;

pub use operation::{ExportBugReport, ExportBugReportTo};

/// The note in an event's metadata of its place in the original.
const ORIGINAL: &str = "$original";

/// The most characters of an entity in the name of a report's space.
const LONGEST_ENTITY: usize = 40;

/// A bug report to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BugReport {
    /// The subject, which decides about the events.
    pub subject: ReportSubject,
    /// The fields whose values are replaced by stand-ins.
    pub masks: Vec<FieldPath>,
    /// Write a test in Rust in place of an export.
    pub as_test: bool,
}

/// The result of writing a bug report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BugReported {
    /// The space that the events are from.
    #[serde(flatten)]
    pub space: Space,
    /// The name of the space that an import of the report creates.
    pub report: String,
    /// The number of events.
    pub events: u64,
    /// The number of different values that were replaced.
    pub masked_values: u64,
    /// The names of fields that contain such a value and were kept, since the app could not read the events without them. At
    /// most twenty are listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept_names: Vec<String>,
    /// The types of events that contain such a value: a type stays as it is. At most twenty are listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept_types: Vec<String>,
    /// The size in bytes.
    pub bytes: u64,
    /// True if the event has more causes than are followed, so that earlier ones are missing.
    pub has_more_causes: bool,
}

impl BugReported {
    /// Says which names of fields and types of events contain a masked value and were kept, if any do.
    pub fn kept_text(&self) -> Option<String> {
        let kept = |names: &[String], one: &str, several: &str| match names {
            [] => None,
            [name] => Some(format!("the {one} {name} contains a masked value and was kept")),
            names => Some(format!("the {several} {} contain a masked value and were kept", names.join(", "))),
        };
        let names = kept(&self.kept_names, "field name", "field names");
        let types = kept(&self.kept_types, "event type", "event types");
        let texts: Vec<String> = names.into_iter().chain(types).collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    }
}

/// The events of a report, as far as they were read.
struct Chosen<'m> {
    /// Their sequences in the space that they are from. The index is that in the report, from 0.
    sequences: Vec<SpaceSequence>,
    masks: Masks<'m>,
}

/// Checks that a bug report can be written, without writing it: its events are there and undamaged, and have the fields that
/// are masked.
///
/// # Errors
/// As [`ExportBugReport`], as far as they can be foreseen.
pub fn try_bug_report(
    store: &Store,
    apps: &Apps,
    space: &Space,
    bug_report: &BugReport,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let found = store.events().space(space.space_id)?.ok_or_else(|| unknown(&space.space_name))?;
    Writing::begin(store, apps, (space, found.head.last_sequence), bug_report, watch).map(drop)
}

/// Writes a bug report of a space.
fn write(
    store: &Store,
    apps: &Apps,
    space: &Space,
    bug_report: &BugReport,
    out: &mut dyn Write,
    watch: &mut Watch<'_>,
) -> Result<BugReported> {
    let _span = info_span!("bug_report", space = space.space_name).entered();
    let gone = || unknown(&space.space_name);
    let redactions = || store.events().redactions(Some(space.space_id));
    let before = redactions()?;
    let last = store.events().space(space.space_id)?.ok_or_else(gone)?.head.last_sequence;
    let written = Writing::begin(store, apps, (space, last), bug_report, watch).and_then(|writing| {
        if bug_report.as_test { writing.test(apps, out, watch) } else { writing.export(apps, out, watch) }
    });
    // A delete or a redaction that started meanwhile explains what is missing.
    store.events().space(space.space_id)?.ok_or_else(gone)?.space.check_open()?;
    if before % 2 == 1 || redactions()? != before {
        return Err(StoreError::RedactedMeanwhile { space: space.space_name.clone() }.into());
    }
    written
}

/// Called with a masked event, its cause, and the pause within large values.
type VisitMasked<'a> = dyn FnMut(&Event, Option<&Event>, &mut Pause<'_>) -> Result<()> + 'a;

struct Writing<'a> {
    store: &'a Store,
    space: &'a Space,
    bug_report: &'a BugReport,
    selection: Selection<'a>,
    chosen: Chosen<'a>,
}

impl<'a> Writing<'a> {
    /// Reads the events for the first time.
    fn begin(
        store: &'a Store,
        apps: &Apps,
        (space, last): (&'a Space, SpaceSequence),
        bug_report: &'a BugReport,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        space.check_open()?;
        let selection = Selection::new(store, space, last, &bug_report.subject)?;
        let (mut sequences, mut fields) = (Vec::new(), MaskedFields::new(&bug_report.masks));
        selection.each(watch, &mut |event, pause| {
            check_intact(event)?;
            if bug_report.as_test && sequences.len() as u64 >= code::MOST_EVENTS {
                return Err(ExportError::BeyondTest { most: code::MOST_EVENTS }.into());
            }
            sequences.push(event.space_sequence);
            fields.take(event, pause)
        })?;
        if sequences.is_empty() {
            let (space, subject) = (space.space_name.clone(), bug_report.subject.clone());
            return Err(ExportError::NoEvents { space, subject }.into());
        }
        let app = apps.of(store, space)?;
        let fields_of_app = app.iter().flat_map(|app| app.commands()).flat_map(|command| command.fields);
        let names = fields_of_app.map(|field| field.name).collect();
        let chosen = Chosen { sequences, masks: fields.finish(names)? };
        Ok(Self { store, space, bug_report, selection, chosen })
    }

    /// Writes the events as an export.
    fn export(self, apps: &Apps, out: &mut dyn Write, watch: &mut Watch<'_>) -> Result<BugReported> {
        let count = self.chosen.sequences.len() as u64;
        let (space, store_id) = (self.space_of_report(apps)?, self.store.events().store_id()?);
        let damaged = |reason| ExportError::Damaged { what: "the space".to_owned(), reason };
        let mut writer = Writer::new(out);
        let header = Header::of(store_id, &space, count, &[]).map_err(damaged)?;
        writer.put(&Line::Header(header), &mut || Ok(()))?;
        self.each_event(watch, &mut |event, cause, pause| {
            let event = event.checked_between(pause)?;
            writer.put(&Line::Event(EventLine::of(&event, cause, pause)?), pause)?;
            if writer.gathered() >= GATHER { writer.write() } else { Ok(()) }
        })?;
        writer.put(&Line::End(End::of(count, 0, 0)), &mut || Ok(()))?;
        let bytes = writer.finish()?;
        Ok(self.reported(space.space_name, bytes))
    }

    /// Writes the events as a test.
    fn test(self, apps: &Apps, out: &mut dyn Write, watch: &mut Watch<'_>) -> Result<BugReported> {
        // Its error names the app that is not known.
        let content = open_space(self.store, apps, self.space.clone())?;
        let app = apps.named(content.app().name());
        let mut events = Vec::new();
        self.each_event(watch, &mut |event, _, _| {
            events.push(event.clone());
            Ok(())
        })?;
        let about = format!("{} of {}", self.subject(), self.chosen.masks.replaced(&self.space.space_name));
        let masked: Vec<String> = self.bug_report.masks.iter().map(ToString::to_string).collect();
        let text =
            app.map_or(Ok(String::new()), |app| code::test(&app, &events, &code::Heading { about, masked }))?;
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(ExportError::from)?;
        Ok(self.reported(self.name(), text.len() as u64))
    }

    fn reported(&self, report: String, bytes: u64) -> BugReported {
        let (events, masked_values) = (self.chosen.sequences.len() as u64, self.chosen.masks.values());
        BugReported {
            space: self.space.clone(),
            report,
            events,
            masked_values,
            kept_names: self.chosen.masks.kept_names(),
            kept_types: self.chosen.masks.kept_types(),
            bytes,
            has_more_causes: self.selection.has_more_causes,
        }
    }

    /// Passes the events of the report to `visit`, each with its cause if that is one of them.
    fn each_event(&self, watch: &mut Watch<'_>, visit: &mut VisitMasked<'_>) -> Result<()> {
        let mut at = 0;
        self.selection.each(watch, &mut |event, pause| {
            check_intact(event)?;
            let cause =
                event.causation_id.map(|cause| self.store.events().event(cause)).transpose()?.flatten();
            let inside = cause.as_ref().and_then(|cause| self.copied(cause, event));
            let missing = event.causation_id.filter(|_| inside.is_none());
            let missing = missing.map(|id| outside(event, id, cause.as_ref()));
            let masked = self.chosen.masks.masked(event, pause)?;
            at += 1;
            let masked = Event {
                metadata: Some(noted(&masked, missing)),
                space_sequence: SpaceSequence(at),
                causation_id: inside.as_ref().map(|cause| cause.event_id),
                ..masked
            };
            visit(&masked, inside.as_ref(), pause)
        })
    }

    /// Returns a cause with its sequence in the report, if it is one of the earlier events there.
    fn copied(&self, cause: &Event, event: &Event) -> Option<Event> {
        let is_earlier = cause.space_id == event.space_id && cause.space_sequence < event.space_sequence;
        let index = self.chosen.sequences.binary_search(&cause.space_sequence).ok().filter(|_| is_earlier)?;
        Some(Event { space_sequence: SpaceSequence(index as u64 + 1), ..cause.clone() })
    }

    /// Returns the space that an import creates.
    fn space_of_report(&self, apps: &Apps) -> Result<Space> {
        let app = apps.of(self.store, self.space)?.map(|app| app.name());
        let app = app.map(str::to_owned).or_else(|| self.space.app_name().map(Into::into));
        let metadata = app.map_or_else(SpaceMetadata::default, |app| SpaceMetadata::of_app(&app));
        let origin = ReportOrigin {
            space_name: self.chosen.masks.replaced(&self.space.space_name).into_owned(),
            space_id: self.space.space_id,
            store_id: self.store.events().store_id()?,
            subject: self.subject(),
            sequence: SpaceSequence(self.chosen.sequences.len() as u64),
            masked: self.bug_report.masks.iter().map(ToString::to_string).collect(),
        };
        let metadata = Some(metadata.with_bug_report(&origin));
        Ok(Space { space_name: self.name(), metadata, ..self.space.clone() })
    }

    /// Returns the subject with stand-ins.
    fn subject(&self) -> ReportSubject {
        let masks = &self.chosen.masks;
        match &self.bug_report.subject {
            ReportSubject::Event(event_id) => ReportSubject::Event(*event_id),
            ReportSubject::Entity(entity_id) => ReportSubject::Entity(masks.replaced(entity_id).into_owned()),
            ReportSubject::Correlation(id) => ReportSubject::Correlation(masks.correlation(*id)),
        }
    }

    /// Returns the name of the space: that of its origin, with the subject: `crm_acme@c30`. It differs from the usual name of
    /// a fork, and is not taken where the origin is.
    fn name(&self) -> String {
        let subject = match self.subject() {
            ReportSubject::Event(event_id) => format!("event-{event_id}"),
            ReportSubject::Entity(entity_id) if is_plain(&entity_id) => entity_id,
            ReportSubject::Entity(_) => "entity".to_owned(),
            ReportSubject::Correlation(id) => format!("correlation-{}", &id.to_string()[..8]),
        };
        let name = self.chosen.masks.replaced(&self.space.space_name);
        let room = LONGEST_SPACE_NAME.saturating_sub(subject.chars().count() + 1);
        format!("{}@{subject}", name.chars().take(room).collect::<String>())
    }
}

/// Returns true if an entity's id may be a part of a name: short, and neither a number, which would be a sequence, nor
/// with characters to be quoted.
fn is_plain(entity_id: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    entity_id.chars().count() <= LONGEST_ENTITY
        && entity_id.chars().all(is_word)
        && !entity_id.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the metadata of an event with a note of its place in the original, and of a cause that is not in the report.
fn noted(event: &Event, cause: Option<Value>) -> Json {
    let mut note = json!({"space_sequence": event.space_sequence, "event_id": event.event_id});
    if let (Some(cause), Some(fields)) = (cause, note.as_object_mut()) {
        fields.insert("cause".to_owned(), cause);
    }
    let metadata = event.metadata.as_ref().map_or("{}", Json::as_str);
    Json::from_stored(with_field(metadata, ORIGINAL, &note.to_string()))
}

/// Describes a cause that is not in the report. Of an event in another space, which may be another tenant's, that is its id
/// alone.
fn outside(event: &Event, cause: EventId, found: Option<&Event>) -> Value {
    match found.filter(|found| found.space_id == event.space_id) {
        Some(found) => json!({
            "event_id": cause,
            "space_sequence": found.space_sequence,
            "event_type": &*found.event_type,
        }),
        None => json!({"event_id": cause}),
    }
}

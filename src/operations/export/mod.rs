//! Exporting a space as JSON lines with checksums, from which it can be imported unchanged.
//!
//! The lines are a header, the events by sequence, the entries of each projection by key, the idempotency keys,
//! and an end with the counts. Projections are exported as they are stored, since an import has no app that could derive
//! them: with their definitions, and even if they are outdated, blocked, or declared by no app. Payloads and values that are JSON on one line are written byte for byte. Others,
//! and those with control characters, are written as strings named `payload_text` and `value_text`.

mod bug_report;
mod chain;
mod embedded;
mod entries;
mod event_ids;
mod file_name;
mod hex;
mod line;
mod new_file;
mod operation;
mod order;
mod writer;

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use tracing::info_span;

use crate::content_store::{Apps, Store, ends, is_on_log};
use crate::error::{Advice, Error, ExportError, Remedy, ReplayError, Result, StoreError};
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{Page, SpaceRecord};
use crate::pstate::{Entry, StoredProjection};
use crate::space::{Head, Space, SpaceState};
use crate::sqlite::{Location, is_database};
use crate::text::counted;

use super::find_space::find_record;
use super::import_original::in_temporary_database;
use super::open_projection::rebuild_of_stored;
use super::redact::TRIES;
use super::remove_rows::has_removed_rows;
use super::{Phase, Progress, Watch, report};
use entries::Entries;
pub(super) use entries::of_space;
use writer::Writer;

pub use bug_report::{BugReport, BugReported, ExportBugReport, ExportBugReportTo, try_bug_report};
pub(super) use chain::Chain;
pub use file_name::file_name;
pub(super) use line::{At, EventLine, Header, Line};
use line::{End, EntityLine, KeyLine};
pub(super) use new_file::NewFile;
pub use operation::{Export, ExportTo};
pub(super) use operation::{NAME, size};
pub(super) use order::{Counts, Order};
pub(super) use writer::LONGEST_EXPORTED_LINE;

/// The most rows read at once.
const READ: usize = 1000;

/// Bytes of gathered lines after which they are written.
const GATHER: usize = 1 << 20;

/// The result of an export.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Exported {
    /// The space.
    #[serde(flatten)]
    pub space: Space,
    /// The number of events.
    pub events: u64,
    /// The number of entries of its projections.
    #[serde(rename = "keys")]
    pub entities: u64,
    /// The number of idempotency keys.
    pub idempotency_keys: u64,
    /// The size of the export in bytes.
    pub bytes: u64,
    /// The number of lines that an import would refuse because they exceed the [limits](crate::limits). An
    /// earlier version stored them.
    pub beyond_limits: u64,
}

impl Exported {
    /// Returns the number of lines, including the header and the end.
    pub fn lines(&self) -> u64 {
        self.events + self.entities + self.idempotency_keys + 2
    }

    /// Returns a warning if the export cannot be imported.
    pub fn warning(&self) -> Option<Advice> {
        let lines = match self.beyond_limits {
            0 => return None,
            count => counted(count, "line is", "lines are"),
        };
        let warning = format!("this export cannot be imported: {lines} beyond today's limits; ");
        Some(Advice::from(warning).remedy(Remedy::Backup).text(" copies the whole database, without limits"))
    }
}

/// Writes a snapshot of a space: its events up to the current last one, its projections with their checkpoints, and
/// its idempotency keys. A space of the Elixir original is written as an [import](crate::operations::import_original())
/// without apps stores it, with the original's own entries.
///
/// Nothing is recorded in the audit log. Run [`ExportTo`](crate::operations::ExportTo) to record it.
///
/// # Errors
/// [`ExportError`]; [`StoreError::UnknownSpace`]; [`StoreError::ProjectionAhead`]; [`ReplayError::Cancelled`]
/// if `watch` breaks.
pub fn export(
    store: &Store,
    space_name: &str,
    out: &mut dyn Write,
    watch: &mut Watch<'_>,
) -> Result<Exported> {
    let _span = info_span!("export", space = space_name).entered();
    write(store, &Apps::default(), &find_record(store, space_name)?.space, out, watch)
}

/// Writes the same to a file, which appears once it is complete and synced. An existing file is replaced only
/// if `replace` is set.
///
/// Nothing is recorded in the audit log. Run [`Export`](crate::operations::Export) to record it.
pub fn export_to_file(
    store: &Store,
    space_name: &str,
    path: &Path,
    replace: bool,
    watch: &mut Watch<'_>,
) -> Result<Exported> {
    let _span = info_span!("export", space = space_name).entered();
    let space = find_record(store, space_name)?.space;
    write_file(store, &Apps::default(), &space, (path, replace), watch)
}

/// Checks by trial that a space could be exported to this file. Leaves nothing behind.
///
/// # Errors
/// [`ExportError::Exists`]; [`ExportError::NotWritable`].
pub fn check_destination(store: &Store, path: &Path, replace: bool) -> Result<()> {
    try_destination(store.location(), path, replace)
}

/// Checks the same without a connection to the database.
pub(crate) fn try_destination(database: Option<&Location>, path: &Path, replace: bool) -> Result<()> {
    NewFile::begin(database, path, replace).map(drop)
}

/// Begins a file that appears once it is complete, and never replaces a database.
pub(super) fn begin_file(store: &Store, path: &Path, replace: bool) -> Result<NewFile> {
    if replace && is_database(path) {
        let reason = "it is a database, and an export never replaces one".to_owned();
        return Err(ExportError::OfOtherDatabase { path: path.to_owned(), reason }.into());
    }
    NewFile::begin(store.location(), path, replace)
}

fn unknown(space_name: &str) -> Error {
    StoreError::unknown_space(space_name).into()
}

/// Writes a space to a file that appears once it is complete, and may replace another export.
pub(super) fn write_file(
    store: &Store,
    apps: &Apps,
    space: &Space,
    (path, replace): (&Path, bool),
    watch: &mut Watch<'_>,
) -> Result<Exported> {
    to_new_file(store, path, replace, &mut |out| write(store, apps, space, out, watch))
}

/// Writes a file that appears once it is complete. It is written again if fields of events were erased meanwhile.
fn to_new_file<T>(
    store: &Store,
    path: &Path,
    replace: bool,
    write: &mut dyn FnMut(&mut dyn Write) -> Result<T>,
) -> Result<T> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let mut file = begin_file(store, path, replace)?;
        match write(&mut file) {
            // The unfinished file is removed, and another one is written.
            Err(Error::Store(StoreError::RedactedMeanwhile { .. })) if tries > 0 => {}
            written => {
                let written = written?;
                file.finish()?;
                return Ok(written);
            }
        }
    }
}

fn write(
    store: &Store,
    apps: &Apps,
    space: &Space,
    out: &mut dyn Write,
    watch: &mut Watch<'_>,
) -> Result<Exported> {
    match store.location().filter(|_| store.is_original()) {
        None => write_stored(store, apps, space, out, watch),
        // What the original stored is no projection of an app: its atoms, lists and checkpoints are others.
        Some(files) => {
            let written = in_temporary_database(files, apps, space, watch, &mut |store, space, watch| {
                write_stored(store, apps, space, out, watch)
            })?;
            Ok(Exported { space: space.clone(), ..written })
        }
    }
}

fn write_stored(
    store: &Store,
    apps: &Apps,
    space: &Space,
    out: &mut dyn Write,
    watch: &mut Watch<'_>,
) -> Result<Exported> {
    let redactions = || store.events().redactions(Some(space.space_id));
    let before = redactions()?;
    let written = Exporting::begin(store, apps, space, out, watch).and_then(|export| export.write(watch));
    // With two files, the number is odd while the projections have been switched and the events not yet.
    let is_redacted = before % 2 == 1 || redactions()? != before;
    // In this order, because a space whose rows are being removed may be gone the next moment.
    let has_removed_rows = space.state == SpaceState::Deleting && has_removed_rows(store, space.space_id)?;
    let record = store.events().space(space.space_id)?;
    // A delete that started meanwhile may have removed anything.
    match (record, written) {
        (None, _) => Err(unknown(&space.space_name)),
        (Some(record), _) if record.space.state != space.state => match record.space.check_open() {
            Err(error) => Err(error.into()),
            Ok(()) => Err(unknown(&space.space_name)),
        },
        // An interrupted delete was resumed: missing rows are not damage, and the rest is not the whole space.
        (Some(_), _) if has_removed_rows => {
            Err(StoreError::SpaceDeleting { space: space.space_name.clone(), purge: false }.into())
        }
        // The values of the projection were read before the fields were erased from the events, or the other way round.
        (Some(_), Ok(_)) if is_redacted => {
            Err(StoreError::RedactedMeanwhile { space: space.space_name.clone() }.into())
        }
        (Some(_), written) => written,
    }
}

struct Exporting<'a> {
    store: &'a Store,
    /// The same store, for reading the whole log once.
    log: Store,
    space: &'a Space,
    head: Head,
    entries: Entries,
    writer: Writer<'a>,
}

impl<'a> Exporting<'a> {
    /// Fixes the state to be exported: first the projections, then the log, which contains all of its events.
    fn begin(
        store: &'a Store,
        apps: &Apps,
        space: &'a Space,
        out: &'a mut dyn Write,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        if space.state == SpaceState::Importing {
            space.check_open()?;
        }
        let entries = Entries::put_aside(store, space.space_id, &mut |done| {
            report(watch, Progress { phase: Phase::SetAside, done, total: 0, last_event: None, skipped: 0 })
        })?;
        let record: Option<SpaceRecord> = store.events().space(space.space_id)?;
        let head = record.ok_or_else(|| unknown(&space.space_name))?.head;
        for StoredProjection { name, checkpoint, .. } in &entries.projections {
            if checkpoint.sequence > head.last_sequence || !is_on_log(store, space.space_id, checkpoint)? {
                let (checkpoint, last_sequence) = (checkpoint.sequence, head.last_sequence);
                let by = rebuild_of_stored(store, apps, space, name);
                let space = space.space_name.clone();
                return Err(StoreError::ProjectionAhead { space, checkpoint, last_sequence, by }.into());
            }
        }
        let is_long = head.last_sequence.0 > READ as u64;
        let log = if is_long { store.reconnect_to_scan()? } else { store.clone() };
        Ok(Self { store, log, space, head, entries, writer: Writer::new(out) })
    }

    fn write(mut self, watch: &mut Watch<'_>) -> Result<Exported> {
        let (store_id, events) = (self.store.events().store_id()?, self.head.last_sequence.0);
        let header = Header::of(store_id, self.space, events, &self.entries.projections);
        let damaged = |reason| ExportError::Damaged { what: "the space".to_owned(), reason };
        self.writer.put(&Line::Header(header.map_err(damaged)?), &mut || Ok(()))?;
        self.write_events(watch)?;
        self.write_entries(watch)?;
        self.write_keys(watch)?;
        let Counts { events, entities, idempotency_keys } = self.writer.counts();
        self.writer.put(&Line::End(End::of(events, entities, idempotency_keys)), &mut || Ok(()))?;
        let (space, beyond_limits) = (self.space.clone(), self.writer.beyond_limits());
        let bytes = self.writer.finish()?;
        Ok(Exported { space, events, entities, idempotency_keys, bytes, beyond_limits })
    }

    fn write_events(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let mut at = SpaceSequence::START;
        while at < self.head.last_sequence {
            let before = at;
            let last_event = self.gather_events(&mut at, watch)?;
            if at == before {
                ends(self.space.space_id, at, self.head.last_sequence)?;
            }
            self.writer.write()?;
            self.report(last_event, watch)?;
        }
        Ok(())
    }

    /// Gathers the next events after `at`: as many as are read at once, or fewer if they are large.
    fn gather_events(&mut self, at: &mut SpaceSequence, watch: &mut Watch<'_>) -> Result<Option<EventId>> {
        let progress = self.progress(None);
        let Self { store, log, space, head, writer, .. } = self;
        let mut last = None;
        let mut is_enough = false;
        let read = log.events().replay(space.space_id, *at, READ, &mut |event| {
            is_enough = writer.gathered() >= GATHER || event.space_sequence > head.last_sequence;
            if is_enough {
                return Err(ReplayError::cancelled().into());
            }
            put_event(store, writer, event, &mut || report(watch, progress))?;
            (*at, last) = (event.space_sequence, Some(event.event_id));
            Ok(())
        });
        match read {
            Err(_) if is_enough => Ok(last),
            read => read.map(|_| last),
        }
    }

    fn write_entries(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let total = self.progress(None).total;
        while let Some((projection, entry)) = self.entries.next()? {
            let progress = progress(&self.writer, total, None);
            let pause: &mut dyn FnMut() -> Result<()> = &mut || report(watch, progress);
            let checked = match entry.value.checked_between(pause)? {
                Cow::Owned(value) => Some(value),
                Cow::Borrowed(_) => None,
            };
            let entry = match checked {
                Some(value) => Entry { value, ..entry },
                None => entry,
            };
            self.writer.put(&Line::Entity(EntityLine::of(projection, &entry, pause)?), pause)?;
            if self.writer.gathered() >= GATHER {
                self.writer.write()?;
                self.report(None, watch)?;
            }
        }
        self.writer.write()?;
        self.report(None, watch)
    }

    fn write_keys(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let mut after = None;
        loop {
            let page =
                self.store.events().remembered_page(self.space.space_id, Page::forward(after, READ))?;
            for (key, remembered) in &page {
                // Keys of later events are not part of the snapshot.
                if remembered.space_sequence <= self.head.last_sequence {
                    self.writer.put(&Line::Key(KeyLine::of(key, remembered)), &mut || Ok(()))?;
                }
            }
            self.writer.write()?;
            self.report(None, watch)?;
            if page.len() < READ {
                return Ok(());
            }
            after = page.into_iter().next_back().map(|(key, _)| key);
        }
    }

    fn report(&self, last_event: Option<EventId>, watch: &mut Watch<'_>) -> Result<()> {
        report(watch, self.progress(last_event))
    }

    fn progress(&self, last_event: Option<EventId>) -> Progress {
        let total = self.head.last_sequence.0 + self.entries.count();
        progress(&self.writer, total, last_event)
    }
}

/// Returns the progress after the lines that were put so far.
fn progress(writer: &Writer<'_>, total: u64, last_event: Option<EventId>) -> Progress {
    let counts = writer.counts();
    let done = counts.events + counts.entities;
    Progress { phase: Phase::Export, done, total, last_event, skipped: 0 }
}

/// Puts the line of an event. Calls `pause` between the pieces of a long one.
fn put_event(
    store: &Store,
    writer: &mut Writer<'_>,
    event: &Event,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<()> {
    check_intact(event)?;
    let cause = match event.causation_id {
        Some(cause) if cause < event.event_id => store.events().event(cause)?,
        _ => None,
    };
    let event = event.checked_between(pause)?;
    writer.put(&Line::Event(EventLine::of(&event, cause.as_ref(), pause)?), pause)
}

/// Refuses an event that differs from what was appended.
fn check_intact(event: &Event) -> Result<()> {
    if event.intact {
        return Ok(());
    }
    let what = format!("event {} (sequence {})", event.event_id, event.space_sequence);
    let reason = "its checksum does not match: the database is damaged there".to_owned();
    Err(ExportError::Damaged { what, reason }.into())
}

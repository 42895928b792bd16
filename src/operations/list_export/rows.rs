//! The rows of a list, read page by page.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::audit::OperationId;
use crate::content_store::CurrentForms;
use crate::error::Result;
use crate::event::{Event, EventId};
use crate::event_store::Page;
use crate::operations::lists::{
    BlockingSearch, ListedCheckpoint, ListedEntry, ListedEvent, ListedOperation, ListedPeriod, ListedSpace,
    ListedTraced, SpaceNames,
};
use crate::operations::{
    ActivityWindow, DamagedSpaces, OperationContext, Pause, Phase, Position, Progress, Scope, Search,
    SpaceActivity, SpaceOverview, StatsOptions, TraceTree, Watch, add_first_times, audit_subject,
    is_event_match, leading_to_matches, overviews_of, projection_named, read_trace, report, search_entries,
    space_stats,
};
use crate::pstate::ProjectionId;
use crate::query::Query;
use crate::space::SpaceId;
use crate::timestamp::Timestamp;

use super::StoreList;
use super::writer::RowWriter;

/// The most rows of a page.
const PAGE: usize = 500;

/// The most events or keys examined between two reports of the progress: some milliseconds of work, after which the export
/// can be cancelled.
const BUDGET: usize = 2_000;

/// Reads the rows of a list, and writes them.
pub(super) struct Rows<'a, 'w> {
    pub(super) context: OperationContext<'a>,
    pub(super) watch: &'a mut Watch<'w>,
    pub(super) writer: &'a mut RowWriter,
    /// The progress that was last reported.
    pub(super) progress: Progress,
}

/// Facts about the rows.
#[derive(Default)]
pub(super) struct Counts {
    /// The number of damaged events.
    pub(super) damaged: u64,
    /// The spaces that were deleted meanwhile.
    pub(super) deleted: Vec<String>,
    /// The damaged spaces.
    pub(super) spaces: DamagedSpaces,
}

impl Rows<'_, '_> {
    pub(super) fn write(mut self, list: &StoreList) -> Result<Counts> {
        match list {
            StoreList::Events { scope, query } => self.events(*scope, query),
            StoreList::Trace { event_id, look, query } => self.trace((*event_id, *look), query),
            StoreList::Entries { space_id, projection, text } => {
                self.entries(ProjectionId::new(*space_id, projection), text)
            }
            StoreList::Spaces(ids) => self.spaces(ids),
            StoreList::Checkpoints(ids) => self.checkpoints(ids),
            StoreList::Activity { space_id, window } => self.activity(*space_id, window),
            StoreList::AuditLog { space, text } => self.audit_log(space.as_deref(), text),
        }
    }

    fn report(&mut self, done: u64, total: u64, last_event: Option<EventId>) -> Result<()> {
        self.progress = Progress { phase: Phase::Export, done, total, last_event, skipped: 0 };
        report(self.watch, self.progress)
    }

    /// Reports the same progress again, between the pieces of a large value.
    fn ask(&mut self) -> Result<()> {
        report(self.watch, self.progress)
    }

    /// Writes a row, and reports the same progress between the pieces of a large one.
    fn put<T: Serialize>(&mut self, row: impl FnOnce(&mut Pause<'_>) -> Result<T>) -> Result<()> {
        let Self { watch, writer, progress, .. } = self;
        let pause: &mut Pause<'_> = &mut || report(watch, *progress);
        let row = row(pause)?;
        writer.put(&row, pause)
    }

    /// Writes events up to the last one at this moment: others may append faster than they are written. The progress is the
    /// position that was reached.
    fn events(&mut self, scope: Scope, query: &Query) -> Result<Counts> {
        let OperationContext { store, apps, .. } = self.context;
        let last = match scope {
            Scope::All => store.events().last_event_id()?.0,
            Scope::Space(id) => store.events().space(id)?.map_or(0, |record| record.head.last_sequence.0),
        };
        let forms = CurrentForms::new(store, apps);
        let search = Search::new(store.events(), scope, query.resolve(store.clock().now()))?.in_forms(&forms);
        let (mut names, mut counts) = (SpaceNames::default(), Counts::default());
        let mut after: Option<Position> = None;
        loop {
            let page = Page::forward(after, PAGE);
            let found = search.page(store.events(), page, BUDGET, &mut || self.ask())?;
            let earlier = found.events.iter().take_while(|event| scope.position(event).0 <= last);
            names.read(store, found.events.iter().map(|event| event.space_id))?;
            let mut last_event = None;
            for event in earlier {
                let space_name = names.of(store, event.space_id)?;
                self.put(|pause| ListedEvent::of(space_name, event, &forms).prepared(pause))?;
                counts.damaged += u64::from(!event.intact);
                last_event = Some(event.event_id);
            }
            after = found.reached;
            let reached = after.map_or(0, |at| at.0).min(last);
            let is_over = found.ended || reached == last;
            self.report(if is_over { last } else { reached }, last, last_event)?;
            if is_over {
                break;
            }
        }
        if scope == Scope::All {
            (counts.deleted, counts.spaces) = names.gone(store)?;
            counts.spaces.note_unlisted(&store.events().unlisted_spaces(PAGE)?);
        }
        Ok(counts)
    }

    /// Writes the tree of causes and effects of an event, as far as it matches a query or leads to an event that does. The progress
    /// is the number of events in it.
    fn trace(&mut self, (event_id, look): (EventId, usize), query: &Query) -> Result<Counts> {
        let OperationContext { store, apps, .. } = self.context;
        let mut tree = TraceTree::of(event_id, look);
        let mut known: HashMap<EventId, Event> = HashMap::new();
        while let Some(step) = tree.next_step() {
            let found = read_trace(store.events(), step)?;
            tree.add(&found);
            known.extend(found.events.into_iter().map(|event| (event.event_id, event)));
            self.report(0, tree.len() as u64, None)?;
        }
        let forms = CurrentForms::new(store, apps);
        let (mut names, mut counts) = (SpaceNames::default(), Counts::default());
        let criteria = query.resolve(store.clock().now());
        let order = tree.in_order();
        let mut matches = Vec::with_capacity(order.len());
        for (depth, id) in &order {
            let event = known.get(id);
            let is_match =
                event.map_or(Ok(false), |event| is_event_match(&criteria, &forms, event, &mut || self.ask()));
            matches.push((*depth, is_match?));
        }
        let leads = leading_to_matches(matches.into_iter());
        for (done, ((depth, event_id), _)) in
            order.into_iter().zip(leads).filter(|(_, leads)| *leads).enumerate()
        {
            let Some(event) = known.remove(&event_id) else { continue };
            let name = names.of(store, event.space_id)?;
            self.put(|pause| {
                let event = ListedEvent::of(name, &event, &forms).prepared(pause)?;
                Ok(ListedTraced { depth, event })
            })?;
            counts.damaged += u64::from(!event.intact);
            if done.is_multiple_of(PAGE) {
                self.report(done as u64, tree.len() as u64, Some(event_id))?;
            }
        }
        self.report(tree.len() as u64, tree.len() as u64, None)?;
        (counts.deleted, counts.spaces) = names.gone(store)?;
        counts.spaces.note_unlisted(&store.events().unlisted_spaces(PAGE)?);
        Ok(counts)
    }

    /// Writes the keys of a projection. The progress is the number of keys examined.
    fn entries(&mut self, id: ProjectionId<'_>, text: &str) -> Result<Counts> {
        let OperationContext { store, apps, .. } = self.context;
        let projection = projection_named(store, apps, id)?;
        let total = store.pstate().checkpoint(id)?.entities;
        let (mut after, mut searched) = (None, 0);
        loop {
            let page = Page::forward(after, PAGE);
            let found = search_entries(&projection, ("", text), page, BUDGET, &mut || self.ask())?;
            for entry in &found.entries {
                self.put(|pause| ListedEntry::of(id.name, entry).prepared(pause))?;
            }
            searched += found.searched;
            after = found.reached;
            self.report(searched, total.max(searched), None)?;
            if found.ended {
                return Ok(Counts::default());
            }
        }
    }

    fn spaces(&mut self, ids: &[SpaceId]) -> Result<Counts> {
        let (mut counts, mut done) = (Counts::default(), 0);
        for page in ids.chunks(PAGE) {
            for space in self.overviews(page, &mut counts)? {
                self.put(|_| Ok(ListedSpace::of(&space)))?;
            }
            done += page.len() as u64;
            self.report(done, ids.len() as u64, None)?;
        }
        Ok(counts)
    }

    fn checkpoints(&mut self, ids: &[SpaceId]) -> Result<Counts> {
        let OperationContext { store, apps, .. } = self.context;
        let (mut counts, mut done) = (Counts::default(), 0);
        let mut blocking = BlockingSearch::begin();
        for page in ids.chunks(PAGE) {
            let mut spaces = self.overviews(page, &mut counts)?;
            add_first_times(store, &mut spaces)?;
            for mut space in spaces {
                blocking.note(store, apps, &mut space)?;
                for projection in &space.projections {
                    self.put(|_| Ok(ListedCheckpoint::of(&space, projection)))?;
                }
                // Up to a thousand events of each space are tried.
                done += 1;
                self.report(done, ids.len() as u64, None)?;
            }
        }
        Ok(counts)
    }

    /// Writes the events of a space by period and type. The progress is the number of events read.
    fn activity(&mut self, space_id: SpaceId, window: &ActivityWindow) -> Result<Counts> {
        let store = self.context.store;
        let mut counts = Counts::default();
        let Some(overview) = self.overviews(&[space_id], &mut counts)?.pop() else { return Ok(counts) };
        let last = Timestamp(window.end().0.saturating_sub(1));
        let periods =
            StatsOptions { periods: window.periods, unit: Some(window.unit), ..StatsOptions::default() };
        let options = StatsOptions { until: Some(last), ..periods.exact() };
        let stats = space_stats(store, overview, &options, self.watch)?;
        let window = stats.activity.as_ref().map(SpaceActivity::window);
        for (period, window) in
            window.iter().flat_map(|window| (0..window.periods).map(move |at| (at, window)))
        {
            for of_type in &stats.types.counts {
                let events = of_type.by_period.get(period).copied().unwrap_or(0);
                if events > 0 {
                    let row = ListedPeriod {
                        space_name: &stats.overview.space.space_name,
                        period: window.start(period),
                        unit: window.unit,
                        event_type: &of_type.event_type,
                        events,
                    };
                    self.put(|_| Ok(row))?;
                }
            }
        }
        self.report(stats.events, stats.events, None)?;
        Ok(counts)
    }

    /// Reads spaces, in this order.
    fn overviews(&self, ids: &[SpaceId], counts: &mut Counts) -> Result<Vec<SpaceOverview>> {
        let OperationContext { store, apps, .. } = self.context;
        let found = overviews_of(store, apps, ids)?;
        let mut found: BTreeMap<SpaceId, SpaceOverview> =
            found.into_iter().map(|space| (space.space.space_id, space)).collect();
        let mut spaces = Vec::with_capacity(ids.len());
        for id in ids {
            match found.remove(id) {
                Some(space) => {
                    counts.spaces.note(&space.space, space.fault.as_ref());
                    spaces.push(space);
                }
                None => counts.deleted.push(id.to_string()),
            }
        }
        Ok(spaces)
    }

    /// Writes the entries of the audit log that contain a text, latest first. The progress is that of their ids.
    fn audit_log(&mut self, space: Option<&str>, text: &str) -> Result<Counts> {
        let store = self.context.store;
        let about = space.map(|space| audit_subject(store, space)).transpose()?;
        let (mut before, mut latest) = (None, 0);
        loop {
            let entries = store.audit_log().page(about.as_ref(), Page::backward(before, PAGE))?;
            for entry in entries.iter().filter(|entry| entry.contains(text)) {
                self.put(|_| Ok(ListedOperation::of(entry)))?;
            }
            if let (None, Some(OperationId(first))) =
                (before, entries.first().map(|entry| entry.operation_id))
            {
                latest = first;
            }
            before = entries.last().map(|entry| entry.operation_id);
            let is_over = entries.len() < PAGE;
            let left = before.filter(|_| !is_over).map_or(0, |OperationId(id)| id);
            self.report(latest.saturating_sub(left), latest, None)?;
            if is_over {
                return Ok(Counts::default());
            }
        }
    }
}

//! Checking one space: its state, log, idempotency keys and projection.

use crate::error::{Remedy, Result};
use crate::event::Event;
use crate::event_store::{ChangedColumn, EndFault, MovedRows, Page, SpaceFault, SpaceRecord};
use crate::operations::Watch;
use crate::space::{Space, SpaceId, SpaceState};

use super::super::interruptible::run_interruptible;
use super::Checking;
use super::damage::{Damage, is_derived};
use super::fault::Fault;
use super::log::{self, Scan};
use super::projection::REBUILD;

/// Rows read at once.
const READ: usize = 1000;

impl Checking<'_> {
    /// Checks all rows of a space, registered or not.
    pub(super) fn space(&mut self, space_id: SpaceId, watch: &mut Watch<'_>) -> Result<()> {
        let record = self.store.events().spaces_of(&[space_id]).map(|mut found| found.pop());
        let name = match &record {
            // No command line can contain a NUL.
            Ok(Some(record)) if !record.space.space_name.contains('\0') => record.space.space_name.clone(),
            _ => space_id.to_string(),
        };
        self.found.begin(space_id, name);
        match self.found.attempt("its row", Remedy::Restore, record)? {
            Some(Some(_)) => {
                let result = self.registered_as_one(space_id, watch);
                self.found.attempt("the space", Remedy::Restore, result)?;
            }
            Some(None) => self.unregistered(space_id)?,
            None => {}
        }
        self.found.end();
        Ok(())
    }

    pub(super) fn registered(&mut self, record: &SpaceRecord, watch: &mut Watch<'_>) -> Result<()> {
        let space = &record.space;
        self.checked.spaces += 1;
        if space.state != SpaceState::Open {
            return self.under_way(space);
        }
        let faults = self.store.events().registry_faults(space.space_id)?;
        let changed = match faults.is_empty() {
            true => Vec::new(),
            false => self.store.events().changed_registry(space.space_id)?,
        };
        let faults = faults.into_iter().filter(|_| changed.is_empty());
        for ChangedColumn { column, stored, expected } in changed.iter().cloned() {
            self.found.add(Damage::RegistryColumn { column, stored, expected });
        }
        for (column, reason) in faults {
            self.found.add(Damage::Registry { column, reason });
        }
        if let Some(time) = record.head.last_timestamp
            && time.is_ahead_of(self.store.clock().now())
        {
            self.found.note(Fault::Damaged(Damage::AheadOfClock { time }));
        }
        self.original_space(space)?;
        let is_counted = match record.fault.clone() {
            Some(SpaceFault::NoCounters) => {
                self.found.add(Damage::NoCounters);
                false
            }
            Some(SpaceFault::Counters(detail)) => {
                let by = Remedy::Check { deep: false, repair: true };
                self.found.add(Damage::Unreadable { what: "its counters", detail, by });
                false
            }
            Some(SpaceFault::Row(_) | SpaceFault::OtherId(_) | SpaceFault::Other(_)) | None => true,
        };
        let end = self.store.events().end_fault(space.space_id);
        let end = self.found.attempt("the end of its shard", Remedy::Restore, end)?;
        if let Some(EndFault { committed, stored }) = end.flatten() {
            self.found.add(Damage::ShardEnd { committed, stored });
        }
        let scan = self.log(record, is_counted, watch)?;
        // Restored keys are checked after the repair.
        if !self.stored_keys(space.space_id, watch)? {
            self.idempotency_keys(space.space_id, watch)?;
        }
        // Without counters, nothing opens the space. With restored types, projections are checked after the repair.
        if is_counted && scan.changed_types != Some(true) {
            let result = self.projections(space, &scan, watch);
            self.found.attempt("the projections", REBUILD, result)?;
            if self.options.deep {
                self.entity_index(space.space_id, watch)?;
                if !self.found.projections_damaged && !self.is_being_redacted(space.space_id) {
                    self.fold(space, &scan, watch)?;
                }
            }
        }
        // A delete or an import that started meanwhile changes the rows that were checked.
        let now = self.store.events().spaces_of(&[space.space_id]).ok().and_then(|mut found| found.pop());
        if now.is_none_or(|record| record.space.state != SpaceState::Open) {
            self.found.discard_current();
        }
        Ok(())
    }

    /// Reports a closed space that no running operation works on: it was abandoned.
    fn under_way(&mut self, space: &Space) -> Result<()> {
        let is_left = !self.is_worked_on(space.space_id)?
            && self
                .store
                .events()
                .space(space.space_id)?
                .is_some_and(|record| record.space.state == space.state);
        match space.state {
            SpaceState::Deleting if is_left => self.found.add(Damage::LeftDeleting),
            SpaceState::Importing if is_left => self.found.add(Damage::LeftImporting),
            _ => {}
        }
        Ok(())
    }

    fn log(&mut self, record: &SpaceRecord, is_counted: bool, watch: &mut Watch<'_>) -> Result<Scan> {
        let Self { store, found, checked, tally, upcasting, known_types, .. } = self;
        let space_id = record.space.space_id;
        let app = upcasting.of(self.apps.of(store, &record.space).ok().flatten());
        let mut look = |event: &Event| {
            checked.events += 1;
            app.into_iter().for_each(|app| upcasting.look(app, event));
        };
        let mut step = |sequences, last_event| tally.advance(sequences, Some(last_event), watch);
        let mut scan = log::scan(store, space_id, &record.head, found, known_types, (&mut look, &mut step))?;
        let now = found.attempt(
            "its counters",
            Remedy::Check { deep: false, repair: true },
            store.events().space(space_id),
        )?;
        if let Some(Some(now)) = now.filter(|_| is_counted && store.events().stores_counters()) {
            scan.compare(&record.head, &now.head, found);
        }
        Ok(scan)
    }

    fn idempotency_keys(&mut self, space_id: SpaceId, watch: &mut Watch<'_>) -> Result<()> {
        let events = self.store.events();
        let mut after = None;
        loop {
            let page = events.remembered_page(space_id, Page::forward(after, READ));
            let Some(page) = self.found.attempt("the idempotency keys", Remedy::Restore, page)? else {
                return Ok(());
            };
            for (key, remembered) in &page {
                for event_id in &remembered.event_ids {
                    // An unreadable event was reported before.
                    let exists = events
                        .event(*event_id)
                        .map(|event| event.is_some_and(|event| event.space_id == space_id));
                    if !exists.unwrap_or(true) {
                        self.found.add(Damage::IdempotencyKey { key: key.clone(), event_id: *event_id });
                    }
                }
            }
            self.tally.advance(0, None, watch)?;
            after = page.last().map(|(key, _)| key.clone());
            if page.len() < READ {
                return Ok(());
            }
        }
    }

    /// Checks that no idempotency key was changed, removed or added by another program. Returns true if a repair restores all of them.
    fn stored_keys(&mut self, space_id: SpaceId, watch: &mut Watch<'_>) -> Result<bool> {
        let events = self.store.events();
        let faults = run_interruptible(events, self.tally.progress(), watch, || events.key_faults(space_id));
        let faults = self.found.attempt("the idempotency keys", Remedy::Restore, faults)?;
        let Some(faults) = faults.filter(|faults| !faults.is_empty()) else { return Ok(false) };
        if self.restorable_keys.is_none() {
            let restorable =
                run_interruptible(events, self.tally.progress(), watch, || events.restorable_keys());
            self.restorable_keys = self.found.attempt("the idempotency keys", Remedy::Restore, restorable)?;
        }
        let is_lost = self.restorable_keys.as_ref().is_none_or(|spaces| !spaces.contains(&space_id));
        for reason in faults {
            self.found.add(Damage::IdempotencyKeys { reason, is_lost });
        }
        Ok(!is_lost)
    }

    fn entity_index(&mut self, space_id: SpaceId, watch: &mut Watch<'_>) -> Result<()> {
        let events = self.store.events();
        let entries =
            run_interruptible(events, self.tally.progress(), watch, || events.index_faults(space_id));
        match self.found.attempt("the entity index", Remedy::Restore, entries)? {
            Some(entries) if entries > 0 => self.found.add(Damage::EntityIndex { entries }),
            _ => {}
        }
        Ok(())
    }

    /// Reports rows of a space that is not registered.
    fn unregistered(&mut self, space_id: SpaceId) -> Result<()> {
        let events = self.store.events().residue(space_id);
        let projections = self.store.pstate().residue(space_id);
        let events = self.found.attempt("its rows", Remedy::Restore, events)?.unwrap_or_default();
        let projections = self.found.attempt("its rows", Remedy::Restore, projections)?.unwrap_or_default();
        let number = i64::from(space_id.0);
        let is_moved = |table: &str, rows: u64| {
            let is_it = |moved: &MovedRows| moved.table == table && moved.stored_in == number;
            self.moved.iter().any(|moved| is_it(moved) && moved.rows == rows)
        };
        // With its name, the space gets back all that belongs to it.
        let is_of_lost = |(table, rows): &(String, u64)| {
            *rows > 0 && !is_derived(table) && table != "subscriptions" && !is_moved(table, *rows)
        };
        let is_lost = events.iter().any(is_of_lost);
        let is_reported = self.spaces_of_subscriptions.contains(&space_id);
        let events = events.into_iter().filter(|(table, _)| !is_reported || table != "subscriptions");
        let rows = events.chain(projections).map(|(table, rows)| (is_moved(&table, rows), table, rows));
        for (is_moved, table, rows) in rows.collect::<Vec<_>>() {
            let damage = Damage::NoSpace { table, rows };
            match (is_lost, is_moved) {
                (true, _) => self.found.add_lost(damage),
                (false, true) => self.found.add_moved(damage),
                (false, false) => self.found.add(damage),
            }
        }
        // A space that was just created is registered by now.
        if self.store.events().spaces_of(&[space_id]).is_ok_and(|found| !found.is_empty()) {
            self.found.discard_current();
        }
        Ok(())
    }
}

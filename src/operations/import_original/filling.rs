//! Filling spaces in turn, and opening them once they are complete.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::content_store::{App, Apps, DeclaredProjection};
use crate::engines::elixir::SourceSpace;
use crate::error::{Error, Result};
use crate::operations::Watch;
use crate::operations::new_space::{MEMORY, complete_or_removed, free_name, in_doubt, removed};
use crate::operations::operation_mark::OperationMark;
use crate::space::Space;

use super::moving::{Moving, Reached, TurnContext};
use super::schedule::{Turn, each_turn};
use super::{ImportedOriginalSpace, Importing, OriginalPlan, PlannedSpace};

/// The projections that the apps of the spaces declare, by app.
pub(super) struct Declared(BTreeMap<String, (Arc<dyn App>, Vec<DeclaredProjection>)>);

impl Declared {
    pub fn by(apps: &Apps, plan: &OriginalPlan) -> Result<Self> {
        let mut declared = BTreeMap::new();
        for name in plan.spaces.iter().filter_map(|space| space.app.as_deref()) {
            if let Some(app) = apps.named(name).filter(|_| !declared.contains_key(name)) {
                let projections = DeclaredProjection::all_of(&*app)?;
                declared.insert(name.to_owned(), (app, projections));
            }
        }
        Ok(Self(declared))
    }

    fn of(&self, space: &PlannedSpace) -> Option<(&dyn App, &[DeclaredProjection])> {
        let (app, declared) = self.0.get(space.app.as_deref()?)?;
        Some((&**app, declared))
    }
}

/// Spaces that are being filled. They are opened together: an event of one may be the cause of an event of another, and a
/// space that is not open is removed after a failure.
pub(super) struct Filling<'a> {
    importing: Importing<'a>,
    declared: &'a Declared,
    mark: OperationMark,
    planned: BTreeMap<i64, &'a PlannedSpace>,
    reached: Reached,
    done: u64,
    started: BTreeMap<i64, Moving<'a>>,
    opened: Vec<ImportedOriginalSpace>,
}

impl<'a> Filling<'a> {
    pub fn begin(importing: Importing<'a>, declared: &'a Declared) -> Result<Self> {
        let plan = &importing.planned.plan;
        let mut reached = Reached::new();
        for space in &plan.spaces {
            if let Some(events) = space.events_before()
                && let Some(record) = importing.store.events().find_space(&space.space_name)?
            {
                reached.insert(space.original_space_id, (record.space.space_id, events));
            }
        }
        Ok(Self {
            importing,
            declared,
            mark: OperationMark::begin(importing.store),
            planned: plan.to_import().map(|space| (space.original_space_id, space)).collect(),
            reached,
            done: 0,
            started: BTreeMap::new(),
            opened: Vec::new(),
        })
    }

    /// Imports the spaces.
    pub fn run(mut self, watch: &mut Watch<'_>) -> Result<Vec<ImportedOriginalSpace>> {
        let spaces: Vec<SourceSpace> = self.planned.values().map(|space| space.source()).collect();
        let taken = each_turn(&self.importing.original.source, &spaces, &mut |turn| {
            self.take(turn, watch)?;
            if self.started.values().all(Moving::is_complete) { self.open() } else { Ok(()) }
        });
        match taken {
            Ok(()) => Ok(self.opened),
            Err(error) => Err(self.remove_all(error, watch)),
        }
    }

    fn take(&mut self, turn: Turn, watch: &mut Watch<'_>) -> Result<()> {
        let space_id = turn.space.space_id;
        let Some(planned) = self.planned.get(&space_id).copied() else { return Ok(()) };
        if !self.started.contains_key(&space_id) {
            let started = self.begin_space(planned, watch)?;
            self.started.insert(space_id, started);
        }
        // Those that wait for their next turn share the memory.
        let most = MEMORY / self.started.len();
        let Some(moving) = self.started.get_mut(&space_id) else { return Ok(()) };
        let mut turning = TurnContext { reached: &self.reached, done: &mut self.done, watch };
        moving.take(turn, &mut turning)?;
        moving.write_projections(most, &mut turning)?;
        let reached = (moving.space().space_id, moving.events());
        self.reached.insert(space_id, reached);
        Ok(())
    }

    fn begin_space(&self, planned: &'a PlannedSpace, watch: &mut Watch<'_>) -> Result<Moving<'a>> {
        let (importing, mark) = (self.importing, &self.mark);
        let name = &planned.space_name;
        free_name(importing.store, name, mark, watch)?;
        let metadata = Some(planned.metadata(&importing.original.name));
        let events = importing.store.events();
        let space = events.begin_import(name, metadata.as_ref(), planned.created_at, &mark.owner);
        let space = space.map_err(|error| in_doubt(error, name))?;
        let started =
            Moving::begin(importing, planned, space.clone(), mark.token(), self.declared.of(planned));
        complete_or_removed(importing.store, &space, mark, started, watch)
    }

    /// Opens the spaces, all of which are complete, in one commit if the store can.
    fn open(&mut self) -> Result<()> {
        for moving in self.started.values() {
            moving.activate()?;
        }
        let events = self.importing.store.events();
        let Some(group) = events.begin_group()? else {
            // One that is open is not removed if the next one fails.
            while let Some(mut started) = self.started.first_entry() {
                let moving = started.get_mut();
                let unit = events.begin(moving.space().space_id, moving.access())?;
                moving.open(unit).map_err(|error| in_doubt(error, &moving.space().space_name))?;
                self.opened.push(started.remove().into_imported()?);
            }
            return Ok(());
        };
        for moving in self.started.values_mut() {
            moving.open(group.begin(moving.space().space_id, moving.access())?)?;
        }
        group.commit()?;
        for moving in std::mem::take(&mut self.started).into_values() {
            self.opened.push(moving.into_imported()?);
        }
        Ok(())
    }

    /// Removes all spaces that are not open. Returns the error.
    fn remove_all(self, mut error: Error, watch: &mut Watch<'_>) -> Error {
        let Self { importing, mark, started, .. } = self;
        let spaces: Vec<Space> = started.into_values().map(|moving| moving.space().clone()).collect();
        for space in spaces {
            error = removed(importing.store, &space, &mark, error, watch);
        }
        error
    }
}

//! Filling spaces in turn, and opening them once they are complete.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::content_store::{App, Apps, DeclaredProjection};
use crate::engines::elixir::SourceSpace;
use crate::error::{Error, Result};
use crate::operations::Watch;
use crate::operations::new_space::{complete_or_removed, free_name, remove_incomplete, removed};
use crate::operations::operation_mark::OperationMark;
use crate::space::Space;

use super::moving::{Moving, Reached, Turning};
use super::schedule::{Turn, each_turn};
use super::{ImportedOriginalSpace, Importing, OriginalPlan, PlannedSpace};

/// Bytes of state of the projections of all spaces that wait for their next turn.
const MEMORY: usize = 16 << 20;

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
/// space that is not complete is removed after a failure.
pub(super) struct Filling<'a> {
    importing: Importing<'a>,
    declared: &'a Declared,
    mark: OperationMark,
    planned: BTreeMap<i64, &'a PlannedSpace>,
    reached: Reached,
    done: u64,
    started: BTreeMap<i64, Moving<'a>>,
    opened: Vec<ImportedOriginalSpace>,
    /// The spaces that are opened or refused.
    settled: BTreeSet<i64>,
}

impl<'a> Filling<'a> {
    pub fn begin(importing: Importing<'a>, declared: &'a Declared) -> Result<Self> {
        let plan = &importing.planned.plan;
        let mut reached = Reached::new();
        for space in &plan.spaces {
            if let Some(added) = space.added_since()
                && let Some(record) = importing.store.events().find_space(&space.space_name)?
            {
                let events = space.events.saturating_sub(added);
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
            settled: BTreeSet::new(),
        })
    }

    /// Imports the spaces. A space that fails is missing if `refuse` accepts the error.
    pub fn run(
        mut self,
        watch: &mut Watch<'_>,
        refuse: &mut dyn FnMut(&PlannedSpace, Error) -> Result<()>,
    ) -> Result<Vec<ImportedOriginalSpace>> {
        while self.planned.len() > self.settled.len() {
            let left = self.planned.values().filter(|space| !self.settled.contains(&space.original_space_id));
            let left: Vec<SourceSpace> = left.map(|space| space.source()).collect();
            let source = &self.importing.original.source;
            let taken = each_turn(source, &left, &mut |turn| self.turn(turn, watch, refuse));
            if let Err(error) = taken {
                return Err(self.remove_all(error, watch));
            }
        }
        Ok(self.opened)
    }

    /// Takes a turn. Breaks if others have to start again, because their causes were in a space that is refused now.
    fn turn(
        &mut self,
        turn: Turn,
        watch: &mut Watch<'_>,
        refuse: &mut dyn FnMut(&PlannedSpace, Error) -> Result<()>,
    ) -> Result<ControlFlow<()>> {
        let space_id = turn.space.space_id;
        let Some(planned) = self.planned.get(&space_id).copied() else {
            return Ok(ControlFlow::Continue(()));
        };
        if self.settled.contains(&space_id) {
            return Ok(ControlFlow::Continue(()));
        }
        let is_first = !self.started.contains_key(&space_id);
        let mut flow = ControlFlow::Continue(());
        if let Err(error) = self.take(planned, turn, watch) {
            refuse(planned, self.remove(space_id, error, watch))?;
            self.settled.insert(space_id);
            if !is_first {
                self.start_again(watch)?;
                flow = ControlFlow::Break(());
            }
        }
        if self.started.values().all(Moving::is_complete) {
            self.open(watch)?;
        }
        Ok(flow)
    }

    fn take(&mut self, planned: &'a PlannedSpace, turn: Turn, watch: &mut Watch<'_>) -> Result<()> {
        let space_id = planned.original_space_id;
        if !self.started.contains_key(&space_id) {
            let started = self.begin_space(planned, watch)?;
            self.started.insert(space_id, started);
        }
        let most = MEMORY / self.started.len();
        let Some(moving) = self.started.get_mut(&space_id) else { return Ok(()) };
        let mut turning = Turning { reached: &self.reached, done: &mut self.done, watch };
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
        let space = events.begin_import(name, metadata.as_ref(), planned.created_at, &mark.owner)?;
        let started =
            Moving::begin(importing, planned, space.clone(), mark.token(), self.declared.of(planned));
        complete_or_removed(importing.store, &space, mark, started, watch)
    }

    /// Opens the spaces, all of which are complete.
    fn open(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        while let Some((space_id, moving)) = self.started.pop_first() {
            let space = moving.space().clone();
            let opened = complete_or_removed(self.importing.store, &space, &self.mark, moving.open(), watch)?;
            self.opened.push(opened);
            self.settled.insert(space_id);
        }
        Ok(())
    }

    /// Forgets a space that is not open, and returns it.
    fn forget(&mut self, space_id: i64) -> Option<Space> {
        let moving = self.started.remove(&space_id)?;
        self.reached.remove(&space_id);
        self.done -= moving.events();
        Some(moving.space().clone())
    }

    /// Removes a space that failed. Returns the error.
    fn remove(&mut self, space_id: i64, error: Error, watch: &mut Watch<'_>) -> Error {
        let Some(space) = self.forget(space_id) else { return error };
        removed(self.importing.store, &space, &self.mark, error, watch)
    }

    /// Removes all spaces that are not open. Returns the error.
    fn remove_all(mut self, mut error: Error, watch: &mut Watch<'_>) -> Error {
        while let Some(space_id) = self.started.keys().next().copied() {
            error = self.remove(space_id, error, watch);
        }
        error
    }

    /// Removes all spaces that are not open, to fill them again.
    fn start_again(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        while let Some(space_id) = self.started.keys().next().copied() {
            if let Some(space) = self.forget(space_id) {
                remove_incomplete(self.importing.store, &space, &self.mark, watch)?;
            }
        }
        Ok(())
    }
}

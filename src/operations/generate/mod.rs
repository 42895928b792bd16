//! Generating load data through the regular write path.

mod operation;
mod plan;
mod tenant;
mod values;

use std::sync::Arc;

use serde::Serialize;

use crate::content_store::{App, ContentStore, Store, UnitGroup};
use crate::error::{CommandError, Result};
use crate::space::SpaceMetadata;

use super::{Phase, Progress, Watch, report};

pub use operation::Generate;

use plan::Plan;
use tenant::Tenant;

/// Commands in one commit, across spaces if one transaction covers them: few enough that other writers soon get
/// their turn.
const COMMIT: u64 = 2000;

/// The minimum number of commands of one space in a row, which share the cost of switching to it.
const BATCH: u64 = 250;

/// Spaces created in one commit.
const CREATED: usize = 500;

/// Options of a generation.
#[derive(Clone)]
pub struct GenerateOptions {
    /// The number of new spaces.
    pub spaces: u32,
    /// The total number of events, interleaved over the spaces.
    pub events: u64,
    /// The spaces' app.
    pub app: Arc<dyn App>,
    /// The seed: on equal stores, equal seeds yield the same commands.
    pub seed: u64,
}

/// The result of a generation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Generated {
    /// The number of new spaces.
    pub spaces: u32,
    /// The number of new events.
    pub events: u64,
    /// The number of commands rejected by the app, some of which are expected.
    pub rejected: u64,
    /// Commands given up because the app kept rejecting them.
    pub given_up: Vec<GivenUp>,
}

/// A command that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GivenUp {
    /// Its name.
    pub command: &'static str,
    /// The reason of the last rejection.
    pub reason: String,
}

/// Generates spaces and events through the app's commands. Values follow the kinds of the fields, and a
/// rejected value is tried in another form. A field named like the id of another command's entities refers to
/// one of those. A command that yields nothing a hundred times in a row is given up.
///
/// Nothing is recorded in the audit log. Run [`Generate`](crate::operations::Generate) to record it.
///
/// # Errors
/// [`CommandError::CannotGenerate`] if the app has no commands, or all are given up;
/// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks. Events generated before stay.
pub fn generate(store: &Store, options: &GenerateOptions, watch: &mut Watch<'_>) -> Result<Generated> {
    let mut plan = Plan::new(options.app.commands());
    let stuck = |generated: u64, reason: String| CommandError::CannotGenerate {
        app: options.app.name().to_owned(),
        generated,
        reason,
    };
    if plan.steps.is_empty() {
        return Err(stuck(0, "it has no commands".to_owned()).into());
    }
    let mut tenants = open_tenants(store, options, plan.id_forms.len(), watch)?;
    let mut generated = Generated { spaces: options.spaces, ..Generated::default() };
    let spaces = u64::from(options.spaces).max(1);
    // Without a transaction across both files, each space needs its own commit.
    let batch = if store.is_shared() { BATCH.max(COMMIT / spaces) } else { COMMIT };
    let share = options.events.div_ceil(spaces).clamp(1, batch);
    let together = usize::try_from(COMMIT / share).unwrap_or(1);
    while generated.events < options.events && !tenants.is_empty() {
        let tried = plan.tried;
        for group in tenants.chunks_mut(together) {
            fill(store, group, share, &mut plan, &mut generated)?;
            report(watch, progress(generated.events, options))?;
        }
        if plan.tried == tried {
            return Err(stuck(generated.events, plan.reason()).into());
        }
    }
    generated.given_up = plan.given_up();
    Ok(generated)
}

fn progress(done: u64, options: &GenerateOptions) -> Progress {
    Progress { phase: Phase::Generate, done, total: options.events, last_event: None, skipped: 0 }
}

/// Gives each tenant its share of the events still to be generated, in one commit if the store can.
fn fill(
    store: &Store,
    tenants: &mut [Tenant],
    share: u64,
    plan: &mut Plan,
    generated: &mut Generated,
) -> Result<()> {
    let group = store.begin_group()?;
    for tenant in tenants {
        match tenant.left.min(share) {
            0 => {}
            wanted => tenant.fill(wanted, group.as_ref(), plan, generated)?,
        }
    }
    group.map_or(Ok(()), UnitGroup::commit)
}

/// Creates spaces under free names.
fn open_tenants(
    store: &Store,
    options: &GenerateOptions,
    kinds: usize,
    watch: &mut Watch<'_>,
) -> Result<Vec<Tenant>> {
    let mut chance = fastrand::Rng::with_seed(options.seed);
    let wanted = options.spaces as usize;
    let spaces = u64::from(options.spaces).max(1);
    let metadata = SpaceMetadata::of_app(options.app.name());
    let mut numbers = 1_u64..;
    let mut tenants: Vec<Tenant> = Vec::new();
    while tenants.len() < wanted {
        let names: Vec<String> = numbers
            .by_ref()
            .map(|number| name(options, number))
            .take(CREATED.min(wanted - tenants.len()))
            .collect();
        let created = store.events().create_spaces(&names, Some(&metadata), store.clock().now())?;
        for space in created.into_iter().flatten() {
            let index = tenants.len() as u64;
            let share = options.events / spaces + u64::from(index < options.events % spaces);
            let content = ContentStore::of(store, space, Arc::clone(&options.app))?;
            tenants.push(Tenant::new(content, chance.fork(), kinds, share));
        }
        report(watch, progress(0, options))?;
    }
    Ok(tenants)
}

fn name(options: &GenerateOptions, number: u64) -> String {
    let prefix = options.app.space_prefix();
    let between = if prefix.ends_with(char::is_alphanumeric) { "_" } else { "" };
    format!("{prefix}{between}load_{number:04}")
}

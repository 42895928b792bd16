//! Load data, through the real write path.

use std::sync::Arc;

use serde::Serialize;

use crate::content_store::{App, Command, CommandSpec, ContentStore, FieldKind, Request, Store};
use crate::error::{Error, Result, StoreError};

use super::{Phase, Progress, Watch, report};

/// Commands in one commit, over as many spaces as one transaction covers: few enough that other writers soon
/// get their turn.
const COMMIT: u64 = 2000;

/// Commands of one space in a row, at least: what it takes to take up a space is shared by so many.
const BATCH: u64 = 250;

/// Spaces created in one commit.
const CREATED: usize = 500;

/// What to generate.
#[derive(Clone)]
pub struct GenerateOptions {
    /// How many new spaces.
    pub spaces: u32,
    /// How many events in all, interleaved over the spaces.
    pub events: u64,
    /// The app that they run.
    pub app: Arc<dyn App>,
    /// The same seed on an equal store yields the same commands.
    pub seed: u64,
}

/// What was generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Generated {
    /// New spaces.
    pub spaces: u32,
    /// New events.
    pub events: u64,
    /// Commands that the app turned down, as it should now and then.
    pub rejected: u64,
}

/// Generates spaces and events.
///
/// # Errors
/// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch` breaks, with what was
/// generated so far in place; failures of the storage.
pub fn generate(store: &Store, options: &GenerateOptions, watch: &mut Watch<'_>) -> Result<Generated> {
    let mut tenants = open_tenants(store, options, watch)?;
    let mut generated = Generated { spaces: options.spaces, ..Generated::default() };
    let spaces = u64::from(options.spaces).max(1);
    // Without a transaction over both files each space is a commit of its own.
    let batch = if store.is_shared() { BATCH.max(COMMIT / spaces) } else { COMMIT };
    let share = options.events.div_ceil(spaces).clamp(1, batch);
    let together = usize::try_from(COMMIT / share).unwrap_or(1);
    while generated.events < options.events && !tenants.is_empty() {
        for group in tenants.chunks_mut(together) {
            fill(store, group, share, options.events, &mut generated)?;
            report(watch, progress(generated.events, options))?;
        }
    }
    Ok(generated)
}

fn progress(done: u64, options: &GenerateOptions) -> Progress {
    Progress { phase: Phase::Generate, done, total: options.events, last_event: None, skipped: 0 }
}

/// Gives each tenant its share of the events that are still to be generated, in one commit where one
/// transaction covers events and projections.
fn fill(
    store: &Store,
    tenants: &mut [Tenant],
    share: u64,
    events: u64,
    generated: &mut Generated,
) -> Result<()> {
    let Some(first) = tenants.first().map(|tenant| tenant.content.space_id()) else { return Ok(()) };
    let mut each = || {
        tenants.iter_mut().try_for_each(|tenant| {
            let wanted = share.min(events - generated.events);
            if wanted == 0 { Ok(()) } else { tenant.fill(wanted, generated) }
        })
    };
    if store.is_shared() { store.events().unit(first, &mut each) } else { each() }
}

/// Opens spaces whose names are not taken.
fn open_tenants(store: &Store, options: &GenerateOptions, watch: &mut Watch<'_>) -> Result<Vec<Tenant>> {
    let mut chance = fastrand::Rng::with_seed(options.seed);
    let wanted = options.spaces as usize;
    let mut tenants: Vec<Tenant> = Vec::new();
    let mut number = 0_u64;
    while tenants.len() < wanted {
        let first = open_tenant(store, options, &mut chance, &mut number)?;
        let first_id = first.content.space_id();
        tenants.push(first);
        let goal = wanted.min(tenants.len() + CREATED);
        store.events().unit(first_id, &mut || {
            while tenants.len() < goal {
                tenants.push(open_tenant(store, options, &mut chance, &mut number)?);
            }
            Ok(())
        })?;
        report(watch, progress(0, options))?;
    }
    Ok(tenants)
}

/// Creates a space under the next name that is not taken.
fn open_tenant(
    store: &Store,
    options: &GenerateOptions,
    chance: &mut fastrand::Rng,
    number: &mut u64,
) -> Result<Tenant> {
    loop {
        *number += 1;
        let name = format!("{}load_{number:04}", options.app.space_prefix());
        // Asked first: a unit of work that this may be a part of fails with any of its parts.
        if store.events().find_space(&name)?.is_some() {
            continue;
        }
        match ContentStore::create(store, &name, Arc::clone(&options.app)) {
            // Another process was faster.
            Err(Error::Store(StoreError::SpaceExists { .. } | StoreError::SpaceImporting { .. })) => {}
            created => return Ok(Tenant { content: created?, chance: chance.fork(), entities: 0 }),
        }
    }
}

struct Tenant {
    content: ContentStore,
    chance: fastrand::Rng,
    /// How many entities were asked for so far.
    entities: u64,
}

impl Tenant {
    /// Executes commands in one go that lead to about `wanted` events, and never to more.
    fn fill(&mut self, wanted: u64, generated: &mut Generated) -> Result<()> {
        let requests: Vec<Request> = (0..wanted).map(|_| self.command().into()).collect();
        for outcome in self.content.execute_batch(&requests)? {
            match outcome {
                Ok(executed) => generated.events += executed.event_ids.len() as u64,
                Err(_) => generated.rejected += 1,
            }
        }
        Ok(())
    }

    /// A command that the app declares, on a new entity or, two times in five, on one that is there.
    fn command(&mut self) -> Command {
        let commands = self.content.app().commands();
        let (Some(first), rest) = (commands.first(), commands.get(1..).unwrap_or_default()) else {
            return Command::default();
        };
        if self.entities == 0 || rest.is_empty() || self.chance.u8(..5) < 3 {
            self.entities += 1;
            return self.arguments(first, self.entities);
        }
        let spec = &rest[self.chance.usize(..rest.len())];
        let entity = self.chance.u64(1..=self.entities);
        self.arguments(spec, entity)
    }

    fn arguments(&mut self, spec: &CommandSpec, entity: u64) -> Command {
        let mut command = Command::new(spec.name);
        for (index, field) in spec.fields.iter().enumerate() {
            let value = match (index, field.kind) {
                (0, _) => format!("{}{entity}", spec.fields[0].name.chars().next().unwrap_or('e')),
                (_, FieldKind::Choice(choices)) => {
                    self.chance.choice(choices).copied().unwrap_or_default().to_owned()
                }
                (_, FieldKind::Text) => self.words(12),
                (_, FieldKind::Line) if field.name == "email" => {
                    format!("{}@{}.example", self.words(1), self.words(1))
                }
                (_, FieldKind::Line) => self.words(2),
            };
            command = command.with(field.name, value);
        }
        command
    }

    fn words(&mut self, count: usize) -> String {
        const WORDS: [&str; 24] = [
            "ada",
            "grace",
            "linus",
            "edsger",
            "barbara",
            "donald",
            "tony",
            "alan",
            "margaret",
            "ken",
            "dennis",
            "radia",
            "lovelace",
            "hopper",
            "liskov",
            "knuth",
            "hoare",
            "turing",
            "hamilton",
            "ritchie",
            "perlman",
            "zoë",
            "søren",
            "李小龍",
        ];
        let words: Vec<&str> = (0..count).filter_map(|_| self.chance.choice(&WORDS).copied()).collect();
        words.join(" ")
    }
}

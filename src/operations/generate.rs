//! Load data, through the real write path.

use std::sync::Arc;

use serde::Serialize;

use crate::content_store::{App, Command, CommandSpec, ContentStore, FieldKind, Request, Store};
use crate::error::Result;

use super::{Phase, Progress, Watch, report};

/// Commands of one space in one commit.
const BATCH: u64 = 250;

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
    let share = options.events.div_ceil(spaces).clamp(1, BATCH);
    while generated.events < options.events && !tenants.is_empty() {
        for tenant in &mut tenants {
            let wanted = share.min(options.events - generated.events);
            if wanted == 0 {
                break;
            }
            tenant.fill(wanted, &mut generated)?;
            let (done, total) = (generated.events, options.events);
            report(watch, Progress { phase: Phase::Generate, done, total, last_event: None, skipped: 0 })?;
        }
    }
    Ok(generated)
}

/// Opens spaces whose names are not taken.
fn open_tenants(store: &Store, options: &GenerateOptions, watch: &mut Watch<'_>) -> Result<Vec<Tenant>> {
    let mut chance = fastrand::Rng::with_seed(options.seed);
    let mut tenants = Vec::new();
    let mut number = 0_u64;
    while tenants.len() < options.spaces as usize {
        number += 1;
        let name = format!("{}load_{number:04}", options.app.space_prefix());
        if store.events().find_space(&name)?.is_some() {
            continue;
        }
        let content = ContentStore::open(store, &name, Arc::clone(&options.app))?;
        report(
            watch,
            Progress { phase: Phase::Generate, done: 0, total: options.events, last_event: None, skipped: 0 },
        )?;
        tenants.push(Tenant { content, chance: chance.fork(), entities: 0 });
    }
    Ok(tenants)
}

struct Tenant {
    content: ContentStore,
    chance: fastrand::Rng,
    /// How many entities were asked for so far.
    entities: u64,
}

impl Tenant {
    /// Executes commands in one commit that lead to about `wanted` events, and never to more.
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

//! A space being filled with load data.

use crate::content_store::{Command, ContentStore, Request, UnitGroup};
use crate::error::Result;

use super::Generated;
use super::plan::{PROBE, Plan, Step};
use super::values::{self, Form};

pub(super) struct Tenant {
    content: ContentStore,
    chance: fastrand::Rng,
    /// The number of entities of each kind.
    made: Vec<u64>,
    /// The number of events still to be generated.
    pub(super) left: u64,
}

impl Tenant {
    pub(super) fn new(content: ContentStore, chance: fastrand::Rng, kinds: usize, left: u64) -> Self {
        Self { content, chance, made: vec![0; kinds], left }
    }

    /// Executes a batch of commands that produces at most `wanted` events, unless every command produces more.
    pub(super) fn fill(
        &mut self,
        wanted: u64,
        group: Option<&UnitGroup<'_>>,
        plan: &mut Plan,
        generated: &mut Generated,
    ) -> Result<()> {
        let most = if plan.is_probing() { PROBE } else { wanted };
        let commands = (wanted / plan.most_events()).clamp(1, most);
        let before = self.made.clone();
        let mut picked = Vec::new();
        let mut requests: Vec<Request> = Vec::new();
        for _ in 0..commands {
            let Some(index) = self.pick(plan, wanted) else { break };
            requests.push(self.command(&plan.steps[index], &plan.id_forms).into());
            picked.push(index);
        }
        plan.tried += requests.len() as u64;
        let outcomes = match group {
            Some(group) => self.content.execute_in(group, &requests)?,
            None => self.content.execute_batch(&requests)?,
        };
        let mut was_made = vec![false; self.made.len()];
        for (index, outcome) in picked.into_iter().zip(outcomes) {
            let step = &mut plan.steps[index];
            match outcome {
                Ok(executed) if executed.event_ids.is_empty() => {
                    step.failed("it produced no event".to_owned());
                }
                Ok(executed) => {
                    let events = executed.event_ids.len() as u64;
                    generated.events += events;
                    self.left = self.left.saturating_sub(events);
                    step.accepted(events);
                    if let Some(kind) = step.kind.filter(|_| step.makes) {
                        was_made[kind] = true;
                    }
                }
                Err(error) => {
                    generated.rejected += 1;
                    plan.rejected(index, &error);
                }
            }
        }
        // No entity of these kinds was created after all.
        let kinds = self.made.iter_mut().zip(before).zip(was_made);
        kinds.filter(|(_, was_made)| !was_made).for_each(|((made, before), _)| *made = before);
        Ok(())
    }

    /// Picks a command that creates an entity or, two times in five, one on existing entities.
    fn pick(&mut self, plan: &Plan, wanted: u64) -> Option<usize> {
        let makes = self.chance.u8(..5) < 3;
        self.pick_of(plan, |step| step.makes == makes && step.most_events <= wanted)
            .or_else(|| self.pick_of(plan, |step| step.most_events <= wanted))
            .or_else(|| self.pick_of(plan, |_| true))
    }

    fn pick_of(&mut self, plan: &Plan, wanted: impl Fn(&Step) -> bool) -> Option<usize> {
        let made = &self.made;
        let can_run = |step: &Step| !step.is_given_up() && step.needs().all(|kind| made[kind] > 0);
        let candidates = || {
            let each = plan.steps.iter().enumerate();
            each.filter(|(_, step)| wanted(step) && can_run(step)).map(|(index, step)| (index, step.weight))
        };
        let total: u32 = candidates().map(|(_, weight)| weight).sum();
        let mut at = (total > 0).then(|| self.chance.u32(..total))?;
        for (index, weight) in candidates() {
            match at.checked_sub(weight) {
                Some(left) => at = left,
                None => return Some(index),
            }
        }
        None
    }

    fn command(&mut self, step: &Step, id_forms: &[Form]) -> Command {
        let mut command = Command::new(step.spec.name);
        for (index, field) in step.fields.iter().enumerate() {
            let value = match field.refers_to {
                Some(kind) if index == 0 && step.makes => {
                    self.made[kind] += 1;
                    values::id(field.spec, id_forms[kind], self.made[kind])
                }
                Some(kind) => {
                    let number = self.chance.u64(1..=self.made[kind].max(1));
                    values::id(field.spec, id_forms[kind], number)
                }
                None => values::value(field.spec, field.form, &mut self.chance),
            };
            command = command.with(field.spec.name, value);
        }
        command
    }
}

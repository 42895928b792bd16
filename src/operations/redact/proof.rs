//! The proof that erased values are gone, and the places where the same values remain.

use serde::Serialize;

use crate::content_store::{ContentStore, ForgottenMemory};
use crate::error::{Result, StoreError};
use crate::event::SpaceSequence;
use crate::event_store::{Capabilities, Page, Slack};
use crate::json::Json;
use crate::operations::purge::slack;
use crate::operations::{Phase, Progress, Watch, report};
use crate::redaction::Erasure;

use super::plan::{check_intact, each_event};
use super::{RedactionPlan, each_entry};

/// Rows read at once.
const PAGE: usize = 1000;

/// The most places of one kind that are named.
const NAMED: usize = 20;

/// The places searched after a redaction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RedactionProof {
    /// The number of different texts and numbers that were searched for.
    pub texts: u64,
    /// The number of those that were not searched for, because they are shorter than three bytes and occur by chance. They
    /// are erased, too.
    pub too_short: u64,
    /// The events of the space that still contain one of the texts: other fields of the entity, or other entities.
    pub events: Remaining,
    /// The keys of projections of the space whose key or value contains one of the texts, derived from these events.
    pub entries: Remaining,
    /// The idempotency keys of the space that contain one of the texts.
    pub keys: Remaining,
    /// The parts of the space's own description that contain one: its name or metadata.
    pub space: Remaining,
    /// The console's memory: what was removed from it, and what is out of reach.
    pub console_memory: ForgottenMemory,
    /// The unused parts of the files that could hold old bytes, after a purge: none unless another process wrote since.
    #[serde(flatten)]
    pub slack: Option<Slack>,
    /// Files with the values that were not changed: earlier exports and backups, as the audit log names them.
    pub out_of_reach: Vec<String>,
    /// The capabilities of the engine.
    #[serde(skip)]
    pub capabilities: Capabilities,
}

/// Places in which a text remains.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Remaining {
    /// Their number.
    pub count: u64,
    /// The first ones.
    pub first: Vec<String>,
}

impl Remaining {
    fn add(&mut self, place: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(place());
        }
    }
}

impl RedactionProof {
    /// Returns the number of places in which one of the texts remains.
    pub fn remaining(&self) -> u64 {
        self.events.count + self.entries.count + self.keys.count + self.space.count
    }
}

/// Checks that the fields are erased, and searches the space for the values.
///
/// # Errors
/// [`StoreError::Corrupt`] if a field is not erased.
pub(super) fn prove(
    content: &ContentStore,
    erasure: &Erasure,
    plan: &RedactionPlan,
    purged: bool,
    watch: &mut Watch<'_>,
) -> Result<RedactionProof> {
    check_erased(content, erasure, plan)?;
    let mut proof = RedactionProof {
        texts: plan.texts.searched(),
        too_short: plan.texts.too_short(),
        out_of_reach: plan.out_of_reach.clone(),
        capabilities: content.store().events().capabilities(),
        slack: if purged { slack(content.store())? } else { None },
        ..RedactionProof::default()
    };
    if proof.texts > 0 {
        search_events(content, plan, &mut proof, watch)?;
        search_projections(content, plan, &mut proof)?;
        search_keys(content, plan, &mut proof)?;
        if plan.texts.are_in(&plan.space.space_name) {
            proof.space.add(|| "name".to_owned());
        }
        let metadata = plan.space.metadata.as_ref().map_or("", |metadata| metadata.as_str());
        if plan.texts.are_in_json(metadata, &mut || content.store().check_stop())? {
            proof.space.add(|| "metadata".to_owned());
        }
    }
    Ok(proof)
}

/// Checks that each event has a valid checksum, and none a value of a field. Later events may have new values.
fn check_erased(content: &ContentStore, erasure: &Erasure, plan: &RedactionPlan) -> Result<()> {
    let mut left = plan.entity_events;
    each_event(content, &erasure.entity_id, &mut |event| {
        check_intact(&event)?;
        if left > 0 && erasure.of(&event, &mut |_| {}).is_some() {
            let detail = format!("fields of event {} are not erased", event.event_id);
            return Err(StoreError::Corrupt { detail }.into());
        }
        left = left.saturating_sub(1);
        Ok(())
    })
}

fn search_events(
    content: &ContentStore,
    plan: &RedactionPlan,
    proof: &mut RedactionProof,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let total = content.event_count()?;
    let mut at = SpaceSequence::START;
    loop {
        let mut last_event = None;
        let read = content.store().events().replay(content.space_id(), at, PAGE, &mut |event| {
            (at, last_event) = (event.space_sequence, Some(event.event_id));
            let pause = &mut || content.store().check_stop();
            let metadata = event.metadata.as_ref().map_or("", Json::as_str);
            let is_in = plan.texts.are_in_json(event.payload.as_str(), pause)?
                || plan.texts.are_in_json(metadata, pause)?
                || plan.texts.are_in(&event.entity_id);
            if is_in {
                proof.events.add(|| event.event_id.to_string());
            }
            Ok(())
        })?;
        // The fields are erased, so that it is too late to cancel.
        let done = at.0.min(total);
        let _ = report(watch, Progress { phase: Phase::Search, done, total, last_event, skipped: 0 });
        if read == 0 {
            return Ok(());
        }
    }
}

fn search_projections(
    content: &ContentStore,
    plan: &RedactionPlan,
    proof: &mut RedactionProof,
) -> Result<()> {
    for projection in content.store().pstate().stored(&[content.space_id()])?.into_iter().flatten() {
        each_entry(content, &projection.name, &mut |entry| {
            let pause = &mut || content.store().check_stop();
            if plan.texts.are_in(&entry.key) || plan.texts.are_in_json(entry.value.as_str(), pause)? {
                proof.entries.add(|| format!("{} of {}", entry.key, projection.name));
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn search_keys(content: &ContentStore, plan: &RedactionPlan, proof: &mut RedactionProof) -> Result<()> {
    let mut after = None;
    loop {
        let page =
            content.store().events().remembered_page(content.space_id(), Page::forward(after, PAGE))?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for (key, _) in page.into_iter().filter(|(key, _)| plan.texts.are_in(key)) {
            proof.keys.add(|| key);
        }
    }
}

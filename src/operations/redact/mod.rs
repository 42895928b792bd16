//! Erasing fields of one entity's events, such as personal data, with proof that the values are gone.
//!
//! Every projection of the space is first built next to the live one, as if the fields were erased. Then one unit of work
//! erases them from the events and switches all projections: if it is stopped or killed before that, nothing is changed, and
//! no reader ever sees a projection with values that the events no longer have. If the projections have their own file, they
//! are switched first, while the unit keeps all writers of the events away. If it is killed in between, the events still have
//! the values, and the same redaction finishes it.

mod operation;
mod plan;
mod proof;
mod switch;
mod texts;

pub use crate::redaction::{EventRedaction, FieldPath};
pub use operation::Redact;
pub use plan::{FieldPlan, RedactionPlan, plan_redaction};
pub use proof::{RedactionProof, Remaining};

use tracing::{info, info_span};

use crate::content_store::{ContentStore, ForgottenMemory, QuotedData};
use crate::error::{Error, RedactionError, ReplayError, Result, StoreError};
use crate::event_store::{Page, is_last_page};
use crate::pstate::{Entry, ProjectionId};
use crate::redaction::Erasure;

use super::audit_subject::subject_of;
use super::purge::purge;
use super::{Phase, Progress, Rebuilt, Watch};
use texts::Texts;

/// How often an operation that reads a space in several steps starts again because fields of events were erased meanwhile.
pub(super) const TRIES: u32 = 3;

/// Entries read at once.
const PAGE: usize = 1000;

/// The result of a redaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Redacted {
    /// The state before.
    pub plan: RedactionPlan,
    /// The number of events from which something was erased.
    pub events: u64,
    /// The number of idempotency keys whose digests were erased.
    pub keys: u64,
    /// The number of entries of the audit log whose details were forgotten, since they quoted the values.
    pub audit_entries: u64,
    /// The projections as they were rebuilt.
    pub rebuilt: Rebuilt,
    /// True if a purge was requested, and no old byte is left in the files.
    pub purged: bool,
    /// The reason why the requested purge failed: the fields are erased, but old bytes remain in the files.
    pub not_purged: Option<String>,
    /// The proof.
    pub proof: RedactionProof,
}

/// Erases fields from the events of an entity, rebuilds the projections of the space, and then searches for the values.
///
/// Nothing is recorded in the audit log. Run [`Redact`] to record it.
///
/// # Errors
/// [`RedactionError`]; [`ReplayError::Cancelled`] if `watch` breaks before anything is changed, and
/// [`ReplayError::PurgeInterrupted`] if it does so afterwards; as [`rebuild`](crate::operations::rebuild()).
pub fn redact(content: &ContentStore, options: &Redact, watch: &mut Watch<'_>) -> Result<Redacted> {
    let _span = info_span!("redact", space = content.space().space_name, purge = options.purge).entered();
    let store = content.store();
    let mut plan = plan_redaction(content, &options.entity_id, &options.fields)?;
    check_undeclared(content, &plan.texts)?;
    let erasure = Erasure {
        entity_id: options.entity_id.clone(),
        fields: options.fields.clone(),
        at: store.clock().now(),
    };
    let (mut forgotten, mut console_memory) = (0, ForgottenMemory::default());
    // Before the events, because afterwards nothing tells which values to look for.
    let before = &mut || {
        console_memory = forget_in_clients(content, &plan.texts);
        forget(content, &plan.texts).map(|entries| forgotten = entries)
    };
    let switched = switch::switch(content, &erasure, options.skip_errors, before, watch)?;
    // An event may have been appended since the plan, and an entry recorded.
    plan.texts.extend(switched.texts);
    let audit_entries = forgotten + forget(content, &plan.texts)?;
    let console_memory = console_memory.then(forget_in_clients(content, &plan.texts));
    let not_purged = match options.purge {
        true => purge_files(content, watch)?,
        false => None,
    };
    let purged = options.purge && not_purged.is_none();
    let proof = proof::prove(content, &erasure, &plan, purged, watch)?;
    let proof = RedactionProof { console_memory, ..proof };
    info!(events = switched.events, "redacted");
    let (events, keys, rebuilt) = (switched.events, switched.keys, switched.rebuilt);
    Ok(Redacted { plan, events, keys, audit_entries, rebuilt, purged, not_purged, proof })
}

/// Forgets the details of audit entries that quote the values.
fn forget(content: &ContentStore, texts: &Texts) -> Result<u64> {
    let subject = subject_of(content.store(), content.space_id())?;
    let quotes = |details: &str| texts.are_in_entry(details);
    content.store().audit_log().forget_where(content.space_id(), &subject.space_names, &quotes)
}

/// Removes what clients remember of the space, since only some of the values would be recognised there.
fn forget_in_clients(content: &ContentStore, texts: &Texts) -> ForgottenMemory {
    let data =
        QuotedData { in_text: &|text| texts.are_in(text), in_query: &|query| texts.are_found_by(query) };
    let memory = content.store().client_memory();
    memory.map(|memory| memory.forget(content.space_id(), data)).unwrap_or_default()
}

/// Refuses if a projection that cannot be rebuilt contains the values.
fn check_undeclared(content: &ContentStore, texts: &Texts) -> Result<()> {
    let stored = content.store().pstate().stored(&[content.space_id()])?;
    for projection in stored.into_iter().flatten() {
        if content.declared_projection(&projection.name).is_ok() {
            continue;
        }
        let mut is_found = false;
        each_entry(content, &projection.name, &mut |entry| {
            let pause = &mut || content.store().check_stop();
            is_found |= texts.are_in(&entry.key) || texts.are_in_json(entry.value.as_str(), pause)?;
            Ok(())
        })?;
        if is_found {
            return Err(
                RedactionError::UndeclaredProjection { projection: projection.name.into_owned() }.into()
            );
        }
    }
    Ok(())
}

/// Passes the entries of a projection to `visit`.
fn each_entry(
    content: &ContentStore,
    projection: &str,
    visit: &mut dyn FnMut(&Entry) -> Result<()>,
) -> Result<()> {
    let id = ProjectionId::new(content.space_id(), projection);
    let mut after = None;
    loop {
        let page = content.store().pstate().scan(id, "", Page::forward(after, PAGE))?;
        page.iter().try_for_each(&mut *visit)?;
        after = page.last().map(|entry| entry.key.clone());
        if after.is_none() || is_last_page(&page, PAGE) {
            return Ok(());
        }
    }
}

/// Purges the files. Returns the reason if another process prevents it.
fn purge_files(content: &ContentStore, watch: &mut Watch<'_>) -> Result<Option<String>> {
    let at = Progress { phase: Phase::Purge, done: 0, total: 0, last_event: None, skipped: 0 };
    match purge(content.store(), at, watch) {
        Ok(()) => Ok(None),
        Err(Error::Replay(ReplayError::Cancelled { .. })) => Err(ReplayError::PurgeInterrupted.into()),
        Err(Error::Store(error @ (StoreError::Busy { .. } | StoreError::NoRoom(_)))) => {
            Ok(Some(error.to_string()))
        }
        Err(error) => Err(error),
    }
}

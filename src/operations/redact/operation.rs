//! The recorded form of [`redact`](super::redact), with the places where the values remain as findings.

use serde_json::{Map, Value};

use crate::audit::REDACT;
use crate::error::{Error, Result};
use crate::event_store::check_known_as;
use crate::operations::operation::{Operation, OperationContext, Target, limited, parameters};
use crate::operations::summary::{events, keys};
use crate::operations::{Phase, Phases, Report, ReportFinding, Summary, Watch};
use crate::redaction::FieldPath;
use crate::text::{counted, grouped};

use super::{Redacted, RedactionProof, Remaining, redact};

/// The erasure of fields from one entity's events. It is planned by [`plan_redaction`](super::plan_redaction).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Redact {
    /// The entity.
    pub entity_id: String,
    /// The fields.
    pub fields: Vec<FieldPath>,
    /// Rewrite the files afterwards, so that no byte of the values remains.
    pub purge: bool,
    /// Skip events that cannot be applied when the projections are rebuilt.
    pub skip_errors: bool,
}

impl Operation for Redact {
    type Done = Redacted;
    type Error = Error;

    fn name(&self) -> &'static str {
        REDACT
    }

    fn parameters(&self) -> Map<String, Value> {
        let fields: Vec<Value> = self.fields.iter().map(|field| field.to_string().into()).collect();
        parameters([
            ("entity", self.entity_id.as_str().into()),
            ("fields", fields.into()),
            ("purge", self.purge.into()),
        ])
    }

    fn needs_app(&self) -> bool {
        true
    }

    fn phases(&self) -> Phases {
        Phases::SHARES
    }

    fn if_cancelled(&self, phase: Option<Phase>) -> &'static str {
        match phase {
            Some(Phase::Purge) => "the fields are erased; redact them again to purge what is left",
            _ => "nothing is erased",
        }
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Redacted> {
        target.open(context, |content| {
            check_known_as(content.space(), target.space_name())?;
            redact(content, self, watch)
        })
    }

    fn summary(&self, done: &Redacted) -> Summary {
        done.into()
    }

    fn report(&self, done: &Redacted) -> Report {
        let report = Report { notes: notes(self, done), ..Report::of(self.summary(done)) };
        limited(findings(&done.proof), false, report)
    }
}

fn notes(redact: &Redact, done: &Redacted) -> Vec<String> {
    let proof = &done.proof;
    let searched = counted(proof.texts, "text", "texts");
    let mut notes = vec![format!(
        "{} searched for in events, projections, idempotency keys, metadata and the audit log",
        searched
    )];
    if proof.too_short > 0 {
        let short = counted(proof.too_short, "text is", "texts are");
        notes.push(format!("{short} too short to be searched for, and erased as well"));
    }
    notes.push(format!(
        "{} rebuilt: {}; {} of idempotency keys erased; details of {} forgotten",
        counted(done.rebuilt.projections.len() as u64, "projection", "projections"),
        keys(done.rebuilt.entities),
        counted(done.keys, "digest", "digests"),
        counted(done.audit_entries, "audit entry", "audit entries"),
    ));
    notes.extend(proof.console_memory.notes());
    if let Some(slack) = proof.slack {
        let pages = counted(slack.free_pages, "free page", "free pages");
        notes.push(format!(
            "left in the file: {pages}, {} in its WAL",
            counted(slack.log_bytes, "byte", "bytes")
        ));
    }
    if let Some(reason) = &done.not_purged {
        notes.push(format!("not purged, redact the same fields again: {reason}"));
    } else if !redact.purge {
        let storage = proof.capabilities.storage;
        notes.push(format!("not purged: old bytes remain in {storage} until they are overwritten"));
    }
    notes.push("out of reach: exports, backups and other copies that were made before".to_owned());
    notes.extend(proof.out_of_reach.iter().map(|place| format!("out of reach: {place}")));
    notes.extend(proof.capabilities.beyond_purge.iter().map(|place| format!("out of reach: {place}")));
    notes
}

fn findings(proof: &RedactionProof) -> impl Iterator<Item = ReportFinding> {
    let kinds = [
        (&proof.events, "event ", "still contains one of the texts, in another field or of another entity"),
        (&proof.entries, "", "contains one of the texts, from the events above"),
        (&proof.keys, "idempotency key ", "contains one of the texts"),
        (&proof.space, "the space's ", "contains one of the texts"),
    ];
    kinds.into_iter().flat_map(|(Remaining { count, first }, subject, text)| {
        let finding = move |place: &String| ReportFinding {
            subject: format!("{subject}{place}"),
            text: text.to_owned(),
            ..ReportFinding::default()
        };
        let more = count.saturating_sub(first.len() as u64);
        let more = (more > 0).then(|| ReportFinding {
            subject: format!("{} more", grouped(more)),
            text: text.to_owned(),
            ..ReportFinding::default()
        });
        first.iter().map(finding).chain(more)
    })
}

impl From<&Redacted> for Summary {
    fn from(done: &Redacted) -> Self {
        let fields = counted(done.plan.fields.len() as u64, "field", "fields");
        let erased = match done.events {
            0 => "the fields were erased before".to_owned(),
            count => format!("{fields} erased from {}", events(count)),
        };
        let remaining = match done.proof.remaining() {
            // Erased before, so that no text is known to search for.
            0 if done.proof.texts == 0 => String::new(),
            0 => "; no value is left".to_owned(),
            count => format!("; the same values remain in {}", counted(count, "other place", "other places")),
        };
        let purged = match (done.purged, done.not_purged.is_some()) {
            (true, _) => format!(", {}", done.proof.capabilities.purged),
            (false, true) => format!(", {}", done.proof.capabilities.not_purged),
            (false, false) => String::new(),
        };
        let skipped = match done.rebuilt.skipped.len() as u64 {
            0 => String::new(),
            count => format!(", {} skipped", events(count)),
        };
        let is_found =
            done.proof.remaining() > 0 || done.not_purged.is_some() || !done.rebuilt.skipped.is_empty();
        Self::done(format!("{erased}{remaining}{purged}{skipped}")).found(is_found)
    }
}

//! `ramax redact`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::entity_json::entity_json;
use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::shell;
use crate::operations::{
    FieldPath, Operation, Redact, Redacted, RedactionPlan, RedactionProof, Report, Skipped, Target,
    name_worker, plan_redaction,
};
use crate::space::SpaceId;
use crate::text::{counted, grouped};

#[derive(Debug, Args)]
pub struct RedactArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The entity whose events are redacted
    #[arg(long, value_name = "ENTITY", required_unless_present = "entity_json")]
    entity: Option<String>,
    /// The entity as a JSON string, for an id with a NUL
    #[arg(long, value_name = "JSON", value_parser = entity_json, conflicts_with = "entity", hide_short_help = true)]
    entity_json: Option<String>,
    /// A field to erase: email, address.street, or meta.actor for metadata; repeat it for more
    #[arg(long = "field", value_name = "FIELD", required = true)]
    fields: Vec<String>,
    /// The name of the space again, as a confirmation
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run")]
    confirm: Option<String>,
    /// Purge the storage afterwards: no erased byte remains in a file; on a server, vacuum
    #[arg(long)]
    purge: bool,
    /// Skip bad events (those that cannot be applied) when projections are rebuilt
    #[arg(long)]
    skip_errors: bool,
    /// Only show what would be erased
    #[arg(long)]
    dry_run: bool,
}

/// The result, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    entity_id: &'a str,
    fields: &'a [FieldPath],
    events: u64,
    idempotency_keys: u64,
    audit_entries: u64,
    projections: &'a [&'static str],
    keys: u64,
    skipped_events: &'a [Skipped],
    purged: bool,
    not_purged: Option<&'a str>,
    proof: &'a RedactionProof,
    seconds: f64,
}

pub fn run(session: &mut Session, arguments: &RedactArguments) -> Result<Exit, Failure> {
    let fields = arguments.fields.iter().map(|field| field.parse::<FieldPath>());
    let fields =
        fields.collect::<Result<Vec<_>, _>>().map_err(|error| Failure::from(crate::Error::from(error)))?;
    let store = session.open()?;
    let mut redact = Redact {
        entity_id: arguments.entity.as_ref().or(arguments.entity_json.as_ref()).cloned().unwrap_or_default(),
        fields,
        purge: arguments.purge,
        skip_errors: arguments.skip_errors,
    };
    let content = session.space(&store, &arguments.space, |target| redact.attempt(target))?;
    let target = Target::of(content.space());
    let name = &content.space().space_name;
    let plan = plan_redaction(&content, &redact.entity_id, &redact.fields).map_err(|error| {
        let failure = Failure::from(name_worker(&store, error)).about_space(name);
        if arguments.dry_run { failure } else { redact.attempt(target).refused(&store, failure) }
    })?;
    if arguments.dry_run {
        write_plan(&mut session.out, &plan)?;
        session.say("nothing was erased")?;
        return Ok(Exit::Done);
    }
    let confirmed = arguments.confirm.as_deref().unwrap_or_default();
    if confirmed != name {
        let message =
            format!("--confirm {confirmed} is not the name of the space {name}; nothing was erased");
        let hint = format!("if {name} is the one, confirm it with {}", shell::option("--confirm", name));
        let failure = Failure::refused("not_confirmed", message, hint);
        return Err(redact.attempt(target).refused(&store, failure));
    }
    if !session.out.is_json() {
        write_plan(&mut session.out, &plan)?;
        session.out.flush()?;
    }
    let interrupt = session.signals.listen();
    let title = format!("redact {name}");
    let (redacted, taken) = session
        .run(&mut redact, target, &store, (&interrupt, title))
        .map_err(|failure| naming_skip(failure).about_space(name))?;
    session.done = Some(format!("{} of {name} was redacted", redact.entity_id));
    let report = redact.report(&redacted);
    match session.out.is_json() {
        true => session.out.json_line(&line(&redact, &redacted, taken))?,
        false => write_report(&mut session.out, &report, taken)?,
    }
    Ok(if report.problem { Exit::Refused } else { Exit::Done })
}

/// Names the option that skips the event, if the redaction failed because of one that cannot be applied anyway.
fn naming_skip(failure: Failure) -> Failure {
    if failure.kind != "bad_event" {
        return failure;
    }
    let hint = failure.hint.map(|hint| hint.text("; --skip-errors skips it"));
    Failure { hint, ..failure }
}

fn line<'a>(redact: &'a Redact, redacted: &'a Redacted, taken: Duration) -> Line<'a> {
    let Redacted { plan, events, keys, audit_entries, rebuilt, purged, not_purged, proof } = redacted;
    Line {
        space_id: plan.space.space_id,
        space_name: &plan.space.space_name,
        entity_id: &redact.entity_id,
        fields: &redact.fields,
        events: *events,
        idempotency_keys: *keys,
        audit_entries: *audit_entries,
        projections: &rebuilt.projections,
        keys: rebuilt.entities,
        skipped_events: &rebuilt.skipped,
        purged: *purged,
        not_purged: not_purged.as_deref(),
        proof,
        seconds: in_seconds(taken),
    }
}

fn write_plan(out: &mut Output, plan: &RedactionPlan) -> std::io::Result<()> {
    if out.is_json() {
        return out.json_line(plan);
    }
    let fields = plan.fields.iter().map(|field| {
        let before = match field.erased_before {
            0 => String::new(),
            count => format!(", {} redacted before", grouped(count)),
        };
        format!("{} ({}{before})", field.field, counted(field.events, "event", "events"))
    });
    let always = "exports, backups and other copies that were made before";
    out.fields(&[
        ("space", format!("{} ({})", plan.space.space_name, plan.space.space_id)),
        ("entity", format!("{} ({})", plan.entity_id, counted(plan.entity_events, "event", "events"))),
        ("to redact", counted(plan.events, "event", "events")),
        ("fields", fields.collect::<Vec<_>>().join(", ")),
        ("projections", format!("{} rebuilt", plan.projections.join(", "))),
        ("out of reach", always.to_owned()),
    ])?;
    plan.out_of_reach.iter().try_for_each(|place| out.line(&format!("  {place}")))
}

fn write_report(out: &mut Output, report: &Report, taken: Duration) -> std::io::Result<()> {
    out.line(&format!("{} in {}", report.summary, time_taken(taken)))?;
    report.notes.iter().try_for_each(|note| out.line(note))?;
    report.findings.iter().try_for_each(|finding| out.line(&format!("{} {}", finding.subject, finding.text)))
}

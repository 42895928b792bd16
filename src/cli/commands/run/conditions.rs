//! The conditions of a command, as options.

use clap::Args;

use crate::cli::exit::Failure;
use crate::cli::numbers;
use crate::content_store::{Conditions, ContentStore};
use crate::event::{CorrelationId, EventId, SpaceSequence, metadata_fault, reserved_name};
use crate::event_store::Expected;
use crate::json::{Json, Parts, with_fields_of};

#[derive(Debug, Args)]
pub struct ConditionOptions {
    /// Run only if the space's last sequence is SEQ
    #[arg(long, value_name = "SEQ", value_parser = numbers::sequence, allow_negative_numbers = true)]
    expect: Option<u64>,
    /// Run only if SEQ is the sequence of the last event of the entity ID; 0 if it must have none. Can be repeated
    #[arg(long, value_name = "ID=SEQ", value_parser = entity_sequence)]
    expect_entity: Vec<(String, SpaceSequence)>,
    /// The correlation id of the events; by default a new one
    #[arg(long, value_name = "UUID", value_parser = numbers::correlation_id)]
    correlation: Option<CorrelationId>,
    /// The id of the event that caused the command
    #[arg(long, value_name = "EVENT_ID", value_parser = numbers::event_id, allow_negative_numbers = true)]
    causation: Option<u64>,
    /// A command sent again under the same key changes nothing and returns the first answer
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Metadata of the events, such as reason=audit or '{"reason":"audit"}'. Can be repeated; by default, actor is the
    /// user and client is cli
    #[arg(long, value_name = "NAME=VALUE|JSON", value_parser = metadata)]
    meta: Vec<Json>,
}

impl ConditionOptions {
    /// Returns the conditions, without those that depend on the space.
    pub fn conditions(&self) -> Result<Conditions, Failure> {
        let twice = |what: &str| Failure::usage("usage", format!("{what} is given twice"), "give each once");
        let mut conditions = Conditions {
            expected: self.expect.map_or(Expected::Any, |sequence| Expected::Exact(SpaceSequence(sequence))),
            correlation_id: self.correlation,
            causation_id: self.causation.map(EventId),
            idempotency_key: self.idempotency_key.clone(),
            ..Conditions::default()
        };
        for (entity_id, sequence) in &self.expect_entity {
            let expected = Expected::Exact(*sequence);
            if conditions.expected_entities.insert(entity_id.clone(), expected).is_some() {
                return Err(twice(&format!("the entity {entity_id}")));
            }
        }
        for more in &self.meta {
            let Some(metadata) = conditions.metadata.take() else {
                conditions.metadata = Some(more.clone());
                continue;
            };
            if let Some(name) = names(more).find(|name| names(&metadata).any(|known| known == *name)) {
                return Err(twice(&name));
            }
            conditions.metadata = Some(with_fields_of(&metadata, more));
        }
        Ok(conditions)
    }
}

/// Adds the operator to the metadata of conditions, unless they name another one.
pub(super) fn with_operator(mut conditions: Conditions, content: &ContentStore) -> Conditions {
    conditions.metadata = match (conditions.metadata, content.store().operator().metadata()) {
        (Some(metadata), Some(of_operator)) => Some(with_fields_of(&metadata, &of_operator)),
        (metadata, of_operator) => metadata.or(of_operator),
    };
    conditions
}

/// Checks the text of metadata.
pub(super) fn checked_metadata(text: &str) -> Result<Json, String> {
    let metadata = Json::from_stored(text.to_owned());
    if let Some(reason) = metadata_fault(&metadata) {
        return Err(format!("it is not a JSON object: {reason}"));
    }
    match reserved_name(&metadata) {
        Some(name) => Err(format!("{name} cannot be set: names that begin with $ are reserved")),
        None => Ok(metadata),
    }
}

fn metadata(text: &str) -> Result<Json, String> {
    if text.trim_start().starts_with('{') {
        return checked_metadata(text);
    }
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => {
            checked_metadata(&serde_json::Value::from_iter([(name, value)]).to_string())
        }
        _ => Err("metadata is written like reason=audit or {\"reason\":\"audit\"}".to_owned()),
    }
}

fn names(metadata: &Json) -> impl Iterator<Item = String> {
    let parts = Parts::of_object(metadata.as_str()).into_iter().flatten();
    parts.filter_map(|part| Some(part.key?.decoded().into_owned()))
}

fn entity_sequence(text: &str) -> Result<(String, SpaceSequence), String> {
    // The id may contain the sign, too.
    let (entity_id, sequence) = text.rsplit_once('=').filter(|(entity_id, _)| !entity_id.is_empty()).ok_or(
        "an expectation of an entity is written like c1=12: its id and the sequence of its last event",
    )?;
    Ok((entity_id.to_owned(), SpaceSequence(numbers::sequence(sequence)?)))
}

//! Parses a line of a batch into a request.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::conditions::checked_metadata;
use super::lines::Line;
use crate::cli::exit::Failure;
use crate::content_store::{App, Command, Conditions, FieldKind, Request, check_command};
use crate::error::Error;
use crate::event::{EventId, SpaceSequence};
use crate::event_store::Expected;
use crate::json::with_fields_of;

/// The fields of a line in order, with their raw values.
#[derive(Default)]
struct Fields<'a> {
    fields: Vec<(String, &'a RawValue)>,
    /// A field that is given twice.
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fill;
        impl<'de> Visitor<'de> for Fill {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut read = Fields::default();
                let mut names = HashSet::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    if names.insert(name.clone()) {
                        read.fields.push((name, value));
                    } else {
                        read.twice = Some(name);
                    }
                }
                Ok(read)
            }
        }
        deserializer.deserialize_map(Fill)
    }
}

/// Parses a line, and checks it against the app's declaration. A key that is not a field of the command may
/// be one of the conditions `expect`, `expect_entity`, `correlation_id`, `causation_id`, `idempotency_key` and
/// `metadata`.
pub(super) fn request_of(app: &dyn App, line: &Line, conditions: &Conditions) -> Result<Request, Failure> {
    let at = |failure: Failure| failure.at(&format!("line {}", line.number));
    let Fields { fields, twice } = serde_json::from_slice(&line.text).map_err(|error| {
        let hint = r#"each line is an object such as {"command":"add-contact","contact_id":"c1"}"#;
        let reason = error.to_string().replace(" at line 1 column ", " at column ");
        at(Failure::usage("invalid_json", format!("not a JSON object: {reason}"), hint))
    })?;
    if let Some(name) = twice {
        return Err(at(Failure::usage(
            "invalid_field",
            format!("{name} is given twice"),
            "give each field once",
        )));
    }
    if let Some(name) = spelled_twice(&fields) {
        let hint = "give each condition once";
        return Err(at(Failure::usage("invalid_field", format!("{name} is given under two names"), hint)));
    }
    let named = fields.iter().find(|(key, _)| key == "command").and_then(|(_, value)| string(value));
    let Some(name) = named else {
        return Err(at(Failure::usage("invalid_line", "it has no command", r#"add "command":"…""#)));
    };
    let mut request = Request { command: Command::new(&name), conditions: conditions.clone() };
    let spec = app.commands().iter().find(|spec| spec.name == name);
    for (key, value) in fields.into_iter().filter(|(key, _)| key != "command") {
        let field = spec.and_then(|spec| spec.fields.iter().find(|field| field.name == key));
        if field.is_none() && set_condition(&mut request.conditions, current_name(&key), value).map_err(at)? {
            continue;
        }
        if let Some(text) = text_of(&key, field.map(|field| field.kind), value).map_err(at)? {
            request.command.fields.insert(key, text);
        }
    }
    check_command(app, &request.command).map_err(|error| at(Error::from(error).into()))?;
    Ok(request)
}

fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// Returns a field's value as text, with numbers digit by digit. Null counts as not given. A JSON field may be given as
/// it is, or as the text of a document.
fn text_of(key: &str, kind: Option<FieldKind>, value: &RawValue) -> Result<Option<String>, Failure> {
    match value.get().as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'{' | b'[') if kind == Some(FieldKind::Json) => Ok(Some(value.get().to_owned())),
        Some(b'{' | b'[') => {
            Err(Failure::usage("invalid_field", format!("{key} must be text"), "write the value as a string"))
        }
        Some(b'"') => serde_json::from_str(value.get()).map(Some).map_err(|error| {
            let reason = error.to_string().replace(" at line 1 column ", " at column ");
            Failure::usage(
                "invalid_field",
                format!("{key} is not text: {reason}"),
                "write it as Unicode text",
            )
        }),
        _ => Ok(Some(value.get().to_owned())),
    }
}

/// Returns a condition that is given under its current and a former name.
fn spelled_twice<'a>(fields: &'a [(String, &RawValue)]) -> Option<&'a str> {
    let is_there = |name: &str| fields.iter().any(|(key, _)| key == name);
    let earlier = fields.iter().map(|(key, _)| key.as_str()).filter(|key| current_name(key) != *key);
    earlier.map(current_name).find(|name| is_there(name))
}

/// Returns the current name of a condition.
fn current_name(key: &str) -> &str {
    match key {
        "causation" => "causation_id",
        "correlation" => "correlation_id",
        other => other,
    }
}

/// Sets the condition of that name. Returns true if there is one.
fn set_condition(conditions: &mut Conditions, key: &str, value: &RawValue) -> Result<bool, Failure> {
    let number = || value.get().parse::<u64>().ok();
    let set = match key {
        "expect" => number().map(|sequence| conditions.expected = Expected::Exact(SpaceSequence(sequence))),
        "expect_entity" => {
            let entities = serde_json::from_str::<BTreeMap<String, SpaceSequence>>(value.get()).ok();
            let expected = |(entity_id, sequence)| (entity_id, Expected::Exact(sequence));
            entities
                .map(|entities| conditions.expected_entities = entities.into_iter().map(expected).collect())
        }
        "causation_id" => number().map(|event_id| conditions.causation_id = Some(EventId(event_id))),
        "correlation_id" => {
            let id = string(value).and_then(|text| text.parse().ok());
            id.map(|id| conditions.correlation_id = Some(id))
        }
        "idempotency_key" => string(value).map(|key| conditions.idempotency_key = Some(key)),
        "metadata" => return set_metadata(conditions, value).map(|()| true),
        _ => return Ok(false),
    };
    match set {
        Some(()) => Ok(true),
        None => {
            let hint = "expect and causation_id are numbers, expect_entity is an object of sequences by entity id, \
                        correlation_id is a UUID, idempotency_key is text";
            Err(Failure::usage("invalid_field", format!("{key} cannot be {value}"), hint))
        }
    }
}

/// Sets metadata, which takes precedence over that of the whole batch.
fn set_metadata(conditions: &mut Conditions, value: &RawValue) -> Result<(), Failure> {
    let own = checked_metadata(value.get()).map_err(|reason| {
        let hint = r#"metadata is an object such as {"reason":"audit"}"#;
        Failure::usage("invalid_field", format!("metadata cannot be used: {reason}"), hint)
    })?;
    conditions.metadata = Some(match &conditions.metadata {
        Some(metadata) => with_fields_of(&own, metadata),
        None => own,
    });
    Ok(())
}

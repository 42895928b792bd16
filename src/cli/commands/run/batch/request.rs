//! Parses a line of a batch into a request.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::lines::Line;
use crate::cli::exit::Failure;
use crate::content_store::{App, Command, Request, check_command};
use crate::error::Error;
use crate::event::{EventId, SpaceSequence};
use crate::event_store::Expected;

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
/// be one of the conditions `expect`, `correlation_id`, `causation_id` and `idempotency_key`.
pub(super) fn request_of(app: &dyn App, line: &Line, conditions: &Request) -> Result<Request, Failure> {
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
    let mut request = conditions.clone();
    request.command = Command::new(&name);
    let spec = app.commands().iter().find(|spec| spec.name == name);
    for (key, value) in fields.into_iter().filter(|(key, _)| key != "command") {
        let is_field = spec.is_some_and(|spec| spec.fields.iter().any(|field| field.name == key));
        if !is_field && set_condition(&mut request, current_name(&key), value).map_err(at)? {
            continue;
        }
        if let Some(text) = text_of(&key, value).map_err(at)? {
            request.command.fields.insert(key, text);
        }
    }
    check_command(app, &request.command).map_err(|error| at(Error::from(error).into()))?;
    Ok(request)
}

fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// Returns a field's value as text, with numbers digit by digit. Null counts as not given.
fn text_of(key: &str, value: &RawValue) -> Result<Option<String>, Failure> {
    match value.get().as_bytes().first() {
        Some(b'n') => Ok(None),
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
fn set_condition(request: &mut Request, key: &str, value: &RawValue) -> Result<bool, Failure> {
    let number = || value.get().parse::<u64>().ok();
    let set = match key {
        "expect" => number().map(|sequence| request.expected = Expected::Exact(SpaceSequence(sequence))),
        "causation_id" => number().map(|event_id| request.causation_id = Some(EventId(event_id))),
        "correlation_id" => {
            let id = string(value).and_then(|text| text.parse().ok());
            id.map(|id| request.correlation_id = Some(id))
        }
        "idempotency_key" => string(value).map(|key| request.idempotency_key = Some(key)),
        _ => return Ok(false),
    };
    match set {
        Some(()) => Ok(true),
        None => {
            let hint =
                "expect and causation_id are numbers, correlation_id is a UUID, idempotency_key is text";
            Err(Failure::usage("invalid_field", format!("{key} cannot be {value}"), hint))
        }
    }
}

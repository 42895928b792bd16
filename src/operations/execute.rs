//! Executing a command, with an entry in the audit log.

use serde_json::{Map, Value};

use crate::content_store::{ContentStore, Executed, Request};
use crate::error::Result;
use crate::event_store::Expected;
use crate::text::excerpt;

use super::{Action, Told, recorded};

/// The most characters of a field that are recorded.
const LONGEST: usize = 200;

/// Executes a command like [`ContentStore::execute`], and records who did so and the result.
pub fn execute(content: &ContentStore, request: impl Into<Request>) -> Result<Executed> {
    let request = request.into();
    let parameters = parameters(&request);
    let action = Action::on("run", content.space());
    recorded(content.store(), action, parameters, || content.execute(request), |done| Told::from(done))
}

/// Returns the request's correlation and causation, as they are recorded.
pub fn conditions(request: &Request) -> Map<String, Value> {
    let correlation = request.correlation_id.map(|id| ("correlation_id".to_owned(), id.to_string().into()));
    let causation = request.causation_id.map(|id| ("causation_id".to_owned(), id.0.into()));
    correlation.into_iter().chain(causation).collect()
}

fn parameters(request: &Request) -> Map<String, Value> {
    let mut parameters = Map::new();
    parameters.insert("command".to_owned(), request.command.name.as_str().into());
    for (field, value) in &request.command.fields {
        parameters.insert(field.clone(), excerpt(value, LONGEST).into());
    }
    if let Expected::Exact(sequence) = request.expected {
        parameters.insert("expect".to_owned(), sequence.0.into());
    }
    parameters.extend(conditions(request));
    if let Some(key) = &request.idempotency_key {
        parameters.insert("idempotency_key".to_owned(), key.as_str().into());
    }
    parameters
}

//! Executing a command, with an entry in the audit log.

use serde_json::{Map, Value};

use crate::content_store::Apps;
use crate::content_store::{App, Conditions, ContentStore, Executed, MASK, Request, is_secret};
use crate::error::{Error, Result};
use crate::event_store::Expected;
use crate::text::excerpt;

use super::summary::events;
use super::{Attempt, Operation, OperationContext, Summary, Target, Watch, keep_going};

/// The name of the operation.
const NAME: &str = "run";

/// The most characters of a field that are recorded.
const LONGEST: usize = 200;

/// Executes a command like [`ContentStore::execute`], and records who did so and the result.
pub fn execute(content: &ContentStore, request: impl Into<Request>) -> Result<Executed> {
    let apps = Apps::default();
    let context = OperationContext::new(content.store(), &apps);
    let mut execute = Execute { content, request: request.into() };
    execute.run(Target::of(content.space()), context, &mut keep_going)
}

/// Returns the attempt to execute a command on a space that cannot be opened. It omits the field values, because
/// without the space no delete would ever erase them.
pub fn attempt_to_execute<'a>(command: &str, target: Target<'a>) -> Attempt<'a> {
    Attempt { name: NAME, target, parameters: Map::from_iter([("command".to_owned(), command.into())]) }
}

/// The execution of a command on an open space.
struct Execute<'a> {
    content: &'a ContentStore,
    request: Request,
}

impl Operation for Execute<'_> {
    type Done = Executed;
    type Error = Error;

    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        parameters(self.content.app(), &self.request)
    }

    fn needs_app(&self) -> bool {
        true
    }

    fn is_recorded_at_end(&self) -> bool {
        true
    }

    fn perform(
        &mut self,
        _target: Target<'_>,
        _context: OperationContext<'_>,
        _watch: &mut Watch<'_>,
    ) -> Result<Executed> {
        self.content.execute(std::mem::take(&mut self.request))
    }

    fn summary(&self, done: &Executed) -> Summary {
        done.into()
    }
}

/// Returns the correlation and causation, as they are recorded.
pub fn conditions(conditions: &Conditions) -> Map<String, Value> {
    let correlation =
        conditions.correlation_id.map(|id| ("correlation_id".to_owned(), id.to_string().into()));
    let causation = conditions.causation_id.map(|id| ("causation_id".to_owned(), id.0.into()));
    correlation.into_iter().chain(causation).collect()
}

/// Returns the request as it is recorded. The values of secrets are not, nor those of unknown fields.
fn parameters(app: &dyn App, Request { command, conditions: of_request }: &Request) -> Map<String, Value> {
    let mut parameters = Map::new();
    parameters.insert("command".to_owned(), command.name.as_str().into());
    for (field, value) in &command.fields {
        let shown = match is_secret(app, command, field) {
            true => MASK.to_owned(),
            false => excerpt(value, LONGEST),
        };
        parameters.insert(field.clone(), shown.into());
    }
    if let Expected::Exact(sequence) = of_request.expected {
        parameters.insert("expect".to_owned(), sequence.0.into());
    }
    let entities = of_request.expected_entities.iter().filter_map(|(entity_id, expected)| match expected {
        Expected::Exact(sequence) => Some((excerpt(entity_id, LONGEST), sequence.0.into())),
        _ => None,
    });
    let entities: Map<String, Value> = entities.collect();
    if !entities.is_empty() {
        parameters.insert("expect_entity".to_owned(), entities.into());
    }
    parameters.extend(conditions(of_request));
    if let Some(key) = &of_request.idempotency_key {
        parameters.insert("idempotency_key".to_owned(), key.as_str().into());
    }
    parameters
}

impl From<&Executed> for Summary {
    fn from(done: &Executed) -> Self {
        if done.repeated {
            return Self::done("already executed under this idempotency key; nothing was changed");
        }
        Self::done(format!("{} up to sequence {}", events(done.event_ids.len() as u64), done.space_sequence))
    }
}

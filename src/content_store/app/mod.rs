//! The contract between a domain and the content store: declared commands, and a handler for its events.

mod arguments;
mod check;
mod command;
mod context;
mod deserialize;
mod field;
mod field_type;
mod macros;
pub mod names;
mod secrets;
mod spec;
mod typed;
mod value;

pub use arguments::{Arguments, check_command};
pub use check::{AppProblem, check_app};
pub use command::Command;
pub use context::Context;
pub(super) use context::{Draws, Origin};
pub use field::{FieldHelp, FieldKind, FieldSpec, help};
pub use field_type::FieldType;
pub(crate) use secrets::{MASK, is_secret};
pub use spec::CommandSpec;
pub use typed::{Decide, TypedCommand};
pub use value::check_field;

use std::any::Any;

use crate::error::{CommandError, InvalidEvent, Rejection};
use crate::event::{Event, NewEvent};
use crate::pstate::Schema;

use super::projections::ProjectionSpec;
use super::state::{State, StateError};
use super::upcasting::Upcaster;

/// A domain. Forms, command-line arguments, help, projections, rebuilds and verification all derive from these
/// declarations.
pub trait App: Any + Send + Sync {
    /// Returns its name, as in a space's metadata: `crm`.
    fn name(&self) -> &'static str;

    /// Describes its purpose in one line.
    fn summary(&self) -> &'static str;

    /// Returns the name prefix of its spaces, for spaces whose metadata names no app: `crm_`.
    fn space_prefix(&self) -> &'static str;

    /// Returns the types of its events.
    fn event_types(&self) -> &'static [&'static str];

    /// Returns its commands.
    fn commands(&self) -> &'static [CommandSpec];

    /// Returns the current form of its entities and the migrations to it. Commands, the event handler and readers only
    /// see values in this form. An app whose entities never changed needs no schema.
    fn schema(&self) -> Schema {
        Schema::EMPTY
    }

    /// Returns the version of the projection [`STATE`](crate::pstate::STATE). Raise it when [`App::apply`] derives
    /// other values from the same events: commands are then rejected until the projection is rebuilt.
    fn state_version(&self) -> u32 {
        1
    }

    /// Returns its projections beside [`STATE`](crate::pstate::STATE), each with its own checkpoint.
    fn projections(&self) -> &'static [ProjectionSpec] {
        &[]
    }

    /// Returns the steps from earlier forms of its events to the current one. The event handler, and queries for types and
    /// payloads, see events in their current form; stored events never change. An app whose events never changed needs
    /// none.
    fn upcasters(&self) -> &'static [Upcaster] {
        &[]
    }

    /// Returns the keys of [`STATE`](crate::pstate::STATE) that a command looks up, when it decides and when its events are
    /// applied, as far as its arguments tell. A store on a server reads their values together with the space, instead of one
    /// by one. Missing or additional keys change only how long that takes.
    ///
    /// By default these are the entities to which the fields of the command [refer](FieldHelp::refers_to).
    fn lookups(&self, command: &Command) -> Vec<String> {
        let spec = self.commands().iter().find(|spec| spec.name == command.name);
        let key = |field: &FieldSpec| {
            let id = command.fields.get(field.name).filter(|id| !id.is_empty())?;
            Some(format!("{}:{id}", field.entity()?))
        };
        spec.into_iter().flat_map(|spec| spec.fields).filter_map(key).collect()
    }

    /// Returns the path of its type in Rust, for tests that are written from events.
    fn type_name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// Handles an event: changes the state accordingly. The result may depend only on the event and the state; time
    /// comes from the event.
    ///
    /// # Errors
    /// If the event cannot be applied. The writes made for it so far are then discarded. A panic has the same effect.
    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError>;
}

/// The result of handling an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was applied.
    Yes,
    /// The app does not know this event type, and ignored the event.
    UnknownType,
}

/// The decision of a command: the events to append, or a rejection.
pub type Decision = Result<Vec<NewEvent>, DecideError>;

/// The reason why a command appends nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// The app rejects the command.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The arguments do not fit the command.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// An event cannot be stored.
    #[error(transparent)]
    Event(#[from] InvalidEvent),
}

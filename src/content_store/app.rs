//! The contract between a domain and the content store: declared commands, and a handler for its events.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::error::{CommandError, Rejection};
use crate::event::{Event, NewEvent};
use crate::event_store::RequestDigest;
use crate::pstate::Schema;

use super::state::{State, StateError};

/// A domain. Forms, command-line arguments, help, projections, rebuilds and verification all derive from these
/// declarations.
pub trait App: Send + Sync {
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

    /// Handles an event: changes the state accordingly. The result may depend only on the event and the state; time
    /// comes from the event.
    ///
    /// # Errors
    /// If the event cannot be applied. The writes made for it so far are then discarded.
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
}

/// The declaration of a command.
#[derive(Debug, Clone, Copy)]
pub struct CommandSpec {
    /// The name: `add-contact`.
    pub name: &'static str,
    /// The title for people: `Add contact`.
    pub title: &'static str,
    /// A one-line description.
    pub summary: &'static str,
    /// The fields, in the order of the form.
    pub fields: &'static [FieldSpec],
    /// Reads the state and decides which events to append.
    pub decide: fn(&State<'_>, &Arguments<'_>) -> Decision,
}

/// The declaration of a field of a command.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// The name: `contact_id`.
    pub name: &'static str,
    /// The label for people: `Contact id`.
    pub label: &'static str,
    /// A one-line explanation of the value.
    pub help: &'static str,
    /// True if the command requires a value.
    pub required: bool,
    /// The kind of value.
    pub kind: FieldKind,
    /// The kind of existing entity that the value names: with `contact`, the value `c1` refers to the key
    /// `contact:c1`. A form fills it in from the selection.
    pub entity: Option<&'static str>,
}

/// The kind of value that a field accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// One line of text.
    Line,
    /// Text of several lines.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl FieldSpec {
    /// Declares a required line of text.
    pub const fn required(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, required: true, kind: FieldKind::Line, entity: None }
    }

    /// Declares an optional line of text.
    pub const fn optional(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, required: false, kind: FieldKind::Line, entity: None }
    }

    /// Declares that the value names an existing entity of this kind.
    pub const fn naming(mut self, entity: &'static str) -> Self {
        self.entity = Some(entity);
        self
    }

    /// Sets the kind of value.
    pub const fn of_kind(mut self, kind: FieldKind) -> Self {
        self.kind = kind;
        self
    }
}

/// A command with its arguments, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// The command's name.
    pub name: String,
    /// Values by field.
    pub fields: BTreeMap<String, String>,
}

impl Command {
    /// Creates a command without arguments.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), fields: BTreeMap::new() }
    }

    /// Adds an argument.
    ///
    /// ```
    /// use ramax::Command;
    /// let command = Command::new("add-contact").with("contact_id", "c1").with("name", "Ada");
    /// assert_eq!(command.fields["name"], "Ada");
    /// ```
    pub fn with(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }
}

impl Command {
    /// Returns the digest that distinguishes commands sent under the same idempotency key: SHA-256 over the name and
    /// fields, each with its length. It excludes the conditions of the request, because a retry may expect another
    /// sequence or belong to another correlation.
    pub(super) fn digest(&self) -> RequestDigest {
        let mut hash = Sha256::new_with_prefix(b"ramax command\0");
        let mut feed = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        feed(&self.name);
        for (field, value) in &self.fields {
            feed(field);
            feed(value);
        }
        RequestDigest::Sha256(hash.finalize().into())
    }

    /// Returns true if the stored digest matches this command.
    pub(super) fn has_digest(&self, stored: RequestDigest) -> bool {
        match stored {
            RequestDigest::Sha256(_) => stored == self.digest(),
            RequestDigest::Crc32(crc) => crc == self.crc32(),
        }
    }

    /// Returns the CRC-32 over the command and its arguments that earlier versions stored.
    fn crc32(&self) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        let fields = self.fields.iter().flat_map(|(name, value)| [name, value]);
        for text in std::iter::once(&self.name).chain(fields) {
            crc.update(&(text.len() as u64).to_le_bytes());
            crc.update(text.as_bytes());
        }
        crc.finalize()
    }
}

/// The arguments of a command, checked against its declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments<'a>(Vec<(&'static str, &'a str)>);

impl Arguments<'_> {
    /// Returns a required argument.
    pub fn required(&self, field: &str) -> &str {
        self.optional(field).unwrap_or_default()
    }

    /// Returns an optional argument.
    pub fn optional(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, value)| *value)
    }
}

/// Returns the declaration of a command and its checked arguments: no field is unknown, none is missing. An empty
/// optional field counts as absent.
pub fn check_command<'a>(
    app: &dyn App,
    command: &'a Command,
) -> Result<(&'static CommandSpec, Arguments<'a>), CommandError> {
    let commands = app.commands();
    let spec = commands.iter().find(|spec| spec.name == command.name).ok_or_else(|| {
        CommandError::UnknownCommand {
            app: app.name().to_owned(),
            command: command.name.clone(),
            known: commands.iter().map(|spec| spec.name).collect(),
        }
    })?;
    for name in command.fields.keys() {
        if !spec.fields.iter().any(|field| field.name == name) {
            return Err(CommandError::UnknownField {
                command: spec.name,
                field: name.clone(),
                known: spec.fields.iter().map(|field| field.name).collect(),
            });
        }
    }
    let mut arguments = Vec::with_capacity(spec.fields.len());
    let mut missing = Vec::new();
    for field in spec.fields {
        match command.fields.get(field.name).filter(|value| !value.is_empty()) {
            Some(value) => {
                check_field(field, value)?;
                arguments.push((field.name, value.as_str()));
            }
            None if field.required => missing.push(field.name),
            None => {}
        }
    }
    if !missing.is_empty() {
        return Err(CommandError::MissingFields { command: spec.name, fields: missing });
    }
    Ok((spec, Arguments(arguments)))
}

/// Checks the value of a field against its kind.
pub fn check_field(field: &FieldSpec, value: &str) -> Result<(), CommandError> {
    match field.kind {
        FieldKind::Choice(choices) if !choices.contains(&value) => Err(CommandError::InvalidField {
            field: field.name,
            reason: format!("must be one of {}", choices.join(", ")),
        }),
        FieldKind::Line if value.contains('\n') => {
            Err(CommandError::InvalidField { field: field.name, reason: "must be one line".to_owned() })
        }
        FieldKind::Line | FieldKind::Text | FieldKind::Choice(_) => Ok(()),
    }
}

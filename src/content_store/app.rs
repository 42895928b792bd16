//! What a domain is to a content store: commands, declared once, and how events change state.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::error::{CommandError, Rejection};
use crate::event::{Event, NewEvent};
use crate::event_store::RequestDigest;
use crate::pstate::Schema;

use super::state::{State, StateError};

/// A domain. Forms, command-line arguments, help, projections, rebuilds and verification all derive
/// from what it declares here.
pub trait App: Send + Sync {
    /// Its name, as in a space's metadata: `crm`.
    fn name(&self) -> &'static str;

    /// What it is for, in one line.
    fn summary(&self) -> &'static str;

    /// How the names of its spaces start, for spaces whose metadata names no app: `crm_`.
    fn space_prefix(&self) -> &'static str;

    /// The types of its events.
    fn event_types(&self) -> &'static [&'static str];

    /// Its commands.
    fn commands(&self) -> &'static [CommandSpec];

    /// What its entities look like today, and how older ones come to look so: every value that a command,
    /// an applicator or a reader sees is in this form. An app whose entities never changed needs none.
    fn schema(&self) -> Schema {
        Schema::EMPTY
    }

    /// Changes the state as the event demands. Must depend on nothing but the event and the state:
    /// time comes from the event.
    ///
    /// # Errors
    /// If the event cannot be applied; the writes made for it so far are then dropped.
    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError>;
}

/// What became of an event that was shown to an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was applied.
    Yes,
    /// The app does not know events of this type, and passed it over.
    UnknownType,
}

/// What a command decides: the events to append, or why not.
pub type Decision = Result<Vec<NewEvent>, DecideError>;

/// Why a command decided against appending anything.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The domain turns it down.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}

/// One command of an app.
#[derive(Debug, Clone, Copy)]
pub struct CommandSpec {
    /// Its name: `add-contact`.
    pub name: &'static str,
    /// Its name for people: `Add contact`.
    pub title: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Its fields, in the order in which they are asked for.
    pub fields: &'static [FieldSpec],
    /// Looks at the state and decides which events happen. Reads only.
    pub decide: fn(&State<'_>, &Arguments<'_>) -> Decision,
}

/// One field of a command.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// Its name: `contact_id`.
    pub name: &'static str,
    /// Its name for people: `Contact id`.
    pub label: &'static str,
    /// What to put there, in one line.
    pub help: &'static str,
    /// Whether the command needs it.
    pub required: bool,
    /// What values it takes.
    pub kind: FieldKind,
    /// The kind of existing entity that the value names: with `contact`, the value `c1` stands for the key `contact:c1`.
    /// A form fills it in from the selection.
    pub entity: Option<&'static str>,
}

/// What values a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of text.
    Line,
    /// Text of several lines.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl FieldSpec {
    /// A required line of text.
    #[must_use]
    pub const fn required(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, required: true, kind: FieldKind::Line, entity: None }
    }

    /// An optional line of text.
    #[must_use]
    pub const fn optional(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, required: false, kind: FieldKind::Line, entity: None }
    }

    /// The same field, whose value names an existing entity of this kind.
    #[must_use]
    pub const fn naming(mut self, entity: &'static str) -> Self {
        self.entity = Some(entity);
        self
    }

    /// The same field with other values.
    #[must_use]
    pub const fn of_kind(mut self, kind: FieldKind) -> Self {
        self.kind = kind;
        self
    }
}

/// A command with its arguments, as somebody gave it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// The command's name.
    pub name: String,
    /// Values by field.
    pub fields: BTreeMap<String, String>,
}

impl Command {
    /// A command without arguments.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), fields: BTreeMap::new() }
    }

    /// The same command with one more argument.
    ///
    /// ```
    /// use ramax::Command;
    /// let command = Command::new("add-contact").with("contact_id", "c1").with("name", "Ada");
    /// assert_eq!(command.fields["name"], "Ada");
    /// ```
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }
}

impl Command {
    /// The digest that tells the command from another one under the same idempotency key: SHA-256 over its name and
    /// fields, each with its length. The conditions that it is sent with are no part of it: a retry may expect another
    /// sequence, or belong to another correlation.
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

    /// Returns true if a stored digest is that of this command.
    pub(super) fn has_digest(&self, stored: RequestDigest) -> bool {
        match stored {
            RequestDigest::Sha256(_) => stored == self.digest(),
            RequestDigest::Crc32(crc) => crc == self.crc32(),
        }
    }

    /// A CRC-32 over the command and its arguments, as earlier versions stored it.
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

/// A command's arguments, checked against its declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments<'a>(Vec<(&'static str, &'a str)>);

impl Arguments<'_> {
    /// A required argument.
    #[must_use]
    pub fn required(&self, field: &str) -> &str {
        self.optional(field).unwrap_or_default()
    }

    /// An optional argument.
    #[must_use]
    pub fn optional(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, value)| *value)
    }
}

/// The command that `command` names, with its arguments checked: no unknown field, no missing one. An
/// empty optional field counts as not given.
///
/// # Errors
/// [`CommandError::UnknownCommand`], [`CommandError::UnknownField`], [`CommandError::MissingFields`],
/// [`CommandError::InvalidField`].
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

/// Checks one field's value against its kind.
///
/// # Errors
/// [`CommandError::InvalidField`].
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

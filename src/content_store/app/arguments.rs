//! Checking a command against its declaration.

use crate::error::CommandError;

use super::value::check_field;
use super::{App, Command, CommandSpec, FieldSpec};

/// The arguments of a command, checked against its declaration.
#[derive(Clone)]
pub struct Arguments<'a>(Vec<(&'static FieldSpec, &'a str)>);

impl<'a> Arguments<'a> {
    /// Returns a required argument.
    pub fn required(&self, field: &str) -> &str {
        self.optional(field).unwrap_or_default()
    }

    /// Returns an optional argument.
    pub fn optional(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(spec, _)| spec.name == field).map(|(_, value)| *value)
    }

    /// Wraps values that need no check.
    pub(super) fn unchecked(arguments: Vec<(&'static FieldSpec, &'a str)>) -> Self {
        Self(arguments)
    }

    /// Returns the arguments with their declarations, in the order of the form.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, (&'static FieldSpec, &'a str)> {
        self.0.iter()
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
                arguments.push((field, value.as_str()));
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

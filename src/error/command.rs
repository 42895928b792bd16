//! Errors of commands.

use thiserror::Error;

use crate::shell;
use crate::text::{counted, nearest};

/// A command that a domain turns down.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Rejection {
    /// The reason as a stable word, for example `contact_already_exists`.
    pub reason: &'static str,
    /// The reason for people.
    pub message: String,
    /// The field that it concerns.
    pub field: Option<&'static str>,
}

impl Rejection {
    /// A rejection that concerns one field.
    pub fn of_field(field: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: Some(field) }
    }

    /// A rejection that concerns the command as a whole.
    pub fn of_command(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: None }
    }
}

/// Why a command cannot be executed. Nothing was appended.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The domain turned it down.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The app has no such command.
    #[error("{app} has no command {command}")]
    UnknownCommand {
        /// The app.
        app: String,
        /// The command asked for.
        command: String,
        /// The commands that there are.
        known: Vec<&'static str>,
    },
    /// The command has no such field.
    #[error("{command} has no field {field}")]
    UnknownField {
        /// The command.
        command: &'static str,
        /// The field given.
        field: String,
        /// The fields that there are.
        known: Vec<&'static str>,
    },
    /// Required fields are missing or empty.
    #[error("{command} needs the {} {}", if fields.len() == 1 { "field" } else { "fields" }, listed(fields))]
    MissingFields {
        /// The command.
        command: &'static str,
        /// The fields, at least one.
        fields: Vec<&'static str>,
    },
    /// A field's value cannot be used.
    #[error("{field}: {reason}")]
    InvalidField {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The space runs another app.
    #[error("the space {space} runs {runs}, not {app}")]
    WrongApp {
        /// The space.
        space: String,
        /// The app that was asked for.
        app: String,
        /// The app that the space runs, or what is known of it.
        runs: String,
    },
    /// It is not known which app the space runs.
    #[error("it is not known which app the space {space} runs")]
    UnknownApp {
        /// The space.
        space: String,
        /// The apps that there are.
        known: Vec<&'static str>,
    },
    /// An app cannot be given load data, or no more of it. What was generated before stays.
    #[error("no more events can be generated for {app}, after {}: {reason}", counted(*generated, "event", "events"))]
    CannotGenerate {
        /// The app.
        app: String,
        /// How many events were generated.
        generated: u64,
        /// Why no more are.
        reason: String,
    },
    /// The projection's stored value cannot be read by the app.
    #[error("the projection's value at {key} cannot be read: {reason}")]
    UnreadableState {
        /// Its key.
        key: String,
        /// Why.
        reason: String,
    },
}

impl CommandError {
    /// The error's name, stable for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.reason,
            Self::UnknownCommand { .. } => "unknown_command",
            Self::UnknownField { .. } => "unknown_field",
            Self::MissingFields { .. } => "missing_field",
            Self::InvalidField { .. } => "invalid_field",
            Self::WrongApp { .. } => "wrong_app",
            Self::UnknownApp { .. } => "unknown_app",
            Self::CannotGenerate { .. } => "cannot_generate",
            Self::UnreadableState { .. } => "unreadable_state",
        }
    }

    /// The field that it concerns, the first of several, so that a form can say it there.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Rejected(rejection) => rejection.field,
            Self::UnknownField { field, .. } => Some(field),
            Self::MissingFields { fields, .. } => fields.first().copied(),
            Self::InvalidField { field, .. } => Some(field),
            Self::UnknownCommand { .. }
            | Self::WrongApp { .. }
            | Self::UnknownApp { .. }
            | Self::CannotGenerate { .. }
            | Self::UnreadableState { .. } => None,
        }
    }

    /// What to do next, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Rejected(_) | Self::MissingFields { .. } | Self::InvalidField { .. } => None,
            Self::UnknownCommand { command, known, .. } => {
                Some(format!("{}commands: {}", did_you_mean(command, known), known.join(", ")))
            }
            Self::UnknownField { field, known, .. } => {
                Some(format!("{}fields: {}", did_you_mean(field, known), known.join(", ")))
            }
            Self::WrongApp { space, .. } => {
                let show = crate::shell::command("spaces show", &[space], "");
                Some(format!("nothing was changed; open it with its own app, which `{show}` names"))
            }
            Self::UnknownApp { space, known } => Some(format!(
                "`{}` shows its events; its commands need a program that has its app, and this one has {}. An app is \
                 named when a space is created: `ramax spaces create NAME --app APP`",
                shell::command("events list", &[space], ""),
                listed(known)
            )),
            Self::CannotGenerate { .. } => Some(
                "what was generated before stays; write the rest with `ramax run SPACE --batch FILE`, in values that \
                 the app accepts"
                    .to_owned(),
            ),
            Self::UnreadableState { .. } => {
                Some("`ramax verify SPACE` and then `ramax rebuild SPACE`".to_owned())
            }
        }
    }
}

/// The start of a hint about a mistyped name, if one of the known ones is like it.
fn did_you_mean(mistyped: &str, known: &[&str]) -> String {
    let nearest = nearest(mistyped, known.iter().copied());
    nearest.map_or_else(String::new, |nearest| format!("did you mean {nearest}? "))
}

/// Names as a list in a sentence.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

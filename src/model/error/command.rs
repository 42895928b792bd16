//! Errors of commands.

use thiserror::Error;

use crate::text::{counted, nearest};

use super::{Advice, Remedy};

/// A command rejected by its app.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Rejection {
    /// The reason as a stable word, for example `contact_already_exists`.
    pub reason: &'static str,
    /// The reason for people.
    pub message: String,
    /// The field concerned, if the reason is about one field.
    pub field: Option<&'static str>,
}

impl Rejection {
    /// Creates a rejection that concerns one field.
    pub fn of_field(field: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: Some(field) }
    }

    /// Creates a rejection that concerns the whole command.
    pub fn of_command(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: None }
    }
}

/// The reason why a command was not executed. Nothing was appended.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The app rejected it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The app has no such command.
    #[error("{app} has no command {command}")]
    UnknownCommand {
        /// The app.
        app: String,
        /// The command asked for.
        command: String,
        /// The app's commands.
        known: Vec<&'static str>,
    },
    /// The command has no such field.
    #[error("{command} has no field {field}")]
    UnknownField {
        /// The command.
        command: &'static str,
        /// The field given.
        field: String,
        /// The command's fields.
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
        /// The reason.
        reason: String,
    },
    /// The space runs another app.
    #[error("the space {space} runs {runs}, not {app}")]
    WrongApp {
        /// The space.
        space: String,
        /// The app that was asked for.
        app: String,
        /// The app that the space runs, or a description of it.
        runs: String,
    },
    /// The command was declared for another app than the one that offers it.
    #[error("{command} was declared for the app {app}, but another app offers it")]
    OtherApp {
        /// The command.
        command: &'static str,
        /// The type of the app that it was declared for.
        app: &'static str,
    },
    /// The app declares a projection under a name that is not allowed.
    #[error("the app {app} declares the projection {name:?}, whose name {reason}")]
    InvalidProjection {
        /// The app.
        app: String,
        /// The name.
        name: &'static str,
        /// The reason.
        reason: &'static str,
    },
    /// The app has no such projection.
    #[error("{app} has no projection {projection}")]
    UnknownProjection {
        /// The app.
        app: String,
        /// The projection asked for.
        projection: String,
        /// The app's projections.
        known: Vec<&'static str>,
    },
    /// Several projections of a space hold a key.
    #[error("the projections {} hold the key {key}", projections.join(" and "))]
    AmbiguousKey {
        /// The key.
        key: String,
        /// The projections.
        projections: Vec<String>,
    },
    /// The app declares the projection, so it cannot be removed.
    #[error(
        "the app {app} declares the projection {projection}; only one that no app declares can be removed"
    )]
    DeclaredProjection {
        /// The app.
        app: String,
        /// The space.
        space: String,
        /// The projection.
        projection: String,
    },
    /// The declaration of an app contradicts itself.
    #[error("the app {app} cannot be used: {reason}")]
    InvalidApp {
        /// The app.
        app: String,
        /// The reason.
        reason: String,
    },
    /// This program has no app for the space.
    #[error("{}", unknown_app(space, app.as_deref()))]
    UnknownApp {
        /// The space.
        space: String,
        /// The app that its metadata names; none if its name tells no app either.
        app: Option<String>,
        /// The apps of this program.
        known: Vec<&'static str>,
    },
    /// No more load data can be generated for the app. Events generated before stay.
    #[error("no more events can be generated for {app}, after {}: {reason}", counted(*generated, "event", "events"))]
    CannotGenerate {
        /// The app.
        app: String,
        /// The number of events generated.
        generated: u64,
        /// The reason.
        reason: String,
    },
    /// The app panicked while it decided the command.
    #[error("the app {app} panicked in {command}: {reason}")]
    Panicked {
        /// The app.
        app: String,
        /// The command.
        command: &'static str,
        /// The message of the panic.
        reason: String,
    },
    /// The app cannot read a stored value of the projection.
    #[error("the projection's value at {key} cannot be read: {reason}")]
    UnreadableState {
        /// The value's key.
        key: String,
        /// The reason.
        reason: String,
    },
}

impl CommandError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.reason,
            Self::UnknownCommand { .. } => "unknown_command",
            Self::UnknownField { .. } => "unknown_field",
            Self::MissingFields { .. } => "missing_field",
            Self::InvalidField { .. } => "invalid_field",
            Self::WrongApp { .. } => "wrong_app",
            Self::OtherApp { .. } => "other_app",
            Self::InvalidProjection { .. } => "invalid_projection",
            Self::UnknownProjection { .. } => "unknown_projection",
            Self::AmbiguousKey { .. } => "ambiguous_key",
            Self::DeclaredProjection { .. } => "declared_projection",
            Self::InvalidApp { .. } => "invalid_app",
            Self::UnknownApp { .. } => "unknown_app",
            Self::CannotGenerate { .. } => "cannot_generate",
            Self::Panicked { .. } => "panicked",
            Self::UnreadableState { .. } => "unreadable_state",
        }
    }

    /// Returns the field concerned (the first of several), where a form can show the error.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Rejected(rejection) => rejection.field,
            Self::UnknownField { field, .. } => Some(field),
            Self::MissingFields { fields, .. } => fields.first().copied(),
            Self::InvalidField { field, .. } => Some(field),
            Self::UnknownCommand { .. }
            | Self::WrongApp { .. }
            | Self::OtherApp { .. }
            | Self::InvalidProjection { .. }
            | Self::UnknownProjection { .. }
            | Self::AmbiguousKey { .. }
            | Self::DeclaredProjection { .. }
            | Self::InvalidApp { .. }
            | Self::UnknownApp { .. }
            | Self::CannotGenerate { .. }
            | Self::Panicked { .. }
            | Self::UnreadableState { .. } => None,
        }
    }

    /// Says what to do next, if anything can be done.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::Rejected(_) | Self::MissingFields { .. } | Self::InvalidApp { .. } => None,
            Self::InvalidField { field, reason, .. } => advice_on_field(field, reason),
            Self::UnknownCommand { command, known, .. } => {
                Some(format!("{}commands: {}", did_you_mean(command, known), known.join(", ")).into())
            }
            Self::UnknownField { field, known, .. } => {
                Some(format!("{}fields: {}", did_you_mean(field, known), known.join(", ")).into())
            }
            Self::InvalidProjection { .. } => Some("choose another name in the app's declaration".into()),
            Self::UnknownProjection { projection, known, .. } => {
                Some(format!("{}projections: {}", did_you_mean(projection, known), known.join(", ")).into())
            }
            Self::AmbiguousKey { .. } => Some("name the projection to read".into()),
            Self::DeclaredProjection { space, .. } => Some(
                Advice::default()
                    .remedy(Remedy::Rebuild { skip_errors: false })
                    .text(" derives it again from its events")
                    .about_space(space),
            ),
            Self::WrongApp { space, .. } => Some(
                Advice::from("nothing was changed; open it with its own app, as shown by ")
                    .remedy(Remedy::ShowSpace)
                    .about_space(space),
            ),
            Self::OtherApp { .. } => {
                Some("the list of an app's commands names the app: CommandSpec::of::<App, Command>()".into())
            }
            Self::UnknownApp { space, app, known } => {
                let has = format!(
                    "; its stored projections can be read as well, but its past and its commands need a program with its app, and this one has {}",
                    listed(known)
                );
                let advice = Advice::default().remedy(Remedy::ListEvents).text(has);
                let advice = match app {
                    Some(_) => advice,
                    None => advice.text("; ").remedy(Remedy::NameApp),
                };
                Some(advice.about_space(space))
            }
            Self::CannotGenerate { .. } => Some(
                Advice::from("the events generated so far stay; write the rest with ")
                    .remedy(Remedy::ExecuteBatch)
                    .text(", using values that the app accepts"),
            ),
            Self::Panicked { .. } => Some("this is a fault of the app; nothing was written".into()),
            Self::UnreadableState { .. } => Some(
                Advice::from("run ")
                    .remedy(Remedy::Verify)
                    .text(", then ")
                    .remedy(Remedy::Rebuild { skip_errors: false }),
            ),
        }
    }
}

/// Starts a hint about a mistyped name with the known name most like it.
fn did_you_mean(mistyped: &str, known: &[&str]) -> String {
    let nearest = nearest(mistyped, known.iter().copied());
    nearest.map_or_else(String::new, |nearest| format!("did you mean {nearest}? "))
}

/// Joins names for use in a sentence.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn unknown_app(space: &str, app: Option<&str>) -> String {
    match app {
        Some(app) => format!("{space} runs the app {app}, which this program does not know"),
        None => format!("the app of the space {space} is unknown"),
    }
}

/// The reason why an idempotency key is not valid for a command.
pub(crate) const KEY_OF_ANOTHER_COMMAND: &str = "was used for another command";

/// Says what to write into a field that all commands have.
fn advice_on_field(field: &str, reason: &str) -> Option<Advice> {
    Some(match field {
        "idempotency_key" if reason == KEY_OF_ANOTHER_COMMAND => {
            "choose another key for another command; the same command under its key gets the first answer again".into()
        }
        "idempotency_key" => {
            "choose a short key that no other command of the space has, such as a UUID; without one, a retry executes the \
             command again"
                .into()
        }
        "causation_id" => "name the id of an event in this store, as lists of events show it, or no cause".into(),
        _ => return None,
    })
}

//! Hiding the secrets of a command wherever its results are shown.

use crate::error::{CommandError, Error};
use crate::event::NewEvent;
use crate::json::{Json, Token, Tokens};

use super::super::Change;
use super::{App, Arguments, Command};

/// The text in place of a secret.
pub(crate) const MASK: &str = "•••";

impl Arguments<'_> {
    /// Returns the values of secret fields.
    pub(in crate::content_store) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|(spec, _)| spec.is_secret()).map(|(_, value)| *value)
    }

    /// Hides the secrets in the reason for which a command was rejected.
    pub(in crate::content_store) fn masked_error(&self, error: Error) -> Error {
        let hidden = |text: String| self.secrets().fold(text, |text, secret| text.replace(secret, MASK));
        match error {
            Error::Command(CommandError::Rejected(mut rejection)) => {
                rejection.message = hidden(rejection.message);
                CommandError::Rejected(rejection).into()
            }
            Error::Command(CommandError::InvalidField { field, reason }) => {
                CommandError::InvalidField { field, reason: hidden(reason) }.into()
            }
            Error::Command(CommandError::Panicked { app, command, reason }) => {
                CommandError::Panicked { app, command, reason: hidden(reason) }.into()
            }
            other => other,
        }
    }

    /// Hides the secrets in the events and changes of a preview.
    pub(in crate::content_store) fn mask_preview(&self, events: &mut [NewEvent], changes: &mut [Change]) {
        if self.secrets().next().is_none() {
            return;
        }
        let hidden =
            |text: &str| self.secrets().fold(text.to_owned(), |text, secret| text.replace(secret, MASK));
        for event in events {
            event.entity_id = hidden(&event.entity_id);
            event.payload = self.masked(&event.payload);
        }
        for change in changes {
            change.key = hidden(&change.key);
            change.before = change.before.as_ref().map(|value| self.masked(value));
            change.after = change.after.as_ref().map(|value| self.masked(value));
        }
    }

    /// Returns a document in which every text or number that contains a secret is masked.
    fn masked(&self, document: &Json) -> Json {
        let text = document.as_str();
        let (mut masked, mut copied) = (String::with_capacity(text.len()), 0);
        let mut tokens = Tokens::new(text);
        while let Some(token) = tokens.next() {
            let is_secret = |value: &str| self.secrets().any(|secret| value.contains(secret));
            let hides = match token {
                Token::String(quoted) | Token::Key(quoted) => is_secret(&quoted.decoded()),
                Token::Number(number) => is_secret(number),
                Token::Open(_) | Token::Close(_) | Token::Word(_) => false,
            };
            if hides {
                masked.extend([&text[copied..tokens.start()], "\"", MASK, "\""]);
                copied = tokens.end();
            }
        }
        masked.push_str(&text[copied..]);
        Json::from_stored(masked)
    }
}

/// Returns true if the field of this command is a secret, or might be: the field of an unknown command.
pub(crate) fn is_secret(app: &dyn App, command: &Command, field: &str) -> bool {
    let spec = app.commands().iter().find(|spec| spec.name == command.name);
    let declared = spec.and_then(|spec| spec.fields.iter().find(|known| known.name == field));
    declared.is_none_or(|field| field.is_secret())
}

//! A form: fields generated from a declaration, with what they would lead to.

use crate::content_store::{CommandSpec, FieldKind, Preview};
use crate::operations::SpaceOverview;
use crate::space::SpaceId;

use super::{Failure, RequestId, TextInput};

/// A form being filled in.
#[derive(Debug, Clone)]
pub struct Form {
    /// What it is for.
    pub purpose: FormPurpose,
    /// Its heading: `Add contact`.
    pub title: String,
    /// What it does, in one line.
    pub summary: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The values with which it was opened, in the order of the fields.
    pub initial: Vec<String>,
    /// Where the cursor is.
    pub focus: FormFocus,
    /// What would happen.
    pub preview: FormPreview,
    /// What is wrong with the whole, such as a conflict; errors of one field stand with the field.
    pub error: Option<Failure>,
    /// It was sent and not yet answered.
    pub sending: Option<RequestId>,
    /// It is to be sent as soon as the preview has come.
    pub send_when_previewed: bool,
    /// The first line of the preview on screen.
    pub preview_top: usize,
}

/// What a form is for.
#[derive(Debug, Clone)]
pub enum FormPurpose {
    /// A command of a space's app.
    Command {
        /// The space.
        space_id: SpaceId,
        /// The space's name.
        space_name: String,
        /// The command.
        spec: &'static CommandSpec,
    },
    /// Creating a space.
    CreateSpace,
    /// Writing spaces into files.
    Export {
        /// The spaces as they were when asked, in the order in which it is their turn.
        spaces: Vec<SpaceOverview>,
        /// The marked spaces to which it cannot be done, and why.
        left_out: Vec<(String, String)>,
    },
    /// Creating a space from a file.
    Import,
    /// Copying the database.
    Backup,
}

/// Where the cursor is in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormFocus {
    /// On this field.
    Field(usize),
    /// On the button that sends it.
    Submit,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name: `contact_id`.
    pub name: &'static str,
    /// Its name for people: `Contact id`.
    pub label: &'static str,
    /// What to put there, in one line.
    pub help: &'static str,
    /// Whether it is needed.
    pub required: bool,
    /// What is put there.
    pub input: FieldInput,
    /// What is wrong with it.
    pub error: Option<String>,
    /// It was left once, so that being empty is worth a word.
    pub visited: bool,
}

/// What is put into a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldInput {
    /// Typed text of one or several lines.
    Text(TextInput),
    /// One of several words, or none.
    Choice {
        /// The words.
        options: Vec<&'static str>,
        /// The chosen one.
        chosen: Option<usize>,
    },
}

/// What a form would lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormPreview {
    /// Required fields are still empty; their labels.
    Incomplete(Vec<&'static str>),
    /// Being worked out; the one before, to keep the screen still.
    Pending(RequestId, Option<Preview>),
    /// This.
    Ready(Preview),
    /// It would be turned down; the reason stands with the field or the form.
    Refused,
    /// It could not be worked out; the reason stands with the form. The one before.
    Failed(Option<Preview>),
    /// In words, where no command is previewed.
    Words(Vec<String>),
}

impl Field {
    /// A field for a declared kind of values.
    #[must_use]
    pub fn input_for(kind: FieldKind) -> FieldInput {
        match kind {
            FieldKind::Line => FieldInput::Text(TextInput::line()),
            FieldKind::Text => FieldInput::Text(TextInput::lines()),
            FieldKind::Choice(options) => FieldInput::Choice { options: options.to_vec(), chosen: None },
        }
    }

    /// What is put there; empty for nothing.
    #[must_use]
    pub fn value(&self) -> &str {
        match &self.input {
            FieldInput::Text(input) => input.text(),
            FieldInput::Choice { options, chosen } => {
                chosen.and_then(|at| options.get(at)).copied().unwrap_or("")
            }
        }
    }
}

impl FieldInput {
    /// The same with this value; one that is no choice leaves it as it is.
    #[must_use]
    pub fn with(self, value: &str) -> Self {
        match self {
            Self::Text(input) => Self::Text(input.with(value)),
            Self::Choice { options, chosen } => {
                let chosen = options.iter().position(|option| *option == value).or(chosen);
                Self::Choice { options, chosen }
            }
        }
    }
}

impl Form {
    /// The field that the cursor is on.
    #[must_use]
    pub fn focused(&self) -> Option<&Field> {
        match self.focus {
            FormFocus::Field(index) => self.fields.get(index),
            FormFocus::Submit => None,
        }
    }

    /// Returns true if something was typed or chosen that would be lost.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.fields.iter().zip(&self.initial).any(|(field, initial)| field.value() != initial)
    }

    /// The labels of the required fields that are empty.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let empty = self.fields.iter().filter(|field| field.required && field.value().is_empty());
        empty.map(|field| field.label).collect()
    }
}

//! Forms: fields generated from a declaration, with a preview of the result.

use std::borrow::Cow;

use crate::console::app::shown_list::ShownList;
use crate::console::app::state::{ErrorText, RequestId};
use crate::console::layers::form::bug_report::ReportChoice;
use crate::console::layers::form::completion::Completion;
use crate::console::widgets::diff::Diff;
use crate::console::widgets::text_input::TextInput;
use crate::content_store::{CommandSpec, FieldKind, FieldSpec, Preview};
use crate::event::{NewEvent, SpaceSequence};
use crate::operations::{Pause, SpaceOverview};
use crate::space::{Space, SpaceId};

/// A form being filled in.
#[derive(Debug, Clone)]
pub struct Form {
    /// The purpose of the form.
    pub purpose: FormPurpose,
    /// The heading: `Add contact`.
    pub title: String,
    /// The effect of submitting it, in one line.
    pub summary: String,
    /// The fields.
    pub fields: Vec<FormField>,
    /// The initial values, in field order.
    pub initial: Vec<String>,
    /// The position of the cursor.
    pub focus: FormFocus,
    /// The expected result.
    pub preview: FormPreview,
    /// An error of the whole form, such as a conflict. Errors of one field are kept with the field.
    pub error: Option<ErrorText>,
    /// The submission in flight.
    pub sending: Option<RequestId>,
    /// True if it is to be submitted as soon as the preview arrives.
    pub send_when_previewed: bool,
    /// The first line of the preview on screen.
    pub preview_top: usize,
    /// The values with which the focused field can continue.
    pub completion: Completion,
}

/// The purpose of a form.
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
    /// Changing a space's name, app or metadata.
    ChangeSpace {
        /// The space when the form opened.
        space: Box<Space>,
    },
    /// Writing spaces into files.
    Export {
        /// The spaces when the form opened, in processing order.
        spaces: Vec<SpaceOverview>,
        /// The marked spaces that cannot be exported, with the reasons.
        skipped: Vec<(String, String)>,
    },
    /// Writing some events of a space, with masked values.
    BugReport(Box<ReportChoice>),
    /// Writing the rows of a list.
    ExportList {
        /// The list when the form opened.
        list: Box<ShownList>,
        /// The fields of a file, while the destination is another one.
        hidden: Vec<FormField>,
    },
    /// Creating a space from an export, or spaces from a file of the Elixir original.
    Import,
    /// Creating the spaces of the open file of the Elixir original in another database.
    ImportOpen,
    /// Copying the database.
    Backup,
    /// Creating a space with the events of another one up to a point.
    Fork {
        /// The space when the form opened.
        space: Box<SpaceOverview>,
        /// The last event of the fork, once it is planned.
        planned: Option<SpaceSequence>,
    },
    /// Erasing fields of one entity's events.
    Redact {
        /// The space when the form opened.
        space: Box<Space>,
    },
}

impl FormPurpose {
    pub(super) fn is_import_open(&self) -> bool {
        matches!(self, Self::ImportOpen)
    }
}

/// The position of the cursor in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormFocus {
    /// On a field.
    Field(usize),
    /// On the submit button.
    Submit,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    /// The name: `contact_id`.
    pub name: &'static str,
    /// The display name: `Contact id`.
    pub label: &'static str,
    /// The help, in one line. It names keys by action.
    pub help: Cow<'static, str>,
    /// True if a value is required.
    pub required: bool,
    /// The kind of value, if the field belongs to a command.
    pub kind: Option<FieldKind>,
    /// The input.
    pub input: FieldInput,
    /// The error.
    pub error: Option<String>,
    /// True if it had the focus once. Only then is a missing value reported.
    pub visited: bool,
    /// True if typing its value confirms the form. The preview is shown before.
    pub confirms: bool,
}

/// The input of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldInput {
    /// Text of one or several lines.
    Text(TextInput),
    /// A choice of one word, or none.
    Choice {
        /// The words.
        options: Vec<&'static str>,
        /// The chosen word.
        chosen: Option<usize>,
    },
}

/// The preview of a form's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormPreview {
    /// Required fields are empty; their labels.
    Incomplete(Vec<&'static str>),
    /// In progress. The previous preview stays on screen to avoid flicker.
    Pending(RequestId, Option<ShownPreview>),
    /// The result of the command.
    Ready(ShownPreview),
    /// The app would reject the command; the field or the form has the reason.
    Refused,
    /// The preview failed; the form has the reason. The previous preview stays on screen.
    Failed(Option<ShownPreview>),
    /// Lines of text, for a form that is not a command.
    Words(Vec<String>),
}

/// The preview of a command, as it is shown. Made where it is read, since values may be long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPreview {
    /// The events that the command would append.
    pub events: Vec<NewEvent>,
    /// The changes that they would make.
    pub diff: Diff,
    /// The last sequence of the space for which the preview is valid.
    pub at: SpaceSequence,
}

impl ShownPreview {
    /// Returns a preview as it is shown. Calls `pause` often enough to stop the comparison of large values.
    ///
    /// # Errors
    /// The error of `pause`.
    pub fn of<E>(preview: Preview, pause: &mut Pause<'_, E>) -> Result<Self, E> {
        let Preview { events, changes, at, .. } = preview;
        Ok(Self { events, diff: Diff::of(&changes, pause)?, at })
    }
}

impl FormField {
    /// Returns a field that has not been visited yet.
    pub(crate) fn new(
        name: &'static str,
        label: &'static str,
        help: impl Into<Cow<'static, str>>,
        required: bool,
        input: FieldInput,
    ) -> Self {
        let help = help.into();
        Self { name, label, help, required, kind: None, input, error: None, visited: false, confirms: false }
    }

    /// Returns true if a required value is missing. Blanks are none.
    pub(crate) fn is_missing(&self) -> bool {
        self.required && self.value().trim().is_empty()
    }

    /// Returns a required field whose value confirms the form.
    pub(crate) fn confirmation(name: &'static str, label: &'static str, help: &'static str) -> Self {
        let input = FieldInput::Text(TextInput::line());
        Self { confirms: true, ..Self::new(name, label, help, true, input) }
    }

    /// Returns the field of a command.
    pub(crate) fn of_command(spec: &FieldSpec, value: &str) -> Self {
        let input = Self::input_for(spec.kind).with(value);
        Self { kind: Some(spec.kind), ..Self::new(spec.name, spec.label, spec.help, spec.required, input) }
    }

    /// Returns an empty input for a declared kind of value.
    fn input_for(kind: FieldKind) -> FieldInput {
        match kind {
            FieldKind::Text | FieldKind::Json => FieldInput::Text(TextInput::lines()),
            FieldKind::Secret => FieldInput::Text(TextInput::secret()),
            FieldKind::Boolean => FieldInput::Choice { options: vec!["true", "false"], chosen: None },
            FieldKind::Choice(options) => FieldInput::Choice { options: options.to_vec(), chosen: None },
            _ => FieldInput::Text(TextInput::line()),
        }
    }

    /// Returns true if a choice can be left empty: in an optional field of a command.
    pub(super) fn is_optional(&self) -> bool {
        self.kind.is_some() && !self.required
    }

    /// Returns the value; empty if there is none.
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
    /// Sets the value. Ignores a value that is not among the choices.
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
    /// Returns true if the preview of this request is still expected.
    pub(super) fn expects(&self, request: RequestId) -> bool {
        matches!(&self.preview, FormPreview::Pending(pending, _) if *pending == request)
    }

    pub(super) fn clear_field_errors(&mut self) {
        self.fields.iter_mut().for_each(|field| field.error = None);
    }

    /// Returns the field that has the cursor.
    pub fn focused(&self) -> Option<&FormField> {
        match self.focus {
            FormFocus::Field(index) => self.fields.get(index),
            FormFocus::Submit => None,
        }
    }

    /// As [`Form::focused`], for changes.
    pub(super) fn focused_mut(&mut self) -> Option<&mut FormField> {
        match self.focus {
            FormFocus::Field(index) => self.fields.get_mut(index),
            FormFocus::Submit => None,
        }
    }

    /// Moves the cursor. The value that it leaves is checked.
    pub(super) fn move_to(&mut self, focus: FormFocus) {
        if self.focus == focus {
            return;
        }
        if let Some(field) = self.focused_mut() {
            field.visited = true;
            if let Some(fault) = field.fault() {
                field.error = Some(fault);
            }
        }
        self.focus = focus;
    }

    /// Moves to the first field with an error, so that it is on screen. Called after the form was to be sent: while values are typed,
    /// the cursor stays.
    pub(super) fn show_refusal(&mut self) {
        if let Some(index) = self.fields.iter().position(|field| field.error.is_some()) {
            self.focus = FormFocus::Field(index);
        }
    }

    /// Chooses an option of the focused field. Choosing it again leaves an optional field empty. Returns false if nothing
    /// can be chosen.
    pub(super) fn choose_option(&mut self, option: usize) -> bool {
        let is_free = self.sending.is_none();
        let Some(field) = self.focused_mut().filter(|_| is_free) else { return false };
        let can_be_empty = field.is_optional();
        let FieldInput::Choice { options, chosen } = &mut field.input else { return false };
        if option >= options.len() {
            return false;
        }
        *chosen = (*chosen != Some(option) || !can_be_empty).then_some(option);
        field.visited = true;
        true
    }

    /// Returns true if there is input that closing the form would discard.
    pub fn is_changed(&self) -> bool {
        self.fields.iter().zip(&self.initial).any(|(field, initial)| field.value() != initial)
    }

    /// Returns the labels of the required fields that are empty, except that of the confirmation.
    pub fn missing(&self) -> Vec<&'static str> {
        let needed = self.fields.iter().filter(|field| field.required && !field.confirms);
        let empty = needed.filter(|field| field.value().is_empty());
        empty.map(|field| field.label).collect()
    }
}

//! The declarations of a command's fields.

use super::FieldType;

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
}

/// The kind of value that a field accepts. A value is a text in every client, and reaches the event digit by digit as
/// it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// One line of text.
    Line,
    /// Text of several lines.
    Text,
    /// A whole number of any size: `-42`.
    Integer,
    /// A whole number between two bounds, both included.
    IntegerIn {
        /// The smallest number.
        min: i128,
        /// The largest number.
        max: i128,
    },
    /// A number with any number of decimal places, without an exponent: `12.50`.
    Decimal,
    /// `true` or `false`.
    Boolean,
    /// A day: `2026-11-29`.
    Date,
    /// A point in time, with its offset from UTC: `2026-11-29T10:00:00Z`.
    Time,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// An existing entity of this kind: with `contact`, the value `c1` refers to the key `contact:c1`. A form completes
    /// it, and fills it in from the selection.
    Reference(&'static str),
    /// A JSON document.
    Json,
    /// One line of text that is never shown, logged or recorded.
    Secret,
}

impl FieldSpec {
    /// Declares a required line of text.
    pub const fn required(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, required: true, kind: FieldKind::Line }
    }

    /// Declares an optional line of text.
    pub const fn optional(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, required: false, kind: FieldKind::Line }
    }

    /// Sets the kind of value.
    pub const fn of_kind(mut self, kind: FieldKind) -> Self {
        self.kind = kind;
        self
    }

    /// Returns the kind of existing entity that the value refers to.
    pub(crate) fn entity(&self) -> Option<&'static str> {
        match self.kind {
            FieldKind::Reference(entity) => Some(entity),
            _ => None,
        }
    }

    /// Returns true if the value is a secret.
    pub(crate) fn is_secret(&self) -> bool {
        self.kind == FieldKind::Secret
    }
}

/// The help of a field that [`commands!`](crate::commands) declares, and what differs from the default.
#[derive(Debug, Clone, Copy)]
pub struct FieldHelp {
    help: &'static str,
    label: Option<&'static str>,
    kind: Option<FieldKind>,
}

/// Explains the value of a field in one line.
pub const fn help(help: &'static str) -> FieldHelp {
    FieldHelp { help, label: None, kind: None }
}

impl FieldHelp {
    /// Sets the label. By default it is the name of the field: `Contact id`.
    pub const fn label(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }

    /// Sets the kind of value. By default it is the kind of the field's type.
    pub const fn kind(mut self, kind: FieldKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Declares that the value refers to an existing entity of this kind: with `contact`, `c1` refers to the key
    /// `contact:c1`.
    pub const fn refers_to(self, entity: &'static str) -> Self {
        self.kind(FieldKind::Reference(entity))
    }

    /// Declares a field of the type `T`.
    #[doc(hidden)]
    pub const fn field<T: FieldType>(self, name: &'static str, label: &'static str) -> FieldSpec {
        let label = match self.label {
            Some(label) => label,
            None => label,
        };
        let kind = match self.kind {
            Some(kind) => kind,
            None => T::KIND,
        };
        FieldSpec { name, label, help: self.help, required: T::REQUIRED, kind }
    }
}

impl FieldKind {
    /// Returns its name, for programs: `integer`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Text => "text",
            Self::Integer | Self::IntegerIn { .. } => "integer",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::Choice(_) => "choice",
            Self::Reference(_) => "reference",
            Self::Json => "json",
            Self::Secret => "secret",
        }
    }

    /// Describes the form of a value, unless any text is one.
    pub fn form(self) -> Option<String> {
        Some(match self {
            Self::Line | Self::Text => return None,
            Self::Integer => "a whole number, such as 42".to_owned(),
            Self::IntegerIn { min, max } => format!("a whole number from {min} to {max}"),
            Self::Decimal => "a number, such as 12.50".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Date => "a day, such as 2026-11-29".to_owned(),
            Self::Time => "a time with its offset from UTC, such as 2026-11-29T10:00:00Z".to_owned(),
            Self::Choice(choices) => format!("one of {}", choices.join(", ")),
            Self::Reference(entity) => format!("an existing {entity}"),
            Self::Json => "a JSON document".to_owned(),
            Self::Secret => "a secret, which is never shown or recorded".to_owned(),
        })
    }
}

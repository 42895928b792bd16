//! Values for the fields of commands.

use crate::content_store::{FieldKind, FieldSpec};

/// The form of a value. If an app rejects one form, the next is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Form {
    /// FindingText, or an id that starts with a letter.
    #[default]
    FindingText,
    /// Digits only.
    Number,
    /// A day such as `2026-01-31`.
    Day,
    /// An e-mail address.
    Email,
}

impl Form {
    /// Returns the form to try after this one.
    pub(super) fn next(self) -> Self {
        match self {
            Self::FindingText => Self::Number,
            Self::Number => Self::Day,
            Self::Day => Self::Email,
            Self::Email => Self::FindingText,
        }
    }
}

/// Returns the id of an entity, such as `c7` for the seventh contact.
pub(super) fn id(field: &FieldSpec, form: Form, number: u64) -> String {
    let initial = field.name.chars().next().unwrap_or('e');
    match form {
        Form::FindingText => format!("{initial}{number}"),
        Form::Number => number.to_string(),
        Form::Day => format!("{}-01-01", 1000 + number % 9000),
        Form::Email => format!("{initial}{number}@load.example"),
    }
}

/// Returns a value for a field that does not name an entity.
pub(super) fn value(field: &FieldSpec, form: Form, chance: &mut fastrand::Rng) -> String {
    let words = match field.kind {
        FieldKind::Choice(choices) => return chance.choice(choices).copied().unwrap_or_default().to_owned(),
        FieldKind::Text => 12,
        FieldKind::Line => 2,
    };
    match form {
        Form::FindingText if field.name == "language" => {
            chance.choice(["de", "en", "es", "fr", "it", "ja", "pt", "sv"]).unwrap_or_default().to_owned()
        }
        Form::FindingText if field.name != "email" => self::words(words, chance),
        Form::Number => chance.u32(1..=1000).to_string(),
        Form::Day => format!("20{:02}-{:02}-{:02}", chance.u8(..100), chance.u8(1..=12), chance.u8(1..=28)),
        Form::FindingText | Form::Email => {
            format!("{}@{}.example", self::words(1, chance), self::words(1, chance))
        }
    }
}

fn words(count: usize, chance: &mut fastrand::Rng) -> String {
    const WORDS: [&str; 24] = [
        "ada",
        "grace",
        "linus",
        "edsger",
        "barbara",
        "donald",
        "tony",
        "alan",
        "margaret",
        "ken",
        "dennis",
        "radia",
        "lovelace",
        "hopper",
        "liskov",
        "knuth",
        "hoare",
        "turing",
        "hamilton",
        "ritchie",
        "perlman",
        "zoë",
        "søren",
        "李小龍",
    ];
    let words: Vec<&str> = (0..count).filter_map(|_| chance.choice(&WORDS).copied()).collect();
    words.join(" ")
}

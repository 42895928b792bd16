//! Values for the fields of commands.

use crate::clock::Timestamp;
use crate::content_store::{FieldKind, FieldSpec};
use crate::date::Date;

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
    let days = i32::try_from(number % 1_000_000).unwrap_or(0);
    match field.kind {
        FieldKind::Integer | FieldKind::Decimal => return number.to_string(),
        FieldKind::IntegerIn { min, max } => return (min.max(0) + i128::from(number)).min(max).to_string(),
        FieldKind::Date => return day(days),
        FieldKind::Time => return format!("{}T12:00:00Z", day(days)),
        _ => {}
    }
    match form {
        Form::FindingText => format!("{initial}{number}"),
        Form::Number => number.to_string(),
        Form::Day => format!("{}-01-01", 1000 + number % 9000),
        Form::Email => format!("{initial}{number}@load.example"),
    }
}

/// Returns a value for a field that does not name an entity.
pub(super) fn value(field: &FieldSpec, form: Form, chance: &mut fastrand::Rng) -> String {
    match field.kind {
        FieldKind::Line | FieldKind::Reference(_) | FieldKind::Secret => text(field, 2, form, chance),
        FieldKind::Text => text(field, 12, form, chance),
        FieldKind::Choice(choices) => chance.choice(choices).copied().unwrap_or_default().to_owned(),
        FieldKind::Integer => chance.u32(1..=1000).to_string(),
        FieldKind::IntegerIn { min, max } => {
            let (low, high) = (1.clamp(min, max.max(min)), 1000.clamp(min, max.max(min)));
            chance.i128(low..=high).to_string()
        }
        FieldKind::Decimal => format!("{}.{:02}", chance.u32(1..=1000), chance.u8(..100)),
        FieldKind::Boolean => chance.bool().to_string(),
        FieldKind::Date => day(chance.i32(..10_000)),
        FieldKind::Time => {
            let time = (chance.u8(..24), chance.u8(..60), chance.u8(..60));
            format!("{}T{:02}:{:02}:{:02}Z", day(chance.i32(..10_000)), time.0, time.1, time.2)
        }
        FieldKind::Json => match form {
            Form::FindingText => "{}".to_owned(),
            Form::Number => chance.u32(1..=1000).to_string(),
            Form::Day => "[]".to_owned(),
            Form::Email => serde_json::json!([words(2, chance)]).to_string(),
        },
    }
}

/// Returns the day that comes this many days after the first of the year 2000.
fn day(days: i32) -> String {
    let first = Date::of(Timestamp(946_684_800_000));
    first.after_days(days).unwrap_or(first).to_string()
}

fn text(field: &FieldSpec, words: usize, form: Form, chance: &mut fastrand::Rng) -> String {
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

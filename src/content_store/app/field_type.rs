//! The types that a field of a command's struct can have, with their kinds.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::json::Json;
use crate::timestamp::Timestamp;
use crate::{Date, Decimal, Secret};

use super::FieldKind;

/// A type that a field of a command's struct can have. [`choice!`](crate::choice) implements it for an enum.
///
/// | type | kind |
/// |---|---|
/// | `String` | a line of text; `#[kind(…)]` allows any other kind |
/// | integers up to 64 bits | integer, within the bounds of the type |
/// | [`Decimal`], `bool`, [`Date`], [`Timestamp`] | decimal, boolean, date, time |
/// | [`Json`], `Vec<T>`, `BTreeMap<String, T>` | JSON |
/// | [`Secret`] | secret |
/// | `Option<T>` | the kind of `T`, optional |
pub trait FieldType: DeserializeOwned {
    /// The kind of the field.
    const KIND: FieldKind;
    /// True if the field requires a value.
    const REQUIRED: bool = true;

    /// Returns the text of the value, as a field carries it; `None` if the value is absent.
    fn to_text(&self) -> Option<String>;
}

macro_rules! shown {
    ($($type:ty => $kind:expr;)+) => {$(
        impl FieldType for $type {
            const KIND: FieldKind = $kind;

            fn to_text(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )+};
}

macro_rules! integers {
    ($($type:ty)+) => {
        shown! { $($type => FieldKind::IntegerIn { min: <$type>::MIN as i128, max: <$type>::MAX as i128 };)+ }
    };
}

integers! { i8 i16 i32 i64 u8 u16 u32 u64 }

shown! {
    String => FieldKind::Line;
    bool => FieldKind::Boolean;
    Decimal => FieldKind::Decimal;
    Date => FieldKind::Date;
    Timestamp => FieldKind::Time;
    Json => FieldKind::Json;
}

impl FieldType for Secret {
    const KIND: FieldKind = FieldKind::Secret;

    fn to_text(&self) -> Option<String> {
        Some(self.reveal().to_owned())
    }
}

impl<T: FieldType> FieldType for Option<T> {
    const KIND: FieldKind = T::KIND;
    const REQUIRED: bool = false;

    fn to_text(&self) -> Option<String> {
        self.as_ref().and_then(T::to_text)
    }
}

impl<T: DeserializeOwned + Serialize> FieldType for Vec<T> {
    const KIND: FieldKind = FieldKind::Json;

    fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

impl<T: DeserializeOwned + Serialize> FieldType for BTreeMap<String, T> {
    const KIND: FieldKind = FieldKind::Json;

    fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

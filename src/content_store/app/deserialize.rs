//! Reading the arguments of a command into its struct, by the kinds of its fields. No text passes through a float.

use std::fmt;
use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::error::CommandError;

use super::{Arguments, FieldKind, FieldSpec};

/// The reason why arguments cannot be read into a struct.
#[derive(Debug)]
pub(super) struct ArgumentError {
    /// The field concerned, if the reason is about one field.
    pub(super) field: Option<&'static str>,
    pub(super) reason: String,
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for ArgumentError {}

impl de::Error for ArgumentError {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self { field: None, reason: reason.to_string() }
    }
}

impl From<ArgumentError> for CommandError {
    fn from(error: ArgumentError) -> Self {
        Self::InvalidField { field: error.field.unwrap_or("command"), reason: error.reason }
    }
}

/// The reason for a field that the struct does not have.
pub(super) const UNKNOWN: &str = "the struct has no such field";

/// The treatment of fields that the struct does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// They are ignored.
    Lenient,
    /// They are an error.
    EveryFieldIsKnown,
}

/// Reads the arguments into a value.
pub(super) fn read<T: DeserializeOwned>(
    arguments: &Arguments<'_>,
    strictness: Strictness,
) -> Result<T, ArgumentError> {
    T::deserialize(Fields { arguments, strictness })
}

struct Fields<'a> {
    arguments: &'a Arguments<'a>,
    strictness: Strictness,
}

impl<'de> Deserializer<'de> for Fields<'de> {
    type Error = ArgumentError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        visitor.visit_map(Values { fields: self.arguments.iter(), value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        let unknown = self.arguments.iter().find(|(spec, _)| !fields.contains(&spec.name));
        match unknown.filter(|_| self.strictness == Strictness::EveryFieldIsKnown) {
            Some((spec, _)) => Err(ArgumentError { field: Some(spec.name), reason: UNKNOWN.to_owned() }),
            None => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Values<'de> {
    fields: std::slice::Iter<'de, (&'static FieldSpec, &'de str)>,
    value: Option<(&'static FieldSpec, &'de str)>,
}

impl<'de> MapAccess<'de> for Values<'de> {
    type Error = ArgumentError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ArgumentError> {
        self.value = self.fields.next().copied();
        let Some((spec, _)) = self.value else { return Ok(None) };
        let name: StrDeserializer<'_, ArgumentError> = spec.name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ArgumentError> {
        let Some((spec, text)) = self.value.take() else {
            return Err(de::Error::custom("a value without a field"));
        };
        seed.deserialize(FieldValue { kind: spec.kind, text }).map_err(|error| {
            let reason = match spec.is_secret() {
                true => "it does not fit the command's struct".to_owned(),
                false => error.reason,
            };
            ArgumentError { field: Some(spec.name), reason }
        })
    }
}

/// The value of a field, to be read in the form that the struct asks for.
struct FieldValue<'de> {
    kind: FieldKind,
    text: &'de str,
}

impl<'de> FieldValue<'de> {
    /// Returns true if the text is a JSON document.
    fn is_json(&self) -> bool {
        let kind = self.kind;
        matches!(
            kind,
            FieldKind::Json | FieldKind::Decimal | FieldKind::Integer | FieldKind::IntegerIn { .. }
        )
    }

    fn as_text(&self) -> BorrowedStrDeserializer<'de, ArgumentError> {
        BorrowedStrDeserializer::new(self.text)
    }

    /// Reads the text as JSON.
    fn with_json<T>(
        &self,
        then: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::StrRead<'de>>) -> serde_json::Result<T>,
    ) -> Result<T, ArgumentError> {
        then(&mut serde_json::Deserializer::from_str(self.text)).map_err(de::Error::custom)
    }
}

/// Parses a whole number, with an error that names the bounds of the type.
fn whole<N: FromStr<Err = ParseIntError> + fmt::Display>(
    text: &str,
    min: N,
    max: N,
) -> Result<N, ArgumentError> {
    text.parse().map_err(|error: ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => de::Error::custom(format_args!("must be at most {max}")),
        IntErrorKind::NegOverflow => de::Error::custom(format_args!("must be at least {min}")),
        _ if text.starts_with('-') => de::Error::custom(format_args!("must be at least {min}")),
        _ => de::Error::custom("must be a whole number"),
    })
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ty)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
            visitor.$visit(whole::<$type>(self.text, <$type>::MIN, <$type>::MAX)?)
        }
    )+};
}

impl<'de> Deserializer<'de> for FieldValue<'de> {
    type Error = ArgumentError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.kind {
            FieldKind::Boolean => self.deserialize_bool(visitor),
            FieldKind::Json => self.with_json(|json| json.deserialize_any(visitor)),
            FieldKind::Integer | FieldKind::IntegerIn { .. } => match self.text.parse::<u64>() {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => match self.text.parse::<i64>() {
                    Ok(number) => visitor.visit_i64(number),
                    Err(_) => visitor.visit_borrowed_str(self.text),
                },
            },
            _ => visitor.visit_borrowed_str(self.text),
        }
    }

    whole_numbers! {
        deserialize_i8 visit_i8 i8
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
        deserialize_i128 visit_i128 i128
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_u128 visit_u128 u128
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        match self.text {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(de::Error::custom("must be true or false")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ArgumentError> {
        Err(de::Error::custom("a float would change the digits; the struct must use Decimal or String"))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        visitor.visit_borrowed_str(self.text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        visitor.visit_borrowed_str(self.text)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        visitor.visit_borrowed_str(self.text)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        if self.kind == FieldKind::Json {
            return self.with_json(|json| json.deserialize_enum(name, variants, visitor));
        }
        self.as_text().deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        // Also how `serde_json` passes on a raw value.
        if self.is_json() {
            return self.with_json(|json| json.deserialize_newtype_struct(name, visitor));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        self.with_json(|json| json.deserialize_seq(visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        self.with_json(|json| json.deserialize_tuple(length, visitor))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        self.with_json(|json| json.deserialize_map(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ArgumentError> {
        self.with_json(|json| json.deserialize_struct(name, fields, visitor))
    }

    forward_to_deserialize_any! { bytes byte_buf unit unit_struct tuple_struct identifier ignored_any }
}

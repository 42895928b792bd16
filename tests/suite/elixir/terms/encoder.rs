//! Random terms, and a small encoder for them.

use proptest::prelude::*;

/// A term, independent of how it is encoded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Model {
    Integer(i128),
    /// The sign, and the magnitude from the least significant byte on.
    Huge(bool, Vec<u8>),
    /// The bits of the number.
    Float(u64),
    Atom(String),
    Binary(Vec<u8>),
    /// The bytes, and the size in bits.
    Bits(Vec<u8>, usize),
    List(Vec<Model>),
    Improper(Vec<Model>, Box<Model>),
    Tuple(Vec<Model>),
    Map(Vec<(Model, Model)>),
    /// The tag of its JSON form, and its own bytes.
    Opaque(&'static str, Vec<u8>),
}

pub fn atom(name: &str) -> Model {
    Model::Atom(name.to_owned())
}

pub fn text(text: &str) -> Model {
    Model::Binary(text.as_bytes().to_vec())
}

/// A map with atoms as keys.
pub fn fields(fields: impl IntoIterator<Item = (&'static str, Model)>) -> Model {
    Model::Map(fields.into_iter().map(|(name, value)| (atom(name), value)).collect())
}

impl Model {
    /// Sorts the entries of all maps: their order has no meaning.
    pub fn sorted(self) -> Self {
        let all = |items: Vec<Self>| items.into_iter().map(Self::sorted).collect();
        match self {
            Self::List(items) => Self::List(all(items)),
            Self::Improper(items, tail) => Self::Improper(all(items), Box::new(tail.sorted())),
            Self::Tuple(items) => Self::Tuple(all(items)),
            Self::Map(entries) => {
                let entries = entries.into_iter().map(|(key, value)| (key.sorted(), value.sorted()));
                let mut entries: Vec<_> = entries.collect();
                entries.sort();
                Self::Map(entries)
            }
            scalar => scalar,
        }
    }
}

/// Which of several encodings of the same term is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Atoms in Latin-1, floats as text, lists of bytes as strings.
    Old,
    /// Atoms in UTF-8, floats as eight bytes, lists as lists.
    New,
}

/// Encodes a term with its version byte.
pub fn encoded(term: &Model, release: Release) -> Vec<u8> {
    let mut out = vec![131];
    encode(&mut out, term, release);
    out
}

/// Encodes a term compressed.
pub fn compressed(term: &Model, release: Release) -> Vec<u8> {
    let plain = &encoded(term, release)[1..];
    let mut out = vec![131, 80];
    out.extend((plain.len() as u32).to_be_bytes());
    out.extend(miniz_oxide::deflate::compress_to_vec_zlib(plain, 6));
    out
}

fn encode(out: &mut Vec<u8>, term: &Model, release: Release) {
    let mut sized = |tag: u8, size: usize| {
        out.push(tag);
        out.extend((size as u32).to_be_bytes());
    };
    match term {
        Model::Integer(value) => encode_integer(out, *value),
        Model::Huge(negative, magnitude) => {
            sized(111, magnitude.len());
            out.push(u8::from(*negative));
            out.extend(magnitude);
        }
        Model::Float(bits) if release == Release::Old => {
            let mut digits = format!("{:.20e}", f64::from_bits(*bits)).into_bytes();
            digits.resize(31, 0);
            out.push(99);
            out.extend(digits);
        }
        Model::Float(bits) => {
            out.push(70);
            out.extend(bits.to_be_bytes());
        }
        Model::Atom(name) => encode_atom(out, name, release),
        Model::Binary(bytes) => {
            sized(109, bytes.len());
            out.extend(bytes);
        }
        Model::Bits(bytes, size) => {
            sized(77, bytes.len());
            out.push((size - 1) as u8 % 8 + 1);
            out.extend(bytes);
        }
        Model::List(items) if items.is_empty() => out.push(106),
        Model::List(items) => match bytes_of(items) {
            Some(bytes) if release == Release::Old => {
                out.push(107);
                out.extend((bytes.len() as u16).to_be_bytes());
                out.extend(bytes);
            }
            _ => {
                sized(108, items.len());
                items.iter().for_each(|item| encode(out, item, release));
                out.push(106);
            }
        },
        Model::Improper(items, tail) => {
            sized(108, items.len());
            items.iter().for_each(|item| encode(out, item, release));
            encode(out, tail, release);
        }
        Model::Tuple(items) => {
            match u8::try_from(items.len()) {
                Ok(size) => out.extend([104, size]),
                Err(_) => sized(105, items.len()),
            }
            items.iter().for_each(|item| encode(out, item, release));
        }
        Model::Map(entries) => {
            sized(116, entries.len());
            for (key, value) in entries {
                encode(out, key, release);
                encode(out, value, release);
            }
        }
        Model::Opaque(_, bytes) => out.extend(bytes),
    }
}

fn encode_integer(out: &mut Vec<u8>, value: i128) {
    if let Ok(byte) = u8::try_from(value) {
        out.extend([97, byte]);
    } else if let Ok(value) = i32::try_from(value) {
        out.push(98);
        out.extend(value.to_be_bytes());
    } else {
        let magnitude = value.unsigned_abs().to_le_bytes();
        let size = magnitude.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        out.extend([110, size as u8, u8::from(value < 0)]);
        out.extend(&magnitude[..size]);
    }
}

fn encode_atom(out: &mut Vec<u8>, name: &str, release: Release) {
    let latin: Option<Vec<u8>> = name.chars().map(|character| u8::try_from(character as u32).ok()).collect();
    let (long, short, bytes) = match latin {
        Some(latin) if release == Release::Old => (100, 100, latin),
        _ => (118, 119, name.as_bytes().to_vec()),
    };
    if long != short
        && let Ok(size) = u8::try_from(bytes.len())
    {
        out.extend([short, size]);
    } else {
        out.push(long);
        out.extend((bytes.len() as u16).to_be_bytes());
    }
    out.extend(bytes);
}

fn bytes_of(items: &[Model]) -> Option<Vec<u8>> {
    let byte = |item: &Model| match item {
        Model::Integer(value) => u8::try_from(*value).ok(),
        _ => None,
    };
    items.iter().map(byte).collect()
}

/// Generates terms: ordinary ones, structs, and values that almost look like structs.
pub fn any_term() -> impl Strategy<Value = Model> {
    scalar().prop_recursive(5, 60, 6, |inner| {
        let items = proptest::collection::vec(inner.clone(), 0..6);
        let some = proptest::collection::vec(inner.clone(), 1..4);
        let key = prop_oneof![4 => name().prop_map(Model::Atom), 3 => name().prop_map(|name| text(&name)), 1 => inner.clone()];
        let field = (name().prop_map(Model::Atom), inner.clone());
        let entries = proptest::collection::vec((key, inner.clone()), 0..6);
        let tail = scalar().prop_filter("a list has no list as its tail", |tail| !matches!(tail, Model::List(_)));
        prop_oneof![
            items.clone().prop_map(Model::List),
            items.clone().prop_map(Model::Tuple),
            (some, tail).prop_map(|(items, tail)| Model::Improper(items, Box::new(tail))),
            entries.prop_map(Model::Map),
            proptest::collection::vec(field, 0..6).prop_map(Model::Map),
            (module(), proptest::collection::vec((name().prop_map(Model::Atom), inner), 0..4)).prop_map(
                |(module, mut fields)| {
                    fields.push((atom("__struct__"), module));
                    Model::Map(fields)
                }
            ),
            (items, any::<bool>(), any::<bool>()).prop_map(|(members, versioned, usual)| {
                let value = if usual { Model::List(vec![]) } else { atom("true") };
                let members = members.into_iter().map(|member| (member, value.clone())).collect();
                let version = versioned.then_some(("version", Model::Integer(2)));
                let set = [("__struct__", atom("Elixir.MapSet")), ("map", Model::Map(members))];
                fields(set.into_iter().chain(version))
            }),
        ]
    })
}

fn scalar() -> impl Strategy<Value = Model> {
    prop_oneof![
        any::<i8>().prop_map(|value| Model::Integer(value.into())),
        any::<i64>().prop_map(|value| Model::Integer(value.into())),
        any::<i128>().prop_filter("has a magnitude", |value| *value != i128::MIN).prop_map(Model::Integer),
        (any::<bool>(), proptest::collection::vec(any::<u8>(), 128..300), 1..=255_u8).prop_map(
            |(negative, mut magnitude, last)| {
                magnitude.push(last);
                Model::Huge(negative, magnitude)
            }
        ),
        (proptest::num::f64::NORMAL | proptest::num::f64::ZERO)
            .prop_map(|value| Model::Float(value.to_bits())),
        name().prop_map(Model::Atom),
        proptest::sample::select(vec!["nil", "true", "false"]).prop_map(atom),
        name().prop_map(|name| text(&name)),
        "\\PC{0,8}".prop_map(|characters| text(&characters)),
        proptest::collection::vec(any::<u8>(), 0..8).prop_map(Model::Binary),
        (proptest::collection::vec(any::<u8>(), 1..4), 1..8_usize).prop_map(|(bytes, bits)| {
            let size = (bytes.len() - 1) * 8 + bits;
            Model::Bits(bytes, size)
        }),
        proptest::collection::vec(any::<u8>(), 1..8).prop_map(|bytes| {
            Model::List(bytes.into_iter().map(|byte| Model::Integer(byte.into())).collect())
        }),
        opaque(),
        calendar(),
        decimal(),
        text_or_number().prop_map(|key| fields([("__struct__", atom("Elixir.PState.Ref")), ("key", key)])),
    ]
}

fn text_or_number() -> impl Strategy<Value = Model> {
    prop_oneof![4 => name().prop_map(|name| text(&name)), 1 => any::<i8>().prop_map(|value| Model::Integer(value.into()))]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => proptest::sample::select(vec!["a", "b", "name", "contact_id", "children", "é", "日本"]).prop_map(str::to_owned),
        1 => proptest::sample::select(vec![
            "", "$ref", "$map", "$text_keys", "$atom", "__struct__", "nil", "true", "Elixir.A", "a b", "\"", "\0",
        ])
        .prop_map(str::to_owned),
    ]
}

fn module() -> impl Strategy<Value = Model> {
    let names = vec![
        "Elixir.Shop.Order",
        "Elixir.Date",
        "Elixir.Decimal",
        "Elixir.MapSet",
        "Elixir.PState.Ref",
        "Elixir.",
        "other",
    ];
    prop_oneof![proptest::sample::select(names).prop_map(atom), Just(text("Elixir.Shop.Order"))]
}

/// Generates dates and times: valid ones, and ones with a value out of range.
fn calendar() -> impl Strategy<Value = Model> {
    let date = (-1..10_001_i128, 0..14_i128, 0..33_i128);
    let time = (0..25_i128, 0..61_i128, 0..61_i128);
    let micros =
        (prop_oneof![Just(0_i128), 0..1_000_001_i128, (0..1000_i128).prop_map(|ms| ms * 1000)], 0..8_i128);
    let zones = proptest::sample::select(vec![("Etc/UTC", "UTC", 0), ("Europe/Paris", "CET", 3600)]);
    (date, time, micros, zones, 0..4_usize).prop_map(
        |((year, month, day), (hour, minute, second), micros, zone, which)| {
            let number = Model::Integer;
            let calendar = ("calendar", atom("Elixir.Calendar.ISO"));
            let date = [("day", number(day)), ("month", number(month)), ("year", number(year))];
            let time = [
                ("hour", number(hour)),
                ("microsecond", Model::Tuple(vec![number(micros.0), number(micros.1)])),
                ("minute", number(minute)),
                ("second", number(second)),
            ];
            let zone = [
                ("std_offset", number(0)),
                ("time_zone", text(zone.0)),
                ("utc_offset", number(zone.2)),
                ("zone_abbr", text(zone.1)),
            ];
            let module = |name| ("__struct__", atom(name));
            match which {
                0 => fields([module("Elixir.Date"), calendar].into_iter().chain(date)),
                1 => fields([module("Elixir.Time"), calendar].into_iter().chain(time)),
                2 => fields([module("Elixir.NaiveDateTime"), calendar].into_iter().chain(date).chain(time)),
                _ => fields(
                    [module("Elixir.DateTime"), calendar].into_iter().chain(date).chain(time).chain(zone),
                ),
            }
        },
    )
}

/// Generates numbers of the library Decimal: valid ones, and ones with a value out of range.
fn decimal() -> impl Strategy<Value = Model> {
    let coefficient = prop_oneof![
        4 => (0..10_000_i128).prop_map(Model::Integer),
        2 => (0..i128::MAX).prop_map(Model::Integer),
        1 => Just(Model::Integer(-1)),
        1 => proptest::sample::select(vec!["NaN", "inf", "qNaN", "nil"]).prop_map(atom),
    ];
    let exponent = prop_oneof![4 => -12..6_i128, 1 => Just(0), 1 => any::<i32>().prop_map(i128::from)];
    let sign = proptest::sample::select(vec![1, 1, 1, -1, -1, 0]);
    (sign, coefficient, exponent).prop_map(|(sign, coefficient, exponent)| {
        let module = ("__struct__", atom("Elixir.Decimal"));
        fields([
            module,
            ("coef", coefficient),
            ("exp", Model::Integer(exponent)),
            ("sign", Model::Integer(sign)),
        ])
    })
}

/// Generates terms that have meaning only in the system that wrote them.
fn opaque() -> impl Strategy<Value = Model> {
    let node: &[u8] = b"d\0\rnonode@nohost";
    let of = move |tag: &'static str, head: &[u8], atoms: usize, rest: usize| {
        Model::Opaque(tag, [head, &node.repeat(atoms), &vec![7; rest]].concat())
    };
    proptest::sample::select(vec![
        of("$pid", &[103], 1, 9),
        of("$pid", &[88], 1, 12),
        of("$port", &[102], 1, 5),
        of("$port", &[89], 1, 8),
        of("$port", &[120], 1, 12),
        of("$reference", &[101], 1, 5),
        of("$reference", &[114, 0, 3], 1, 13),
        of("$reference", &[90, 0, 3], 1, 16),
        of("$function", &[113], 2, 2),
        of("$function", &[112, 0, 0, 0, 9], 0, 5),
    ])
}

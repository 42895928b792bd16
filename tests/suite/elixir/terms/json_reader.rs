//! Reads terms back from their JSON form, as the documentation describes it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::encoder::{Model, atom, fields, text};

/// The members of an object in their order.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Returns the term that a JSON text stands for.
pub fn read(json: &str) -> Model {
    match json.as_bytes()[0] {
        b'{' => object(serde_json::from_str::<Members>(json).unwrap().0),
        b'[' => Model::List(items(json)),
        b'"' => text(&string(json)),
        b'n' => atom("nil"),
        b't' | b'f' => atom(json),
        _ if json.contains(['.', 'e']) => Model::Float(json.parse::<f64>().unwrap().to_bits()),
        _ => Model::Integer(json.parse().unwrap()),
    }
}

fn string(json: &str) -> String {
    serde_json::from_str(json).unwrap()
}

fn items(json: &str) -> Vec<Model> {
    serde_json::from_str::<Vec<Box<RawValue>>>(json).unwrap().iter().map(|item| read(item.get())).collect()
}

fn base64(json: &str) -> Vec<u8> {
    STANDARD.decode(string(json)).unwrap()
}

fn object(members: Vec<(String, Box<RawValue>)>) -> Model {
    let Some((tag, value)) = members.first().map(|(tag, value)| (tag.as_str(), value.get())) else {
        return Model::Map(vec![]);
    };
    let second = members.get(1).map(|(_, value)| value.get());
    match tag {
        "$atom" => atom(&string(value)),
        "$tuple" => Model::Tuple(items(value)),
        "$improper" => Model::Improper(items(value), Box::new(read(second.unwrap()))),
        "$binary" => Model::Binary(base64(value)),
        "$bits" => Model::Bits(base64(value), second.unwrap().parse().unwrap()),
        "$integer" => huge(&string(value)),
        "$map" => {
            let pairs: Vec<(Box<RawValue>, Box<RawValue>)> = serde_json::from_str(value).unwrap();
            Model::Map(pairs.iter().map(|(key, value)| (read(key.get()), read(value.get()))).collect())
        }
        "$ref" => fields([("__struct__", atom("Elixir.PState.Ref")), ("key", read(value))]),
        "$set" => {
            let members = items(value).into_iter().map(|member| (member, Model::List(vec![]))).collect();
            let version = second.map(|version| ("version", read(version)));
            let set = [("__struct__", atom("Elixir.MapSet")), ("map", Model::Map(members))];
            fields(set.into_iter().chain(version))
        }
        "$decimal" => decimal(&string(value)),
        "$date" => of_calendar("Elixir.Date", date(&string(value))),
        "$time" => of_calendar("Elixir.Time", time(&string(value))),
        "$naive_datetime" | "$datetime" => date_time(tag, &string(value)),
        "$struct" => {
            let module = (atom("__struct__"), atom(&format!("Elixir.{}", string(value))));
            let others = members[1..].iter().map(|(name, value)| (atom(name), read(value.get())));
            Model::Map(std::iter::once(module).chain(others).collect())
        }
        "$pid" => Model::Opaque("$pid", base64(value)),
        "$port" => Model::Opaque("$port", base64(value)),
        "$reference" => Model::Opaque("$reference", base64(value)),
        "$function" => Model::Opaque("$function", base64(value)),
        _ => plain(&members),
    }
}

fn plain(members: &[(String, Box<RawValue>)]) -> Model {
    let (members, texts) = match members.split_last() {
        Some(((name, texts), rest)) if name == "$text_keys" => (rest, texts.get()),
        _ => (members, "[]"),
    };
    let named: Vec<String> = if texts == "true" { vec![] } else { serde_json::from_str(texts).unwrap() };
    let key = |name: &String| if texts == "true" || named.contains(name) { text(name) } else { atom(name) };
    Model::Map(members.iter().map(|(name, value)| (key(name), read(value.get()))).collect())
}

fn huge(hexadecimal: &str) -> Model {
    let (negative, digits) = match hexadecimal.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, hexadecimal),
    };
    let digits = digits.strip_prefix("0x").unwrap();
    let bytes = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
    Model::Huge(negative, bytes.rev().collect())
}

/// Reads a number of the library Decimal, as `Decimal.new/1` does.
fn decimal(written: &str) -> Model {
    let (sign, digits) = written.strip_prefix('-').map_or((1, written), |digits| (-1, digits));
    let (coefficient, exponent) = match digits {
        "NaN" => (atom("NaN"), 0),
        "Infinity" => (atom("inf"), 0),
        _ => {
            let (digits, exponent) = digits.split_once('E').unwrap_or((digits, "0"));
            let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
            let exponent = exponent.parse::<i128>().unwrap() - part.len() as i128;
            (number(&format!("{whole}{part}")), exponent)
        }
    };
    let module = ("__struct__", atom("Elixir.Decimal"));
    fields([module, ("coef", coefficient), ("exp", Model::Integer(exponent)), ("sign", Model::Integer(sign))])
}

fn of_calendar(module: &str, parts: Vec<(&'static str, Model)>) -> Model {
    fields([("__struct__", atom(module)), ("calendar", atom("Elixir.Calendar.ISO"))].into_iter().chain(parts))
}

fn number(text: &str) -> Model {
    Model::Integer(text.parse().unwrap())
}

fn date(text: &str) -> Vec<(&'static str, Model)> {
    let parts: Vec<&str> = text.split('-').collect();
    vec![("year", number(parts[0])), ("month", number(parts[1])), ("day", number(parts[2]))]
}

fn time(text: &str) -> Vec<(&'static str, Model)> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let parts: Vec<&str> = clock.split(':').collect();
    let digits = Model::Integer(fraction.len() as i128);
    let micros = Model::Tuple(vec![number(&format!("{fraction:0<6}")), digits]);
    vec![
        ("hour", number(parts[0])),
        ("minute", number(parts[1])),
        ("second", number(parts[2])),
        ("microsecond", micros),
    ]
}

fn date_time(tag: &str, written: &str) -> Model {
    let (day, clock) = written.split_once('T').unwrap();
    let mut parts = date(day);
    parts.extend(time(clock.trim_end_matches('Z')));
    if tag == "$naive_datetime" {
        return of_calendar("Elixir.NaiveDateTime", parts);
    }
    assert!(written.ends_with('Z'));
    parts.extend([("utc_offset", Model::Integer(0)), ("std_offset", Model::Integer(0))]);
    parts.extend([("time_zone", text("Etc/UTC")), ("zone_abbr", text("UTC"))]);
    of_calendar("Elixir.DateTime", parts)
}

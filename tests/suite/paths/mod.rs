//! Paths into values and between entities. Tests with entities run on every kind of store.

mod entities;
mod get;
mod insert;
mod properties;

use ramax::pstate::Path;
use serde_json::Value;

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

fn get(value: &Value, text: &str) -> Option<Value> {
    path(text).get(value)
}

fn inserted(mut value: Value, text: &str, new: Value) -> Value {
    path(text).insert(&mut value, new).unwrap();
    value
}

fn blocked(mut value: Value, text: &str, new: Value) -> String {
    let before = value.clone();
    let error = path(text).insert(&mut value, new).unwrap_err();
    assert_eq!(value, before, "the value is unchanged");
    error.to_string()
}

//! Creating a space, with an entry in the audit log.

use serde_json::{Map, Value};

use crate::content_store::Store;
use crate::error::Result;
use crate::json::Json;
use crate::space::{Metadata, Space};

use super::{Action, Told, recorded};

/// Creates a space and records who did so.
pub fn create_space(store: &Store, space_name: &str, metadata: Option<&Metadata>) -> Result<Space> {
    let mut parameters = Map::new();
    if let Some(metadata) = metadata {
        parameters.insert("metadata".to_owned(), recorded_form(metadata));
    }
    let action = Action::on_name("create-space", space_name);
    let work = || store.events().create_space(space_name, metadata, store.clock().now());
    recorded(store, action, parameters, work, |space| {
        Told::done(format!("id {}", space.space_id)).made(space.space_id)
    })
}

/// Returns metadata as the audit log stores it: an object, or its text if an object would lose digits.
fn recorded_form(metadata: &Metadata) -> Value {
    let text = || Value::from(metadata.as_str());
    let object = serde_json::from_str::<Value>(metadata.as_str()).ok();
    object.filter(|object| Json::of(object).as_str() == metadata.as_str()).unwrap_or_else(text)
}

//! A new space, written into the log of operations.

use serde_json::{Map, Value};

use crate::content_store::Store;
use crate::error::Result;
use crate::space::{Metadata, Space};

use super::{Action, Told, recorded};

/// Creates a space, which is not there yet, and writes down who did so.
///
/// # Errors
/// As [`EventStore::create_space`](crate::EventStore::create_space).
pub fn create_space(store: &Store, space_name: &str, metadata: Option<&Metadata>) -> Result<Space> {
    let mut parameters = Map::new();
    if let Some(metadata) = metadata {
        parameters.insert("metadata".to_owned(), Value::Object(metadata.clone()));
    }
    let action = Action::on_name("create-space", space_name);
    let work = || store.events().create_space(space_name, metadata, store.clock().now());
    recorded(store, action, parameters, work, |space| {
        Told::done(format!("id {}", space.space_id)).made(space.space_id)
    })
}

//! A new space, written into the log of operations.

use serde_json::{Map, Value};

use crate::content_store::Store;
use crate::error::{Result, StoreError};
use crate::space::{Metadata, Space};

use super::{Action, Told, recorded};

/// Creates a space, which is not there yet, and writes down who did so.
///
/// # Errors
/// [`StoreError::SpaceExists`]; [`StoreError::InvalidSpaceName`]; failures of the storage.
pub fn create_space(store: &Store, space_name: &str, metadata: Option<&Metadata>) -> Result<Space> {
    let mut parameters = Map::new();
    if let Some(metadata) = metadata {
        parameters.insert("metadata".to_owned(), Value::Object(metadata.clone()));
    }
    let action = Action::on_name("create-space", space_name);
    let work = || match store.events().find_space(space_name)? {
        Some(_) => Err(StoreError::SpaceExists { space: space_name.to_owned() }.into()),
        None => store.events().get_or_create_space(space_name, metadata, store.clock().now()),
    };
    recorded(store, action, parameters, work, |space| {
        Told::done(format!("id {}", space.space_id)).made(space.space_id)
    })
}

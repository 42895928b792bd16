//! Children and their parents.

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::error::{ProjectionError, Result};
use crate::pstate::{Reference, path};

use super::Projection;

/// A child and its parent, each as type and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    child: (&'a str, &'a str),
    parent: (&'a str, &'a str),
    collection: &'a str,
}

impl<'a> Link<'a> {
    /// Creates a link to a child in the parent's collection `children`.
    pub fn new(child: (&'a str, &'a str), parent: (&'a str, &'a str)) -> Self {
        Self { child, parent, collection: "children" }
    }

    /// Sets another field of the parent as the collection.
    pub fn in_collection(mut self, collection: &'a str) -> Self {
        self.collection = collection;
        self
    }
}

impl Projection<'_> {
    /// Stores a child with a reference to its parent, in the field named after the parent's type, and adds it to the
    /// parent's collection by its id. The collection is created if it is missing, and keeps its other entries.
    ///
    /// # Errors
    /// [`ProjectionError::MissingParent`]; [`ProjectionError::NotAMap`] if the child's data, the parent or the collection
    /// is not a map.
    pub fn create_linked(&self, link: &Link<'_>, data: Value, now: Timestamp) -> Result<Reference> {
        let child = Reference::to(link.child.0, link.child.1);
        let parent = Reference::to(link.parent.0, link.parent.1);
        let mut data = data;
        map(&mut data, child.key())?.insert(link.parent.0.to_owned(), parent.to_value());
        self.change(now, |draft| {
            let stored = draft.entity(parent.key())?.as_mut();
            let stored =
                stored.ok_or_else(|| ProjectionError::MissingParent { key: parent.key().to_owned() })?;
            let collection =
                map(stored, parent.key())?.entry(link.collection).or_insert(Value::Object(Map::new()));
            map(collection, &format!("{}.{}", parent.key(), link.collection))?
                .insert(link.child.1.to_owned(), child.to_value());
            *draft.entity(child.key())? = Some(data.clone());
            Ok(())
        })?;
        Ok(child)
    }
}

fn map<'a>(value: &'a mut Value, place: &str) -> Result<&'a mut Map<String, Value>> {
    let found = if Reference::is(value) { "a reference" } else { path::kind(value) };
    match value {
        Value::Object(fields) if found != "a reference" => Ok(fields),
        _ => Err(ProjectionError::NotAMap { place: place.to_owned(), found }.into()),
    }
}

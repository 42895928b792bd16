//! References between entities: followed, preloaded, and changed without losing a write. Run on every kind of store.

mod change;
mod preload;
mod read;
mod resolve;

use ramax::{Depth, Projection, Reference, SpaceId};
use serde_json::Value;

use crate::support::{Fixture, START};

const A: SpaceId = SpaceId(1);
const B: SpaceId = SpaceId(2);

fn projection(fixture: &Fixture) -> Projection<'_> {
    Projection::new(fixture.store.pstate(), A)
}

fn reference(key: &str) -> Value {
    Reference::new(key).into()
}

/// Stores the fields of an object as the values of its keys.
fn put_all(projection: &Projection<'_>, values: Value) {
    for (key, value) in values.as_object().unwrap() {
        projection.put(key, value, START).unwrap();
    }
}

fn kind<T: std::fmt::Debug>(result: ramax::Result<T>) -> &'static str {
    result.unwrap_err().kind()
}

fn resolved(projection: &Projection<'_>, key: &str) -> Value {
    projection.get_resolved(key, Depth::All).unwrap().unwrap()
}

//! Reading values as JSON and as types.

use std::collections::BTreeMap;

use ramax::{Projection, Reference};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{A, B, projection, put_all, reference};
use crate::on_every_store;
use crate::support::{Fixture, START};

on_every_store![
    a_value_is_fetched_with_unresolved_references,
    values_and_their_references_are_read_as_types,
    a_value_that_is_not_of_the_type_is_an_error_that_names_the_key,
    null_is_a_value_and_missing_is_none,
];

fn a_value_is_fetched_with_unresolved_references(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(&projection, json!({"card:c1": {"deck": reference("deck:d1")}, "deck:d1": {"name": "D"}}));
    assert_eq!(projection.fetch("card:c1").unwrap(), Some(json!({"deck": {"$ref": "deck:d1"}})));
    assert_eq!(projection.fetch("card:c9").unwrap(), None);
    let elsewhere = Projection::new(fixture.store.pstate(), B);
    assert_eq!(elsewhere.fetch("card:c1").unwrap(), None, "each space has its own");
}

fn values_and_their_references_are_read_as_types(fixture: &Fixture) {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Card {
        front: String,
        deck: Reference,
        related: BTreeMap<String, Reference>,
    }
    let card = Card {
        front: "Hello".to_owned(),
        deck: Reference::to("deck", "d1"),
        related: BTreeMap::from([("c2".to_owned(), Reference::new("card:c2"))]),
    };
    let projection = projection(fixture);
    projection.put("card:c1", &card, START).unwrap();
    assert_eq!(projection.get::<Card>("card:c1").unwrap(), Some(card));
    let json = fixture.store.pstate().get(A.into(), "card:c1").unwrap().unwrap().value;
    assert_eq!(
        json.as_str(),
        r#"{"front":"Hello","deck":{"$ref":"deck:d1"},"related":{"c2":{"$ref":"card:c2"}}}"#
    );
}

fn a_value_that_is_not_of_the_type_is_an_error_that_names_the_key(fixture: &Fixture) {
    let projection = projection(fixture);
    projection.put("k", &json!({"a": 1}), START).unwrap();
    let error = projection.get::<Vec<u8>>("k").unwrap_err();
    assert_eq!(error.kind(), "unreadable_state");
    assert!(error.to_string().contains('k'), "{error}");
}

fn null_is_a_value_and_missing_is_none(fixture: &Fixture) {
    let projection = projection(fixture);
    projection.put("k", &Value::Null, START).unwrap();
    assert_eq!(projection.fetch("k").unwrap(), Some(Value::Null));
    projection.delete("k").unwrap();
    projection.delete("k").unwrap();
    assert_eq!(projection.fetch("k").unwrap(), None);
}

//! Declarations of a schema.

use ramax::Schema;
use ramax::pstate::schema::{Entity, Field, Misfit, Shape, entity_type};
use serde_json::{Value, json};

use crate::card;

#[test]
fn shapes_match_the_values_that_they_name() {
    let samples = [
        json!("text"),
        json!(1),
        json!(1.5),
        json!(true),
        json!({"a": 1}),
        json!({"c": {"$ref": "card:c"}}),
        json!({}),
        json!([]),
        json!({"$ref": "card:c"}),
        json!({"key": "card:c"}),
    ];
    for (shape, matching) in [
        (Shape::Any, vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (Shape::String, vec![0]),
        (Shape::Integer, vec![1]),
        (Shape::Map, vec![4, 5, 6, 9]),
        (Shape::List, vec![7]),
        (Shape::Ref, vec![8]),
        (Shape::Collection, vec![5, 6]),
    ] {
        let found: Vec<usize> = (0..samples.len()).filter(|n| shape.matches(&samples[*n])).collect();
        assert_eq!(found, matching, "{shape}");
        assert!(shape.matches(&Value::Null), "null has every shape");
    }
}

#[test]
fn a_schema_returns_its_declarations_in_order() {
    const SCHEMA: Schema = Schema::new(&[
        Entity::new("card", &[Field::string("front"), Field::belongs_to("deck", "deck")]),
        Entity::new("deck", &[Field::has_many("cards", "card").options(&[("on_delete", "cascade")])]),
        Entity::new("card", &[Field::any("extra")]),
        Entity::new("empty", &[]),
    ]);
    let names = |entity| SCHEMA.fields(entity).map(|field| field.name).collect::<Vec<_>>();
    assert_eq!(SCHEMA.entity_types(), ["card", "deck", "empty"]);
    assert_eq!(names("card"), ["front", "deck", "extra"], "repeated declarations are combined");
    assert_eq!(names("deck"), ["cards"]);
    assert_eq!((names("empty"), names("unknown")), (vec![], vec![]));
    let cards = SCHEMA.fields("deck").next().unwrap();
    assert_eq!((cards.shape, cards.refers_to), (Shape::Collection, Some("card")));
    assert_eq!(cards.options, [("on_delete", "cascade")]);
    assert!(cards.migrate.is_none() && cards.validate.is_none());
    let deck = SCHEMA.fields("card").nth(1).unwrap();
    assert_eq!((deck.shape, deck.refers_to), (Shape::Ref, Some("deck")));
    assert!(Schema::EMPTY.entity_types().is_empty());
}

#[test]
fn the_type_of_an_entity_is_the_part_before_the_first_colon() {
    assert_eq!(entity_type("card:rest:of:id"), Some("card"));
    assert_eq!(entity_type(":id"), Some(""));
    assert_eq!(entity_type("settings"), None);
}

#[test]
fn misfits_are_named_with_the_expected_shape() {
    let schema =
        card![Field::string("front"), Field::integer("times"), Field::any("x").validate(|x| *x == 1)];
    let misfits = schema.misfits("card:c1", &json!({"front": 5, "times": null, "other": 1}));
    assert_eq!(
        misfits,
        [Misfit { field: "front", expected: Shape::String }, Misfit { field: "x", expected: Shape::Any }]
    );
    assert_eq!(schema.misfits("card:c1", &json!({"front": "F", "times": 1, "x": 1})), []);
    assert_eq!(schema.misfits("deck:d1", &json!({"front": 5})), []);
}

//! Properties that hold for any stored value.

use proptest::prelude::*;
use ramax::pstate::schema::{Entity, Field};
use ramax::{Reference, Schema};
use serde_json::{Value, json};

use super::{id_to_deck, ids_to_cards, text_to_map};

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3).prop_map(Value::from),
        "[a-c1-3]{0,3}".prop_map(Value::from),
        "[a-c]".prop_map(|id| Reference::to("card", &id).into()),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab]", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

/// Well-behaved migrations and others.
const ANY: &[Entity] = &[Entity::new(
    "card",
    &[
        Field::string("a").migrate(|value, _| value.map_or(Value::Null, |value| value.to_string().into())),
        Field::map("b").migrate(text_to_map),
        Field::has_many("c", "card").migrate(ids_to_cards),
        Field::belongs_to("d", "deck").migrate(id_to_deck),
        Field::integer("e").migrate(|value, _| match value {
            Some(_) => Value::Null,
            None => 7.into(),
        }),
        Field::list("f").migrate(|value, _| json!([value])),
        Field::any("g").validate(Value::is_boolean).migrate(|value, _| value.is_some().into()),
        Field::string("h").validate(|_| false).migrate(|value, _| json!([value])),
        Field::integer("i").migrate(|_, _| "never fits".into()),
        Field::string("j").migrate(|_, card| card.get("k").cloned().unwrap_or_default()),
    ],
)];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn migrating_twice_changes_nothing_whatever_is_stored(
        card in prop::collection::btree_map("[a-k]", any_value(), 0..11),
    ) {
        let schema = Schema::new(ANY);
        let before = json!(card);
        let mut once = before.clone();
        let changed = schema.migrate("card:c1", &mut once);
        let mut twice = once.clone();
        prop_assert_eq!(schema.migrate("card:c1", &mut twice), Vec::<&str>::new());
        prop_assert_eq!(&twice, &once);
        for (name, value) in once.as_object().unwrap() {
            let as_before = before.get(name) == Some(value);
            prop_assert_eq!(!as_before, changed.contains(&name.as_str()), "{}", name);
        }
        prop_assert!(before.as_object().unwrap().keys().all(|name| once.get(name).is_some()), "no field is lost");
    }
}

//! `flashcards.db`: references between cards and decks, and events with all kinds of terms.

use std::sync::Arc;

use ramax::apps::Flashcards;
use ramax::operations::{Fold, keep_going};
use ramax::{ContentStore, EventId, Page, SpaceSequence};
use serde_json::Value;

use super::{event, opened, payload, value};

#[test]
fn every_kind_of_term_is_shown() {
    let store = opened("flashcards.db");
    let expected = concat!(
        r#"{"atom":{"$atom":"published"},"big":123456789012345678901234567890,"bin":{"$binary":"AP8B"},"#,
        r#""bits":{"$bits":"oA==","size":3},"charlist":[97,98,99],"date":{"$date":"2025-01-17"},"#,
        r#""dt":{"$datetime":"2025-01-17T12:00:00Z"},"empty_list":[],"empty_map":{},"f":false,"float":1.5,"#,
        r#""int":1,"list":[1,"two",{"$atom":"three"},{"$ref":"card:es-1"}],"mapset":{"$set":[1,2]},"n":null,"#,
        r#""neg":-5,"nested":{"string key":{"$map":[[1,"int key"]]},"$text_keys":true},"#,
        r#""ref":{"$ref":"card:es-1"},"t":true,"tuple":{"$tuple":[{"$atom":"a"},1]}}"#,
    );
    assert_eq!(payload(&store, 29), expected);
    assert_eq!(payload(&store, 30), r#"{"string":"keys","é":1,"$text_keys":true}"#);
    assert_eq!(
        payload(&store, 18),
        r#"{"card_id":"es-1","field":{"$atom":"front"},"language":"fr","translation":"Bonjour"}"#
    );
}

#[test]
fn references_are_ours() {
    let store = opened("flashcards.db");
    assert_eq!(value(&store, 1, "alias:main"), r#"{"$ref":"deck:spanish-101"}"#);
    assert_eq!(
        value(&store, 1, "deck:empty-deck"),
        concat!(
            r#"{"cards":{},"created_at":1795407651,"id":"empty-deck","name":"Nothing yet","#,
            r#""notes":{"n1":{"$ref":"note:n1"},"$text_keys":true},"$text_keys":["notes"]}"#,
        )
    );
    assert_eq!(value(&store, 1, "note:n1"), r#"{"deck":{"$ref":"deck:empty-deck"},"text":"see also"}"#);
}

#[test]
fn causes_and_correlations_are_kept() {
    let store = opened("flashcards.db");
    let (first, second, caused) = (event(&store, 29), event(&store, 30), event(&store, 31));
    assert_eq!(caused.causation_id, Some(EventId(29)));
    assert!(first.correlation_id.is_some() && first.correlation_id == second.correlation_id);
    assert_eq!(first.metadata.unwrap().as_str(), r#"{"origin":{"correlation_id":"my-correlation-1"}}"#);
    assert_eq!(caused.correlation_id, None);
    let effects = store.events().effects_of(EventId(29), Page::forward(None, 9)).unwrap();
    assert_eq!(effects.iter().map(|event| event.event_id.0).collect::<Vec<_>>(), [31]);
}

#[test]
fn the_events_are_replayed_by_our_app() {
    let store = opened("flashcards.db");
    let space = store.events().find_space("flashcards_main").unwrap().unwrap().space;
    let content = ContentStore::of(&store, space, Arc::new(Flashcards)).unwrap();
    let mut fold = Fold::new(&content, None).unwrap();
    fold.seek(SpaceSequence(19), &mut keep_going).unwrap();
    let translations = |fold: &Fold| {
        let card = fold.projection("state").unwrap().entry("card:es-1").unwrap().unwrap();
        card.value.to_value()["translations"].clone()
    };
    let at_19 = translations(&fold);
    assert_eq!((&at_19["front"]["fr"]["text"], &at_19["back"]["en"]), (&"Bonjour".into(), &Value::Null));
    fold.seek(SpaceSequence(31), &mut keep_going).unwrap();
    assert_eq!(fold.skipped().1, 0);
    // As the original's own projection has it.
    let (ours, theirs) = (translations(&fold), value(&store, 1, "card:es-1"));
    let theirs: Value = serde_json::from_str(&theirs).unwrap();
    for (side, language) in [("front", "de"), ("front", "fr"), ("front", "it"), ("back", "en")] {
        let text = |all: &Value| all[side][language]["text"].as_str().map(str::to_owned);
        assert!(text(&ours).is_some(), "{side} {language}");
        assert_eq!(text(&ours), text(&theirs["translations"]), "{side} {language}");
    }
}

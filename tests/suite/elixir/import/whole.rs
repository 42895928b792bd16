//! The files of the original come over whole. The expectations were read with `sqlite3` and a table of the term format.

use ramax::operations::{OriginalComparison, SpaceFate};
use ramax::{EventId, SpaceSequence};

use super::{Original, assert_derived, entries, events_of, findings, imported, origin, plan, space, value};

#[test]
fn tenants_come_over_with_their_events_and_metadata() {
    let original = Original::of("demo.db");
    let (store, imported) = imported(&original);
    let names = ["crm_acme", "crm_widgets", "cms_staging", "cms_production"];
    let found: Vec<(&str, u64, u64)> = imported
        .spaces
        .iter()
        .map(|space| (space.space.space_name.as_str(), space.events, space.new_ids))
        .collect();
    assert_eq!(found, [(names[0], 20, 0), (names[1], 20, 0), (names[2], 21, 0), (names[3], 20, 0)]);
    assert!(!imported.found());

    let acme = store.events().find_space("crm_acme").unwrap().unwrap();
    let metadata = acme.space.metadata.unwrap().to_string_without_id();
    assert_eq!(
        metadata,
        concat!(
            r#"{"contact":{"name":"Ana Núñez"},"note":null,"plan":"enterprise","ratio":0.75,"seats":25,"#,
            r#""tags":["eu","pilot"],"tenant":"Acme Corp","trial":false,"app":"crm","#,
            r#""imported_from":{"id":"","file":"app.db","space_id":1,"events":20}}"#
        )
    );
    assert_eq!(acme.space.created_at.0, 1_795_407_648_000);
    let widgets = store.events().find_space("crm_widgets").unwrap().unwrap().space.metadata.unwrap();
    assert!(widgets.as_str().starts_with(r#"{"app":"crm","imported_from":"#), "{}", widgets.as_str());

    let events = events_of(&store, "crm_acme");
    let ids: Vec<(u64, u64)> =
        events.iter().map(|event| (event.event_id.0, event.space_sequence.0)).collect();
    assert_eq!(ids, (1..=20).map(|id| (id, id)).collect::<Vec<_>>());
    let first = &events[0];
    assert_eq!((first.entity_id.as_str(), &*first.event_type), ("c1", "contact.added"));
    assert_eq!(
        first.payload.as_str(),
        r#"{"contact_id":"c1","email":"john@acme.example","name":"John Doe"}"#
    );
    assert_eq!((first.timestamp.0, events[19].timestamp.0), (1_795_407_648_991, 1_795_407_649_047));
    assert!(events.iter().all(|event| event.metadata.is_none() && event.correlation_id.is_none()));
    let last = events_of(&store, "cms_production").pop().unwrap();
    assert_eq!((last.event_id, last.space_sequence), (EventId(81), SpaceSequence(20)));
    assert_eq!(last.timestamp.0, 1_795_407_649_093);
}

#[test]
fn projections_are_built_here_and_match_those_of_the_original() {
    let original = Original::of("demo.db");
    // The original takes the time of an entry from its clock, after the event.
    original.change("UPDATE pstate_entities SET updated_at = updated_at + 1 WHERE space_id = 1");
    let (store, imported) = imported(&original);
    for (name, keys) in [("crm_acme", 13), ("crm_widgets", 16), ("cms_staging", 14), ("cms_production", 15)] {
        let expected = OriginalComparison { keys, count: 0, differences: Vec::new() };
        assert_eq!(space(&imported, name).comparison, Some(expected), "{name}");
        assert_derived(&store, name);
    }
    assert_eq!(
        value(&store, "crm_acme", "contact:c1"),
        concat!(
            r#"{"id":"c1","name":"John Q. Doe","email":"jqd@acme.example","created_at":1795407648,"#,
            r#""updated_at":1795407649}"#
        )
    );
    assert_eq!(value(&store, "crm_acme", "contacts:count"), "12");
    assert_eq!(value(&store, "crm_widgets", "contacts:count"), "15");
    // 16 published and 5 unpublished, of which 13 articles are known; 16 and 4 of 14.
    assert_eq!(entries(&store, "cms_staging").len(), 14);
    assert_eq!(findings(&store), []);
}

#[test]
fn what_differs_from_the_original_is_reported() {
    let original = Original::of("demo.db");
    original.change(
        "DELETE FROM pstate_entities WHERE space_id = 1 AND key = 'contact:c3';
         UPDATE pstate_entities SET value = (SELECT value FROM pstate_entities WHERE space_id = 2 AND key = 'contact:c5')
         WHERE space_id = 2 AND key = 'contact:c4';
         DELETE FROM pstate_entities WHERE space_id = 3 AND key LIKE 'article:%' AND key > 'article:a1'",
    );
    let (_, imported) = imported(&original);
    let differences = |name| {
        let found = space(&imported, name).comparison.as_ref().unwrap();
        assert_eq!(found.count, found.differences.len() as u64);
        let words = found.differences.iter().flat_map(|difference| difference.words());
        words.map(|words| (words.subject, words.text)).collect::<Vec<_>>()
    };
    let [(key, text)] = &differences("crm_acme")[..] else { panic!() };
    assert_eq!(key, "contact:c3");
    assert!(text.starts_with(r#"is missing; expected {"id":"c3","#), "{text}");
    let fields = differences("crm_widgets");
    let id = ("contact:c4.id".to_owned(), r#"is "c5", expected "c4""#.to_owned());
    assert!(fields.contains(&id), "{fields:?}");
    assert_eq!(space(&imported, "crm_widgets").comparison.as_ref().unwrap().count, 1);
    assert_eq!(differences("cms_staging").len(), 12);
    assert!(imported.found());
}

#[test]
fn decks_and_cards_come_over_with_their_references_and_awkward_terms() {
    let original = Original::of("flashcards.db");
    let (store, imported) = imported(&original);
    let flashcards = space(&imported, "flashcards_main");
    assert_eq!((flashcards.events, flashcards.unknown, flashcards.skipped.len()), (31, 3, 0));
    let events = events_of(&store, "flashcards_main");
    assert_eq!(
        events[17].payload.as_str(),
        r#"{"card_id":"es-1","field":{"$atom":"front"},"language":"fr","translation":"Bonjour"}"#
    );
    let [types, second, caused] = &events[28..] else { panic!() };
    assert!(types.payload.as_str().contains(r#""tuple":{"$tuple":[{"$atom":"a"},1]}"#));
    assert_eq!(origin(types), r#"{"origin":{"correlation_id":"my-correlation-1"}}"#);
    assert!(types.correlation_id.is_some() && types.correlation_id == second.correlation_id);
    assert_eq!((caused.causation_id, caused.correlation_id), (Some(EventId(29)), None));

    // Written without events: an alias, a note with its deck's list of notes, and a value of all types.
    let comparison = flashcards.comparison.as_ref().unwrap();
    let words = comparison.differences.iter().flat_map(|difference| difference.words());
    let words: Vec<(String, String)> = words.map(|words| (words.subject, words.text)).collect();
    let subjects: Vec<&str> = words.iter().map(|(subject, _)| subject.as_str()).collect();
    assert_eq!(subjects, ["alias:main", "deck:empty-deck.notes.n1.$ref", "misc:types", "note:n1"]);
    assert_eq!((comparison.keys, comparison.count), (20, 4));
    assert_eq!(words[1].1, r#"is "note:n1", expected nothing"#);
    assert!(words[2].1.contains(r#""big":123456789012345678901234567890,"#), "{}", words[2].1);
    assert_derived(&store, "flashcards_main");
    assert_eq!(findings(&store), []);
    let card = value(&store, "flashcards_main", "card:es-1");
    assert!(card.contains(r#""front":{"de":{"text":"#), "{card}");
}

#[test]
fn a_plan_says_what_would_be_imported() {
    let original = Original::of("demo.db");
    let plan = plan(None, &original.path());
    let spaces: Vec<(&str, Option<&str>, u64, u64)> = plan
        .spaces
        .iter()
        .map(|space| (space.space_name.as_str(), space.app.as_deref(), space.events, space.original_keys))
        .collect();
    assert_eq!(
        spaces,
        [
            ("crm_acme", Some("crm"), 20, 13),
            ("crm_widgets", Some("crm"), 20, 16),
            ("cms_staging", Some("cms"), 21, 14),
            ("cms_production", Some("cms"), 20, 15),
        ]
    );
    assert!(plan.spaces.iter().all(|space| space.fate == SpaceFate::New && space.renumbered == 0));
    assert!(!plan.found());
}

trait WithoutId {
    fn to_string_without_id(&self) -> String;
}

impl WithoutId for ramax::SpaceMetadata {
    /// Returns the text without the UUID of the space.
    fn to_string_without_id(&self) -> String {
        let text = self.as_str();
        let start = text.find(r#""id":""#).unwrap() + 6;
        format!("{}{}", &text[..start], &text[start + 36..])
    }
}

//! The lists that the original keeps in one value, compared by member. The expectations are written by hand.

use std::path::Path;

use ramax::operations::{keep_going, open_space, verify};
use ramax::{Apps, Location, OpenOptions, Remedy, Store};

use super::terms::encoder::{Model, Release, atom, encoded, fields, text};
use super::{Original, spaces};
use crate::support::original::{OriginalEvent, OriginalWriter};

/// A file of the original with one space.
struct Tenant {
    writer: OriginalWriter,
    events: i64,
    directory: tempfile::TempDir,
}

impl Tenant {
    fn new(name: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let writer = OriginalWriter::create(&directory.path().join("app.db"));
        writer.space(1, name, None);
        Self { writer, events: 0, directory }
    }

    fn event(&mut self, event_type: &str, payload: &[(&'static str, &str)]) -> &mut Self {
        self.events += 1;
        let payload = fields(payload.iter().map(|(name, value)| (*name, text(value))));
        self.writer.event(&OriginalEvent {
            event_id: self.events,
            space_id: 1,
            space_sequence: self.events,
            entity_id: "e".to_owned(),
            event_type: event_type.to_owned(),
            payload: encoded(&payload, Release::Old),
            timestamp: 1_700_000_000_000 + self.events,
            causation_id: None,
            correlation_id: None,
        });
        self
    }

    fn entry(&mut self, key: &str, value: &Model) -> &mut Self {
        self.writer.entry(1, key, &encoded(value, Release::Old));
        self
    }

    /// Returns the differences in words, from a verification and from an import, which must be the same.
    fn differences(&self) -> Vec<String> {
        let verified = differences(&self.directory.path().join("app.db"));
        let store = Store::memory();
        let imported = super::import::import(&store, &self.writer.path).unwrap();
        let compared = imported.spaces[0].comparison.as_ref().unwrap();
        let words = compared.differences.iter().flat_map(|difference| difference.words());
        assert_eq!(
            words.map(|words| format!("{} {}", words.subject, words.text)).collect::<Vec<_>>(),
            verified
        );
        assert_eq!(compared.count, compared.differences.len() as u64);
        verified
    }
}

/// Verifies the first space of a file.
fn differences(file: &Path) -> Vec<String> {
    let store = Store::open(&Location::file(file), OpenOptions::default()).unwrap();
    let content = open_space(&store, &Apps::standard(), spaces(&store).remove(0).space).unwrap();
    let verified = verify(&content, &mut keep_going).unwrap();
    assert!(verified.differences.iter().all(|difference| {
        matches!(verified.remedy_of(&verified, difference), Remedy::ImportOriginal { path } if path == file)
    }));
    let words = verified.differences.iter().flat_map(|difference| difference.words());
    words.map(|words| format!("{} {}", words.subject, words.text)).collect()
}

fn contact(id: &str, name: &str) -> Model {
    fields([
        ("created_at", Model::Integer(1_700_000_000)),
        ("email", text("e@x.example")),
        ("id", text(id)),
        ("name", text(name)),
        ("updated_at", atom("nil")),
    ])
}

/// A map with text as keys.
fn named(members: impl IntoIterator<Item = (&'static str, Model)>) -> Model {
    Model::Map(members.into_iter().map(|(id, member)| (text(id), member)).collect())
}

/// Three contacts, whose entries match their events.
fn contacts() -> Tenant {
    let mut tenant = Tenant::new("crm_a");
    for id in ["c1", "c2", "c3"] {
        tenant.event("contact.added", &[("contact_id", id), ("email", "e@x.example"), ("name", "N")]);
        tenant.entry(&format!("contact:{id}"), &contact(id, "N"));
    }
    tenant
}

#[test]
fn a_list_of_contacts_matches_in_any_order() {
    let mut tenant = contacts();
    let all = ["c3", "c1", "c2"].map(|id| (id, contact(id, "N")));
    tenant.entry("contacts:all", &named(all));
    assert_eq!(tenant.differences(), [""; 0]);
}

#[test]
fn a_contact_that_its_list_lacks_has_twice_or_has_differently_is_reported() {
    let mut tenant = contacts();
    let mut all: Vec<(Model, Model)> =
        [("c1", "N"), ("c2", "X"), ("c9", "N")].map(|(id, name)| (text(id), contact(id, name))).into();
    all.push((atom("c1"), contact("c1", "N")));
    tenant.entry("contacts:all", &Model::Map(all));
    let whole = |id| {
        format!(
            r#"{{"created_at":1700000000,"email":"e@x.example","id":"{id}","name":"N","updated_at":null}}"#
        )
    };
    let ours = r#"{"id":"c3","name":"N","email":"e@x.example","created_at":1700000000,"updated_at":null}"#
        .to_owned();
    assert_eq!(
        tenant.differences(),
        [
            r#"contacts:all.c2.name is "X", expected "N""#.to_owned(),
            format!("contacts:all.c3 is nothing, expected {ours}"),
            format!("contacts:all.c9 is {}, expected nothing", whole("c9")),
            format!("contacts:all.c1 is {}, expected nothing", whole("c1")),
        ]
    );
}

#[test]
fn a_missing_list_and_one_that_is_no_map_are_reported_once() {
    let mut tenant = contacts();
    assert_eq!(tenant.differences(), [r#"contacts:all is missing; expected "3 members""#]);
    tenant.entry("contacts:all", &Model::Tuple(vec![atom("ok")]));
    let expected = r#"contacts:all is {"$tuple":[{"$atom":"ok"}]}, expected "3 members""#;
    assert_eq!(tenant.differences(), [expected]);
}

#[test]
fn a_list_of_articles_has_the_published_ones_only() {
    let mut tenant = Tenant::new("cms_a");
    let article = |id, status| {
        fields([
            ("content", text("C")),
            ("id", text(id)),
            ("published_at", Model::Integer(1_700_000_000)),
            ("status", atom(status)),
            ("title", text("T")),
            (
                "unpublished_at",
                if status == "published" { atom("nil") } else { Model::Integer(1_700_000_000) },
            ),
        ])
    };
    for id in ["a1", "a2", "a3"] {
        tenant.event("article.published", &[("article_id", id), ("content", "C"), ("title", "T")]);
    }
    tenant.event("article.unpublished", &[("article_id", "a3")]);
    for (id, status) in [("a1", "published"), ("a2", "published"), ("a3", "unpublished")] {
        tenant.entry(&format!("article:{id}"), &article(id, status));
    }
    tenant.entry("articles:published", &named(["a1", "a3"].map(|id| (id, article(id, "published")))));
    let found = tenant.differences();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with(r#"articles:published.a2 is nothing, expected {"id":"a2","#), "{found:?}");
    assert!(found[1].starts_with(r#"articles:published.a3 is {"content":"C","id":"a3","#), "{found:?}");
    assert!(found[1].ends_with(", expected nothing"), "{found:?}");
}

fn reference(key: &str) -> Model {
    fields([("__struct__", atom("Elixir.PState.Ref")), ("key", text(key))])
}

/// A deck `d:1`, whose id the keys of its cards escape, with these cards in its list.
fn deck(cards: Option<Model>) -> Tenant {
    let mut tenant = Tenant::new("flashcards_a");
    tenant.event("deck.created", &[("deck_id", "d:1"), ("name", "D")]);
    for id in ["x", "y"] {
        tenant.event("card.created", &[("back", "B"), ("card_id", id), ("deck_id", "d:1"), ("front", "F")]);
        let card = fields([
            ("back", text("B")),
            ("created_at", Model::Integer(1_700_000_000)),
            ("deck", reference("deck:d:1")),
            ("front", text("F")),
            ("id", text(id)),
            ("translations", Model::Map(Vec::new())),
        ]);
        tenant.entry(&format!("card:{id}"), &card);
    }
    let mut deck =
        vec![("created_at", Model::Integer(1_700_000_000)), ("id", text("d:1")), ("name", text("D"))];
    deck.extend(cards.map(|cards| ("cards", cards)));
    tenant.entry("deck:d:1", &fields(deck));
    tenant
}

#[test]
fn the_cards_of_a_deck_are_compared_by_their_references() {
    let cards = |cards: [(&'static str, &str); 2]| named(cards.map(|(id, key)| (id, reference(key))));
    assert_eq!(deck(Some(cards([("y", "card:y"), ("x", "card:x")]))).differences(), [""; 0]);
    assert_eq!(
        deck(Some(cards([("x", "card:y"), ("z", "card:z")]))).differences(),
        [
            r#"deck:d:1.cards.x.$ref is "card:y", expected "card:x""#,
            r#"deck:d:1.cards.y is nothing, expected {"$ref":"card:y"}"#,
            r#"deck:d:1.cards.z is {"$ref":"card:z"}, expected nothing"#,
        ]
    );
    assert_eq!(deck(None).differences(), [r#"deck:d:1.cards is nothing, expected "2 members""#]);
}

#[test]
fn the_flashcards_of_the_original_differ_where_it_wrote_without_events() {
    let original = Original::of("flashcards.db");
    let found = differences(&original.path());
    let subjects: Vec<&str> = found.iter().map(|found| found.split_once(' ').unwrap().0).collect();
    assert_eq!(subjects, ["alias:main", "deck:empty-deck.notes.n1.$ref", "misc:types", "note:n1"]);
    original.change("DELETE FROM pstate_entities WHERE key = 'card:es-4'");
    assert!(differences(&original.path()).iter().any(|found| found.starts_with("card:es-4 is missing; ")));
}

//! The projections of the bundled apps beside their states: contacts by domain, and articles by month.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use ramax::apps::{Cms, Crm};
use ramax::content_store::ContentStore;
use ramax::testing::{Scenario, event};
use ramax::{Append, Event, Expected, NewEvent, Page};
use serde_json::{Value, json};

const DOMAINS: &str = "contacts_by_domain";
const MONTHS: &str = "articles_by_month";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn contact(event_type: &str, id: &str, email: impl Into<Value>) -> NewEvent {
    event(id, event_type, json!({"contact_id": id, "name": "Ada", "email": email.into()}))
}

fn added(id: &str, email: impl Into<Value>) -> NewEvent {
    contact("contact.added", id, email)
}

fn updated(id: &str, email: impl Into<Value>) -> NewEvent {
    contact("contact.updated", id, email)
}

fn published(id: &str) -> NewEvent {
    event(id, "article.published", json!({"article_id": id, "title": format!("On {id}"), "content": "…"}))
}

fn unpublished(id: &str) -> NewEvent {
    event(id, "article.unpublished", json!({"article_id": id}))
}

/// Returns all keys of a projection with their values.
fn entries(space: &ContentStore, projection: &str) -> BTreeMap<String, Value> {
    let entries = space.projection_named(projection).unwrap().scan("", Page::forward(None, 10_000)).unwrap();
    entries.into_iter().map(|entry| (entry.key, entry.value.to_value())).collect()
}

/// Appends events as they are, without applying them.
fn appended(scenario: &Scenario, events: &[NewEvent]) {
    let space = scenario.space();
    let now = space.store().clock().now();
    let append = Append { expected: Expected::Any, now, events };
    space.store().events().append(space.space_id(), append).unwrap();
}

fn keys(scenario: &Scenario, projection: &str) -> Vec<String> {
    entries(scenario.space(), projection).into_keys().collect()
}

#[test]
fn contacts_are_counted_and_listed_by_domain() {
    let scenario = Scenario::of(Crm)
        .given([
            added("c1", "ada@acme.example"),
            added("c2", "BOB@ACME.example "),
            added("c3", "eve@mail.example"),
        ])
        .then_projection(DOMAINS, "domain:acme.example", json!({"contacts": 2}))
        .then_projection(
            DOMAINS,
            "contact_at:acme.example:c2",
            json!({"name": "Ada", "email": "BOB@ACME.example "}),
        )
        .then_projection(DOMAINS, "domain_of:c3", "mail.example")
        .then_replayable();
    let all = keys(&scenario, DOMAINS);
    assert_eq!(all.iter().filter(|key| key.starts_with("domain:")).count(), 2, "{all:?}");
}

#[test]
fn a_contact_with_a_new_address_moves_to_its_domain() {
    let scenario = Scenario::of(Crm)
        .given([added("c1", "ada@old.example"), updated("c1", "ada@new.example")])
        .then_projection(DOMAINS, "domain:new.example", json!({"contacts": 1}));
    let expected = ["contact_at:new.example:c1", "domain:new.example", "domain_of:c1"];
    assert_eq!(keys(&scenario, DOMAINS), expected, "the old domain has no key");
    let scenario = scenario.given([updated("c1", "countess@new.example"), added("c1", "ada@new.example")]);
    scenario.then_projection(DOMAINS, "domain:new.example", json!({"contacts": 1})).then_replayable();
}

#[test]
fn contacts_without_a_valid_address_are_counted_together() {
    let redacted = json!({"redacted": true});
    let without = event("c3", "contact.added", json!({"contact_id": "c3", "name": "Eve"}));
    let shown = json!({"name": "Ada", "email": redacted});
    let scenario = Scenario::of(Crm);
    // Events that only a later or an earlier version of the app can have written.
    let events = [added("c1", "ada"), added("c2", redacted), without, added("c4", Value::Null)];
    appended(&scenario, &events);
    scenario
        .then_projection(DOMAINS, "domain:(none)", json!({"contacts": 4}))
        .then_projection(DOMAINS, "contact_at:(none):c2", shown)
        .then_projection(DOMAINS, "contact_at:(none):c3", json!({"name": "Eve", "email": null}));
}

#[test]
fn published_articles_are_counted_and_listed_by_month() {
    let scenario = Scenario::of(Cms)
        .given([published("a1"), published("a2")])
        .after(31 * DAY)
        .given([published("a3")])
        .then_projection(MONTHS, "month:2026-01", json!({"articles": 2}))
        .then_projection(MONTHS, "month:2026-02", json!({"articles": 1}))
        .then_projection(
            MONTHS,
            "article_in:2026-01:a1",
            json!({"title": "On a1", "published_at": 1_767_225_600}),
        )
        .then_projection(MONTHS, "month_of:a3", "2026-02");
    scenario.then_replayable();
}

#[test]
fn an_article_is_in_the_month_in_which_it_was_last_published() {
    let scenario = Scenario::of(Cms).given([published("a1"), unpublished("a1")]);
    assert_eq!(keys(&scenario, MONTHS), [""; 0], "nothing is left of an unpublished article");
    let scenario = scenario
        .after(40 * DAY)
        .given([published("a1"), unpublished("a1"), unpublished("a1"), published("a1")])
        .then_projection(MONTHS, "month:2026-02", json!({"articles": 1}));
    let expected = ["article_in:2026-02:a1", "month:2026-02", "month_of:a1"];
    assert_eq!(keys(&scenario, MONTHS), expected);
    scenario.then_replayable();
}

/// A naive fold: all contacts with their addresses, grouped at the end.
fn contacts_by_domain(events: &[NewEvent]) -> BTreeMap<String, Value> {
    let mut addresses: BTreeMap<String, Value> = BTreeMap::new();
    for event in events {
        let payload = event.payload.to_value();
        let id = payload["contact_id"].as_str().unwrap().to_owned();
        if &*event.event_type == "contact.added" || addresses.contains_key(&id) {
            addresses.insert(id, payload);
        }
    }
    let mut all = BTreeMap::new();
    for (id, payload) in addresses {
        let domain = match payload["email"].as_str().and_then(|email| email.split_once('@')) {
            Some((_, domain)) if !domain.is_empty() => domain.to_ascii_lowercase(),
            _ => "(none)".to_owned(),
        };
        count(&mut all, format!("domain:{domain}"), "contacts");
        let contact = json!({"name": payload["name"], "email": payload["email"]});
        all.insert(format!("contact_at:{domain}:{id}"), contact);
        all.insert(format!("domain_of:{id}"), domain.into());
    }
    all
}

/// A naive fold: all published articles with the time of their publication, grouped at the end.
fn articles_by_month(events: &[Event]) -> BTreeMap<String, Value> {
    let mut articles: BTreeMap<String, (String, Value)> = BTreeMap::new();
    for event in events {
        let payload = event.payload.to_value();
        let id = payload["article_id"].as_str().unwrap().to_owned();
        if &*event.event_type == "article.published" {
            let article = json!({"title": payload["title"], "published_at": event.timestamp.0 / 1000});
            articles.insert(id, (event.timestamp.to_string()[..7].to_owned(), article));
        } else {
            articles.remove(&id);
        }
    }
    let mut all = BTreeMap::new();
    for (id, (month, article)) in articles {
        count(&mut all, format!("month:{month}"), "articles");
        all.insert(format!("article_in:{month}:{id}"), article);
        all.insert(format!("month_of:{id}"), month.into());
    }
    all
}

fn count(all: &mut BTreeMap<String, Value>, key: String, name: &str) {
    let members = all.get(&key).and_then(|value| value[name].as_u64()).unwrap_or(0);
    all.insert(key, json!({name: members + 1}));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn contacts_by_domain_equals_a_naive_fold(
        events in prop::collection::vec(
            (any::<bool>(), 0..5_u8, prop::sample::select(vec!["a@x.example", "b@X.example", "a@y.example", "", "a@", "nobody"])),
            0..40,
        ),
    ) {
        let events: Vec<NewEvent> = events
            .into_iter()
            .map(|(is_added, id, email)| if is_added { added(&format!("c{id}"), email) } else { updated(&format!("c{id}"), email) })
            .collect();
        let scenario = Scenario::of(Crm);
        // Caught up in two steps.
        let (first, rest) = events.split_at(events.len() / 2);
        appended(&scenario, first);
        entries(scenario.space(), DOMAINS);
        appended(&scenario, rest);
        prop_assert_eq!(entries(scenario.space(), DOMAINS), contacts_by_domain(&events));
    }

    #[test]
    fn articles_by_month_equals_a_naive_fold(
        events in prop::collection::vec((any::<bool>(), 0..5_u8, 0..40_u32), 0..40),
    ) {
        let mut scenario = Scenario::of(Cms);
        for (is_published, id, days) in events {
            let id = format!("a{id}");
            scenario = scenario.after(days * DAY);
            appended(&scenario, &[if is_published { published(&id) } else { unpublished(&id) }]);
        }
        let space = scenario.space();
        let log = space.store().events().read_space(space.space_id(), Page::forward(None, 100)).unwrap();
        prop_assert_eq!(entries(space, MONTHS), articles_by_month(&log));
    }
}

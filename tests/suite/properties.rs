//! Properties that hold after any steps, on every kind of store.

use std::collections::BTreeMap;

use proptest::prelude::*;
use ramax::operations::{Rebuild, keep_going, rebuild, verify};
use ramax::{Changes, Command, ContentStore, PState, Page, Request, SpaceId, SpaceSequence};

use crate::support::{Fixture, add_contact, rename_contact};

/// A step on one of a few tenants.
#[derive(Debug, Clone)]
enum Step {
    Add { tenant: usize, contact: u8 },
    Rename { tenant: usize, contact: u8, name: String },
    Batch { tenant: usize, contacts: Vec<u8> },
    Rebuild { tenant: usize },
}

const TENANTS: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let tenant = 0..TENANTS;
    prop_oneof![
        4 => (tenant.clone(), 0..12_u8).prop_map(|(tenant, contact)| Step::Add { tenant, contact }),
        4 => (tenant.clone(), 0..12_u8, "[^\n]{1,8}")
            .prop_map(|(tenant, contact, name)| Step::Rename { tenant, contact, name }),
        2 => (tenant.clone(), prop::collection::vec(0..12_u8, 0..6))
            .prop_map(|(tenant, contacts)| Step::Batch { tenant, contacts }),
        1 => tenant.prop_map(|tenant| Step::Rebuild { tenant }),
    ]
}

/// The expected contents of the tenants, modelled as simply as possible.
#[derive(Default, Clone)]
struct Model {
    contacts: BTreeMap<String, String>,
    events: u64,
}

impl Model {
    fn execute(&mut self, command: &Command) -> bool {
        let (id, name) = (&command.fields["contact_id"], &command.fields["name"]);
        let accepted = self.contacts.contains_key(id) != (command.name == "add-contact");
        if accepted {
            self.contacts.insert(id.clone(), name.clone());
            self.events += 1;
        }
        accepted
    }
}

fn take(step: &Step, spaces: &[ContentStore], models: &mut [Model]) -> Result<(), TestCaseError> {
    let (tenant, commands) = match step {
        Step::Add { tenant, contact } => (*tenant, vec![add_contact(&format!("c{contact}"))]),
        Step::Rename { tenant, contact, name } => {
            (*tenant, vec![rename_contact(&format!("c{contact}"), name)])
        }
        Step::Batch { tenant, contacts } => {
            (*tenant, contacts.iter().map(|contact| add_contact(&format!("c{contact}"))).collect())
        }
        Step::Rebuild { tenant } => {
            rebuild(&spaces[*tenant], Rebuild::default(), &mut keep_going).unwrap();
            return Ok(());
        }
    };
    let requests: Vec<Request> = commands.iter().cloned().map(Request::from).collect();
    let outcomes = spaces[tenant].execute_batch(&requests).unwrap();
    for (command, outcome) in commands.iter().zip(outcomes) {
        prop_assert_eq!(models[tenant].execute(command), outcome.is_ok(), "{:?}", command);
    }
    Ok(())
}

fn check(space: &ContentStore, model: &Model) -> Result<(), TestCaseError> {
    let events = space.store().events().read_space(space.space_id(), Page::forward(None, 9999)).unwrap();
    let sequences: Vec<u64> = events.iter().map(|event| event.space_sequence.0).collect();
    prop_assert_eq!(sequences, (1..=model.events).collect::<Vec<u64>>(), "gapless");
    prop_assert!(events.is_sorted_by(|a, b| a.event_id < b.event_id && a.timestamp <= b.timestamp));
    let contacts: BTreeMap<String, String> = ramax::apps::Crm::contacts(space)
        .unwrap()
        .into_iter()
        .map(|contact| (contact.id, contact.name))
        .collect();
    prop_assert_eq!(&contacts, &model.contacts, "isolated, and the fold of its events");
    prop_assert_eq!(ramax::apps::Crm::contact_count(space).unwrap(), contacts.len() as u64);
    let verified = verify(space, &mut keep_going).unwrap();
    prop_assert_eq!(verified.differences, vec![]);
    let checkpoint = space.store().pstate().checkpoint(space.space_id().into()).unwrap();
    prop_assert_eq!(checkpoint.sequence, SpaceSequence(model.events));
    Ok(())
}

fn run(fixture: &Fixture, steps: &[Step]) -> Result<(), TestCaseError> {
    let spaces: Vec<ContentStore> = (0..TENANTS).map(|n| fixture.crm(&format!("crm_{n}"))).collect();
    let mut models = vec![Model::default(); TENANTS];
    for step in steps {
        take(step, &spaces, &mut models)?;
    }
    for (space, model) in spaces.iter().zip(&models) {
        check(space, model)?;
    }
    let all = fixture.store.events().read_all(Page::forward(None, 9999)).unwrap();
    let ids: Vec<u64> = all.iter().map(|event| event.event_id.0).collect();
    prop_assert_eq!(ids, (1..=models.iter().map(|model| model.events).sum()).collect::<Vec<u64>>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tenants_stay_isolated_gapless_and_folded_in_memory(steps in prop::collection::vec(step(), 0..40)) {
        run(&Fixture::memory(), &steps)?;
    }

    #[test]
    fn tenants_stay_isolated_gapless_and_folded_in_one_file(steps in prop::collection::vec(step(), 0..40)) {
        run(&Fixture::one_file(), &steps)?;
    }

    #[test]
    fn tenants_stay_isolated_gapless_and_folded_in_two_files(steps in prop::collection::vec(step(), 0..40)) {
        run(&Fixture::two_files(), &steps)?;
    }

    #[test]
    fn every_page_of_an_entity_matches_a_naive_scan_in_one_file(pages in entity_pages()) {
        pages.check(&Fixture::one_file())?;
    }
}

/// The same on a server, where a step takes longer.
#[cfg(feature = "postgres")]
mod on_a_server {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn tenants_stay_isolated_gapless_and_folded(steps in prop::collection::vec(step(), 0..40)) {
            run(&Fixture::server(), &steps)?;
        }

        #[test]
        fn every_page_of_an_entity_matches_a_naive_scan(pages in entity_pages()) {
            pages.check(&Fixture::server())?;
        }

        #[test]
        fn a_projection_behaves_like_a_sorted_map_per_space(
            touches in prop::collection::vec(touch(), 0..30),
            prefix in "[ab%_:]{0,2}",
            limit in 0..9_usize,
        ) {
            projections_are_maps(&Fixture::server(), &touches, &prefix, limit)?;
        }
    }
}

/// Events of a few entities, and a page of one of them.
#[derive(Debug)]
struct EntityPages {
    entities: Vec<u8>,
    scale: usize,
    after: u64,
    limit: usize,
    backward: bool,
}

fn entity_pages() -> impl Strategy<Value = EntityPages> {
    (prop::collection::vec(0..4_u8, 1..60), 1..80_usize, 0..5000_u64, 0..900_usize, any::<bool>()).prop_map(
        |(entities, scale, after, limit, backward)| EntityPages { entities, scale, after, limit, backward },
    )
}

impl EntityPages {
    fn check(&self, fixture: &Fixture) -> Result<(), TestCaseError> {
        let space = fixture.space("a").space_id;
        let events = fixture.store.events();
        for entity in &self.entities {
            let new = crate::support::event(&format!("e{entity}"), "t", serde_json::json!({}));
            let new = vec![new; self.scale];
            let (expected, now) = (ramax::Expected::Any, crate::support::START);
            events.append(space, ramax::Append { expected, now, events: &new }).unwrap();
        }
        let after = Some(SpaceSequence(self.after));
        let (forward, backward) = (Page::forward(after, self.limit), Page::backward(after, self.limit));
        let page = if self.backward { backward } else { forward };
        let all = events.read_space(space, Page { limit: 99_999, ..page }).unwrap();
        let of_entity = all.into_iter().filter(|event| event.entity_id == "e1");
        let naive: Vec<_> = of_entity.take(self.limit).collect();
        prop_assert_eq!(events.read_entity(space, "e1", page).unwrap(), naive);
        Ok(())
    }
}

/// A step on the keys of one of two spaces.
#[derive(Debug, Clone)]
enum Touch {
    Put(u32, String, u8),
    Delete(u32, String),
    Write(u32, Vec<(String, Option<u8>)>),
    WriteIf(u32, String, u8),
}

fn touch() -> impl Strategy<Value = Touch> {
    let (space, key) = (1..3_u32, "[ab%_:]{0,3}");
    prop_oneof![
        (space.clone(), key, any::<u8>()).prop_map(|(space, key, value)| Touch::Put(space, key, value)),
        (space.clone(), key).prop_map(|(space, key)| Touch::Delete(space, key)),
        (space.clone(), prop::collection::vec((key, any::<Option<u8>>()), 0..6))
            .prop_map(|(space, writes)| Touch::Write(space, writes)),
        (space, key, any::<u8>()).prop_map(|(space, key, value)| Touch::WriteIf(space, key, value)),
    ]
}

type Entities = BTreeMap<(u32, String), u8>;

fn json_of(value: u8) -> ramax::Json {
    ramax::Json::of(&value.into())
}

fn touch_both(pstate: &dyn PState, model: &mut Entities, touch: &Touch) {
    let now = crate::support::START;
    match touch {
        Touch::Put(space, key, value) => {
            pstate.put(SpaceId(*space).into(), key, json_of(*value), now).unwrap();
            model.insert((*space, key.clone()), *value);
        }
        Touch::Delete(space, key) => {
            pstate.delete(SpaceId(*space).into(), key).unwrap();
            model.remove(&(*space, key.clone()));
        }
        Touch::Write(space, writes) => {
            let mut changes = Changes::default();
            for (key, value) in writes {
                match value {
                    Some(value) => {
                        changes.put(key, json_of(*value), now);
                        model.insert((*space, key.clone()), *value);
                    }
                    None => {
                        changes.delete(key);
                        model.remove(&(*space, key.clone()));
                    }
                }
            }
            pstate.write(SpaceId(*space).into(), &changes).unwrap();
        }
        Touch::WriteIf(space, key, value) => {
            // A conditional write by a writer that saw no entry.
            let seen = [ramax::pstate::Seen { key, entry: None }];
            let mut changes = Changes::default();
            changes.put(key, json_of(*value), now);
            let moved = pstate.write_if(SpaceId(*space).into(), &seen, &changes).unwrap();
            assert_eq!(moved.is_empty(), !model.contains_key(&(*space, key.clone())));
            model.entry((*space, key.clone())).or_insert(*value);
        }
    }
}

fn projections_are_maps(
    fixture: &Fixture,
    touches: &[Touch],
    prefix: &str,
    limit: usize,
) -> Result<(), TestCaseError> {
    let pstate = fixture.store.pstate();
    let mut model = Entities::new();
    for touch in touches {
        touch_both(pstate, &mut model, touch);
    }
    for space in 1..3 {
        let naive: Vec<(String, u8)> = model
            .iter()
            .filter(|((id, key), _)| *id == space && key.starts_with(prefix))
            .map(|((_, key), value)| (key.clone(), *value))
            .collect();
        let found = |page| -> Vec<(String, u8)> {
            let entries = pstate.scan(SpaceId(space).into(), prefix, page).unwrap();
            entries.into_iter().map(|entry| (entry.key, entry.value.parse_owned().unwrap())).collect()
        };
        prop_assert_eq!(
            found(Page::forward(None, limit)),
            naive.iter().take(limit).cloned().collect::<Vec<_>>()
        );
        let mut backward = naive.clone();
        backward.reverse();
        backward.truncate(limit);
        prop_assert_eq!(found(Page::backward(None, limit)), backward);
        let keys = model.keys().filter(|(id, _)| *id == space).count() as u64;
        prop_assert_eq!(pstate.checkpoint(SpaceId(space).into()).unwrap().entities, keys);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_projection_behaves_like_a_sorted_map_per_space_on_every_store(
        touches in prop::collection::vec(touch(), 0..30),
        prefix in "[ab%_:]{0,2}",
        limit in 0..9_usize,
    ) {
        for fixture in [Fixture::memory(), Fixture::one_file(), Fixture::two_files()] {
            projections_are_maps(&fixture, &touches, &prefix, limit)?;
        }
    }
}

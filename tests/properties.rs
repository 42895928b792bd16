//! What holds whatever happens, on every kind of store.

mod support;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use proptest::prelude::*;
use ramax::operations::{RebuildOptions, rebuild, verify};
use ramax::{Command, ContentStore, Page, Request, SpaceSequence};
use support::{Fixture, add_contact, rename_contact};

/// Something that happens to one of a few tenants.
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

/// What the tenants should hold, told in the simplest way.
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
            rebuild(&spaces[*tenant], RebuildOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap();
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
    let verified = verify(space, &mut |_| ControlFlow::Continue(())).unwrap();
    prop_assert_eq!(verified.differences, vec![]);
    let checkpoint = space.store().pstate().checkpoint(space.space_id()).unwrap();
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
    fn tenants_stay_apart_gapless_and_folded_in_memory(steps in prop::collection::vec(step(), 0..40)) {
        run(&Fixture::memory(), &steps)?;
    }

    #[test]
    fn tenants_stay_apart_gapless_and_folded_in_one_file(steps in prop::collection::vec(step(), 0..40)) {
        run(&Fixture::one_file(), &steps)?;
    }

    #[test]
    fn tenants_stay_apart_gapless_and_folded_in_two_files(steps in prop::collection::vec(step(), 0..40)) {
        run(&Fixture::two_files(), &steps)?;
    }

    #[test]
    fn every_page_of_an_entity_is_what_a_naive_scan_finds(
        entities in prop::collection::vec(0..4_u8, 1..60),
        scale in 1..80_usize,
        after in 0..5000_u64,
        limit in 0..900_usize,
        backward in any::<bool>(),
    ) {
        let fixture = Fixture::one_file();
        let space = fixture.space("a").space_id;
        let events = fixture.store.events();
        for entity in &entities {
            let new = vec![support::event(&format!("e{entity}"), "t", serde_json::json!({})); scale];
            let append = ramax::Append { expected: ramax::Expected::Any, now: support::START, events: &new };
            events.append(space, append).unwrap();
        }
        let after = Some(SpaceSequence(after));
        let page = if backward { Page::backward(after, limit) } else { Page::forward(after, limit) };
        let all = events.read_space(space, Page { limit: 99_999, ..page }).unwrap();
        let naive: Vec<_> = all.into_iter().filter(|event| event.entity_id == "e1").take(limit).collect();
        prop_assert_eq!(events.read_entity(space, "e1", page).unwrap(), naive);
    }
}

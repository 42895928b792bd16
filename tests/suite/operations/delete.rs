//! Deletes.

use std::ops::ControlFlow;

use ramax::SpaceSequence;
use ramax::apps::Crm;
use ramax::operations::{
    DeleteOptions, Phase, Rebuild, create_space, delete, export, inventory, keep_going, rebuild, verify,
};

use super::{append_contacts, contents, tenants};
use crate::on_every_store;
use crate::support::{Fixture, add_contact, mark_owner};

on_every_store![
    an_inventory_counts_what_a_delete_removes,
    a_delete_leaves_nothing_and_touches_no_other_space,
    an_interrupted_delete_resumes_where_it_stopped,
    a_space_can_be_deleted_again_until_its_bytes_are_purged,
    a_space_being_deleted_refuses_commands,
    a_partly_deleted_space_is_not_exported,
    a_delete_forgets_commands_refused_meanwhile,
];

fn an_inventory_counts_what_a_delete_removes(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let inventory = inventory(&fixture.store, "crm_acme").unwrap();
    assert_eq!((inventory.events, inventory.entities), (40, Some(31)));
    let events = contents(&fixture.store, crm.space_id()).0;
    let bytes: usize = events.iter().map(|event| event.payload.as_str().len()).sum();
    assert_eq!(inventory.payload_bytes, Some(bytes as u64));
    assert_eq!(inventory.first_event, Some(events[0].timestamp));
    assert_eq!(inventory.last_event, Some(events[39].timestamp));
}

fn a_delete_leaves_nothing_and_touches_no_other_space(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let before = contents(&fixture.store, cms.space_id());
    let deleted = delete(
        &fixture.store,
        "crm_acme",
        DeleteOptions { purge: true, ..Default::default() },
        &mut keep_going,
    )
    .unwrap();
    assert_eq!((deleted.inventory.events, deleted.purged), (40, true));
    assert_eq!(fixture.store.events().residue(crm.space_id()).unwrap(), []);
    assert_eq!(fixture.store.pstate().residue(crm.space_id()).unwrap(), []);
    assert_eq!(contents(&fixture.store, cms.space_id()), before);
    assert_eq!(inventory(&fixture.store, "crm_acme").unwrap_err().kind(), "unknown_space");
    let again = fixture.crm("crm_acme");
    assert_eq!((Crm::contact_count(&again).unwrap(), again.event_count().unwrap()), (0, 0));
    assert_eq!(again.execute(add_contact("c1")).unwrap().space_sequence, SpaceSequence(1));
}

fn an_interrupted_delete_resumes_where_it_stopped(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    append_contacts(&crm, 5000);
    let error = delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut |progress| {
        if progress.done > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap_err();
    assert_eq!(error.kind(), "delete_interrupted");
    let left = fixture.store.events().find_space("crm_acme").unwrap().unwrap();
    assert!(left.space.state == ramax::space::SpaceState::Deleting);
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    assert_eq!(fixture.store.events().residue(crm.space_id()).unwrap(), []);
    assert_eq!(verify(&cms, &mut keep_going).unwrap().differences, []);
}

fn a_space_can_be_deleted_again_until_its_bytes_are_purged(fixture: &Fixture) {
    tenants(fixture);
    let mut there = None;
    delete(
        &fixture.store,
        "crm_acme",
        DeleteOptions { purge: true, ..DeleteOptions::default() },
        &mut |progress| {
            if progress.phase == Phase::Purge {
                there = Some(fixture.store.events().find_space("crm_acme").unwrap().is_some());
            }
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    assert_eq!(there, Some(true));
    assert_eq!(fixture.store.events().find_space("crm_acme").unwrap(), None);
}

fn a_space_being_deleted_refuses_commands(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    fixture.store.events().begin_delete(crm.space_id(), &mark_owner(1), None).unwrap();
    assert_eq!(crm.execute(add_contact("new")).unwrap_err().kind(), "space_deleting");
    assert_eq!(crm.preview(add_contact("new")).unwrap_err().kind(), "space_deleting");
    let error = rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "space_deleting");
}

fn a_partly_deleted_space_is_not_exported(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 5000);
    let interrupt = &mut |progress: ramax::operations::Progress| {
        if progress.done > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), interrupt).unwrap_err();
    let error = export(&fixture.store, "crm_acme", &mut Vec::new(), &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "space_deleting", "{error}");
}

fn a_delete_forgets_commands_refused_meanwhile(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let other = fixture.other_process();
    let metadata = ramax::SpaceMetadata::parse(r#"{"note":"of this tenant"}"#).unwrap();
    let options = DeleteOptions { purge: true, ..DeleteOptions::default() };
    let deleted = delete(&fixture.store, "crm_acme", options, &mut |progress| {
        if progress.phase == Phase::Purge {
            let refused = create_space(&other, "crm_acme", Some(&metadata)).unwrap_err();
            assert_eq!(refused.kind(), "worked_on");
        }
        ControlFlow::Continue(())
    });
    assert_eq!(deleted.unwrap().proof.tables["operations"], 0);
    assert_eq!(fixture.store.events().residue(crm.space_id()).unwrap(), []);
}

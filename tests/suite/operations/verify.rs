//! Verification.

use std::ops::ControlFlow;

use ramax::operations::{Difference, Rebuild, keep_going, rebuild, verify};
use ramax::{Checkpoint, Json, SpaceSequence};
use serde_json::json;

use super::{append_contacts, tenants};
use crate::on_every_store;
use crate::support::{Fixture, START, add_contact, advance, rename_contact};

on_every_store![
    verify_finds_nothing_in_an_intact_projection,
    verify_finds_missing_impossible_and_altered_keys,
    verify_finds_a_checkpoint_ahead_of_its_stream,
    verify_and_commands_through_the_same_handle_do_not_deadlock,
    verify_can_be_cancelled,
    a_rebuild_repairs_what_verify_finds,
];

fn verify_finds_nothing_in_an_intact_projection(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let verified = verify(&crm, &mut keep_going).unwrap();
    assert_eq!((verified.events, verified.entities, verified.differences.len()), (40, 31, 0));
    assert_eq!(verify(&cms, &mut keep_going).unwrap().differences, []);
    append_contacts(&crm, 5);
    assert_eq!(verify(&crm, &mut keep_going).unwrap().differences, [], "a lag is not a drift");
}

fn verify_finds_missing_impossible_and_altered_keys(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let pstate = fixture.store.pstate();
    pstate.put(crm.space_id().into(), "contact:ghost", Json::of(&json!({"id": "ghost"})), START).unwrap();
    pstate.delete(crm.space_id().into(), "contact:c3").unwrap();
    let entry = pstate.get(crm.space_id().into(), "contact:c5").unwrap().unwrap();
    let mut value = entry.value.to_value();
    value["name"] = json!("Eve");
    pstate.put(crm.space_id().into(), "contact:c5", Json::of(&value), entry.updated_at).unwrap();
    let differences = verify(&crm, &mut keep_going).unwrap().differences;
    assert_eq!(differences.len(), 3, "{differences:?}");
    assert!(matches!(&differences[0], Difference::Missing { key, .. } if key == "contact:c3"));
    let Difference::Altered { key, fields } = &differences[1] else { panic!("{differences:?}") };
    assert_eq!((key.as_str(), fields.len(), fields[0].path.as_str()), ("contact:c5", 1, ".name"));
    assert_eq!(
        (&fields[0].expected, &fields[0].stored),
        (&Some(Json::of(&json!("Ada"))), &Some(Json::of(&json!("Eve"))))
    );
    assert!(matches!(&differences[2], Difference::Impossible { key, .. } if key == "contact:ghost"));
}

fn verify_finds_a_checkpoint_ahead_of_its_stream(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let ahead = Checkpoint {
        sequence: SpaceSequence(5),
        ..fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap()
    };
    let nothing = ramax::Changes::default();
    advance(&fixture.store, crm.space_id(), SpaceSequence(1), &nothing, ahead).unwrap();
    let differences = verify(&crm, &mut keep_going).unwrap().differences;
    let expected =
        Difference::CheckpointAhead { checkpoint: SpaceSequence(5), last_sequence: SpaceSequence(1) };
    assert_eq!(differences, [expected]);
}

fn verify_and_commands_through_the_same_handle_do_not_deadlock(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    std::thread::scope(|scope| {
        let commands = scope.spawn(|| {
            for n in 0..500 {
                crm.execute(rename_contact("c1", &format!("Ada {n}"))).unwrap();
            }
        });
        while !commands.is_finished() {
            assert_eq!(verify(&crm, &mut keep_going).unwrap().differences, []);
        }
    });
    assert_eq!(verify(&crm, &mut keep_going).unwrap().events, 540);
}

fn verify_can_be_cancelled(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    assert!(verify(&crm, &mut |_| ControlFlow::Break(())).unwrap_err().is_cancelled());
}

fn a_rebuild_repairs_what_verify_finds(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    fixture.store.pstate().delete(crm.space_id().into(), "contacts:count").unwrap();
    assert_eq!(verify(&crm, &mut keep_going).unwrap().differences.len(), 1);
    rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
    assert_eq!(verify(&crm, &mut keep_going).unwrap().differences, []);
}

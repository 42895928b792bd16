//! Redaction.

use ramax::operations::{CheckOptions, Damage, Fault, check, execute};
use ramax::{Apps, Command, Page};

use super::deeds::*;
use super::halt::Ran;
use super::{assert_clean, at_every_boundary, in_both, keep_going, template};
use crate::invariants;
use crate::support::dump;
use crate::support::sandbox::{Files, Sandbox};

/// Returns whether the person's events and the projection contain the name.
fn state(sandbox: &Sandbox) -> (bool, bool) {
    let store = sandbox.store();
    let events = store.events().read_entity(TENANT_ID, PERSON, Page::forward(None, 100)).unwrap();
    assert!(!events.is_empty() && events.iter().all(|event| event.intact));
    let entries = store.pstate().scan(TENANT_ID.into(), "contact:person", Page::forward(None, 10)).unwrap();
    (
        events.iter().any(|event| event.payload.as_str().contains(PERSONS_NAME)),
        entries.iter().any(|entry| entry.value.as_str().contains(PERSONS_NAME)),
    )
}

#[test]
fn a_redaction_killed_at_any_boundary_leaves_no_projection_with_erased_values() {
    in_both(|files| {
        let template = template(files, FEW);
        let crm = crm(&template.store(), TENANT).unwrap();
        let add = Command::new("add-contact").with("contact_id", PERSON).with("name", PERSONS_NAME);
        execute(&crm, add.with("email", "person@plugh.example")).unwrap();
        let update =
            Command::new("update-contact").with("contact_id", PERSON).with("email", "p@plugh.example");
        execute(&crm, update).unwrap();
        drop(crm);
        let other = dump::space(&template, OTHER_ID);
        let mut seen = std::collections::BTreeSet::new();
        let look = |sandbox: &Sandbox, _: &Ran, _| {
            let state = state(sandbox);
            seen.insert(state);
            assert_eq!(dump::space(sandbox, OTHER_ID), other);
            match state {
                (true, true) | (false, false) => invariants::assert_whole(sandbox),
                (false, true) => panic!("the projection shows an erased value"),
                (true, false) => {
                    assert_eq!(files, Files::Two, "in one file, both change at once");
                    let options = CheckOptions { deep: true, is_running: &|_| false };
                    let checked =
                        check(&sandbox.store(), &Apps::standard(), options, &mut keep_going).unwrap();
                    let faults: Vec<Fault> = checked.findings.into_iter().map(|found| found.fault).collect();
                    let (entity_id, fields) =
                        (PERSON.to_owned(), ["name", "email"].map(str::to_owned).to_vec());
                    assert_eq!(
                        faults,
                        [Fault::Damaged(Damage::LeftRedacting { entity_id, fields, purge: true })]
                    );
                }
            }
        };
        at_every_boundary(&REDACT, &template, look, |sandbox, again| {
            again.unwrap();
            assert_eq!(state(sandbox), (false, false));
            assert!(!String::from_utf8_lossy(&sandbox.bytes()).contains(PERSONS_NAME), "some bytes are left");
            assert_eq!(dump::space(sandbox, OTHER_ID), other);
            let redactions = sandbox.store().events().redactions(Some(TENANT_ID)).unwrap();
            assert!(redactions > 0 && redactions.is_multiple_of(2), "the redaction is finished");
            assert_clean(sandbox);
        });
        assert!(seen.contains(&(true, true)) && seen.contains(&(false, false)), "{seen:?}");
        assert_eq!(seen.contains(&(true, false)), files == Files::Two);
    });
}

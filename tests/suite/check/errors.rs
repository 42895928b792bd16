//! Errors about damaged projections name a remedy that is as small as that of a check, and works.

use ramax::error::Remedy;
use ramax::operations::{catch_up, find_space, keep_going};
use ramax::{Append, Apps, Error, Expected, SpaceId};
use serde_json::json;

use super::findings::{Files, assert_clean, checked};
use super::repairs::apply;
use crate::support::{START, add_contact, event};

const REBUILD: Remedy = Remedy::Rebuild { skip_errors: false };

/// Returns the remedies that an error advises.
fn remedies(error: &Error) -> Vec<Remedy> {
    error.advice().unwrap().remedies().cloned().collect()
}

#[test]
fn a_stored_value_that_cannot_be_read_names_a_rebuild_and_no_event() {
    for two in [false, true] {
        let files = Files::small(two);
        let damage = "UPDATE projection_entities SET value = '{' WHERE key = 'contacts:count'
            AND projection_id = (SELECT projection_id FROM projections WHERE space_id = 1 AND projection = 'state')";
        files.sqlite(true).execute_batch(damage).unwrap();
        let store = files.store();
        let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
        let refused = acme.execute(add_contact("new")).unwrap_err();
        assert_eq!(remedies(&refused), [REBUILD], "{refused}");
        assert!(
            refused.to_string().starts_with("the new event contact.added cannot be applied: "),
            "{refused}"
        );
        let new = [event("x1", "contact.added", json!({"contact_id": "x1", "name": "N", "email": "e"}))];
        let append = Append { expected: Expected::Any, now: START, events: &new };
        store.events().append(SpaceId(1), append).unwrap();
        let refused = catch_up(&acme, &mut keep_going).unwrap_err();
        assert_eq!(remedies(&refused), [REBUILD], "{refused}");
        assert!(apply(&store, &REBUILD, Some("crm_acme")).unwrap());
        acme.execute(add_contact("new")).unwrap();
        assert_clean(&store);
    }
}

#[test]
fn a_damaged_row_in_a_file_of_projections_is_no_damage_to_the_file() {
    let files = Files::small(true);
    let damage =
        "UPDATE projection_checkpoints SET entities = -1 WHERE space_id = 1 AND projection = 'state'";
    files.sqlite(true).execute_batch(damage).unwrap();
    let store = files.store();
    let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    let refused = acme.execute(add_contact("new")).unwrap_err();
    assert_eq!(remedies(&refused), [Remedy::Check { deep: true, repair: false }], "{refused}");
    assert!(refused.to_string().contains("the column entities of projection_checkpoints"), "{refused}");
    for finding in checked(&store, true).findings {
        assert!(apply(&store, &finding.remedy, Some("crm_acme")).unwrap(), "{finding:?}");
    }
    assert_clean(&store);
    acme.execute(add_contact("new")).unwrap();
}

// Of the entity c1 of crm_acme: 2 events.
// Stand-ins for the values of: name, email.

use ramax::Command;
use ramax::apps::Crm;
use ramax::testing::{Scenario, event};
use serde_json::json;

#[test]
fn entity_c1_of_crm_acme() {
    Scenario::of(Crm)
        .given([
            event("c1", "contact.added", json!({"contact_id": "c1", "name": "masked-1", "email": "masked-2@example.com"})),
        ])
        .when(Command::new("update-contact").with("contact_id", "c1").with("email", "masked-3@example.com"))
        .then_events([
            event("c1", "contact.updated", json!({"contact_id": "c1", "name": "masked-1", "email": "masked-3@example.com"})),
        ])
        .then_state("contact:c1", json!({"id": "c1", "name": "masked-1", "email": "masked-3@example.com", "created_at": 1767225600, "updated_at": 1767225600}));
}

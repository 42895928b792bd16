//! The contacts by the domain of their email address.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::EventPayload;
use crate::apps::groups::Groups;
use crate::content_store::{Applied, ProjectionMode, ProjectionSpec, State, StateError};
use crate::event::Event;
use crate::pstate::schema::{Entity, Field, Schema};

use super::{ContactAdded, ContactUpdated};

/// Keys: `domain:<domain>` holds the number of contacts with an address there, `contact_at:<domain>:<id>` the name and
/// address of each, and `domain_of:<id>` the domain of a contact. Contacts without a valid address are at `(none)`.
pub const CONTACTS_BY_DOMAIN: ProjectionSpec = ProjectionSpec {
    name: "contacts_by_domain",
    summary: "contacts by the domain of their email address",
    version: 1,
    mode: ProjectionMode::Async,
    schema: Schema::new(&[
        Entity::new("domain", &[Field::integer("contacts")]),
        Entity::new("contact_at", &[Field::any("name"), Field::any("email")]),
    ]),
    apply,
};

const DOMAINS: Groups = Groups { group: "domain", member: "contact_at", count: "contacts" };

/// The domain of contacts without a valid address.
const NONE: &str = "(none)";

/// The longest name of a domain, in bytes.
const LONGEST: usize = 253;

/// The payload of both events. Name and address may be missing, or erased.
#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    contact_id: Cow<'a, str>,
    #[serde(default)]
    name: Value,
    #[serde(default)]
    email: Value,
}

/// A contact at a domain, as in its last event.
#[derive(Serialize)]
struct ContactAt<'a> {
    name: &'a Value,
    email: &'a Value,
}

fn apply(state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
    let is_added = match &*event.event_type {
        ContactAdded::TYPE => true,
        ContactUpdated::TYPE => false,
        _ => return Ok(Applied::UnknownType),
    };
    let Payload { contact_id, name, email } = event.payload.parse()?;
    // A contact that was never added is not one.
    if is_added || DOMAINS.contains(state, &contact_id)? {
        let domain = email.as_str().and_then(domain).unwrap_or_else(|| NONE.to_owned());
        let contact = ContactAt { name: &name, email: &email };
        DOMAINS.put(state, (&domain, &contact_id), &contact)?;
    }
    Ok(Applied::Yes)
}

/// Returns the domain of an address in lower case, if the address has a valid one.
fn domain(email: &str) -> Option<String> {
    let (mailbox, domain) = email.trim().rsplit_once('@')?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || !c.is_ascii();
    let is_label = |label: &str| !label.is_empty() && label.chars().all(is_allowed);
    let is_valid = !mailbox.is_empty() && domain.len() <= LONGEST && domain.split('.').all(is_label);
    is_valid.then(|| domain.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::domain;

    #[test]
    fn a_domain_is_what_follows_the_last_at_sign() {
        for (email, expected) in [
            ("ada@acme.example", "acme.example"),
            (" Ada@ACME.example\n", "acme.example"),
            ("\"a@b\"@mail.acme.example", "mail.acme.example"),
            ("root@localhost", "localhost"),
            ("ada@bücher.example", "bücher.example"),
        ] {
            assert_eq!(domain(email).as_deref(), Some(expected), "{email}");
        }
        let long = format!("a@{}", "a".repeat(254));
        for email in [
            "",
            "ada",
            "@acme.example",
            "ada@",
            "ada@.example",
            "ada@a..b",
            "ada@a b",
            "a@b:c",
            "a@[::1]",
            &long,
        ] {
            assert_eq!(domain(email), None, "{email}");
        }
    }
}

//! Contacts folded from events, compared with the stored ones, written by hand.

use std::collections::HashMap;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::Outcome;
use super::bare_sqlite::{each, each_entry};

#[derive(Deserialize)]
struct Payload<'a> {
    contact_id: &'a str,
    name: &'a str,
    email: &'a str,
}

#[derive(Serialize)]
struct Contact {
    id: String,
    name: String,
    email: String,
    created_at: i64,
    updated_at: Option<i64>,
    #[serde(skip)]
    changed_at: i64,
}

pub fn compare(connection: &Connection) -> Outcome {
    let (contacts, counted_at) = contacts(connection)?;
    let count = contacts.len();
    let mut contacts: Vec<(String, Contact)> = contacts.into_iter().collect();
    contacts.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let mut expected = contacts.into_iter();
    each_entry(connection, |key, value, updated_at| {
        match expected.next() {
            Some((expected, contact)) => {
                assert_eq!((key, updated_at), (expected.as_str(), contact.changed_at));
                assert_eq!(value, serde_json::to_string(&contact)?);
            }
            None => {
                let count = count.to_string();
                assert_eq!((key, value, updated_at), ("contacts:count", count.as_str(), counted_at));
            }
        }
        Ok(())
    })
}

/// Returns the contacts by key, and the time when the last one was added.
fn contacts(connection: &Connection) -> Outcome<(HashMap<String, Contact>, i64)> {
    let mut contacts: HashMap<String, Contact> = HashMap::new();
    let mut counted_at = 0;
    each(connection, |event| {
        let Payload { contact_id, name, email } = serde_json::from_str(event.payload)?;
        let key = format!("contact:{contact_id}");
        let contact = contacts.entry(key).or_insert_with(|| {
            counted_at = event.timestamp;
            Contact {
                id: contact_id.to_owned(),
                name: String::new(),
                email: String::new(),
                created_at: event.timestamp.div_euclid(1000),
                updated_at: None,
                changed_at: 0,
            }
        });
        if event.event_type == "contact.updated" {
            contact.updated_at = Some(event.timestamp.div_euclid(1000));
        }
        name.clone_into(&mut contact.name);
        email.clone_into(&mut contact.email);
        contact.changed_at = event.timestamp;
        Ok(())
    })?;
    Ok((contacts, counted_at))
}

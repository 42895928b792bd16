//! A CRM: contacts.
//!
//! Keys: `contact:<id>` holds a [`Contact`], `contacts:count` the number of contacts. No value grows with the
//! number of contacts, so the millionth is added as fast as the first. The projection `contacts_by_domain` shows where
//! the contacts have their email addresses.

mod by_domain;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::EventPayload;
use crate::content_store::{
    App, Applied, Command, ContentStore, Context, Decide, Decision, State, StateError, help,
};
use crate::error::{Rejection, Result};
use crate::event::{Event, NewEvent};

/// The CRM app.
#[derive(Debug, Clone, Copy, Default)]
pub struct Crm;

/// A contact. Its texts are owned, or borrowed from the event that it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact<Text = String> {
    /// Its id, unique in its space.
    pub id: Text,
    /// Its name.
    pub name: Text,
    /// Its email address.
    pub email: Text,
    /// When it was added, in Unix seconds.
    pub created_at: i64,
    /// When it was last updated, in Unix seconds.
    pub updated_at: Option<i64>,
}

const COUNT: &str = "contacts:count";
const PREFIX: &str = "contact:";

crate::commands! {
    /// Adds a contact under a new id
    pub struct AddContact {
        pub contact_id: String = help("unique in this space, such as c1"),
        pub name: String = help("the contact's full name"),
        pub email: String = help("the contact's email address"),
    }

    /// Changes a contact's name, email or both; an empty field keeps its value
    pub struct UpdateContact {
        pub contact_id: String = help("unique in this space, such as c1").refers_to("contact"),
        pub name: Option<String> = help("the new name; empty keeps the old one"),
        pub email: Option<String> = help("the new email; empty keeps the old one"),
    }
}

crate::events! {
    struct ContactAdded<'a>: "contact.added" {
        #[serde(borrow)]
        contact_id: Cow<'a, str>,
        #[serde(borrow, deserialize_with = "crate::redacted::text")]
        name: Cow<'a, str>,
        #[serde(borrow, deserialize_with = "crate::redacted::text")]
        email: Cow<'a, str>,
    }

    /// Carries the full contact.
    struct ContactUpdated<'a>: "contact.updated" {
        #[serde(borrow)]
        contact_id: Cow<'a, str>,
        #[serde(borrow, deserialize_with = "crate::redacted::text")]
        name: Cow<'a, str>,
        #[serde(borrow, deserialize_with = "crate::redacted::text")]
        email: Cow<'a, str>,
    }
}

impl App for Crm {
    crate::app! {
        name: "crm",
        summary: "contacts of a tenant",
        space_prefix: "crm_",
        commands: [AddContact, UpdateContact],
        events: [ContactAdded<'_>, ContactUpdated<'_>],
        projections: [by_domain::CONTACTS_BY_DOMAIN],
    }

    fn lookups(&self, command: &Command) -> Vec<String> {
        super::lookups(command, "contact_id", PREFIX, COUNT)
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        match &*event.event_type {
            ContactAdded::TYPE => contact_added(state, event)?,
            ContactUpdated::TYPE => contact_updated(state, event)?,
            _ => return Ok(Applied::UnknownType),
        }
        Ok(Applied::Yes)
    }
}

impl Decide<Crm> for AddContact {
    fn decide(self, _: &Crm, context: &Context<'_>) -> Decision {
        let id = &self.contact_id;
        if context.contains(&key(id))? {
            let message = format!("the contact {id} already exists");
            return Err(Rejection::of_field("contact_id", "contact_already_exists", message).into());
        }
        let added = ContactAdded { contact_id: id.into(), name: self.name.into(), email: self.email.into() };
        Ok(vec![NewEvent::of(id, &added)?])
    }
}

impl Decide<Crm> for UpdateContact {
    fn decide(self, _: &Crm, context: &Context<'_>) -> Decision {
        let id = &self.contact_id;
        let Some(contact) = context.get::<Contact>(&key(id))? else {
            let message = format!("there is no contact {id}");
            return Err(Rejection::of_field("contact_id", "contact_not_found", message).into());
        };
        if self.name.is_none() && self.email.is_none() {
            return Err(Rejection::of_command("no_changes", "give a name, an email or both").into());
        }
        let name = self.name.unwrap_or(contact.name).into();
        let email = self.email.unwrap_or(contact.email).into();
        Ok(vec![NewEvent::of(id, &ContactUpdated { contact_id: id.into(), name, email })?])
    }
}

fn contact_added(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let ContactAdded { contact_id, name, email } = event.to()?;
    let key = key(&contact_id);
    if !state.contains(&key)? {
        let count: u64 = state.get(COUNT)?.unwrap_or(0);
        state.put(COUNT, &(count + 1))?;
    }
    let contact =
        Contact { id: contact_id, name, email, created_at: event.timestamp.seconds(), updated_at: None };
    state.put(&key, &contact)
}

fn contact_updated(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let ContactUpdated { contact_id, name, email } = event.to()?;
    let key = key(&contact_id);
    let Some(contact) = state.get::<Contact>(&key)? else {
        return Err(StateError::Inapplicable(format!(
            "it updates the contact {contact_id}, which was never added"
        )));
    };
    let contact = Contact {
        id: Cow::Owned(contact.id),
        name,
        email,
        created_at: contact.created_at,
        updated_at: Some(event.timestamp.seconds()),
    };
    state.put(&key, &contact)
}

fn key(id: &str) -> String {
    [PREFIX, id].concat()
}

impl Crm {
    /// Returns a contact.
    pub fn contact(space: &ContentStore, id: &str) -> Result<Option<Contact>> {
        space.get(&key(id))
    }

    /// Returns all contacts by the time they were added, and by id within one second. Reads all contacts.
    pub fn contacts(space: &ContentStore) -> Result<Vec<Contact>> {
        let mut contacts: Vec<Contact> = super::all(space, PREFIX)?;
        contacts.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(contacts)
    }

    /// Returns the number of contacts.
    pub fn contact_count(space: &ContentStore) -> Result<u64> {
        Ok(space.get(COUNT)?.unwrap_or(0))
    }
}

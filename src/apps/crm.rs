//! A CRM: contacts.
//!
//! Keys: `contact:<id>` holds a [`Contact`], `contacts:count` the number of contacts. No value grows with the
//! number of contacts, so the millionth is added as fast as the first.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::content_store::{
    App, Applied, Arguments, CommandSpec, ContentStore, Decision, FieldSpec, State, StateError,
};
use crate::error::{Rejection, Result};
use crate::event::{Event, NewEvent};
use crate::json::Json;

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

const CONTACT_ID: FieldSpec =
    FieldSpec::required("contact_id", "Contact id", "unique in this space, such as c1");

const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "add-contact",
        title: "Add contact",
        summary: "Adds a contact under a new id",
        fields: &[
            CONTACT_ID,
            FieldSpec::required("name", "Name", "the contact's full name"),
            FieldSpec::required("email", "Email", "the contact's email address"),
        ],
        decide: add_contact,
    },
    CommandSpec {
        name: "update-contact",
        title: "Update contact",
        summary: "Changes a contact's name, email or both; an empty field keeps its value",
        fields: &[
            CONTACT_ID.naming("contact"),
            FieldSpec::optional("name", "Name", "the new name; empty keeps the old one"),
            FieldSpec::optional("email", "Email", "the new email; empty keeps the old one"),
        ],
        decide: update_contact,
    },
];

impl App for Crm {
    fn name(&self) -> &'static str {
        "crm"
    }

    fn summary(&self) -> &'static str {
        "contacts of a tenant"
    }

    fn space_prefix(&self) -> &'static str {
        "crm_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["contact.added", "contact.updated"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        COMMANDS
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        match &*event.event_type {
            "contact.added" => contact_added(state, event)?,
            "contact.updated" => contact_updated(state, event)?,
            _ => return Ok(Applied::UnknownType),
        }
        Ok(Applied::Yes)
    }
}

/// The payload of both events: each carries the full contact.
#[derive(Serialize, Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    contact_id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    email: Cow<'a, str>,
}

fn add_contact(state: &State<'_>, arguments: &Arguments) -> Decision {
    let id = arguments.required("contact_id");
    if state.contains(&key(id))? {
        let message = format!("the contact {id} already exists");
        return Err(Rejection::of_field("contact_id", "contact_already_exists", message).into());
    }
    event("contact.added", id, arguments.required("name"), arguments.required("email"))
}

fn update_contact(state: &State<'_>, arguments: &Arguments) -> Decision {
    let id = arguments.required("contact_id");
    let Some(contact) = state.get::<Contact>(&key(id))? else {
        let message = format!("there is no contact {id}");
        return Err(Rejection::of_field("contact_id", "contact_not_found", message).into());
    };
    let (name, email) = (arguments.optional("name"), arguments.optional("email"));
    if name.is_none() && email.is_none() {
        return Err(Rejection::of_command("no_changes", "give a name, an email or both").into());
    }
    let name = name.unwrap_or(&contact.name);
    let email = email.unwrap_or(&contact.email);
    event("contact.updated", id, name, email)
}

fn event(event_type: &str, id: &str, name: &str, email: &str) -> Decision {
    let payload = Payload { contact_id: id.into(), name: name.into(), email: email.into() };
    let payload = Json::from_serialize(&payload).map_err(StateError::from)?;
    Ok(vec![NewEvent::new(id, event_type, payload)])
}

fn contact_added(state: &mut State<'_>, event: &Event) -> Result<(), StateError> {
    let Payload { contact_id, name, email } = event.payload.parse()?;
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
    let Payload { contact_id, name, email } = event.payload.parse()?;
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

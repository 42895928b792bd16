//! Part two: isolation.

use crate::apps::{Apps, Crm};
use crate::content_store::{Command, Store};
use crate::error::Result;
use crate::event::{Event, SpaceSequence};
use crate::event_store::{Direction, Page};
use crate::operations::{find_space, overview};

use super::{Part, Place, Step, aligned};

pub const PART: Part = Part {
    title: "Isolation",
    steps: &[
        Step {
            title: "The same id, two contacts",
            text: "Both CRM tenants have a contact c1. Neither can see the other's.",
            commands: &["projections get crm_acme contact:c1", "projections get crm_widgets contact:c1"],
            place: Place::Key("crm_acme", "contact:c1"),
            take: same_id,
        },
        Step {
            title: "Each space counts for itself",
            text: "A new event in crm_widgets takes its next sequence; crm_acme stays where it is. Event ids rise \
                   over the whole file.",
            commands: &[
                "run crm_widgets add-contact contact_id=c100 name='Nadia Rahmani' email=nadia@widgets.example",
                "checkpoints list",
            ],
            place: Place::Events("crm_widgets"),
            take: sequences,
        },
        Step {
            title: "An entity's events stay in their space",
            text: "The history of c2 in crm_acme, although crm_widgets has a c2 as well.",
            commands: &["events list crm_acme --entity c2"],
            place: Place::Entity("crm_acme", "c2"),
            take: entity,
        },
        Step {
            title: "One undertaking across spaces",
            text: "What was staged went to production: the second event names the first as its cause, and both \
                   carry one correlation id. That is the only thread between two spaces.",
            commands: &[
                "events list cms_production --entity welcome",
                "events list cms_staging --entity welcome",
            ],
            place: Place::Entity("cms_production", "welcome"),
            take: undertaking,
        },
    ],
};

fn same_id(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    let mut rows = Vec::new();
    for name in ["crm_acme", "crm_widgets"] {
        if let Some(contact) = Crm::contact(&find_space(store, apps, name)?, "c1")? {
            rows.push([name.to_owned(), contact.id, contact.name, contact.email]);
        }
    }
    Ok(aligned(&rows))
}

fn sequences(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    let places = |name| Ok::<_, crate::Error>(overview(store, apps, name)?.head);
    let before = [places("crm_acme")?, places("crm_widgets")?];
    let contact = Command::new("add-contact").with("contact_id", "c100").with("name", "Nadia Rahmani");
    let widgets = find_space(store, apps, "crm_widgets")?;
    let executed = widgets.execute(contact.with("email", "nadia@widgets.example"));
    let added = match executed {
        Ok(executed) => executed.event_ids.last().map(|id| format!("appended event {id} to crm_widgets")),
        // The walk was taken before.
        Err(error) => Some(format!("refused: {error}")),
    };
    let after = [places("crm_acme")?, places("crm_widgets")?];
    let mut rows = vec![["SPACE", "SEQUENCE BEFORE", "AFTER"].map(str::to_owned)];
    for (name, (before, after)) in ["crm_acme", "crm_widgets"].iter().zip(before.iter().zip(&after)) {
        rows.push([(*name).to_owned(), before.last_sequence.to_string(), after.last_sequence.to_string()]);
    }
    let mut lines: Vec<String> = added.into_iter().collect();
    lines.extend(aligned(&rows));
    Ok(lines)
}

fn entity(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    history(store, apps, "crm_acme", "c2").map(|events| table(&events))
}

fn undertaking(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    let mut events = history(store, apps, "cms_staging", "welcome")?;
    events.extend(history(store, apps, "cms_production", "welcome")?);
    let mut rows = vec![["EVENT", "SPACE", "TYPE", "CAUSED BY", "CORRELATION"].map(str::to_owned)];
    for event in &events {
        let space = overview(store, apps, &event.space_id.to_string())?.space.space_name;
        rows.push([
            event.event_id.to_string(),
            space,
            event.event_type.to_string(),
            event.causation_id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
            event.correlation_id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
        ]);
    }
    Ok(aligned(&rows))
}

fn history(store: &Store, apps: &Apps, space: &str, entity_id: &str) -> Result<Vec<Event>> {
    let space_id = overview(store, apps, space)?.space.space_id;
    let page: Page<SpaceSequence> = Page { after: None, direction: Direction::Forward, limit: 20 };
    store.events().read_entity(space_id, entity_id, page)
}

fn table(events: &[Event]) -> Vec<String> {
    let mut rows = vec![["SEQ", "TYPE", "ENTITY", "PAYLOAD"].map(str::to_owned)];
    rows.extend(events.iter().map(|event| {
        [
            event.space_sequence.to_string(),
            event.event_type.to_string(),
            event.entity_id.clone(),
            event.payload.to_string(),
        ]
    }));
    aligned(&rows)
}

//! Part one: basic operations.

use std::ops::ControlFlow;

use crate::apps::Apps;
use crate::content_store::{Command, ContentStore, Store};
use crate::error::{CommandError, Result};
use crate::event_store::Page;
use crate::operations::{self, DeleteOptions};

use super::{Part, Place, Step, aligned};

pub const PART: Part = Part {
    title: "Basic operations",
    steps: &[
        Step {
            title: "Four tenants share one file",
            text: "Each space is a tenant or an environment, with events of its own and a projection made from them.",
            commands: &["spaces list"],
            place: Place::Spaces,
            take: list,
        },
        Step {
            title: "Metadata says what a space is",
            text: "Its \"app\" names the domain that the space runs; the rest is yours.",
            commands: &["spaces show crm_acme --json"],
            place: Place::Space("crm_acme"),
            take: metadata,
        },
        Step {
            title: "A space is found by its name or its id",
            text: "Ids rise in order of creation and are never used twice. They are written #3, so that a bare number is always a name.",
            commands: &["spaces show cms_staging", "spaces show '#3'"],
            place: Place::Space("cms_staging"),
            take: find,
        },
        Step {
            title: "A deleted space leaves nothing",
            text: "A trial tenant comes, and goes again. Its name has to be typed, and every table is searched for \
                   rows of it afterwards.",
            commands: &[
                "spaces create crm_trial --app crm",
                "run crm_trial add-contact contact_id=c1 name=Ada email=ada@trial.example",
                "spaces delete crm_trial --dry-run",
                "spaces delete crm_trial --confirm crm_trial",
            ],
            place: Place::Spaces,
            take: delete,
        },
    ],
};

fn list(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    let mut rows = vec![["ID", "SPACE", "APP", "EVENTS", "KEYS", "LAST EVENT"].map(str::to_owned)];
    for space in operations::overviews(store, apps, Page::forward(None, 100))? {
        rows.push([
            space.space.space_id.to_string(),
            space.space.space_name.clone(),
            space.app.unwrap_or("-").to_owned(),
            space.head.last_sequence.to_string(),
            space.checkpoint.entities.to_string(),
            space.head.last_timestamp.map_or_else(|| "-".to_owned(), |at| at.to_string()),
        ]);
    }
    Ok(aligned(&rows))
}

fn metadata(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    let metadata = operations::overview(store, apps, "crm_acme")?.space.metadata;
    let fields = metadata.iter().flat_map(|metadata| metadata.fields());
    let rows: Vec<[String; 2]> = fields.map(|(key, value)| [key.into_owned(), value.to_owned()]).collect();
    Ok(aligned(&rows))
}

fn find(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    let by_name = operations::overview(store, apps, "cms_staging")?.space;
    let by_id = operations::overview(store, apps, &by_name.space_id.to_string())?.space;
    Ok(vec![
        format!("the name cms_staging leads to the id {}", by_name.space_id),
        format!("the id {} leads to {}", by_id.space_id, by_id.space_name),
    ])
}

fn delete(store: &Store, apps: &Apps) -> Result<Vec<String>> {
    let app = apps
        .named("crm")
        .ok_or_else(|| CommandError::UnknownApp { space: "crm_trial".to_owned(), known: apps.names() })?;
    let trial = ContentStore::open(store, "crm_trial", app)?;
    let contact = Command::new("add-contact").with("contact_id", "c1").with("name", "Ada");
    trial.execute(contact.with("email", "ada@trial.example"))?;
    let mut lines = vec![told(store, apps)?];
    let inventory = operations::inventory(store, "crm_trial")?;
    let keys = inventory.entities.unwrap_or_default();
    lines.push(format!("crm_trial holds {} event and {keys} keys", inventory.events));
    let options = DeleteOptions::default();
    operations::delete(store, "crm_trial", options, &mut |_| ControlFlow::Continue(()))?;
    let mut left = store.events().residue(inventory.space.space_id)?;
    left.extend(store.pstate().residue(inventory.space.space_id)?);
    let rows: u64 = left.iter().map(|(_, rows)| rows).sum();
    lines.push(format!("deleted; rows of it left in any table: {rows}"));
    lines.push(told(store, apps)?);
    Ok(lines)
}

fn told(store: &Store, apps: &Apps) -> Result<String> {
    let spaces = operations::overviews(store, apps, Page::forward(None, 100))?;
    let names: Vec<&str> = spaces.iter().map(|space| space.space.space_name.as_str()).collect();
    Ok(format!("spaces: {}", names.join(", ")))
}

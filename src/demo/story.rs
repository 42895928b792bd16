//! The history of the demonstration's tenants, created through commands.

use std::sync::Arc;

use serde_json::{Value, json};
use thiserror::Error;

use crate::apps::{Cms, Crm};
use crate::clock::{SteppingClock, Timestamp};
use crate::content_store::{App, Command, Conditions, ContentStore, Request, Store};
use crate::error::Error;
use crate::event::{CorrelationId, EventId};
use crate::event_store::Page;
use crate::json::Json;
use crate::space::SpaceMetadata;

use super::tenants::{ACME, ARTICLES, WIDGETS};
use super::{SPACES, background};

/// The time from one event to the next, in milliseconds.
const PACE: i64 = 4_273_417;

/// A few more than the story has events, so that it ends shortly before now.
const LENGTH: i64 = 103;

/// The turn after which the projections of `crm_widgets` in the background are left behind.
const LAST_CATCH_UP: usize = 24;

/// Counts of what was seeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Seeded {
    /// New spaces.
    pub spaces: u64,
    /// New events.
    pub events: u64,
}

/// The reason why a store cannot be seeded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SeedError {
    /// A space of the demonstration already exists. Nothing was written.
    #[error("the space {space} already exists; the demonstration does not add to it")]
    SpaceExists {
        /// Its name.
        space: &'static str,
    },
    /// There are other spaces. Nothing was written.
    #[error("the file already has spaces; the demonstration needs an empty one")]
    InUse,
    /// The store failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Seeds the demonstration's spaces with about a week of history up to now. Refuses a store that has spaces.
pub fn seed(store: &Store) -> Result<Seeded, SeedError> {
    for space in SPACES {
        if store.events().find_space(space)?.is_some() {
            return Err(SeedError::SpaceExists { space });
        }
    }
    if !store.events().spaces(Page::forward(None, 1))?.is_empty() {
        return Err(SeedError::InUse);
    }
    let start = Timestamp(store.clock().now().0 - LENGTH * PACE);
    let past = store.clone().with_clock(Arc::new(SteppingClock::new(start, PACE)));
    Ok(Story::begin(&past)?.tell()?)
}

/// A source of commands, which the metadata of their events names.
#[derive(Clone, Copy)]
struct Source {
    actor: &'static str,
    client: &'static str,
}

/// Contacts register on a website, or are added by a person.
const SIGN_UP: Source = Source { actor: "visitor", client: "website" };
const SALES: Source = Source { actor: "nadia", client: "crm-app" };
/// A program corrects the addresses of mails that came back.
const BOUNCES: Source = Source { actor: "bounce-handler", client: "mail" };
/// A person writes articles, and a program releases them.
const EDITOR: Source = Source { actor: "ines", client: "editor" };
const RELEASE: Source = Source { actor: "release-bot", client: "pipeline" };

impl Source {
    fn metadata(self) -> Json {
        Json::of(&json!({"actor": self.actor, "client": self.client}))
    }
}

/// An event of the story, which may cause others.
#[derive(Clone, Copy)]
struct Summary {
    event_id: EventId,
    correlation: CorrelationId,
}

struct Story {
    acme: ContentStore,
    widgets: ContentStore,
    staging: ContentStore,
    production: ContentStore,
}

impl Story {
    fn begin(store: &Store) -> Result<Self, Error> {
        let [acme, widgets, staging, production] = SPACES;
        Ok(Self {
            acme: create(store, acme, Arc::new(Crm), json!({"plan": "enterprise", "region": "eu-north"}))?,
            widgets: create(store, widgets, Arc::new(Crm), json!({"plan": "starter", "region": "us-west"}))?,
            staging: create(store, staging, Arc::new(Cms), json!({"environment": "staging"}))?,
            production: create(store, production, Arc::new(Cms), json!({"environment": "production"}))?,
        })
    }

    /// Adds contacts day by day, and publishes an article now and then. Meanwhile, the background keeps up, but for one
    /// space.
    fn tell(self) -> Result<Seeded, Error> {
        for turn in 0..ACME.len() {
            add_contact(&self.acme, turn, ACME, "acme")?;
            if turn % 2 == 0 {
                add_contact(&self.widgets, turn / 2, WIDGETS, "widgets")?;
            }
            if turn % 3 == 0 {
                self.release(turn / 3)?;
            }
            if turn == LAST_CATCH_UP {
                background::catch_up(&self.widgets)?;
            }
        }
        [&self.acme, &self.staging, &self.production].into_iter().try_for_each(background::catch_up)?;
        background::welcome(self.acme.store(), ACME.len())?;
        let all = [&self.acme, &self.widgets, &self.staging, &self.production];
        let counts = all.map(ContentStore::event_count).into_iter().collect::<Result<Vec<u64>, Error>>()?;
        Ok(Seeded { spaces: counts.len() as u64, events: counts.iter().sum() })
    }

    /// Stages an article and releases it to production: one business process in two spaces. The newest articles are not
    /// released yet, a few are corrected before, and one is withdrawn.
    fn release(&self, index: usize) -> Result<(), Error> {
        let Some((id, title, text)) = ARTICLES.get(index) else { return Ok(()) };
        let publish = |text: &str| publish(id, title, text);
        let mut staged = happen(&self.staging, publish(text), EDITOR, None)?;
        if index % 4 == 2 {
            let withdrawn = happen(&self.staging, unpublish(id), EDITOR, Some(staged))?;
            let corrected = publish(&format!("{text}\n(Corrected.)"));
            staged = happen(&self.staging, corrected, EDITOR, Some(withdrawn))?;
        }
        if index < ARTICLES.len() - 2 {
            let released = happen(&self.production, publish(text), RELEASE, Some(staged))?;
            if *id == "summer-hours" {
                happen(&self.production, unpublish(id), RELEASE, Some(released))?;
            }
        }
        Ok(())
    }
}

fn create(store: &Store, name: &str, app: Arc<dyn App>, metadata: Value) -> Result<ContentStore, Error> {
    let mut all = SpaceMetadata::of_app(app.name());
    for (field, value) in metadata.as_object().into_iter().flatten() {
        all = all.with(field, value);
    }
    let space = store.events().get_or_create_space(name, Some(&all), store.clock().now())?;
    ContentStore::of(store, space, app)
}

/// Adds a contact. In one of four cases the first mail bounces, and the address is corrected.
fn add_contact(
    space: &ContentStore,
    index: usize,
    people: &[(&str, &str)],
    company: &str,
) -> Result<(), Error> {
    let Some((name, mailbox)) = people.get(index) else { return Ok(()) };
    let id = format!("c{}", index + 1);
    let add = Command::new("add-contact").with("contact_id", &id).with("name", *name);
    let source = if index % 3 == 2 { SALES } else { SIGN_UP };
    let added = happen(space, add.with("email", format!("{mailbox}@{company}.example")), source, None)?;
    if index % 4 == 1 {
        let update = Command::new("update-contact").with("contact_id", &id);
        let update = update.with("email", format!("{mailbox}@mail.{company}.example"));
        happen(space, update, BOUNCES, Some(added))?;
    }
    Ok(())
}

fn publish(id: &str, title: &str, text: &str) -> Command {
    Command::new("publish-article").with("article_id", id).with("title", title).with("content", text)
}

fn unpublish(id: &str) -> Command {
    Command::new("unpublish-article").with("article_id", id)
}

/// Executes a command from a source as part of its cause's business process.
fn happen(
    space: &ContentStore,
    command: Command,
    source: Source,
    cause: Option<Summary>,
) -> Result<Summary, Error> {
    let correlation = cause.map_or_else(|| space.store().ids().new_id(), |cause| cause.correlation);
    let executed = space.execute(Request {
        command,
        conditions: Conditions {
            correlation_id: Some(correlation),
            causation_id: cause.map(|cause| cause.event_id),
            metadata: Some(source.metadata()),
            ..Conditions::default()
        },
    })?;
    let event_id = executed.event_ids.last().copied().unwrap_or_default();
    Ok(Summary { event_id, correlation })
}

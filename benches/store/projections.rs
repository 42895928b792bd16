//! An app with several projections: its state and one more in each command's transaction, another by a runner.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use ramax::content_store::{Applied, Decide, Decision, ProjectionMode, ProjectionSpec, StateError, help};
use ramax::operations::{self, ProjectionRunner, Rebuild, keep_going};
use ramax::sqlite::Sync;
use ramax::{App, Apps, ContentStore, Context, Event, NewEvent, Rejection, Schema, State, Store};
use serde::Serialize;

use super::ours::{filled, open};
use super::{COMMITS, EVENTS, LARGE, Outcome, Payload, Round, SPACES, timed};

pub struct Members;

ramax::commands! {
    /// Adds a member under a new id
    struct Join {
        contact_id: String = help("unique in this space"),
        name: String = help("the full name"),
        email: String = help("the address"),
    }
}

ramax::events! {
    struct Joined: "contact.added" { contact_id: String, name: String, email: String }
}

impl Decide<Members> for Join {
    fn decide(self, _: &Members, context: &Context<'_>) -> Decision {
        let Self { contact_id, name, email } = self;
        if context.contains(&format!("contact:{contact_id}"))? {
            return Err(Rejection::of_field("contact_id", "already_exists", "it already exists").into());
        }
        Ok(vec![NewEvent::of(contact_id.clone(), &Joined { contact_id, name, email })?])
    }
}

#[derive(Serialize)]
struct Member<'a> {
    id: &'a str,
    name: &'a str,
    email: &'a str,
    created_at: i64,
    updated_at: Option<i64>,
}

impl App for Members {
    ramax::app! {
        name: "members",
        summary: "members, counted by the domain and the length of their address",
        space_prefix: "crm_",
        commands: [Join],
        events: [Joined],
        projections: [BY_DOMAIN, BY_LENGTH],
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        let Payload { contact_id, name, email } = event.payload.parse()?;
        let created_at = event.timestamp.seconds();
        let member = Member { id: contact_id, name, email, created_at, updated_at: None };
        state.put(&format!("contact:{contact_id}"), &member)?;
        state.change_or_default("contacts:count", |count: &mut u64| *count += 1)?;
        Ok(Applied::Yes)
    }
}

const BY_DOMAIN: ProjectionSpec = ProjectionSpec {
    name: "by_domain",
    summary: "members by the domain of their address",
    version: 1,
    mode: ProjectionMode::Inline,
    schema: Schema::EMPTY,
    apply: |state, event| {
        let Payload { contact_id, email, .. } = event.payload.parse()?;
        let domain = email.split_once('@').map_or("", |(_, domain)| domain);
        state.put(&format!("domain:{domain}:{contact_id}"), &email)?;
        Ok(Applied::Yes)
    },
};

const BY_LENGTH: ProjectionSpec = ProjectionSpec {
    name: "by_length",
    summary: "members by the length of their name",
    version: 1,
    mode: ProjectionMode::Async,
    schema: Schema::EMPTY,
    apply: |state, event| {
        let Payload { contact_id, name, .. } = event.payload.parse()?;
        state.put(&format!("length:{}:{contact_id}", name.len()), &name)?;
        Ok(Applied::Yes)
    },
};

fn space(store: &Store) -> Outcome<ContentStore> {
    Ok(ContentStore::open(store, "crm_0", Arc::new(Members))?)
}

/// Executes commands that each change two projections.
pub fn execute(directory: &Path) -> Outcome<Round> {
    let path = filled(directory, SPACES, LARGE)?;
    let store = open(&path, Sync::Normal)?;
    let space = space(&store)?;
    operations::catch_up(&space, &mut keep_going)?;
    let mut numbers = 0..;
    Ok(Box::new(move || {
        let mut taken = Vec::new();
        for n in numbers.by_ref().take(COMMITS) {
            let join = Join {
                contact_id: format!("x{n}"),
                name: format!("Ada Lovelace of No. {}, West", n % 1000),
                email: format!("ada.lovelace.{n}@analytical-engine.example"),
            };
            let started = Instant::now();
            space.execute(join)?;
            taken.push(started.elapsed());
        }
        Ok(taken)
    }))
}

/// Catches up an async projection, with a runner.
pub fn run(directory: &Path) -> Outcome<Round> {
    let mut rounds = 0;
    let directory = directory.to_owned();
    Ok(Box::new(move || {
        rounds += 1;
        let store = open(&filled(&directory.join(rounds.to_string()), 1, EVENTS)?, Sync::Normal)?;
        space(&store)?;
        let mut runner = ProjectionRunner::new(&store, Apps::default().with(Arc::new(Members)))?;
        timed(|| {
            assert_eq!(runner.round()?.events, EVENTS as u64);
            Ok(())
        })
    }))
}

/// Rebuilds the same projection.
pub fn rebuild(directory: &Path) -> Outcome<Round> {
    let store = open(&filled(directory, 1, EVENTS)?, Sync::Normal)?;
    let space = space(&store)?;
    Ok(Box::new(move || {
        let options = Rebuild { projection: Some("by_length".to_owned()), ..Rebuild::default() };
        timed(|| {
            operations::rebuild(&space, options, &mut keep_going)?;
            Ok(())
        })
    }))
}

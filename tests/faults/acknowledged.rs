//! The answers given, and assertions that the files agree with them.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::operations::{Difference, keep_going, verify};
use ramax::space::SpaceState;
use ramax::{
    Apps, Conditions, ContentStore, Error, Location, OpenOptions, Request, Result, SpaceSequence, Store,
    StoreError,
};

use crate::support::add_contact;

/// The answer to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Done,
    /// Not done, with the reason.
    Failed(String),
    /// The outcome is unknown.
    Unknown,
}

impl Answer {
    fn to<T>(outcome: &Result<T>) -> Self {
        match outcome {
            Ok(_) => Self::Done,
            Err(error) if error.kind() == "outcome_unknown" => Self::Unknown,
            Err(Error::Store(StoreError::Unproven { .. })) => Self::Done,
            Err(error) => Self::Failed(format!("{}: {error}", error.kind())),
        }
    }
}

/// All requests to a store, with the answers.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// The contacts to be added in one commit, by space.
    commits: Vec<(&'static str, Vec<String>, Answer)>,
    deleted: Option<(&'static str, Answer)>,
    /// The number of events before the first request.
    pub held: u64,
}

impl Account {
    /// Adds a contact to a space, creating the space if it is missing.
    pub fn execute(&mut self, store: &Store, space: &'static str, id: &str) -> Answer {
        self.batch(store, space, &[id])
    }

    /// Adds a contact under a key that others use for it too. If any of them is answered, it must be there, and once.
    pub fn repeat(&mut self, store: &Store, space: &'static str, id: &str) {
        let request = Request {
            conditions: Conditions { idempotency_key: Some(id.to_owned()), ..Conditions::default() },
            ..add_contact(id).into()
        };
        let outcome = ContentStore::open(store, space, Arc::new(Crm)).and_then(|crm| crm.execute(request));
        match outcome {
            Ok(_) => self.commits.push((space, vec![id.to_owned()], Answer::Done)),
            Err(error) => assert_ne!(error.kind(), "contact_already_exists"),
        }
    }

    /// Adds the answers that another thread was given.
    pub fn add(&mut self, other: Self) {
        self.commits.extend(other.commits);
    }

    /// Adds contacts in one commit.
    pub fn batch(&mut self, store: &Store, space: &'static str, ids: &[&str]) -> Answer {
        let requests: Vec<Request> = ids.iter().map(|id| add_contact(id).into()).collect();
        let outcome =
            ContentStore::open(store, space, Arc::new(Crm)).and_then(|crm| crm.execute_batch(&requests));
        let answer = Answer::to(&outcome);
        for each in outcome.into_iter().flatten() {
            each.expect("the app accepts it");
        }
        self.commits.push((space, ids.iter().map(ToString::to_string).collect(), answer.clone()));
        answer
    }

    /// Records the start of an import of contacts, which must appear together, like those of one commit.
    pub fn begin_import(&mut self, space: &'static str, ids: &[&str]) {
        self.commits.push((space, ids.iter().map(ToString::to_string).collect(), Answer::Unknown));
    }

    /// Records the result of the last import or of its repetition.
    pub fn importing(&mut self, space: &'static str, outcome: &Result<()>) {
        if let Some((_, _, answer)) = self.commits.iter_mut().rfind(|(name, _, _)| *name == space) {
            *answer = Answer::to(outcome);
        }
    }

    /// Records the start of a delete.
    pub fn begin_delete(&mut self, space: &'static str) {
        self.deleted = Some((space, Answer::Unknown));
    }

    /// Records the result of a delete.
    pub fn deleting(&mut self, space: &'static str, outcome: &Result<()>) {
        self.deleted = Some((space, Answer::to(outcome)));
    }

    /// Returns the account with all outcomes unknown: each commit is complete or missing.
    pub fn in_doubt(mut self) -> Self {
        let answers = self.commits.iter_mut().map(|(_, _, answer)| answer);
        answers.chain(self.deleted.iter_mut().map(|(_, answer)| answer)).for_each(|it| *it = Answer::Unknown);
        self
    }

    /// Returns true if the outcome of any request is unknown.
    pub fn has_unknown(&self) -> bool {
        let answers = self.commits.iter().map(|(_, _, answer)| answer);
        answers.chain(self.deleted.iter().map(|(_, answer)| answer)).any(|answer| *answer == Answer::Unknown)
    }

    #[track_caller]
    fn assert_kept(&self, store: &Store, what: &str) {
        let events = store.events().totals().unwrap().events;
        assert!(events >= self.held, "{what}: of {} events only {events} are left", self.held);
        if let Some((space, answer)) = &self.deleted {
            let found = store.events().find_space(space).unwrap();
            match answer {
                Answer::Done => assert!(found.is_none(), "{what}: {space} was deleted and is there"),
                Answer::Failed(why) => assert!(found.is_some(), "{what}: {space} is gone in spite of {why}"),
                Answer::Unknown => {}
            }
        }
        for (space, ids, answer) in &self.commits {
            let Some(there) = contacts(store, space) else {
                let may_be_gone = self.deleted.as_ref().is_some_and(|(name, _)| name == space);
                assert!(may_be_gone || *answer != Answer::Done, "{what}: the space {space} was lost");
                continue;
            };
            let found = ids.iter().filter(|id| there.contains(*id)).count();
            match answer {
                Answer::Done => assert_eq!(found, ids.len(), "{what}: of {ids:?} in {space} some were lost"),
                Answer::Failed(why) => assert_eq!(found, 0, "{what}: {ids:?} are there in spite of {why}"),
                Answer::Unknown => assert!(found == 0 || found == ids.len(), "{what}: half of {ids:?}"),
            }
        }
    }
}

/// Returns the contacts added by a space's events; none if the space is missing or being deleted.
fn contacts(store: &Store, space: &str) -> Option<BTreeSet<String>> {
    let record =
        store.events().find_space(space).unwrap().filter(|record| record.space.state == SpaceState::Open)?;
    let content = ContentStore::of(store, record.space, Arc::new(Crm)).unwrap();
    Some(content.events(SpaceSequence::START).map(|event| event.unwrap().entity_id).collect())
}

/// Asserts that the store holds everything acknowledged, nothing that failed, and nothing partial.
#[track_caller]
pub fn assert_whole(store: &Store, account: &Account, what: &str) {
    for record in store.events().spaces(ramax::Page::forward(None, 100)).unwrap() {
        if record.space.state != SpaceState::Open {
            continue;
        }
        let app = Apps::standard().of(store, &record.space).unwrap().unwrap();
        let content = ContentStore::of(store, record.space, app).unwrap();
        let name = &content.space().space_name;
        let events: Vec<_> = content.events(SpaceSequence::START).map(Result::unwrap).collect();
        for (event, sequence) in events.iter().zip(1..) {
            assert_eq!(event.space_sequence.0, sequence, "{what}: {name} has a gap");
            assert!(event.intact, "{what}: event {}", event.event_id);
        }
        assert!(events.is_sorted_by(|one, next| one.event_id < next.event_id), "{what}: {name}");
        assert_eq!(record.head.last_sequence.0, events.len() as u64, "{what}: {name}");
        let checkpoint = store.pstate().checkpoint(content.space_id().into()).unwrap().sequence;
        assert!(checkpoint <= record.head.last_sequence, "{what}: {name} is ahead");
        assert!(
            !store.is_shared() || checkpoint == record.head.last_sequence,
            "{what}: {name} has events without their effect"
        );
        content.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
        let verified = verify(&content, &mut keep_going).unwrap();
        // The next rebuild sweeps the remains of an interrupted one.
        let is_left_over = |difference: &&Difference| matches!(difference, Difference::Leftover { .. });
        let wrong: Vec<_> = verified.differences.iter().filter(|it| !is_left_over(it)).collect();
        assert!(wrong.is_empty(), "{what}: {name}: {wrong:#?}");
    }
    account.assert_kept(store, what);
}

/// Returns the location of one file or two.
pub fn location(directory: &Path, files: u8) -> Location {
    let events = directory.join("events.db");
    match files {
        1 => Location::file(events),
        _ => Location::two_files(events, directory.join("projections.db")),
    }
}

/// Copies the files as a crash of the program would leave them.
pub fn copy_files(location: &Location, into: &Path) -> Location {
    let mut copies = Vec::new();
    for file in std::iter::once(&location.database).chain(&location.projections) {
        let copy = into.join(file.file_name().unwrap());
        for suffix in ["", "-wal", "-journal"] {
            let of = |path: &Path| {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                name
            };
            if fs::exists(of(file)).unwrap() {
                fs::copy(of(file), of(&copy)).unwrap();
            }
        }
        copies.push(copy);
    }
    Location { projections: copies.get(1).cloned(), database: copies.remove(0) }
}

/// Returns options with a short busy timeout.
pub const OPTIONS: OpenOptions = OpenOptions {
    read_only: false,
    sync: ramax::sqlite::Sync::Full,
    busy_timeout: std::time::Duration::from_millis(200),
    cache_kib: 16 * 1024,
    without_companions: false,
};

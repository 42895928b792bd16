//! A program that runs a subscription is killed between an effect and its checkpoint. Effects in the store happen exactly
//! once, and effects outside at least once, always under the same key. One that is suspended while another takes over
//! writes nothing when it resumes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ramax::apps::{Cms, Crm};
use ramax::delivery::{BoxError, Delivery, Effects};
use ramax::event_store::Page;
use ramax::subscriptions::{Retry, Subscription};
use ramax::{ContentStore, Event, Json, NewEvent, Operator, Store};
use rustix::process::{Pid, Signal, kill_process};

use super::seeded_kills::Campaign;
use crate::support::add_contact;
use crate::support::sandbox::{Files, Sandbox, end};

const DIRECTORY: &str = "RAMAX_SUBSCRIBER_IN";
/// Announces each delivery on standard output, and waits for a line on standard input before it returns the effects.
const STEPS: &str = "RAMAX_SUBSCRIBER_STEPS";
const EVENTS: u64 = 40;

fn welcome() -> Subscription {
    Subscription::all_spaces("welcome")
        .matching("type:contact.added".parse().unwrap())
        .retrying(Retry::at_once(2))
        .leased_for(Duration::from_secs(600))
}

/// Writes to a file outside, to the event's space, and to another one.
fn effects(delivery: &Delivery<'_>, outside: &Path) -> Result<Effects, BoxError> {
    let id = &delivery.event().entity_id;
    let mut file = OpenOptions::new().append(true).create(true).open(outside)?;
    file.write_all(format!("{id} {}\n", delivery.idempotency_key()).as_bytes())?;
    let own = delivery.open(Arc::new(Crm))?;
    let other = ContentStore::open(delivery.store(), "cms_letters", Arc::new(Cms))?;
    let note = NewEvent::new(id, "note.taken", Json::of(&"welcome".into()));
    let letter = ramax::Command::new("publish-article")
        .with("article_id", id)
        .with("title", "Welcome")
        .with("content", "C");
    Ok(Effects::none().append(&own, vec![note]).execute(&other, letter))
}

fn prepared(files: Files) -> Sandbox {
    let sandbox = Sandbox::new(files);
    sandbox.run("spaces create crm_acme");
    let store = sandbox.store();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    ContentStore::open(&store, "cms_letters", Arc::new(Cms)).unwrap();
    (0..EVENTS).for_each(|n| drop(crm.execute(add_contact(&format!("c{n}"))).unwrap()));
    sandbox
}

fn events(store: &Store, space: &str) -> Vec<Event> {
    let space_id = store.events().find_space(space).unwrap().unwrap().space.space_id;
    store.events().read_space(space_id, Page::forward(None, 1000)).unwrap()
}

/// Checks that every contact got one note and one letter, and at least one message, each under one key.
fn assert_once(sandbox: &Sandbox) {
    let store = sandbox.store();
    let all: BTreeSet<String> = (0..EVENTS).map(|n| format!("c{n}")).collect();
    let count = |events: Vec<Event>, kind: &str| {
        let mut counts = BTreeMap::new();
        for event in events.into_iter().filter(|event| &*event.event_type == kind) {
            *counts.entry(event.entity_id).or_insert(0) += 1;
        }
        counts
    };
    let once: BTreeMap<String, i32> = all.iter().map(|id| (id.clone(), 1)).collect();
    assert_eq!(count(events(&store, "crm_acme"), "note.taken"), once);
    assert_eq!(count(events(&store, "cms_letters"), "article.published"), once);
    let outside = std::fs::read_to_string(sandbox.directory.path().join("outside")).unwrap();
    let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (id, key) in outside.lines().filter_map(|line| line.split_once(' ')) {
        keys.entry(id).or_default().insert(key);
    }
    assert!(keys.values().all(|keys| keys.len() == 1), "{keys:?}");
    assert_eq!(keys.into_keys().map(str::to_owned).collect::<BTreeSet<_>>(), all);
}

fn start(sandbox: &Sandbox, steps: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "subscriptions::the_subscriber_that_is_killed", "--ignored", "--nocapture"])
        .env(DIRECTORY, sandbox.directory.path())
        .env("RAMAX_FILES", if sandbox.files == Files::One { "1" } else { "2" })
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    if steps {
        command.env(STEPS, "1");
    }
    command.spawn().unwrap()
}

fn deliver_the_rest(sandbox: &Sandbox) {
    let (store, outside) = (sandbox.store(), sandbox.directory.path().join("outside"));
    let mut subscriber = store.subscribe(&welcome()).unwrap();
    let done = subscriber.deliver_pending(|delivery| effects(delivery, &outside)).unwrap();
    assert_eq!((done.failed, done.parked), (0, 0));
}

fn survive(name: &'static str, files: Files) {
    let mut campaign = Campaign::new(name);
    while campaign.goes_on() {
        let sandbox = prepared(files);
        // Killed several times before the end.
        for _ in 0..3 {
            let mut child = start(&sandbox, false);
            // The delay is the fault itself: nothing is waited for here.
            std::thread::sleep(Duration::from_micros(campaign.chance.u64(5_000..60_000)));
            campaign.count(end(&mut child).unwrap());
        }
        deliver_the_rest(&sandbox);
        assert_once(&sandbox);
    }
}

#[test]
fn in_one_file_effects_happen_once_however_often_the_subscriber_is_killed() {
    survive("subscriber, one file", Files::One);
}

#[test]
fn in_two_files_effects_happen_once_however_often_the_subscriber_is_killed() {
    survive("subscriber, two files", Files::Two);
}

#[test]
fn a_suspended_holder_writes_nothing_after_another_has_taken_over() {
    let sandbox = prepared(Files::One);
    let mut child = start(&sandbox, true);
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut lines = BufReader::new(stdout).lines();
    // It is in its handler, holding the lease.
    assert!(lines.by_ref().any(|line| line.unwrap().ends_with("delivering")));
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    let store = sandbox.store();
    let held = store.subscribe(&welcome()).unwrap().deliver_pending(|_| Ok(Effects::none())).unwrap_err();
    assert_eq!(held.kind(), "subscription_held");
    // Its time is over.
    let record = store.events().subscription("welcome").unwrap().unwrap();
    let here = serde_json::json!(Operator::default().in_this_process()).to_string();
    let over = ramax::subscriptions::LeaseHolder { operator: here, until: ramax::Timestamp(0) };
    store.events().take_lease(record.subscription_id, record.epoch, &over).unwrap().unwrap();
    deliver_the_rest(&sandbox);
    let before = events(&store, "crm_acme").len();
    let position = |store: &Store| store.events().lag(record.subscription_id).unwrap();
    let at = position(&store);
    kill_process(pid, Signal::CONT).unwrap();
    stdin.write_all(b"continue\n").unwrap();
    // It reports the end of the round, in which it could write nothing.
    assert!(lines.by_ref().any(|line| line.unwrap().ends_with("lease_lost")));
    end(&mut child).unwrap();
    assert_eq!(events(&store, "crm_acme").len(), before);
    assert_eq!(position(&store), at);
    assert_once(&sandbox);
}

/// Not a test: started by the others.
#[test]
#[ignore = "started and killed by the other tests"]
fn the_subscriber_that_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let files = if std::env::var("RAMAX_FILES").unwrap() == "1" { Files::One } else { Files::Two };
    let location = files.location(directory.as_ref());
    let store = Store::open(&location, ramax::OpenOptions::default()).unwrap();
    let outside = Path::new(&directory).join("outside");
    let mut subscriber = store.subscribe(&welcome()).unwrap();
    let steps = std::env::var_os(STEPS).is_some();
    let done = subscriber.deliver_pending(|delivery| {
        if steps {
            println!("\ndelivering");
            std::io::stdin().read_line(&mut String::new())?;
        }
        effects(delivery, &outside)
    });
    if let Err(error) = done {
        println!("\n{}", error.kind());
    }
    if steps {
        // Waits to be killed.
        loop {
            std::thread::park();
        }
    }
}

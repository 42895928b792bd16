//! Programs on one database: one is killed, and one deletes what others read.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use ramax::apps::Crm;
use ramax::delivery::{Effects, Subscriber};
use ramax::subscriptions::Subscription;
use ramax::testing::conformance::samples::add_contact;
use ramax::{ContentStore, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::faults::options;
use crate::program::{done, spawn};
use crate::server::new_name;

#[test]
fn a_program_that_is_killed_keeps_what_it_has_acknowledged_and_holds_no_lock() {
    let (home, name) = (TempDir::new().unwrap(), new_name());
    done(&home, &name, "spaces create crm_acme", b"");
    let store = Store::connect(&name.parse().unwrap(), options()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let mut acknowledged = 0;
    for round in 0..3 {
        let mut child = spawn(&home, &name, "--json run crm_acme --batch -");
        let mut input = child.stdin.take().unwrap();
        let sender = thread::spawn(move || {
            let line = |n| {
                format!(
                    r#"{{"command":"add-contact","contact_id":"{round}-{n}","name":"Ada","email":"a@b.c"}}"#
                )
            };
            (0..2000).all(|n| writeln!(input, "{}", line(n)).is_ok())
        });
        let answers = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // The last answer may be incomplete.
        let mut answers = answers.filter(|line| serde_json::from_str::<Value>(line).is_ok());
        acknowledged += answers.by_ref().take(30).count() as u64;
        child.kill().unwrap();
        acknowledged += answers.count() as u64;
        child.wait().unwrap();
        sender.join().unwrap();
        assert!(crm.event_count().unwrap() >= acknowledged, "{acknowledged}");
        crm.execute(add_contact(&format!("after {round}"))).unwrap();
        acknowledged += 1;
    }
    assert!(acknowledged > 90);
    done(&home, &name, "check --deep", b"");
}

/// The address of the store in which [`holder`] holds a subscription.
const HELD_IN: &str = "RAMAX_TEST_HELD_IN";

fn emails(store: &Store) -> Subscriber {
    store.subscribe(&Subscription::all_spaces("emails")).unwrap()
}

fn delivered(subscriber: &mut Subscriber) -> ramax::Result<u64> {
    Ok(subscriber.deliver_pending(|_| Ok(Effects::none()))?.delivered)
}

/// Holds a subscription until its process is killed. Does nothing unless it is started for this.
#[test]
fn holder() {
    let Ok(name) = env::var(HELD_IN) else { return };
    let store = Store::connect(&name.parse().unwrap(), options()).unwrap();
    let mut subscriber = emails(&store);
    assert_eq!(delivered(&mut subscriber).unwrap(), 1);
    println!("\nholds");
    let _ = std::io::stdin().read(&mut [0]);
}

#[test]
fn the_subscription_of_a_program_that_is_killed_is_taken_over() {
    let name = new_name();
    let store = Store::connect_or_create(&name.parse().unwrap(), options()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["processes::holder", "--exact", "--nocapture"])
        .env(HELD_IN, &name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line == "holds"));
    crm.execute(add_contact("c2")).unwrap();
    let mut subscriber = emails(&store);
    assert_eq!(delivered(&mut subscriber).unwrap_err().kind(), "subscription_held");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(delivered(&mut subscriber).unwrap(), 1);
}

#[test]
fn a_delete_ends_the_followers_of_its_space_and_no_others() {
    let (home, name) = (TempDir::new().unwrap(), new_name());
    let add = |space: &str| {
        let words = format!("run {space} add-contact contact_id=c1 name=Ada email=ada@acme.example");
        done(&home, &name, &words, b"");
    };
    for space in ["crm_acme", "crm_other"] {
        done(&home, &name, &format!("spaces create {space}"), b"");
    }
    add("crm_acme");
    let of_space = spawn(&home, &name, "--json events follow crm_acme --after 0");
    let mut of_all = spawn(&home, &name, "--json events follow --all-spaces --after 0 --limit 2");
    let mut lines = BufReader::new(of_all.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains("crm_acme"));
    done(&home, &name, "spaces delete crm_acme --confirm crm_acme", b"");
    let ended = of_space.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && said.contains("unknown_space"), "{said}");
    add("crm_other");
    assert!(lines.next().unwrap().contains("crm_other"));
    assert!(of_all.wait().unwrap().success());
}

//! Subscriptions: restored backups, many spaces, and the command line. The conformance suite has the rest.

#[path = "../../examples/subscriptions.rs"]
#[expect(dead_code, reason = "only the example uses its main")]
mod example;

use std::sync::Arc;

use ramax::delivery::{Effects, Subscriber};
use ramax::operations;
use ramax::subscriptions::{Retry, Start, Subscription, SubscriptionChange};
use ramax::{Apps, Location, OpenOptions, Store};

use crate::support::counting::events::CountingEvents;
use crate::support::program::Sandbox;
use crate::support::{Fixture, add_contact};

fn emails() -> Subscription {
    Subscription::all_spaces("emails").retrying(Retry::at_once(1))
}

fn received(subscriber: &mut Subscriber) -> Vec<String> {
    let mut entities = Vec::new();
    let done = subscriber.deliver_pending(|delivery| {
        entities.push(delivery.event().entity_id.clone());
        Ok(Effects::none())
    });
    assert_eq!(done.unwrap().delivered, entities.len() as u64);
    entities
}

/// Backs the store up, and opens the copy for writing.
fn restored(fixture: &Fixture) -> Store {
    let path = fixture.directory.path().join("copy.db");
    let projections = fixture.directory.path().join("copy-projections.db");
    let target = match fixture.store.is_shared() {
        true => Location::file(path),
        false => Location::two_files(path, projections),
    };
    operations::backup(&fixture.store, &Apps::standard(), &target, false, &mut |_| {
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    let read_only = OpenOptions { read_only: true, ..OpenOptions::default() };
    assert_eq!(Store::open(&target, read_only).unwrap().events().incarnation().unwrap(), None);
    Store::open(&target, OpenOptions::default()).unwrap()
}

fn a_restored_backup_delivers_nothing_until_an_operator_says_where_to_continue(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let mut original = fixture.store.subscribe(&emails()).unwrap();
    assert_eq!(received(&mut original), ["c1"]);
    crm.execute(add_contact("c2")).unwrap();
    let copy = restored(fixture);
    assert_eq!(received(&mut original), ["c2"]);
    assert_ne!(copy.events().incarnation().unwrap(), fixture.store.events().incarnation().unwrap());
    assert!(copy.events().incarnation().unwrap().is_some());
    let cursor = fixture.store.events().end().unwrap();
    assert_eq!(copy.events().read_after(&cursor, 1).unwrap_err().kind(), "invalid_cursor");
    // The original may have delivered c2 since, and has.
    let mut subscriber = copy.subscribe(&emails()).unwrap();
    let suspended = subscriber.deliver_pending(|_| Ok(Effects::none())).unwrap_err();
    assert_eq!(suspended.kind(), "subscription_suspended");
    assert!(suspended.hint().unwrap().contains("resume it"), "{:?}", suspended.hint());
    assert_eq!(subscriber.status().unwrap().status.name(), "suspended");
    copy.events().change_subscription("emails", &SubscriptionChange::Resume).unwrap();
    assert_eq!(received(&mut subscriber), ["c2"]);
    // What is registered in the copy belongs to it.
    let later = Subscription::all_spaces("later");
    assert_eq!(received(&mut copy.subscribe(&later).unwrap()), ["c1", "c2"]);
}

#[test]
fn a_restored_file_delivers_nothing_until_an_operator_says_where_to_continue() {
    a_restored_backup_delivers_nothing_until_an_operator_says_where_to_continue(&Fixture::one_file());
}

#[test]
fn a_restored_pair_of_files_delivers_nothing_until_an_operator_says_where_to_continue() {
    a_restored_backup_delivers_nothing_until_an_operator_says_where_to_continue(&Fixture::two_files());
}

#[test]
fn a_reset_of_all_spaces_ends_the_suspension_of_a_copy() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    fixture.store.subscribe(&emails()).unwrap();
    let copy = restored(&fixture);
    let reset = SubscriptionChange::Reset { space_id: None, to: Start::Now };
    copy.events().change_subscription("emails", &reset).unwrap();
    assert_eq!(received(&mut copy.subscribe(&emails()).unwrap()), [""; 0]);
}

#[test]
fn a_wake_up_reads_only_the_positions_of_spaces_with_new_events() {
    const SPACES: usize = 10_000;
    let fixture = Fixture::one_file();
    let names: Vec<String> = (0..SPACES).map(|n| format!("crm_{n}")).collect();
    fixture.store.events().create_spaces(&names, None, ramax::Timestamp(0)).unwrap();
    let events = Arc::new(CountingEvents::over(&fixture.store));
    let pstate = Arc::new(ramax::engines::memory::MemoryPState::default());
    let store = Store::new(Arc::<CountingEvents>::clone(&events), pstate);
    let mut subscriber = store.subscribe(&emails()).unwrap();
    assert_eq!(received(&mut subscriber), [""; 0]);
    assert_eq!(events.positions(), SPACES);
    fixture.crm("crm_17").execute(add_contact("c1")).unwrap();
    fixture.crm("crm_9999").execute(add_contact("c2")).unwrap();
    assert_eq!(received(&mut subscriber), ["c1", "c2"]);
    assert_eq!(events.positions(), 2);
    assert_eq!(received(&mut subscriber), [""; 0]);
    assert_eq!(events.positions(), 0);
}

fn done(program: &Sandbox, line: &str) -> String {
    program.run(line).done().out
}

fn json(program: &Sandbox, line: &str) -> Vec<serde_json::Value> {
    program.run(line).done().objects()
}

fn refused(program: &Sandbox, line: &str) -> String {
    let ran = program.run(line);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    ran.err
}

/// A file with a subscription that has delivered one event and parked another.
fn with_a_parked_event() -> Sandbox {
    let program = Sandbox::new();
    done(&program, "spaces create crm_acme");
    for id in ["c1", "c2", "c3"] {
        done(&program, &format!("run crm_acme add-contact contact_id={id} name=N email=e@acme.example"));
    }
    let store = program.store();
    let done = store.subscribe(&emails()).unwrap().deliver_pending(|delivery| {
        if delivery.event().entity_id == "c2" {
            Err("the mail server is down".into())
        } else {
            Ok(Effects::none())
        }
    });
    assert_eq!(done.unwrap().parked, 1);
    program
}

#[test]
fn the_command_line_shows_positions_and_parked_events() {
    let program = with_a_parked_event();
    let list = json(&program, "subscriptions --json");
    assert_eq!((&list[0]["subscription"], &list[0]["status"]), (&"emails".into(), &"idle".into()));
    assert_eq!(
        (&list[0]["lag"], &list[0]["parked"], &list[0]["delivered"]),
        (&0.into(), &1.into(), &2.into())
    );
    let shown = json(&program, "subscriptions show emails --json");
    assert_eq!(
        (&shown[0]["positions"][0]["position"], &shown[0]["positions"][0]["lag"]),
        (&3.into(), &0.into())
    );
    let parked = &shown[0]["parked_events"][0];
    assert_eq!((&parked["space_sequence"], &parked["attempts"]), (&2.into(), &1.into()));
    let text = done(&program, "subscriptions show emails");
    assert!(text.contains("the mail server is down") && text.contains("crm_acme"), "{text}");
    let refused = refused(&program, "subscriptions show email");
    assert!(
        refused.contains("there is no subscription email") && refused.contains("did you mean emails?"),
        "{refused}"
    );
}

#[test]
fn a_subscription_past_the_end_of_its_space_is_listed_as_ahead_with_the_remedy() {
    let program = with_a_parked_event();
    let file = rusqlite::Connection::open(program.path("t.db")).unwrap();
    file.execute("UPDATE subscription_positions SET space_sequence = 9", []).unwrap();
    let remedy =
        "emails is ahead: events that it has received are missing: `ramax subscriptions reset emails --to";
    for shown in ["subscriptions", "subscriptions show emails"] {
        let shown = program.run(shown).done();
        assert!(shown.out.contains("ahead") && shown.err.contains(remedy), "{shown:?}");
    }
    let list = json(&program, "subscriptions --json");
    assert_eq!((&list[0]["status"], &list[0]["spaces_ahead"]), (&"ahead".into(), &1.into()));
    let ended = program.store().subscribe(&emails()).unwrap().deliver_pending(|_| Ok(Effects::none()));
    assert_eq!(ended.unwrap_err().kind(), "subscription_ahead");
    done(&program, "subscriptions reset emails --to 2 --space crm_acme --confirm emails");
    assert_eq!(json(&program, "subscriptions --json")[0]["status"], "idle");
}

#[test]
fn a_suspended_subscription_is_listed_with_the_ways_to_continue_it() {
    let program = with_a_parked_event();
    done(&program, "backup copy.db");
    let shown = program.run("--db copy.db subscriptions").done();
    for part in ["suspended", "`ramax subscriptions resume emails", "`ramax subscriptions reset emails"] {
        assert!(shown.out.contains(part) || shown.err.contains(part), "{part} in {shown:?}");
    }
}

#[test]
fn the_command_line_retries_skips_and_resets_and_records_it() {
    let program = with_a_parked_event();
    let store = program.store();
    let mut subscriber = store.subscribe(&emails()).unwrap();
    let unconfirmed = refused(&program, "subscriptions skip emails --confirm email");
    assert!(unconfirmed.contains("nothing was changed"), "{unconfirmed}");
    assert!(done(&program, "subscriptions retry emails").contains("1 parked event to be tried once more"));
    assert_eq!(received(&mut subscriber), ["c2"]);
    let reset = done(&program, "subscriptions reset emails --space crm_acme --to 2 --confirm emails");
    assert!(reset.contains("1 position moved"), "{reset}");
    assert_eq!(received(&mut subscriber), ["c3"]);
    done(&program, "subscriptions reset emails --to beginning --confirm emails");
    assert_eq!(received(&mut subscriber), ["c1", "c2", "c3"]);
    assert!(done(&program, "subscriptions skip emails --confirm emails").contains("0 parked events skipped"));
    done(&program, "subscriptions resume emails --confirm emails");
    let beyond = program.run("subscriptions reset emails --to 9 --space crm_acme --confirm emails");
    assert_eq!(beyond.code, 2, "{beyond:?}");
    let actions: Vec<String> = json(&program, "log --json")
        .iter()
        .map(|entry| format!("{} {}", entry["action"].as_str().unwrap(), entry["outcome"].as_str().unwrap()))
        .filter(|entry| entry.contains("subscription"))
        .collect();
    assert_eq!(
        actions,
        [
            "skip-subscription refused",
            "retry-subscription done",
            "reset-subscription done",
            "reset-subscription done",
            "skip-subscription done",
            "resume-subscription done",
            "reset-subscription refused",
        ]
    );
    done(&program, "check --deep");
}

#[test]
fn the_command_line_removes_a_subscription_by_its_exact_name_and_records_it() {
    let program = with_a_parked_event();
    let store = program.store();
    let mut subscriber = store.subscribe(&emails()).unwrap();
    let unconfirmed = refused(&program, "subscriptions remove emails --confirm email");
    assert!(unconfirmed.contains("nothing was changed"), "{unconfirmed}");
    let unknown = refused(&program, "subscriptions remove email --confirm email");
    assert!(unknown.contains("did you mean emails?"), "{unknown}");
    let removed = json(&program, "subscriptions remove emails --confirm emails --json");
    assert_eq!((&removed[0]["action"], &removed[0]["changed"]), (&"remove-subscription".into(), &1.into()));
    assert_eq!(json(&program, "subscriptions --json").len(), 0);
    let ended = subscriber.deliver_pending(|_| Ok(Effects::none())).unwrap_err();
    assert_eq!(ended.kind(), "unknown_subscription");
    let last = json(&program, "log --json --reverse --limit 1");
    assert_eq!((&last[0]["action"], &last[0]["outcome"]), (&"remove-subscription".into(), &"done".into()));
    assert_eq!(last[0]["parameters"]["subscription"], "emails");
    done(&program, "check --deep");
}

#[test]
fn an_imported_history_is_delivered_after_a_reset_of_its_space() {
    let program = with_a_parked_event();
    let store = program.store();
    done(&program, "export crm_acme --output acme.jsonl");
    done(&program, "import acme.jsonl --into crm_moved");
    let mut subscriber = store.subscribe(&emails()).unwrap();
    assert_eq!(received(&mut subscriber), [""; 0]);
    done(&program, "subscriptions reset emails --space crm_moved --to beginning --confirm emails");
    assert_eq!(received(&mut subscriber), ["c1", "c2", "c3"]);
}

#[test]
fn the_example_sends_each_e_mail_once_and_runs_its_process_across_two_spaces() {
    let fixture = Fixture::one_file();
    let (store, outbox) = (&fixture.store, fixture.directory.path().join("outbox.txt"));
    let mut emails = store.subscribe(&example::emails().unwrap()).unwrap();
    let mut welcome = store.subscribe(&example::welcome().unwrap()).unwrap();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    for _ in 0..2 {
        let sent = emails.deliver_pending(|delivery| example::send(delivery, &outbox)).unwrap();
        assert_eq!(sent.delivered, 1);
        assert_eq!(welcome.deliver_pending(example::greet).unwrap().delivered, 1);
        for name in ["emails", "welcome"] {
            let reset = SubscriptionChange::Reset { space_id: None, to: Start::Beginning };
            store.events().change_subscription(name, &reset).unwrap();
        }
    }
    assert_eq!(std::fs::read_to_string(&outbox).unwrap().lines().count(), 1);
    assert_eq!(crm.event_count().unwrap(), 2);
    assert_eq!(fixture.cms("cms_acme").event_count().unwrap(), 1);
}

//! Damage to a subscription whose positions are intact: the named remedy keeps them.

use ramax::delivery::Effects;
use ramax::error::Remedy;
use ramax::subscriptions::{LeaseHolder, Retry, Subscription};
use ramax::{OpenOptions, Store, Timestamp};

use super::findings::{Files, assert_clean, checked};
use super::repairs::apply;
use crate::support::{Fixture, add_contact};

/// Counters, the lease and the registration, with the remedy.
const DAMAGE: [(&str, Remedy); 25] = [
    ("revision = -1", REPAIR),
    ("revision = 9223372036854775807", REPAIR),
    ("lease_epoch = -1", REPAIR),
    ("lease_epoch = 9223372036854775807", REPAIR),
    ("delivered = -1", REPAIR),
    ("minute = -9223372036854775808", REPAIR),
    ("in_minute = -1", REPAIR),
    ("in_minute_before = 9223372036854775807", REPAIR),
    ("lease_until = 9223372036854775807, lease_owner = '{}'", REPAIR),
    ("revision = -1, lease_epoch = -1, delivered = -1, in_minute = -1, in_minute_before = -1", REPAIR),
    ("delivered = -1, created_at = created_at + 10", REPAIR),
    ("created_at = created_at + 10", RESUME),
    ("query = 'type:x', on_error = 'stop'", REPAIR),
    ("start = 'now'", REPAIR),
    ("start = 'now', created_at = created_at + 10", RESUME),
    ("start = 'x', checksum = NULL", RESUME),
    ("query = CAST(x'ff41' AS TEXT)", REPAIR),
    ("query = CAST(x'ff41' AS TEXT), created_at = created_at + 10", RESUME),
    ("row_count = NULL, row_digest = NULL, checksum = NULL", RESUME),
    ("checksum = NULL", RESUME),
    ("checksum = checksum / 3", RESUME),
    ("incarnation = x'00'", RESUME),
    ("subscription_id = 9", REPAIR),
    ("subscription_id = -9, revision = -1", REPAIR),
    ("space_id = 99", REPAIR),
];

const REPAIR: Remedy = Remedy::Check { deep: false, repair: true };

const RESUME: Remedy = Remedy::RecountSubscription { name: String::new() };

/// Delivers what is pending. Returns the sequences.
fn delivered(store: &Store) -> Vec<u64> {
    let mut sequences = Vec::new();
    let emails = Subscription::all_spaces("emails");
    let mut subscriber = store.subscribe(&emails).unwrap();
    subscriber
        .deliver_pending(|delivery| {
            sequences.push(delivery.event().space_sequence.0);
            Ok(Effects::none())
        })
        .unwrap();
    sequences
}

/// Creates a file whose subscription has received two of three events.
fn original() -> Files {
    let fixture = Fixture::one_file();
    let acme = fixture.crm("crm_acme");
    for id in ["c1", "c2"] {
        acme.execute(add_contact(id)).unwrap();
    }
    assert_eq!(delivered(&fixture.store), [1, 2]);
    acme.execute(add_contact("c3")).unwrap();
    drop(acme);
    Files::close(fixture, false)
}

#[test]
fn a_subscription_with_intact_positions_continues_there_after_the_named_remedy() {
    let whole = original();
    for (damage, remedy) in DAMAGE {
        let files = whole.copy();
        files.sqlite(false).execute_batch(&format!("UPDATE subscriptions SET {damage}")).unwrap();
        let store = files.store();
        let (plain, deep) = (checked(&store, false).findings, checked(&store, true).findings);
        assert_eq!(plain, deep, "{damage}");
        assert!(plain.iter().any(|one| one.remedy.kind() == remedy.kind()), "{damage}: {plain:#?}");
        for finding in plain {
            assert!(apply(&store, &finding.remedy, None).unwrap());
        }
        assert_clean(&store);
        assert_eq!(delivered(&store), [3], "{damage}");
        assert_clean(&store);
    }
}

#[test]
fn the_operator_of_a_lease_that_is_not_text_is_no_damage() {
    let files = original();
    let sql = "UPDATE subscriptions SET lease_owner = CAST(x'ff41' AS TEXT), lease_until = 5";
    files.sqlite(false).execute_batch(sql).unwrap();
    let store = Store::open(&files.location(), OpenOptions::default()).unwrap();
    assert_clean(&store);
    assert_eq!(delivered(&store), [3]);
}

#[test]
fn a_repaired_lease_number_ends_the_lease_of_an_earlier_holder() {
    let files = original();
    let store = files.store();
    let events = store.events();
    let record = events.subscription("emails").unwrap().unwrap();
    let holder = LeaseHolder { operator: "{}".to_owned(), until: Timestamp(i64::from(u32::MAX)) };
    let lease = events.take_lease(record.subscription_id, record.epoch, &holder).unwrap().unwrap();
    files.sqlite(false).execute_batch("UPDATE subscriptions SET lease_epoch = -1").unwrap();
    assert!(apply(&store, &REPAIR, None).unwrap());
    assert_eq!(events.renew_lease(&lease).unwrap_err().kind(), "lease_lost");
    assert!(events.subscription("emails").unwrap().unwrap().epoch > lease.epoch);
}

/// Damage that the checksums tell, after which a repair restores every column.
const RESTORED: [&str; 16] = [
    "UPDATE subscriptions SET start = '7', on_error = 'stop'",
    "UPDATE subscriptions SET start = '7'",
    "UPDATE subscriptions SET start = ''",
    "UPDATE subscriptions SET on_error = 'stop'",
    "UPDATE subscriptions SET query = '!'",
    "UPDATE subscriptions SET name = 'emails2'",
    "UPDATE subscriptions SET created_at = created_at | (1 << 60)",
    "UPDATE subscription_positions SET space_sequence = 0 WHERE space_id = 1",
    "UPDATE subscription_positions SET space_id = 7 WHERE space_id = 1",
    "UPDATE subscription_positions SET subscription_id = 2 WHERE space_id = 1",
    "UPDATE subscription_positions SET subscription_id = 7 WHERE space_id = 1",
    "UPDATE parked_events SET space_sequence = 1 WHERE space_id = 1",
    "UPDATE parked_events SET space_sequence = 4711 WHERE space_id = 1",
    "UPDATE parked_events SET space_id = 2, space_sequence = 1 WHERE space_id = 1",
    "UPDATE parked_events SET subscription_id = 2 WHERE space_id = 1",
    "INSERT INTO parked_events VALUES (1, 1, 3, 1, 'x', 5, 0)",
];

/// Returns what the file says about subscriptions.
fn stored(files: &Files) -> Vec<String> {
    let sqlite = files.sqlite(false);
    let mut stored = Vec::new();
    for sql in [
        "SELECT json_array(subscription_id, name, space_id, query, start, on_error, created_at, row_count, row_digest) FROM subscriptions",
        "SELECT json_array(space_id, subscription_id, space_sequence, error) FROM subscription_positions",
        "SELECT json_array(space_id, subscription_id, space_sequence, attempts, error, parked_at, retry) FROM parked_events",
    ] {
        let mut statement = sqlite.prepare(sql).unwrap();
        stored.extend(statement.query_map([], |row| row.get(0)).unwrap().map(Result::<String, _>::unwrap));
    }
    stored
}

/// Creates a file with two subscriptions, each with a parked event in both spaces.
fn with_parked_events() -> Files {
    let fixture = Fixture::one_file();
    for name in ["crm_acme", "crm_other"] {
        let crm = fixture.crm(name);
        for id in ["c1", "c2", "c3"] {
            crm.execute(add_contact(id)).unwrap();
        }
    }
    let of_space = Subscription::of_space("letters", ramax::SpaceId(2));
    for declared in [Subscription::all_spaces("emails"), of_space] {
        let mut subscribed = fixture.store.subscribe(&declared.retrying(Retry::at_once(1))).unwrap();
        let delivered = subscribed.deliver_pending(|delivery| match delivery.event().space_sequence.0 {
            2 => Err("no".into()),
            _ => Ok(Effects::none()),
        });
        assert!(delivered.unwrap().parked > 0);
    }
    Files::close(fixture, false)
}

#[test]
fn a_column_or_a_row_of_a_subscription_is_restored_as_the_checksums_tell() {
    let whole = with_parked_events();
    let before = stored(&whole);
    let resume = Remedy::RecountSubscription { name: "emails".to_owned() };
    for damage in RESTORED {
        let files = whole.copy();
        let of_first =
            if damage.contains("UPDATE subscriptions") { " WHERE subscription_id = 1" } else { "" };
        files.sqlite(false).execute_batch(&format!("{damage}{of_first}")).unwrap();
        // A resumption restores it, too, if no other subscription has it.
        let is_resumed = damage.contains("parked_events SET space_sequence");
        for remedy in [&REPAIR, &resume].into_iter().take(if is_resumed { 2 } else { 1 }) {
            let copy = files.copy();
            let store = copy.store();
            let found = checked(&store, false).findings;
            assert!(
                !found.is_empty() && found.iter().all(|one| one.remedy == REPAIR),
                "{damage}: {found:#?}"
            );
            assert!(apply(&store, remedy, None).unwrap());
            assert_clean(&store);
            drop(store);
            assert_eq!(stored(&copy), before, "{damage}");
        }
    }
}

#[test]
fn a_removed_parked_event_is_restored_without_its_error() {
    let files = with_parked_events();
    files.sqlite(false).execute_batch("DELETE FROM parked_events WHERE space_id = 1").unwrap();
    let store = files.store();
    let found = checked(&store, false).findings;
    let words = found[0].words();
    assert!(words[0].text.ends_with("its error and its time may be lost"), "{words:?}");
    assert!(apply(&store, &REPAIR, None).unwrap());
    assert_clean(&store);
    let events = store.events();
    let id = events.subscription("emails").unwrap().unwrap().subscription_id;
    let parked = events.parked(id, Some(ramax::SpaceId(1)), 9).unwrap();
    assert_eq!((parked.len(), parked[0].space_sequence.0, parked[0].parked_at), (1, 2, Timestamp::UNKNOWN));
}

#[test]
fn a_finding_says_what_a_number_becomes_that_nothing_tells() {
    let whole = with_parked_events();
    for (damage, said) in [
        (
            "parked_at = 9223372036854775807",
            "has 1 value out of range, and nothing tells what it was: it becomes unknown",
        ),
        ("attempts = -1", "has 1 value out of range, and nothing tells what it was: it becomes 1"),
    ] {
        let files = whole.copy();
        let sql = format!("UPDATE parked_events SET {damage} WHERE space_id = 1");
        files.sqlite(false).execute_batch(&sql).unwrap();
        let store = files.store();
        let found = checked(&store, false).findings;
        let words: Vec<_> = found.iter().flat_map(|finding| finding.words()).collect();
        assert_eq!(words.iter().map(|words| &*words.text).collect::<Vec<_>>(), [said]);
        assert!(apply(&store, &REPAIR, None).unwrap());
        assert_clean(&store);
    }
}

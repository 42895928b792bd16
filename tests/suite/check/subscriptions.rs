//! Damage to a subscription whose positions are intact: the named remedy keeps them.

use ramax::delivery::Effects;
use ramax::error::Remedy;
use ramax::subscriptions::{LeaseHolder, Subscription};
use ramax::{OpenOptions, Store, Timestamp};

use super::findings::{Files, assert_clean, checked};
use super::repairs::apply;
use crate::support::{Fixture, add_contact};

/// Counters, the lease and the registration, with the remedy.
const DAMAGE: [(&str, Remedy); 20] = [
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
    ("delivered = -1, created_at = created_at + 1", REPAIR),
    ("created_at = created_at + 1", RESUME),
    ("query = 'type:x', on_error = 'stop'", RESUME),
    ("start = 'now'", RESUME),
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

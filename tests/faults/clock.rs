//! A clock that jumps back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use ramax::apps::Crm;
use ramax::clock::{Clock, CountingIds};
use ramax::console::Headless;
use ramax::operations::{Rebuild, keep_going, overviews, rebuild, verify};
use ramax::{Apps, ContentStore, Page, SpaceSequence, Timestamp};

use crate::support::{Fixture, START, add_contact, event, rename_contact};

/// A clock that is set by hand.
struct ByHand(AtomicI64);

impl Clock for ByHand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(SeqCst))
    }
}

#[test]
fn a_clock_that_jumps_back_takes_no_time_back_with_it() {
    for fixture in [Fixture::one_file(), Fixture::two_files(), Fixture::memory()] {
        let clock = Arc::new(ByHand(START.0.into()));
        let store =
            fixture.store.clone().with_origin(Arc::clone(&clock) as _, Arc::new(CountingIds::default()));
        let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
        for (jump, id) in [(0, "c1"), (5000, "c2"), (-3_600_000, "c3"), (i64::MIN / 2, "c4"), (9000, "c5")] {
            clock.0.store(START.0 + jump, SeqCst);
            crm.execute(add_contact(id)).unwrap();
            crm.execute(rename_contact("c1", id)).unwrap();
        }
        let events: Vec<_> = crm.events(SpaceSequence::START).map(Result::unwrap).collect();
        assert!(events.is_sorted_by_key(|event| event.timestamp));
        assert_eq!(events[6].timestamp, Timestamp(START.0 + 5000));
        assert_eq!(events[9].timestamp, Timestamp(START.0 + 9000));
        clock.0.store(START.0 - 1, SeqCst);
        rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
        assert_eq!(verify(&crm, &mut keep_going).unwrap().differences, []);
        // An event not yet applied, from a time before the checkpoint's.
        let late =
            [event("c6", "contact.added", serde_json::json!({"contact_id": "c6", "name": "", "email": ""}))];
        let append = ramax::Append { expected: ramax::Expected::Any, now: Timestamp(0), events: &late };
        store.events().append(crm.space_id(), append).unwrap();
        let mut console = Headless::new(store.clone(), Apps::standard(), 120, 40);
        console.press("<enter>").unwrap();
        let listed = overviews(&store, &Apps::standard(), Page::forward(None, 9)).unwrap();
        assert_eq!((listed[0].state_lag(), listed[0].lag_millis_of(&listed[0].checkpoint)), (1, 0));
    }
}

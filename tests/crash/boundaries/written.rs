//! Append, catch-up, rebuild and migration.

use std::sync::Arc;

use ramax::apps::Crm;
use ramax::{Append, ContentStore, Expected, Json, NewEvent, OpenOptions, Store};
use serde_json::json;

use super::deeds::*;
use super::halt::{Boundary, Ran};
use super::{assert_clean, at_every_boundary, in_both, template};
use crate::support::dump;
use crate::support::sandbox::Sandbox;
use crate::{invariants, migrate, rebuild};

#[test]
fn batches_killed_at_any_boundary_are_stored_completely_and_once() {
    in_both(|files| {
        let template = Sandbox::new(files);
        Store::open_or_create(&template.location(), OpenOptions::default()).unwrap();
        let events = |sandbox: &Sandbox| {
            let store = sandbox.store();
            let record = store.events().find_space("crm_new").unwrap();
            record.map_or_else(Vec::new, |record| {
                invariants::events(&ContentStore::of(&store, record.space, Arc::new(Crm)).unwrap())
            })
        };
        let are_the_first = |events: &[ramax::Event]| {
            let ids = events.iter().map(|event| event.entity_id.clone());
            ids.eq((0..events.len()).map(|number| format!("c{number:05}")))
        };
        let look = |sandbox: &Sandbox, ran: &Ran, boundary| {
            let events = events(sandbox);
            assert!(are_the_first(&events) && events.len().is_multiple_of(BATCH));
            let batches = events.len() / BATCH;
            assert!(batches == ran.answered || boundary == Boundary::Commit && batches == ran.answered + 1);
            invariants::assert_whole(sandbox);
        };
        at_every_boundary(&APPEND, &template, look, |sandbox, again| {
            again.unwrap();
            let events = events(sandbox);
            assert!(are_the_first(&events) && events.len() == BATCHES * BATCH);
            assert_clean(sandbox);
        });
    });
}

#[test]
fn a_catch_up_killed_at_any_boundary_applies_each_event_once() {
    in_both(|files| {
        let template = template(files, FEW);
        let store = template.store();
        // A little more than a catch-up applies at once.
        let events: Vec<NewEvent> = (0..4_050)
            .map(|number| {
                let id = format!("late{number}");
                let payload = json!({"contact_id": id, "name": "N", "email": "e"});
                NewEvent::new(id.clone(), "contact.added", Json::of(&payload))
            })
            .collect();
        let append = Append { expected: Expected::Any, now: store.clock().now(), events: &events };
        store.events().append(TENANT_ID, append).unwrap();
        drop(store);
        let lag = |sandbox: &Sandbox| {
            let crm = crm(&sandbox.store(), TENANT).unwrap();
            let checkpoint = crm.store().pstate().checkpoint(TENANT_ID.into()).unwrap().sequence;
            crm.event_count().unwrap() - checkpoint.0
        };
        let mut lags = std::collections::BTreeSet::new();
        let look = |sandbox: &Sandbox, _: &Ran, _| {
            lags.insert(lag(sandbox));
            invariants::assert_checked(sandbox, true);
        };
        at_every_boundary(&CATCH_UP, &template, look, |sandbox, again| {
            again.unwrap();
            assert_eq!(lag(sandbox), 0);
            assert_clean(sandbox);
        });
        assert!(lags.contains(&0) && lags.contains(&4_050) && lags.len() >= 3, "{lags:?}");
    });
}

#[test]
fn a_rebuild_killed_at_any_boundary_leaves_the_old_projection_or_the_new() {
    in_both(|files| {
        let template = template(files, MANY);
        let new = dump::state(&template, TENANT_ID.0);
        let other = dump::space(&template, OTHER_ID);
        rebuild::age(&template);
        let old = dump::state(&template, TENANT_ID.0);
        for deed in [&REBUILD, &REVIEWED_REBUILD] {
            let mut seen = [false, false];
            let look = |sandbox: &Sandbox, _: &Ran, _| {
                let now = dump::state(sandbox, TENANT_ID.0);
                assert!(now == old || now == new, "a mixture");
                seen[usize::from(now == new)] = true;
                assert_eq!(dump::space(sandbox, OTHER_ID), other);
                invariants::assert_checked(sandbox, false);
            };
            at_every_boundary(deed, &template, look, |sandbox, again| {
                again.unwrap();
                assert!(dump::state(sandbox, TENANT_ID.0) == new);
                assert_clean(sandbox);
            });
            assert_eq!(seen, [true, true], "killed before the switch and after it");
        }
    });
}

#[test]
fn a_migration_killed_at_any_boundary_is_finished_or_not_started() {
    in_both(|files| {
        let template = migrate::old(files, 2);
        let before = migrate::contents(&template.copy());
        let look = |sandbox: &Sandbox, _: &Ran, _| assert_eq!(migrate::contents(sandbox), before);
        at_every_boundary(&MIGRATE, &template, look, |sandbox, again| {
            again.unwrap();
            assert_eq!(migrate::contents(&sandbox.copy()), before);
            assert_clean(sandbox);
        });
    });
}

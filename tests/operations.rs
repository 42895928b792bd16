//! Rebuild, verify, catch up, delete and generate, on every kind of store.

mod support;

use std::ops::ControlFlow;
use std::sync::Arc;

use ramax::apps::{Apps, Cms, Crm};
use ramax::operations::{
    DeleteOptions, Difference, GenerateOptions, Phase, Progress, RebuildOptions, catch_up, delete,
    find_space, generate, inventory, overviews, rebuild, replay, verify,
};
use ramax::pstate::Entry;
use ramax::{
    Append, Checkpoint, ContentStore, Event, EventId, Expected, Json, Page, SpaceId, SpaceSequence, Store,
};
use serde_json::json;
use support::{Fixture, START, add_contact, event, publish, rename_contact, unpublish};

on_every_store![
    a_replay_shows_every_event_once_in_order_however_many_there_are,
    a_replay_ends_with_the_error_of_whoever_looks_at_it,
    whoever_looks_at_a_replay_may_write_while_others_do,
    a_rebuild_yields_the_same_projection_and_touches_no_other_space,
    a_rebuild_of_an_empty_space_is_no_error,
    a_rebuild_within_a_unit_of_work_waits_for_nobody,
    a_projection_that_memory_does_not_hold_is_rebuilt_and_verified,
    a_rebuild_takes_away_what_no_event_leads_to,
    a_rebuild_is_invisible_until_it_is_whole,
    a_rebuild_cancelled_anywhere_leaves_the_old_projection,
    events_that_arrive_during_a_rebuild_are_in_it,
    a_bad_event_stops_a_rebuild_names_itself_and_can_be_skipped,
    a_rebuilds_progress_never_goes_back_nor_beyond_its_total,
    a_rebuild_overtaken_by_another_says_so,
    a_rebuild_overtaken_by_a_delete_says_that_and_not_that_events_are_missing,
    a_catch_up_applies_what_the_projection_lags_behind,
    verify_finds_nothing_in_a_whole_projection,
    verify_finds_missing_impossible_and_altered_keys,
    verify_finds_a_checkpoint_ahead_of_its_stream,
    verify_can_be_cancelled,
    a_verify_and_commands_through_the_same_handle_never_wait_for_one_another_for_good,
    an_operation_that_is_held_holds_nobody_else_up,
    a_rebuild_mends_what_verify_finds,
    an_inventory_counts_what_a_delete_removes,
    a_delete_leaves_nothing_and_touches_no_other_space,
    an_interrupted_delete_goes_on_where_it_stopped,
    a_space_can_be_deleted_again_until_its_bytes_are_purged,
    a_space_being_deleted_takes_no_commands,
    generate_makes_exactly_the_events_asked_for_over_new_spaces,
    spaces_are_found_by_name_or_number,
    overviews_tell_app_head_checkpoint_and_lag,
];

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Everything stored of a space.
fn contents(store: &Store, space_id: SpaceId) -> (Vec<Event>, Vec<Entry>, Checkpoint) {
    let events = store.events().read_space(space_id, Page::forward(None, 99_999)).unwrap();
    let entries = store.pstate().scan(space_id, "", Page::forward(None, 99_999)).unwrap();
    (events, entries, store.pstate().checkpoint(space_id).unwrap())
}

/// A tenant with more events than are read in one go.
fn large(fixture: &Fixture) -> ContentStore {
    let crm = fixture.crm("crm_large");
    let events: Vec<_> =
        (0..7000).map(|n| event(&format!("c{n}"), "note.taken", json!({ "n": n }))).collect();
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    crm
}

fn a_replay_shows_every_event_once_in_order_however_many_there_are(fixture: &Fixture) {
    let crm = large(fixture);
    for (after, last) in [(0, u64::MAX), (0, 6500), (3, 6), (10, 10), (6900, 9999)] {
        let mut shown = Vec::new();
        replay(&crm, SpaceSequence(after), SpaceSequence(last), &mut |events| {
            assert!(events.iter().all(|event| event.intact && event.space_id == crm.space_id()));
            let of_event = |event: &Event| (event.space_sequence, event.entity_id.clone());
            shown.extend(events.iter().map(of_event));
            Ok(())
        })
        .unwrap();
        let expected = (after + 1..=last.min(7000)).map(|n| (SpaceSequence(n), format!("c{}", n - 1)));
        assert_eq!(shown, expected.collect::<Vec<_>>());
    }
}

fn a_replay_ends_with_the_error_of_whoever_looks_at_it(fixture: &Fixture) {
    let crm = large(fixture);
    let mut seen = 0;
    let stopped = replay(&crm, SpaceSequence::START, SpaceSequence(u64::MAX), &mut |events| {
        seen += events.len();
        Err(ramax::ReplayError::Cancelled.into())
    });
    assert!(stopped.unwrap_err().is_cancelled());
    assert!(seen < 7000);
}

fn whoever_looks_at_a_replay_may_write_while_others_do(fixture: &Fixture) {
    let crm = large(fixture);
    let cms = fixture.cms("cms_staging");
    let others = ContentStore::of(&fixture.other_process(), cms.space().clone(), Arc::new(Cms));
    let mut written = 0;
    replay(&crm, SpaceSequence(3000), SpaceSequence(6500), &mut |_| {
        for content in [&others, &cms] {
            content.execute(publish(&format!("a{written}"), "Title"))?;
            written += 1;
        }
        Ok(())
    })
    .unwrap();
    assert_eq!((written > 4, cms.event_count().unwrap()), (true, written));
}

/// Two tenants with some history.
fn tenants(fixture: &Fixture) -> (ContentStore, ContentStore) {
    let (crm, cms) = (fixture.crm("crm_acme"), fixture.cms("cms_staging"));
    for n in 0..30 {
        crm.execute(add_contact(&format!("c{n}"))).unwrap();
        cms.execute(publish(&format!("a{n}"), "Title")).unwrap();
    }
    for n in 0..10 {
        crm.execute(rename_contact(&format!("c{n}"), "Ada")).unwrap();
        cms.execute(unpublish(&format!("a{n}"))).unwrap();
    }
    (crm, cms)
}

fn append_contacts(space: &ContentStore, count: usize) {
    let id = |n: usize| format!("r{n}");
    let new: Vec<_> = (0..count)
        .map(|n| event(&id(n), "contact.added", json!({"contact_id": id(n), "name": "R", "email": "r"})))
        .collect();
    let append = Append { expected: Expected::Any, now: START, events: &new };
    space.store().events().append(space.space_id(), append).unwrap();
}

fn append_bad(space: &ContentStore) {
    let new = [event("c99", "contact.updated", json!({"contact_id": "c99", "name": "N", "email": "e"}))];
    let append = Append { expected: Expected::Any, now: START, events: &new };
    space.store().events().append(space.space_id(), append).unwrap();
}

fn a_rebuild_yields_the_same_projection_and_touches_no_other_space(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let before = (contents(&fixture.store, crm.space_id()), contents(&fixture.store, cms.space_id()));
    let rebuilt = rebuild(&crm, RebuildOptions::default(), &mut go_on).unwrap();
    assert_eq!((rebuilt.events, rebuilt.entities, rebuilt.skipped.len()), (40, 31, 0));
    assert_eq!((contents(&fixture.store, crm.space_id()), contents(&fixture.store, cms.space_id())), before);
    assert_eq!(fixture.store.pstate().residue(SpaceId(99)).unwrap(), []);
}

fn a_rebuild_of_an_empty_space_is_no_error(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let rebuilt = rebuild(&crm, RebuildOptions::default(), &mut go_on).unwrap();
    assert_eq!((rebuilt.events, rebuilt.entities), (0, 0));
    crm.execute(add_contact("c1")).unwrap();
    assert_eq!(Crm::contact_count(&crm).unwrap(), 1);
}

fn a_rebuild_within_a_unit_of_work_waits_for_nobody(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let many: Vec<ramax::Request> = (0..300).map(|n| add_contact(&format!("c{n}")).into()).collect();
    crm.execute_batch(&many).unwrap();
    let mut rebuilt = None;
    let unit = crm.store().events().unit(crm.space_id(), &mut || {
        rebuilt = Some(rebuild(&crm, RebuildOptions::default(), &mut go_on)?);
        Ok(())
    });
    unit.unwrap();
    assert_eq!(rebuilt.map(|rebuilt| rebuilt.events), Some(300));
}

fn a_projection_that_memory_does_not_hold_is_rebuilt_and_verified(fixture: &Fixture) {
    let cms = fixture.cms("cms_large");
    let articles = || (0..66).map(|n| format!("a{n}"));
    let content = "x".repeat(1 << 20);
    for id in articles() {
        cms.execute(publish(&id, "Title").with("content", content.as_str())).unwrap();
    }
    // Applied to what was put aside by then.
    articles().step_by(2).for_each(|id| drop(cms.execute(unpublish(&id)).unwrap()));
    let before = contents(&fixture.store, cms.space_id());
    let rebuilt = rebuild(&cms, RebuildOptions::default(), &mut go_on).unwrap();
    assert_eq!((rebuilt.events, rebuilt.entities), (66 + 33, 66 + 1));
    assert!(contents(&fixture.store, cms.space_id()) == before, "another projection than before");
    assert_eq!(verify(&cms, &mut go_on).unwrap().differences, []);
}

fn a_rebuild_takes_away_what_no_event_leads_to(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let before = contents(&fixture.store, crm.space_id());
    fixture.store.pstate().put(crm.space_id(), "contact:ghost", Json::of(&json!({})), START).unwrap();
    fixture.store.pstate().delete(crm.space_id(), "contact:c3").unwrap();
    assert_ne!(contents(&fixture.store, crm.space_id()), before);
    rebuild(&crm, RebuildOptions::default(), &mut go_on).unwrap();
    assert_eq!(contents(&fixture.store, crm.space_id()), before);
}

fn a_rebuild_is_invisible_until_it_is_whole(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 7000);
    crm.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    fixture.store.pstate().put(crm.space_id(), "mark", Json::of(&json!("old")), START).unwrap();
    let before = contents(&fixture.store, crm.space_id());
    let reader = fixture.other_process();
    let mut looks = 0;
    rebuild(&crm, RebuildOptions::default(), &mut |progress| {
        if progress.phase != Phase::Sweep {
            looks += 1;
            assert_eq!(contents(&reader, crm.space_id()), before, "{progress:?}");
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(looks > 5);
    assert_eq!(reader.pstate().get(crm.space_id(), "mark").unwrap(), None);
}

fn a_rebuild_cancelled_anywhere_leaves_the_old_projection(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 3000);
    crm.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    fixture.store.pstate().put(crm.space_id(), "mark", Json::of(&json!("old")), START).unwrap();
    let before = contents(&fixture.store, crm.space_id());
    for stop_at in 1.. {
        let mut step = 0;
        let result = rebuild(&crm, RebuildOptions::default(), &mut |_| {
            step += 1;
            if step == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if result.is_ok() {
            assert!(stop_at > 4, "stopped at every step before the switch");
            break;
        }
        assert!(result.unwrap_err().is_cancelled());
        assert_eq!(contents(&fixture.store, crm.space_id()), before, "stopped at step {stop_at}");
    }
    rebuild(&crm, RebuildOptions::default(), &mut go_on).unwrap();
    assert_eq!(fixture.store.pstate().get(crm.space_id(), "mark").unwrap(), None);
}

fn an_operation_that_is_held_holds_nobody_else_up(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    append_contacts(&crm, 3000);
    let mut held = Vec::new();
    let mut hold = |progress: Progress| {
        if progress.phase.can_pause() {
            held.push(progress.phase);
            let store = fixture.other_process();
            let neighbour = ContentStore::of(&store, cms.space().clone(), Arc::new(Cms));
            let (done, wait) = std::sync::mpsc::channel();
            let id = format!("while-{}", held.len());
            std::thread::spawn(move || done.send(neighbour.execute(publish(&id, "Meanwhile")).is_ok()));
            let written = wait.recv_timeout(std::time::Duration::from_secs(60));
            assert_eq!(written, Ok(true), "somebody waits while this holds: {}", progress.phase.title());
        }
        ControlFlow::Continue(())
    };
    catch_up(&crm, &mut hold).unwrap();
    rebuild(&crm, RebuildOptions::default(), &mut hold).unwrap();
    verify(&crm, &mut hold).unwrap();
    delete(&fixture.store, &crm.space().space_name, DeleteOptions::default(), &mut hold).unwrap();
    for phase in [Phase::CatchUp, Phase::Replay, Phase::Write, Phase::Delete] {
        assert!(held.contains(&phase), "{held:?}");
    }
}

fn events_that_arrive_during_a_rebuild_are_in_it(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let store = fixture.other_process();
    let rival = ContentStore::of(&store, crm.space().clone(), Arc::new(Crm));
    let neighbour = ContentStore::of(&store, cms.space().clone(), Arc::new(Cms));
    let mut written = 0;
    rebuild(&crm, RebuildOptions::default(), &mut |_| {
        if written < 20 {
            rival.execute(add_contact(&format!("during{written}"))).unwrap();
            neighbour.execute(publish(&format!("during{written}"), "Title")).unwrap();
            written += 1;
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(written >= 3);
    assert_eq!(Crm::contact_count(&crm).unwrap(), 30 + written);
    assert_eq!(crm.event_count().unwrap(), 40 + written);
    assert_eq!(verify(&crm, &mut go_on).unwrap().differences, []);
    assert_eq!(verify(&cms, &mut go_on).unwrap().differences, []);
}

fn a_bad_event_stops_a_rebuild_names_itself_and_can_be_skipped(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let before = contents(&fixture.store, crm.space_id());
    append_bad(&crm);
    append_contacts(&crm, 1);
    let error = rebuild(&crm, RebuildOptions::default(), &mut go_on).unwrap_err();
    assert_eq!(error.kind(), "bad_event");
    assert!(error.to_string().contains("event 81 "), "{error}");
    assert_eq!(contents(&fixture.store, crm.space_id()).1, before.1);
    let rebuilt = rebuild(&crm, RebuildOptions { skip_errors: true }, &mut go_on).unwrap();
    assert_eq!((rebuilt.events, rebuilt.skipped.len()), (42, 1));
    assert_eq!(rebuilt.skipped[0].event_id, EventId(81));
    assert_eq!(Crm::contact_count(&crm).unwrap(), 31);
    crm.execute(add_contact("after")).unwrap();
}

fn a_rebuilds_progress_never_goes_back_nor_beyond_its_total(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 6000);
    let (mut phases, mut before) = (Vec::new(), 0);
    rebuild(&crm, RebuildOptions::default(), &mut |progress| {
        if progress.phase != Phase::Sweep {
            assert!(before <= progress.done && progress.done <= progress.total, "{progress:?}");
            before = progress.done;
        }
        if phases.last() != Some(&progress.phase) {
            phases.push(progress.phase);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(phases[..3], [Phase::Replay, Phase::Write, Phase::Switch]);
}

fn a_rebuild_overtaken_by_another_says_so(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let other = fixture.other_process();
    let rival = ContentStore::of(&other, crm.space().clone(), Arc::new(Crm));
    let mut overtaken = false;
    let error = rebuild(&crm, RebuildOptions::default(), &mut |_| {
        if !overtaken {
            overtaken = true;
            rebuild(&rival, RebuildOptions::default(), &mut go_on).unwrap();
        }
        ControlFlow::Continue(())
    })
    .unwrap_err();
    assert_eq!(error.kind(), "shadow_gone");
    assert_eq!(verify(&crm, &mut go_on).unwrap().differences, []);
}

fn a_rebuild_overtaken_by_a_delete_says_that_and_not_that_events_are_missing(fixture: &Fixture) {
    for (name, events, projection_too) in [("crm_log", 4000, false), ("crm_both", 1500, true)] {
        let crm = fixture.crm(name);
        append_contacts(&crm, events);
        let other = fixture.other_process();
        let mut begun = false;
        let error = rebuild(&crm, RebuildOptions::default(), &mut |progress| {
            if progress.done > 0 && !std::mem::replace(&mut begun, true) {
                other.events().begin_delete(crm.space_id()).unwrap();
                other.events().delete_some(crm.space_id(), 3000).unwrap();
                while projection_too && other.pstate().delete_some(crm.space_id(), 3000).unwrap() {}
            }
            ControlFlow::Continue(())
        });
        assert_eq!(error.unwrap_err().kind(), "space_deleting", "{name}");
    }
}

fn a_catch_up_applies_what_the_projection_lags_behind(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    append_contacts(&crm, 2500);
    let mut seen = Vec::new();
    let done = catch_up(&crm, &mut |progress| {
        assert_eq!(progress.phase, Phase::CatchUp);
        seen.push((progress.done, progress.total));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(done.events, 2500);
    assert_eq!(seen, [(1000, 2500), (2000, 2500), (2500, 2500)]);
    assert_eq!(catch_up(&crm, &mut go_on).unwrap().events, 0);
}

fn verify_finds_nothing_in_a_whole_projection(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let verified = verify(&crm, &mut go_on).unwrap();
    assert_eq!((verified.events, verified.entities, verified.differences.len()), (40, 31, 0));
    assert_eq!(verify(&cms, &mut go_on).unwrap().differences, []);
    append_contacts(&crm, 5);
    assert_eq!(verify(&crm, &mut go_on).unwrap().differences, [], "lag is no drift");
}

fn verify_finds_missing_impossible_and_altered_keys(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let pstate = fixture.store.pstate();
    pstate.put(crm.space_id(), "contact:ghost", Json::of(&json!({"id": "ghost"})), START).unwrap();
    pstate.delete(crm.space_id(), "contact:c3").unwrap();
    let entry = pstate.get(crm.space_id(), "contact:c5").unwrap().unwrap();
    let mut value = entry.value.to_value();
    value["name"] = json!("Eve");
    pstate.put(crm.space_id(), "contact:c5", Json::of(&value), entry.updated_at).unwrap();
    let differences = verify(&crm, &mut go_on).unwrap().differences;
    assert_eq!(differences.len(), 3, "{differences:?}");
    assert!(matches!(&differences[0], Difference::Missing { key, .. } if key == "contact:c3"));
    let Difference::Altered { key, fields } = &differences[1] else { panic!("{differences:?}") };
    assert_eq!((key.as_str(), fields.len(), fields[0].path.as_str()), ("contact:c5", 1, ".name"));
    assert_eq!((&fields[0].expected, &fields[0].stored), (&Some(json!("Ada")), &Some(json!("Eve"))));
    assert!(matches!(&differences[2], Difference::Impossible { key, .. } if key == "contact:ghost"));
}

fn verify_finds_a_checkpoint_ahead_of_its_stream(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let ahead = Checkpoint {
        sequence: SpaceSequence(5),
        ..fixture.store.pstate().checkpoint(crm.space_id()).unwrap()
    };
    let nothing = ramax::Changes::default();
    fixture.store.pstate().advance(crm.space_id(), SpaceSequence(1), &nothing, ahead).unwrap();
    let differences = verify(&crm, &mut go_on).unwrap().differences;
    let expected =
        Difference::CheckpointAhead { checkpoint: SpaceSequence(5), last_sequence: SpaceSequence(1) };
    assert_eq!(differences, [expected]);
}

fn a_verify_and_commands_through_the_same_handle_never_wait_for_one_another_for_good(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    std::thread::scope(|scope| {
        let commands = scope.spawn(|| {
            for n in 0..500 {
                crm.execute(rename_contact("c1", &format!("Ada {n}"))).unwrap();
            }
        });
        while !commands.is_finished() {
            assert_eq!(verify(&crm, &mut go_on).unwrap().differences, []);
        }
    });
    assert_eq!(verify(&crm, &mut go_on).unwrap().events, 540);
}

fn verify_can_be_cancelled(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    assert!(verify(&crm, &mut |_| ControlFlow::Break(())).unwrap_err().is_cancelled());
}

fn a_rebuild_mends_what_verify_finds(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    fixture.store.pstate().delete(crm.space_id(), "contacts:count").unwrap();
    assert_eq!(verify(&crm, &mut go_on).unwrap().differences.len(), 1);
    rebuild(&crm, RebuildOptions::default(), &mut go_on).unwrap();
    assert_eq!(verify(&crm, &mut go_on).unwrap().differences, []);
}

fn an_inventory_counts_what_a_delete_removes(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let inventory = inventory(&fixture.store, "crm_acme").unwrap();
    assert_eq!((inventory.events, inventory.entities), (40, Some(31)));
    let events = contents(&fixture.store, crm.space_id()).0;
    let bytes: usize = events.iter().map(|event| event.payload.as_str().len()).sum();
    assert_eq!(inventory.payload_bytes, Some(bytes as u64));
    assert_eq!(inventory.first_event, Some(events[0].timestamp));
    assert_eq!(inventory.last_event, Some(events[39].timestamp));
}

fn a_delete_leaves_nothing_and_touches_no_other_space(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let before = contents(&fixture.store, cms.space_id());
    let deleted =
        delete(&fixture.store, "crm_acme", DeleteOptions { purge: true, ..Default::default() }, &mut go_on)
            .unwrap();
    assert_eq!((deleted.inventory.events, deleted.purged), (40, true));
    assert_eq!(fixture.store.events().residue(crm.space_id()).unwrap(), []);
    assert_eq!(fixture.store.pstate().residue(crm.space_id()).unwrap(), []);
    assert_eq!(contents(&fixture.store, cms.space_id()), before);
    assert_eq!(inventory(&fixture.store, "crm_acme").unwrap_err().kind(), "unknown_space");
    let again = fixture.crm("crm_acme");
    assert_eq!((Crm::contact_count(&again).unwrap(), again.event_count().unwrap()), (0, 0));
    assert_eq!(again.execute(add_contact("c1")).unwrap().space_sequence, SpaceSequence(1));
}

fn an_interrupted_delete_goes_on_where_it_stopped(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    append_contacts(&crm, 5000);
    let error = delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut |progress| {
        if progress.done > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap_err();
    assert_eq!(error.kind(), "delete_interrupted");
    let left = fixture.store.events().find_space("crm_acme").unwrap().unwrap();
    assert!(left.space.state == ramax::space::SpaceState::Deleting);
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut go_on).unwrap();
    assert_eq!(fixture.store.events().residue(crm.space_id()).unwrap(), []);
    assert_eq!(verify(&cms, &mut go_on).unwrap().differences, []);
}

fn a_space_can_be_deleted_again_until_its_bytes_are_purged(fixture: &Fixture) {
    tenants(fixture);
    let mut there = None;
    delete(
        &fixture.store,
        "crm_acme",
        DeleteOptions { purge: true, ..DeleteOptions::default() },
        &mut |progress| {
            if progress.phase == Phase::Purge {
                there = Some(fixture.store.events().find_space("crm_acme").unwrap().is_some());
            }
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    assert_eq!(there, Some(true));
    assert_eq!(fixture.store.events().find_space("crm_acme").unwrap(), None);
}

fn a_space_being_deleted_takes_no_commands(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    fixture.store.events().begin_delete(crm.space_id()).unwrap();
    assert_eq!(crm.execute(add_contact("new")).unwrap_err().kind(), "space_deleting");
    assert_eq!(crm.preview(add_contact("new")).unwrap_err().kind(), "space_deleting");
    let error = rebuild(&crm, RebuildOptions::default(), &mut go_on).unwrap_err();
    assert_eq!(error.kind(), "space_deleting");
}

fn generate_makes_exactly_the_events_asked_for_over_new_spaces(fixture: &Fixture) {
    for (app, prefix) in
        [(Apps::standard().named("crm").unwrap(), "crm_"), (Apps::standard().named("cms").unwrap(), "cms_")]
    {
        let options = GenerateOptions { spaces: 3, events: 700, app, seed: 1 };
        let generated = generate(&fixture.store, &options, &mut go_on).unwrap();
        assert_eq!((generated.spaces, generated.events), (3, 700));
        let spaces = overviews(&fixture.store, &Apps::standard(), Page::forward(None, 99)).unwrap();
        let new: Vec<_> = spaces.iter().filter(|space| space.space.space_name.starts_with(prefix)).collect();
        assert_eq!(new.len(), 3);
        assert_eq!(new.iter().map(|space| space.head.last_sequence.0).sum::<u64>(), 700);
        for space in new {
            assert_eq!(space.lag(), 0);
            let content = find_space(&fixture.store, &Apps::standard(), &space.space.space_name).unwrap();
            assert_eq!(verify(&content, &mut go_on).unwrap().differences, []);
        }
    }
}

fn spaces_are_found_by_name_or_number(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let apps = Apps::standard();
    let found = |name| find_space(&fixture.store, &apps, name).map(|content| content.space_id());
    assert_eq!(found("crm_acme").unwrap(), crm.space_id());
    assert_eq!(found("1").unwrap(), crm.space_id());
    assert_eq!(found("nobody").unwrap_err().kind(), "unknown_space");
    fixture.space("2");
    assert_eq!(found("2").unwrap_err().kind(), "unknown_app", "a name goes before a number");
}

fn overviews_tell_app_head_checkpoint_and_lag(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 4);
    let spaces = overviews(&fixture.store, &Apps::standard(), Page::forward(None, 9)).unwrap();
    let told: Vec<_> = spaces
        .iter()
        .map(|space| (space.space.space_name.as_str(), space.app, space.head.last_sequence.0, space.lag()))
        .collect();
    assert_eq!(told, [("crm_acme", Some("crm"), 44, 4), ("cms_staging", Some("cms"), 40, 0)]);
    assert_eq!(spaces[1].lag_millis(), 0);
}

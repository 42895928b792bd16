//! Rebuilds.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use ramax::apps::{Cms, Crm};
use ramax::audit::Outcome;
use ramax::event_store::Access;
use ramax::operations::{
    DeleteOptions, Operation, OperationContext, Phase, Progress, Rebuild, RebuildReview, ReviewDecision,
    Reviewer, Target, catch_up, delete, keep_going, rebuild, rebuild_reviewed, verify,
};
use ramax::pstate::{ProjectionId, STATE};
use ramax::testing::{self, FixedClock};
use ramax::{Apps, ContentStore, EventId, Json, Page, Result, SpaceId, SpaceSequence, Timestamp};
use serde_json::json;

use super::{append_bad, append_contacts, contents, tenants};
use crate::on_every_store;
use crate::support::tally;
use crate::support::{Fixture, START, add_contact, mark_owner, publish, unpublish};

on_every_store![
    a_rebuild_yields_the_same_projection_and_touches_no_other_space,
    a_rebuild_of_an_empty_space_succeeds,
    a_rebuild_within_a_unit_of_work_is_refused,
    a_rebuild_removes_keys_without_events,
    a_rebuild_is_invisible_until_it_is_complete,
    a_rebuild_cancelled_anywhere_leaves_the_old_projections,
    a_paused_operation_blocks_no_other_writer,
    events_appended_during_a_rebuild_are_included,
    a_bad_event_stops_a_rebuild_is_named_and_can_be_skipped,
    the_progress_of_a_rebuild_never_falls_or_exceeds_its_total,
    a_rebuild_overtaken_by_another_reports_it,
    a_rebuild_overtaken_by_a_delete_reports_the_delete,
    a_reviewed_rebuild_switches_only_if_it_is_accepted,
    events_appended_during_a_review_are_part_of_an_accepted_rebuild,
    a_rebuild_without_a_difference_needs_no_decision,
    a_rebuild_that_is_cancelled_during_its_review_leaves_nothing_behind,
    a_review_shows_values_that_an_earlier_version_stored,
    the_first_build_of_a_projection_is_reviewed,
    a_review_knows_that_another_rebuild_or_a_delete_has_made_it_void,
];

/// A rebuild of the projection that commands read.
fn of_state() -> Rebuild {
    Rebuild { projection: Some(STATE.to_owned()), ..Rebuild::default() }
}

fn a_rebuild_yields_the_same_projection_and_touches_no_other_space(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let before = (contents(&fixture.store, crm.space_id()), contents(&fixture.store, cms.space_id()));
    let rebuilt = rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
    assert_eq!((rebuilt.events, rebuilt.entities, rebuilt.skipped.len()), (40, 92, 0));
    assert_eq!((contents(&fixture.store, crm.space_id()), contents(&fixture.store, cms.space_id())), before);
    assert_eq!(fixture.store.pstate().residue(SpaceId(99)).unwrap(), []);
}

fn a_rebuild_of_an_empty_space_succeeds(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let rebuilt = rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
    assert_eq!((rebuilt.events, rebuilt.entities), (0, 0));
    crm.execute(add_contact("c1")).unwrap();
    assert_eq!(Crm::contact_count(&crm).unwrap(), 1);
}

fn a_rebuild_within_a_unit_of_work_is_refused(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let unit = crm.store().begin(crm.space_id(), Access::Open).unwrap();
    assert_eq!(rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap_err().kind(), "nested_unit");
    drop(unit);
    assert_eq!(rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap().events, 1);
}

/// In one file only: nothing but the builder, which all adapters share, knows the limit of memory.
#[test]
fn a_projection_larger_than_memory_is_rebuilt_and_verified() {
    let fixture = Fixture::one_file();
    let cms = fixture.cms("cms_large");
    let articles = || (0..66).map(|n| format!("a{n}"));
    let content = "x".repeat(1 << 20);
    for id in articles() {
        cms.execute(publish(&id, "Title").with("content", content.as_str())).unwrap();
    }
    // Applied to values that were already moved to the shadow.
    articles().step_by(22).for_each(|id| drop(cms.execute(unpublish(&id)).unwrap()));
    let before = contents(&fixture.store, cms.space_id());
    let rebuilt = rebuild(&cms, Rebuild::default(), &mut keep_going).unwrap();
    assert_eq!((rebuilt.events, rebuilt.entities), (66 + 3, 66 + 1 + 127));
    assert!(contents(&fixture.store, cms.space_id()) == before, "another projection than before");
    assert_eq!(verify(&cms, &mut keep_going).unwrap().differences, []);
}

fn a_rebuild_removes_keys_without_events(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let before = contents(&fixture.store, crm.space_id());
    fixture.store.pstate().put(crm.space_id().into(), "contact:ghost", Json::of(&json!({})), START).unwrap();
    fixture.store.pstate().delete(crm.space_id().into(), "contact:c3").unwrap();
    assert_ne!(contents(&fixture.store, crm.space_id()), before);
    rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
    assert_eq!(contents(&fixture.store, crm.space_id()), before);
}

fn a_rebuild_is_invisible_until_it_is_complete(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 7000);
    crm.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    fixture.store.pstate().put(crm.space_id().into(), "mark", Json::of(&json!("old")), START).unwrap();
    let before = contents(&fixture.store, crm.space_id());
    let reader = fixture.other_process();
    let mut looks = 0;
    rebuild(&crm, of_state(), &mut |progress| {
        if progress.phase != Phase::Sweep {
            looks += 1;
            assert_eq!(contents(&reader, crm.space_id()), before, "{progress:?}");
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(looks > 5);
    assert_eq!(reader.pstate().get(crm.space_id().into(), "mark").unwrap(), None);
}

fn a_rebuild_cancelled_anywhere_leaves_the_old_projections(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 1500);
    catch_up(&crm, &mut keep_going).unwrap();
    let all = crm.projections().iter().map(|projection| projection.id(crm.space_id()));
    let all: Vec<_> = all.collect();
    assert!(all.len() > 1, "one that could be switched before another");
    let pstate = fixture.store.pstate();
    all.iter().for_each(|id| pstate.put(*id, "mark", Json::of(&json!("old")), START).unwrap());
    let stored = || -> Vec<_> {
        let of = |id: &ProjectionId<'static>| {
            (pstate.scan(*id, "", Page::forward(None, 99_999)).unwrap(), pstate.checkpoint(*id).unwrap())
        };
        all.iter().map(of).collect()
    };
    let before = (contents(&fixture.store, crm.space_id()), stored());
    for stop_at in 1.. {
        let mut step = 0;
        let result = rebuild(&crm, Rebuild::default(), &mut |_| {
            step += 1;
            if step == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if result.is_ok() {
            assert!(stop_at > 8, "stopped at every step before the switch");
            break;
        }
        assert!(result.unwrap_err().is_cancelled());
        let after = (contents(&fixture.store, crm.space_id()), stored());
        assert_eq!(after, before, "stopped at step {stop_at}");
    }
    assert!(all.iter().all(|id| pstate.get(*id, "mark").unwrap().is_none()), "all are new");
}

fn a_paused_operation_blocks_no_other_writer(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    append_contacts(&crm, 3000);
    let mut held = Vec::new();
    let mut hold = |progress: Progress| {
        if progress.phase.can_pause() {
            held.push(progress.phase);
            let store = fixture.other_process();
            let neighbour = ContentStore::of(&store, cms.space().clone(), Arc::new(Cms)).unwrap();
            let (done, wait) = std::sync::mpsc::channel();
            let id = format!("while-{}", held.len());
            std::thread::spawn(move || done.send(neighbour.execute(publish(&id, "Meanwhile")).is_ok()));
            let written = wait.recv_timeout(std::time::Duration::from_secs(60));
            assert_eq!(written, Ok(true), "another writer waits during: {}", progress.phase.title());
        }
        ControlFlow::Continue(())
    };
    catch_up(&crm, &mut hold).unwrap();
    rebuild(&crm, Rebuild::default(), &mut hold).unwrap();
    verify(&crm, &mut hold).unwrap();
    delete(&fixture.store, &crm.space().space_name, DeleteOptions::default(), &mut hold).unwrap();
    for phase in [Phase::CatchUp, Phase::Replay, Phase::Write, Phase::Delete] {
        assert!(held.contains(&phase), "{held:?}");
    }
}

fn events_appended_during_a_rebuild_are_included(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let store = fixture.other_process();
    let rival = ContentStore::of(&store, crm.space().clone(), Arc::new(Crm)).unwrap();
    let neighbour = ContentStore::of(&store, cms.space().clone(), Arc::new(Cms)).unwrap();
    let mut written = 0;
    rebuild(&crm, Rebuild::default(), &mut |_| {
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
    assert_eq!(verify(&crm, &mut keep_going).unwrap().differences, []);
    assert_eq!(verify(&cms, &mut keep_going).unwrap().differences, []);
}

fn a_bad_event_stops_a_rebuild_is_named_and_can_be_skipped(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let before = contents(&fixture.store, crm.space_id());
    append_bad(&crm);
    append_contacts(&crm, 1);
    let error = rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "bad_event");
    assert!(error.to_string().contains("event 81 "), "{error}");
    assert_eq!(contents(&fixture.store, crm.space_id()).1, before.1);
    let rebuilt =
        rebuild(&crm, Rebuild { skip_errors: true, ..Rebuild::default() }, &mut keep_going).unwrap();
    assert_eq!((rebuilt.events, rebuilt.skipped.len()), (42, 1));
    assert_eq!(rebuilt.skipped[0].event_id, EventId(81));
    assert_eq!(Crm::contact_count(&crm).unwrap(), 31);
    crm.execute(add_contact("after")).unwrap();
}

fn the_progress_of_a_rebuild_never_falls_or_exceeds_its_total(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 6000);
    let (mut phases, mut before) = (Vec::new(), 0);
    rebuild(&crm, Rebuild::default(), &mut |progress| {
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
    let of_each = [Phase::Replay, Phase::Write];
    assert_eq!(phases[..5], [&of_each[..], &of_each[..], &[Phase::Switch]].concat());
}

fn a_rebuild_overtaken_by_another_reports_it(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let other = fixture.other_process();
    let rival = ContentStore::of(&other, crm.space().clone(), Arc::new(Crm)).unwrap();
    let mut overtaken = false;
    let error = rebuild(&crm, Rebuild::default(), &mut |_| {
        if !overtaken {
            overtaken = true;
            rebuild(&rival, Rebuild::default(), &mut keep_going).unwrap();
        }
        ControlFlow::Continue(())
    })
    .unwrap_err();
    assert_eq!(error.kind(), "shadow_gone");
    assert_eq!(verify(&crm, &mut keep_going).unwrap().differences, []);
}

fn a_rebuild_overtaken_by_a_delete_reports_the_delete(fixture: &Fixture) {
    for (name, events, projection_too) in [("crm_log", 4000, false), ("crm_both", 1500, true)] {
        let crm = fixture.crm(name);
        append_contacts(&crm, events);
        let other = fixture.other_process();
        let mut begun = false;
        let error = rebuild(&crm, Rebuild::default(), &mut |progress| {
            if progress.done > 0 && !std::mem::replace(&mut begun, true) {
                other.events().begin_delete(crm.space_id(), &mark_owner(1), None).unwrap();
                other.events().delete_some(crm.space_id(), mark_owner(1).token, 3000).unwrap();
                while projection_too && other.pstate().delete_some(crm.space_id(), 3000).unwrap() {}
            }
            ControlFlow::Continue(())
        });
        assert_eq!(error.unwrap_err().kind(), "space_deleting", "{name}");
    }
}

#[test]
fn writing_counts_in_the_progress_of_a_rebuild() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    for at in 0..100 {
        crm.execute(add_contact(&format!("c{at}"))).unwrap();
    }
    let mut steps = Vec::new();
    let mut watch = |progress: Progress| {
        steps.push((progress.phase, progress.done, progress.total));
        ControlFlow::Continue(())
    };
    rebuild(&crm, of_state(), &mut watch).unwrap();
    let last_of = |wanted: Phase| steps.iter().rev().find(|(phase, ..)| *phase == wanted).copied().unwrap();
    let (_, replayed, total) = last_of(Phase::Replay);
    assert!(
        (1..total / 3).contains(&replayed),
        "all events are replayed, but little of the time has passed: {steps:?}"
    );
    let (_, written, total) = last_of(Phase::Write);
    assert_eq!(written, total);
}

/// Answers a review with a closure.
struct Answer<F>(F);

impl<F: Fn(&RebuildReview) -> Result<ReviewDecision>> Reviewer for Answer<F> {
    fn decide(&self, review: &RebuildReview, _: &dyn Fn() -> Result<()>) -> Result<ReviewDecision> {
        self.0(review)
    }
}

fn reviewed() -> Rebuild {
    Rebuild { review: true, ..Rebuild::default() }
}

/// Changes stored values, so that a rebuild makes a difference.
fn drift(crm: &ContentStore) {
    let pstate = crm.store().pstate();
    for n in 0..4 {
        let key = format!("contact:c{n}");
        let entry = pstate.get(crm.space_id().into(), &key).unwrap().unwrap();
        let mut value = entry.value.to_value();
        value["name"] = json!("Eve");
        pstate.put(crm.space_id().into(), &key, Json::of(&value), entry.updated_at).unwrap();
    }
}

fn no_leftovers(crm: &ContentStore) {
    assert_eq!(crm.store().pstate().leftovers(crm.space_id()).unwrap(), []);
}

fn a_reviewed_rebuild_switches_only_if_it_is_accepted(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let right = contents(&fixture.store, crm.space_id());
    drift(&crm);
    let wrong = contents(&fixture.store, crm.space_id());
    let apps = ramax::Apps::standard();
    let run = |decision: &ReviewDecision| {
        let context = OperationContext { reviewer: decision, ..OperationContext::new(&fixture.store, &apps) };
        let rebuilt = reviewed().run(Target::of(crm.space()), context, &mut keep_going).unwrap();
        let written = fixture.store.audit_log().page(None, Page::backward(None, 1)).unwrap();
        (rebuilt.review.unwrap(), written[0].outcome, written[0].detail.clone().unwrap())
    };
    let (review, outcome, detail) = run(&ReviewDecision::Discard);
    let groups: Vec<_> = review.review.groups.groups().map(|group| (group.title(), group.count)).collect();
    assert_eq!(groups[0], ("contact:*.name".to_owned(), 4));
    assert_eq!((review.decision, outcome), (ReviewDecision::Discard, Outcome::Found));
    assert!(detail.starts_with("discarded 4 differences (40 events); the existing"), "{detail}");
    assert_eq!(contents(&fixture.store, crm.space_id()), wrong);
    no_leftovers(&crm);
    let (_, outcome, detail) = run(&ReviewDecision::Accept);
    assert_eq!((outcome, detail.as_str()), (Outcome::Done, "40 events into 92 keys, accepted 4 differences"));
    assert_eq!(contents(&fixture.store, crm.space_id()), right);
    no_leftovers(&crm);
}

fn events_appended_during_a_review_are_part_of_an_accepted_rebuild(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    drift(&crm);
    let appending = Answer(|review: &RebuildReview| {
        assert_eq!((review.space_name.as_str(), review.events, review.skipped), ("crm_acme", 40, 0));
        append_contacts(&crm, 1200);
        crm.execute(add_contact("late"))?;
        Ok(ReviewDecision::Accept)
    });
    let rebuilt = rebuild_reviewed(&crm, reviewed(), &appending, &mut keep_going).unwrap();
    assert_eq!(rebuilt.events, 40 + 1201);
    assert_eq!(verify(&crm, &mut keep_going).unwrap().count(), 0);
    no_leftovers(&crm);
}

fn a_rebuild_without_a_difference_needs_no_decision(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    catch_up(&crm, &mut keep_going).unwrap();
    let never = Answer(|review: &RebuildReview| panic!("{review:?}"));
    let rebuilt = rebuild_reviewed(&crm, reviewed(), &never, &mut keep_going).unwrap();
    assert_eq!(rebuilt.review.unwrap().decision, ReviewDecision::Accept);
}

fn a_rebuild_that_is_cancelled_during_its_review_leaves_nothing_behind(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    drift(&crm);
    let before = contents(&fixture.store, crm.space_id());
    let cancels = Answer(|_: &RebuildReview| Err(ramax::ReplayError::Cancelled { effect: None }.into()));
    let error = rebuild_reviewed(&crm, reviewed(), &cancels, &mut keep_going).unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(contents(&fixture.store, crm.space_id()), before);
    no_leftovers(&crm);
    let overtaken = Answer(|_: &RebuildReview| {
        rebuild(&crm, Rebuild::default(), &mut keep_going)?;
        Ok(ReviewDecision::Accept)
    });
    let error = rebuild_reviewed(&crm, reviewed(), &overtaken, &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "shadow_gone");
    assert_eq!(verify(&crm, &mut keep_going).unwrap().count(), 0);
}

fn the_first_build_of_a_projection_is_reviewed(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let mut asked = 0;
    let discards = std::cell::RefCell::new(&mut asked);
    let discard = Answer(|review: &RebuildReview| {
        **discards.borrow_mut() += 1;
        assert_eq!(review.groups.count(), 0);
        let [first] = review.first_builds.as_slice() else { panic!("{review:?}") };
        assert_eq!(first.projection, "contacts_by_domain");
        let remark = format!("contacts_by_domain is built for the first time, with {} keys", first.keys);
        assert_eq!(review.remarks(), [remark]);
        Ok(ReviewDecision::Discard)
    });
    rebuild_reviewed(&crm, reviewed(), &discard, &mut keep_going).unwrap();
    assert_eq!(asked, 1);
    let id = ProjectionId::new(crm.space_id(), "contacts_by_domain");
    assert_eq!(fixture.store.pstate().checkpoint(id).unwrap().sequence, SpaceSequence::START);
    // Without events, it has no keys, and nothing is to be decided.
    let empty = fixture.crm("crm_empty");
    let never = Answer(|review: &RebuildReview| panic!("{review:?}"));
    rebuild_reviewed(&empty, reviewed(), &never, &mut keep_going).unwrap();
}

/// Makes its review void, and accepts it unless it notices.
struct Overtaken<'a>(&'a dyn Fn());

impl Reviewer for Overtaken<'_> {
    fn decide(&self, _: &RebuildReview, check: &dyn Fn() -> Result<()>) -> Result<ReviewDecision> {
        check().unwrap();
        (self.0)();
        check()?;
        Ok(ReviewDecision::Accept)
    }
}

fn a_review_knows_that_another_rebuild_or_a_delete_has_made_it_void(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    drift(&crm);
    let appended = Overtaken(&|| drop(crm.execute(add_contact("late")).unwrap()));
    rebuild_reviewed(&crm, reviewed(), &appended, &mut keep_going).unwrap();
    drift(&crm);
    let rebuilt = Overtaken(&|| drop(rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap()));
    let error = rebuild_reviewed(&crm, reviewed(), &rebuilt, &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "shadow_gone");
    fixture.store.pstate().put(cms.space_id().into(), "ghost", Json::of(&json!(1)), START).unwrap();
    let deleted =
        Overtaken(&|| drop(delete(&fixture.store, "cms_staging", DeleteOptions::default(), &mut keep_going)));
    let error = rebuild_reviewed(&cms, reviewed(), &deleted, &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "unknown_space");
}

fn a_review_shows_values_that_an_earlier_version_stored(fixture: &Fixture) {
    let before = tally::open(&fixture.store, "tally_a", 1);
    (0..6).for_each(|n| tally::add(&before, &format!("k{n}"), n).unwrap());
    let after = tally::open(&fixture.store, "tally_a", 2);
    let of_sums = Rebuild { projection: Some("sums".to_owned()), ..reviewed() };
    let review = |review: &RebuildReview| {
        let groups: Vec<_> =
            review.groups.groups().map(|group| (group.title(), group.kind.title(), group.count)).collect();
        assert_eq!(groups, [("sums sum:*".to_owned(), "changed", 5)]);
        Ok(ReviewDecision::Accept)
    };
    let rebuilt = rebuild_reviewed(&after, of_sums, &Answer(review), &mut keep_going).unwrap();
    assert_eq!(rebuilt.projections, ["sums"], "the others wait for their own rebuild");
}

#[test]
fn the_audit_log_says_how_long_a_rebuild_waited_for_its_review() {
    let clock = FixedClock::at(Timestamp(1_000_000));
    let store = testing::store(&clock);
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    for n in 0..4 {
        crm.execute(add_contact(&format!("c{n}"))).unwrap();
    }
    let apps = Apps::standard();
    for (waits, decision, said) in [
        (303, ReviewDecision::Discard, "discarded 4 differences after 5 min 3 s of review (4 events)"),
        (0, ReviewDecision::Accept, ", accepted 4 differences"),
        (12, ReviewDecision::Accept, ", accepted 4 differences after 12 s of review"),
    ] {
        drift(&crm);
        let answer = Answer(|_: &RebuildReview| {
            clock.advance(Duration::from_secs(waits));
            Ok(decision)
        });
        let context = OperationContext { reviewer: &answer, ..OperationContext::new(&store, &apps) };
        let done = reviewed().run(Target::of(crm.space()), context, &mut keep_going).unwrap();
        assert_eq!(done.review.unwrap().waited, Duration::from_secs(waits));
        let entry = store.audit_log().page(None, Page::backward(None, 1)).unwrap().remove(0);
        let detail = entry.detail.unwrap();
        assert!(detail.contains(said) && (waits > 0 || detail.ends_with(said)), "{detail}");
    }
}

//! Replays, and catching up by them.

use std::ops::ControlFlow;
use std::sync::Arc;

use ramax::apps::Cms;
use ramax::operations::{Phase, catch_up, keep_going, replay};
use ramax::{ContentStore, Event, SpaceSequence};

use super::{append_contacts, large};
use crate::on_every_store;
use crate::support::{Fixture, publish};

on_every_store![
    a_replay_passes_every_event_once_in_order,
    a_replay_ends_with_the_error_of_its_visitor,
    the_visitor_of_a_replay_may_write_while_others_do,
    a_catch_up_applies_the_missing_events,
];

fn a_replay_passes_every_event_once_in_order(fixture: &Fixture) {
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

fn a_replay_ends_with_the_error_of_its_visitor(fixture: &Fixture) {
    let crm = large(fixture);
    let mut seen = 0;
    let stopped = replay(&crm, SpaceSequence::START, SpaceSequence(u64::MAX), &mut |events| {
        seen += events.len();
        Err(ramax::ReplayError::Cancelled { effect: None }.into())
    });
    assert!(stopped.unwrap_err().is_cancelled());
    assert!(seen < 7000);
}

fn the_visitor_of_a_replay_may_write_while_others_do(fixture: &Fixture) {
    let crm = large(fixture);
    let cms = fixture.cms("cms_staging");
    let others = ContentStore::of(&fixture.other_process(), cms.space().clone(), Arc::new(Cms)).unwrap();
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

fn a_catch_up_applies_the_missing_events(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    append_contacts(&crm, 2500);
    let mut seen = Vec::new();
    let done = catch_up(&crm, &mut |progress| {
        assert_eq!(progress.phase, Phase::CatchUp);
        seen.push((progress.done, progress.total));
        ControlFlow::Continue(())
    })
    .unwrap();
    // Into both projections.
    assert_eq!(done.events, 5000);
    let expected = [1000, 2000, 2500, 3500, 4500, 5000].map(|done| (done, 5000));
    assert_eq!(seen, expected);
    assert_eq!(catch_up(&crm, &mut keep_going).unwrap().events, 0);
}

//! Whatever is done in whatever order by programs of two versions: the rows of each projection are the fold of exactly the
//! events up to its checkpoint, and a rebuild leads to the fold of all.

use std::ops::ControlFlow;

use proptest::prelude::*;
use ramax::operations::{CheckOptions, catch_up, keep_going};
use ramax::operations::{
    Operation, OperationContext, ProjectionRunner, Rebuild, RemoveProjection, Target, check_and_repair,
    rebuild, verify,
};
use ramax::pstate::{Definition, ProjectionId};
use ramax::{Append, ContentStore, Expected, Json, NewEvent, Store};

use crate::support::Fixture;
use crate::support::tally::{VERSIONS, add, apps, events, model, open, rows};

const SPACES: usize = 3;
const NAMES: [&str; 5] = ["state", "sums", "order", "sizes", "last"];

/// A step of a program of one version, on one space.
#[derive(Debug, Clone)]
enum Step {
    Add(u8, u64),
    Append(Vec<(u8, u64)>),
    CatchUp(usize),
    CatchUpAll,
    Run,
    Read(usize),
    Rebuild(Option<usize>),
    Remove(usize),
    Repair,
}

fn step() -> impl Strategy<Value = (usize, u32, Step)> {
    let (key, amount, name) = (0..4_u8, 0..60_u64, 0..NAMES.len());
    let step = prop_oneof![
        6 => (key.clone(), amount.clone()).prop_map(|(key, amount)| Step::Add(key, amount)),
        2 => prop::collection::vec((key, amount), 1..6).prop_map(Step::Append),
        3 => name.clone().prop_map(Step::CatchUp),
        1 => Just(Step::CatchUpAll),
        1 => Just(Step::Run),
        2 => name.clone().prop_map(Step::Read),
        2 => prop::option::of(name.clone()).prop_map(Step::Rebuild),
        1 => name.prop_map(Step::Remove),
        1 => Just(Step::Repair),
    ];
    // Programs of the first version more often, or else the second one soon wins.
    (0..SPACES, prop_oneof![3 => Just(1), 1 => Just(VERSIONS)], step)
}

/// Takes a step. A program may be refused for its version, and for nothing else.
fn take(store: &Store, (space, version, step): &(usize, u32, Step)) -> Result<(), TestCaseError> {
    let content = open(store, &format!("tally_{space}"), *version);
    let done = match step {
        Step::Add(key, amount) => add(&content, &format!("k{key}"), *amount),
        Step::Append(amounts) => {
            let new = |(key, amount): &(u8, u64)| {
                NewEvent::new(format!("k{key}"), "amount.added", Json::of(&(*amount).into()))
            };
            let new: Vec<NewEvent> = amounts.iter().map(new).collect();
            let append = Append { expected: Expected::Any, now: store.clock().now(), events: &new };
            store.events().append(content.space_id(), append).map(drop)
        }
        Step::CatchUp(name) => {
            content.catch_up_projection(NAMES[*name], &mut |_, _| ControlFlow::Continue(())).map(drop)
        }
        Step::CatchUpAll => catch_up(&content, &mut keep_going).map(drop),
        Step::Run => ProjectionRunner::new(store, apps(*version)).unwrap().round().map(drop),
        Step::Read(name) => content.projection_named(NAMES[*name]).map(drop),
        Step::Rebuild(name) => {
            let projection = name.map(|name| NAMES[name].to_owned());
            rebuild(&content, Rebuild { projection, ..Rebuild::default() }, &mut keep_going).map(drop)
        }
        Step::Remove(name) => {
            let mut remove = RemoveProjection { projection: NAMES[*name].to_owned() };
            let apps = apps(*version);
            let context = OperationContext::new(store, &apps);
            remove.run(Target::of(content.space()), context, &mut keep_going).map(drop)
        }
        Step::Repair => {
            let options = CheckOptions { deep: true, is_running: &|_| false };
            let repaired = check_and_repair(store, &apps(*version), options, &mut keep_going).unwrap();
            prop_assert_eq!(repaired.repaired, vec![], "nothing is damaged");
            Ok(())
        }
    };
    if let Err(error) = done {
        let allowed =
            ["projection_outdated", "projection_newer", "unknown_projection", "declared_projection"];
        prop_assert!(allowed.contains(&error.kind()), "{step:?}: {error}");
    }
    Ok(())
}

/// Checks that each stored projection is the fold of the events up to its checkpoint, by the version that wrote it.
fn check(content: &ContentStore) -> Result<(), TestCaseError> {
    let (store, all) = (content.store(), events(content));
    for stored in &store.pstate().stored(&[content.space_id()]).unwrap()[0] {
        let at = usize::try_from(stored.checkpoint.sequence.0).unwrap();
        let found = rows(store, ProjectionId::new(content.space_id(), &stored.name));
        prop_assert_eq!(stored.checkpoint.entities, found.len() as u64, "{}", &stored.name);
        let Some(version) = stored.definition.as_deref().and_then(Definition::version_of) else {
            prop_assert_eq!((at, found.len()), (0, 0), "{}", &stored.name);
            continue;
        };
        prop_assert_eq!(found, model(&stored.name, version, &all[..at]), "{} at {}", &stored.name, at);
        prop_assert_eq!(&stored.error, &None);
    }
    Ok(())
}

fn run(fixture: &Fixture, steps: &[(usize, u32, Step)]) -> Result<(), TestCaseError> {
    let store = &fixture.store;
    let content: Vec<ContentStore> =
        (0..SPACES).map(|space| open(store, &format!("tally_{space}"), 1)).collect();
    for step in steps {
        take(store, step)?;
        content.iter().try_for_each(check)?;
    }
    for space in 0..SPACES {
        let content = open(store, &format!("tally_{space}"), VERSIONS);
        rebuild(&content, Rebuild::default(), &mut keep_going).unwrap();
        check(&content)?;
        let all = events(&content);
        for projection in content.projections() {
            let (name, id) = (projection.name(), projection.id(content.space_id()));
            prop_assert_eq!(rows(store, id), model(name, projection.version(), &all), "{}", name);
        }
        let verified = verify(&content, &mut keep_going).unwrap();
        prop_assert_eq!(verified.each().flat_map(|one| one.differences.clone()).collect::<Vec<_>>(), vec![]);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_projection_is_the_fold_of_its_events_in_memory(steps in prop::collection::vec(step(), 0..40)) {
        run(&Fixture::memory(), &steps)?;
    }

    #[test]
    fn every_projection_is_the_fold_of_its_events_in_one_file(steps in prop::collection::vec(step(), 0..40)) {
        run(&Fixture::one_file(), &steps)?;
    }

    #[test]
    fn every_projection_is_the_fold_of_its_events_in_two_files(steps in prop::collection::vec(step(), 0..40)) {
        run(&Fixture::two_files(), &steps)?;
    }
}

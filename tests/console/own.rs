//! What was done from here counts at once: keys do not wait until the store is read again.

use ramax::apps::Apps;
use ramax::clock::Timestamp;
use ramax::console::state::{JobId, Layer, Report, State};
use ramax::console::update::{Answer, Effect, JobNews, Key, Message, update};

use crate::console;
use crate::support::Fixture;

/// A state over two spaces, whose questions nobody answers.
fn unanswered(fixture: &Fixture) -> State {
    for name in ["crm_acme", "crm_globex"] {
        fixture.crm(name);
    }
    let mut state = State::new("memory", false, Apps::standard());
    state.spaces = console(&fixture.store).state().spaces.clone();
    state
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    Key::sequence(keys).unwrap().into_iter().flat_map(|key| update(state, Message::Key(key))).collect()
}

#[test]
fn a_space_that_was_created_is_the_one_that_the_next_key_is_about() {
    let fixture = Fixture::memory();
    let mut state = unanswered(&fixture);
    let effects = press(&mut state, "ccrm_new<ctrl-s>");
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::CreateSpace { request, .. } => Some(*request),
        _ => None,
    });
    let space = fixture.crm("crm_new").space().clone();
    update(&mut state, Message::Created(Answer { request: asked.unwrap(), result: Ok(space) }));
    assert_eq!(state.space().unwrap().space.space_name, "crm_new");
    press(&mut state, "n");
    assert!(matches!(state.top(), Some(Layer::Chooser(_))), "{:?}", state.notice);
}

#[test]
fn a_space_that_was_deleted_is_in_the_way_of_nothing() {
    let fixture = Fixture::memory();
    let mut state = unanswered(&fixture);
    press(&mut state, "Dcrm_acme<enter>");
    let done = JobNews::Done(Report::default());
    update(&mut state, Message::Job(JobId(1), Timestamp(1), done));
    assert_eq!(state.space().unwrap().space.space_name, "crm_globex");
    let effects = press(&mut state, "ccrm_acme<ctrl-s>");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::CreateSpace { .. })), "{effects:?}");
}

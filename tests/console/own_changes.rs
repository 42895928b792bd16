//! Changes made in this console apply at once, before the store is read again.

use ramax::Apps;
use ramax::clock::Timestamp;
use ramax::console::app::effect::{Effect, StoreCommand};
use ramax::console::app::key::Key;
use ramax::console::app::message::{Answer, JobNews, Message};
use ramax::console::app::state::ConsoleState;
use ramax::console::app::update::update;
use ramax::console::layers::chooser::Chooser;
use ramax::console::panes::jobs::job::JobId;
use ramax::operations::Report;

use crate::console;
use crate::support::Fixture;

/// A state with two spaces, whose requests are never answered.
fn unanswered(fixture: &Fixture) -> ConsoleState {
    for name in ["crm_acme", "crm_globex"] {
        fixture.crm(name);
    }
    let mut state = ConsoleState::new("memory", false, Apps::standard());
    state.spaces = console(&fixture.store).state().spaces.clone();
    state
}

fn press(state: &mut ConsoleState, keys: &str) -> Vec<Effect> {
    Key::sequence(keys).unwrap().into_iter().flat_map(|key| update(state, Message::Key(key))).collect()
}

#[test]
fn the_next_key_applies_to_a_new_space() {
    let fixture = Fixture::memory();
    let mut state = unanswered(&fixture);
    let effects = press(&mut state, "ccrm_new<ctrl-s>");
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Command(StoreCommand::CreateSpace { request, .. }) => Some(*request),
        _ => None,
    });
    let space = fixture.crm("crm_new").space().clone();
    update(&mut state, Message::Created(Answer { request: asked.unwrap(), result: Ok(space) }));
    assert_eq!(state.space().unwrap().space.space_name, "crm_new");
    press(&mut state, "n");
    assert!(state.layers.top_as::<Chooser>().is_some(), "{:?}", state.notice);
}

#[test]
fn a_deleted_space_blocks_nothing() {
    let fixture = Fixture::memory();
    let mut state = unanswered(&fixture);
    press(&mut state, "Dcrm_acme<enter>");
    let done = JobNews::Done(Report::default());
    update(&mut state, Message::Job(JobId(1), Timestamp(1), done));
    assert_eq!(state.space().unwrap().space.space_name, "crm_globex");
    let effects = press(&mut state, "ccrm_acme<ctrl-s>");
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Command(StoreCommand::CreateSpace { .. }))),
        "{effects:?}"
    );
}

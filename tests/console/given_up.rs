//! Questions whose answers no view waits for any more are given up, however the view was closed.

use ramax::console::app::effect::{Effect, StoreCommand, StoreQuery};
use ramax::console::app::key::Key;
use ramax::console::app::message::{Answer, Message, SpacesPage};
use ramax::console::app::past::PastCommand;
use ramax::console::app::state::{ConsoleState, RequestId};
use ramax::console::app::update::update;

use crate::support::{Fixture, add_contact, rename_contact};
use crate::{console, two_tenants};

/// Returns the effects of keys, none of which is carried out.
fn press(state: &mut ConsoleState, keys: &str) -> Vec<Effect> {
    let keys = Key::sequence(keys).unwrap().into_iter();
    keys.flat_map(|key| update(state, Message::Key(key))).collect()
}

/// Returns the requests of the views over the panes among these effects.
fn asked(effects: &[Effect]) -> Vec<RequestId> {
    let request = |effect: &Effect| match effect {
        Effect::Past(PastCommand::Answer(query)) => Some(query.request),
        Effect::Query(
            StoreQuery::LoadSpaces { .. }
            | StoreQuery::LoadFirstTimes { .. }
            | StoreQuery::FindBlocking { .. },
        ) => None,
        Effect::Query(query) => Some(query.request()),
        Effect::Command(StoreCommand::Preview { request, .. }) => Some(*request),
        _ => None,
    };
    effects.iter().filter_map(request).collect()
}

fn given_up(effects: &[Effect]) -> Vec<RequestId> {
    let request = |effect: &Effect| match effect {
        Effect::GiveUp(request) => Some(*request),
        _ => None,
    };
    effects.iter().filter_map(request).collect()
}

/// Keys that lead to a place, and those that open a view there.
const VIEWS: [(&str, &str); 15] = [
    ("2", "<enter>"),
    ("2", "H"),
    ("2", "T"),
    ("2", "<ctrl-t>"),
    ("3", "H"),
    ("3", "b"),
    ("3<enter>j", "b"),
    ("3HSname=Ada", "<enter>"),
    ("1", "#"),
    ("1", "L"),
    ("1", "U"),
    ("1", "D"),
    ("1", "F"),
    ("1:", "c"),
    ("1n<enter>c9<tab>Ada<tab>", "a"),
];

#[test]
fn the_questions_of_a_view_are_given_up_when_it_is_closed_by_any_key() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(rename_contact("c1", "Ada")).unwrap();
    for (place, keys) in VIEWS {
        for close in ["<esc><enter><esc>", "1", "<ctrl-c>"] {
            let mut console = console(&fixture.store);
            console.press(place).unwrap();
            console.change(|state| {
                let asked = asked(&press(state, keys));
                assert!(!asked.is_empty(), "{place}{keys} asks nothing");
                let opened = state.layers.len();
                let given_up = given_up(&press(state, close));
                if state.layers.len() < opened {
                    let missing: Vec<_> = asked.iter().filter(|one| !given_up.contains(one)).collect();
                    assert!(missing.is_empty(), "{place}{keys}{close}: {asked:?}, given up {given_up:?}");
                }
            });
        }
    }
}

#[test]
fn the_questions_of_a_view_are_given_up_when_its_space_is_gone() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("2").unwrap();
    console.change(|state| {
        let asked = asked(&press(state, "H"));
        let [request] = asked[..] else { panic!("{asked:?}") };
        let gone = state.spaces.selected.unwrap();
        let looking = update(state, Message::Changed);
        let look = looking.iter().find_map(|effect| match effect {
            Effect::Query(StoreQuery::LoadSpaces { request, .. }) => Some(*request),
            _ => None,
        });
        let others = state.spaces.all.values().filter(|space| space.space.space_id != gone);
        let page = SpacesPage { found: others.cloned().collect(), ..SpacesPage::default() };
        let effects = update(state, Message::Spaces(Answer { request: look.unwrap(), result: Ok(page) }));
        assert!(given_up(&effects).contains(&request), "{effects:?}");
    });
}

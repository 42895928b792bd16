//! The table of actions, compared with the real effects of the keys.

use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::action::Spec;
use ramax::console::app::context::KeyContext;
use ramax::console::app::context::context;
use ramax::console::app::hints::hints;
use ramax::console::app::key::Key;
use ramax::console::app::keymap::action;
use ramax::console::app::keymap::{help, key_of};
use ramax::console::app::state::Level;
use ramax::console::app::table::table;
use ramax::console::layers::help::Help;
use ramax::console::panes::Pane;
use ramax::{Apps, Store};

use crate::console;
use crate::notice;
use crate::support::{Fixture, add_contact, publish};

/// Keys that lead from the start to every context, in a store with data.
const PLACES: [&str; 20] = [
    "",
    "2",
    "3",
    "4",
    "5",
    "2<enter>",
    "3<enter>",
    "1i",
    "2H",
    "n",
    "n<enter>",
    "c<tab>",
    "R",
    "D",
    "?",
    "2/con",
    "3H",
    "3HSemail~acme<enter>",
    "3b",
    "3<enter>jb",
];

fn filled() -> Fixture {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    fixture.cms("cms_site").execute(publish("a1", "One")).unwrap();
    fixture
}

fn at(store: &Store, keys: &str) -> Headless {
    let mut console = console(store);
    console.press(keys).unwrap();
    console
}

#[test]
fn every_hint_does_what_it_says() {
    let stores = [Store::memory(), filled().store];
    for (store, place) in stores.iter().flat_map(|store| PLACES.map(|place| (store, place))) {
        let console = at(store, place);
        let state = console.state();
        for hint in hints(state) {
            let spec = table().find(|spec| {
                spec.action == hint.action && (spec.contexts)(context(state)) && spec.title == hint.label
            });
            let key: Key = spec.unwrap().keys[0].parse().unwrap();
            assert_eq!(key.shown(), hint.key);
            assert_eq!(action(state, key), Some(hint.action), "{} at {place:?}", hint.key);
            if !hint.enabled {
                let mut console = at(store, place);
                let layers = console.state().layers.len();
                console.press(&format!("<{key}>")).unwrap();
                let notice = console.state().notice.as_ref().unwrap();
                assert!(
                    notice.level == Level::Warning && notice.text.starts_with(hint.label),
                    "{}",
                    notice.text
                );
                assert_eq!(console.state().layers.len(), layers, "and it does nothing");
            }
        }
    }
}

#[test]
fn help_lists_the_actions_of_its_context() {
    let fixture = filled();
    for place in PLACES {
        let before = at(&fixture.store, place);
        let here = context(before.state());
        if here.takes_text() || here == KeyContext::Help {
            continue;
        }
        let console = at(&fixture.store, &format!("{place}?"));
        assert!(console.state().layers.top_as::<Help>().is_some(), "at {place:?}");
        let listed: Vec<Action> =
            help(console.state()).iter().flat_map(|part| &part.rows).map(|row| row.action).collect();
        let state = console.state();
        let applies = |spec: &&Spec| (spec.contexts)(here) && (spec.applies)(state);
        let there = table().filter(applies).count();
        assert_eq!(listed.len(), there, "exactly the actions of {place:?} are listed");
        for row in help(console.state()).iter().flat_map(|part| &part.rows) {
            let spec = table().find(|spec| spec.action == row.action && (spec.contexts)(here)).unwrap();
            assert_eq!(
                row.disabled.is_some(),
                (spec.enabled)(before.state()).is_err(),
                "{} at {place:?}",
                row.title
            );
        }
    }
}

#[test]
fn the_number_of_a_pane_leads_to_it_from_every_view() {
    let fixture = filled();
    for pane in Pane::ALL {
        for place in ["1", "2", "3", "4", "5", "i", "L"] {
            let mut console = at(&fixture.store, place);
            console.press(&key_of(console.state(), pane.action())).unwrap();
            assert_eq!(console.state().focus, pane, "from {place}");
            assert!(console.state().layers.is_empty());
        }
    }
}

#[test]
fn every_action_has_a_key_and_a_context() {
    for spec in table() {
        assert!(
            !spec.keys.is_empty() && KeyContext::ALL.iter().any(|here| (spec.contexts)(*here)),
            "{}",
            spec.title
        );
        assert!(
            spec.description.len() > spec.title.len() && !spec.description.ends_with('.'),
            "{}",
            spec.title
        );
    }
}

#[test]
fn panes_are_reached_by_number_tab_and_direction() {
    let fixture = filled();
    let mut console = console(&fixture.store);
    let mut focus = |keys: &str| {
        console.press(keys).unwrap();
        console.state().focus
    };
    assert_eq!(focus("3"), Pane::Projections);
    assert_eq!(focus("<tab><tab>"), Pane::Jobs);
    assert_eq!(focus("<tab>"), Pane::Spaces);
    assert_eq!(focus("<shift-tab>"), Pane::Jobs);
    assert_eq!(focus("l"), Pane::Projections, "the last one in use");
    assert_eq!(focus("hh"), Pane::Spaces);
    assert_eq!(focus("<enter>"), Pane::Events);
}

#[test]
fn escape_goes_back_one_step_at_a_time() {
    let fixture = filled();
    let mut console = at(&fixture.store, "2/con<enter>z<enter>?");
    let mut steps = Vec::new();
    for _ in 0..4 {
        console.press("<esc>").unwrap();
        let state = console.state();
        steps.push((state.layers.len(), state.events.filter.is_empty(), state.zoomed));
    }
    assert_eq!(steps, [(1, false, true), (0, false, true), (0, true, true), (0, true, false)]);
}

#[test]
fn an_empty_database_gives_guidance_and_accepts_every_key() {
    let mut console = console(&Store::memory());
    console.press("R").unwrap();
    assert_eq!(notice(&console), "rebuild: no space is selected; `c` creates one");
    for spec in table() {
        for key in spec.keys.iter().filter(|key| **key != "q" && **key != "ctrl-c") {
            console.press(&format!("<{key}>")).unwrap();
        }
    }
}

#[test]
fn a_space_of_an_unknown_app_is_read_only() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 80, 24);
    let metadata = ramax::SpaceMetadata::from_iter([("app".to_owned(), "erp".into())]);
    fixture.store.events().get_or_create_space("erp", Some(&metadata), crate::support::START).unwrap();
    console.follow();
    console.press("jn").unwrap();
    assert_eq!(notice(&console), "new command: erp runs the app erp, which this program does not know");
}

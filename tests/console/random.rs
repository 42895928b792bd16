//! Whatever is pressed, at whatever size: no panic, and the selection stays on screen.

use std::fs;

use proptest::prelude::*;
use ramax::Store;
use ramax::apps::Apps;
use ramax::console::Headless;
use ramax::console::update::table;
use ramax::console::view::Theme;
use tempfile::TempDir;

use crate::support::{Fixture, add_contact, publish};

#[derive(Debug, Clone)]
enum Step {
    Keys(String),
    Paste(String),
    Resize(u16, u16),
    Write,
}

fn step() -> impl Strategy<Value = Step> {
    let mut keys: Vec<String> = table().flat_map(|spec| spec.keys).map(|key| format!("<{key}>")).collect();
    keys.extend(
        [
            "crm_acme",
            "cms_site",
            "c1",
            "../out.jsonl",
            "crm_acme.jsonl",
            "<backspace>",
            "<del>",
            "<ctrl-w>",
            "<space>",
            "é",
        ]
        .map(String::from),
    );
    keys.retain(|key| key != "<q>" && key != "<ctrl-c>");
    prop_oneof![
        20 => prop::sample::select(keys).prop_map(Step::Keys),
        1 => "\\PC{0,12}".prop_map(Step::Paste),
        2 => (0_u16..256, 0_u16..256).prop_map(|(width, height)| Step::Resize(width, height)),
        2 => Just(Step::Write),
    ]
}

fn tenants() -> Fixture {
    let fixture = Fixture::memory();
    let (crm, cms) = (fixture.crm("crm_acme"), fixture.cms("cms_site"));
    for at in 0..30 {
        crm.execute(add_contact(&format!("c{at}"))).unwrap();
        cms.execute(publish(&format!("a{at}"), "\u{202e}\x1b[31m李小龍 👨‍👩‍👧")).unwrap();
    }
    fixture
}

/// A console with a place for files, which whatever is typed does not leave.
fn unguided(store: &Store, directory: &TempDir) -> Headless {
    Headless::new(store.clone(), Apps::standard(), 80, 24).within(directory.path().join("inner"))
}

fn directory() -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("inner")).unwrap();
    directory
}

fn assert_only_inner(directory: &TempDir) {
    let found: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(found, [directory.path().join("inner")]);
}

fn run(mut console: Headless, store: &Store, steps: &[Step]) {
    let theme = Theme::dark();
    for step in steps {
        match step {
            Step::Keys(keys) => console.press(keys).unwrap(),
            Step::Paste(text) => console.paste(text),
            Step::Resize(width, height) => console.resize(*width, *height),
            Step::Write => {
                let crm =
                    ramax::ContentStore::open(store, "crm_other", std::sync::Arc::new(ramax::apps::Crm));
                let _ = crm.unwrap().execute(add_contact("c1"));
                console.follow();
            }
        }
        let _ = console.draw(&theme);
        let state = console.state();
        let window = &state.events.window;
        if let Some(selected) = window.selected_row() {
            let height = usize::from(state.viewports.events).max(1);
            assert!(window.visible(height).any(|row| row == selected), "the selection is off screen");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_keys_at_no_size_panics(steps in prop::collection::vec(step(), 1..60)) {
        let (store, directory) = (tenants().store, directory());
        run(unguided(&store, &directory), &store, &steps);
        assert_only_inner(&directory);
    }

    #[test]
    fn not_even_over_an_empty_database(steps in prop::collection::vec(step(), 1..60)) {
        let (store, directory) = (Store::memory(), directory());
        run(unguided(&store, &directory), &store, &steps);
        assert_only_inner(&directory);
    }

    #[test]
    fn nor_with_a_guide(steps in prop::collection::vec(step(), 1..60)) {
        let (store, directory) = (tenants().store, directory());
        run(unguided(&store, &directory).guided(ramax::cli::walkthrough()), &store, &steps);
    }
}

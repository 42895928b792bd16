//! Every key gets a response, and works in the views in which users expect it.

use std::collections::BTreeSet;

use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::bindings::Bindings;
use ramax::console::app::context::KeyContext;
use ramax::console::app::hints::hints;
use ramax::console::app::key::Key;
use ramax::console::app::table::table;
use ramax::console::layers::confirm::Dialog;
use ramax::console::layers::form::state::Form;
use ramax::console::layers::help::Help;
use ramax::console::panes::Pane;
use ramax::{Append, Expected};
use serde_json::json;

use crate::console;
use crate::support::{Fixture, START, add_contact, event};
use crate::{notice, two_tenants};

#[test]
fn a_key_of_another_pane_says_where_it_works() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    for (keys, said) in [
        ("5s", "`s` (sort) works in spaces (`1`) and checkpoints (`4`)"),
        ("1H", "`H` (history) works in events (`2`) and projections (`3`)"),
        ("1x", "`x` (cancel) works in jobs (`5`)"),
        ("5S", "`S` (go to space) has nothing to act on here"),
        ("1O", "`O` (fold all) works in a detail (`i` opens one)"),
        ("1Ln", "`n` (new command) works in the panes; `Esc` goes back"),
    ] {
        console.press(keys).unwrap();
        assert_eq!(notice(&console), said, "{keys}");
    }
}

#[test]
fn an_unknown_key_says_how_to_list_the_keys() {
    let fixture = two_tenants();
    for place in ["", "2", "5", "2<enter>", "L", "R", "n"] {
        let mut console = console(&fixture.store);
        console.press(place).unwrap();
        let layers = console.state().layers.len();
        console.press("\"").unwrap();
        assert_eq!(notice(&console), "`\"` does nothing here; `?` lists the keys", "{place}");
        assert_eq!(console.state().layers.len(), layers);
    }
}

#[test]
fn a_letter_outside_a_text_field_says_how_to_continue() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("n<enter><shift-tab>x").unwrap();
    assert_eq!(notice(&console), "no text can be entered here; `Tab` goes to the next field");
}

#[test]
fn panes_are_reached_from_a_detail_a_history_and_the_audit_log() {
    let fixture = two_tenants();
    for place in ["2<enter>", "2H", "2H<enter>", "1i", "L", "L<enter>"] {
        for (key, pane) in [
            ("1", Pane::Spaces),
            ("2", Pane::Events),
            ("3", Pane::Projections),
            ("4", Pane::Checkpoints),
            ("5", Pane::Jobs),
        ] {
            let mut console = console(&fixture.store);
            console.press(&format!("{place}{key}")).unwrap();
            assert_eq!((console.state().focus, console.state().layers.len()), (pane, 0), "{place}{key}");
        }
        let mut console = console(&fixture.store);
        console.press(place).unwrap();
        let focus = console.state().focus;
        console.press("<tab>").unwrap();
        assert_eq!((console.state().focus, console.state().layers.len()), (focus.turn(1), 0), "{place}<tab>");
    }
}

#[test]
fn q_closes_a_layer_and_quits_from_a_pane() {
    let q = Key::sequence("q").unwrap()[0];
    let bindings = Bindings::default();
    for &here in KeyContext::ALL {
        let rows = table().filter(|spec| (spec.contexts)(here) && bindings.keys(spec, here).contains(&q));
        let actions: BTreeSet<Action> = rows.map(|spec| spec.action).collect();
        let expected: &[Action] = match () {
            () if here.takes_text() => &[],
            () if is_pane(here) => &[Action::Quit],
            () => &[Action::Back],
        };
        assert_eq!(actions.into_iter().collect::<Vec<_>>(), expected, "in {here:?}");
    }
}

fn is_pane(here: KeyContext) -> bool {
    Pane::ALL.iter().any(|pane| pane.title() == here.title())
}

#[test]
fn q_closes_layers_before_it_quits() {
    let fixture = two_tenants();
    let layers = [
        "?",
        "R",
        "K",
        "n",
        "2<enter>?",
        "2<enter>",
        "1i",
        "L",
        "L<enter>",
        "2H",
        "2H<enter>",
        "3H",
        "3b",
        "2T",
        "2<ctrl-t>",
        "3HSname=Ada<enter>",
        "#",
        "y",
        "3<enter>",
    ];
    for keys in layers {
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        let layers = console.state().layers.len();
        assert!(layers > 0, "{keys} opens nothing");
        console.press("q").unwrap();
        assert_eq!((console.state().quit, console.state().layers.len()), (false, layers - 1), "{keys}");
        for _ in 1..layers {
            console.press("q").unwrap();
        }
        assert!(!console.state().quit, "{keys}");
        console.press("q").unwrap();
        assert!(console.state().quit, "{keys}");
    }
}

#[test]
fn a_detail_is_maximised_and_restored() {
    let fixture = two_tenants();
    for place in ["2<enter>", "3<enter>", "2H<enter>", "L<enter>"] {
        let mut console = console(&fixture.store);
        console.press("R<enter>").unwrap();
        console.press(place).unwrap();
        let before = console.state().viewports.layer;
        console.press("z").unwrap();
        let rows = console.state().viewports.layer;
        assert!(rows > before, "{place}: {rows} rows instead of {before}");
        console.press("z").unwrap();
        assert_eq!(console.state().viewports.layer, before, "{place}");
    }
}

#[test]
fn the_first_hint_is_the_action_that_the_projection_needs() {
    let whole = json!({"contact_id": "c2", "name": "Grace", "email": "grace@acme.example"});
    let broken = json!({"contact_id": "c2"});
    for (payload, needed) in [(whole, Action::CatchUp), (broken, Action::Rebuild)] {
        let fixture = Fixture::memory();
        let crm = fixture.crm("crm_acme");
        crm.execute(add_contact("c1")).unwrap();
        // An async projection lags until someone catches it up.
        let mut console = console(&fixture.store);
        assert_eq!(hints(console.state())[0].action, Action::CatchUp);
        console.press("C<enter>").unwrap();
        assert_eq!(hints(console.state())[0].action, Action::NewCommand);
        let late = event("c2", "contact.added", payload);
        let append = Append { expected: Expected::Any, now: START, events: &[late] };
        fixture.store.events().append(crm.space_id(), append).unwrap();
        console.follow();
        for pane in ["1", "2", "3", "4"] {
            console.press(pane).unwrap();
            assert_eq!(hints(console.state())[0].action, needed, "pane {pane}");
        }
    }
}

#[test]
fn no_hint_names_a_refused_action() {
    let fixture = two_tenants();
    for place in ["", "2", "3", "4", "5", "2<enter>", "1i", "L"] {
        let mut console = console(&fixture.store);
        console.change(|state| state.database.read_only = true);
        console.press(place).unwrap();
        for hint in hints(console.state()) {
            assert!(hint.enabled, "{} at {place:?}", hint.label);
            assert!(!matches!(hint.action, Action::NewCommand | Action::Rebuild | Action::Delete));
        }
    }
}

#[test]
fn a_form_with_text_asks_before_it_is_discarded() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("n<enter>c9<esc>").unwrap();
    assert!(console.state().layers.top_as::<Dialog>().is_some(), "it asks");
    console.press("<esc>").unwrap();
    let Some(form) = console.state().layers.top_as::<Form>() else { panic!("the form is gone") };
    assert_eq!(form.fields[0].value(), "c9");
    console.press("<esc><enter>").unwrap();
    assert!(console.state().layers.is_empty(), "the form is discarded");
    console.press("n<enter>c9<ctrl-u><esc>").unwrap();
    assert!(console.state().layers.is_empty(), "nothing would be lost");
    console.press("e<esc>").unwrap();
    assert!(console.state().layers.is_empty(), "a proposed value is not an edit");
}

#[test]
fn a_key_of_another_program_names_the_nearest_action() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    for (keys, said) in [
        ("1d", "`d` does nothing here; `⏎` opens the row; `ctrl-d` moves half a page down"),
        ("2,", "`,` does nothing here; `?` lists the keys"),
        ("2%", "`%` does nothing here; `J` goes to a number or a time"),
        ("20", "`0` does nothing here; `a` shows the events of all spaces; `g` goes to the start"),
        ("2<ctrl-r>", "`ctrl-r` does nothing here; `ctrl-l` reads everything again"),
        ("3Q", "`Q` does nothing here; `q` quits; there is nothing to save"),
        ("4<ctrl-w>", "`ctrl-w` does nothing here; `Tab` goes to the next pane; `z` maximises this one"),
    ] {
        console.press(keys).unwrap();
        assert_eq!(notice(&console), said, "{keys}");
    }
}

#[test]
fn two_keys_that_are_one_in_other_programs_name_the_nearest_action() {
    let fixture = two_tenants();
    let said = "`g` and `e` are two keys here; `G` goes to the end";
    for (keys, is_said) in [("2ge", true), ("2ke", false), ("Lge", true), ("3<enter>ge", false)] {
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        assert_eq!(notice(&console) == said, is_said, "{keys}: {}", notice(&console));
    }
}

#[test]
fn keys_of_other_programs_do_what_they_do_there() {
    let fixture = two_tenants();
    for place in ["2", "n<enter>", "D"] {
        let mut console = console(&fixture.store);
        console.press(place).unwrap();
        console.press("<F1>").unwrap();
        assert!(console.state().layers.top_as::<Help>().is_some(), "no help in {place}");
    }
    let mut console = console(&fixture.store);
    console.press("2<lt>").unwrap();
    let selected = |console: &Headless| console.state().events.window.selected.map(|position| position.0);
    assert_eq!(selected(&console), Some(1));
    console.press(">").unwrap();
    assert_eq!(selected(&console), Some(3));
    console.press("+").unwrap();
    assert!(console.state().zoomed);
    console.press("_<F5>").unwrap();
    assert!(!console.state().zoomed);
    assert_eq!(notice(&console), "everything is read again; changes appear without it, too");
    console.press("gin").unwrap();
    assert_eq!(selected(&console), Some(2), "n shows the next event");
    console.press("N").unwrap();
    assert_eq!(selected(&console), Some(1));
}

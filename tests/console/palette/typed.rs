//! Typed commands: a word and its argument.

use ramax::console::Headless;
use ramax::console::layers::confirm::{Dialog, Question};
use ramax::console::layers::delete::Delete;
use ramax::console::layers::form::state::{Form, FormPurpose};
use ramax::console::layers::help::Help;
use ramax::console::layers::palette::Palette;
use ramax::console::panes::Pane;
use ramax::console::panes::detail::{Detail, Subject};
use ramax::console::theme::{Theme, ThemeName};
use ramax::operations::AnyOperation;

use crate::{console, notice, screen, two_tenants};

use super::{after, palette, space};

#[test]
fn a_typed_command_applies_to_the_named_space_alone() {
    let mut console = after("M:rebuild crm_widgets<enter>");
    let dialog = console.state().layers.top_as().map(|dialog: &Dialog| &dialog.question);
    let Some(Question::Operation { operation: AnyOperation::Rebuild(_), spaces, .. }) = dialog else {
        panic!("it asks first")
    };
    let names: Vec<&str> = spaces.iter().map(|found| found.space.space_name.as_str()).collect();
    assert_eq!(names, ["crm_widgets"], "whatever is marked");
    assert_eq!((space(&console), console.state().focus), ("crm_acme", Pane::Spaces), "the user stays");
    console.press("<esc>:verify crm_acme<enter><enter>").unwrap();
    assert_eq!(console.state().jobs.jobs.len(), 1);
}

#[test]
fn a_typed_delete_asks_for_the_name_and_never_runs_without_it() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press(":delete crm_widgets<enter>").unwrap();
    assert!(console.state().layers.top_as::<Delete>().is_some());
    console.press("<enter><enter>").unwrap();
    assert_eq!(fixture.store.events().totals().unwrap().spaces, 2);
    console.press("crm_widgets<enter>").unwrap();
    assert_eq!(fixture.store.events().totals().unwrap().spaces, 1);
}

#[test]
fn a_number_goes_to_the_event_from_any_pane() {
    for keys in [":2<enter>", "3:event 2<enter>", "5:2<enter>", "2H:2<enter>"] {
        let console = after(keys);
        let state = console.state();
        assert_eq!(
            (state.focus, state.events.window.selected.map(|at| at.0)),
            (Pane::Events, Some(2)),
            "{keys}"
        );
        assert!(!state.events.following);
        let is_open = state.layers.top_as::<Detail>().is_some_and(|detail| match &detail.subject {
            Subject::Event(event) => event.event_id.0 == 2,
            _ => false,
        });
        assert!(is_open && screen(&console).contains("changes"), "{keys}: {}", screen(&console));
    }
    let console = after(":sequence 3<enter>");
    assert_eq!(console.state().events.window.selected.map(|at| at.0), Some(3));
    assert!(console.state().layers.is_empty());
    let console = after(":event 10:00<enter>");
    assert_eq!(console.state().focus, Pane::Events);
}

#[test]
fn other_typed_commands_filter_change_the_theme_explain_and_quit() {
    let mut console = after("2:filter entity:c2<enter>");
    assert_eq!(console.state().events.window.rows.len(), 1);
    console.change(|state| state.theme_adapts = true);
    console.press(":theme light<enter>").unwrap();
    assert_eq!(console.state().theme_name, ThemeName::Light);
    assert_eq!(console.state().theme(), Theme::light());
    console.receive(b"\x1b[?997;1n");
    assert_eq!(console.state().theme_name, ThemeName::Light, "the terminal no longer decides");
    console.press(":help rebuild<enter>").unwrap();
    let Some(help) = console.state().layers.top_as::<Help>() else { panic!("no help") };
    assert_eq!(help.search.text(), "rebuild");
    assert!(screen(&console).contains("Computes a projection again"));
    console.press("<esc><esc>:run crm_acme<enter>").unwrap();
    assert!(!console.state().layers.is_empty(), "the commands of the app");
    for quit in [":q<enter>", ":quit<enter>", ":wq<enter>"] {
        assert!(after(quit).state().quit, "{quit}");
    }
}

#[test]
fn tab_completes_a_word_and_its_argument() {
    let mut console = after(":theme<tab>");
    assert_eq!(palette(&console).text(), "theme ");
    console.press("li<tab>").unwrap();
    assert_eq!(palette(&console).text(), "theme light");
    console.press("<ctrl-u>verify crm_w<tab>").unwrap();
    assert_eq!(palette(&console).text(), "verify crm_widgets");
    console.press("<ctrl-u>theme<enter>").unwrap();
    assert_eq!(palette(&console).text(), "theme ", "a word without its argument is completed, not run");
}

#[test]
fn a_wrong_word_or_argument_gives_a_message() {
    for (text, message) in [
        (
            "zzzzzz",
            "nothing matches; event types, entities and keys were searched in crm_acme, and no other space has an entity or a key of this name",
        ),
        ("rebild crm_acme", "nothing matches; did you mean rebuild?"),
        ("rebuild nobody", "no space matches nobody"),
        ("theme neon", "there is no theme neon; dark, light, sixteen, mono, auto"),
        ("event soon", "not a number or a time such as 2026-01-31T10:00, 10:00 or 2h"),
        ("key nothing", "no key of crm_acme matches nothing, and no other space has one of this name"),
    ] {
        let mut console = after(&format!(":{text}"));
        assert_eq!(palette(&console).message.as_deref(), Some(message), "{text}");
        // A long message takes several lines.
        let begin = message.split(", ").next().unwrap();
        assert!(palette(&console).entries.is_empty() && screen(&console).contains(begin), "{text}");
        console.press("<enter><tab>").unwrap();
        assert_eq!(palette(&console).text(), text, "nothing was done");
    }
    let refused = after("2:filter seq:9..1");
    let message = palette(&refused).message.clone().unwrap_or_default();
    assert!(message.starts_with("the range 9..1 ends before it begins"), "{message}");
    assert_eq!(
        after("5:filter x").state().layers.top_as::<Palette>().unwrap().message.as_deref(),
        Some("jobs cannot be filtered")
    );
}

#[test]
fn the_panes_of_a_named_space_are_shown() {
    let console = after(":events crm_widgets<enter>");
    assert_eq!((space(&console), console.state().focus), ("crm_widgets", Pane::Events));
    let console = after("2a:projections crm_wid<enter>");
    assert_eq!((space(&console), console.state().focus), ("crm_widgets", Pane::Projections));
}

#[test]
fn a_guide_is_read_in_the_console() {
    let mut console = after(":guide quer<enter>");
    assert!(screen(&console).contains("A query selects events: with --where"), "{}", screen(&console));
    console.press("G").unwrap();
    assert!(!screen(&console).contains("A query selects events: with --where"));
    console.press("q").unwrap();
    assert!(console.state().layers.is_empty());
}

fn form(console: &Headless) -> (&str, &str) {
    let form: Option<&Form> = console.state().layers.top_as();
    let form = form.unwrap_or_else(|| panic!("no form is open\n{}", screen(console)));
    let FormPurpose::Command { space_name, .. } = &form.purpose else { panic!("another form is open") };
    (&form.title, space_name)
}

#[test]
fn the_form_of_a_command_opens_in_the_selected_or_in_a_named_space() {
    assert_eq!(form(&after(":add-contact<enter>")), ("Add contact", "crm_acme"));
    assert_eq!(form(&after(":add-contact crm_wid<enter>")), ("Add contact", "crm_widgets"));
    assert_eq!(form(&after(":run crm_widgets add-c<enter>")), ("Add contact", "crm_widgets"));
    assert_eq!(form(&after("2i:add contact<enter>")), ("Add contact", "crm_acme"));
    let console = after(":add-contact nowhere");
    assert_eq!(
        palette(&console).message.as_deref(),
        Some("no space with the command add-contact matches nowhere")
    );
    let console = after(":run crm_widgets sing");
    assert_eq!(palette(&console).message.as_deref(), Some("crm_widgets has no command sing"));
}

#[test]
fn escape_from_what_a_command_opened_returns_to_where_the_user_was() {
    for typed in
        ["run crm_widgets add-contact", "run crm_widgets", "rebuild crm_widgets", "delete crm_widgets"]
    {
        let mut console = after(&format!("2g<enter>:{typed}<enter>"));
        let opened = screen(&console);
        assert!(opened.contains("crm_widgets"), "{typed}: {opened}");
        console.press("<esc>").unwrap();
        let state = console.state();
        assert_eq!(
            (space(&console), state.focus, state.layers.len()),
            ("crm_acme", Pane::Events, 1),
            "{typed}"
        );
    }
}

#[test]
fn a_command_executed_in_another_space_is_shown_there() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press(":run crm_widgets add-contact<enter>c9<tab>Ada<tab>ada@acme.example<ctrl-s>").unwrap();
    assert_eq!(space(&console), "crm_widgets", "{}", screen(&console));
    assert!(notice(&console).ends_with("appended to crm_widgets at sequence 4"), "{}", notice(&console));
    console.press("<backspace>").unwrap();
    assert_eq!(space(&console), "crm_acme");
}

#[test]
fn the_automatic_theme_follows_the_terminal_again() {
    let mut console = after(":theme light<enter>");
    console.receive(b"\x1b[?997;1n");
    assert_eq!(console.state().theme_name, ThemeName::Light);
    console.press(":theme auto<enter>").unwrap();
    assert_eq!(console.state().theme_name, ThemeName::Dark, "until the terminal answers");
    console.receive(b"\x1b[?997;2n");
    assert_eq!(console.state().theme_name, ThemeName::Light);
    console.press(":theme mono<enter>:theme auto<enter>").unwrap();
    assert_eq!(console.state().theme_name, ThemeName::Dark);
}

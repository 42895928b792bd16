//! The guide: its steps run, show their output and their place, and the rest of the console keeps working.

use ramax::Apps;
use ramax::cli::walkthrough;
use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::effect::{Effect, StepCommand};
use ramax::console::app::hints::guide_hints;
use ramax::console::app::hints::hints;
use ramax::console::app::key::Key;
use ramax::console::app::keymap::help;
use ramax::console::app::message::{Answer, Message};
use ramax::console::app::state::{ConsoleState, Loadable};
use ramax::console::app::update::update;
use ramax::console::layers::guide::Guide;
use ramax::console::layers::guide::{CommandOutput, StepPlace, Walk};
use ramax::console::layers::history::History;
use ramax::console::panes::Pane;
use ramax::console::panes::detail::{Detail, Subject};
use ramax::demo;

use crate::console;
use crate::support::Fixture;
use crate::{notice, screen};

fn seeded() -> Fixture {
    let fixture = Fixture::one_file();
    demo::seed(&fixture.store).unwrap();
    fixture
}

fn guided(fixture: &Fixture) -> Headless {
    console(&fixture.store).guided(walkthrough())
}

fn walk(console: &Headless) -> &Walk {
    console.state().walk.as_ref().unwrap()
}

/// The lines that the commands of the step printed.
fn told(console: &Headless) -> Vec<&str> {
    match walk(console).outcome() {
        Some(Loadable::Ready(ran)) => ran.iter().flat_map(|ran| &ran.output).map(String::as_str).collect(),
        other => panic!("no output: {other:?}"),
    }
}

fn selected_space(console: &Headless) -> &str {
    console.state().space().map_or("", |found| &found.space.space_name)
}

#[test]
fn no_step_runs_before_it_is_requested() {
    let fixture = seeded();
    let before = fixture.store.events().version().unwrap();
    let mut console = guided(&fixture);
    for at in 0..walk(&console).steps.len() {
        assert_eq!((walk(&console).at, walk(&console).outcome()), (at, None));
        console.press("w").unwrap();
    }
    assert_eq!(notice(&console), "next step: this is the last step");
    assert_eq!(fixture.store.events().version().unwrap(), before);
}

#[test]
fn the_console_shows_the_place_of_the_step() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    assert_eq!(console.state().focus, Pane::Spaces);
    console.press("w").unwrap();
    assert_eq!(selected_space(&console), "crm_acme");
    let Some(detail) = console.state().layers.top_as::<Detail>() else { panic!("no detail") };
    assert!(matches!(detail.subject, Subject::Space(_)));
    console.press("www").unwrap();
    assert_eq!((console.state().focus, selected_space(&console)), (Pane::Projections, "crm_acme"));
    let selected = console.state().projections.window.selected.as_deref();
    assert_eq!(selected, Some("contact:c1"));
    console.press("ww").unwrap();
    let Some(history) = console.state().layers.top_as::<History>() else { panic!("no history") };
    assert_eq!((history.entity_id.as_str(), history.window.rows.len()), ("c2", 2));
    console.press("ww").unwrap();
    assert!(console.state().layers.is_empty());
    assert_eq!(console.state().focus, Pane::Checkpoints);
    console.press(",,,").unwrap();
    assert_eq!((console.state().focus, selected_space(&console)), (Pane::Events, "crm_widgets"));
}

#[test]
fn the_effect_of_a_step_appears_in_the_panes() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    console.press("wwwww").unwrap();
    let before = console.state().events.selected().unwrap().space_sequence;
    console.press(".").unwrap();
    let newest = console.state().events.selected().unwrap();
    assert_eq!((newest.space_sequence.0, newest.entity_id.as_str()), (before.0 + 1, "c100"));
    assert_eq!(console.state().space().unwrap().head.last_sequence, newest.space_sequence);
}

#[test]
fn a_step_overrides_filters_and_scopes_and_runs_from_anywhere() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    console.press("wwwww1/cms<enter>2a/published<enter>kk").unwrap();
    assert!(!console.state().events.following && console.state().events.all_spaces);
    console.press("3i.").unwrap();
    assert!(told(&console).contains(&"appended event 98 at sequence 24"), "{:?}", told(&console));
    assert_eq!((console.state().focus, selected_space(&console)), (Pane::Events, "crm_widgets"));
    assert_eq!(console.state().events.selected().unwrap().entity_id, "c100");
}

#[test]
fn a_space_created_by_a_step_is_shown_once_it_exists() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    while walk(&console).step().unwrap().place != StepPlace::Events("flashcards".to_owned()) {
        assert!(!walk(&console).at_end());
        console.press("w").unwrap();
    }
    assert_eq!(console.state().focus, Pane::Spaces, "the space does not exist yet");
    console.press(".").unwrap();
    assert_eq!((console.state().focus, selected_space(&console)), (Pane::Events, "flashcards"));
    assert_eq!(console.state().events.selected().unwrap().entity_id, "card:c1500");
}

fn go_to_step(console: &mut Headless, title: &str) {
    while walk(console).step().unwrap().title != title {
        assert!(!walk(console).at_end(), "no step {title}");
        console.press("w").unwrap();
    }
}

#[test]
fn the_steps_about_the_past_show_blame_time_travel_and_a_fork() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    go_to_step(&mut console, "Every value leads back to its event");
    assert!(screen(&console).contains("event 82"), "{}", screen(&console));
    go_to_step(&mut console, "A space as it was");
    let travel = console.state().travel.as_ref().expect("not in the past");
    assert_eq!((travel.at.0, selected_space(&console)), (37, "crm_acme"));
    go_to_step(&mut console, "What if? A fork answers");
    assert!(console.state().travel.is_none(), "back to now");
    console.press(".").unwrap();
    assert_eq!(selected_space(&console), "crm_acme@37");
    let shown = screen(&console);
    assert!(
        shown.contains("Compare  crm_acme → crm_acme@37") && shown.contains("rene@elsewhere.example"),
        "{shown}"
    );
}

#[test]
fn the_history_of_an_entity_ends_with_the_events_of_the_step() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    while walk(&console).step().unwrap().title != "Translations, and what invalidates them" {
        console.press("w").unwrap();
    }
    console.press(",.w.").unwrap();
    let Some(history) = console.state().layers.top_as::<History>() else { panic!("no history") };
    let newest = history.window.selected_row().unwrap();
    assert_eq!(newest.event.event_type.as_ref(), "card.translations.invalidated");
}

#[test]
fn moving_away_while_a_step_runs_is_respected() {
    let mut state = ConsoleState::new("memory", false, Apps::standard());
    state.spaces = console(&seeded().store).state().spaces.clone();
    state.walk = Walk::of(walkthrough().steps());
    let press = |state: &mut ConsoleState, keys: &str| -> Vec<Effect> {
        Key::sequence(keys).unwrap().into_iter().flat_map(|key| update(state, Message::Key(key))).collect()
    };
    let effects = press(&mut state, ".3");
    let Some(Effect::Step(StepCommand { request, step: 0 })) = effects.first().cloned() else {
        panic!("{effects:?}")
    };
    let ran =
        vec![CommandOutput { command: "ramax spaces list".to_owned(), output: vec!["told".to_owned()] }];
    update(&mut state, Message::StepFinished(Answer { request, result: Ok(ran.clone()) }));
    assert_eq!(state.focus, Pane::Projections);
    assert_eq!(state.walk.unwrap().outcome(), Some(&Loadable::Ready(ran)));
}

#[test]
fn a_step_runs_only_once() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    console.press(",").unwrap();
    assert_eq!(notice(&console), "previous step: this is the first step");
    console.press("..").unwrap();
    assert_eq!(notice(&console), "run step: already done; `w` goes to the next step");
    while !walk(&console).at_end() {
        console.press("w").unwrap();
    }
    console.press(",,.ww..").unwrap();
    assert_eq!(notice(&console), "run step: already done; this was the last step");
}

#[test]
fn a_step_that_depends_on_another_names_it_and_gets_no_tick() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    while walk(&console).step().unwrap().title != "Rebuild and verify" {
        console.press("w").unwrap();
    }
    console.press(".").unwrap();
    let first = "run step 21 first: Fifteen hundred cards through one pipe; `,` goes back";
    assert_eq!(notice(&console), format!("run step: {first}"));
    assert_eq!(walk(&console).outcome(), None);
    assert!(screen(&console).contains("Run step 21 first"));
    console.press(",,.ww.").unwrap();
    assert!(told(&console)[0].starts_with("rebuilt flashcards: 1,501 events"), "{:?}", told(&console));
}

#[test]
fn a_failed_step_gives_the_reason_and_can_be_run_again() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    console.press("1jDcrm_widgets<enter>").unwrap();
    console.press("wwwww.").unwrap();
    let Some(Loadable::Failed(failure)) = walk(&console).outcome() else { panic!("it should fail") };
    assert!(failure.message.contains("crm_widgets"), "{failure:?}");
    assert_eq!(console.state().focus, Pane::Spaces, "the space does not exist");
    console.press("ccrm_widgets<ctrl-s>").unwrap();
    console.press(".").unwrap();
    assert!(told(&console).iter().any(|line| line.starts_with("appended event")), "{:?}", told(&console));
}

/// Goes to a step by its title and runs it.
fn run_step(console: &mut Headless, title: &str) {
    while walk(console).step().unwrap().title != title {
        assert!(!walk(console).at_end(), "there is no step {title}");
        console.press("w").unwrap();
    }
    console.press(".").unwrap();
}

#[test]
fn a_step_shows_why_a_command_was_rejected_and_a_rebuild_failed() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    run_step(&mut console, "A rejected command changes nothing");
    assert_eq!(told(&console)[0], "error: the contact c1 already exists");
    run_step(&mut console, "A failing rebuild changes nothing");
    let lines = told(&console);
    assert!(
        lines.iter().any(|line| line.contains("(contact.added, sequence 1) cannot be applied")),
        "{lines:?}"
    );
    assert!(fixture.store.events().find_space("crm_legacy").unwrap().is_none());
}

#[test]
fn a_step_filters_the_events_and_the_next_one_follows_them() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    run_step(&mut console, "A query finds events");
    let state = console.state();
    assert_eq!((state.focus, selected_space(&console)), (Pane::Events, "crm_acme"));
    assert_eq!(state.events.filter.as_str(), "type:contact.updated payload.email~acme");
    assert_eq!(
        told(&console).len(),
        state.events.window.rows.len() + 1,
        "the same events, below the headings"
    );
    run_step(&mut console, "Events say who acted");
    assert!(told(&console).iter().any(|line| line.contains("\"actor\": \"bounce-handler\"")));
    assert_eq!(console.state().events.filter.as_str(), "meta.actor=bounce-handler");
    let shown = screen(&console);
    assert!(shown.contains("actor") && shown.contains("bounce-handler"), "{shown}");
    run_step(&mut console, "Events can be followed");
    assert!(console.state().events.following && console.state().events.filter.is_empty());
    assert_eq!(told(&console).len(), 4, "three events below the headings");
}

#[test]
fn the_hints_of_the_guide_keep_their_order() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    let order =
        |console: &Headless| guide_hints(console.state()).iter().map(|hint| hint.action).collect::<Vec<_>>();
    let before = order(&console);
    console.press(".w").unwrap();
    assert_eq!(order(&console), before);
}

#[test]
fn typing_is_not_interrupted_by_the_keys_of_the_guide() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    console.press("2/w b<enter>").unwrap();
    assert_eq!(console.state().events.filter.as_str(), "w b");
    assert_eq!((walk(&console).at, walk(&console).outputs.len()), (0, 0));
}

#[test]
fn a_step_can_be_read_in_full_on_a_small_screen() {
    let fixture = seeded();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12).guided(walkthrough());
    console.press("wwwww.;").unwrap();
    let Some(_) = console.state().layers.top_as::<Guide>() else { panic!("the step is not open") };
    let last = |console: &Headless| {
        let buffer = console.draw(&ramax::console::theme::Theme::mono());
        (2..38).map(|x| buffer[(x, 9)].symbol().to_owned()).collect::<String>().trim().to_owned()
    };
    console.press("G").unwrap();
    let end = console.state().walk.as_ref().unwrap().outcome().map(|outcome| match outcome {
        Loadable::Ready(ran) => ran.last().unwrap().output.last().unwrap().clone(),
        other => panic!("{other:?}"),
    });
    let end = end.unwrap().split_whitespace().last().unwrap().to_owned();
    assert_eq!(last(&console), end);
    console.press("gG").unwrap();
    assert_eq!(last(&console), end);
    console.press("k").unwrap();
    assert_ne!(last(&console), end);
    console.press(";").unwrap();
    assert!(console.state().layers.is_empty());
}

#[test]
fn the_end_of_the_guide_is_always_shown_and_its_keys_work_there() {
    for (width, height) in [(40, 12), (60, 20), (80, 24), (120, 40), (200, 50)] {
        let fixture = seeded();
        let mut console =
            Headless::new(fixture.store.clone(), Apps::standard(), width, height).guided(walkthrough());
        while !walk(&console).at_end() {
            console.press("w").unwrap();
        }
        assert!(!screen(&console).contains("End of the guide."), "the last step has not run");
        console.press(",,.ww.").unwrap();
        let shown = screen(&console);
        assert!(shown.contains("End of the guide."), "{width}×{height}: {shown}");
        assert!(width < 80 || shown.contains("Press 1, then n for a command of your own"), "{shown}");
        console.press("1n").unwrap();
        let shown = screen(&console);
        assert!(shown.contains("New command"), "{width}×{height}: {shown}");
    }
}

#[test]
fn every_step_can_be_read_where_it_leads_and_no_view_covers_it() {
    let fixture = seeded();
    for (width, height) in [(80, 24), (120, 40)] {
        let mut console =
            Headless::new(fixture.store.clone(), Apps::standard(), width, height).guided(walkthrough());
        for (number, step) in (1..).zip(walkthrough().steps().iter()) {
            let place = format!("{number}/{}", walk(&console).steps.len());
            let shown = screen(&console);
            assert!(shown.contains(&place) && shown.contains(&step.title), "{width}×{height}: {shown}");
            console.press(";").unwrap();
            assert!(console.state().layers.top_as::<Guide>().is_some(), "{}", step.title);
            console.press(";w").unwrap();
        }
    }
}

#[test]
fn a_step_run_while_open_shows_the_end_of_its_output() {
    let fixture = seeded();
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 40, 12).guided(walkthrough());
    console.press(";.k").unwrap();
    let Some(guide) = console.state().layers.top_as::<Guide>() else { panic!("the step is not open") };
    let most = console.state().viewports.layer_lines - console.state().viewports.layer;
    assert_eq!(guide.top, usize::from(most) - 1, "one line before the end");
}

#[test]
fn a_hidden_guide_takes_no_room_and_its_keys_say_how_to_show_it() {
    let fixture = seeded();
    let mut console = guided(&fixture);
    let rows = console.state().viewports.of(Pane::Events);
    let is_guide = |action: &Action| *action == Action::ToggleGuide;
    assert!(guide_hints(console.state()).iter().any(|hint| is_guide(&hint.action)));
    assert!(!hints(console.state()).iter().any(|hint| is_guide(&hint.action)), "named once");
    console.press("W").unwrap();
    assert!(console.state().viewports.of(Pane::Events) > rows);
    assert!(hints(console.state()).iter().any(|hint| is_guide(&hint.action)));
    console.press(".").unwrap();
    assert_eq!(notice(&console), "run step: the guide is hidden; `W` shows it");
    console.press("W").unwrap();
    assert_eq!(console.state().viewports.of(Pane::Events), rows);
}

#[test]
fn without_a_walkthrough_there_is_no_guide_and_no_key_for_it() {
    let fixture = seeded();
    let mut console = console(&fixture.store);
    console.press(".W,rw").unwrap();
    assert_eq!(notice(&console), "`w` does nothing here; `?` lists the keys");
    assert!(console.state().layers.is_empty());
    assert!(help(console.state()).iter().all(|section| section.title != "Guide"));
    assert!(guide_hints(console.state()).is_empty());
    console = guided(&fixture);
    assert_eq!(help(console.state())[0].title, "Guide");
}

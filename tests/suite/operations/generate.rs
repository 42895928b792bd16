//! Load data: every app gets values that it accepts, and every generation ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use ramax::apps::Flashcards;
use ramax::content_store::{Arguments, CommandSpec, Decision, FieldKind, FieldSpec};
use ramax::operations::{GenerateOptions, GivenUp, find_space, generate, keep_going, overviews, verify};
use ramax::{App, Apps, Context, Error, Page, Rejection};

use super::apps::{Small, command, happened};
use crate::on_every_store;
use crate::support::Fixture;

on_every_store![
    the_requested_events_are_spread_evenly_over_new_spaces,
    flashcards_get_decks_and_many_more_cards_in_them,
    an_app_without_commands_gets_no_space,
    commands_that_are_always_rejected_end_a_generation_with_the_reason,
    rejected_values_are_tried_in_another_form,
    a_command_accepted_only_once_does_not_prevent_the_end,
    a_command_without_events_is_given_up,
    a_command_that_is_always_rejected_does_not_stop_the_others,
];

fn options(app: impl App + 'static, spaces: u32, events: u64) -> GenerateOptions {
    GenerateOptions { spaces, events, app: Arc::new(app), seed: 1 }
}

fn small(commands: &'static [CommandSpec]) -> Small {
    Small { name: "small", prefix: "small", types: &["happened"], commands }
}

/// Returns the number of events of each type.
fn types(fixture: &Fixture) -> BTreeMap<String, usize> {
    let events = fixture.store.events().read_all(Page::forward(None, 99_999)).unwrap();
    let mut types = BTreeMap::new();
    for event in events {
        *types.entry(event.event_type.to_string()).or_default() += 1;
    }
    types
}

fn the_requested_events_are_spread_evenly_over_new_spaces(fixture: &Fixture) {
    for (app, prefix) in [("crm", "crm_"), ("cms", "cms_"), ("flashcards", "flashcard_")] {
        let app = Apps::standard().named(app).unwrap();
        let options = GenerateOptions { spaces: 3, events: 700, app, seed: 1 };
        let generated = generate(&fixture.store, &options, &mut keep_going).unwrap();
        assert_eq!((generated.spaces, generated.events, generated.given_up), (3, 700, vec![]));
        let spaces = overviews(&fixture.store, &Apps::standard(), Page::forward(None, 99)).unwrap();
        let new: Vec<_> = spaces.iter().filter(|space| space.space.space_name.starts_with(prefix)).collect();
        let events: Vec<u64> = new.iter().map(|space| space.head.last_sequence.0).collect();
        assert_eq!(events, [234, 233, 233]);
        for space in new {
            assert_eq!(space.state_lag(), 0);
            let content = find_space(&fixture.store, &Apps::standard(), &space.space.space_name).unwrap();
            assert_eq!(verify(&content, &mut keep_going).unwrap().differences, []);
        }
    }
}

fn flashcards_get_decks_and_many_more_cards_in_them(fixture: &Fixture) {
    let generated = generate(&fixture.store, &options(Flashcards, 1, 300), &mut keep_going).unwrap();
    assert!(generated.rejected < 30, "{generated:?}");
    let types = types(fixture);
    let (decks, cards) = (types["deck.created"], types["card.created"]);
    assert!(decks >= 5 && cards >= 4 * decks, "{types:?}");
    assert!(types["card.updated"] > 0 && types["card.translation.added"] > 0, "{types:?}");
}

fn an_app_without_commands_gets_no_space(fixture: &Fixture) {
    let error = generate(&fixture.store, &options(small(&[]), 3, 10), &mut keep_going).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no more events can be generated for small, after 0 events: it has no commands"
    );
    assert_eq!(fixture.store.events().totals().unwrap().spaces, 0);
}

const ID: FieldSpec = FieldSpec::required("id", "Id", "unique");

fn refuse(_: &Context<'_>, _: &Arguments<'_>) -> Decision {
    Err(Rejection::of_command("closed", "the shop is closed").into())
}

fn commands_that_are_always_rejected_end_a_generation_with_the_reason(fixture: &Fixture) {
    const COMMANDS: &[CommandSpec] = &[command("open", &[ID], refuse), command("sell", &[ID], refuse)];
    let error = generate(&fixture.store, &options(small(COMMANDS), 2, 1000), &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "cannot_generate");
    assert_eq!(
        error.to_string(),
        "no more events can be generated for small, after 0 events: 100 times in a row it rejected open: \
         the shop is closed"
    );
}

fn rejected_values_are_tried_in_another_form(fixture: &Fixture) {
    const NUMBER: FieldSpec = FieldSpec::required("number", "Number", "of the order");
    const FIELDS: &[FieldSpec] = &[
        NUMBER,
        FieldSpec::required("pieces", "Pieces", "how many"),
        FieldSpec::required("due", "Due", "a day"),
        FieldSpec::required("size", "Size", "of one").of_kind(FieldKind::Choice(&["small", "large"])),
    ];
    fn place(_: &Context<'_>, arguments: &Arguments<'_>) -> Decision {
        for number in ["number", "pieces"] {
            if arguments.required(number).parse::<u32>().is_err() {
                return Err(Rejection::of_field(number, "no_number", "must be a number").into());
            }
        }
        match arguments.required("due").split('-').map(str::len).collect::<Vec<_>>()[..] {
            [4, 2, 2] => Ok(vec![happened(arguments.required("number"), "placed")]),
            _ => Err(Rejection::of_field("due", "no_day", "must be a day").into()),
        }
    }
    fn cancel(context: &Context<'_>, arguments: &Arguments<'_>) -> Decision {
        match context.contains(arguments.required("number"))? {
            true => Ok(vec![happened(arguments.required("number"), "cancelled")]),
            false => Err(Rejection::of_field("number", "no_order", "there is no such order").into()),
        }
    }
    const COMMANDS: &[CommandSpec] = &[command("place", FIELDS, place), command("cancel", &[NUMBER], cancel)];
    let generated = generate(&fixture.store, &options(small(COMMANDS), 3, 200), &mut keep_going).unwrap();
    assert_eq!((generated.events, generated.given_up), (200, vec![]));
    let types = types(fixture);
    assert!(types["placed"] > 90 && types["cancelled"] > 50, "{types:?}");
}

fn once(context: &Context<'_>, _: &Arguments<'_>) -> Decision {
    match context.contains("settings")? {
        true => Err(Rejection::of_command("again", "it is set up already").into()),
        false => Ok(vec![happened("settings", "set-up"), happened("settings", "checked")]),
    }
}

fn a_command_accepted_only_once_does_not_prevent_the_end(fixture: &Fixture) {
    const COMMANDS: &[CommandSpec] = &[command("set-up", &[], once)];
    let error = generate(&fixture.store, &options(small(COMMANDS), 3, 1000), &mut keep_going).unwrap_err();
    let events = fixture.store.events().totals().unwrap().events;
    assert!((2..=6).contains(&events), "{events}");
    assert_eq!(
        error.to_string(),
        format!(
            "no more events can be generated for small, after {events} events: 100 times in a row it rejected \
             set-up: it is set up already"
        )
    );
}

fn a_command_without_events_is_given_up(fixture: &Fixture) {
    const COMMANDS: &[CommandSpec] = &[command("look", &[ID], |_, _| Ok(vec![]))];
    let error: Error =
        generate(&fixture.store, &options(small(COMMANDS), 1, 5), &mut keep_going).unwrap_err();
    assert!(error.to_string().ends_with("look: it produced no event"), "{error}");
}

fn a_command_that_is_always_rejected_does_not_stop_the_others(fixture: &Fixture) {
    const NAME: FieldSpec = FieldSpec::required("name", "Name", "unique");
    fn make(_: &Context<'_>, arguments: &Arguments<'_>) -> Decision {
        Ok(vec![happened(arguments.required("id"), "made")])
    }
    fn take_back(_: &Context<'_>, arguments: &Arguments<'_>) -> Decision {
        Ok(vec![happened(arguments.required("name"), "taken-back")])
    }
    const COMMANDS: &[CommandSpec] = &[
        command("sell", &[NAME], refuse),
        command("make", &[ID], make),
        command("take-back", &[NAME], take_back),
    ];
    let generated = generate(&fixture.store, &options(small(COMMANDS), 2, 3000), &mut keep_going).unwrap();
    assert_eq!(generated.events, 3000);
    assert_eq!(generated.given_up, [GivenUp { command: "sell", reason: "the shop is closed".to_owned() }]);
}

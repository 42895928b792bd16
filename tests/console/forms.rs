//! Commands through forms: generated fields, rejections kept beside them, previews, conflicts.

use crate::support::{Fixture, START, add_contact, event};
use crate::{console, notice};
use ramax::console::Headless;
use ramax::console::app::action::{Action, Hint};
use ramax::console::app::effect::{Effect, StoreCommand};
use ramax::console::app::hints::hints;
use ramax::console::app::message::Message;
use ramax::console::app::update::update;
use ramax::console::layers::form::state::{FieldInput, Form, FormPreview, ShownPreview};
use ramax::console::widgets::diff::Diff;
use ramax::operations::keep_going;
use ramax::{Append, Apps, Expected, Page, SpaceSequence, Store, Timestamp};
use serde_json::json;

fn form(console: &Headless) -> &Form {
    console.state().layers.top_as().expect("there is no form on top")
}

#[test]
fn a_space_is_created_and_gets_its_first_event_through_forms() {
    for fixture in [Fixture::memory(), Fixture::one_file(), Fixture::two_files()] {
        let mut console = console(&fixture.store);
        console.press("ccrm_acme").unwrap();
        let app = &form(&console).fields[1];
        assert_eq!(app.value(), "crm", "the prefix of the name chooses the app");
        assert!(
            matches!(&form(&console).preview, FormPreview::Words(words) if words[0].contains("crm_acme"))
        );
        console.press("<ctrl-s>").unwrap();
        assert_eq!(notice(&console), "space crm_acme created; `n` opens its first command");

        console.press("n<enter>c1<tab>Ada<tab>ada@acme.com").unwrap();
        let FormPreview::Ready(preview) = &form(&console).preview else { panic!("no preview") };
        assert_eq!((&*preview.events[0].event_type, preview.at), ("contact.added", SpaceSequence(0)));
        let keys: Vec<&str> = preview.diff.keys.iter().map(|diff| diff.key.as_str()).collect();
        assert_eq!(keys, ["contact:c1", "contacts:count"]);
        console.press("<tab><enter>").unwrap();
        assert_eq!(notice(&console), "event 1 appended to crm_acme at sequence 1");
        assert_eq!(console.state().events.window.rows.len(), 1);
        assert_eq!(console.state().projections.window.rows.len(), 2);
        assert_eq!(console.state().space().unwrap().head.last_sequence, SpaceSequence(1));
    }
}

fn words(console: &Headless) -> Vec<String> {
    match &form(console).preview {
        FormPreview::Words(words) => words.clone(),
        other => panic!("no words: {other:?}"),
    }
}

#[test]
fn a_space_is_renamed_and_gets_other_metadata_through_a_form() {
    for fixture in [Fixture::memory(), Fixture::one_file(), Fixture::two_files()] {
        let crm = fixture.crm("crm_acme");
        crm.execute(add_contact("c1")).unwrap();
        let mut console = console(&fixture.store);
        console.press("E").unwrap();
        assert_eq!(words(&console), ["nothing is changed yet"]);
        let values: Vec<&str> = form(&console).fields.iter().map(|field| field.value()).collect();
        assert_eq!(values, ["crm_acme", "crm", r#"{"app":"crm"}"#]);
        console.press("2<tab><tab><backspace>,\"plan\":1.10}").unwrap();
        assert_eq!(words(&console), ["crm_acme is renamed to crm_acme2", "the metadata is replaced"]);
        console.press("<ctrl-s>").unwrap();
        assert_eq!(notice(&console), "space crm_acme renamed to crm_acme2");
        let space = &console.state().space().unwrap().space;
        assert_eq!(space.space_name, "crm_acme2");
        assert_eq!(space.metadata.as_ref().unwrap().as_str(), r#"{"app":"crm","plan":1.10}"#);
        // The app alone, and then nothing.
        console.press("E<tab><right>").unwrap();
        let runs = "it runs cms from then on; a rebuild builds its projection with that app";
        assert_eq!(words(&console), [runs]);
        console.press("<ctrl-s>").unwrap();
        assert_eq!(notice(&console), "space crm_acme2 changed");
        assert_eq!(console.state().space().unwrap().app, Some("cms"));
        console.press("E<ctrl-s>").unwrap();
        assert!(console.state().layers.is_empty(), "nothing was to be changed");
        let entries = fixture.store.audit_log().page(None, Page::forward(None, 99)).unwrap();
        let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["set-space", "rename-space", "set-space"]);
    }
}

#[test]
fn a_taken_name_and_bad_metadata_are_shown_beside_their_fields() {
    let fixture = Fixture::memory();
    fixture.crm("crm_a");
    fixture.crm("crm_ab");
    let mut console = console(&fixture.store);
    console.press("Eb").unwrap();
    let errors = |console: &Headless| {
        let fields = form(console).fields.iter();
        fields.map(|field| field.error.clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(errors(&console), ["the space crm_ab already exists", "", ""]);
    console.press("<backspace><tab><tab><backspace>").unwrap();
    assert!(errors(&console)[2].starts_with("must be a JSON object: "), "{:?}", errors(&console));
    console.press("<ctrl-s>").unwrap();
    assert_eq!(form(&console).preview, FormPreview::Refused);
    console.press("}<shift-tab><shift-tab>#<ctrl-u>").unwrap();
    // Another process takes the name after the preview.
    console.press("x").unwrap();
    fixture.crm(form(&console).fields[0].value());
    console.press("<ctrl-s>").unwrap();
    assert!(errors(&console)[0].ends_with("already exists"), "{:?}", errors(&console));
    assert!(form(&console).sending.is_none());
}

#[test]
fn a_rejection_appears_beside_its_field_and_keeps_the_input() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("n<enter>c1<tab>Grace<tab>g@h.i<ctrl-s>").unwrap();
    let shown = form(&console);
    assert_eq!(shown.fields[0].error.as_deref(), Some("the contact c1 already exists"));
    assert!(shown.sending.is_none() && shown.preview == FormPreview::Refused);
    let typed: Vec<&str> = shown.fields.iter().map(|field| field.value()).collect();
    assert_eq!(typed, ["c1", "Grace", "g@h.i"]);
    // The cursor is on the field that was refused.
    console.press("<backspace>2<ctrl-s>").unwrap();
    assert_eq!(notice(&console), "event 2 appended to crm_acme at sequence 2");
}

#[test]
fn a_command_of_another_app_accepts_multi_line_text() {
    let fixture = Fixture::memory();
    fixture.cms("cms_site");
    let mut console = console(&fixture.store);
    console.press("n<enter>a1<enter>Title<enter>one<enter>").unwrap();
    console.paste("two\r\nthree");
    assert_eq!(form(&console).fields[2].value(), "one\ntwo\nthree");
    console.press("<ctrl-s>").unwrap();
    let event = fixture.store.events().read_all(Page::forward(None, 1)).unwrap().remove(0);
    assert_eq!(event.payload.to_value()["content"], "one\ntwo\nthree");
}

#[test]
fn empty_required_fields_are_marked_and_nothing_is_sent() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("n<enter><ctrl-s>").unwrap();
    let errors: Vec<Option<&str>> =
        form(&console).fields.iter().map(|field| field.error.as_deref()).collect();
    assert_eq!(errors, [Some("required"); 3]);
    assert_eq!(fixture.store.events().totals().unwrap().events, 0);
    console.press("<esc>").unwrap();
    assert!(console.state().layers.is_empty(), "Esc closes the form");
}

#[test]
fn a_conflict_names_the_rival_event_and_the_next_try_succeeds() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("n<enter>c1<tab>Ada<tab>a@b.c").unwrap();
    crm.execute(add_contact("c2")).unwrap();
    console.press("<ctrl-s>").unwrap();
    let error = form(&console).error.as_ref().unwrap();
    assert_eq!(error.message, "event 1 came first: contact.added of c2 at sequence 1");
    assert!(matches!(&form(&console).preview, FormPreview::Ready(preview) if preview.at == SpaceSequence(1)));
    console.press("<ctrl-s>").unwrap();
    assert_eq!(notice(&console), "event 2 appended to crm_acme at sequence 2");
}

#[test]
fn a_preview_overtaken_by_more_typing_is_dropped() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("n<enter>c1<tab>Ada<tab>a@b.c").unwrap();
    let request = ramax::console::app::state::RequestId(1);
    let before = console.state().revision;
    let error = ramax::CommandError::MissingFields { command: "add-contact", fields: vec!["name"] };
    console.send(Message::Previewed(ramax::console::app::message::Answer {
        request,
        result: Err(error.into()),
    }));
    assert!(matches!(form(&console).preview, FormPreview::Ready(_)), "the stale answer is ignored");
    assert_eq!(console.state().revision, before, "and draws nothing");
}

#[test]
fn a_taken_name_is_refused_before_the_form_is_sent() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("ccrm_acme<ctrl-s>").unwrap();
    assert_eq!(form(&console).fields[0].error.as_deref(), Some("the space crm_acme already exists"));
    console.press("2<tab><right><ctrl-s>").unwrap();
    assert_eq!(notice(&console), "space crm_acme2 created; `n` opens its first command");
    let app = console.state().space().unwrap().app;
    assert_eq!(app, Some("cms"), "a choice by hand is kept");
}

#[test]
fn a_choice_moves_with_the_arrows_and_ignores_letters() {
    let mut console = console(&Store::memory());
    console.press("c<tab><right><right><left>xyz").unwrap();
    let FieldInput::Choice { chosen, .. } = &form(&console).fields[1].input else { panic!("no choice") };
    assert_eq!(*chosen, Some(0));
}

#[test]
fn a_form_sent_before_its_preview_is_sent_after_it() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let console = console(&fixture.store);
    let mut state = ramax::console::app::state::ConsoleState::new("memory", false, Apps::standard());
    state.spaces = console.state().spaces.clone();
    let mut effects = Vec::new();
    for key in ramax::console::app::key::Key::sequence("n<enter>c1<tab>Ada<tab>a@b.c<ctrl-s>").unwrap() {
        effects = update(&mut state, Message::Key(key));
    }
    let is_sent = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Command(_)));
    assert!(!is_sent(&effects), "nothing is sent without a preview: {effects:?}");
    let Some(form) = state.layers.top_as::<Form>() else { panic!("no form") };
    let FormPreview::Pending(request, _) = form.preview else { panic!("no preview under way") };
    let preview = ShownPreview { events: vec![], diff: Diff::default(), at: SpaceSequence(0) };
    let effects = update(
        &mut state,
        Message::Previewed(ramax::console::app::message::Answer { request, result: Ok(preview) }),
    );
    assert!(matches!(effects[0], Effect::Command(StoreCommand::Submit { .. })), "{effects:?}");
}

#[test]
fn a_busy_store_is_not_a_rejection() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("n<enter>c1<tab>Ada<tab>a@b.c").unwrap();
    let busy = || ramax::StoreError::Busy { waited: std::time::Duration::from_secs(5) };
    let mut shown = None;
    console.change(|state| {
        let sent = update(state, Message::Key("ctrl-s".parse().unwrap()));
        let [Effect::Command(StoreCommand::Submit { request, .. })] = sent[..] else { panic!("{sent:?}") };
        let refusal = ramax::console::app::message::Refusal { error: busy().into(), rival: None };
        let answer = ramax::console::app::message::Answer { request, result: Err(refusal) };
        assert!(update(state, Message::Submitted(answer)).is_empty());
        shown = state.layers.top_as::<Form>().cloned();
    });
    let Some(failed) = shown else { panic!("the form is gone") };
    assert!(matches!(failed.preview, FormPreview::Ready(_)), "the preview stays");
    let error = failed.error.unwrap();
    assert!(error.message.starts_with("the command was not sent: the database is busy"), "{error:?}");
    assert_eq!(error.hint.as_deref(), Some("`ctrl-s` tries again; your input is kept"));
    console.press("<ctrl-s>").unwrap();
    assert_eq!(notice(&console), "event 1 appended to crm_acme at sequence 1");
}

#[test]
fn a_failure_that_remains_names_its_way_out_and_not_another_try() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let by = || ramax::error::Remedy::Rebuild { skip_errors: false };
    let projection = || "state".to_owned();
    for (error, hint) in [
        (
            ramax::StoreError::ProjectionNewer { projection: projection() },
            "use the later version of the program",
        ),
        (
            ramax::StoreError::ProjectionOutdated {
                space: "crm_acme".to_owned(),
                projection: projection(),
                by: by(),
            },
            "`R` ",
        ),
        (ramax::StoreError::ReadOnly, "open it without"),
    ] {
        let mut console = console(&fixture.store);
        console.press("n<enter>c1<tab>Ada<tab>a@b.c").unwrap();
        console.change(|state| {
            let sent = update(state, Message::Key("ctrl-s".parse().unwrap()));
            let [Effect::Command(StoreCommand::Submit { request, .. })] = sent[..] else {
                panic!("{sent:?}")
            };
            let refusal = ramax::console::app::message::Refusal { error: error.into(), rival: None };
            let answer = ramax::console::app::message::Answer { request, result: Err(refusal) };
            update(state, Message::Submitted(answer));
        });
        let form = console.state().layers.top_as::<Form>().unwrap();
        let shown = form.error.as_ref().and_then(|error| error.hint.clone()).unwrap();
        assert!(shown.contains(hint) && !shown.contains("tries again"), "{shown}");
    }
}

#[test]
fn a_failed_preview_keeps_the_last_one_and_is_repeated_before_sending() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("n<enter>c1<tab>Ada<tab>a@b.c").unwrap();
    console.change(|state| {
        let asked = update(state, Message::Key("x".parse().unwrap()));
        let [Effect::Command(StoreCommand::Preview { request, .. })] = asked[..] else { panic!("{asked:?}") };
        let result = Err(ramax::StoreError::NoRoom(ramax::error::NoRoom::Disk).into());
        update(state, Message::Previewed(ramax::console::app::message::Answer { request, result }));
    });
    assert!(matches!(&form(&console).preview, FormPreview::Failed(Some(_))));
    assert!(crate::screen(&console).contains("Preview from before the last change"));
    console.press("<ctrl-s>").unwrap();
    let event = fixture.store.events().read_all(Page::forward(None, 1)).unwrap().remove(0);
    assert_eq!(event.payload.to_value()["email"], "a@b.cx");
}

#[test]
fn a_space_deleted_under_a_form_is_named() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme");
    let mut console = console(&fixture.store);
    console.press("n<enter>c1<tab>Ada<tab>a@b.").unwrap();
    ramax::operations::delete(&fixture.store, "crm_acme", Default::default(), &mut keep_going).unwrap();
    console.press("c").unwrap();
    assert_eq!(form(&console).error.as_ref().unwrap().message, "crm_acme was deleted by another process");
}

#[test]
fn an_event_time_ahead_of_the_clock_causes_a_warning() {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    let new = [event("e", "note.taken", serde_json::json!({}))];
    let append = Append { expected: Expected::Any, now: Timestamp(7_258_118_400_000), events: &new };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    let mut console = console(&fixture.store);
    console.press("n<enter>c1<tab>Ada<tab>a@b.c<ctrl-s>").unwrap();
    assert_eq!(
        notice(&console),
        "event 2 appended to crm_acme at sequence 2; the time of the last event is 2200-01-01T00:00:00.000Z, ahead of this \
         machine's clock: no later event can have an earlier time, except in a fork up to an earlier event"
    );
}

#[test]
fn no_command_is_offered_where_an_event_blocks_a_projection_that_it_changes() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let broken = event("c2", "contact.added", json!({"contact_id": "c2"}));
    let append = Append { expected: Expected::Any, now: START, events: &[broken] };
    fixture.store.events().append(fixture.space("crm_acme").space_id, append).unwrap();
    for pane in ["1", "2", "3", "4"] {
        let mut console = console(&fixture.store);
        console.press(pane).unwrap();
        let is_command = |hint: &Hint| hint.action == Action::NewCommand;
        assert!(!hints(console.state()).iter().any(is_command), "pane {pane} offers a command");
        console.press("n").unwrap();
        let said = notice(&console);
        assert!(said.contains("event 2 cannot be applied, which blocks every command of crm_acme"), "{said}");
        assert!(said.contains("a rebuild that skips bad events fixes it: `R`"), "{said}");
    }
}

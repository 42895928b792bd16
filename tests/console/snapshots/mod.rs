//! Snapshots of every pane, form, dialog, empty and error state: text and styles, at four sizes, in every theme.

/// Scenes that are reached by keys, over the five tenants.
macro_rules! scenes {
    ($($name:ident: $keys:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            let name = stringify!($name).replace('_', "-");
            $crate::snapshots::look(&name, $crate::support::tenants::tenants, |console, _| {
                console.press($keys).unwrap();
            });
        }
    )*};
}

mod audit_log;
mod dates;
mod files;
mod jobs;
mod palette;
mod queries;
mod why;

use std::sync::Arc;

use ramax::Apps;
use ramax::apps::Crm;
use ramax::console::Headless;
use ramax::console::app::message::Message;
use ramax::console::app::state::Gone;
use ramax::console::app::state::{ConsoleState, ErrorText};
use ramax::console::layers::form::state::Form;
use ramax::operations::keep_going;
use ramax::{Append, Command, ContentStore, Expected, Json, NewEvent, Store, Timestamp};
use serde_json::json;

use crate::support::{screen_text, tenants};

/// The sizes of a picture.
pub const SIZES: [(u16, u16); 4] = [(120, 40), (80, 24), (40, 12), (200, 50)];

/// Takes a snapshot of a scene over a store at every size, in every theme.
fn look(name: &str, store: fn() -> Store, play: impl Fn(&mut Headless, &Store)) {
    look_at(name, |width, height| {
        let store = store();
        let mut console = Headless::new(store.clone(), Apps::standard(), width, height);
        play(&mut console, &store);
        console
    });
}

/// Takes a snapshot of a console at every size, in every theme.
pub fn look_at(name: &str, open: impl Fn(u16, u16) -> Headless) {
    let mut looks = String::new();
    for (width, height) in SIZES {
        let console = open(width, height);
        looks += &format!("{width}×{height}\n{}\n", screen_text::in_every_theme(|theme| console.draw(theme)));
    }
    assert!(!looks.contains(env!("CARGO_MANIFEST_DIR")), "{name} differs from one checkout to another");
    settings().bind(|| insta::assert_snapshot!(name, looks));
}

/// The place of the snapshots.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

scenes! {
    spaces: "",
    spaces_filtered: "/crm<enter>",
    spaces_with_no_match: "/nobody<enter>",
    spaces_sorted_by_lag: "sss",
    events: "2kk",
    events_of_all_spaces: "2a",
    events_filtered: "2/added<enter>",
    events_with_no_match: "2/nobody<enter>",
    event: "2k<enter>",
    event_folded: "2k<enter><enter>",
    history: "2kH",
    projections: "3jj",
    projections_filtered: "3/contact:c10<enter>",
    projections_with_no_match: "3/nobody<enter>",
    projections_of_an_unknown_app: "G3",
    projection: "3j<enter>jj",
    the_past_of_a_projection: "3tJ205<enter>",
    the_past_of_events: "2kkkkkkt{",
    the_past_compared: "3tJ300..812<enter>jj",
    checkpoints: "4jjjj",
    space: "jji",
    jobs_none: "5",
    zoomed: "2z",
    without_details: "2p",
    command_choice: "n",
    form_of_a_command: "n<enter>",
    form_with_a_preview: "nj<enter>c5<tab>Ada King<tab>",
    form_at_its_button: "nj<enter>c5<tab>Ada King<tab><tab>",
    form_scrolled_to_its_end: "jjn<enter>a900<tab>Plain words<tab>One line,<enter>and another<tab><pgdn><pgdn><pgdn>",
    form_with_a_refused_field: "n<enter>c1<tab>Ada<tab>ada@acme.com<tab>",
    form_with_missing_fields: "n<enter><tab><tab><tab>",
    form_with_long_text: "jjn<enter>a900<tab>Plain words<tab>One line,<enter>and another<enter>and a third<enter>and more",
    form_of_a_new_space: "ccrm_globex",
    form_of_a_fork: "2kkF",
    form_of_a_redaction: "2kA<tab>name email<tab><tab>",
    form_of_a_bug_report: "2k~name email",
    filter_prompt: "2/cont",
    query_prompt: "2/",
    query_prompt_refused: "2/payload.name~ada typ:contact.added",
    query_prompt_with_a_value_missing: "2/payload.name~ada after:",
    events_queried: "2/type:*.updated payload.email~navy seq:700..<enter>",
    jump_prompt: "2J80",
    jump_prompt_refused: "2Jabc<enter>",
    marks: "<space>j<space>",
    marks_in_the_checkpoints: "4<space>j<space>",
    marks_hidden_by_a_filter: "M/acme<enter>",
    rebuild_dialog: "jjR",
    rebuild_dialog_of_all: "MR",
    catch_up_dialog: "jjC",
    verify_dialog: "jjv",
    release_check_dialog: "V",
    check_dialog: "K",
    deep_check_dialog_with_repair: "Kpr",
    check_clean: "Kp<enter>5<enter>",
    audit_log_empty: "L",
    audit_log_of_a_space_empty: "La",
    delete_dialog: "jjD",
    delete_dialog_with_another_name: "jjDcms_stagin<enter>",
    delete_dialog_with_a_purge: "jjD<ctrl-p>",
    help: "2?",
    help_scrolled: "2?<pgdn>",
    refused_with_a_reason: "C",
}

/// Scenes with the guide through the demonstration.
macro_rules! guided_scenes {
    ($($name:ident: $keys:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            let name = stringify!($name).replace('_', "-");
            look_at(&name, |width, height| {
                let mut console = Headless::new(demonstration(), Apps::standard(), width, height);
                console = console.guided(ramax::cli::walkthrough());
                console.press($keys).unwrap();
                console
            });
        }
    )*};
}

guided_scenes! {
    guide: "",
    guide_with_a_step_run: "wwwww.",
    guide_with_a_step_that_failed: "jDcrm_widgets<enter>wwwww.",
    guide_at_an_entity: "wwwwww",
    guide_under_a_form: "n<enter>",
    guide_hidden: "Wp",
    guide_step_in_full: "wwwwwwww.;",
    guide_with_a_step_that_needs_another: "wwwwwwwwwwww",
    guide_in_the_help: "?",
}

/// The tenants of the demonstration.
fn demonstration() -> Store {
    let store = tenants::empty();
    ramax::demo::seed(&store).unwrap();
    store
}

/// The five tenants, one of which does not match its events.
fn drifted() -> Store {
    let store = tenants::tenants();
    crate::reviews::drift(&store);
    store
}

#[test]
fn review_of_a_rebuild() {
    look("review-of-a-rebuild", drifted, |console, _| console.press("Rv<enter>j").unwrap());
}

#[test]
fn differences_of_a_release_check() {
    look("differences-of-a-release-check", drifted, |console, _| {
        console.press("V<enter>5!j<enter>").unwrap()
    });
}

#[test]
fn spaces_none() {
    look("spaces-none", tenants::empty, |_, _| {});
}

#[test]
fn spaces_loading() {
    look("spaces-loading", tenants::empty, |console, _| {
        console.change(|state| {
            let size = state.size;
            *state = ConsoleState { size, ..ConsoleState::new("tenants.db", false, Apps::standard()) };
        });
    });
}

#[test]
fn everything_failed() {
    look("everything-failed", tenants::tenants, |console, _| {
        console.press("2").unwrap();
        console.change(|state| {
            let failure = ErrorText {
                message: "the database is busy: another process has held it for 5.0 s".to_owned(),
                hint: Some("nothing was written; try again when the other process is done".to_owned()),
            };
            state.events.window = ramax::console::app::window::Window::default();
            state.spaces.shown = Default::default();
            state.checkpoints.shown = Default::default();
            state.spaces.failure = Some(failure.clone());
            state.database.lost = Some(failure.clone());
            state.events.failure = Some(failure);
        });
    });
}

#[test]
fn projections_failed() {
    look("projections-failed", tenants::tenants, |console, _| {
        console.press("3").unwrap();
        console.change(|state| {
            state.projections.window = ramax::console::app::window::Window::default();
            state.projections.failure = Some(ErrorText {
                message: "the database is damaged: page 44 is not a page".to_owned(),
                hint: Some("nothing was written; work on a copy, and take the last good backup".to_owned()),
            });
        });
    });
}

#[test]
fn events_none() {
    look("events-none", tenants::empty, |console, store| {
        ContentStore::open(store, "crm_globex", Arc::new(Crm)).unwrap();
        console.follow();
        console.press("2").unwrap();
    });
}

#[test]
fn projections_none() {
    look("projections-none", tenants::empty, |console, store| {
        ContentStore::open(store, "crm_globex", Arc::new(Crm)).unwrap();
        console.follow();
        console.press("3").unwrap();
    });
}

#[test]
fn event_altered() {
    look("event-altered", tenants::tenants, |console, _| {
        console.press("2").unwrap();
        console.change(|state| {
            if let Some(row) = state.events.window.rows.back_mut() {
                Arc::make_mut(&mut row.event).stored.intact = false;
            }
        });
    });
}

#[test]
fn hostile_data_is_shown_but_never_obeyed() {
    look("hostile-data", tenants::empty, |console, store| {
        let space =
            store.events().get_or_create_space("evil\u{1b}]0;x\u{7}\u{202e}txt", None, Timestamp(0)).unwrap();
        let payload =
            json!({"👨‍👩‍👧": "\u{1b}[2J\u{9b}31m", "e\u{301}": "ﾊﾝｶｸ 全角", "nested": {"list": [1, null, true]}});
        let events = [
            NewEvent::new("e\n1", "type\twith tab", Json::of(&payload)),
            NewEvent::new("👩🏽‍🚀🏴‍☠️", "日本語.イベント", Json::of(&json!("{not json\n\u{1b}c"))),
        ];
        let append = Append { expected: Expected::Any, now: Timestamp(1), events: &events };
        store.events().append(space.space_id, append).unwrap();
        console.follow();
        console.press("2k").unwrap();
    });
}

#[test]
fn read_only() {
    look("read-only", tenants::tenants, |console, _| {
        console.change(|state| state.database.read_only = true);
    });
}

#[test]
fn file_gone() {
    look("file-gone", tenants::tenants, |console, _| {
        console.send(Message::File(Some(Gone::Removed("tenants.db".to_owned()))));
        console.press("n").unwrap();
    });
}

#[test]
fn form_that_could_not_be_sent() {
    look("form-that-could-not-be-sent", tenants::tenants, |console, _| {
        console.press("nj<enter>c5<tab>Ada King<tab><tab>").unwrap();
        console.change(|state| {
            if let Some(form) = state.layers.top_as_mut::<Form>() {
                form.error = Some(ErrorText {
                    message:
                        "the command was not sent: the database is busy: another process has held it for 5.0 s"
                            .to_owned(),
                    hint: Some("`ctrl-s` tries again; your input is kept".to_owned()),
                });
            }
        });
        console.send(Message::Resumed);
    });
}

#[test]
fn space_deleted_elsewhere() {
    look("space-deleted-elsewhere", tenants::tenants, |console, store| {
        ramax::operations::delete(store, "crm_acme", Default::default(), &mut keep_going).unwrap();
        console.follow();
    });
}

#[test]
fn form_with_a_conflict() {
    look("form-with-a-conflict", tenants::tenants, |console, store| {
        console.press("nj<enter>c5<tab>Ada King<tab>").unwrap();
        let acme = ContentStore::open(store, "crm_acme", Arc::new(Crm)).unwrap();
        acme.execute(Command::new("update-contact").with("contact_id", "c5").with("name", "Rival")).unwrap();
        console.press("<ctrl-s>").unwrap();
    });
}

//! Copying parts of the selected item, and the command that shows the same, to the clipboard.

use std::ffi::OsString;

use proptest::prelude::*;
use ramax::cli::Program;
use ramax::console::Headless;
use ramax::console::app::clipboard::LIMIT;
use ramax::console::layers::copy::CopyMenu;
use ramax::{Append, Expected};
use serde_json::json;

use crate::snapshots::look_at;
use crate::support::{Fixture, START, add_contact, event, tenants};
use crate::{console, notice, screen, two_tenants};

/// A space with one contact, with the events in view.
fn one_contact() -> (Fixture, Headless) {
    let fixture = Fixture::memory();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    tenants::caught_up(&crm);
    let mut console = console(&fixture.store);
    console.press("2").unwrap();
    (fixture, console)
}

fn copied<'c>(console: &'c mut Headless, keys: &str) -> &'c str {
    console.press(keys).unwrap();
    assert!(console.state().layers.find::<CopyMenu>().is_none(), "the menu is closed");
    console.copied.last().map_or("", String::as_str)
}

#[test]
fn two_keys_copy_any_part_of_an_event() {
    let (_fixture, mut console) = one_contact();
    let payload = copied(&mut console, "yp").to_owned();
    let event = console.state().events.selected().unwrap().clone();
    assert_eq!(payload, event.payload.as_str());
    assert_eq!(
        notice(&console),
        format!("sent to the clipboard: the payload of event 1, {} bytes", payload.len())
    );
    assert_eq!(copied(&mut console, "yi"), "1");
    assert_eq!(copied(&mut console, "ye"), "c1");
    assert_eq!(copied(&mut console, "ys"), "crm_acme");
    assert_eq!(copied(&mut console, "yc"), event.correlation_id.unwrap().to_string());
    let row = copied(&mut console, "yy").to_owned();
    assert_eq!(row, copied(&mut console, "y<enter>"));
    let row: serde_json::Value = serde_json::from_str(&row).unwrap();
    assert_eq!(row["entity_id"], "c1");
}

#[test]
fn the_value_and_the_path_under_the_cursor_of_a_document_are_copied() {
    let (_fixture, mut console) = one_contact();
    console.press("<enter>jj").unwrap();
    assert_eq!(copied(&mut console, "yy"), "Name of c1");
    assert_eq!(copied(&mut console, "yP"), "/name");
    let payload = copied(&mut console, "yp").to_owned();
    assert!(payload.starts_with('{') && payload.contains("Name of c1"), "{payload}");
}

#[test]
fn keys_values_spaces_and_entries_of_the_audit_log_are_copied_by_their_parts() {
    let (_fixture, mut console) = one_contact();
    console.press("3").unwrap();
    let key = copied(&mut console, "yk").to_owned();
    let value = copied(&mut console, "yv").to_owned();
    let row: serde_json::Value = serde_json::from_str(copied(&mut console, "yl")).unwrap();
    assert_eq!((row["key"].as_str(), row["projection"].as_str()), (Some(key.as_str()), Some("state")));
    assert_eq!(row["value"], serde_json::from_str::<serde_json::Value>(&value).unwrap());
    console.press("1").unwrap();
    assert_eq!(copied(&mut console, "yn"), "crm_acme");
    assert_eq!(copied(&mut console, "yi"), "#1");
}

#[test]
fn a_key_that_stands_for_no_part_copies_nothing_and_escape_closes_the_menu() {
    let (_fixture, mut console) = one_contact();
    console.press("yv").unwrap();
    assert!(console.copied.is_empty() && console.state().layers.find::<CopyMenu>().is_some());
    console.press("<esc>").unwrap();
    assert!(console.copied.is_empty() && console.state().layers.find::<CopyMenu>().is_none());
}

#[test]
fn a_value_that_is_too_long_for_the_clipboard_is_refused() {
    let fixture = Fixture::memory();
    let space_id = fixture.space("crm_long").space_id;
    let events = [event("c1", "contact.seen", json!({"note": "x".repeat(LIMIT)}))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    let mut console = console(&fixture.store);
    console.press("2yp").unwrap();
    assert!(console.copied.is_empty());
    let text = notice(&console);
    assert!(text.starts_with("not copied: the payload of event 1 is too long; Y "), "{text}");
    assert_eq!(copied(&mut console, "yi"), "1");
}

#[test]
fn the_menu_shows_each_part_with_its_key() {
    look_at("copy-menu", |width, height| {
        let mut console = Headless::new(tenants::tenants(), ramax::Apps::standard(), width, height);
        console.press("2y").unwrap();
        console
    });
}

/// The arguments of a line for a POSIX shell.
fn arguments(line: &str) -> Vec<OsString> {
    shlex::split(line).expect("a line that a shell can read").into_iter().map(OsString::from).collect()
}

/// Copies the commands of what is shown after these keys, and checks that the command line understands them. Returns them
/// without the options that name the file.
fn commands(console: &mut Headless, fixture: &Fixture, keys: &str, copy: &str) -> Vec<String> {
    console.press(keys).unwrap();
    let before = console.copied.len();
    console.press(copy).unwrap();
    assert_eq!(console.copied.len(), before + 1, "{keys}: {}", notice(console));
    let text = console.copied.last().unwrap();
    let database = format!("--db {} ", fixture.file().display());
    let check = |line: &str| {
        Program::ramax().check(&arguments(line)).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(line.contains(&database), "{line}");
        let rest = line.split_once(&database).unwrap().1;
        rest.replace(&format!("{}/", fixture.file().parent().unwrap().display()), "DIR/")
    };
    text.lines().map(check).collect()
}

#[test]
fn one_key_copies_the_command_that_shows_the_same() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    for (keys, expected) in [
        ("1", "spaces list"),
        ("i", "spaces show crm_acme"),
        ("<esc>2", "events list crm_acme"),
        ("/entity:c1 name~it's<enter>", r#"events list crm_acme --where "entity:c1 name~it's""#),
        ("<esc>/-type:contact.renamed<enter>", "events list crm_acme --where=-type:contact.renamed"),
        ("<esc>", "events list crm_acme"),
        ("i", "events show 3 --changes"),
        ("<esc>H", "events list crm_acme --entity c3"),
        ("<esc>3", "projections list crm_acme --projection state"),
        ("/c2<enter>", "projections list crm_acme --projection state --contains c2"),
        ("i", "projections get crm_acme contact:c2 --projection state"),
        ("<esc><esc>4", "checkpoints list"),
        ("i", "checkpoints list --projection state"),
        ("<esc>1U", "subscriptions list"),
        ("<esc>L", "log --reverse"),
        ("<esc>2a", "events list --all-spaces"),
    ] {
        assert_eq!(commands(&mut console, &fixture, keys, "Y"), [expected], "{keys}");
    }
}

#[test]
fn the_question_before_an_operation_shows_its_command_and_copies_it() {
    let fixture = two_tenants();
    let behind = [event("c9", "contact.seen", json!({}))];
    let append = Append { expected: Expected::Any, now: START, events: &behind };
    fixture.store.events().append(fixture.space("crm_acme").space_id, append).unwrap();
    let mut console = console(&fixture.store);
    for (keys, copy, expected) in [
        ("R", "Y", "rebuild crm_acme"),
        ("s", "Y", "rebuild crm_acme --skip-errors"),
        ("<esc>C", "Y", "catch-up crm_acme"),
        ("<esc>v", "Y", "verify crm_acme"),
        ("<esc>K", "Y", "check"),
        ("pr", "Y", "check --deep --repair"),
        ("<esc>D", "<ctrl-y>", "spaces delete crm_acme --confirm crm_acme"),
        ("<ctrl-p>", "<ctrl-y>", "spaces delete crm_acme --confirm crm_acme --purge"),
        ("<esc>B", "<ctrl-y>", "backup DIR/backup.db"),
    ] {
        assert_eq!(commands(&mut console, &fixture, keys, copy), [expected], "{keys}");
        // One that names a file is shown with full paths, as a backup is in its own test.
        let shown =
            if expected.contains("DIR/") { "ramax --db ".to_owned() } else { format!("ramax {expected}") };
        assert!(screen(&console).contains(&shown), "{keys}\n{}", screen(&console));
    }
    console.press("<esc>e").unwrap();
    let export = commands(&mut console, &fixture, "", "<ctrl-y>");
    assert!(export[0].starts_with("export crm_acme --output DIR/crm_acme"), "{export:?}");
}

#[test]
fn an_import_and_a_redaction_have_a_command_once_the_form_is_complete() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("I<ctrl-y>").unwrap();
    assert!(console.copied.is_empty() && !notice(&console).is_empty(), "{}", notice(&console));
    let import = commands(&mut console, &fixture, "a b.jsonl<tab>crm_b", "<ctrl-y>");
    assert_eq!(
        import[0].replace(&*fixture.file().parent().unwrap().to_string_lossy(), "DIR"),
        "import 'DIR/a b.jsonl' --into crm_b"
    );
    console.press("<esc><enter>2A").unwrap();
    let redact = commands(&mut console, &fixture, "<tab>name meta.actor", "<ctrl-y>");
    assert_eq!(redact, ["redact crm_acme --entity c3 --field name --field meta.actor --confirm crm_acme"]);
}

#[test]
fn an_operation_on_several_spaces_has_a_command_for_each_and_a_job_repeats_its_own() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    assert_eq!(commands(&mut console, &fixture, "Mv", "Y"), ["verify crm_acme", "verify crm_widgets"]);
    assert!(notice(&console).contains("ramax verify crm_acme (+ 1 more)"), "{}", notice(&console));
    assert!(screen(&console).contains("ramax verify crm_acme (+ 1 more)"), "{}", screen(&console));
    console.press("<enter>5g").unwrap();
    assert!(commands(&mut console, &fixture, "", "Y")[0].starts_with("verify crm_"));
}

#[test]
fn the_command_of_a_list_of_spaces_has_its_filter_and_its_order() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    assert_eq!(commands(&mut console, &fixture, "1", "Y"), ["spaces list"]);
    assert_eq!(commands(&mut console, &fixture, "ss", "Y"), ["spaces list --sort events"]);
    console.press("/ACME<enter>").unwrap();
    let expected = ["spaces list --contains ACME --sort events"];
    assert_eq!(commands(&mut console, &fixture, "", "Y"), expected);
    let expected = ["spaces list --contains ACME --sort events --json"];
    assert_eq!(commands(&mut console, &fixture, "<ctrl-s>", "<ctrl-y>"), expected);
    assert_eq!(
        commands(&mut console, &fixture, "<esc>4/widg<enter>", "Y"),
        ["checkpoints list --contains widg"]
    );
}

#[test]
fn a_form_of_a_command_and_one_of_a_space_have_a_command_line() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    let add = commands(&mut console, &fixture, "n<enter>c9<tab>Ada King<tab>ada@acme.example", "<ctrl-y>");
    assert_eq!(add, ["run crm_acme add-contact contact_id=c9 email=ada@acme.example name='Ada King'"]);
    let shown = screen(&console);
    assert!(shown.contains("ramax run crm_acme add-contact"), "{shown}");
    console.press("<esc><enter>c").unwrap();
    assert_eq!(commands(&mut console, &fixture, "crm_new", "<ctrl-y>"), ["spaces create crm_new --app crm"]);
}

#[test]
fn commands_name_both_files_and_say_what_they_do_not_cover() {
    let fixture = Fixture::two_files();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("1s4Y").unwrap();
    let line = console.copied.last().unwrap().clone();
    Program::ramax().check(&arguments(&line)).unwrap();
    assert!(line.contains(" --projections ") && line.ends_with("checkpoints list"), "{line}");
    let said = notice(&console);
    assert!(said.contains("ramax checkpoints list without the order of the spaces"), "{said}");
}

#[test]
fn the_commands_of_checkpoints_and_of_a_key_have_the_order_and_the_filter() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    assert_eq!(commands(&mut console, &fixture, "4s", "Y"), ["checkpoints list --sort name"]);
    assert_eq!(commands(&mut console, &fixture, "ss", "Y"), ["checkpoints list --sort last-error"]);
    let history = commands(&mut console, &fixture, "3H/added<enter>", "Y");
    assert_eq!(history.len(), 1);
    assert!(history[0].ends_with("--contains added --reverse"), "{history:?}");
}

#[test]
fn no_two_parts_to_copy_have_the_same_name() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("y").unwrap();
    let shown = screen(&console);
    assert_eq!(shown.matches("the space's name").count(), 1, "{shown}");
}

#[test]
fn a_store_in_memory_has_no_command() {
    let (_fixture, mut console) = one_contact();
    console.press("Y").unwrap();
    assert!(console.copied.is_empty());
    assert!(notice(&console).contains("no file that a command could name"), "{}", notice(&console));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::support::mutation::cases(24)))]

    #[test]
    fn the_command_line_understands_commands_about_any_name(name in "[ -~ä王$`'\"!-]{1,12}") {
        let fixture = Fixture::one_file();
        let Ok(_) = fixture.store.events().get_or_create_space(&name, None, START) else { return Ok(()) };
        let mut console = console(&fixture.store);
        for keys in ["2Y", "3Y", "1iY<esc>"] {
            console.press(keys).unwrap();
            if let Some(line) = console.copied.last() {
                prop_assert!(Program::ramax().check(&arguments(line)).is_ok(), "{}", line);
            }
        }
    }
}

//! Every operation by keys, in the real program.

use super::pty::{Program, Terminal};
use crate::support::program::{Sandbox, sqlite};

/// Starts the console on `t.db`.
pub fn console(sandbox: &Sandbox) -> Terminal<'_> {
    console_with(sandbox, &[])
}

/// Like [`console`], with more arguments.
pub fn console_with<'sandbox>(sandbox: &'sandbox Sandbox, more: &[&str]) -> Terminal<'sandbox> {
    let arguments: Vec<&str> = ["t.db"].iter().chain(more).copied().collect();
    let mut terminal = Program::new(sandbox, &arguments).start();
    // The top line counts the spaces once they are read.
    let counts = [" space · ", " spaces · ", " sp · "];
    terminal
        .wait_for("1 Spaces")
        .wait_until("the list of spaces", |seen| counts.iter().any(|count| seen.has(count)));
    terminal
}

/// Quits normally.
#[track_caller]
pub fn quit(mut terminal: Terminal<'_>) {
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    let listed = sandbox.run("spaces list --json").done().objects();
    listed.iter().map(|space| space["space_name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_space_is_created_and_its_first_command_run() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("c").wait_for("Create space").press("crm_new<ctrl-s>").wait_for("space crm_new created");
    terminal.press("n").wait_for("Add contact").press("<enter>").wait_for("Contact id");
    terminal.press("c9<tab>Hedy<tab>h@new.example").wait_for("contact:c9");
    terminal.press("<ctrl-s>").wait_for("appended to crm_new at sequence 1");
    quit(terminal);
    assert_eq!(names(&sandbox), ["crm_acme", "crm_new"]);
    assert!(sandbox.run("projections get crm_new contact:c9").done().out.contains("Hedy"));
    sandbox.run("verify --all").done();
}

#[test]
fn pasted_text_that_looks_like_keys_stays_text_in_a_form() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create cms_site").done();
    let mut terminal = console(&sandbox);
    terminal.press("n").wait_for("Publish").press("<enter>").wait_for("Article id").press("a1<tab>");
    terminal.paste("q?:D\x1b[31m\x03 Title\r\n");
    terminal.wait_for("q?:D").press("<tab>");
    let long = "one\r\ntwo\tthree\r\n".repeat(400);
    terminal.paste(&long);
    terminal.wait_for("three").press("<ctrl-s>").wait_for("appended to cms_site at sequence 1");
    quit(terminal);
    let article = sandbox.run("projections get cms_site article:a1 --json").done().object();
    let content = article["value"]["content"].as_str().unwrap();
    assert_eq!(content.matches("three").count(), 400);
    assert!(article["value"]["title"].as_str().unwrap().starts_with("q?:D"));
}

#[test]
fn a_projection_is_rebuilt_and_verified() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("R").wait_for("replayed into").press("<enter>");
    terminal.wait_for("rebuild crm_acme: 2 events into").press("v").wait_for("nothing is written");
    terminal.press("<enter>").wait_for("verify crm_acme: projections match");
    quit(terminal);
}

#[test]
fn a_difference_is_found_and_repaired_by_a_rebuild() {
    let sandbox = Sandbox::with_contacts();
    let altered =
        "UPDATE projection_entities SET value = replace(value, 'Ada', 'Eve') WHERE key = 'contact:c1'";
    assert_eq!(sqlite(&sandbox.db()).execute(altered, []).unwrap(), 1);
    let mut terminal = console(&sandbox);
    terminal.press("v").wait_for("nothing is written").press("<enter>").wait_for("1 difference (");
    terminal.press("R").wait_for("replayed into").press("<enter>");
    terminal.wait_for("rebuild crm_acme: 2 events into").press("v").wait_for("nothing is written");
    terminal.press("<enter>").wait_for("verify crm_acme: projections match");
    quit(terminal);
}

#[test]
fn a_lagging_projection_catches_up() {
    let sandbox = Sandbox::with_contacts();
    let rewound = "UPDATE projection_checkpoints SET last_space_sequence = 1, last_event_id = 1;";
    let removed = "DELETE FROM projection_entities WHERE key = 'contact:c2';";
    sqlite(&sandbox.db()).execute_batch(&format!("{rewound}{removed}")).unwrap();
    let mut terminal = console(&sandbox);
    terminal.wait_for("▲ 2").press("C").wait_for("from sequence 1 to 2").press("<enter>");
    terminal.wait_for("catch-up crm_acme: 3 events applied").wait_while("▲ 2");
    quit(terminal);
}

#[test]
fn a_space_is_deleted_after_its_name_is_typed_and_purged_on_request() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create crm_trial").done();
    let secret = "planted-secret-0815";
    sandbox.run(&format!("run crm_trial add-contact contact_id=c1 name={secret} email=a@b.c")).done();
    let mut terminal = console(&sandbox);
    terminal.wait_for("crm_trial").press("jD").wait_for("Type ").press("crm_acme<enter>");
    terminal.leave("type crm_trial to delete it");
    assert_eq!(names(&sandbox), ["crm_acme", "crm_trial"]);
    terminal.press("D").wait_for("Type ").press("crm_trial<ctrl-p><enter>").wait_for("no byte is left");
    quit(terminal);
    assert_eq!(names(&sandbox), ["crm_acme"]);
    for file in sandbox.files() {
        let bytes = std::fs::read(sandbox.path(&file)).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "in {file}");
    }
    sandbox.run("verify --all").done();
}

#[test]
fn events_written_by_another_process_appear() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("2").wait_for("Event 2");
    sandbox.run("run crm_acme add-contact contact_id=c3 name=Hedy email=h@acme.example").done();
    terminal.wait_for("Event 3").wait_for("Hedy");
    terminal.press("k").wait_for("Event 2");
    sandbox.run("run crm_acme add-contact contact_id=c4 name=Radia email=r@acme.example").done();
    terminal.wait_for("Radia").wait_for("Event 2").press("f").wait_for("Event 4");
    quit(terminal);
}

#[test]
fn lists_support_filters_and_jumps() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 2 --events 300").done();
    let mut terminal = console(&sandbox);
    terminal.press("/0002<enter>").leave("1 of 2");
    terminal
        .press("2")
        .wait_for("Event ")
        .press("J")
        .wait_for("jump to sequence or time")
        .press("17<enter>")
        .wait_for("sequence 17 ");
    terminal.press("g").wait_for("sequence 1 ").press("G").wait_for("sequence 150 ");
    terminal.press("3").wait_for("contact:").press("/contacts<enter>").wait_for("contacts:count");
    terminal.wait_while("contact:c");
    quit(terminal);
}

#[test]
fn every_view_is_reachable_by_keys() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("3").wait_for("contact:c1").press("i").leave("› detail");
    terminal
        .press("2")
        .wait_for("Event 2")
        .press("H")
        .leave("› history of c2")
        .press("4")
        .wait_for("contacts_by_domain")
        .press("5")
        .wait_for("No jobs yet");
    terminal.press("z").wait_while("1 Spaces ─");
    terminal.press("1?").leave("Most needed here");
    quit(terminal);
}

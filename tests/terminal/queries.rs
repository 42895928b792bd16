//! The query prompt, in the real program.

use super::operations::console;
use crate::support::program::Sandbox;

#[test]
fn events_are_found_by_a_query_and_esc_goes_back_step_by_step() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("run crm_acme update-contact contact_id=c1 name=Augusta").done();
    let mut terminal = console(&sandbox);
    terminal.press("2").wait_for("Event 3").press("/type:contact.added").wait_for("2 match");
    terminal.press(" payload.name~grace").wait_for("1 match").wait_while("Augusta");
    terminal.press("<enter>").wait_for("Event 2").wait_for("1 match");
    terminal.leave(" match").wait_for("3 of 3");
    terminal.press("/nobody<enter>").leave("No event matches “nobody”").wait_for("Augusta");
    terminal.press("q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_wrong_query_is_refused_beside_the_prompt_and_its_text_is_kept() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("2").wait_for("Event 2").press("/typ:contact.added");
    terminal.wait_for("there is no field \"typ\": did you mean type?").wait_for("typ:contact.added");
    terminal.press("<enter>").wait_for("there is no field").wait_for("typ:contact.added");
    let to_the_word = "<left>".repeat(":contact.added".len());
    terminal.press(&format!("{to_the_word}e")).wait_while("there is no field").wait_for("2 match");
    terminal.leave("type:contact.added").wait_for("2 of 2").press("q");
    assert_eq!(terminal.end().code, Some(0));
}

//! The walk through the demonstration.

use super::pty::Program;
use crate::support::program::Sandbox;

#[test]
fn the_walk_is_completed_with_two_keys() {
    let sandbox = Sandbox::new();
    let mut terminal = Program::new(&sandbox, &["demo", "--path", "demo.db"]).start();
    for step in ramax::cli::walkthrough().steps().iter() {
        terminal
            .wait_for(&step.title)
            .press(".")
            .wait_until("the step to finish", |seen| !seen.has("to run this step") && !seen.has("running…"));
        terminal.press("w");
    }
    terminal.wait_for("End of the guide.").press("1q");
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0));
    assert!(ended.main_screen.contains("demonstration file: "), "{}", ended.main_screen);
    let verified = sandbox.command("verify --all").env("RAMAX_DB", "demo.db").output().unwrap();
    assert!(verified.status.success());
}

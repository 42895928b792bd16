//! Every way out of a running rebuild leaves the old projection.

use std::path::Path;
use std::sync::LazyLock;

use rustix::process::Signal;
use tempfile::TempDir;

use super::operations::console;
use super::pty::Terminal;
use super::suspend;
use crate::support::program::{Sandbox, sqlite};

/// Enough that the resumed rebuild is still running when the next key is read.
const EVENTS: &str = "30000";

/// A file with one large space, created once.
static LARGE: LazyLock<TempDir> = LazyLock::new(|| {
    let sandbox = Sandbox::new();
    sandbox.run_of(&["generate", "--spaces", "1", "--events", EVENTS, "--app", "crm"]).done();
    sandbox.directory
});

pub fn large() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::copy(LARGE.path().join("t.db"), sandbox.db()).unwrap();
    sandbox
}

/// Returns the number of keys in the live `state`, and its checkpoint.
fn projection(file: &Path) -> (u64, u64) {
    let counted =
        "SELECT entities, last_space_sequence FROM projection_checkpoints WHERE projection = 'state'";
    sqlite(file).query_row(counted, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

/// Starts a rebuild and pauses it halfway; `P` resumes it.
fn begin_rebuild(terminal: &mut Terminal<'_>) {
    terminal.wait_for("crm_load_0001").press("R").wait_for("replayed into");
    terminal.press("<enter>5P").wait_for("‖ paused while").wait_for("of 30,000");
}

/// Leaves a console with a paused rebuild, and asserts that the projection is unchanged.
fn in_a_rebuild(leave: impl FnOnce(Terminal<'_>)) {
    let sandbox = large();
    let before = projection(&sandbox.db());
    let mut terminal = console(&sandbox);
    begin_rebuild(&mut terminal);
    leave(terminal);
    assert_eq!(projection(&sandbox.db()), before);
    sandbox.run("verify --all").done();
}

#[test]
fn quitting_in_a_rebuild_asks_and_leaves_the_old_projection() {
    in_a_rebuild(|mut terminal| {
        terminal.press("Pq").wait_for("will be cancelled").press("y");
        assert_eq!(terminal.end().code, Some(0));
    });
}

#[test]
fn ctrl_c_in_a_rebuild_asks_and_a_second_one_quits() {
    in_a_rebuild(|mut terminal| {
        terminal.press("P<ctrl-c>").wait_for("will be cancelled").press("<ctrl-c>");
        assert_eq!(terminal.end().code, Some(0));
    });
}

#[test]
fn a_signal_in_a_rebuild_leaves_the_old_projection() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        in_a_rebuild(|mut terminal| {
            terminal.press("P").signal(signal);
            assert_eq!(terminal.end().code, Some(130), "{signal:?}");
        });
    }
}

#[test]
fn a_closed_terminal_in_a_rebuild_leaves_the_old_projection() {
    in_a_rebuild(|mut terminal| {
        terminal.press("P");
        assert_eq!(terminal.hang_up().exit_code(), 130);
    });
}

#[test]
fn a_rebuild_cancelled_by_a_key_leaves_the_old_projection_and_can_be_repeated() {
    in_a_rebuild(|mut terminal| {
        terminal.press("Px").wait_for("cancelled; its projections are unchanged");
        terminal.press("1R").wait_for("replayed into").press("<enter>");
        terminal.wait_for("30,000 events into").press("q");
        assert_eq!(terminal.end().code, Some(0));
    });
}

#[test]
fn a_rebuild_resumes_where_it_was_when_the_console_is_stopped_and_continued() {
    let sandbox = large();
    let mut terminal = suspend::in_a_shell(&sandbox);
    begin_rebuild(&mut terminal);
    terminal.press("P");
    suspend::stop_and_continue(&mut terminal);
    terminal.wait_for("30,000 events into").press("q");
    terminal.wait_for("ended 0");
    assert_eq!(terminal.end().code, Some(0));
    sandbox.run("verify --all").done();
}

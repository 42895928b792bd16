//! Opening another file in a running console, in a real terminal.

use std::path::Path;

use super::jobs::large;
use super::operations::{console, console_with, quit};
use super::pty::Terminal;
use super::vt100::{Seen, is_taken};
use crate::support::program::{Sandbox, sqlite};

/// Two files: `t.db` with `crm_acme`, and `other.db` with `crm_other`.
fn two_files() -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("--db other.db spaces create crm_other").done();
    sandbox
}

fn count(seen: &Seen, text: &str) -> usize {
    seen.raw.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
}

fn has_wal(sandbox: &Sandbox, name: &str) -> bool {
    sandbox.path(&format!("{name}-wal")).exists()
}

/// Opens the other file by its path.
fn open_other(terminal: &mut Terminal<'_>) {
    terminal.press(":open other.db").wait_for("open other.db").press("<enter>");
    terminal.wait_for("crm_other").wait_while("Palette");
}

#[test]
fn another_file_is_opened_and_the_terminal_stays_taken() {
    let sandbox = two_files();
    let mut terminal = console(&sandbox);
    terminal.press("c").wait_for("Create space").press("crm_new<ctrl-s>").wait_for("space crm_new created");
    assert!(has_wal(&sandbox, "t.db"));
    open_other(&mut terminal);
    terminal.wait_until("the file before to be closed", |_| !has_wal(&sandbox, "t.db"));
    assert!(terminal.is(|seen| !seen.has("crm_acme") && is_taken(seen)));
    assert!(terminal.is(|seen| count(seen, "\x1b[?1049h") == 1 && count(seen, "\x1b[?1049l") == 0));
    assert!(terminal.is(|seen| count(seen, "\x1b[?1000h") == 1 && count(seen, "\x1b[2J") == 1));
    // Keys, and changes by other processes, are those of the new file.
    sandbox.run("--db other.db spaces create crm_later").done();
    terminal.wait_for("crm_later").press("<ctrl-o>").wait_for("open t.db").press("<enter>");
    terminal
        .wait_for("crm_new")
        .wait_until("the file before to be closed", |_| !has_wal(&sandbox, "other.db"));
    quit(terminal);
    assert_eq!(sandbox.files(), ["other.db", "t.db"]);
}

#[test]
fn the_other_file_is_opened_with_the_options_of_the_command_line() {
    let sandbox = two_files();
    let mut terminal = console_with(&sandbox, &["--read-only", "--fresh"]);
    open_other(&mut terminal);
    terminal.wait_for("read-only").press("<ctrl-o>").wait_for("open t.db");
    assert!(!terminal.is(|seen| seen.has("recent file")), "nothing is remembered");
    terminal.leave("Palette");
    quit(terminal);
    assert!(!sandbox.state_home().join("ramax/recent.json").exists());
}

#[test]
fn a_file_that_cannot_be_opened_leaves_the_one_that_is_open() {
    let sandbox = two_files();
    std::fs::write(sandbox.path("text.db"), "a text, and no database").unwrap();
    let mut terminal = console(&sandbox);
    for (name, reason) in [("missing.db", "there is no file"), ("text.db", "is not a SQLite database")] {
        terminal.press(&format!(":open {name}<enter>")).wait_for(reason).leave("Palette");
    }
    terminal.press("2").wait_for("contact.added");
    quit(terminal);
}

/// Holds a file so that no other process can open it.
fn hold(path: &Path) -> rusqlite::Connection {
    let holder = sqlite(path);
    holder.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    holder
}

#[test]
fn a_locked_file_is_waited_for_until_the_user_gives_up() {
    let sandbox = two_files();
    let mut terminal = console_with(&sandbox, &["--busy-timeout", "60000"]);
    let holder = hold(&sandbox.path("other.db"));
    terminal.press(":open other.db<enter>").wait_for("opening other.db").leave("opening other.db");
    terminal.leave("Palette").press("2").wait_for("contact.added");
    drop(holder);
    open_other(&mut terminal);
    quit(terminal);
    assert_eq!(sandbox.files(), ["other.db", "t.db"]);
}

#[test]
fn a_running_job_is_cancelled_only_after_a_question_and_if_the_file_opens() {
    let sandbox = large();
    sandbox.run("--db other.db spaces create crm_other").done();
    let mut terminal = console(&sandbox);
    terminal.wait_for("crm_load_0001").press("R").wait_for("replayed into");
    terminal.press("<enter>5P").wait_for("‖ paused while");
    terminal.press(":open missing.db<enter>").wait_for("will be cancelled").press("y");
    terminal.wait_for("there is no file").wait_for("‖ rebuild").leave("Palette");
    terminal.press(":open other.db<enter>").wait_for("will be cancelled").press("y");
    terminal.wait_for("crm_other").wait_until("the file before to be closed", |_| !has_wal(&sandbox, "t.db"));
    quit(terminal);
    let logged = sandbox.run("log").done().out;
    assert!(logged.contains("cancelled"), "{logged}");
    sandbox.run("verify --all").done();
}

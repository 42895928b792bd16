//! A terminal that hangs up because its window is closed or the connection breaks.

use super::operations::console;
use super::pty::Program;
use crate::support::program::{Sandbox, sqlite};

/// Asserts that no process holds the file.
fn assert_free(sandbox: &Sandbox) {
    let file = sqlite(&sandbox.db());
    file.busy_timeout(std::time::Duration::ZERO).unwrap();
    file.execute_batch("BEGIN EXCLUSIVE; COMMIT;").unwrap();
    drop(file);
    sandbox.run("verify --all").done();
}

#[test]
fn a_console_whose_terminal_is_closed_ends() {
    let sandbox = Sandbox::with_contacts();
    assert_eq!(console(&sandbox).hang_up().exit_code(), 130);
    assert_free(&sandbox);
}

#[test]
fn a_console_ends_with_its_terminal_even_without_a_signal() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = Program::new(&sandbox, &["t.db"]).without_control().start();
    terminal.wait_for("crm_acme");
    assert_eq!(terminal.hang_up().exit_code(), 130);
    assert_free(&sandbox);
}

#[test]
fn a_console_ends_when_its_terminal_is_closed_during_typing() {
    let sandbox = Sandbox::with_contacts();
    let mut terminal = console(&sandbox);
    terminal.press("n<enter>c3<tab>Hed").wait_for("Hed");
    assert_eq!(terminal.hang_up().exit_code(), 130);
    assert_free(&sandbox);
}

#[test]
fn a_demonstration_removes_its_file_when_its_terminal_is_closed() {
    let sandbox = Sandbox::new();
    let mut terminal = Program::new(&sandbox, &["demo"]).start();
    terminal.wait_for("crm_acme");
    assert_eq!(terminal.hang_up().exit_code(), 130);
    assert_eq!(sandbox.files(), [""; 0]);
}

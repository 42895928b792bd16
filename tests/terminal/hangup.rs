//! A terminal that hangs up because its window is closed or the connection breaks.

use super::operations::console;
use super::pty::Program;
use crate::support::program::{Desk, sqlite};

/// Asserts that no process holds the file.
fn assert_free(desk: &Desk) {
    let file = sqlite(&desk.db());
    file.busy_timeout(std::time::Duration::ZERO).unwrap();
    file.execute_batch("BEGIN EXCLUSIVE; COMMIT;").unwrap();
    drop(file);
    desk.run("verify --all").done();
}

#[test]
fn a_console_whose_terminal_is_closed_ends() {
    let desk = Desk::with_contacts();
    assert_eq!(console(&desk).hang_up().exit_code(), 130);
    assert_free(&desk);
}

#[test]
fn a_console_ends_with_its_terminal_even_without_a_signal() {
    let desk = Desk::with_contacts();
    let mut terminal = Program::new(&desk, &["t.db"]).without_control().start();
    terminal.wait_for("crm_acme");
    assert_eq!(terminal.hang_up().exit_code(), 130);
    assert_free(&desk);
}

#[test]
fn a_console_ends_when_its_terminal_is_closed_during_typing() {
    let desk = Desk::with_contacts();
    let mut terminal = console(&desk);
    terminal.press("n<enter>c3<tab>Hed").wait_for("Hed");
    assert_eq!(terminal.hang_up().exit_code(), 130);
    assert_free(&desk);
}

#[test]
fn a_demonstration_removes_its_file_when_its_terminal_is_closed() {
    let desk = Desk::new();
    let mut terminal = Program::new(&desk, &["demo"]).start();
    terminal.wait_for("crm_acme");
    assert_eq!(terminal.hang_up().exit_code(), 130);
    assert_eq!(desk.files(), [""; 0]);
}

//! Signals end the console and restore the terminal.

use rustix::process::Signal;

use super::operations::console;
use super::pty::Program;
use crate::support::program::Sandbox;

#[test]
fn a_terminating_signal_restores_the_terminal() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let sandbox = Sandbox::with_contacts();
        let terminal = console(&sandbox);
        terminal.signal(signal);
        let ended = terminal.end();
        assert_eq!((ended.code, ended.main_screen.as_str()), (Some(130), ""), "{signal:?}");
        sandbox.run("verify --all").done();
    }
}

#[test]
fn a_signal_ends_the_console_whatever_is_open() {
    let sandbox = Sandbox::with_contacts();
    for (keys, shown) in
        [("?", "Most needed here"), ("n", "Add contact"), ("D", "Type "), ("/x", "No name contains")]
    {
        let mut terminal = console(&sandbox);
        terminal.press(keys).wait_for(shown).signal(Signal::TERM);
        assert_eq!(terminal.end().code, Some(130));
    }
}

#[test]
fn a_temporary_demonstration_is_removed_by_any_signal() {
    for signal in [Signal::TERM, Signal::HUP] {
        let sandbox = Sandbox::new();
        let mut terminal = Program::new(&sandbox, &["demo"]).start();
        terminal.wait_for("crm_acme");
        assert_eq!(sandbox.files().len(), 1);
        terminal.signal(signal);
        assert_eq!(terminal.end().code, Some(130));
        assert_eq!(sandbox.files(), [""; 0]);
    }
}

#[test]
fn a_demonstration_interrupted_during_creation_leaves_nothing() {
    let sandbox = Sandbox::new();
    let mut terminal = Program::new(&sandbox, &["demo"]).start();
    terminal.wait_until("a file", |_| !sandbox.files().is_empty()).signal(Signal::INT);
    assert_eq!(terminal.end().code, Some(130));
    assert_eq!(sandbox.files(), [""; 0]);
}

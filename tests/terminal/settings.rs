//! The settings of a user in a real terminal.

use std::fs;

use super::pty::Program;
use crate::support::program::Sandbox;

#[test]
fn the_console_applies_the_settings_file() {
    let sandbox = Sandbox::with_contacts();
    fs::create_dir(sandbox.config_home().join("ramax")).unwrap();
    let settings = "glyphs = \"ascii\"\n[keys]\nrebuild = \"ctrl-r\"\nquit = \"Q\"\n";
    fs::write(sandbox.config_home().join("ramax/config.toml"), settings).unwrap();
    let mut terminal = Program::new(&sandbox, &["t.db"]).start();
    terminal.wait_for("Q quit").wait_for("# 1 Spaces");
    terminal.press("<ctrl-r>").wait_for("# Rebuild  crm_acme").leave("# Rebuild").press("Q");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn the_console_opens_with_the_defaults_if_its_settings_are_broken() {
    let sandbox = Sandbox::with_contacts();
    fs::write(sandbox.path("broken.toml"), "mouse = true\ntheme = \"drak\"\n").unwrap();
    for options in [&["t.db", "--config", "broken.toml"][..], &["t.db"]] {
        let mut terminal = Program::new(&sandbox, options).start();
        terminal
            .wait_for("the default settings are used")
            .wait_for("line 2: unknown theme")
            .wait_for("crm_acme");
        terminal.press("q");
        assert_eq!(terminal.end().code, Some(0));
        fs::create_dir_all(sandbox.config_home().join("ramax")).unwrap();
        fs::copy(sandbox.path("broken.toml"), sandbox.config_home().join("ramax/config.toml")).unwrap();
    }
}

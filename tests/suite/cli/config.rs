//! The settings file: where it is, what a broken one does, and what its commands print.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use ramax::console::settings::Settings;
use serde_json::json;

use crate::support::program::Sandbox;

/// A sandbox with settings in its default file.
fn with_settings(text: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.config_home().join("ramax")).unwrap();
    fs::write(sandbox.config_home().join("ramax/config.toml"), text).unwrap();
    sandbox
}

#[test]
fn the_printed_settings_are_the_defaults() {
    let printed = Sandbox::new().run("config print").done().out;
    assert!(Settings::parse(&printed).is_ok());
    assert_eq!(printed, Settings::printed_defaults());
    assert!(printed.lines().all(|line| line.chars().count() <= 120), "too wide:\n{printed}");
}

#[test]
fn the_examples_of_the_guide_are_valid() {
    let guide = include_str!("../../../guides/settings.md");
    let examples: Vec<&str> =
        guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        Settings::parse(example).unwrap();
    }
}

#[test]
fn the_path_is_that_of_the_default_file_or_of_the_named_one() {
    let sandbox = with_settings("");
    let file = sandbox.config_home().join("ramax/config.toml").display().to_string();
    assert_eq!(sandbox.run("config path").done().out, format!("{file}\n"));
    assert_eq!(sandbox.run("config path --json").done().object(), json!({"file": file, "exists": true}));
    assert_eq!(sandbox.run("config path --config other.toml").done().out, "other.toml\n");
    let missing = Sandbox::new().run("config path --json").done().object();
    assert_eq!(missing["exists"], false);
}

#[test]
fn a_check_names_the_line_of_each_problem() {
    let sandbox = with_settings("theme = \"drak\"\n\nmouse = 1\n");
    let ran = sandbox.run("config check");
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.out,
        "line 1: unknown theme \"drak\": choose auto, dark, light, sixteen or mono (did you mean dark?)\n\
         line 3: mouse is true or false, not a number\n"
    );
    assert!(ran.err.contains("2 problems in "), "{}", ran.err);
    let objects = sandbox.run("config check --json").objects();
    assert_eq!(objects[1], json!({"line": 3, "message": "mouse is true or false, not a number"}));
    let fine = with_settings("mouse = false").run("config check").done();
    assert!(fine.out.starts_with("no problems in "), "{}", fine.out);
}

#[test]
fn a_command_refuses_a_named_file_that_is_broken_or_missing() {
    let sandbox = Sandbox::with_contacts();
    fs::write(sandbox.path("broken.toml"), "mouse = true\ntheem = \"dark\"\n").unwrap();
    let ran = sandbox.run("spaces list --config broken.toml");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let (message, _) = ran.error();
    assert_eq!(
        message,
        "broken.toml, line 2: unknown setting \"theem\": choose theme, glyphs, mouse, time-zone, notifications, \
         columns or keys (did you mean theme?)"
    );
    assert!(ran.err.contains("`ramax config check --config broken.toml` lists all problems"), "{ran:?}");
    for command in [
        "spaces list --config none.toml",
        "--config none.toml",
        "config check --config none.toml",
        "config print --config none.toml",
    ] {
        let ran = sandbox.run(command);
        assert_eq!((ran.code, ran.error().0), (2, "there is no settings file none.toml"), "{command}");
    }
}

#[test]
fn a_broken_default_file_does_not_concern_a_command() {
    let sandbox = with_settings("theme = 1");
    sandbox.run("spaces create crm_acme").done();
    sandbox.run("spaces list").done();
}

#[test]
fn a_named_file_that_is_no_file_is_refused_at_once() {
    let sandbox = Sandbox::with_contacts();
    fs::create_dir(sandbox.path("directory")).unwrap();
    assert!(Command::new("mkfifo").arg(sandbox.path("fifo")).status().unwrap().success());
    fs::write(sandbox.path("huge"), vec![b'#'; 300_000]).unwrap();
    fs::write(sandbox.path("binary"), [b'#', b'\n', 0xff, 0xfe, 0]).unwrap();
    fs::write(sandbox.path("deep"), format!("keys = {}", "[".repeat(200_000))).unwrap();
    fs::write(sandbox.path("tables"), format!("keys = {}", "{ a = ".repeat(40_000))).unwrap();
    fs::write(sandbox.path("nul"), "theme = \"\u{0}\"\n").unwrap();
    fs::write(sandbox.path("escape"), "\"\\u001b[2J\" = 1\n").unwrap();
    for (file, reason) in [
        ("directory", "the settings file directory cannot be read: it is not a regular file"),
        ("fifo", "the settings file fifo cannot be read: it is not a regular file"),
        ("/dev/zero", "the settings file /dev/zero cannot be read: it is not a regular file"),
        ("huge", "the settings file huge cannot be read: it is larger than 256 KiB"),
        ("binary", "binary, line 2: this is not text in UTF-8"),
        ("deep", "deep, line 1: this is not valid TOML"),
        ("tables", "tables, line 1: this is not valid TOML"),
        ("nul", "nul, line 1: this is not valid TOML"),
        ("escape", "escape, line 1: unknown setting"),
    ] {
        let ran = sandbox.run(&format!("spaces list --config {file}"));
        assert_eq!(ran.code, 2, "{file}");
        assert!(ran.error().0.starts_with(reason), "{file}: {}", ran.err);
        assert!(!ran.err.contains('\u{1b}'), "{file}: {:?}", ran.err);
    }
}

#[test]
fn a_file_without_permission_to_read_it_is_refused() {
    let sandbox = Sandbox::with_contacts();
    let file = sandbox.path("secret.toml");
    fs::write(&file, "mouse = true").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&file).is_ok() {
        // The user may read everything.
        return;
    }
    let ran = sandbox.run("spaces list --config secret.toml");
    assert_eq!(ran.code, 2);
    assert!(ran.error().0.contains("cannot be read"), "{}", ran.err);
}

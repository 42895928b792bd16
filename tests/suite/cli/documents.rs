//! Tests of completions and manual pages.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::subscriptions::Subscription;
use ramax::{ContentStore, Location, OpenOptions, Store};

use crate::support::program::Sandbox;

#[test]
fn completions_for_every_shell_include_the_commands() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = sandbox.run(&format!("completions {shell}")).done().out;
        for word in ["checkpoints", "catch-up", "idempotency-key", "completions"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(sandbox.run("completions tcsh").code, 2);
    assert!(sandbox.files().is_empty());
}

#[test]
fn bash_accepts_its_completions() {
    let sandbox = Sandbox::new();
    let script = sandbox.run("completions bash").done().out;
    let ask = "COMP_WORDS=(ramax spaces cr); COMP_CWORD=2; _ramax ramax cr spaces; echo \"${COMPREPLY[@]}\"";
    assert_eq!(in_shell("bash", &format!("{script}\n{ask}"), |_| {}).unwrap(), "create\n");
}

/// Returns all that a shell says about a script, which is too long for an argument; `None` if the machine does not have this
/// shell.
fn in_shell(shell: &str, script: &str, prepare: impl FnOnce(&mut Command)) -> Option<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(script.as_bytes()).unwrap();
    let mut command = Command::new(shell);
    command.arg(file.path()).env_remove("RAMAX_DB");
    prepare(&mut command);
    let ran = command.output().ok()?;
    Some(String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap())
}

#[test]
fn bash_completes_space_names() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run_of(&["spaces", "create", "crm_a b"]).done();
    let ask = |words: &str| completed(&sandbox, &format!("{words} crm_a"));
    for words in ["run", "events list", "projections get", "verify", "spaces delete"] {
        let offered = ask(&format!("ramax --db t.db {words}"));
        assert!(offered.contains("crm_acme\n") && offered.contains("crm_a\\ b\n"), "{words}: {offered}");
    }
    for line in [
        "ramax t.db rebuild",
        "ramax --sync normal --db t.db verify",
        "ramax --db t.db events list --limit 3",
        "ramax --db t.db log --space",
    ] {
        assert!(ask(line).contains("crm_acme\n"), "{line}");
    }
    assert!(!ask("ramax --db t.db spaces create").contains("crm_acme"));
    assert!(!ask("ramax --db t.db run crm_acme").contains("crm_acme"));
    assert_eq!(sandbox.run("completions").code, 2);
}

/// Completes the last of some words in bash, and returns the names, one per line.
fn completed(sandbox: &Sandbox, words: &str) -> String {
    let script = sandbox.run("completions bash").done().out;
    let ask = format!(
        "ramax() {{ '{}' \"$@\"; }}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
         _ramax_names ramax \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        env!("CARGO_BIN_EXE_ramax")
    );
    in_shell("bash", &format!("{script}\n{ask}"), |bash| {
        bash.current_dir(sandbox.directory.path());
    })
    .unwrap()
}

#[test]
fn bash_completes_the_names_of_projections() {
    let sandbox = Sandbox::with_contacts();
    let ask = |words: &str| completed(&sandbox, words);
    for line in [
        "ramax --db t.db rebuild crm_acme --projection st",
        "ramax t.db projections get crm_acme contact:c1 --projection s",
        "ramax --db t.db checkpoints --projection st",
    ] {
        assert_eq!(ask(line), "state\n", "{line}");
    }
    assert_eq!(ask("ramax --db t.db verify crm_acme --projection none"), "\n");
}

#[test]
fn bash_completes_the_names_of_subscriptions() {
    let sandbox = Sandbox::with_contacts();
    {
        let store = Store::open(&Location::file(sandbox.db()), OpenOptions::default()).unwrap();
        for name in ["mail", "billing"] {
            store.subscribe(&Subscription::all_spaces(name)).unwrap();
        }
    }
    for line in [
        "ramax --db t.db subscriptions show m",
        "ramax t.db subscriptions retry m",
        "ramax --db t.db subscriptions skip m",
        "ramax --db t.db subscriptions reset --to now m",
        "ramax --db t.db subscriptions resume m",
        "ramax --db t.db subscriptions remove m",
        "ramax --db t.db work m",
        "ramax --db t.db work --until-idle billing m",
    ] {
        assert_eq!(completed(&sandbox, line), "mail\n", "{line}");
    }
    assert_eq!(completed(&sandbox, "ramax --db t.db subscriptions show x"), "\n");
    assert_eq!(completed(&sandbox, "ramax --db t.db spaces show crm"), "crm_acme\n");
    assert_eq!(sandbox.run("completions --complete -- subscriptions show b").done().out, "billing\n");
}

#[test]
fn commands_fields_keys_entities_and_event_types_are_completed() {
    let sandbox = Sandbox::with_contacts();
    let values = |words: &[&str]| {
        let line = ["completions", "--complete", "--", "--db", "t.db"];
        sandbox.run_of(&[&line[..], words].concat()).done().out
    };
    assert_eq!(values(&["spaces", "list", "--sort", "l"]), "lag\nlast-event\n");
    assert_eq!(values(&["checkpoints", "list", "--sort", ""]), "spaces\nname\nlag\nlast-error\n");
    assert_eq!(values(&["checkpoints", "list", "--projection", "st"]), "state\n");
    let anywhere = sandbox.run("completions --complete -- spaces list --sort n");
    assert_eq!((anywhere.code, anywhere.out.as_str()), (0, "name\n"), "without a database");
    assert_eq!(values(&["run", "crm_acme", "add-c"]), "add-contact\n");
    let given = ["run", "crm_acme", "add-contact", "contact_id=c9"];
    assert_eq!(values(&[&given[..], &["na"]].concat()), "name=\n");
    assert!(!values(&[&given[..], &[""]].concat()).contains("contact_id="));
    assert_eq!(
        values(&["run", "crm_acme", "update-contact", "contact_id=c"]),
        "contact_id=c1\ncontact_id=c2\n"
    );
    assert_eq!(values(&["projections", "get", "crm_acme", "contact:c"]), "contact:c1\ncontact:c2\n");
    assert_eq!(values(&["projections", "list", "crm_acme", "--prefix", "contact:c1"]), "contact:c1\n");
    assert_eq!(values(&["events", "list", "crm_acme", "--entity", "c"]), "c1\nc2\n");
    assert_eq!(values(&["redact", "crm_acme", "--entity", "c1", "--field", "e"]), "email\n");
    assert_eq!(values(&["redact", "crm_acme", "--entity=c1", "--field=meta.a"]), "meta.actor\n");
    let matching = |query: &str| values(&["events", "list", "crm_acme", "--where", query]);
    assert_eq!(matching("ty"), "type:\n");
    assert_eq!(matching("seq:1 type:contact"), "seq:1 type:contact.added\n");
    assert_eq!(matching("payload.em"), "payload.email\n");
    assert_eq!(matching("entity:c"), "entity:c1\nentity:c2\n");
    let [first, second] = ["c1", "c2"].map(|id| format!("type:contact.added payload.contact_id={id}\n"));
    assert_eq!(matching("type:contact.added payload.contact_id=c"), first + &second);
    assert_eq!(completed(&sandbox, "ramax t.db projections get crm_acme contact : c1"), "c1\n");
    assert_eq!(completed(&sandbox, "ramax t.db run crm_acme update-contact contact_id = c"), "c1\nc2\n");
}

#[test]
fn completing_is_silent_and_changes_nothing() {
    let sandbox = Sandbox::with_contacts();
    std::fs::write(sandbox.path("broken.db"), "not a database").unwrap();
    let bytes = sandbox.bytes();
    for words in [
        ["--db", "missing.db", "spaces", "show", ""],
        ["--db", "broken.db", "spaces", "show", ""],
        ["--db", "t.db", "spaces", "create", ""],
        ["--db", "t.db", "spaces", "shwo", "--"],
        ["--db", "t.db", "rebuild", "crm_acme", "x"],
    ] {
        let ran = sandbox.run_of(&[&["completions", "--complete", "--"], &words[..]].concat());
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (1, "", ""), "{words:?}");
    }
    let ran = sandbox.run("completions --complete -- projections get crm_none c");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    assert!(sandbox.bytes() == bytes, "the file was changed");
    assert_eq!(sandbox.run("completions --complete").code, 1);
}

#[test]
fn completing_leaves_no_file_beside_an_idle_one_and_sees_what_another_process_has_just_written() {
    let sandbox = Sandbox::with_contacts();
    let before = sandbox.files();
    let words = ["completions", "--complete", "--", "--db", "t.db", "spaces", "show", ""];
    let complete = || sandbox.run_of(&words).done().out;
    assert_eq!(complete(), "crm_acme\n");
    assert_eq!(sandbox.files(), before);
    let store = sandbox.store();
    ContentStore::open(&store, "crm_new", Arc::new(Crm)).unwrap();
    assert_eq!(complete(), "crm_acme\ncrm_new\n");
}

/// Returns the answer of a shell to a script; `None` if the machine does not have this shell.
fn answer(sandbox: &Sandbox, shell: &str, script: &str) -> Option<String> {
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_ramax")).parent().unwrap().to_owned();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    in_shell(shell, script, |command| {
        command.current_dir(sandbox.directory.path()).env("HOME", sandbox.directory.path()).env("PATH", path);
    })
}

#[test]
fn zsh_and_fish_complete_values_of_the_file_on_the_command_line() {
    let sandbox = Sandbox::with_contacts();
    let script = sandbox.run("completions zsh").done().out;
    let ask = format!(
        "compdef() {{ }}; compadd() {{ print -l -- $found }}\n{script}\n\
         LBUFFER='ramax --db t.db spaces show crm'; _ramax_values; \
         LBUFFER='ramax t.db projections get crm_acme contact:c'; _ramax_values"
    );
    if let Some(out) = answer(&sandbox, "zsh", &ask) {
        assert_eq!(out, "crm_acme\ncontact:c1\ncontact:c2\n");
    }
    let script = sandbox.run("completions fish").done().out;
    let ask = format!(
        "{script}\ncomplete -C 'ramax --db t.db spaces show crm'\n\
         complete -C 'ramax t.db rebuild crm_acme --projection st'"
    );
    if let Some(out) = answer(&sandbox, "fish", &ask) {
        assert_eq!(out, "crm_acme\nstate\n");
    }
}

#[test]
fn the_manual_has_a_page_for_ramax_and_for_each_command() {
    let sandbox = Sandbox::new();
    let page = sandbox.run("man").done().out;
    for part in [
        ".TH ramax 1",
        ".SH SYNOPSIS",
        "ramax\\-checkpoints(1)",
        ".SH \"EXIT STATUS\"",
        ".SH ENVIRONMENT",
        ".SH EXAMPLES",
        "RAMAX_DB",
        "SIGTERM",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let page = sandbox.run("man events list").done().out;
    assert!(page.contains(".TH ramax-events-list 1") && page.contains("\\-\\-reverse"), "{page}");
    for part in [".SH \"EXIT STATUS\"", ".SH ENVIRONMENT", ".SH EXAMPLES", "ramax events list crm_acme"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert_eq!(sandbox.run("man events nonsense").error().0, "there is no command events nonsense");
    assert_eq!(sandbox.run("man nonsense").code, 2);
}

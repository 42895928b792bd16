//! Tests of completions and manual pages.

use ramax::subscriptions::Subscription;
use ramax::{Location, OpenOptions, Store};

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
    let mut bash = std::process::Command::new("bash");
    let answer = bash.arg("-c").arg(format!("{script}\n{ask}")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "create\n", "{answer:?}");
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
    for shell in ["zsh", "fish"] {
        let script = sandbox.run(&format!("completions {shell}")).done().out;
        assert!(script.contains("ramax completions --spaces"), "{shell}");
    }
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
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", &format!("{script}\n{ask}")])
        .current_dir(sandbox.directory.path())
        .env_remove("RAMAX_DB");
    String::from_utf8(bash.output().unwrap().stdout).unwrap()
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
    assert!(sandbox.run("completions --projection-names").done().out.contains("state\n"));
    for shell in ["zsh", "fish"] {
        let script = sandbox.run(&format!("completions {shell}")).done().out;
        assert!(script.contains("ramax completions --projection-names"), "{shell}");
    }
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
    assert_eq!(sandbox.run("completions --subscription-names").done().out, "billing\nmail\n");
    for shell in ["zsh", "fish"] {
        let script = sandbox.run(&format!("completions {shell}")).done().out;
        assert!(script.contains("ramax completions --subscription-names"), "{shell}");
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

use crate::support::program::Sandbox;

#[test]
fn help_and_version_go_to_standard_output_and_exit_with_0() {
    let sandbox = Sandbox::new();
    let help = sandbox.run("--help").done();
    assert!(help.out.contains("Usage: ramax"), "{help:?}");
    assert!(sandbox.run("--version").done().out.starts_with("ramax "));
    assert!(sandbox.run("spaces --help").done().out.contains("delete"));
    for line in ["events list --help", "events list -h", "verify -h", "--help", "-h"] {
        assert!(sandbox.run(line).done().out.contains("Example"), "{line}");
    }
    let short = sandbox.run("-h").done().out;
    assert!(short.lines().count() <= 48, "{short}");
    assert!(help.out.contains("--busy-timeout <MILLISECONDS>"), "{help:?}");
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    let sandbox = Sandbox::new();
    for line in
        ["spaces frobnicate", "--nonsense", "events list", "rebuild", "rebuild a --all", "run", "generate"]
    {
        let ran = sandbox.run(line);
        assert_eq!(ran.code, 2, "{line}: {ran:?}");
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{line}: {ran:?}");
    }
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_wrong_command_line_is_reported_as_one_line_of_json() {
    let error = {
        let ran = Sandbox::new().run("--json spaces lst");
        assert_eq!(ran.code, 2);
        ran.json_error()
    };
    assert_eq!(error["kind"], "usage");
    assert!(error["message"].as_str().unwrap().contains("lst"));
    assert!(error["hint"].as_str().unwrap().contains("list"));
}

#[test]
fn a_missing_database_name_is_wrong_usage_with_a_hint() {
    let sandbox = Sandbox::new();
    let ran = crate::support::program::Ran::from(
        sandbox.command("spaces list").env_remove("RAMAX_DB").output().unwrap(),
    );
    assert_eq!(ran.code, 2);
    assert!(ran.error().1.contains("--db FILE"));
}

#[test]
fn an_empty_ramax_db_counts_as_unset() {
    let sandbox = Sandbox::with_contacts();
    let run = |line: &str| {
        crate::support::program::Ran::from(sandbox.command(line).env("RAMAX_DB", "").output().unwrap())
    };
    for line in ["t.db spaces list", "--db t.db spaces list", "--help", "man", "demo --plain"] {
        run(line).done();
    }
    for line in ["spaces list", "--db= spaces list"] {
        let ran = run(line);
        assert_eq!((ran.code, ran.error().0), (2, "no database is named"), "{line}");
    }
    assert_eq!(
        sandbox.run("--db= spaces list").error().0,
        "no database is named",
        "the option takes precedence"
    );
    assert_eq!(sandbox.files(), ["t.db"]);
}

#[test]
fn a_database_is_named_by_option_first_word_or_environment() {
    let sandbox = Sandbox::with_contacts();
    for line in ["--db t.db spaces list", "t.db spaces list", "spaces list --db t.db"] {
        let mut command = sandbox.command(line);
        let ran = crate::support::program::Ran::from(command.env_remove("RAMAX_DB").output().unwrap()).done();
        assert!(ran.out.contains("crm_acme"), "{line}");
    }
    assert!(sandbox.run("spaces list").done().out.contains("crm_acme"));
}

#[test]
fn the_console_asks_for_a_terminal() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("t.db");
    assert_eq!(ran.code, 2);
    assert_eq!(ran.error().0, "the console needs a terminal");
}

#[test]
fn a_mistyped_command_is_reported_as_such() {
    let sandbox = Sandbox::with_contacts();
    for line in ["--db t.db chek", "chek --db t.db", "evnts list", "--db t.db evnts list crm_acme --limit 1"]
    {
        let ran = sandbox.run(line);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{line}");
        let (message, hint) = ran.error();
        assert!(
            ["there is no command chek", "there is no command evnts"].contains(&message),
            "{line}: {message}"
        );
        assert!(hint.contains("ramax --help"), "{hint}");
        assert_eq!(sandbox.run(&format!("{line} --json")).json_error()["kind"], "unknown_command", "{line}");
    }
    // A single word may be a file or a command.
    let ran = sandbox.run("chek");
    assert_eq!((ran.code, ran.error().0), (3, "there is no file chek"));
    assert!(ran.error().1.contains("there is no command chek either; `ramax --help` lists"), "{ran:?}");
    assert!(!sandbox.run("no-such.db").error().1.contains("there is no command"));
    assert_eq!(sandbox.files(), ["t.db"]);
}

#[test]
fn a_mistyped_command_app_or_type_suggests_the_nearest_one() {
    let sandbox = Sandbox::with_contacts();
    for (line, meant) in [
        ("evnts list", "did you mean events? "),
        ("--db t.db chek", "did you mean check? "),
        ("man evnts", "did you mean events? "),
        ("man events lst", "did you mean list? "),
        ("spaces create x --app cmr", "did you mean crm? apps: "),
        ("run crm_acme add-contcat", "did you mean add-contact? commands: "),
        ("run crm_acme add-contact contact_id=c3 nam=N email=e", "did you mean name? fields: "),
        ("run crm_acme update-contct --help", "did you mean update-contact? "),
    ] {
        let ran = sandbox.run(line);
        assert!(ran.code == 2 && ran.error().1.starts_with(meant), "{line}: {ran:?}");
    }
    let ran = sandbox.run("events list crm_acme --where type:contact.addd").done();
    assert!(
        ran.err.contains("there is no event of type contact.addd; did you mean contact.added?"),
        "{ran:?}"
    );
}

#[test]
fn a_noun_alone_lists() {
    let sandbox = Sandbox::with_contacts();
    for (alone, list) in [
        ("spaces", "spaces list"),
        ("spaces --json --limit 1", "spaces list --json --limit 1"),
        ("projections crm_acme", "projections list crm_acme"),
        ("projections crm_acme --prefix contact:", "projections list crm_acme --prefix contact:"),
        ("checkpoints", "checkpoints list"),
        ("events", "events list --all-spaces"),
        ("events --json", "events list --all-spaces --json"),
        ("log", "log list"),
        ("log --space crm_acme --reverse", "log list --space crm_acme --reverse"),
    ] {
        let listed = sandbox.run(list).done().out;
        assert!(!listed.is_empty(), "{list}");
        assert_eq!(sandbox.run(alone).done().out, listed, "{alone}");
    }
    for (line, wanted) in [
        ("projections list", "<SPACE>"),
        ("events list", "<SPACE|--all-spaces>"),
        ("events follow", "<SPACE|--all-spaces>"),
        ("verify", "<SPACE|--all>"),
    ] {
        let ran = sandbox.run(line);
        assert!(ran.code == 2 && ran.err.contains(wanted), "{ran:?}");
    }
}

#[test]
fn projections_alone_lists_the_projections_of_every_space() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create notes").done();
    let listed = sandbox.run("projections --json").done().objects();
    let of = |line: &serde_json::Value| {
        let text = |field: &str| line[field].as_str().unwrap().to_owned();
        (text("space_name"), text("projection"), line["keys"].as_u64().unwrap(), text("status"))
    };
    let listed: Vec<_> = listed.iter().map(of).collect();
    let line = |space: &str, projection: &str, keys| {
        (space.to_owned(), projection.to_owned(), keys, "current".to_owned())
    };
    assert_eq!(listed[0], line("crm_acme", "state", 3));
    assert!(listed.iter().any(|listed| listed.1 == "contacts_by_domain"), "{listed:?}");
    let ran = sandbox.run("projections").done();
    assert!(ran.out.starts_with("SPACE") && ran.err.contains("`ramax projections SPACE` lists"), "{ran:?}");
    assert!(Sandbox::new().run("--db new.db projections").error().0.starts_with("there is no file"));
}

#[test]
fn an_invalid_number_is_answered_with_the_expected_form() {
    let sandbox = Sandbox::with_contacts();
    for (line, expected) in [
        ("events show abc", "an event id is a number such as 12"),
        ("events show 0", "an event id is a number such as 12"),
        ("events trace 1.5", "an event id is a number such as 12"),
        ("run crm_acme add-contact --causation x", "an event id is a number such as 12"),
        ("run crm_acme add-contact --expect x", "a sequence is a number such as 12"),
        ("events list crm_acme --limit 0", "a limit is a number of at least 1"),
        ("events list crm_acme --after x", "a sequence is a number such as 12"),
        ("spaces list --limit 0", "a limit is a number of at least 1"),
        ("projections list crm_acme --limit=-1", "a limit is a number of at least 1"),
        ("events list crm_acme --limit -1", "a limit is a number of at least 1"),
        ("events list crm_acme --after -1", "a sequence is a number"),
        ("events show -1", "an event id is a number"),
        ("run crm_acme add-contact --causation -1", "an event id is a number"),
        ("run crm_acme add-contact --expect -1", "a sequence is a number"),
        ("run crm_acme add-contact =Ada", "=Ada is not of the form FIELD=VALUE"),
        ("spaces list --after x", "the id of a space is written #2"),
        ("log --limit x", "a limit is a number of at least 1"),
        ("log --after x", "the id of an entry is a number such as 12"),
        ("run crm_acme add-contact --correlation x", "a correlation id is a UUID such as "),
        ("events follow crm_acme --after abc", "start after a sequence such as 12; with --all-spaces"),
        ("projections get crm_acme contact:c1 --depth x", "a depth is a number of levels, such as 1"),
        ("projections get crm_acme contact:c1 --at 99999999h", "how long ago it was"),
        ("events list crm_acme --where after:99999999h", "a time ago is at most 1,000 years"),
        ("events list crm_acme --where before:2026-01-01T10:00+25:00", "is not a time"),
        ("events list crm_acme --where tpye:x", "did you mean type?"),
        ("bisect crm_acme 'contact:c1 tags[x]=1'", ", in column 16"),
        ("generate --spaces 0 --events 1", "a number of spaces is from 1 to 4,294,967,295"),
        ("generate --spaces 99999999999 --events 1", "a number of spaces is from 1 to 4,294,967,295"),
        ("generate --spaces 1 --events=-5", "a number of events is written in digits"),
        ("generate --spaces 1 --events 1 --seed x", "a seed is a number such as 1"),
        ("spaces --busy-timeout x", "a time in milliseconds is a number such as 5000"),
    ] {
        let words = shlex::split(line).unwrap();
        let ran = sandbox.run_of(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ran.code, 2, "{line}: {ran:?}");
        assert!(ran.err.contains(expected), "{line}: {ran:?}");
    }
}

#[test]
fn a_refusal_says_what_is_wrong_and_names_a_step_that_helps() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("run crm_acme add-contact contact_id=c3 name=N email=e --idempotency-key k").done();
    let long = "x".repeat(300);
    for (line, code, message, hint) in [
        ("spaces show #x", 1, "there is no space #x", "the id of a space is written #2; "),
        (
            "projections list crm_acme --projection contacts_by_domian",
            1,
            "crm_acme has no projection contacts_by_domian",
            "did you mean contacts_by_domain? its projections: state, ",
        ),
        (
            "run crm_acme add-contact contact_id=c4 name=N email=e --idempotency-key k",
            2,
            "idempotency_key: was used for another command",
            "choose another key",
        ),
        (
            "projections get crm_acme nope --at 1",
            1,
            "crm_acme never had a key nope",
            "`ramax projections list crm_acme`",
        ),
        (
            "projections get crm_acme contact:c3 --at 1",
            1,
            "crm_acme had no key contact:c3 as of sequence 1",
            "`ramax projections history crm_acme contact:c3`",
        ),
        ("--db t.db/x spaces list", 3, "t.db/x cannot be opened: Not a directory", "check the path"),
        ("import t.db/x", 1, "the file cannot be read: t.db/x: Not a directory", "choose a file"),
        ("--log t.db/x spaces list", 2, "the log t.db/x cannot be written: Not a directory", "name a file"),
        ("run crm_acme --batch t.db/x", 2, "t.db/x cannot be read: Not a directory", "name a file"),
        (
            &format!("import {long}"),
            1,
            &format!("the file cannot be read: {long}: File name too long"),
            "choose",
        ),
    ] {
        let ran = sandbox.run(line);
        let error = ran.error();
        assert_eq!((ran.code, error.0), (code, message), "{line}");
        assert!(error.1.starts_with(hint), "{line}: {}", error.1);
    }
    let help = sandbox.run("run crm_acme add-contact --help").done().out;
    assert!(
        help.contains("Examples:\n  ramax run crm_acme add-contact contact_id=CONTACT_ID name="),
        "{help}"
    );
}

#[test]
fn naming_two_databases_is_wrong_usage() {
    let sandbox = Sandbox::with_contacts();
    for line in ["t.db --db u.db spaces list", "t.db spaces list --db u.db", "--db t.db u.db"] {
        let ran = sandbox.run(line);
        assert_eq!(ran.code, 2, "{line}: {ran:?}");
        assert!(ran.error().0.starts_with("two databases are named: "), "{ran:?}");
    }
    assert_eq!(sandbox.files(), ["t.db"]);
}

#[test]
fn an_unrelated_option_is_not_suggested() {
    let sandbox = Sandbox::with_contacts();
    assert!(!sandbox.run("spaces rename a b").err.contains("a similar subcommand exists"));
    assert!(sandbox.run("spaces shw a").err.contains("a similar subcommand exists: 'show'"));
    let suggests = |line: &str| sandbox.run(line).err.contains("a similar argument exists");
    let ran = sandbox.run("events list crm_acme --heme x");
    assert!(ran.err.contains("unexpected argument '--heme'") && !ran.err.contains("--theme"), "{ran:?}");
    assert!(suggests("events list crm_acme --revers"));
    assert!(suggests("spaces list --limt 1"));
}

#[test]
fn the_help_explains_exit_codes_of_the_console() {
    let help = Sandbox::new().run("--help").done().out;
    assert!(help.contains("130 interrupted by SIGINT, SIGTERM or SIGHUP"), "{help}");
    assert!(help.contains("in the console, Ctrl-C quits like q"), "{help}");
}

//! Tests of unusable files and names: a clear error with a hint, the right exit code, and an unchanged file.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::support::program::{Ran, Sandbox, sqlite};

/// Reading and writing commands of every kind.
const COMMANDS: [&str; 12] = [
    "spaces list",
    "spaces create crm_x",
    "spaces delete crm_acme --confirm crm_acme",
    "events list --all-spaces",
    "projections list crm_acme",
    "checkpoints list",
    "run crm_acme add-contact contact_id=c9 name=N email=n@n.example",
    "rebuild --all",
    "generate --spaces 1 --events 1",
    "t.db",
    "t.db --plain",
    "--plain",
];

/// Runs every command. Each must fail with this kind and leave the directory unchanged.
fn all_fail(sandbox: &Sandbox, kind: &str) {
    let before = (sandbox.bytes(), sandbox.files());
    for line in COMMANDS {
        for read_only in ["", "--read-only "] {
            let ran = sandbox.run(&format!("--json {read_only}{line}"));
            let error = ran.json_error();
            assert_eq!((ran.code, error["kind"].as_str()), (3, Some(kind)), "{read_only}{line}: {error}");
            assert!(error["hint"].is_string(), "{error}");
        }
        let (message, _) = (sandbox.run(line).error().0.to_owned(), ());
        assert!(message.contains("t.db"), "{message}");
    }
    assert_eq!((sandbox.bytes(), sandbox.files()), before);
}

#[test]
fn only_creating_commands_create_a_missing_file() {
    let sandbox = Sandbox::new();
    for line in
        COMMANDS.iter().filter(|line| !line.starts_with("spaces create") && !line.starts_with("generate"))
    {
        let ran = sandbox.run(line);
        assert_eq!(ran.code, 3, "{line}: {ran:?}");
        let (message, hint) = ran.error();
        assert_eq!(message, "there is no file t.db");
        assert!(hint.starts_with("create it with `ramax --db t.db spaces create NAME`"), "{hint}");
    }
    for line in ["spaces create crm_x", "generate --spaces 1 --events 1"] {
        assert_eq!(sandbox.run(&format!("--read-only {line}")).code, 3);
    }
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_file_that_is_not_a_database_is_left_unchanged() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.db(), "Dear diary, today I was not a database.\n".repeat(20)).unwrap();
    all_fail(&sandbox, "not_a_database");
}

#[test]
fn a_short_file_is_left_unchanged() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.db(), "SQLite format 3\0").unwrap();
    all_fail(&sandbox, "not_a_database");
}

#[test]
fn a_directory_is_not_a_database() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.db()).unwrap();
    let ran = sandbox.run("--json spaces list");
    assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some("not_a_file")));
}

#[test]
fn the_database_of_another_program_is_left_unchanged() {
    for id in [0, 0x1234] {
        let sandbox = Sandbox::new();
        sqlite(&sandbox.db())
            .execute_batch(&format!(
                "PRAGMA application_id = {id}; CREATE TABLE spaces (name); INSERT INTO spaces VALUES (1)"
            ))
            .unwrap();
        all_fail(&sandbox, "foreign_database");
    }
}

#[test]
fn a_file_whose_first_bytes_were_changed_is_recognised_by_its_hint() {
    let change_id =
        |sandbox: &Sandbox| sqlite(&sandbox.db()).execute_batch("PRAGMA application_id = 7").unwrap();
    let overwrite = |sandbox: &Sandbox| {
        let mut bytes = fs::read(sandbox.db()).unwrap();
        bytes[..4].fill(b'x');
        fs::write(sandbox.db(), bytes).unwrap();
    };
    for damage in [change_id as fn(&Sandbox), overwrite] {
        let sandbox = Sandbox::with_contacts();
        damage(&sandbox);
        for line in ["spaces list", "check --repair", "--read-only events list crm_acme"] {
            let ran = sandbox.run(line);
            let (_, hint) = ran.error();
            assert!(hint.contains("its first bytes are damaged: use the last good backup"), "{line}: {hint}");
        }
    }
}

#[test]
fn a_newer_file_is_left_unchanged() {
    let sandbox = Sandbox::with_contacts();
    sqlite(&sandbox.db()).execute_batch("PRAGMA user_version = 4711").unwrap();
    all_fail(&sandbox, "newer_version");
    assert!(sandbox.run("spaces list").error().0.contains("4711"));
}

#[test]
fn a_locked_file_is_waited_for_and_then_reported_as_busy() {
    let sandbox = Sandbox::with_contacts();
    let other = sqlite(&sandbox.db());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for line in [
        "run crm_acme update-contact contact_id=c1 name=X",
        "spaces create crm_x",
        "spaces delete crm_acme --confirm crm_acme",
        "rebuild crm_acme",
        "generate --spaces 1 --events 1",
    ] {
        let ran = sandbox.run(&format!("--busy-timeout 20 --json {line}"));
        assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some("busy")), "{line}");
    }
    // A writer does not block readers.
    let events = sandbox.run("--busy-timeout 20 events list crm_acme --json").done();
    assert_eq!(events.objects().len(), 2);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(sandbox.run("events list crm_acme --json").done().out, events.out);
    assert_eq!(sandbox.run("spaces list --json").done().objects().len(), 1);
}

#[test]
fn a_batch_on_a_busy_file_says_where_to_continue() {
    let sandbox = Sandbox::with_contacts();
    let other = sqlite(&sandbox.db());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let line = r#"{"command":"add-contact","contact_id":"n","name":"N","email":"n@n.example"}"#;
    let ran = sandbox.feed("--busy-timeout 20 run crm_acme --batch -", line);
    assert_eq!(ran.code, 3);
    assert!(ran.error().1.contains("the commands from line 1 on were not executed"), "{ran:?}");
}

/// Makes file permissions apply to this thread and its children, because root ignores them.
fn give_up_privileges() {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs};
        let none = CapabilitySet::empty();
        set_no_new_privs(true).unwrap();
        set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
            .unwrap();
    }
}

/// Makes a file and its directory unwritable for the next run.
fn locked_away(sandbox: &Sandbox, line: &str) -> Ran {
    let directory = sandbox.directory.path();
    fs::set_permissions(directory, Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(sandbox.db(), Permissions::from_mode(0o444)).unwrap();
    let ran = std::thread::scope(|scope| {
        let started = scope.spawn(|| {
            give_up_privileges();
            sandbox.run(line)
        });
        started.join().unwrap()
    });
    fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
    ran
}

#[test]
fn an_unwritable_file_can_still_be_read() {
    let sandbox = Sandbox::with_contacts();
    let before = (sandbox.bytes(), sandbox.files());
    for line in ["spaces list", "run crm_acme update-contact contact_id=c1 name=X", "spaces create crm_x"] {
        let ran = locked_away(&sandbox, line);
        assert_eq!(ran.code, 3, "{line}: {ran:?}");
        let (message, hint) = ran.error();
        assert!(message.starts_with("t.db cannot be written: "), "{message}");
        assert!(hint.contains("--read-only"), "{hint}");
    }
    let events = locked_away(&sandbox, "--read-only events list crm_acme --json").done();
    assert_eq!(events.objects().len(), 2);
    locked_away(&sandbox, "--read-only verify --all").done();
    assert_eq!((sandbox.bytes(), sandbox.files()), before);
}

#[test]
fn unreadable_commits_are_not_ignored() {
    let sandbox = Sandbox::with_contacts();
    let connection = sqlite(&sandbox.db());
    // While this connection is open, no other one is the last to close, which would empty the WAL.
    connection.query_row("SELECT count(*) FROM spaces", [], |_| Ok(())).unwrap();
    sandbox.run("run crm_acme update-contact contact_id=c1 name=Countess").done();
    // The state after a crash: commits in the WAL, without shared memory.
    let log = fs::read(sandbox.path("t.db-wal")).unwrap();
    assert!(!log.is_empty());
    let copy = Sandbox::new();
    fs::write(copy.db(), sandbox.bytes()).unwrap();
    drop(connection);
    fs::write(copy.path("t.db-wal"), log).unwrap();
    let ran = locked_away(&copy, "--read-only events list crm_acme");
    assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{ran:?}");
    assert!(ran.error().0.contains("its write-ahead log holds commits"), "{ran:?}");
    assert!(
        ran.error().1.starts_with("copy ") && ran.error().1.contains("-wal to a writable directory"),
        "{ran:?}"
    );
}

#[test]
fn nothing_is_created_in_an_unwritable_directory() {
    let sandbox = Sandbox::with_contacts();
    let ran = locked_away(&sandbox, "--db new.db spaces create crm_x");
    assert_eq!(ran.code, 3, "{ran:?}");
    let directory = sandbox.directory.path().display().to_string();
    assert!(
        ran.error().0.starts_with(&format!("new.db cannot be created: its directory {directory} ")),
        "{ran:?}"
    );
    let ran = sandbox.run("--db none/new.db spaces create crm_x");
    assert_eq!((ran.code, ran.error().0), (3, "none/new.db cannot be opened: there is no directory none"));
    assert_eq!(sandbox.files(), ["t.db"]);
}

#[test]
fn an_unknown_space_is_reported_with_a_way_to_list_the_spaces() {
    let sandbox = Sandbox::with_contacts();
    for line in [
        "spaces show nix",
        "spaces delete nix --confirm nix",
        "events list nix",
        "events follow nix",
        "projections list nix",
        "projections get nix k",
        "run nix add-contact",
        "run nix --help",
        "rebuild nix",
        "catch-up nix",
        "verify nix",
    ] {
        let ran = sandbox.run(line);
        assert_eq!(ran.code, 1, "{line}: {ran:?}");
        assert_eq!(ran.error(), ("there is no space nix", "`ramax spaces list` shows the spaces"), "{line}");
    }
    let listed = sandbox.run("spaces list --json").done().objects();
    assert_eq!((listed.len(), &listed[0]["events"]), (1, &2.into()));
}

#[test]
fn invalid_metadata_is_refused_before_a_file_is_created() {
    let sandbox = Sandbox::new();
    for metadata in ["{\"plan\":", "[1]", "pro"] {
        let ran = sandbox.run_of(&["spaces", "create", "crm_x", "--metadata", metadata, "--json"]);
        let error = ran.json_error();
        assert_eq!((ran.code, error["kind"].as_str()), (2, Some("invalid_metadata")), "{metadata}");
        assert!(error["hint"].as_str().unwrap().contains("--metadata '{"), "{error}");
    }
    assert_eq!(sandbox.run("spaces create crm_x --app erp").code, 2);
    assert!(sandbox.files().is_empty());
}

#[test]
fn an_invalid_space_name_is_wrong_usage() {
    let sandbox = Sandbox::with_contacts();
    assert_eq!(sandbox.run_of(&["spaces", "create", ""]).code, 2);
    assert_eq!(sandbox.run_of(&["spaces", "create", &"x".repeat(201)]).code, 2);
}

#[test]
fn a_file_beside_a_database_is_not_opened_as_one() {
    let sandbox = Sandbox::with_contacts();
    for name in ["t.db-wal", "t.db-shm", "t.db-journal"] {
        std::fs::write(sandbox.path(name), "").unwrap();
        for line in ["spaces list", "spaces create crm_new"] {
            let ran = sandbox.run(&format!("--db {name} {line}"));
            assert_eq!((ran.code, ran.error().1), (3, "name the database: --db t.db"), "{ran:?}");
        }
        assert_eq!(std::fs::metadata(sandbox.path(name)).unwrap().len(), 0, "{name}");
        std::fs::remove_file(sandbox.path(name)).unwrap();
    }
}

#[test]
fn a_file_name_special_to_sqlite_is_refused_with_an_alternative() {
    let sandbox = Sandbox::new();
    for name in [":memory:", "file:x.db"] {
        let ran = sandbox.run(&format!("--db {name} spaces create crm_new"));
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.error().1.contains(&format!("--db ./{name}")), "{ran:?}");
        assert_eq!(sandbox.files(), Vec::<String>::new());
        sandbox.run(&format!("--db ./{name} spaces create crm_new")).done();
        std::fs::remove_file(sandbox.path(name)).unwrap();
    }
}

#[test]
fn the_removed_or_emptied_wal_of_another_process_is_named() {
    let take: [fn(&str); 2] = [|wal| fs::remove_file(wal).unwrap(), |wal| fs::write(wal, "").unwrap()];
    for take in take {
        let sandbox = Sandbox::with_contacts();
        let (_batch, _stdin) = sandbox.start_batch();
        take(sandbox.directory.path().join("t.db-wal").to_str().unwrap());
        for command in ["spaces list", "--read-only events list crm_acme"] {
            let ran = sandbox.run(command);
            let said = "error: the write-ahead log (-wal) was removed or emptied while another process";
            assert!(ran.code == 3 && ran.err.starts_with(said), "{command}: {ran:?}");
            assert!(ran.err.contains("`ramax check --deep`"), "{command}: {ran:?}");
        }
    }
}

//! `ramax import --ramax`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::sandbox::{Files, Sandbox};

fn sandbox(files: Files) -> Sandbox {
    let sandbox = Sandbox::new(files);
    for name in ["demo.db", "flashcards.db"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/elixir").join(name);
        fs::copy(file, sandbox.directory.path().join(name)).unwrap();
    }
    sandbox
}

#[test]
fn a_dry_run_says_what_will_happen_and_creates_no_file() {
    let sandbox = sandbox(Files::One);
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(sandbox.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let (before, bytes) = (names(), sandbox.bytes());
    let ran = sandbox.run("import --ramax demo.db --dry-run");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(
        ran.out,
        "crm_acme: 20 events, 13 keys of the original; projections are built by the app crm\n  \
         the projection will match that of the original (13 keys)\n\
         crm_widgets: 20 events, 16 keys of the original; projections are built by the app crm\n  \
         the projection will match that of the original (16 keys)\n\
         cms_staging: 21 events, 14 keys of the original; projections are built by the app cms\n  \
         the projection will match that of the original (14 keys)\n\
         cms_production: 20 events, 15 keys of the original; projections are built by the app cms\n  \
         the projection will match that of the original (15 keys)\n\
         4 spaces to import, with 81 events and 163 keys\n"
    );
    assert!(ran.err.starts_with("nothing was imported; the import was tried"), "{}", ran.err);
    assert!(before == names() && bytes == sandbox.bytes());
}

#[test]
fn a_missing_file_of_the_original_is_to_be_named_and_not_to_be_created() {
    let sandbox = sandbox(Files::One);
    for line in [
        "import --ramax missing.db",
        "import --ramax demo.db --ramax-projections missing.db",
        "--db demo.db --projections missing.db spaces list",
    ] {
        let ran = sandbox.run(line);
        assert_eq!(ran.code, Some(3), "{line}: {}", ran.err);
        assert!(ran.err.contains("there is no file missing.db"), "{line}: {}", ran.err);
        assert!(ran.err.contains("hint: name ") && !ran.err.contains("create"), "{line}: {}", ran.err);
    }
}

#[test]
fn an_import_lists_each_space_and_is_verified_afterwards() {
    for files in [Files::One, Files::Two] {
        let sandbox = sandbox(files);
        let ran = sandbox.run("import --ramax demo.db").done();
        let lines: Vec<&str> = ran.out.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "crm_acme (#1): 20 events, 39 keys",
                "  the projection matches that of the original (13 keys)",
                "crm_widgets (#2): 20 events, 47 keys",
                "  the projection matches that of the original (16 keys)",
            ]
        );
        assert!(lines[8].starts_with("imported 4 spaces, 81 events, "), "{}", lines[8]);
        sandbox.run("verify --all").done();
        sandbox.run("rebuild --all").done();
        sandbox.run("verify --all").done();
        sandbox.run("check --deep").done();
        let again = sandbox.run("import --ramax demo.db").done();
        assert!(
            again.out.starts_with("crm_acme: was imported before, and is passed over\n"),
            "{}",
            again.out
        );
        let logged = sandbox.run("log --json").done();
        assert!(logged.out.contains(r#""action":"import""#), "{}", logged.out);
    }
}

#[test]
fn differences_from_the_original_are_listed_and_end_with_1() {
    let sandbox = sandbox(Files::One);
    let ran = sandbox.run("import --ramax flashcards.db --json");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["space_name"], &lines[0]["events"]), (&"flashcards_main".into(), &31.into()));
    assert_eq!(lines[0]["comparison"]["count"], 4);
    assert_eq!(lines[1]["differences"], 4);
    sandbox.run("verify --all").done();
}

#[test]
fn a_dry_run_finds_what_the_import_finds() {
    let sandbox = sandbox(Files::One);
    let original = rusqlite::Connection::open(sandbox.directory.path().join("demo.db")).unwrap();
    original.execute_batch("UPDATE events SET payload = x'836a' WHERE event_id = 62").unwrap();
    for file in ["demo.db", "flashcards.db"] {
        let [planned, ran] =
            [" --dry-run", ""].map(|flag| sandbox.run(&format!("import --ramax {file}{flag}")));
        assert_eq!((planned.code, ran.code), (Some(1), Some(1)), "{planned:?} {ran:?}");
        let differences = |out: &str| -> Vec<String> {
            out.lines().filter(|line| line.contains(" in the original ")).map(str::to_owned).collect()
        };
        assert_eq!(differences(&planned.out), differences(&ran.out));
        assert_eq!(differences(&planned.out).len(), if file == "demo.db" { 0 } else { 4 }, "{}", planned.out);
        let is_skipped =
            planned.out.contains("\n  the event of sequence 1 cannot be applied, and will be skipped: ");
        assert_eq!(is_skipped, file == "demo.db", "{}", planned.out);
    }
}

#[test]
fn a_damaged_page_ends_a_dry_run_as_it_ends_the_import() {
    let sandbox = sandbox(Files::One);
    let path = sandbox.directory.path().join("demo.db");
    let original = rusqlite::Connection::open(&path).unwrap();
    // The first leaf of the entries, which only the comparison reads.
    let page: u64 = original
        .query_row(
            "SELECT pageno FROM dbstat WHERE name = 'pstate_entities' AND pagetype = 'leaf' LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let size: u64 = original.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
    drop(original);
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[0xff; 64], (page - 1) * size).unwrap();
    let [planned, ran] = [" --dry-run", ""].map(|flag| sandbox.run(&format!("import --ramax demo.db{flag}")));
    assert_eq!((planned.code, ran.code), (Some(3), Some(3)), "{planned:?} {ran:?}");
    assert_eq!(planned.err, ran.err);
    assert!(ran.err.starts_with("error: demo.db is damaged: "), "{}", ran.err);
    assert!(ran.err.contains("the last good backup of demo.db") && !ran.err.contains("check"), "{}", ran.err);
}

#[test]
fn a_database_in_place_of_an_export_names_the_right_command() {
    let sandbox = sandbox(Files::One);
    let ran = sandbox.run("import demo.db");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("demo.db is a database, not an export of a space"), "{}", ran.err);
    assert!(
        ran.err.contains("the Elixir original wrote it: `ramax --db NEW.db import --ramax demo.db`"),
        "{}",
        ran.err
    );
    assert!(!sandbox.directory.path().join("t.db").exists());
    sandbox.run("--db other.db spaces create crm_new").done();
    let ran = sandbox.run("import other.db");
    assert!(ran.err.contains("a database, not an export") && !ran.err.contains("--ramax"), "{}", ran.err);
}

#[test]
fn a_file_that_is_not_the_originals_leaves_no_database_behind() {
    let sandbox = sandbox(Files::One);
    fs::write(sandbox.directory.path().join("text.db"), "not a database").unwrap();
    for (line, code) in [
        ("import --ramax missing.db", 3),
        ("import --ramax text.db", 3),
        ("import --ramax", 2),
        ("import --dry-run", 2),
        ("import --ramax demo.db --into x", 2),
        ("import demo.jsonl --ramax demo.db", 2),
    ] {
        let ran = sandbox.run(line);
        assert_eq!(ran.code, Some(code), "{line}: {}", ran.err);
        assert!(!sandbox.directory.path().join("t.db").exists(), "{line}");
    }
}

#[test]
fn a_name_that_is_taken_is_refused_with_advice() {
    let sandbox = sandbox(Files::One);
    sandbox.run("spaces create crm_acme").done();
    let planned = sandbox.run("import --ramax demo.db --dry-run");
    assert_eq!(planned.code, Some(1));
    assert!(!planned.out.contains("to import"), "{}", planned.out);
    assert!(planned.out.contains("\n  another space of the database has its name\n"), "{}", planned.out);
    let ran = sandbox.run("import --ramax demo.db");
    assert_eq!((ran.code, &ran.err), (Some(1), &planned.err));
    assert_eq!(
        ran.err.lines().collect::<Vec<_>>(),
        [
            "error: 1 space of this database has the name of one to be imported: crm_acme; nothing was imported",
            "hint: rename these spaces, or import into a database of its own",
        ]
    );
}

#[test]
fn an_import_that_cannot_write_fails_in_a_dry_run_too() {
    let sandbox = sandbox(Files::One);
    for (database, message) in [
        ("none/new.db", "none/new.db cannot be opened: there is no directory none"),
        ("demo.db/new.db", "demo.db/new.db cannot be opened: Not a directory"),
        // No file can be created there, whoever asks.
        ("/proc/new.db", "/proc/new.db cannot be opened: No such file or directory"),
    ] {
        let lines = ["import --ramax demo.db --dry-run", "import --ramax demo.db", "spaces create crm_new"];
        let ran = lines.map(|line| sandbox.run(&format!("--db {database} {line}")));
        for (line, ran) in lines.iter().zip(&ran) {
            assert_eq!(ran.code, Some(3), "{line}: {ran:?}");
            assert!(ran.err.contains(&format!("error: {message}\n")), "{line}: {}", ran.err);
            assert!(!ran.err.contains(".ramax-new"), "{line}: {}", ran.err);
        }
        assert_eq!(ran[0].err, ran[1].err);
    }
}

#[test]
fn spaces_without_a_known_app_are_skipped_by_operations_on_all_spaces() {
    let sandbox = sandbox(Files::One);
    let original = rusqlite::Connection::open(sandbox.directory.path().join("demo.db")).unwrap();
    original
        .execute_batch(
            "INSERT INTO events (space_id, space_sequence, entity_id, event_type, payload, timestamp)
             VALUES (99, 1, 'x', 'thing.made', x'836a', 1795407700000);
             INSERT INTO pstate_entities VALUES (99, 'thing:x', x'836a', 1795407700)",
        )
        .unwrap();
    let ran = sandbox.run("import --ramax demo.db").done();
    assert!(ran.out.contains("  no known app: 1 key of the original kept as it was\n"), "{}", ran.out);
    let listed = sandbox.run("verify --all --json").done();
    let skipped = "{\"space_id\":5,\"space_name\":\"orphan-99\",\"skipped\":\"unknown_app\"}\n";
    assert!(listed.out.ends_with(skipped), "{}", listed.out);
    for line in ["verify --all", "rebuild --all", "catch-up --all"] {
        let ran = sandbox.run(line).done();
        let note =
            "note: orphan-99 was skipped: it names no app, and none here knows its events; name its app: `";
        assert!(ran.err.contains(note) && ran.err.contains("spaces set orphan-99 --app APP"), "{}", ran.err);
    }
    // In the file itself no app can be named.
    let ran = sandbox.run("--db demo.db verify --all").done();
    assert!(
        ran.err.contains("none here knows its events\n") && !ran.err.contains("spaces set"),
        "{}",
        ran.err
    );
    let one = sandbox.run("--db demo.db verify orphan-99");
    assert_eq!(one.code, Some(1), "{one:?}");
    assert!(!one.err.contains("spaces set"), "{}", one.err);
    // Without any other space, nothing was verified.
    original.execute_batch("DELETE FROM events WHERE space_id < 99; DELETE FROM spaces").unwrap();
    assert_eq!(sandbox.run("--db demo.db verify --all").code, Some(1));
}

#[test]
fn spaces_that_name_an_app_of_another_program_are_skipped_and_not_verified() {
    let sandbox = sandbox(Files::One);
    let original = rusqlite::Connection::open(sandbox.directory.path().join("demo.db")).unwrap();
    original
        .execute_batch(
            "UPDATE spaces SET metadata = '{\"app\":\"shop\"}', created_at = 'May' WHERE space_id = 2",
        )
        .unwrap();
    let lacks = "it names the app shop, which this program lacks";
    let planned = sandbox.run("import --ramax demo.db --dry-run").done();
    assert!(
        planned.out.contains(&format!("; {lacks}, so the original's own entries are kept")),
        "{}",
        planned.out
    );
    let ran = sandbox.run("import --ramax demo.db").done();
    assert!(
        ran.out.contains(&format!("  {lacks}: 16 keys of the original kept as they were\n")),
        "{}",
        ran.out
    );
    for line in ["verify --all", "rebuild --all", "verify --all", "--db demo.db verify --all"] {
        let ran = sandbox.run(line).done();
        assert!(
            ran.err.contains(&format!("note: crm_widgets was skipped: {lacks}\n")),
            "{line}: {}",
            ran.err
        );
    }
    let checked = sandbox.run("check --deep").done();
    let note = format!("note: crm_widgets\n  projections  were not compared with the events: {lacks}\n");
    assert!(checked.out.contains(&note), "{}", checked.out);
    assert!(!sandbox.run("check").done().out.contains(lacks));
    // What is stored in place of a time is kept.
    let shown = sandbox.run("spaces show crm_widgets").done();
    assert!(shown.out.contains(r#""created_at":"May""#), "{}", shown.out);
    let shown = sandbox.run("--db demo.db spaces show crm_widgets").done();
    assert!(shown.out.contains(r#""origin":{"created_at":"May"}"#), "{}", shown.out);
}

#[test]
fn a_time_ahead_of_the_clock_is_told_by_a_dry_run_too() {
    let sandbox = sandbox(Files::One);
    let original = rusqlite::Connection::open(sandbox.directory.path().join("demo.db")).unwrap();
    original.execute_batch("UPDATE events SET timestamp = 9999999999999 WHERE event_id = 20").unwrap();
    for flag in [" --dry-run", ""] {
        let ran = sandbox.run(&format!("import --ramax demo.db{flag}"));
        assert!(ran.out.contains("ahead of this machine's clock"), "{flag}: {}", ran.out);
    }
}

#[test]
fn the_second_file_of_the_original_is_named_by_its_own_option() {
    let sandbox = sandbox(Files::One);
    let original = rusqlite::Connection::open(sandbox.directory.path().join("demo.db")).unwrap();
    original.execute_batch("DROP TABLE events; DROP TABLE spaces").unwrap();
    let ran = sandbox.run("import --ramax demo.db");
    assert!(ran.err.contains("with --ramax-projections FILE"), "{}", ran.err);
}

#[test]
fn skipped_events_are_reported_with_the_rebuild_that_skips_them() {
    let sandbox = sandbox(Files::One);
    let original = rusqlite::Connection::open(sandbox.directory.path().join("demo.db")).unwrap();
    original.execute_batch("UPDATE events SET payload = x'8374' WHERE event_id = 3").unwrap();
    let ran = sandbox.run("import --ramax demo.db");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let hint = ran.err.lines().find(|line| line.starts_with("hint: to rebuild crm_acme later")).unwrap();
    assert!(hint.contains("rebuild crm_acme --skip-errors"), "{hint}");
    assert_eq!(sandbox.run("rebuild crm_acme").code, Some(1));
    sandbox.run("rebuild --all --skip-errors").done();
    sandbox.run("verify --all").done();
}

#[test]
fn an_original_as_the_target_is_refused_in_a_dry_run_too() {
    let sandbox = sandbox(Files::One);
    fs::rename(sandbox.directory.path().join("demo.db"), sandbox.directory.path().join("t.db")).unwrap();
    let [planned, run] = ["import --ramax flashcards.db --dry-run", "import --ramax flashcards.db"]
        .map(|line| sandbox.run(line));
    assert_eq!((planned.code, run.code), (Some(3), Some(3)));
    assert_eq!(planned.err, run.err);
    let itself = sandbox.run("import --ramax t.db");
    assert_eq!(itself.code, Some(3));
    assert!(itself.err.contains("--db NEW.db import --ramax"), "{}", itself.err);
}

#[test]
fn an_original_without_its_projections_file_says_how_to_name_it() {
    let sandbox = sandbox(Files::One);
    fs::rename(sandbox.directory.path().join("demo.db"), sandbox.directory.path().join("t.db")).unwrap();
    let original = rusqlite::Connection::open(sandbox.directory.path().join("t.db")).unwrap();
    original.execute_batch("DROP TABLE pstate_entities").unwrap();
    let verified = sandbox.run("verify crm_acme");
    assert_eq!(verified.code, Some(3), "{verified:?}");
    assert!(verified.err.contains("--projections"), "{verified:?}");
    for line in ["check", "check --deep"] {
        let checked = sandbox.run(line).done();
        assert!(checked.out.contains("so none were checked; name that file too"), "{checked:?}");
    }
}

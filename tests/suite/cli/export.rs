//! Tests of `ramax export`, `ramax import` and `ramax spaces delete --archive`.

use std::fs;

use serde_json::Value;

use crate::support::program::{Ran, Sandbox};

/// Returns the lines of an export, without the fields that differ between databases.
fn lines(text: &str) -> Vec<Value> {
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        line.remove("crc");
        line.remove("store_id");
    }
    lines
}

#[test]
fn a_space_is_copied_to_another_database_through_a_pipe() {
    let sandbox = Sandbox::with_contacts();
    let text = sandbox.run("export crm_acme").done();
    assert_eq!(text.out.lines().count(), 1 + 2 + 3 + 1);
    assert!(text.err.contains("exported crm_acme: 2 events, 3 keys, "), "{text:?}");
    let there = Sandbox::new();
    let imported = there.feed("import -", &text.out).done();
    assert!(imported.out.starts_with("imported crm_acme (#1): 2 events, 3 keys in "), "{imported:?}");
    assert_eq!(lines(&there.run("export crm_acme").done().out), lines(&text.out));
    let list = |sandbox: &Sandbox| sandbox.run("projections list crm_acme --json").done().out;
    assert_eq!(list(&there), list(&sandbox));
    assert_eq!(there.run("verify crm_acme").code, 0);
    there.run("run crm_acme add-contact contact_id=c3 name=N email=e@e.example").done();
}

#[test]
fn an_export_to_a_file_is_reported_and_overwrites_only_on_request() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("export crm_acme --output acme.jsonl").done();
    assert!(
        ran.out.starts_with("exported crm_acme: 2 events, 3 keys, ")
            && ran.out.contains(" to acme.jsonl in ")
    );
    let written = fs::read_to_string(sandbox.path("acme.jsonl")).unwrap();
    for line in ["export crm_acme", "export #1 --output -"] {
        assert_eq!(written, sandbox.run(line).done().out);
    }
    let refused = sandbox.run("export crm_acme --output acme.jsonl");
    assert_eq!(refused.code, 1);
    assert_eq!(
        refused.error(),
        ("acme.jsonl already exists", "choose another file, or overwrite this one with --force")
    );
    fs::write(sandbox.path("acme.jsonl"), "something else").unwrap();
    let object = sandbox.run("export crm_acme --output acme.jsonl --force --json").done().object();
    assert_eq!((&object["space_name"], &object["file"]), (&"crm_acme".into(), &"acme.jsonl".into()));
    assert_eq!((&object["events"], &object["keys"]), (&2.into(), &3.into()));
    assert_eq!(fs::read_to_string(sandbox.path("acme.jsonl")).unwrap(), written);
    assert_eq!(sandbox.run("export crm_acme --force").code, 2);
    let files = sandbox.files();
    assert!(files.iter().all(|file| !file.contains(".part")), "{files:?}");
}

#[test]
fn a_file_name_that_is_too_long_is_refused_before_the_work_starts() {
    let sandbox = Sandbox::with_contacts();
    let long = "x".repeat(300);
    for line in [
        format!("export crm_acme --output {long}"),
        format!("export crm_acme --output {long} --force"),
        format!("backup {long}"),
        format!("spaces delete crm_acme --confirm crm_acme --archive {long}"),
    ] {
        let refused = sandbox.run(&line);
        assert_eq!(refused.code, 1, "{refused:?}");
        let (message, hint) = refused.error();
        let reason = match line.starts_with("backup") {
            true => "x cannot be written: its name has 300 bytes; the limit is 247",
            false => "x cannot be written: its name is too long",
        };
        assert!(message.ends_with(reason), "{line}: {message}");
        assert!(hint.starts_with("choose another name"), "{hint}");
    }
    assert_eq!(sandbox.files(), ["t.db"]);
}

#[test]
fn an_export_never_replaces_the_database() {
    let sandbox = Sandbox::with_contacts();
    for file in ["t.db", "t.db-wal", "./t.db-shm", "t.db-journal"] {
        for command in
            ["export crm_acme --force --output", "spaces delete crm_acme --confirm crm_acme --archive"]
        {
            let refused = sandbox.run(&format!("{command} {file} --json"));
            let kind = refused.json_error()["kind"].clone();
            assert_eq!((refused.code, kind), (1, "file_of_database".into()), "{command} {file}");
        }
    }
    assert_eq!(sandbox.run("spaces list").done().out.lines().count(), 2);
}

#[test]
fn no_file_of_another_database_is_overwritten() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("--db other.db spaces create crm_other").done();
    let other = fs::read(sandbox.path("other.db")).unwrap();
    for file in ["other.db-wal", "./other.db-shm", "other.db-journal"] {
        for command in [
            "export crm_acme --output",
            "export crm_acme --force --output",
            "spaces delete crm_acme --confirm crm_acme --archive",
            "backup",
        ] {
            let refused = sandbox.run(&format!("{command} {file} --json"));
            let kind = refused.json_error()["kind"].clone();
            assert_eq!((refused.code, kind), (1, "file_of_database".into()), "{command} {file}");
        }
        assert_eq!(sandbox.run(&format!("--log {file} spaces list")).code, 2, "{file}");
    }
    for (command, kind) in
        [("export crm_acme --force --output", "file_of_database"), ("backup --force", "other_database")]
    {
        let refused = sandbox.run(&format!("{command} other.db --json"));
        assert_eq!((refused.code, &refused.json_error()["kind"]), (1, &kind.into()), "{command}");
    }
    assert_eq!(sandbox.run("--log other.db spaces list").code, 2);
    let link = sandbox.path("link");
    std::os::unix::fs::symlink("other.db-wal", &link).unwrap();
    assert_eq!(sandbox.run("--log link spaces list").code, 2);
    fs::remove_file(link).unwrap();
    assert_eq!(fs::read(sandbox.path("other.db")).unwrap(), other);
    assert_eq!(sandbox.files(), ["other.db", "t.db"]);
    sandbox.run("projections get crm_acme contact:c1").done();
}

#[test]
fn an_export_beside_a_wal_without_its_database_is_refused_with_a_hint() {
    let sandbox = Sandbox::with_contacts();
    fs::write(sandbox.path("x.db-wal"), "commits of a database that was moved away").unwrap();
    let refused = sandbox.run("export crm_acme --output x.db");
    let (message, hint) = refused.error();
    assert!(message.contains("x.db-wal holds the commits") && hint == "choose another file", "{refused:?}");
    assert_eq!(sandbox.files(), ["t.db", "x.db-wal"]);
}

#[test]
fn an_existing_space_is_imported_only_under_another_name() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("export #1 --output acme.jsonl").done();
    let refused = sandbox.run("import acme.jsonl");
    assert_eq!(refused.code, 1);
    assert!(refused.error().1.contains("--into NAME"), "{refused:?}");
    let object = sandbox.run("import acme.jsonl --into crm_copy --json").done().object();
    assert_eq!((&object["space_id"], &object["space_name"]), (&2.into(), &"crm_copy".into()));
    assert_eq!((&object["ids_kept"], &object["causes_dropped"]), (&false.into(), &0.into()));
    assert_eq!(object["state"], "open");
    sandbox.run("verify --all").done();
}

#[track_caller]
fn refused_at(ran: &Ran, line: u32) {
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.error().0.starts_with(&format!("line {line}: ")), "{ran:?}");
    assert!(ran.error().0.ends_with("; nothing was imported"), "{ran:?}");
}

#[test]
fn a_damaged_file_is_refused_with_the_line_and_creates_nothing() {
    let sandbox = Sandbox::with_contacts();
    let text = sandbox.run("export crm_acme").done().out;
    let there = Sandbox::new();
    refused_at(&there.feed("import -", &text.replacen("Grace", "Glace", 1)), 3);
    fs::write(there.path("cut.jsonl"), &text[..text.len() - 9]).unwrap();
    refused_at(&there.run("import cut.jsonl"), 7);
    refused_at(&there.feed("import -", ""), 1);
    let error = there.feed("import - --json", "hello\n").json_error();
    assert_eq!(error["kind"], "import_damaged");
    assert_eq!(there.run("import nowhere.jsonl").code, 1);
    fs::write(there.path("whole.jsonl"), &text).unwrap();
    assert_eq!(there.run("import whole.jsonl --read-only").code, 3);
    assert_eq!(there.files(), ["cut.jsonl", "whole.jsonl"], "no database");
    let before = sandbox.run("spaces list --json").done().out;
    refused_at(&sandbox.feed("import - --into crm_b", &text.replacen("Grace", "Glace", 1)), 3);
    assert_eq!(sandbox.run("spaces list --json").done().out, before);
}

#[test]
fn hostile_text_in_exports_and_refusals_never_reaches_the_terminal() {
    let sandbox = Sandbox::with_contacts();
    sandbox
        .run_of(&["run", "crm_acme", "update-contact", "contact_id=c1", "name=\u{1b}[31m\u{202e}\u{9b}x"])
        .done();
    let text = sandbox.run("export crm_acme").done().out;
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains(r"\u001b[31m"));
    let refused = sandbox.feed("import -", &text.replacen(r#""payload""#, "\"\u{1b}]0;x\u{7}\"", 1));
    assert!(!refused.err.contains('\u{1b}'), "{refused:?}");
}

#[test]
fn a_space_archived_before_its_delete_can_be_imported_again() {
    let sandbox = Sandbox::with_contacts();
    let text = sandbox.run("export crm_acme").done().out;
    let ran = sandbox.run("spaces delete crm_acme --confirm crm_acme --archive gone.jsonl --purge").done();
    assert!(ran.out.contains("archived crm_acme to gone.jsonl: 2 events, 3 keys, "), "{ran:?}");
    assert!(ran.out.contains("0 free pages, 0 bytes in the write-ahead log"), "{ran:?}");
    assert_eq!(fs::read_to_string(sandbox.path("gone.jsonl")).unwrap(), text);
    assert_eq!(sandbox.run("spaces show crm_acme").code, 1);
    sandbox.run("import gone.jsonl").done();
    sandbox.run("verify crm_acme").done();
    let object =
        sandbox.run("spaces delete crm_acme --confirm crm_acme --archive 2.jsonl --json").done().object();
    assert_eq!((&object["archived"]["events"], &object["purged"]), (&2.into(), &false.into()));
    let tables = object["proof"]["tables"].as_object().unwrap();
    assert!(tables.len() > 8 && tables.values().all(|rows| rows == 0), "{tables:?}");
}

#[test]
fn a_delete_with_an_unwritable_archive_deletes_nothing() {
    let sandbox = Sandbox::with_contacts();
    fs::write(sandbox.path("there.jsonl"), "").unwrap();
    for file in ["there.jsonl", "no/such/directory.jsonl"] {
        let ran = sandbox.run(&format!("spaces delete crm_acme --confirm crm_acme --archive {file}"));
        assert_eq!(ran.code, 1, "{ran:?}");
        ran.error();
    }
    sandbox.run("run crm_acme add-contact contact_id=c3 name=N email=e@e.example").done();
}

#[test]
fn exports_imports_and_deletes_are_recorded_even_if_refused() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("export crm_acme --output acme.jsonl").done();
    sandbox.run("export nobody");
    sandbox.run("import acme.jsonl");
    sandbox.feed("import -", "no export");
    sandbox.run("import acme.jsonl --into crm_copy").done();
    sandbox.run("spaces delete crm_copy --confirm crm_copy --archive acme.jsonl");
    sandbox.run("spaces delete crm_copy --confirm crm_copy --archive copy.jsonl").done();
    let log = sandbox.run("log --json").done().objects();
    let told = |entry: &Value| {
        ["action", "space_name", "outcome"].map(|field| entry[field].as_str().unwrap_or("-").to_owned())
    };
    let mut told: Vec<_> = log
        .iter()
        .map(told)
        .filter(|[action, ..]| ["export", "import", "delete"].contains(&action.as_str()))
        .collect();
    told.sort();
    let expected = [
        ["delete", "crm_copy", "done"],
        ["delete", "crm_copy", "refused"],
        ["export", "crm_acme", "done"],
        ["export", "nobody", "refused"],
        ["import", "-", "refused"],
        ["import", "crm_acme", "refused"],
        ["import", "crm_copy", "done"],
    ];
    assert_eq!(told, expected.map(|entry| entry.map(str::to_owned)));
}

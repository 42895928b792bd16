use crate::support::program::{Sandbox, rows, sqlite};

#[test]
fn creating_a_space_creates_the_file_and_names_its_app() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run("spaces create crm_acme").done();
    assert_eq!(ran.out, "created crm_acme (#1, runs crm)\n");
    let space = sandbox.run_of(&[
        "spaces",
        "create",
        "shop",
        "--app",
        "cms",
        "--metadata",
        r#"{"b":1,"a":2}"#,
        "--json",
    ]);
    let space = space.done().object();
    assert_eq!(space["space_id"], 2);
    assert_eq!(space["app"], "cms");
    assert_eq!(space["metadata"].to_string(), r#"{"b":1,"a":2,"app":"cms"}"#);
}

#[test]
fn a_space_without_a_known_app_can_be_created_and_browsed() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create orders").done();
    assert_eq!(sandbox.run("spaces show orders --json").done().object()["app"], serde_json::Value::Null);
    assert_eq!(sandbox.run("events list orders").done().out, "");
}

#[test]
fn a_space_is_created_once() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("spaces create crm_acme");
    assert_eq!(ran.code, 1);
    assert_eq!(ran.error().0, "the space crm_acme already exists");
}

#[test]
fn spaces_are_listed_as_a_table_and_as_json() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create cms_blog").done();
    let table = sandbox.run("spaces list").done().out;
    assert!(table.starts_with("ID  SPACE"), "{table}");
    assert_eq!(rows(&table)[0][..6], ["#1", "crm_acme", "crm", "2", "2", "(contacts_by_domain)"]);
    assert_eq!(rows(&table)[1][..5], ["#2", "cms_blog", "cms", "0", "0"]);
    let objects = sandbox.run("spaces list --json").done().objects();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["space_name"], "crm_acme");
    assert_eq!(objects[0]["events"], 2);
    let slowest = &objects[0]["projections"][1];
    assert_eq!(slowest["projection"], "contacts_by_domain");
    for field in ["projection", "checkpoint", "lag"] {
        assert_eq!(objects[0][field], slowest[field], "{field}");
    }
    assert_eq!(
        objects[0]["projections"][0],
        serde_json::json!({"projection": "state", "status": "current", "checkpoint": 2, "lag": 0})
    );
    let page = sandbox.run("spaces list --json --after 1 --limit 1").done();
    assert_eq!(page.object()["space_name"], "cms_blog");
    assert_eq!(sandbox.run("spaces list --json --after #1 --limit 1").done().out, page.out);
}

#[test]
fn spaces_are_filtered_by_name_and_sorted() {
    let sandbox = Sandbox::with_contacts();
    for name in ["crm_zeta", "cms_blog"] {
        sandbox.run(&format!("spaces create {name}")).done();
    }
    let listed = |options: &str| {
        let spaces = sandbox.run(&format!("spaces list --json {options}")).done().objects();
        spaces.iter().map(|space| space["space_name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("--contains CRM"), ["crm_acme", "crm_zeta"]);
    assert_eq!(listed("--contains crm --after 1"), ["crm_zeta"]);
    assert_eq!(listed("--sort name --limit 2"), ["cms_blog", "crm_acme"]);
    assert_eq!(listed("--sort events --reverse --contains m"), ["cms_blog", "crm_zeta", "crm_acme"]);
    assert_eq!(listed("--reverse --limit 1"), ["cms_blog"]);
    assert_eq!(listed("--reverse --after 3"), ["crm_zeta", "crm_acme"]);
    assert_eq!(listed("--reverse --after 3 --limit 1"), ["crm_zeta"]);
    let none = sandbox.run("spaces list --reverse --after 1").done();
    assert_eq!(none.err.trim(), "no spaces before #1");
    let refused = sandbox.run("spaces list --sort name --after 1");
    assert_eq!(refused.code, 2);
    let reason = "--after continues a list by creation, not one that is sorted by name";
    assert!(refused.err.contains(reason), "{}", refused.err);
    let none = sandbox.run("spaces list --contains shop").done();
    assert_eq!((none.out.as_str(), none.err.trim()), ("", "no space has shop in its name"));
    let unknown = sandbox.run("spaces list --sort colour");
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("creation, name, events, lag, last-event"), "{}", unknown.err);
    let checkpoints = sandbox.run("checkpoints list --json --contains blog").done().objects();
    assert!(checkpoints.iter().all(|row| row["space_name"] == "cms_blog") && !checkpoints.is_empty());
    let none = sandbox.run("checkpoints list --contains shop").done();
    assert_eq!(none.err.trim(), "no space has shop in its name");
    let sorted = |options: &str| {
        let rows =
            sandbox.run(&format!("checkpoints list --json --projection state {options}")).done().objects();
        rows.iter().map(|row| row["space_name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(sorted("--sort name"), ["cms_blog", "crm_acme", "crm_zeta"]);
    assert_eq!(sorted("--sort name --reverse"), ["crm_zeta", "crm_acme", "cms_blog"]);
    assert_eq!(sorted("--reverse"), ["cms_blog", "crm_zeta", "crm_acme"]);
    let unknown = sandbox.run("checkpoints list --sort colour");
    assert!(unknown.err.contains("spaces, name, lag, last-error"), "{}", unknown.err);
}

#[test]
fn a_space_is_forked_and_compared_with_its_origin() {
    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.run("spaces fork crm_acme --at 1").done();
    assert!(
        ran.out.starts_with("forked crm_acme at sequence 1: 1 event into crm_acme@1 (#2), 5 keys in "),
        "{}",
        ran.out
    );
    assert_eq!(ran.err, "`ramax projections diff crm_acme@1 --with crm_acme` compares it with its origin\n");
    sandbox.run("run crm_acme@1 update-contact contact_id=c1 name=Countess").done();
    let table = sandbox.run("spaces list").done().out;
    assert!(table.contains("crm_acme@1 (fork of crm_acme) "), "{table}");
    let shown = sandbox.run("spaces show crm_acme@1").done().out;
    assert!(shown.contains("fork of") && shown.contains("crm_acme at sequence 1, id #1"), "{shown}");
    let origin = &sandbox.run("spaces show crm_acme@1 --json").done().object()["metadata"]["origin"];
    assert_eq!(
        (&origin["space"], &origin["space_id"], &origin["sequence"]),
        (&"crm_acme".into(), &1.into(), &1.into())
    );
    let differences =
        sandbox.run("projections diff crm_acme@1 --with crm_acme --prefix contact: --json").done();
    let keys: Vec<_> = differences.objects().iter().map(|change| change["key"].clone()).collect();
    assert_eq!(keys, ["contact:c1", "contact:c2"]);
    let one = sandbox.run("projections diff crm_acme@1 --with #1 --key contact:c1").done();
    assert_eq!(one.err, "1 key of state differs from crm_acme at sequence 2 to crm_acme@1 at sequence 2\n");
    assert!(one.out.contains(r#"name  "Ada" → "Countess""#) && !one.out.contains("c2"), "{one:?}");
    let forked = sandbox.run("spaces fork crm_acme@1 again --at 0s --json").done().object();
    assert_eq!((&forked["space_name"], &forked["events"]), (&"again".into(), &2.into()));
    assert_eq!(sandbox.run("events list crm_acme@1 --json").done().objects().len(), 2);
    let log = sandbox.run("log --space crm_acme --json").done().objects();
    assert!(log.iter().any(|entry| entry["action"] == "fork" && entry["parameters"]["at"] == "1"), "{log:?}");
}

#[test]
fn a_fork_that_is_refused_says_why() {
    let sandbox = Sandbox::with_contacts();
    for (arguments, code, message) in [
        (
            "spaces fork crm_acme --at 0",
            1,
            "crm_acme has no event up to sequence 0, so there is nothing to fork",
        ),
        ("spaces fork crm_acme --at 3", 1, "crm_acme has no event with sequence 3; its last one is 2"),
        ("spaces fork crm_acme crm_acme", 1, "the space crm_acme already exists"),
        ("spaces fork nobody", 1, "there is no space nobody"),
        ("spaces fork crm_acme --read-only", 3, "the database is open read-only"),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!((ran.code, ran.error().0), (code, message), "{arguments}");
    }
    let damage = "UPDATE event_log SET payload = '{\"a\":1}' WHERE event_id = 2";
    sqlite(&sandbox.path("t.db")).execute(damage, []).unwrap();
    let ran = sandbox.run("spaces fork crm_acme");
    let (message, hint) = ran.error();
    assert_eq!(
        message,
        "event 2 (sequence 2) of crm_acme differs from what was appended; nothing was forked"
    );
    assert!(hint.ends_with("; the events before it can be forked at sequence 1"));
    sandbox.run("spaces fork crm_acme --at 1").done();
}

#[test]
fn a_space_is_shown_by_name_or_id() {
    let sandbox = Sandbox::with_contacts();
    let by_name = sandbox.run("spaces show crm_acme").done().out;
    assert_eq!(by_name, sandbox.run("spaces show #1").done().out);
    assert!(by_name.contains("event types    contact.added\n"), "{by_name}");
    assert!(by_name.contains("checkpoints    state at 2, contacts_by_domain at 0\n"), "{by_name}");
    assert!(by_name.contains("lag            2 events (contacts_by_domain)\n"), "{by_name}");
    let object = sandbox.run("spaces show crm_acme --json").done().object();
    assert_eq!(object["event_types"], serde_json::json!(["contact.added"]));
}

#[test]
fn names_are_aligned_by_their_width_on_screen() {
    let sandbox = Sandbox::new();
    for name in ["crm_王小明", "crm_ab", "crm_e\u{301}"] {
        sandbox.run_of(&["spaces", "create", name]).done();
    }
    let table = sandbox.run("spaces list").done().out;
    let columns: Vec<usize> = table
        .lines()
        .skip(1)
        .map(|line| unicode_width::UnicodeWidthStr::width(line.split(" crm ").next().unwrap()))
        .collect();
    assert_eq!(columns, [columns[0]; 3], "{table}");
}

#[test]
fn control_characters_in_a_name_never_reach_the_terminal() {
    let sandbox = Sandbox::new();
    sandbox.run_of(&["spaces", "create", "crm_\u{1b}[2J\u{202e}x"]).done();
    let text = sandbox.run("spaces list").done().out;
    assert!(text.contains("crm_␛[2J<U+202E>x"), "{text}");
    let json = sandbox.run("spaces list --json").done();
    assert!(json.out.is_ascii(), "{json:?}");
    assert_eq!(json.object()["space_name"], "crm_\u{1b}[2J\u{202e}x");
}

#[test]
fn a_dry_run_of_a_delete_shows_the_inventory_and_deletes_nothing() {
    let sandbox = Sandbox::with_contacts();
    let before = sandbox.bytes();
    let text = sandbox.run("spaces delete crm_acme --dry-run").done().out;
    assert!(text.contains("events       2 events") && text.contains("projection   3 keys"), "{text}");
    let object = sandbox.run("spaces delete crm_acme --dry-run --json").done().object();
    assert_eq!((&object["events"], &object["keys"]), (&2.into(), &3.into()));
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn a_delete_needs_the_name_of_the_space() {
    let sandbox = Sandbox::with_contacts();
    assert_eq!(sandbox.run("spaces delete crm_acme").code, 2);
    let ran = sandbox.run("spaces delete crm_acme --confirm crm_acne");
    assert_eq!(ran.code, 1);
    assert!(ran.error().1.contains("--confirm crm_acme"));
    assert_eq!(sandbox.run("--json spaces delete #1 --confirm #1").json_error()["kind"], "not_confirmed");
    let object = sandbox.run("spaces show crm_acme --json").done().object();
    assert_eq!(
        (&object["events"], &object["keys"], &object["state"]),
        (&2.into(), &3.into(), &"open".into())
    );
}

#[test]
fn a_deleted_space_is_gone_and_its_neighbour_stays() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create crm_b").done();
    sandbox.run("run crm_b add-contact contact_id=c1 name=B email=b@b.example").done();
    let kept = sandbox.run("projections list crm_b --json").done().out;
    let ran = sandbox.run("spaces delete crm_acme --confirm crm_acme").done();
    assert!(ran.out.contains("deleted crm_acme in "), "{ran:?}");
    assert!(
        ran.out.contains("rows left: entity_blocks 0, entity_events 0, event_causes 0, event_log 0, "),
        "{ran:?}"
    );
    assert_eq!(sandbox.run("spaces show crm_acme").code, 1);
    assert_eq!(sandbox.run("projections list crm_b --json").done().out, kept);
    sandbox.run("verify --all").done();
}

#[test]
fn a_purged_space_leaves_no_byte_in_the_file() {
    let sandbox = Sandbox::with_contacts();
    let is_there = |text: &str| sandbox.bytes().windows(text.len()).any(|window| window == text.as_bytes());
    assert!(is_there("c2@acme.example"));
    let object = sandbox.run("spaces delete crm_acme --confirm crm_acme --purge --json").done().object();
    assert_eq!(object["purged"], true);
    assert!(!is_there("c2@acme.example"));
    assert_eq!(object["proof"]["tables"]["event_log"], 0);
    assert_eq!((&object["proof"]["free_pages"], &object["proof"]["log_bytes"]), (&0.into(), &0.into()));
    let integrity: String =
        sqlite(&sandbox.db()).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
}

#[test]
fn a_created_space_is_reported_before_its_missing_app() {
    let sandbox = Sandbox::new();
    // Both streams go to one file, as on a terminal.
    let shown = std::fs::File::create(sandbox.path("shown")).unwrap();
    let mut command = sandbox.command("spaces create x1");
    command.stdout(shown.try_clone().unwrap()).stderr(shown);
    assert!(command.status().unwrap().success());
    let shown = std::fs::read_to_string(sandbox.path("shown")).unwrap();
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("created x1") && lines[1].starts_with("it runs no known app"), "{shown}");
}

#[test]
fn a_dry_run_of_an_interrupted_delete_counts_the_remaining_events() {
    use std::ops::ControlFlow;
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 1 --events 2500 --seed 1").done();
    let store = sandbox.store();
    let spaces = store.events().spaces(ramax::Page::forward(None, 1)).unwrap();
    let name = spaces[0].space.space_name.clone();
    let all = spaces[0].head.last_sequence.0;
    let stop = &mut |_| ControlFlow::Break(());
    ramax::operations::delete(&store, &name, Default::default(), stop).unwrap_err();
    let text = sandbox.run(&format!("spaces delete {name} --dry-run")).done().out;
    assert!(text.contains(" events left") && text.contains("unknown: partly removed"), "{text}");
    let object = sandbox.run(&format!("spaces delete {name} --dry-run --json")).done().object();
    assert_eq!(
        (&object["events"], &object["payload_bytes"]),
        (&(all - 2000).into(), &serde_json::Value::Null)
    );
    assert_eq!(object["partly_removed"], true);
}

#[test]
fn a_space_is_renamed_and_every_command_finds_it_under_its_new_name() {
    let sandbox = Sandbox::with_contacts();
    let renamed = sandbox.run("spaces rename crm_acme acme").done();
    assert_eq!(renamed.out, "renamed crm_acme to acme (#1, runs crm)\n");
    sandbox.run("run acme add-contact contact_id=c3 name=N email=e@e.example").done();
    assert_eq!(sandbox.run("run crm_acme add-contact contact_id=c4 name=N email=e@e.example").code, 1);
    sandbox.run("export acme --output acme.jsonl").done();
    sandbox.run("import acme.jsonl --into copy").done();
    let again = sandbox.run_of(&["--json", "spaces", "rename", "#1", "crm_acme"]).done().object();
    assert_eq!(
        (&again["space_id"], &again["space_name"], &again["app"]),
        (&1.into(), &"crm_acme".into(), &"crm".into())
    );
    assert_eq!(sandbox.run("spaces rename crm_acme copy").error().0, "the space copy already exists");
    assert_eq!(sandbox.run("spaces rename nobody x").error().0, "there is no space nobody");
    assert_eq!(sandbox.run_of(&["spaces", "rename", "crm_acme", "#7"]).code, 2);
    assert_eq!(sandbox.run("spaces rename crm_acme x --read-only").code, 3);
    let log = sandbox.run("log --json").done().objects();
    let renames: Vec<_> = log.iter().filter(|entry| entry["action"] == "rename-space").collect();
    let told = |entry: &serde_json::Value| {
        let word = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        (word("space_name"), entry["parameters"]["name"].to_string(), word("outcome"), word("detail"))
    };
    let done = |from: &str, to: &str| {
        (from.to_owned(), format!("\"{to}\""), "done".to_owned(), format!("renamed to {to}"))
    };
    assert_eq!(told(renames[0]), done("crm_acme", "acme"));
    assert_eq!(told(renames[1]), done("acme", "crm_acme"));
    assert_eq!((told(renames[2]).2.as_str(), renames.len()), ("refused", 5));
    assert_eq!(sandbox.run("check --json").done().code, 0);
}

#[test]
fn the_app_and_the_metadata_of_a_space_are_changed() {
    let sandbox = Sandbox::with_contacts();
    let set = |words: &[&str]| sandbox.run_of(&[&["spaces", "set", "crm_acme"], words].concat());
    let metadata = r#"{"plan":"pro","rate":1.10}"#;
    assert_eq!(set(&["--metadata", metadata]).done().out, "changed crm_acme (#1, runs crm)\n");
    let changed = set(&["--app", "cms"]).done();
    let hint = "its projection was built by its former app; `ramax rebuild crm_acme` builds it again";
    assert_eq!((changed.out.as_str(), changed.err.trim()), ("changed crm_acme (#1, runs cms)\n", hint));
    let found = sandbox.run("check");
    assert!(found.out.contains("of an earlier version of the app, or of another app"), "{}", found.out);
    let shown = sandbox.run("spaces show crm_acme --json").done().out;
    assert!(shown.contains(r#""metadata":{"plan":"pro","rate":1.10,"app":"cms"}"#), "{shown}");
    let both = set(&["--metadata", r#"{"a":1}"#, "--app", "crm", "--json"]).done().object();
    assert_eq!(both["metadata"].to_string(), r#"{"a":1,"app":"crm"}"#);
    for (words, kind) in [
        (&[][..], "usage"),
        (&["--app", "nothing"], "unknown_app"),
        (&["--metadata", "[]"], "invalid_metadata"),
    ] {
        let ran = set(&[words, &["--json"]].concat());
        assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (2, Some(kind)), "{words:?}");
    }
    let log = sandbox.run("log --json --space crm_acme").done().objects();
    let entries: Vec<_> = log.iter().filter(|entry| entry["action"] == "set-space").collect();
    assert_eq!(entries[0]["parameters"]["metadata"].to_string(), format!("{metadata:?}"));
    assert_eq!(entries[1]["detail"], "runs cms");
    assert_eq!(entries.len(), 5);
}

#[test]
fn the_error_of_a_program_without_the_app_of_a_space_names_the_app() {
    let sandbox = Sandbox::new();
    sandbox.run_of(&["spaces", "create", "shop_acme", "--metadata", r#"{"app":"shop"}"#]).done();
    for line in ["run shop_acme add-contact", "rebuild shop_acme", "verify shop_acme"] {
        let ran = sandbox.run(line);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.contains("shop_acme runs the app shop, which this program does not know"), "{ran:?}");
        assert!(!ran.err.contains("--app"), "{ran:?}");
    }
}

#[test]
fn a_damaged_row_of_the_registry_hides_no_other_space_and_is_reported() {
    let missing = "crm_acme (its counters are missing)";
    for (sql, listed, told) in [
        (
            "UPDATE spaces SET space_id = -5 WHERE space_id = 1",
            1,
            "crm_acme (its id is -5, which is out of range)",
        ),
        (
            "UPDATE spaces SET space_id = 1 << 40 WHERE space_id = 1",
            1,
            "crm_acme (its id is 1099511627776, which",
        ),
        ("UPDATE spaces SET space_id = -space_id", 0, "2 spaces are damaged: cms_blog (its id is -2"),
        (
            "UPDATE spaces SET space_name = CAST(x'ff41' AS TEXT) WHERE space_id = 1",
            2,
            "#1 (its space_name is not",
        ),
        ("UPDATE spaces SET metadata = '{}' WHERE space_id = 1", 2, "#1 (its checksum does not match"),
        ("DELETE FROM space_sequences WHERE space_id = 1", 2, missing),
        ("DELETE FROM space_sequences", 2, "2 spaces are damaged: "),
        (
            "UPDATE space_sequences SET last_sequence = -5 WHERE space_id = 1",
            2,
            "crm_acme (its counters cannot be read",
        ),
        (
            "UPDATE space_sequences SET last_sequence = 1 << 40 WHERE space_id = 1",
            2,
            "crm_acme (its counters cannot",
        ),
        (
            "UPDATE space_sequences SET mark = 9 WHERE space_id = 1",
            2,
            "crm_acme (its counters cannot be read",
        ),
        (
            "UPDATE projection_checkpoints SET last_event_id = -1 WHERE space_id = 1",
            2,
            "crm_acme (it cannot be read",
        ),
    ] {
        let sandbox = Sandbox::with_contacts();
        sandbox.run("spaces create cms_blog").done();
        sqlite(&sandbox.db()).execute_batch(sql).unwrap();
        for options in ["", "--reverse", "--sort name"] {
            let ran = sandbox.run(&format!("spaces list --json {options}"));
            assert_eq!((ran.code, ran.objects().len()), (1, listed), "{sql}: {ran:?}");
            let error = ran.json_error();
            assert!(error["message"].as_str().unwrap().contains(told), "{sql}: {error}");
            assert!(error["hint"].as_str().unwrap().starts_with("`ramax check` "), "{sql}: {error}");
        }
        assert_eq!(sandbox.run("check").code, 1, "{sql}");
    }
}

#[test]
fn a_space_whose_id_is_out_of_range_stands_for_no_other_space() {
    // Without their highest bits, both ids are those of crm_acme.
    for id in [(1_i64 << 23) | 1, (1 << 24) | 1, (1 << 31) | 1] {
        let sandbox = Sandbox::with_contacts();
        sandbox.run("spaces create crm_widgets").done();
        let before = sandbox.run("events list crm_acme --json").done().out.clone();
        let counted = "UPDATE space_sequences SET space_id = (SELECT space_id FROM spaces WHERE space_name = 'crm_widgets')";
        for damage in ["", counted] {
            let renumber = format!("UPDATE spaces SET space_id = {id} WHERE space_name = 'crm_widgets'");
            sqlite(&sandbox.db()).execute_batch(&renumber).unwrap();
            if !damage.is_empty() {
                let of_space = format!("{damage} WHERE space_id = 2; {damage} WHERE space_id = {id}");
                sqlite(&sandbox.db()).execute_batch(&of_space).unwrap();
            }
            for line in [
                "events list crm_widgets",
                "show crm_widgets",
                "get crm_widgets contact:c1",
                "export crm_widgets",
                "rebuild crm_widgets",
                "verify crm_widgets",
                "run crm_widgets add-contact contact_id=c9 name=Ada email=a@b.c",
                "redact crm_widgets --entity c1 --yes",
                "spaces delete crm_widgets --confirm crm_widgets",
            ] {
                let ran = sandbox.run(line);
                assert_ne!(ran.code, 0, "{id}, {line}: {ran:?}");
                assert!(!ran.out.contains("Ada"), "{id}, {line}: {ran:?}");
            }
            assert_eq!(sandbox.run("events list crm_acme --json").done().out, before, "{id}");
        }
        assert_eq!(sandbox.run("check").code, 1, "{id}");
        let store = ramax::Store::open(&ramax::Location::file(sandbox.db()), Default::default()).unwrap();
        let space = ramax::SpaceId(u32::try_from(id).unwrap());
        assert_eq!(store.events().read_space(space, ramax::Page::forward(None, 10)).unwrap(), []);
    }
}

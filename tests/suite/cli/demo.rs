use std::path::Path;

use ramax::console::Headless;
use ramax::console::app::state::Loadable;
use ramax::{Apps, Location, OpenOptions, Store};

use crate::support::program::Sandbox;

#[test]
fn the_walkthrough_is_printed_as_text_without_a_terminal() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run("demo").done();
    for heading in [
        "1. Basic operations",
        "2. Isolation",
        "3. Projections",
        "4. Commands and events",
        "5. Subscriptions",
        "6. A larger space",
        "7. The past",
    ] {
        assert!(ran.out.contains(heading), "{}", ran.out);
    }
    for told in [
        "$ ramax projections get crm_widgets contact:c1",
        "\"name\": \"Charles Whitfield\"",
        "deleted crm_trial in ",
        "caught up crm_widgets: 8 events applied in ",
        "domain:widgets.example       ",
        "rebuilt crm_acme: 45 events → 111 keys of state and contacts_by_domain in ",
        "error: the contact c1 already exists",
        "$ ramax events list crm_acme --where meta.actor=bounce-handler",
        "\"actor\": \"bounce-handler\"",
        "(contact.added, sequence 1) cannot be applied",
        "the mail server did not answer",
        "welcome-emails: 1 parked event to be tried once more",
        "\"space_sequence\":1501",
        "\"_invalidated\": true",
        "rebuilt flashcards: 1,504 events → 3,001 keys in ",
        "forked crm_acme at sequence 37: 37 events into crm_acme@37 (#8), ",
        "rene@elsewhere.example",
    ] {
        assert!(ran.out.contains(told), "{told} in {}", ran.out);
    }
}

/// Returns a line without the parts that vary between runs: times, durations, correlation ids and the
/// operator.
fn timeless(line: &str) -> String {
    let is_time = |word: &str| word.ends_with('Z') && word.contains('T') && word.contains(':');
    let is_uuid = |word: &str| word.len() == 36 && word.matches('-').count() == 4;
    let is_measured =
        |word: &str| word.ends_with("/s)") || word.parse::<f64>().is_ok_and(|_| word.contains('.'));
    let is_unix = |word: &str| word.trim_end_matches(',').len() == 10 && word.starts_with("1");
    let words = line.split_whitespace();
    let kept = words.filter(|word| !is_time(word) && !is_uuid(word) && !is_measured(word) && !is_unix(word));
    kept.collect::<Vec<_>>().join(" ")
}

fn seeded(file: &Path) -> Store {
    let store = Store::open_or_create(&Location::file(file), OpenOptions::default()).unwrap();
    ramax::demo::seed(&store).unwrap();
    store
}

#[test]
fn each_command_of_the_guide_prints_the_same_in_a_shell() {
    let sandbox = Sandbox::new();
    drop(seeded(&sandbox.db()));
    let bin = Path::new(env!("CARGO_BIN_EXE_ramax")).parent().unwrap().to_owned();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for step in Sandbox::new().run("demo --json").done().objects() {
        for shown in step["commands"].as_array().unwrap() {
            let line = shown["command"].as_str().unwrap();
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", line]).env("PATH", &path).env("RAMAX_DB", sandbox.db());
            let ran = shell.output().unwrap();
            let is_refused = line.ends_with("2>&1");
            assert_eq!(ran.status.success(), !is_refused, "{line}: {}", String::from_utf8_lossy(&ran.stderr));
            let printed: Vec<String> = String::from_utf8(ran.stdout).unwrap().lines().map(timeless).collect();
            let told: Vec<String> = shown["output"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| timeless(line.as_str().unwrap()))
                .collect();
            assert_eq!(printed, told, "{line}");
        }
    }
}

#[test]
fn the_console_guide_runs_the_same_steps_with_the_same_output() {
    let told = Sandbox::new().run("demo --json").done().objects();
    let directory = tempfile::tempdir().unwrap();
    let store = seeded(&directory.path().join("demo.db"));
    let mut console = Headless::new(store, Apps::standard(), 120, 40).guided(ramax::cli::walkthrough());
    for step in told {
        console.press(".").unwrap();
        let walk = console.state().walk.as_ref().unwrap();
        assert_eq!(walk.step().unwrap().title, step["title"].as_str().unwrap());
        let Some(Loadable::Ready(ran)) = walk.outcome() else { panic!("{:?}", walk.outcome()) };
        for (ran, told) in ran.iter().zip(step["commands"].as_array().unwrap()) {
            assert_eq!(ran.command, told["command"].as_str().unwrap());
            let shown: Vec<String> = ran.output.iter().map(|line| timeless(line)).collect();
            let output = told["output"].as_array().unwrap();
            let told: Vec<String> = output.iter().map(|line| timeless(line.as_str().unwrap())).collect();
            // The audit log names another program here.
            if ran.command.starts_with("ramax log") {
                continue;
            }
            assert_eq!(shown, told, "{}", ran.command);
        }
        console.press("w").unwrap();
    }
}

#[test]
fn the_walkthrough_is_recorded_in_the_audit_log() {
    let sandbox = Sandbox::new();
    sandbox.run("demo --path t.db").done();
    let log = sandbox.run("log --json").done().objects();
    let done = |action: &str, space: &str| {
        log.iter().any(|entry| entry["action"] == action && entry["space_name"] == space)
    };
    for (action, space) in [
        ("create-space", "crm_trial"),
        ("delete", "crm_trial"),
        ("run", "crm_widgets"),
        ("rebuild", "crm_acme"),
        ("verify", "crm_acme"),
        ("run-batch", "flashcards"),
        ("verify", "flashcards"),
    ] {
        assert!(done(action, space), "{action} {space} in {log:?}");
    }
}

#[test]
fn a_temporary_file_is_shown_and_removed() {
    let ran = Sandbox::new().run("demo --plain").done();
    let path = ran.err.strip_prefix("demonstration file: ").unwrap().split(" (").next().unwrap();
    assert!(ran.err.contains("removed on exit"), "{}", ran.err);
    assert!(!Path::new(path).exists() && !Path::new(path).parent().unwrap().exists());
    // A file that is already gone is not recommended.
    assert!(!ran.out.contains(path), "{}", ran.out);
    assert!(ran.out.contains("run `ramax demo --path demo.db`"), "{}", ran.out);
}

#[test]
fn a_file_named_on_the_command_line_is_kept_and_the_environment_is_ignored() {
    for line in ["demo --path d.db", "--db d.db demo", "demo --db d.db", "d.db demo"] {
        let sandbox = Sandbox::new();
        let ran = sandbox.run(line).done();
        assert!(ran.out.contains("To try the commands below, set RAMAX_DB to d.db."), "{line}: {}", ran.out);
        assert_eq!(sandbox.files(), ["d.db"], "{line}");
    }
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run("--db d.db demo --path e.db").code, 2);
    sandbox.run("demo").done();
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_named_file_is_kept_and_works() {
    let sandbox = Sandbox::new();
    sandbox.run("demo --path t.db").done();
    let names: Vec<String> = sandbox
        .run("spaces list --json")
        .done()
        .objects()
        .iter()
        .map(|space| space["space_name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names[..4], ramax::demo::SPACES);
    assert_eq!(names[4..], ["flashcards", "crm_acme@37"]);
    sandbox.run("verify --all").done();
}

#[test]
fn the_history_is_in_order_and_ends_before_now() {
    let sandbox = Sandbox::new();
    sandbox.run("demo --path t.db").done();
    let events = sandbox.run("events list --all-spaces --json").done().objects();
    // The copies in a fork keep their times.
    let originals = events.iter().filter(|event| event["space_name"] != "crm_acme@37");
    let times: Vec<&str> = originals.map(|event| event["timestamp"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    let cause = events.iter().find(|event| event["event_id"] == 4).unwrap();
    assert_eq!((&cause["causation_id"], &cause["space_name"]), (&3.into(), &"cms_production".into()));
}

#[test]
fn a_seeded_file_is_not_seeded_again() {
    let sandbox = Sandbox::new();
    sandbox.run("demo --path t.db").done();
    let before = sandbox.bytes();
    let ran = sandbox.run("demo --path t.db");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.error().1.contains("ramax t.db"), "{ran:?}");
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn a_demonstration_adds_nothing_to_a_file_with_tenants() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_tenant").done();
    let before = sandbox.bytes();
    for line in ["demo --path t.db", "--db t.db demo"] {
        let ran = sandbox.run(line);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{line}");
        let (message, hint) = ran.error();
        assert!(message.contains("already has spaces") && hint.contains("a new file"), "{ran:?}");
    }
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn a_foreign_file_is_refused() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.db(), "a letter to my aunt").unwrap();
    assert_eq!(sandbox.run("demo --path t.db").code, 3);
    assert_eq!(sandbox.bytes(), b"a letter to my aunt");
}

#[test]
fn the_walkthrough_in_json_has_one_object_per_step() {
    let ran = Sandbox::new().run("demo --json").done();
    let steps = ran.objects();
    let parts = ramax::demo::PARTS;
    assert_eq!(steps.len(), parts.iter().map(|part| part.steps.len()).sum::<usize>());
    assert_eq!(steps[0]["commands"][0]["command"], "ramax spaces list");
    assert_eq!(steps[0]["commands"][0]["output"].as_array().unwrap().len(), 5);
    assert_eq!(ran.err, "");
}

#[test]
fn a_read_only_demonstration_is_refused_with_a_reason() {
    let sandbox = Sandbox::new();
    for line in ["--read-only demo", "demo --read-only --plain --path d.db"] {
        let ran = sandbox.run(line);
        assert_eq!(ran.code, 2, "{ran:?}");
        let (message, hint) = ran.error();
        assert!(message.contains("it creates a file and writes to it"), "{message}");
        assert!(hint.contains("`ramax --read-only FILE`"), "{hint}");
    }
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_closed_pipe_leaves_no_temporary_file() {
    let sandbox = Sandbox::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran =
        sandbox.command("demo").env("TMPDIR", sandbox.directory.path()).stdout(writer).output().unwrap();
    assert_eq!(ran.status.code(), Some(141));
    assert!(sandbox.files().is_empty(), "{:?}", sandbox.files());
}

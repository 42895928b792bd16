use std::path::Path;

use ramax::apps::Apps;
use ramax::console::Headless;
use ramax::console::state::Loadable;
use ramax::{Location, OpenOptions, Store};

use super::program::Desk;

#[test]
fn without_a_terminal_the_walkthrough_is_told_as_text() {
    let desk = Desk::new();
    let ran = desk.run("demo").done();
    for heading in ["1. Basic operations", "2. Isolation", "3. Selective rebuild", "4. Flashcards at size"] {
        assert!(ran.out.contains(heading), "{}", ran.out);
    }
    for told in [
        "crm_acme     c1  Ada Okafor         ada@acme.example",
        "crm_widgets  c1  Charles Whitfield  charles@widgets.example",
        "deleted; rows of it left in any table: 0",
        "rebuilt crm_acme: 45 of the file's 98 events → 37 keys in ",
    ] {
        assert!(ran.out.contains(told), "{told} in {}", ran.out);
    }
    assert_eq!(ran.out.matches("the same bytes").count(), 4, "{}", ran.out);
    assert_eq!(ran.out.matches("no difference").count(), 5, "{}", ran.out);
    for told in ["1,501 commands → 1,501 events", "refers to 1500 cards", "1653 events → 3001 keys"] {
        assert!(ran.out.contains(told), "{told} in {}", ran.out);
    }
}

/// A line without what differs from run to run: times, durations and correlation ids.
fn timeless(line: &str) -> String {
    // A duration is all that is measured, and stands last on its line.
    let line = match line.strip_suffix(" ms") {
        Some(before) => before.rsplit_once(' ').map_or(before, |(before, _)| before),
        None => line,
    };
    let is_time = |word: &str| word.ends_with('Z') && word.contains('T') && word.contains(':');
    let is_uuid = |word: &str| word.len() == 36 && word.matches('-').count() == 4;
    let words = line.split(' ').filter(|word| !is_time(word) && !is_uuid(word));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_console_guides_through_the_same_walk_and_each_step_tells_the_same() {
    let text = Desk::new().run("demo --plain").done().out;
    let directory = tempfile::tempdir().unwrap();
    let file = Location::file(directory.path().join("demo.db"));
    let store = Store::open_or_create(&file, OpenOptions::default()).unwrap();
    ramax::demo::seed(&store).unwrap();
    let mut console = Headless::new(store, Apps::standard(), 120, 40).guided(ramax::cli::walkthrough());
    let mut shown = Vec::new();
    let steps = console.state().walk.as_ref().unwrap().steps.len();
    for _ in 0..steps {
        console.press("<space>").unwrap();
        let walk = console.state().walk.as_ref().unwrap();
        let step = walk.step().unwrap();
        shown.push(format!("   {}", step.title));
        shown.extend(step.commands.iter().map(|command| format!("   $ ramax {command}")));
        let Some(Loadable::Ready(told)) = walk.outcome() else { panic!("{:?}", walk.outcome()) };
        shown.extend(told.iter().map(|line| format!("     {line}")));
        console.press("w").unwrap();
    }
    let shown: Vec<String> = shown.iter().map(|line| timeless(line)).collect();
    let is_title = |line: &&str| shown.contains(&timeless(line));
    let told: Vec<String> = text
        .lines()
        .filter(|line| line.starts_with("     ") || line.starts_with("   $") || is_title(line))
        .map(timeless)
        .collect();
    assert_eq!(shown, told);
}

#[test]
fn a_temporary_file_is_named_and_removed() {
    let ran = Desk::new().run("demo --plain").done();
    let path = ran.err.strip_prefix("demonstration file: ").unwrap().split(" (").next().unwrap();
    assert!(ran.err.contains("removed on exit"), "{}", ran.err);
    assert!(!Path::new(path).exists() && !Path::new(path).parent().unwrap().exists());
    // What is gone by the time it is read is not recommended.
    assert!(!ran.out.contains(path), "{}", ran.out);
    assert!(ran.out.contains("run `ramax demo --path demo.db`"), "{}", ran.out);
}

#[test]
fn a_file_named_in_front_or_with_db_is_the_one_to_keep_and_the_environment_is_not() {
    for line in ["demo --path d.db", "--db d.db demo", "demo --db d.db", "d.db demo"] {
        let desk = Desk::new();
        let ran = desk.run(line).done();
        assert!(
            ran.out.contains("The commands below work on d.db if RAMAX_DB names it."),
            "{line}: {}",
            ran.out
        );
        assert_eq!(desk.files(), ["d.db"], "{line}");
    }
    let desk = Desk::new();
    assert_eq!(desk.run("--db d.db demo --path e.db").code, 2);
    desk.run("demo").done();
    assert!(desk.files().is_empty());
}

#[test]
fn a_named_file_is_kept_and_works() {
    let desk = Desk::new();
    desk.run("demo --path t.db").done();
    let names: Vec<String> = desk
        .run("spaces list --json")
        .done()
        .objects()
        .iter()
        .map(|space| space["space_name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names[..4], ramax::demo::SPACES);
    assert_eq!(names[4..], ["flashcards"]);
    desk.run("verify --all").done();
}

#[test]
fn the_history_is_in_order_and_ends_before_now() {
    let desk = Desk::new();
    desk.run("demo --path t.db").done();
    let events = desk.run("events list --all-spaces --json").done().objects();
    let times: Vec<&str> = events.iter().map(|event| event["timestamp"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    let cause = events.iter().find(|event| event["event_id"] == 4).unwrap();
    assert_eq!((&cause["causation_id"], &cause["space_name"]), (&3.into(), &"cms_production".into()));
}

#[test]
fn a_file_that_was_seeded_is_not_seeded_again() {
    let desk = Desk::new();
    desk.run("demo --path t.db").done();
    let before = desk.bytes();
    let ran = desk.run("demo --path t.db");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.error().1.contains("ramax t.db"), "{ran:?}");
    assert_eq!(desk.bytes(), before);
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let desk = Desk::new();
    std::fs::write(desk.db(), "a letter to my aunt").unwrap();
    assert_eq!(desk.run("demo --path t.db").code, 3);
    assert_eq!(desk.bytes(), b"a letter to my aunt");
}

#[test]
fn the_walkthrough_is_an_object_a_step_in_json() {
    let ran = Desk::new().run("demo --json").done();
    let steps = ran.objects();
    let parts = ramax::demo::PARTS;
    assert_eq!(steps.len(), parts.iter().map(|part| part.steps.len()).sum::<usize>());
    assert_eq!(steps[0]["commands"], serde_json::json!(["spaces list"]));
    assert_eq!(ran.err, "");
}

#[test]
fn a_read_only_demonstration_is_refused_with_the_reason() {
    let desk = Desk::new();
    for line in ["--read-only demo", "demo --read-only --plain --path d.db"] {
        let ran = desk.run(line);
        assert_eq!(ran.code, 2, "{ran:?}");
        let (message, hint) = ran.error();
        assert!(message.contains("it creates a file, and its steps write to it"), "{message}");
        assert!(hint.contains("`ramax --read-only FILE`"), "{hint}");
    }
    assert!(desk.files().is_empty());
}

#[test]
fn every_command_that_the_walkthrough_names_works() {
    let desk = Desk::new();
    let location = ramax::Location::file(desk.db());
    ramax::demo::seed(&ramax::Store::open_or_create(&location, ramax::OpenOptions::default()).unwrap())
        .unwrap();
    for command in ramax::demo::PARTS.iter().flat_map(|part| part.steps).flat_map(|step| step.commands) {
        let words = shlex::split(command).unwrap();
        desk.run_of(&words.iter().map(String::as_str).collect::<Vec<_>>()).done();
    }
}

#[test]
fn a_reader_that_goes_away_leaves_no_temporary_file() {
    let desk = Desk::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = desk.command("demo").env("TMPDIR", desk.directory.path()).stdout(writer).output().unwrap();
    assert_eq!(ran.status.code(), Some(141));
    assert!(desk.files().is_empty(), "{:?}", desk.files());
}

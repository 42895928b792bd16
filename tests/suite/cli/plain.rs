//! `--plain`: an overview of the file, and lines instead of columns.

use std::ops::ControlFlow;

use ramax::audit::AuditStart;
use ramax::operations::{DeleteOptions, delete};
use ramax::subscriptions::{Retry, Subscription};
use ramax::{Append, Expected, Json, NewEvent, Operator, SpaceId, SpaceMetadata, Store, Timestamp};
use serde_json::json;

use crate::support::program::{Ran, Sandbox};

/// Returns an output without times and durations.
fn timeless(out: &str) -> String {
    let is_time = |word: &str| word.contains('T') && word.trim_end_matches(',').ends_with('Z');
    let is_measured =
        |word: &str| word.parse::<u64>().is_ok() || ["ms", "s", "min", "h", "d"].contains(&word);
    let line = |line: &str| {
        let mut words: Vec<&str> = line.split(' ').filter(|word| !is_time(word)).collect();
        while let Some(at) = words.iter().position(|word| word.trim_end_matches(',') == "ago")
            && at > 0
            && is_measured(words[at - 1])
        {
            words.remove(at - 1);
        }
        let line = words.join(" ");
        match line.split_once(" behind (") {
            Some((before, after)) => format!("{before} behind ({}", &after[after.find(')').unwrap()..]),
            None => line,
        }
    };
    out.lines().map(|text| line(text) + "\n").collect()
}

/// Returns the lines of a section, without its heading.
#[track_caller]
fn section<'a>(out: &'a str, title: &str) -> Vec<&'a str> {
    let mut sections = out.split("\n\n");
    let found = sections.find(|section| section.lines().next().is_some_and(|first| first.starts_with(title)));
    found.unwrap_or_else(|| panic!("no {title} in {out}")).lines().skip(1).collect()
}

fn append(store: &Store, space_id: SpaceId, event_type: &str, payload: serde_json::Value) {
    let events = [NewEvent::new("c1", event_type, Json::of(&payload))];
    let append = Append { expected: Expected::Any, now: store.clock().now(), events: &events };
    store.events().append(space_id, append).unwrap();
}

#[test]
fn the_overview_tells_in_lines_what_the_first_screens_of_the_console_show() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run(r#"spaces create cms_live --metadata {"environment":"production"}"#).done();
    let ran = sandbox.run("t.db --plain").done();
    assert_eq!(ran.err, "");
    let version = env!("CARGO_PKG_VERSION");
    let size = ran.out.split("2 events, ").nth(1).unwrap().lines().next().unwrap();
    let expected = format!(
        "\
ramax {version}, overview of t.db
Contents: 2 spaces, 2 events, {size}
Last event: ago, in crm_acme
Access: reading and writing
Production: cms_live
Commands: add --db t.db to those named below

Problems: none

Projections behind: 1
crm_acme: the projection contacts_by_domain is 2 events behind (); `ramax catch-up crm_acme` applies them

Unfinished operations: none

Subscriptions: none

Spaces: 2
crm_acme, id #1, app crm, 2 events, 3 keys, projection contacts_by_domain 2 events behind, last event ago
cms_live, id #2, app cms, 0 events, 0 keys, production, 2 projections up to date

Next
`ramax spaces show crm_acme` describes a space
`ramax events list crm_acme --reverse --limit 10` lists its latest events
`ramax events follow crm_acme` prints new events as they arrive
`ramax projections list crm_acme` lists the keys of its projection
`ramax run crm_acme --help` lists its commands
`ramax check` checks the whole database
`ramax log --reverse --limit 10` lists the latest operations
`ramax --help` lists all commands
"
    );
    assert_eq!(timeless(&ran.out), expected, "{}", ran.out);
}

#[test]
fn every_command_that_the_overview_names_works_with_the_options_that_it_names() {
    let sandbox = Sandbox::with_contacts();
    let out = sandbox.run("--db t.db --plain").done().out;
    let options = out.lines().find_map(|line| line.strip_prefix("Commands: add ")).unwrap();
    let options = options.strip_suffix(" to those named below").unwrap();
    let quoted: Vec<&str> = out.split('`').skip(1).step_by(2).collect();
    assert!(quoted.len() > 5, "{out}");
    for command in quoted.iter().filter(|command| !command.contains("follow")) {
        let line = format!("{} {options}", command.strip_prefix("ramax ").unwrap());
        let ran: Ran = sandbox.command(&line).env_remove("RAMAX_DB").output().unwrap().into();
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
    }
}

#[test]
fn problems_are_told_with_their_remedies() {
    let sandbox = Sandbox::with_contacts();
    let store = sandbox.store();
    append(&store, SpaceId(1), "contact.updated", json!({"contact_id": 7}));
    let gone = store.events().get_or_create_space("crm_gone", None, Timestamp(0)).unwrap().space_id;
    for number in 0..2500 {
        append(&store, gone, "note.added", json!(number));
    }
    let stopped = delete(&store, "crm_gone", DeleteOptions::default(), &mut |_| ControlFlow::Break(()));
    assert_eq!(stopped.unwrap_err().kind(), "delete_interrupted");
    let out = sandbox.run("--plain").done().out;
    let problems = section(&out, "Problems: 2");
    let blocked = "crm_acme is blocked: event 3 (contact.updated) at sequence 3 cannot be applied: ";
    assert!(problems[0].starts_with(blocked), "{problems:?}");
    assert!(problems[0].contains("`ramax rebuild crm_acme --skip-errors`"), "{problems:?}");
    let (this, wait) =
        (format!("(process {})", std::process::id()), "; wait until it has finished, or stop it, ");
    assert!(problems[1].starts_with("the space crm_gone is being deleted by "), "{problems:?}");
    assert!(problems[1].contains(&this) && problems[1].contains(wait), "{problems:?}");
    let spaces = section(&out, "Spaces: 2");
    assert!(spaces[0].contains(", projection state blocked and 1 event behind, "), "{spaces:?}");
    assert!(spaces[1].contains(", being deleted, "), "{spaces:?}");
}

#[test]
fn unfinished_operations_and_subscriptions_are_told() {
    let sandbox = Sandbox::with_contacts();
    let store = sandbox.store();
    let this = Operator { user: "ada".to_owned(), ..Operator::default() }.in_this_process();
    let gone = Operator { process: this.process + 1_000_000, ..this.clone() };
    for (action, operator) in [("rebuild", this), ("verify", gone)] {
        let start = AuditStart {
            operator,
            action: action.to_owned(),
            space_id: Some(SpaceId(1)),
            space_name: Some("crm_acme".to_owned()),
            parameters: serde_json::Map::new(),
            started_at: Timestamp(0),
        };
        store.audit_log().begin(&start).unwrap();
    }
    let once = Subscription::all_spaces("emails").retrying(Retry::at_once(1));
    store.subscribe(&once).unwrap().deliver_pending(|_| Err("no answer".into())).unwrap();
    store.subscribe(&Subscription::of_space("search", SpaceId(1))).unwrap();
    let out = sandbox.run("--read-only --plain").done().out;
    let operations = section(&out, "Unfinished operations: 2");
    assert!(operations[0].starts_with("rebuild of crm_acme: running; started 1970-"), "{operations:?}");
    assert!(operations[1].starts_with("verify of crm_acme: interrupted, no outcome"), "{operations:?}");
    let subscriptions = [
        "emails: idle, all spaces, up to date, 2 parked events; `ramax subscriptions show emails` shows the errors",
        "search: idle, space crm_acme, 2 events behind",
    ];
    assert_eq!(section(&out, "Subscriptions: 2"), subscriptions);
}

#[test]
fn the_overview_stays_short_for_many_spaces_and_says_what_it_omits() {
    let sandbox = Sandbox::new();
    sandbox.run("generate --spaces 45 --events 90").done();
    let out = sandbox.run("--plain").done().out;
    assert!(out.lines().count() < 80, "{out}");
    let spaces = section(&out, "Spaces: 45");
    assert_eq!(spaces.len(), 21);
    let more = spaces[20].strip_prefix("25 more: `ramax ").unwrap().strip_suffix("` lists them").unwrap();
    assert_eq!(more, "spaces list --after '#20'");
    let listed = sandbox.run_of(&["spaces", "list", "--after", "#20"]).done().out;
    assert_eq!(listed.lines().count(), 26, "the heading and 25 spaces");
}

#[test]
fn the_overview_of_a_read_only_file_changes_nothing_and_offers_no_change() {
    let sandbox = Sandbox::with_contacts();
    let before = sandbox.bytes();
    let out = sandbox.run("--read-only t.db --plain").done().out;
    assert!(out.contains("\nAccess: read-only, opened with --read-only\n"), "{out}");
    assert!(!out.contains("ramax run "), "{out}");
    assert!(sandbox.bytes() == before);
}

#[test]
fn the_overview_of_an_empty_file_says_how_to_begin() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces delete crm_acme --confirm crm_acme").done();
    let out = sandbox.run("--plain").done().out;
    assert!(
        out.contains("\nContents: 0 spaces, 0 events, ") && out.contains("\nLast event: none\n"),
        "{out}"
    );
    assert_eq!(section(&out, "Next")[0], "`ramax spaces create NAME` creates a space");
    assert!(out.contains("\nSpaces: none\n"), "{out}");
}

#[test]
fn hostile_names_are_shown_and_quoted() {
    let sandbox = Sandbox::with_contacts();
    let metadata = SpaceMetadata::parse(r#"{"environment":"production"}"#).unwrap();
    let name = "crm $(reboot)\u{1b}[2J\u{202e}";
    let space = sandbox.store().events().get_or_create_space(name, Some(&metadata), Timestamp(0)).unwrap();
    append(&sandbox.store(), space.space_id, "contact.added", json!({}));
    let out = sandbox.run("--plain").done().out;
    assert!(!out.contains(['\u{1b}', '\u{202e}']), "{out:?}");
    assert!(out.contains("Production: crm $(reboot)␛[2J<U+202E>"), "{out}");
    assert!(out.contains(r"`ramax spaces show $'crm $(reboot)\033[2J\342\200\256'`"), "{out}");
}

#[test]
fn a_missing_file_and_a_mistyped_command_are_reported_as_without_plain() {
    let sandbox = Sandbox::new();
    for line in ["no-such.db", "chek"] {
        let (ran, plain) = (sandbox.run(line), sandbox.run(&format!("{line} --plain")));
        assert_eq!((ran.code, &ran.out, &ran.err), (3, &plain.out, &plain.err), "{line}");
    }
    let ran: Ran = sandbox.command("--plain").env_remove("RAMAX_DB").output().unwrap().into();
    assert_eq!((ran.code, ran.error().0), (2, "no database is named"));
    assert!(sandbox.files().is_empty());
}

#[test]
fn the_overview_is_not_json_and_names_the_commands_that_print_it() {
    let ran = Sandbox::with_contacts().run("--plain --json");
    assert_eq!(ran.code, 2);
    let error = ran.json_error();
    assert_eq!(error["message"], "the overview of --plain is text, not JSON");
    assert!(error["hint"].as_str().unwrap().contains("`ramax spaces list`"), "{error}");
}

#[test]
fn plain_lists_name_their_columns_on_each_line() {
    let sandbox = Sandbox::with_contacts();
    let out = sandbox.run("--plain spaces list").done().out;
    assert!(
        out.starts_with("id #1, space crm_acme, app crm, events 2, lag 2 (contacts_by_domain), last event "),
        "{out}"
    );
    assert_eq!(out.lines().count(), 1);
    let out = sandbox.run("spaces show crm_acme --plain").done().out;
    assert!(out.starts_with("space: crm_acme\nid: #1\napp: crm\nevents: 2\n"), "{out}");
    let json = sandbox.run("spaces list --json").done().out;
    assert_eq!(sandbox.run("spaces list --json --plain").done().out, json);
}

#[test]
fn plain_needs_valid_settings_like_any_command() {
    let sandbox = Sandbox::with_contacts();
    std::fs::write(sandbox.path("c.toml"), "theme = \"neon\"\n").unwrap();
    let ran = sandbox.run("t.db --plain --config c.toml");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
}

//! The command `work`, which runs the subscriptions and async projections of a program.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::cli::Program;
use ramax::delivery::{Delivery, Effects};
use ramax::subscriptions::{Retry, Start, Subscription};
use ramax::{Apps, Json, NewEvent};
use rustix::process::Signal;

use crate::support::program::{Ran, Sandbox};
use crate::support::running::Running;

const ARGUMENTS: &str = "RAMAX_WORK_ARGUMENTS";

/// A program with a subscription that fails for the contact `bad`, and another that writes to its event's space.
fn program() -> Program {
    let emails = Subscription::all_spaces("emails")
        .matching("type:contact.added".parse().unwrap())
        .retrying(Retry::at_once(2));
    let notes = Subscription::all_spaces("notes")
        .matching("type:contact.added".parse().unwrap())
        .starting(Start::Beginning);
    let note = |delivery: &Delivery<'_>| {
        let crm = delivery.open(Arc::new(Crm))?;
        let note = NewEvent::new(&delivery.event().entity_id, "note.taken", Json::of(&"welcome".into()));
        Ok(Effects::none().append(&crm, vec![note]))
    };
    Program::new("letters", "1.0.0", Apps::standard())
        .database_variable("RAMAX_DB")
        .worker(emails, |delivery| match &*delivery.event().entity_id {
            "bad" => Err("the mail server refused the address".into()),
            _ => Ok(Effects::none()),
        })
        .worker(notes, note)
}

#[test]
#[ignore = "a process that other tests start"]
fn the_program_with_workers() {
    let arguments = std::env::var(ARGUMENTS).expect("started by another test");
    let words = std::iter::once("letters").chain(arguments.split_whitespace()).map(OsString::from);
    std::process::exit(program().run(&words.collect::<Vec<_>>()).code().into());
}

/// Starts the program in a directory, in a process of its own.
fn start(sandbox: &Sandbox, arguments: &str) -> Running {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "cli::work::the_program_with_workers", "--ignored", "--nocapture"])
        .current_dir(sandbox.directory.path())
        .env("RAMAX_DB", "t.db")
        .env(ARGUMENTS, arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Running::of(&mut command)
}

/// Runs the program, and drops the lines of the test harness.
fn run(sandbox: &Sandbox, arguments: &str) -> Ran {
    let ran = start(sandbox, arguments).finish();
    let is_own = |line: &&str| !line.is_empty() && !line.starts_with("running ");
    Ran { out: ran.out.lines().filter(is_own).map(|line| format!("{line}\n")).collect(), ..ran }
}

fn lines_of(running: &mut Running) -> impl Iterator<Item = String> + use<> {
    BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap)
}

fn add(sandbox: &Sandbox, id: &str) {
    sandbox.run(&format!("run crm_acme add-contact contact_id={id} name=N email=e@acme.example")).done();
}

#[test]
fn workers_deliver_everything_until_idle() {
    let sandbox = Sandbox::with_contacts();
    let ran = run(&sandbox, "work emails notes --until-idle").done();
    assert_eq!(ran.out, "emails: 2 events delivered\nnotes: 2 events delivered\n");
    for said in ["emails: started", "emails: 2 events delivered", "notes: 2 events delivered"] {
        assert!(ran.err.contains(said), "{said} in {}", ran.err);
    }
    let again = run(&sandbox, "work --until-idle --json").done().objects();
    assert_eq!(again.last().unwrap()["action"], "stopped");
    let totals: Vec<_> = again.iter().filter(|line| line["action"] == "stopped").collect();
    assert_eq!((&totals[0]["subscription"], &totals[0]["events"]), (&"emails".into(), &0.into()));
    let listed = sandbox.run("subscriptions --json").done().objects();
    assert!(listed.iter().all(|line| line["lag"] == 0 && line["status"] == "idle"), "{listed:?}");
}

#[test]
fn a_parked_event_is_reported_as_a_problem() {
    let sandbox = Sandbox::with_contacts();
    add(&sandbox, "bad");
    let ran = run(&sandbox, "work --until-idle --json");
    assert_eq!(ran.code, 1);
    let lines = ran.objects();
    let of = |action: &str| lines.iter().filter(|line| line["action"] == action).collect::<Vec<_>>();
    assert_eq!((of("failed").len(), of("parked").len()), (1, 1));
    let parked = of("parked")[0];
    assert_eq!((&parked["space_name"], &parked["space_sequence"]), (&"crm_acme".into(), &3.into()));
    assert_eq!(parked["error"], "the mail server refused the address");
    let total = of("stopped")[0];
    assert_eq!((&total["events"], &total["failed"], &total["parked"]), (&2.into(), &2.into(), &1.into()));
    // The next run finds nothing to do.
    run(&sandbox, "work --until-idle").done();
}

#[test]
fn only_the_named_subscriptions_run() {
    let sandbox = Sandbox::with_contacts();
    assert_eq!(run(&sandbox, "work notes --until-idle").done().out, "notes: 2 events delivered\n");
    let listed = sandbox.run("subscriptions --json").done().objects();
    assert_eq!(
        listed.iter().map(|line| line["subscription"].as_str().unwrap()).collect::<Vec<_>>(),
        ["notes"]
    );
    let unknown = run(&sandbox, "work note --json");
    let error = unknown.json_error();
    assert_eq!((unknown.code, &error["kind"]), (2, &"unknown_subscription".into()));
    assert_eq!(error["hint"], "did you mean notes? subscriptions: emails, notes");
    // A program without subscriptions keeps its projections up to date.
    sandbox.run("work --until-idle").done();
    assert_eq!(sandbox.run("work emails").code, 2);
}

#[test]
fn a_signal_ends_the_workers_and_releases_their_leases() {
    for signal in [Signal::INT, Signal::TERM] {
        let sandbox = Sandbox::with_contacts();
        let mut working = start(&sandbox, "work emails notes --json");
        let mut lines = lines_of(&mut working);
        lines.find(|line| line.contains(r#""subscription":"notes","action":"delivered""#)).unwrap();
        let running = sandbox.run("subscriptions --json").done().objects();
        assert!(running.iter().all(|line| line["status"] == "running"), "{running:?}");
        working.interrupt(signal);
        let rest: Vec<String> = lines.collect();
        assert_eq!(rest.iter().filter(|line| line.contains(r#""action":"stopped""#)).count(), 2, "{rest:?}");
        let listed = sandbox.run("subscriptions --json").done().objects();
        assert!(
            listed.iter().all(|line| line["status"] == "idle" && line["leased_until"].is_null()),
            "{listed:?}"
        );
        assert_eq!(sandbox.files(), ["t.db"], "the database is closed");
    }
}

#[test]
fn a_second_process_waits_and_takes_over() {
    let sandbox = Sandbox::with_contacts();
    let mut first = start(&sandbox, "work emails --json");
    let mut of_first = lines_of(&mut first);
    of_first.find(|line| line.contains(r#""action":"delivered""#)).unwrap();
    let held = run(&sandbox, "work emails --until-idle --json");
    assert_eq!((held.code, &held.json_error()["kind"]), (1, &"subscription_held".into()));
    let mut second = start(&sandbox, "work emails --json");
    let mut of_second = lines_of(&mut second);
    of_second.find(|line| line.contains(r#""action":"waiting""#)).unwrap();
    first.interrupt(Signal::TERM);
    of_second.find(|line| line.contains(r#""action":"started""#)).unwrap();
    add(&sandbox, "c3");
    of_second.find(|line| line.contains(r#""action":"delivered","events":1"#)).unwrap();
    second.interrupt(Signal::INT);
    assert_eq!(of_second.filter(|line| line.contains(r#""action":"stopped""#)).count(), 1);
}

#[test]
fn a_removed_subscription_ends_its_worker_with_an_error() {
    let sandbox = Sandbox::with_contacts();
    let mut working = start(&sandbox, "work --json");
    let mut lines = lines_of(&mut working);
    lines.find(|line| line.contains(r#""subscription":"emails","action":"delivered""#)).unwrap();
    sandbox.run("subscriptions remove emails --confirm emails").done();
    drop(lines.collect::<Vec<_>>());
    let ran = working.finish();
    assert_eq!((ran.code, &ran.json_error()["kind"]), (1, &"unknown_subscription".into()));
}

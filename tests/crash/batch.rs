//! `ramax run --batch -` is killed while it receives commands. Answered commands are stored afterwards, all others
//! completely or not at all, none twice; and work continues in the same file.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use ramax::apps::Crm;
use ramax::{ContentStore, Event};
use serde_json::{Value, json};

use super::conversation::{Group, Talk};
use super::invariants;
use super::seeded_kills::Campaign;
use crate::support::sandbox::{Files, Sandbox, end};

#[test]
fn in_one_file_answered_commands_survive_a_kill() {
    survive("batch, one file", Files::One, false);
}

#[test]
fn in_two_files_answered_commands_survive_a_kill() {
    survive("batch, two files", Files::Two, false);
}

#[test]
fn in_one_file_a_command_resent_with_its_key_is_executed_once() {
    survive("keyed batch, one file", Files::One, true);
}

#[test]
fn in_two_files_a_command_resent_with_its_key_is_executed_once() {
    survive("keyed batch, two files", Files::Two, true);
}

fn survive(name: &'static str, files: Files, keyed: bool) {
    let mut campaign = Campaign::new(name);
    let mut sender = Sender::new(files, keyed);
    while campaign.goes_on() {
        if campaign.is_time_for_a_fresh_file() {
            sender.finish();
            sender = Sender::new(files, keyed);
        }
        let killed = sender.round(&mut campaign);
        campaign.count(killed);
    }
    sender.finish();
}

/// A line to send, and the event that it appends: `None` if the command is rejected.
struct Line {
    text: String,
    effect: Option<Effect>,
}

struct Effect {
    sequence: u64,
    event_type: &'static str,
    contact: String,
    name: String,
}

/// All commands to run, and the progress.
struct Sender {
    sandbox: Sandbox,
    keyed: bool,
    lines: Vec<Line>,
    contacts: Vec<String>,
    events: u64,
    /// Lines before this one were executed.
    executed: usize,
    /// Lines before this one were answered.
    answered: usize,
}

/// The moment at which the program is killed.
enum Fault {
    /// After this many answers.
    Answers(usize),
    /// This long after its start.
    Delay(Duration),
}

impl Sender {
    fn new(files: Files, keyed: bool) -> Self {
        let sandbox = Sandbox::new(files);
        sandbox.run("spaces create crm_acme").done();
        Self { sandbox, keyed, lines: Vec::new(), contacts: Vec::new(), events: 0, executed: 0, answered: 0 }
    }

    /// Sends lines until the program is killed, and checks the files. Returns true if it was killed.
    fn round(&mut self, campaign: &mut Campaign) -> bool {
        let chance = &mut campaign.chance;
        // With idempotency keys the client can resend without looking, even commands that were answered.
        let from = if self.keyed {
            chance.usize(self.answered.saturating_sub(9)..=self.answered)
        } else {
            self.executed
        };
        let to = self.executed + chance.usize(1..250);
        while self.lines.len() < to {
            self.write_line(chance);
        }
        let fault = if chance.bool() {
            Fault::Answers(chance.usize(0..=to - from))
        } else {
            Fault::Delay(Duration::from_micros(chance.u64(0..50_000)))
        };
        let mut groups = Vec::new();
        let mut at = from;
        while at < to {
            let size = if chance.bool() { 1 } else { chance.usize(1..=80) }.min(to - at);
            let text: String = self.lines[at..at + size].iter().map(|line| line.text.as_str()).collect();
            groups.push(Group { text, size, wait: chance.bool() });
            at += size;
        }
        let (answers, killed) = self.run(&groups, fault);
        self.check(from, &answers);
        killed
    }

    fn write_line(&mut self, chance: &mut fastrand::Rng) {
        let number = self.lines.len();
        let (command, contact, event_type) = match chance.u8(..10) {
            0..2 if !self.contacts.is_empty() => {
                ("add-contact", chance.choice(&self.contacts).cloned(), None)
            }
            2..4 if !self.contacts.is_empty() => {
                ("update-contact", chance.choice(&self.contacts).cloned(), Some("contact.updated"))
            }
            _ => ("add-contact", None, Some("contact.added")),
        };
        let contact = contact.unwrap_or_else(|| format!("c{number}"));
        let name = format!("n{number}");
        let mut line =
            json!({"command": command, "contact_id": contact, "name": name, "email": "e@e.example"});
        if self.keyed {
            line["idempotency_key"] = format!("k{number}").into();
        }
        let effect = event_type.map(|event_type| {
            self.events += 1;
            Effect { sequence: self.events, event_type, contact: contact.clone(), name }
        });
        if event_type == Some("contact.added") {
            self.contacts.push(contact);
        }
        self.lines.push(Line { text: format!("{line}\n"), effect });
    }

    /// Returns the answers of the program, and true if it was killed.
    fn run(&self, groups: &[Group], fault: Fault) -> (Vec<Value>, bool) {
        let mut child =
            self.sandbox.command("run crm_acme --json --batch -").stdin(Stdio::piped()).spawn().unwrap();
        let mut talk = Talk::with(&mut child);
        let ended = match fault {
            Fault::Answers(count) => {
                talk.feed(groups, count);
                end(&mut child)
            }
            Fault::Delay(delay) => {
                let killer = std::thread::spawn(move || {
                    // The delay is the fault itself: nothing is waited for here.
                    std::thread::sleep(delay);
                    end(&mut child)
                });
                talk.feed(groups, usize::MAX);
                killer.join().unwrap()
            }
        };
        // Answers printed before the kill count as well.
        (talk.end(), ended.unwrap())
    }

    /// Checks a copy, so that the next process finds the file as the crash left it.
    fn check(&mut self, from: usize, answers: &[Value]) {
        let copy = self.sandbox.copy();
        let store = copy.store();
        let space = store.events().find_space("crm_acme").unwrap().unwrap().space;
        let content = ContentStore::of(&store, space, Arc::new(Crm)).unwrap();
        let stored = invariants::events(&content);
        self.check_events(&stored);
        for (line, answer) in self.lines[from..].iter().zip(answers) {
            check_answer(line, answer, &stored);
        }
        invariants::assert_whole(&copy);
        self.check_contacts(&content);
        // Refused lines leave no trace but their answers.
        self.answered = self.answered.max(from + answers.len());
        self.executed = self.executed.max(self.answered);
    }

    /// The log is a prefix of the expected events: none is missing, none is doubled.
    fn check_events(&mut self, stored: &[Event]) {
        let effects = self.lines.iter().enumerate();
        let mut effects = effects.filter_map(|(number, line)| Some((number, line.effect.as_ref()?)));
        for event in stored {
            let (number, effect) = effects.next().expect("an event that was never sent");
            let payload = event.payload.to_value();
            assert_eq!(
                (
                    event.space_sequence.0,
                    &*event.event_type,
                    event.entity_id.as_str(),
                    payload["name"].as_str()
                ),
                (effect.sequence, effect.event_type, effect.contact.as_str(), Some(effect.name.as_str())),
                "line {number}"
            );
            self.executed = self.executed.max(number + 1);
        }
    }

    /// Derives the projection independently of the program.
    fn check_contacts(&self, content: &ContentStore) {
        let mut names = std::collections::BTreeMap::new();
        for effect in self.lines[..self.executed].iter().filter_map(|line| line.effect.as_ref()) {
            names.insert(effect.contact.clone(), effect.name.clone());
        }
        assert_eq!(Crm::contact_count(content).unwrap(), names.len() as u64);
        let contacts = Crm::contacts(content).unwrap();
        let stored = contacts.into_iter().map(|contact| (contact.id, contact.name)).collect();
        assert_eq!(names, stored);
    }

    /// Sends the rest without kills.
    fn finish(&mut self) {
        let from = if self.keyed { self.answered } else { self.executed };
        let rest = self.lines[from..].iter().map(|line| line.text.as_str()).collect();
        let size = self.lines.len() - from;
        let (answers, _) = self.run(&[Group { text: rest, size, wait: true }], Fault::Answers(size));
        assert_eq!(answers.len(), size);
        self.check(from, &answers);
        assert_eq!(self.executed, self.lines.len());
        self.sandbox.run("verify --all").done();
        let counted = self.sandbox.run("spaces show crm_acme --json").done().objects();
        assert_eq!(counted[0]["events"], self.events);
    }
}

/// Compares an answer with its line and with the stored events.
fn check_answer(line: &Line, answer: &Value, stored: &[Event]) {
    match &line.effect {
        None => assert_eq!(answer["error"]["kind"], "contact_already_exists", "{}", line.text),
        Some(effect) => {
            let index = usize::try_from(effect.sequence).unwrap() - 1;
            let event = stored.get(index).unwrap_or_else(|| panic!("lost although answered: {}", line.text));
            let expected = json!({"event_ids": [event.event_id.0], "space_sequence": effect.sequence});
            assert_eq!(*answer, expected, "{}", line.text);
        }
    }
}

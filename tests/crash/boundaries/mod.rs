//! Each operation is killed at its first boundaries and at every eighth later one, until one run completes. Acknowledged results are stored,
//! nothing is partial or doubled, and running the operation again completes it.

mod copied;
mod deeds;
mod halt;
mod redacted;
mod written;

use ramax::operations::{export_to_file, keep_going};
use ramax::{Command, OpenOptions, Request, Result, Store};

use deeds::{EVENTS, TENANT, add_contact, beside, crm, keyed};
use halt::{Boundary, Deed, Halt, Ran, halted};

use super::invariants;
use crate::support::dump;
use crate::support::sandbox::{Files, Sandbox};

/// The first boundaries, at each of which an operation is killed.
const FIRST: u64 = 8;

/// Kills an operation at its boundaries. After each kill, `look` checks the files; then the operation runs again, and
/// `look_again` checks the result.
fn at_every_boundary(
    deed: &Deed,
    template: &Sandbox,
    mut look: impl FnMut(&Sandbox, &Ran, Boundary),
    look_again: impl Fn(&Sandbox, Result<()>),
) {
    let mut kills = [0, 0];
    for (boundary, kills) in [Boundary::Step, Boundary::Commit].into_iter().zip(&mut kills) {
        let numbers = (1..FIRST).chain((FIRST..).step_by(8));
        for number in numbers {
            let sandbox = template.copy();
            let ran = halted(&sandbox, deed, boundary, number);
            if !ran.killed {
                look_again(&sandbox, Ok(()));
                break;
            }
            *kills += 1;
            look(&sandbox.copy(), &ran, boundary);
            let again = (deed.work)(&sandbox.location(), &Halt::never());
            look_again(&sandbox, again);
        }
    }
    let [steps, commits] = kills;
    println!(
        "{}, {} of files: {} kills at every boundary, {steps} of them behind a batch, {commits} in a commit",
        deed.name,
        if template.files == Files::One { "one" } else { "a pair" },
        steps + commits
    );
    assert!(steps + commits > 0, "{} was never killed", deed.name);
}

/// A store with a tenant of this many contacts and another tenant, and the first one's export next to it.
fn template(files: Files, contacts: usize) -> Sandbox {
    let sandbox = Sandbox::new(files);
    let store = Store::open_or_create(&sandbox.location(), OpenOptions::default()).unwrap();
    let tenant = crm(&store, TENANT).unwrap();
    let rename = |number: usize| {
        let number = number % contacts;
        Command::new("update-contact").with("contact_id", format!("c{number:05}")).with("name", "M").into()
    };
    let mut requests: Vec<Request> = vec![keyed(0)];
    requests.extend((1..contacts).map(|number| add_contact(number).into()));
    requests.extend((contacts..EVENTS).map(rename));
    tenant.execute_batch(&requests).unwrap().into_iter().for_each(|answer| drop(answer.unwrap()));
    let other = Command::new("add-contact").with("contact_id", "o").with("name", "O").with("email", "o");
    crm(&store, "crm_other").unwrap().execute(other).unwrap();
    export_to_file(&store, TENANT, &beside(&sandbox.location(), "tenant.jsonl"), false, &mut keep_going)
        .unwrap();
    sandbox
}

/// Asserts that nothing is wrong or left over.
#[track_caller]
fn assert_clean(sandbox: &Sandbox) {
    invariants::assert_whole(sandbox);
    dump::assert_nothing_left_over(sandbox);
}

#[track_caller]
fn assert_done_or(again: Result<()>, kind: &str) {
    if let Err(error) = again {
        assert_eq!(error.kind(), kind, "{error}");
    }
}

fn in_both(test: impl Fn(Files)) {
    for files in [Files::One, Files::Two] {
        test(files);
    }
}

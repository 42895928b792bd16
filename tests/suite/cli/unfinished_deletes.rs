//! Tests of deletes that did not finish: what is said about them, and the command that finishes them.

use crate::support::program::{Sandbox, sqlite};

const PURGE: &str = "spaces delete crm_acme --confirm crm_acme --purge";

#[test]
fn a_purge_that_a_reader_blocks_is_missing_and_its_command_is_named() {
    let sandbox = Sandbox::with_contacts();
    let reader = sqlite(&sandbox.db());
    reader.execute_batch("BEGIN; SELECT count(*) FROM spaces").unwrap();
    let ran = sandbox.run(&format!("--busy-timeout 60 {PURGE}"));
    assert_eq!(ran.code, 1, "{ran:?}");
    let (message, hint) = ran.error();
    let said =
        "every row of the space crm_acme is removed, but the file was not purged: the database is busy";
    assert!(message.starts_with(said), "{message}");
    assert!(hint.ends_with(&format!("complete the purge with `ramax {PURGE}`")), "{hint}");
    reader.execute_batch("COMMIT").unwrap();
    drop(reader);
    assert!(sandbox.run(PURGE).done().out.contains("no byte of it remains in the file"));
    sandbox.run("check --deep").done();
}

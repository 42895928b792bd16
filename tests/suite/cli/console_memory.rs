//! Deletes and redactions reach the console's memory, and their proofs name it.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use ramax::clock::Timestamp;
use ramax::space::SpaceId;
use ramax::state_files::{LastPosition, SavedQuery, SpaceRef, StateDirectory, UsedQuery};
use serde_json::json;

use crate::support::program::Sandbox;

const DELETE: &str = "spaces delete crm_acme --confirm crm_acme";
const REDACT: &str = "redact crm_acme --entity c1 --field name --field email --confirm crm_acme";

fn directory(sandbox: &Sandbox) -> StateDirectory {
    StateDirectory::at(sandbox.state_home().join("ramax"))
}

fn store_file(sandbox: &Sandbox) -> PathBuf {
    directory(sandbox).path().join(format!("store-{}.json", store_id(sandbox)))
}

fn store_id(sandbox: &Sandbox) -> uuid::Uuid {
    sandbox.store().events().store_id().unwrap()
}

/// Returns the bytes of all state files.
fn bytes(sandbox: &Sandbox) -> String {
    let files = std::fs::read_dir(directory(sandbox).path()).unwrap();
    let read = |path: PathBuf| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    files.map(|file| read(file.unwrap().path())).collect()
}

fn space(id: u64, name: &str) -> Option<SpaceRef> {
    Some(SpaceRef { id: SpaceId(id.try_into().unwrap()), name: name.to_owned() })
}

/// Two spaces with contacts, and a memory of both: of crm_acme, everything that it quotes contains the word `Ada`, or the
/// name of the space.
fn remembered() -> Sandbox {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create crm_widgets").done();
    let past = |query: &str, space| UsedQuery { query: query.to_owned(), space, at: Timestamp(1) };
    let fill = &mut |memory: &mut ramax::state_files::StoreMemory| {
        memory.add_past(past("~Ada-of-acme", space(1, "crm_acme")));
        memory.add_past(past("~Ada-of-no-space", None));
        memory.add_past(past("~Ada", space(2, "crm_widgets")));
        memory.add_past(past("~CRM_ACME", space(2, "crm_widgets")));
        memory.add_past(past("~innocent", space(2, "crm_widgets")));
        memory.save(SavedQuery {
            name: "saved-for-acme".to_owned(),
            query: "x".to_owned(),
            space: space(1, "crm_acme"),
            at: Timestamp(1),
        });
        let position = LastPosition {
            pane: "events".to_owned(),
            space: space(1, "crm_acme"),
            key: Some("contact:Ada-key".to_owned()),
            filters: [("spaces".to_owned(), "acm".to_owned())].into(),
            ..LastPosition::default()
        };
        memory.positions.insert("/t.db".to_owned(), position);
    };
    directory(&sandbox).change_store(store_id(&sandbox), fill).unwrap();
    // As killed processes and broken files leave them.
    std::fs::write(store_file(&sandbox).with_extension("json.draft-1"), "Ada-draft crm_acme").unwrap();
    std::fs::write(store_file(&sandbox).with_extension("json.broken"), "Ada-broken crm_acme").unwrap();
    sandbox
}

#[test]
fn a_delete_removes_the_space_from_the_memory_and_its_proof_says_so() {
    let sandbox = remembered();
    let proof = sandbox.run(&format!("{DELETE} --json")).done().objects().pop().unwrap()["proof"].take();
    let memory = &proof["console_memory"];
    assert_eq!(memory["searched"], directory(&sandbox).path().to_str().unwrap());
    assert_eq!(memory["removed"], 7, "{memory}");
    let left = bytes(&sandbox).to_lowercase();
    for gone in ["acme", "acm\"", "ada-of", "ada-key", "ada-draft", "ada-broken", "saved-for"] {
        assert!(!left.contains(gone), "{gone}: {left}");
    }
    assert!(left.contains("~innocent") && left.contains("\"~ada\""), "other spaces keep theirs: {left}");
}

#[test]
fn a_redaction_removes_what_may_quote_the_values() {
    let sandbox = remembered();
    let proof = sandbox.run(&format!("{REDACT} --json")).done().objects().pop().unwrap()["proof"].take();
    assert_eq!(proof["console_memory"]["out_of_reach"], json!(null));
    let left = bytes(&sandbox);
    assert!(!left.contains("Ada") && !left.contains("saved-for-acme"), "{left}");
    assert!(left.contains("~innocent"), "{left}");
}

#[test]
fn the_text_of_a_proof_names_the_memory_and_what_is_out_of_reach() {
    let sandbox = remembered();
    let told = "the console's memory of this user, which copies of the database share: 7 entries removed, none is left; \
                that of other users and machines is out of reach";
    let ran = sandbox.run(DELETE).done();
    assert!(ran.out.contains(told), "{}", ran.out);
    let sandbox = Sandbox::with_contacts();
    assert!(sandbox.run(REDACT).done().out.contains("copies of the database share: 0 entries removed"));
    assert!(!directory(&sandbox).path().exists(), "a command without a console creates no state files");
}

#[test]
fn a_memory_that_cannot_be_searched_is_out_of_reach_and_does_not_stop_a_delete() {
    let sandbox = remembered();
    std::fs::remove_file(store_file(&sandbox)).unwrap();
    std::fs::create_dir(store_file(&sandbox)).unwrap();
    let ran = sandbox.run(DELETE).done();
    assert!(ran.out.contains(".json is a directory, not a file"), "{}", ran.out);
    assert!(!ran.out.contains("none is left"), "{}", ran.out);

    let sandbox = Sandbox::with_contacts();
    let ran = sandbox.command(DELETE).env_remove("XDG_STATE_HOME").env("HOME", "relative").output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success() && out.contains("this program does not know its directory"), "{out}");
}

#[test]
fn a_memory_that_cannot_be_read_is_removed_as_a_whole() {
    for content in ["not json crm_acme", r#"{"version": 9, "secret": "crm_acme"}"#] {
        let sandbox = remembered();
        std::fs::write(store_file(&sandbox), content).unwrap();
        let ran = sandbox.run(DELETE).done();
        assert!(ran.out.contains("3 entries removed, none is left"), "{}", ran.out);
        assert!(!bytes(&sandbox).contains("acme"), "{}", bytes(&sandbox));
    }
}

#[test]
fn names_from_before_a_rename_are_removed_as_well() {
    let sandbox = remembered();
    sandbox.run("spaces rename crm_acme crm_new").done();
    sandbox.run("spaces delete crm_new --confirm crm_new").done();
    assert!(!bytes(&sandbox).to_lowercase().contains("crm_acme"), "{}", bytes(&sandbox));
}

#[test]
fn state_files_are_private_to_their_owner() {
    let sandbox = remembered();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(directory(&sandbox).path()), 0o700);
    assert_eq!(mode(&store_file(&sandbox)), 0o600);
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(directory(&sandbox).path(), open).unwrap();
    directory(&sandbox).change_recent(&mut |_| {}).unwrap();
    assert_eq!(mode(directory(&sandbox).path()), 0o700, "the mode is corrected");
}

#[test]
fn many_writers_at_once_lose_nothing() {
    let sandbox = remembered();
    let (directory, store_id) = (directory(&sandbox), store_id(&sandbox));
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let directory = &directory;
            scope.spawn(move || {
                for number in 0..10 {
                    let query = format!("~{writer}-{number}");
                    let past = UsedQuery { query, space: space(2, "crm_widgets"), at: Timestamp(2) };
                    directory.change_store(store_id, &mut |memory| memory.add_past(past.clone())).unwrap();
                }
            });
        }
    });
    assert_eq!(directory.store(store_id).unwrap().past_queries.len(), 45);
}

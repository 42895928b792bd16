//! Power losses during the creation of a file.

use std::fs;

use crate::support::program::Sandbox;

/// Returns the start of a rollback journal of a file that had `pages` pages before.
fn journal(pages: u32) -> Vec<u8> {
    let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [0, 0, pages, 512, 4096] {
        journal.extend(number.to_be_bytes());
    }
    journal.resize(512, 0);
    journal
}

#[test]
fn a_file_without_its_first_page_is_created_again() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.db(), [0; 5 * 4096]).unwrap();
    fs::write(sandbox.path("t.db-journal"), journal(0)).unwrap();
    let ran = sandbox.run("spaces list --json");
    assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some("not_a_database")));
    sandbox.run("spaces create crm_acme").done();
    sandbox.run("run crm_acme add-contact contact_id=c1 name=N email=e").done();
    assert_eq!(sandbox.files(), ["t.db"]);
}

#[test]
fn reading_a_partly_created_file_does_not_prevent_its_creation() {
    let sandbox = Sandbox::new();
    sandbox.run("spaces create crm_lost").done();
    fs::write(sandbox.path("t.db-journal"), journal(0)).unwrap();
    for kind in ["no_version", "not_a_database"] {
        let ran = sandbox.run("spaces list --json");
        assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some(kind)));
    }
    sandbox.run("spaces create crm_acme").done();
    assert_eq!(sandbox.run("spaces list --json").done().object()["space_name"], "crm_acme");
}

#[test]
fn a_file_that_only_resembles_a_partial_creation_is_not_changed() {
    for (content, beside) in [
        (vec![0; 4096], None),
        (vec![0; 4096], Some(journal(1))),
        (vec![0; 4096], Some(b"no journal".to_vec())),
        (b"some notes, which are not a database".to_vec(), None),
    ] {
        let sandbox = Sandbox::new();
        fs::write(sandbox.db(), &content).unwrap();
        if let Some(beside) = &beside {
            fs::write(sandbox.path("t.db-journal"), beside).unwrap();
        }
        let ran = sandbox.run("spaces create crm_acme --json");
        assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some("not_a_database")));
        assert_eq!(sandbox.bytes(), content);
        assert_eq!(fs::read(sandbox.path("t.db-journal")).ok(), beside);
    }
}

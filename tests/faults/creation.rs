//! The power is lost while a file is being created.

use std::fs;

use crate::program::Desk;

/// What a rollback journal starts with, for a file that had so many pages before.
fn journal(pages: u32) -> Vec<u8> {
    let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [0, 0, pages, 512, 4096] {
        journal.extend(number.to_be_bytes());
    }
    journal.resize(512, 0);
    journal
}

#[test]
fn a_file_whose_first_page_was_never_written_is_created_anew() {
    let desk = Desk::new();
    fs::write(desk.db(), [0; 5 * 4096]).unwrap();
    fs::write(desk.path("t.db-journal"), journal(0)).unwrap();
    let ran = desk.run("spaces list --json");
    assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some("not_a_database")));
    desk.run("spaces create crm_acme").done();
    desk.run("run crm_acme add-contact contact_id=c1 name=N email=e").done();
    assert_eq!(desk.files(), ["t.db"]);
}

#[test]
fn looking_at_a_file_whose_creation_was_cut_off_does_not_keep_it_from_being_created() {
    let desk = Desk::new();
    desk.run("spaces create crm_lost").done();
    fs::write(desk.path("t.db-journal"), journal(0)).unwrap();
    for kind in ["unusable", "not_a_database"] {
        let ran = desk.run("spaces list --json");
        assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some(kind)));
    }
    desk.run("spaces create crm_acme").done();
    assert_eq!(desk.run("spaces list --json").done().object()["space_name"], "crm_acme");
}

#[test]
fn what_only_looks_like_a_creation_cut_off_is_left_as_it_was() {
    for (content, beside) in [
        (vec![0; 4096], None),
        (vec![0; 4096], Some(journal(1))),
        (vec![0; 4096], Some(b"no journal".to_vec())),
        (b"someone's notes, which are no database".to_vec(), None),
    ] {
        let desk = Desk::new();
        fs::write(desk.db(), &content).unwrap();
        if let Some(beside) = &beside {
            fs::write(desk.path("t.db-journal"), beside).unwrap();
        }
        let ran = desk.run("spaces create crm_acme --json");
        assert_eq!((ran.code, ran.json_error()["kind"].as_str()), (3, Some("not_a_database")));
        assert_eq!(desk.bytes(), content);
        assert_eq!(fs::read(desk.path("t.db-journal")).ok(), beside);
    }
}

//! Statements that the server refuses while nothing is wrong with what is stored.

use std::ops::ControlFlow;
use std::process::Output;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::content_store::Apps;
use ramax::engines::postgres::DatabaseUrl;
use ramax::operations::{CheckOptions, check, check_and_repair};
use ramax::testing::conformance::samples::add_contact;
use ramax::{ContentStore, OpenOptions, Store};
use tempfile::TempDir;

use crate::program::spawn;
use crate::server::{administer, new_name, shared};

/// Creates a store with a contact. Returns its address.
fn filled() -> (String, DatabaseUrl) {
    let name = new_name();
    let url: DatabaseUrl = name.parse().unwrap();
    let store = Store::connect_or_create(&url, OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    (name, url)
}

/// Runs `check`, which has to end with an error of this kind, without a word of damage.
fn refused(name: &str, kind: &str, hint: &str) {
    let store = Store::connect(&name.parse().unwrap(), OpenOptions::default()).unwrap();
    let (apps, options) = (Apps::standard(), CheckOptions { deep: true, is_running: &|_| false });
    let watch = &mut |_| ControlFlow::Continue(());
    let error = check(&store, &apps, options, watch).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(check_and_repair(&store, &apps, options, watch).unwrap_err().kind(), kind);
    let Output { status, stdout, stderr } =
        spawn(&TempDir::new().unwrap(), name, "check --deep").wait_with_output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(3), "{said}");
    assert!(said.contains(hint), "{said}");
    for damage in ["backup", "damaged", "restore"] {
        assert!(!said.contains(damage) && !String::from_utf8_lossy(&stdout).contains(damage), "{said}");
    }
}

#[test]
fn a_check_that_runs_into_the_servers_timeout_finds_no_damage() {
    let (name, url) = filled();
    let mut holder = shared().connect();
    holder.batch_execute(&format!("BEGIN; LOCK TABLE {}.subscriptions", url.schema())).unwrap();
    let limited = format!("{name}&options=-c%20statement_timeout%3D300");
    refused(&limited, "statement_cancelled", "raise that for this user");
    holder.batch_execute("ROLLBACK").unwrap();
    let done = spawn(&TempDir::new().unwrap(), &limited, "check --deep").wait_with_output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn a_check_by_a_user_who_may_not_read_everything_finds_no_damage() {
    let (name, url) = filled();
    let (schema, guest) = (url.schema(), format!("guest_{}", url.schema()));
    administer(&format!(
        "CREATE ROLE {guest} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {guest};
         GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {guest};
         GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {guest};
         REVOKE SELECT ON {schema}.subscriptions FROM {guest}"
    ));
    refused(&name.replace("ramax@", &format!("{guest}@")), "missing_right", "USAGE on the schema and SELECT");
}

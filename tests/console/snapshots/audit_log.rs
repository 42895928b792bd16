//! Scenes of the audit log.

use ramax::audit::{AuditEnd, AuditStart, Outcome};
use ramax::{Operator, Store, Timestamp};
use serde_json::json;

use super::look;
use crate::support::tenants;

#[test]
fn audit_log() {
    look("audit-log", tenants_with_a_log, |console, _| console.press("Ljj").unwrap());
}

#[test]
fn audit_log_of_a_space() {
    look("audit-log-of-a-space", tenants_with_a_log, |console, _| console.press("jLa").unwrap());
}

#[test]
fn operation() {
    look("operation", tenants_with_a_log, |console, _| console.press("Lj<enter>").unwrap());
}

/// The tenants, with one operation for each outcome.
fn tenants_with_a_log() -> Store {
    let store = tenants::tenants();
    let hour = |hour: i64| Timestamp(1_769_860_800_000 + hour * 3_600_000);
    let begun =
        |at, user: &str, action: &str, space: Option<&str>, parameters: serde_json::Value| AuditStart {
            operator: Operator {
                user: user.to_owned(),
                host: "desk".to_owned(),
                process: 4711,
                since: None,
                client: "console".to_owned(),
            },
            action: action.to_owned(),
            space_id: None,
            space_name: space.map(str::to_owned),
            parameters: parameters.as_object().unwrap().clone(),
            started_at: hour(at),
        };
    let log = store.audit_log();
    let record = |begun: AuditStart, outcome, detail: &str| {
        let ended_at = Timestamp(begun.started_at.0 + 74_000);
        log.record(&begun, &AuditEnd { space_id: None, outcome, detail: detail.to_owned(), ended_at })
            .unwrap();
    };
    let app = json!({"metadata": {"app": "cms"}});
    record(begun(1, "ada", "create-space", Some("cms_staging"), app), Outcome::Done, "id #3");
    let skip = json!({"skip_errors": false});
    let failed = "event 1,140 (article.published, sequence 28) cannot be applied: the payload cannot be read";
    record(begun(2, "ada", "rebuild", Some("cms_staging"), skip), Outcome::Failed, failed);
    let found = "3 differences (812 events, 311 keys)";
    record(begun(3, "grace", "verify", Some("crm_acme"), json!({})), Outcome::Found, found);
    let contact = json!({"command": "add-contact", "contact_id": "c5"});
    let refused = "the contact c5 already exists";
    record(begun(4, "grace", "run", Some("crm_widgets"), contact), Outcome::Refused, refused);
    let file = json!({"file": "widgets.jsonl", "bytes": 184_220});
    record(begun(5, "katherine", "export", Some("crm_widgets"), file), Outcome::Cancelled, "cancelled");
    let gone = "no outcome recorded, and its process is gone";
    record(
        begun(6, "ada", "import", Some("crm_load_production_0042"), json!({})),
        Outcome::Interrupted,
        gone,
    );
    log.begin(&begun(7, "ada", "check", None, json!({"deep": true, "repair": false}))).unwrap();
    store
}

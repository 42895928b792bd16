//! Lost data is never confirmed: not by a backup, and not by resuming a subscription.

use std::fs;

use ramax::error::Remedy;
use ramax::operations::{backup, keep_going};
use ramax::subscriptions::SubscriptionChange;
use ramax::{Apps, Location};

use super::findings::{Files, checked, name};
use super::table::KINDS;

#[test]
fn a_backup_is_never_replaced_by_a_copy_that_has_lost_data() {
    let whole = Files::small(false);
    let back_up = |files: &Files, replace| {
        let target = Location::file(files.location().database.with_file_name("backup.db"));
        let made = backup(&files.store(), &Apps::standard(), &target, replace, &mut keep_going);
        (made.map_err(|error| error.kind()).map(drop), fs::read(&target.database))
    };
    for kind in KINDS.iter().filter(|kind| kind.remedy == Remedy::Restore) {
        let files = whole.copy();
        let (made, before) = back_up(&files, false);
        assert_eq!(made, Ok(()));
        files.sqlite(false).execute_batch(kind.sql).unwrap();
        let (made, after) = back_up(&files, true);
        assert!(made.is_err(), "{}", kind.sql);
        assert!(before.unwrap() == after.unwrap(), "{}", kind.sql);
    }
}

#[test]
fn lost_data_is_named_after_a_thousand_other_findings() {
    let files = Files::small(false);
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
          INSERT INTO projection_entities SELECT 1, 'x' || i, '{', 0 FROM n;
        UPDATE event_log SET checksum = checksum + 1 WHERE pos = (3 << 40) + 7";
    files.sqlite(false).execute_batch(sql).unwrap();
    let checked = checked(&files.store(), false);
    let lost = checked.findings.iter().filter(|finding| finding.remedy == Remedy::Restore);
    assert_eq!(lost.map(name).collect::<Vec<_>>(), ["event"]);
}

#[test]
fn a_subscription_that_has_lost_rows_is_not_resumed() {
    let whole = Files::small(false);
    let is_lost = |remedy: &Remedy| matches!(remedy, Remedy::ContinueSubscription { .. });
    for kind in KINDS.iter().filter(|kind| is_lost(&kind.remedy)) {
        let files = whole.copy();
        files.sqlite(false).execute_batch(kind.sql).unwrap();
        let store = files.store();
        let before = checked(&store, false).findings;
        let resumed = store.events().change_subscription("emails", &SubscriptionChange::Resume);
        let refused = resumed.unwrap_err();
        assert_eq!(refused.kind(), "subscription_rows_lost", "{}", kind.sql);
        let reset = Remedy::ResetSubscription { name: "emails".to_owned() };
        assert!(refused.advice().unwrap().remedies().any(|remedy| *remedy == reset), "{}", kind.sql);
        assert_eq!(checked(&store, false).findings, before, "{}", kind.sql);
    }
}

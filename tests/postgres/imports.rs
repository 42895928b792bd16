//! Imports whose commits get no answer.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ramax::operations::{self, DeleteOptions, ImportFile, ImportOptions, Imported};
use ramax::{Error, Store};
use tempfile::TempDir;

use crate::faults::behind_proxy;
use crate::program::done;
use crate::proxy::Cut;

/// The name of the space that is imported.
const NAME: &str = "crm_load_0001";

fn import(store: &Store, exported: &str) -> Result<Imported, Error> {
    let mut file = ImportFile::spool(std::io::Cursor::new(exported.as_bytes().to_vec())).unwrap();
    let watch = &mut |_| ControlFlow::Continue(());
    operations::import(store, &mut file, &ImportOptions::default(), watch)
}

#[test]
fn an_import_names_its_space_and_can_be_repeated_whichever_commit_gets_no_answer() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("store.db").to_str().unwrap().to_owned();
    done(&home, &file, "generate --spaces 1 --events 20", b"");
    let exported = done(&home, &file, "export crm_load_0001", b"");
    let (proxy, store, direct) = behind_proxy();
    let mut kinds = BTreeSet::new();
    for cut in [Cut::Before, Cut::After] {
        for commit in 1.. {
            proxy.refuse_after_cut(true);
            proxy.cut_at_nth_commit(commit, cut);
            let imported = import(&store, &exported);
            let was_cut = proxy.was_cut();
            proxy.refuse_after_cut(false);
            if let Err(error) = &imported {
                assert!(error.to_string().contains(NAME), "{cut:?} {commit}: {error}");
                assert!(error.hint().unwrap().contains("try again"), "{cut:?} {commit}: {error}");
                kinds.insert(error.kind());
                match import(&direct, &exported) {
                    Ok(_) => {}
                    Err(error) => assert_eq!(error.kind(), "space_exists", "{cut:?} {commit}: {error}"),
                }
            }
            let record = direct.events().find_space(NAME).unwrap().unwrap();
            record.space.check_open().unwrap();
            assert_eq!(record.head.last_sequence.0, 20);
            let watch = &mut |_| ControlFlow::Continue(());
            operations::delete(&direct, NAME, DeleteOptions::default(), watch).unwrap();
            if !was_cut {
                assert!(commit > 3, "{commit}");
                imported.unwrap();
                break;
            }
        }
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["outcome_unknown", "space_incomplete"]);
}

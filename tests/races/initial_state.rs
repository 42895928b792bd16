//! The state of the files before a race.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use ramax::operations::{Damage, Difference, Fault, Finding};
use ramax::space::SpaceState;
use ramax::{Location, Operator, Page, SpaceId, Store};

use super::gate::Gate;
use super::operations::{NEW, OPERATIONS, Operation, Scene, TENANT_ID, template};
use crate::support::sandbox::{Files, Sandbox};
use crate::support::shim::{Disk, mount};

/// The history of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Normal use by a tenant.
    Fresh,
    /// Written by an earlier version, so that each operation migrates them first.
    Older,
    /// A process was killed during an import.
    Importing,
    /// A process was killed during a delete, before it removed anything.
    Marked,
    /// A process was killed during a delete, after it removed the events.
    HalfDeleted,
}

impl Start {
    pub const ALL: [Self; 5] = [Self::Fresh, Self::Older, Self::Importing, Self::Marked, Self::HalfDeleted];

    /// Returns the state of a space until an operation completes the interrupted one.
    pub fn leaves(self) -> Option<SpaceState> {
        match self {
            Self::Fresh | Self::Older => None,
            Self::Importing => Some(SpaceState::Importing),
            Self::Marked | Self::HalfDeleted => Some(SpaceState::Deleting),
        }
    }

    /// Returns true if a finding is a leftover of the killed process.
    pub fn explains(self, finding: &Finding) -> bool {
        let is_left = matches!(
            finding.fault,
            Fault::Damaged(Damage::LeftDeleting | Damage::LeftImporting)
                | Fault::Differs(Difference::Leftover { .. })
        );
        self.leaves().is_some() && is_left
    }

    /// Returns the operations that can interfere with this state.
    pub fn operations(self) -> Vec<&'static Operation> {
        let named: &[&str] = match self {
            Self::Fresh => return OPERATIONS.iter().collect(),
            Self::Older => {
                &["command", "batch", "rebuild", "delete", "spaces create", "check --repair", "backup"]
            }
            Self::Importing => {
                &["import", "delete what is imported", "spaces create", "check --repair", "backup"]
            }
            Self::Marked | Self::HalfDeleted => &[
                "delete",
                "delete --archive",
                "delete --purge",
                "command",
                "rebuild",
                "export",
                "check --repair",
            ],
        };
        OPERATIONS.iter().filter(|operation| named.contains(&operation.name)).collect()
    }

    pub fn files(self, files: Files) -> Sandbox {
        let fresh = template(files);
        let (name, space_id) = match self {
            Self::Fresh => return fresh,
            Self::Older => return older(files),
            Self::Importing => ("import", None),
            Self::Marked | Self::HalfDeleted => ("delete", Some(TENANT_ID)),
        };
        let operation = OPERATIONS.iter().find(|operation| operation.name == name).unwrap();
        let points = 1..100;
        let found = points
            .map(|number| killed(&fresh, operation, number))
            .find(|sandbox| self.is_in(sandbox, space_id));
        found.unwrap()
    }

    fn is_in(self, sandbox: &Sandbox, space_id: Option<SpaceId>) -> bool {
        let store = sandbox.copy().store();
        let record = match space_id {
            Some(space_id) => store.events().space(space_id).unwrap(),
            None => store.events().find_space(NEW).unwrap(),
        };
        let Some(record) = record else { return false };
        let events = store.events().read_space(record.space.space_id, Page::forward(None, 1)).unwrap();
        let has_events = !events.is_empty();
        Some(record.space.state) == self.leaves() && has_events == (self != Self::HalfDeleted)
    }
}

/// Creates files of the first version, with a tenant of the same name.
fn older(files: Files) -> Sandbox {
    let sandbox = Sandbox::new(files);
    let Location { database, projections } = sandbox.location();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let copy = |name: &str, to: &Path| std::fs::copy(kept.join(name), to).unwrap();
    match projections {
        None => copy("format-1.db", &database),
        Some(projections) => {
            copy("format-1-events.db", &database);
            copy("format-1-projections.db", &projections)
        }
    };
    sandbox
}

/// Creates the files that a process leaves when it is killed at a point of an operation.
fn killed(template: &Sandbox, operation: &Operation, number: usize) -> Sandbox {
    let sandbox = template.copy();
    let gate = Gate::at(number);
    let _mounted = mount(sandbox.directory.path(), Arc::clone(&gate) as Arc<dyn Disk>);
    thread::scope(|scope| {
        scope.spawn(|| {
            let store = sandbox.store().with_operator(gone());
            let scene = Scene { location: sandbox.location(), role: "killed" };
            // After the release its result does not matter: the files are copied by then.
            let _ = gate.pass(|| (operation.run)(&store, &scene));
        });
        gate.wait();
        let left = sandbox.copy();
        gate.release();
        left
    })
}

/// The operator of a process that has ended.
fn gone() -> Operator {
    Operator { host: "here".to_owned(), process: 0, ..Operator::default() }
}

/// Returns true if an operator's process is still running.
pub fn is_running(operator: &Operator) -> bool {
    *operator != gone()
}

/// Opens a store as a running process does.
pub fn at_work(store: Store) -> Store {
    store.with_operator(Operator { host: "here".to_owned(), process: 1, ..Operator::default() })
}

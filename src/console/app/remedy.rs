//! The operation that repairs a finding, with the keys that start it.

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::operations::Remedy;

/// Returns how to repair a finding, with the keys to press.
pub fn advice(remedy: Remedy) -> String {
    let keys: &[Action] = match remedy {
        Remedy::Nothing | Remedy::Restore | Remedy::Transfer | Remedy::NewProjections => &[],
        Remedy::CheckRepair => &[Action::Check, Action::RepairFound],
        Remedy::CheckDeepRepair => &[Action::Check, Action::InDepth, Action::RepairFound],
        Remedy::Rebuild => &[Action::Rebuild],
        Remedy::RebuildSkippingErrors => &[Action::Rebuild, Action::SkipErrors],
        Remedy::Delete | Remedy::Import => &[Action::Delete],
    };
    let keys: Vec<String> = keys.iter().map(|action| format!("`{}`", key(*action))).collect();
    if keys.is_empty() {
        remedy.outlook().to_owned()
    } else {
        format!("{}: {}", remedy.outlook(), keys.join(" "))
    }
}

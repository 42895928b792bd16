//! Which operation mends a finding, with the keys that call for it here.

use super::keys::key;
use crate::console::update::Action;
use crate::operations::Mend;

/// What becomes of a finding, and with which keys.
pub fn advice(mend: Mend) -> String {
    let keys: &[Action] = match mend {
        Mend::Nothing | Mend::Restore => &[],
        Mend::CheckMend => &[Action::Check, Action::MendFound],
        Mend::Rebuild => &[Action::Rebuild],
        Mend::RebuildSkippingErrors => &[Action::Rebuild, Action::SkipErrors],
        Mend::Delete => &[Action::Delete],
        Mend::Import => &[],
    };
    let keys: Vec<String> = keys.iter().map(|action| format!("`{}`", key(*action))).collect();
    if keys.is_empty() {
        mend.outlook().to_owned()
    } else {
        format!("{}: {}", mend.outlook(), keys.join(" "))
    }
}

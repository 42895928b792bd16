//! The operator: the user who runs this process.

use rustix::process::getuid;

use crate::operator_log::Operator;

/// Returns the user of this process, with the client: `cli` or `console`.
pub(super) fn of_this_process(face: &str) -> Operator {
    let named = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let user = named.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("uid {}", getuid().as_raw()));
    Operator { user, face: face.to_owned(), ..Operator::default() }.in_this_process()
}

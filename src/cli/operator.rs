//! The operator: the user who runs this process.

use nix::unistd::{User, getuid};

use crate::operator::Operator;

/// Returns the user of this process, with the client: `cli` or `console`.
pub(super) fn of_this_process(client: &str) -> Operator {
    let named = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let user = named.filter(|name| !name.is_empty()).unwrap_or_else(name_of_user);
    Operator { user, client: client.to_owned(), ..Operator::default() }.in_this_process()
}

/// Returns the name that the system knows, as in a service without these variables.
fn name_of_user() -> String {
    let known = User::from_uid(getuid()).ok().flatten();
    known.map_or_else(|| format!("uid {}", getuid()), |user| user.name)
}

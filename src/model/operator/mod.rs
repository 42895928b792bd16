//! Operators: who works on a store.

mod process;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::json::Json;

/// An operator: a person at a machine, through a process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Operator {
    /// The user's name.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The process id on that machine.
    pub process: u32,
    /// The start of the process, if known, which distinguishes it from a later one with the same id.
    pub since: Option<String>,
    /// The client: `console`, `cli`.
    #[serde(rename = "face")]
    pub client: String,
}

impl Operator {
    /// Returns the metadata that the command line and the console give to the events of a command: the user as `actor`, and
    /// the `client`. Returns `None` if the user is not known.
    pub fn metadata(&self) -> Option<Json> {
        let metadata = json!({"actor": self.user, "client": self.client});
        (!self.user.is_empty()).then(|| Json::of(&metadata))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} {}", self.user, self.host, self.client)
    }
}

//! A command as it is sent: a name, and texts by field.

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};

use crate::event_store::RequestDigest;

use super::FieldType;

/// A command with its arguments, not yet checked.
///
/// Its `Debug` form lists the fields without their values, because a field may be a secret.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// The command's name.
    pub name: String,
    /// Values by field.
    pub fields: BTreeMap<String, String>,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<&String> = self.fields.keys().collect();
        f.debug_struct("Command").field("name", &self.name).field("fields", &fields).finish()
    }
}

impl Command {
    /// Creates a command without arguments.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), fields: BTreeMap::new() }
    }

    /// Adds an argument.
    ///
    /// ```
    /// use ramax::Command;
    /// let command = Command::new("add-contact").with("contact_id", "c1").with("name", "Ada");
    /// assert_eq!(command.fields["name"], "Ada");
    /// ```
    pub fn with(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }

    /// Adds an argument in the form that its type has as a field. An absent option adds none.
    ///
    /// ```
    /// use ramax::Command;
    /// let command = Command::new("order").with_value("amount", &3_u32).with_value("note", &None::<String>);
    /// assert_eq!(command, Command::new("order").with("amount", "3"));
    /// ```
    pub fn with_value(mut self, field: impl Into<String>, value: &impl FieldType) -> Self {
        if let Some(text) = value.to_text() {
            self.fields.insert(field.into(), text);
        }
        self
    }

    /// Returns the digest that distinguishes commands sent under the same idempotency key: SHA-256 over the name and
    /// fields, each with its length. It excludes the conditions of the request, because a retry may expect another
    /// sequence or belong to another correlation.
    pub(in crate::content_store) fn digest(&self) -> RequestDigest {
        let mut hash = Sha256::new_with_prefix(b"ramax command\0");
        let mut feed = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        feed(&self.name);
        for (field, value) in &self.fields {
            feed(field);
            feed(value);
        }
        RequestDigest::Sha256(hash.finalize().into())
    }

    /// Returns true if the stored digest matches this command.
    pub(in crate::content_store) fn has_digest(&self, stored: RequestDigest) -> bool {
        match stored {
            RequestDigest::Sha256(_) => stored == self.digest(),
            RequestDigest::Crc32(crc) => crc == self.crc32(),
        }
    }

    /// Returns the CRC-32 over the command and its arguments that earlier versions stored.
    fn crc32(&self) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        let fields = self.fields.iter().flat_map(|(name, value)| [name, value]);
        for text in std::iter::once(&self.name).chain(fields) {
            crc.update(&(text.len() as u64).to_le_bytes());
            crc.update(text.as_bytes());
        }
        crc.finalize()
    }
}

//! The reason why the server of a database refuses a connection, and advice on it.

use crate::error::{Advice, ServerRefusal};

/// The obstacle between a program and the tables of a database on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerObstacle {
    /// The address, or the rights of the user.
    Address,
    /// The certificate of the server, or that of the client.
    Certificate,
    /// The server does not encrypt connections, and the address demands it.
    NoEncryption,
    /// The server has no such database.
    MissingDatabase,
    /// A later version of the program has written the tables.
    LaterVersion,
    /// Another program's tables or functions have the same names.
    OtherTables,
    /// The server refused a statement.
    Statement(ServerRefusal),
}

impl ServerObstacle {
    /// Says what to do next.
    pub(super) fn advice(self) -> Advice {
        match self {
            Self::Address => "check the address, and that the server lets this user use the database".into(),
            Self::Certificate => {
                "name the file of its authority with sslrootcert, and the host as its certificate does; sslmode=require encrypts \
                     without a check"
                    .into()
            }
            Self::NoEncryption => {
                "turn ssl on at the server; in a network that you trust, sslmode=prefer or sslmode=disable does without it".into()
            }
            Self::MissingDatabase => "create it with createdb, or check its name in the address".into(),
            Self::LaterVersion => "use the later version of the program".into(),
            Self::OtherTables => {
                "nothing was changed; name a schema for this store alone with ?schema=NAME, or another database".into()
            }
            Self::Statement(refusal) => refusal.advice(),
        }
    }
}

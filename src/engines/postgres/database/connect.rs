//! Opens connections.

use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Config, NoTls};

use crate::sqlite::{OpenOptions, Stop, Sync};

use super::encryption::{self, Encryption};
use super::{DatabaseUrl, Result, Session, milliseconds};

/// How long to wait for a server that does not answer.
const LONGEST: Duration = Duration::from_secs(10);

/// Every statement that reads rows of a space finds them in their order through an index. Without this, the server would plan to
/// read and sort the whole of a table of which it has no statistics yet, because it believes that the table is small.
const PLANS: &str = "SET enable_seqscan TO off; SET enable_sort TO off; SET jit TO off";

/// Connects, and sets the session up. `stop` cancels its statements.
pub(super) fn connect(url: &DatabaseUrl, options: &OpenOptions, stop: &Stop) -> Result<Session> {
    let mut config = url.config().clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(LONGEST);
    }
    if config.get_application_name().is_none() {
        config.application_name("ramax");
    }
    let (mode, files) = url.encryption();
    let encryption = match mode {
        Encryption::Disable => None,
        // A socket of this machine is never encrypted.
        _ if is_local(&config) => None,
        mode => Some(encryption::connector(mode, files)?),
    };
    if encryption.is_none() {
        config.ssl_mode(SslMode::Disable);
    }
    let client = match &encryption {
        Some(encryption) => config.connect(encryption.clone())?,
        None => config.connect(NoTls)?,
    };
    let token = client.cancel_token();
    let binding = stop.bind(move || {
        // Without an answer, the statement runs on until the process ends.
        let _ = match &encryption {
            Some(encryption) => token.cancel_query(encryption.clone()),
            None => token.cancel_query(NoTls),
        };
    });
    let mut setup = format!(
        "{PLANS}; SET search_path TO {}; SET lock_timeout TO {}; SET default_transaction_isolation TO 'read committed';
         SET standard_conforming_strings TO on; SET client_min_messages TO warning",
        url.quoted_schema(),
        milliseconds(options.busy_timeout),
    );
    // Otherwise the server's own setting holds, which may be read-only.
    if options.read_only {
        setup.push_str("; SET default_transaction_read_only TO on");
    }
    if options.sync == Sync::Normal {
        setup.push_str("; SET synchronous_commit TO off");
    }
    Session::new(client, &setup, binding)
}

/// Returns true if all hosts are Unix sockets.
fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| matches!(host, postgres::config::Host::Unix(_)))
}

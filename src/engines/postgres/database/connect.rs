//! Opens connections.

use std::sync::Arc;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Config, NoTls};
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::StoreError;
use crate::sqlite::{OpenOptions, Sync};

use super::{DatabaseUrl, Result, Session, milliseconds};

/// How long to wait for a server that does not answer.
const LONGEST: Duration = Duration::from_secs(10);

/// Connects, and sets the session up.
pub(super) fn connect(url: &DatabaseUrl, options: &OpenOptions) -> Result<Session> {
    let mut config = url.config().clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(LONGEST);
    }
    if config.get_application_name().is_none() {
        config.application_name("ramax");
    }
    let client = match config.get_ssl_mode() {
        SslMode::Disable => config.connect(NoTls)?,
        _ if is_local(&config) => config.connect(NoTls)?,
        _ => config.connect(encryption()?)?,
    };
    let mut session = Session::new(client);
    let (read_only, sync) = (options.read_only, options.sync == Sync::Full);
    session.run(&format!(
        "SET search_path TO {}; SET lock_timeout TO {}; SET default_transaction_read_only TO {read_only};
         SET default_transaction_isolation TO 'read committed'; SET standard_conforming_strings TO on;
         SET client_min_messages TO warning{}",
        url.quoted_schema(),
        milliseconds(options.busy_timeout),
        if sync { "" } else { "; SET synchronous_commit TO off" },
    ))?;
    Ok(session)
}

/// Returns true if all hosts are Unix sockets, which are never encrypted.
fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| matches!(host, postgres::config::Host::Unix(_)))
}

/// Encrypts connections. The server's certificate has to be valid for the system's authorities, whichever mode was chosen:
/// stricter than `libpq`, which checks it only with `verify-full`.
fn encryption() -> Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| StoreError::Engine { detail: error.to_string() })?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
}

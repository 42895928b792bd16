//! The address of a database. It never shows its password.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::error::{Error, OpenError, ServerObstacle, StoreError};
use crate::masking::password;

use super::encryption::{Encryption, Files};
use super::{Failure, environment};

/// The schema of the tables, unless the address names another one.
const SCHEMA: &str = "ramax";

/// The address of a PostgreSQL database: `postgres://user@host:5432/database?schema=ramax&sslmode=require`.
///
/// Formatted, it shows everything but the password.
///
/// ```
/// use ramax::engines::postgres::DatabaseUrl;
/// let url: DatabaseUrl = "postgres://ada:secret@db.example/tenants".parse()?;
/// assert_eq!(url.to_string(), "postgres://ada@db.example/tenants");
/// assert!(url.has_password());
/// # Ok::<(), ramax::Error>(())
/// ```
#[derive(Clone)]
pub struct DatabaseUrl {
    config: Config,
    schema: String,
    /// The parameters of ours that were set: the server's library knows none of them, or not all of their values.
    own: Own,
    warnings: Vec<String>,
}

/// The parameters of an address that this program handles itself.
#[derive(Clone, Default)]
struct Own {
    service: Option<String>,
    encryption: Option<Encryption>,
    authorities: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl DatabaseUrl {
    /// Returns true if a text is the address of a server, not the name of a file.
    pub fn is_url(text: &str) -> bool {
        ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
    }

    /// Returns true if the address contains a password.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Returns the schema of the tables.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Completes the address as the server's own programs do: with the service that it or `PGSERVICE` names, with
    /// variables such as `PGHOST` and `PGPASSWORD`, and with the password in `~/.pgpass`. `variable` returns the value of an
    /// environment variable.
    ///
    /// # Errors
    /// [`OpenError::Server`] if a variable or the service is invalid.
    pub fn completed(self, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        environment::complete(self, &variable)
    }

    /// Returns what the user should know about the environment.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    pub(super) fn service(&self) -> Option<&str> {
        self.own.service.as_deref()
    }

    /// Returns the mode of encryption, and its files.
    pub(super) fn encryption(&self) -> (Encryption, Files<'_>) {
        let Own { authorities, certificate, key, .. } = &self.own;
        let files = Files {
            authorities: authorities.as_deref(),
            identity: certificate.as_deref().zip(key.as_deref()),
        };
        (self.own.encryption.unwrap_or(Encryption::Prefer), files)
    }

    /// Sets a parameter unless it is set already. Returns the reason if it is invalid, which does not repeat the value.
    pub(super) fn set_missing(&mut self, name: &str, value: &str) -> Result<(), String> {
        let invalid = || format!("has an invalid {name}");
        let (config, own) = (&mut self.config, &mut self.own);
        match name {
            "host" if config.get_hosts().is_empty() => {
                for host in value.split(',') {
                    config.host(host);
                }
            }
            "port" if config.get_ports().is_empty() => {
                for port in value.split(',') {
                    config.port(port.parse().map_err(|_| invalid())?);
                }
            }
            "user" if config.get_user().is_none() => {
                config.user(value);
            }
            "dbname" if config.get_dbname().is_none() => {
                config.dbname(value);
            }
            "password" if config.get_password().is_none() => {
                config.password(value);
            }
            "application_name" if config.get_application_name().is_none() => {
                config.application_name(value);
            }
            "options" if config.get_options().is_none() => {
                config.options(value);
            }
            "connect_timeout" if config.get_connect_timeout().is_none() => {
                // As for the server's own programs, 0 means to wait without a limit.
                let seconds = value.parse().map_err(|_| invalid())?;
                let limit = if seconds == 0 { u32::MAX } else { seconds };
                config.connect_timeout(Duration::from_secs(limit.into()));
            }
            "sslmode" if own.encryption.is_none() => {
                let mode: Encryption = value.parse().map_err(|_| invalid())?;
                own.encryption = Some(mode);
                config.ssl_mode(match mode {
                    Encryption::Disable => SslMode::Disable,
                    Encryption::Prefer => SslMode::Prefer,
                    _ => SslMode::Require,
                });
            }
            "sslrootcert" if own.authorities.is_none() => own.authorities = Some(value.into()),
            "sslcert" if own.certificate.is_none() => own.certificate = Some(value.into()),
            "sslkey" if own.key.is_none() => own.key = Some(value.into()),
            "service" if own.service.is_none() => own.service = Some(value.to_owned()),
            "host" | "port" | "user" | "dbname" | "password" | "application_name" | "options"
            | "connect_timeout" | "sslmode" | "sslrootcert" | "sslcert" | "sslkey" | "service" => {}
            other => return Err(format!("has the parameter {other}, which is not supported")),
        }
        Ok(())
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the schema as an identifier in SQL.
    pub(in crate::engines::postgres) fn quoted_schema(&self) -> String {
        format!("\"{}\"", self.schema.replace('"', "\"\""))
    }

    /// Returns the error of a server that refused the connection.
    pub(in crate::engines::postgres) fn refused(&self, failure: Failure) -> Error {
        match failure {
            Failure::Store(error @ (Error::Open(_) | Error::Store(StoreError::Stopped))) => error,
            Failure::Silent => StoreError::Stopped.into(),
            // The same may succeed when the server is back.
            failure if failure.is_lost() => {
                OpenError::Unreachable { database: self.to_string(), reason: failure.in_words() }.into()
            }
            failure => self.barred(&failure.in_words(), failure.obstacle()).into(),
        }
    }

    /// Returns the error of a database that cannot be used.
    pub(in crate::engines::postgres) fn unusable(&self, reason: &str) -> OpenError {
        self.barred(reason, ServerObstacle::Address)
    }

    /// Returns the error of a database behind an obstacle.
    pub(in crate::engines::postgres) fn barred(&self, reason: &str, obstacle: ServerObstacle) -> OpenError {
        OpenError::Server { database: self.to_string(), reason: reason.to_owned(), obstacle }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.config, &self.schema))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl FromStr for DatabaseUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // The text may contain a password, and so may the parser's message.
        if !Self::is_url(text) {
            return Err(malformed("it does not start with postgres://").into());
        }
        let (rest, mut own) = without_own(&with_encoded_parameters(&with_encoded_password(text)?));
        let (rest, hosts) = without_hosts(&rest);
        own.extend(hosts.map(|hosts| ("host", hosts)));
        let config: Config = rest.parse().map_err(|error| invalid(&rest, &error))?;
        let mut url = Self { config, schema: SCHEMA.to_owned(), own: Own::default(), warnings: Vec::new() };
        // The last of several values counts, as for the server's library.
        for (name, value) in own.into_iter().rev() {
            match name {
                "schema" => url.schema = value,
                _ => url.set_missing(name, &value).map_err(|reason| malformed(&format!("it {reason}")))?,
            }
        }
        if url.schema.is_empty() || url.schema.len() > 63 || url.schema.contains('\0') {
            return Err(malformed("the name of a schema has 1 to 63 bytes").into());
        }
        Ok(url)
    }
}

/// Returns the error of an address that cannot be used.
pub(super) fn malformed(reason: &str) -> OpenError {
    let (database, reason) = ("the address of the database".to_owned(), reason.to_owned());
    OpenError::Server { database, reason, obstacle: ServerObstacle::Address }
}

/// The parameters that the server's library does not know, or not with all values.
const OWN: [&str; 7] =
    ["schema", "service", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout"];

/// The parameters that the server's library knows besides these.
const OF_LIBRARY: [&str; 18] = [
    "user",
    "password",
    "dbname",
    "options",
    "application_name",
    "sslnegotiation",
    "host",
    "hostaddr",
    "port",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
    "channel_binding",
    "load_balance_hosts",
    "client_encoding",
];

/// Returns the error of an address that the parser refuses. It names the part, but repeats no value.
fn invalid(address: &str, error: &postgres::Error) -> OpenError {
    let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    if let Some(name) =
        OF_LIBRARY.iter().find(|name| said.contains(&format!("invalid value for option `{name}`")))
    {
        return malformed(&format!("it has an invalid {name}"));
    }
    let parameters = address.split_once('?').map_or("", |(_, parameters)| parameters);
    let mut names = parameters.split('&').map(|parameter| parameter.split('=').next().unwrap_or_default());
    // After a password there, a name may be a part of it.
    let has_password = names.clone().any(|name| percent_decoded(name) == "password");
    match names.find(|name| said == format!("unknown option `{name}`")).filter(|_| !has_password) {
        Some(name) => malformed(&format!("it has the parameter {name}, which is not supported")),
        None => malformed("it is not a valid address"),
    }
}

/// Encodes the characters of a password that end it for the parser, so that no part of it is taken for a host.
fn with_encoded_password(text: &str) -> Result<Cow<'_, str>, OpenError> {
    // The name of a database may contain an @ as well, and so may a user.
    let several = || {
        malformed(
            "it has several @, and does not tell which one ends the password: write the others as %40, and in the password \
                              a / as %2F and a ? as %3F",
        )
    };
    let Some(place) = password(text) else {
        // Digits that are taken for a port may begin a password with a space.
        let address = text.split_once('?').map_or(text, |(address, _)| address);
        return if address.matches('@').count() > 1 { Err(several()) } else { Ok(Cow::Borrowed(text)) };
    };
    let password = &text[place.clone()];
    let of_user = text[..place.start].contains('@');
    if of_user && text.matches('@').count() == 1 {
        return Err(malformed("it has an invalid port"));
    }
    if of_user || password.contains('@') && password.contains(['/', '?']) {
        return Err(several());
    }
    let encoded = password.replace('@', "%40").replace('/', "%2F").replace('?', "%3F");
    Ok(Cow::Owned(format!("{}{encoded}{}", &text[..place.start], &text[place.end..])))
}

/// Encodes each @ in the parameters, where the parser would take what is before it for a user.
fn with_encoded_parameters(text: &str) -> Cow<'_, str> {
    match text.split_once('?') {
        Some((address, parameters)) if parameters.contains('@') => {
            Cow::Owned(format!("{address}?{}", parameters.replace('@', "%40")))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Splits the parameters of ours from the address.
fn without_own(text: &str) -> (String, Vec<(&'static str, String)>) {
    let Some((address, parameters)) = text.split_once('?') else { return (text.to_owned(), Vec::new()) };
    let (mut own, mut rest) = (Vec::new(), Vec::new());
    for parameter in parameters.split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match OWN.iter().find(|own| **own == name) {
            Some(name) => own.push((*name, percent_decoded(value))),
            None => rest.push(parameter),
        }
    }
    let parameters = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
    (format!("{address}{parameters}"), own)
}

/// Splits the hosts from an address that names no port: the parser would add its own, before that of a parameter, a service
/// or a variable.
fn without_hosts(address: &str) -> (String, Option<String>) {
    let unchanged = || (address.to_owned(), None);
    let Some((scheme, rest)) = address.split_once("://") else { return unchanged() };
    let (authority, after) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    let names_port = |host: &str| host.rsplit(']').next().is_some_and(|end| end.contains(':'));
    if hosts.is_empty() || hosts.split(',').any(names_port) {
        return unchanged();
    }
    let hosts: Vec<String> =
        hosts.split(',').map(|host| percent_decoded(host.trim_matches(['[', ']']))).collect();
    (format!("{scheme}://{user}{after}"), Some(hosts.join(",")))
}

/// Decodes `%2F` and the like. Other text is unchanged.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.filter(|_| *first == b'%').and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the address without its password and options.
fn shown(config: &Config, schema: &str) -> String {
    let user = config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
    let host = |(number, host): (usize, &Host)| {
        let port = match config.get_ports() {
            [] => None,
            [port] => Some(port),
            ports => ports.get(number),
        };
        let port = port.filter(|port| **port != 5432).map(|port| format!(":{port}")).unwrap_or_default();
        match host {
            Host::Tcp(name) => format!("{name}{port}"),
            Host::Unix(path) => format!("{}{port}", path.display()),
        }
    };
    let hosts: Vec<String> = config.get_hosts().iter().enumerate().map(host).collect();
    let database = config.get_dbname().map(|name| format!("/{name}")).unwrap_or_default();
    let schema = if schema == SCHEMA { String::new() } else { format!("?schema={schema}") };
    format!("postgres://{user}{}{database}{schema}", hosts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for text in [
            "postgres://ada:secret@db.example:5433/tenants?schema=other&sslmode=require",
            "postgresql://db.example:5433/tenants?user=ada&password=secret&schema=other",
            "postgresql://db.example:5433/tenants?user=ada&password=Pa@secret&schema=other",
            "postgres://ada:Pa@secret@db.example:5433/tenants?schema=other",
            "postgres://ada:Pa/secret?x@db.example:5433/tenants?schema=other",
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), "postgres://ada@db.example:5433/tenants?schema=other");
            assert!(url.has_password() && !format!("{url:?}").contains("secret"));
        }
    }

    #[test]
    fn a_stop_and_a_server_that_is_gone_while_a_store_is_opened_are_no_refusals() {
        let url: DatabaseUrl = "postgres://h/x".parse().unwrap();
        let gone = |is_away| Failure::Unanswered { waited: Duration::from_secs(10), is_away };
        for (failure, kind) in [
            (Failure::Silent, "stopped"),
            (StoreError::Stopped.into(), "stopped"),
            (gone(true), "unreachable"),
            (gone(false), "unreachable"),
            (StoreError::Engine { detail: "x".to_owned() }.into(), "server"),
        ] {
            assert_eq!(url.refused(failure).kind(), kind);
        }
    }

    #[test]
    fn an_address_without_a_port_leaves_it_to_others() {
        for (text, ports, shown) in [
            ("postgres://ada@h/x?port=6000", &[6000][..], "postgres://ada@h:6000/x"),
            ("postgres://h1,h2/x", &[], "postgres://h1,h2/x"),
            ("postgres://[::1]?user=ada", &[], "postgres://ada@::1"),
            ("postgres://h1:6000,h2/x", &[6000, 5432], "postgres://h1:6000,h2/x"),
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!((url.config.get_ports(), url.to_string()), (ports, shown.to_owned()));
        }
    }

    #[test]
    fn an_error_about_an_address_does_not_repeat_it() {
        for text in [
            "store.db",
            "postgres://ada:secret@db.example:port/x",
            "postgres://ada:secret@h/x?schema=",
            "postgres://ada:Pa@h/secret@h/x",
            "postgres://ada@corp:1234/secret@h",
            "postgres://ada@corp:1234/my secret@h",
            "postgres://ada@corp/secret@h",
            "postgres://ada@corp:secret@h/x",
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(!error.to_string().contains("secret") && error.hint().is_some(), "{error}");
        }
    }

    #[test]
    fn an_error_about_an_address_names_the_part_unless_it_may_be_of_a_password() {
        for (text, says) in [
            ("postgres://ada@h:port/x", "it has an invalid port"),
            ("postgres://h/x?keepalives=maybe", "it has an invalid keepalives"),
            ("postgres://h/x?connect_timeout=soon", "it has an invalid connect_timeout"),
            ("postgres://h/x?sslmod=require", "it has the parameter sslmod, which is not supported"),
            ("postgres://h/x?password=my&secret=1", "it is not a valid address"),
            ("postgres://h/x?passw%6Frd=my&secret=1", "it is not a valid address"),
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(error.ends_with(says), "{text}: {error}");
        }
    }
}

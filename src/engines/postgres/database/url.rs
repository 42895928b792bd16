//! The address of a database. It never shows its password.

use std::fmt;
use std::str::FromStr;

use postgres::Config;
use postgres::config::Host;

use crate::error::{Error, OpenError};

use super::Failure;
use super::failure::in_words;

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
    shown: String,
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

    /// Sets the password, unless the address contains one.
    pub fn or_password(mut self, password: &str) -> Self {
        if !self.has_password() {
            self.config.password(password);
        }
        self
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the schema as an identifier in SQL.
    pub(in crate::engines::postgres) fn quoted_schema(&self) -> String {
        format!("\"{}\"", self.schema.replace('"', "\"\""))
    }

    /// Returns the error of a server that refused the connection.
    pub(in crate::engines::postgres) fn refused(&self, failure: &Failure) -> Error {
        let reason = match failure {
            Failure::Server(error) => in_words(error),
            Failure::Store(error) => error.to_string(),
        };
        OpenError::Server { database: self.to_string(), reason }.into()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", self.shown)
    }
}

impl FromStr for DatabaseUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // The text may contain a password, and so may the parser's message.
        let malformed = |reason: &str| OpenError::Server {
            database: "the address of the database".to_owned(),
            reason: reason.to_owned(),
        };
        if !Self::is_url(text) {
            return Err(malformed("it does not start with postgres://").into());
        }
        let (rest, schema) = without_schema(text);
        let config: Config = rest.parse().map_err(|_| malformed("it is not a valid address"))?;
        let schema = schema.unwrap_or_else(|| SCHEMA.to_owned());
        if schema.is_empty() || schema.len() > 63 || schema.contains('\0') {
            return Err(malformed("the name of a schema has 1 to 63 bytes").into());
        }
        let shown = shown(&config, &schema);
        Ok(Self { config, schema, shown })
    }
}

/// Splits the parameter `schema`, which the server does not know, from the others.
fn without_schema(text: &str) -> (String, Option<String>) {
    let Some((address, parameters)) = text.split_once('?') else { return (text.to_owned(), None) };
    let (own, rest): (Vec<&str>, Vec<&str>) =
        parameters.split('&').partition(|parameter| parameter.starts_with("schema="));
    let schema = own.last().and_then(|parameter| parameter.strip_prefix("schema=")).map(str::to_owned);
    match rest.is_empty() {
        true => (address.to_owned(), schema),
        false => (format!("{address}?{}", rest.join("&")), schema),
    }
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
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), "postgres://ada@db.example:5433/tenants?schema=other");
            assert!(url.has_password() && !format!("{url:?}").contains("secret"));
        }
    }

    #[test]
    fn an_error_about_an_address_does_not_repeat_it() {
        for text in
            ["store.db", "postgres://ada:secret@db.example:port/x", "postgres://ada:secret@h/x?schema="]
        {
            let error = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(!error.to_string().contains("secret") && error.hint().is_some(), "{error}");
        }
    }
}

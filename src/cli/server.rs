//! Databases on a server, which are named by an address instead of a file.

use std::path::Path;

use crate::content_store::Store;
#[cfg(feature = "postgres")]
use crate::engines::postgres::DatabaseUrl;
use crate::masking::MaskedPath;
use crate::sqlite::{CreateFiles, OpenOptions, Stop};

use super::exit::Failure;
use super::messages::Messages;

/// The beginnings of an address.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Returns true if a name is the address of a server.
pub(super) fn is_address(named: &Path) -> bool {
    named.to_str().is_some_and(|text| SCHEMES.iter().any(|scheme| text.starts_with(scheme)))
}

/// Refuses a text that looks like an address or a connection string and is neither: as the name of a file, it would show a password.
pub(super) fn check_name(named: &Path) -> Result<(), Failure> {
    if !is_mistaken(named) {
        return Ok(());
    }
    let message = "the name of the database looks like the address of a server, but is none";
    let hint = "write an address as postgres://USER@HOST:PORT/DATABASE, with the password in PGPASSWORD or ~/.pgpass; put ./ before the \
                name of a file";
    Err(Failure::usage("malformed_address", message, hint))
}

/// Returns true if a name is neither an address nor clearly a file, and may contain a password.
fn is_mistaken(named: &Path) -> bool {
    let text = named.to_string_lossy().to_ascii_lowercase();
    if is_address(named) || ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start)) {
        return false;
    }
    let after = text.strip_prefix("postgresql").or(text.strip_prefix("postgres"));
    let names_user = text.split_once(':').is_some_and(|(_, after)| after.contains('@'));
    names_user || text.contains("password=") || after.is_some_and(|after| after.starts_with([':', '/']))
}

/// Returns a name as it may be shown: an address without its password and its parameters.
pub(super) fn shown(named: &Path) -> String {
    if is_mistaken(named) {
        return "•••".to_owned();
    }
    let text = named.shown();
    if is_address(named) { text.split('?').next().unwrap_or_default().to_owned() } else { text }
}

/// Returns the server that a name leads to, with what the environment completes; none for a file.
#[cfg(feature = "console")]
pub(super) fn target(named: &Path) -> Option<String> {
    #[cfg(feature = "postgres")]
    let complete = |named: &Path| completed(named).ok().map(|url| url.to_string());
    #[cfg(not(feature = "postgres"))]
    let complete = |_: &Path| None;
    is_address(named).then(|| complete(named).unwrap_or_else(|| shown(named)))
}

#[cfg(feature = "postgres")]
fn completed(named: &Path) -> Result<DatabaseUrl, crate::Error> {
    named.to_string_lossy().parse::<DatabaseUrl>()?.completed(|name| std::env::var(name).ok())
}

/// Returns true if an address contains a password.
pub(super) fn has_password(named: &Path) -> bool {
    is_mistaken(named) || named.shown() != named.to_string_lossy()
}

/// Connects to a database, and creates its tables as requested.
#[cfg(feature = "postgres")]
pub(super) fn open(
    named: &Path,
    options: OpenOptions,
    create: CreateFiles,
    (stop, messages): (Stop, Messages),
) -> Result<Store, Failure> {
    let url = completed(named)?;
    url.warnings().iter().for_each(|warning| messages.announce("password_file", warning));
    let store = Store::connect_stopped_by(stop, &url, options, create == CreateFiles::IfMissing)?;
    if store.cannot_write() {
        let text = format!("{url} is opened read-only, because this user or its server cannot write it");
        messages.announce("read_only", &text);
    }
    Ok(store)
}

/// Refuses a server that this program cannot use.
#[cfg(not(feature = "postgres"))]
pub(super) fn open(_: &Path, _: OpenOptions, _: CreateFiles, _: (Stop, Messages)) -> Result<Store, Failure> {
    let message = "this program was built without support for PostgreSQL";
    Err(Failure::usage("no_server", message, "build it with the feature postgres, or name a file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (named, as_shown, with_password) in [
            ("postgres://ada:secret@db.example/x?sslmode=require", "postgres://ada@db.example/x", true),
            ("postgresql://ada:s:e@cret@db.example", "postgresql://ada@db.example", true),
            ("postgresql://ada:s/e@db.example/x", "postgresql://ada@db.example/x", true),
            ("PostgreSQL://ada:secret@db.example/x", "•••", true),
            ("postgres://db.example/x?user=ada&password=secret", "postgres://db.example/x", true),
            ("postgres://ada@db.example:5433/x", "postgres://ada@db.example:5433/x", false),
            ("./postgres/ada:secret@x.db", "./postgres/ada:secret@x.db", false),
        ] {
            let path = Path::new(named);
            assert_eq!((shown(path).as_str(), has_password(path)), (as_shown, with_password));
        }
    }

    #[test]
    fn a_name_that_may_contain_a_password_is_refused() {
        for named in [
            "postgres:ada:secret@db.example",
            "postgres//ada:secret@db.example/x",
            "postgres:/ada:secret@db.example/x",
            "Postgres://ada:secret@db.example/x",
            "ada:secret@db.example/x",
            "mysql://ada:secret@db.example/x",
            "host=db.example user=ada password=secret dbname=x",
        ] {
            let refused = check_name(Path::new(named)).unwrap_err();
            assert!(!format!("{refused:?}").contains("secret"), "{refused:?}");
            assert_eq!(shown(Path::new(named)), "•••");
        }
        for named in
            ["postgres://ada:secret@h/x", "postgres.db", "postgres-2.db", "a@b.db", "./a:b@c.db", "/a:b@c"]
        {
            assert!(check_name(Path::new(named)).is_ok(), "{named}");
        }
    }
}

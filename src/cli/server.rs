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

/// Returns a name as it may be shown: an address without its password and its parameters.
pub(super) fn shown(named: &Path) -> String {
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
    named.shown() != named.to_string_lossy()
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
    url.warnings().iter().for_each(|warning| messages.say(warning));
    let store = Store::connect_stopped_by(stop, &url, options, create == CreateFiles::IfMissing)?;
    if store.cannot_write() {
        messages.say(&format!("{url} is opened read-only, because this user or its server cannot write it"));
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
            ("PostgreSQL://ada:secret@db.example/x", "PostgreSQL://ada@db.example/x", true),
            ("postgres://db.example/x?user=ada&password=secret", "postgres://db.example/x", true),
            ("postgres://ada@db.example:5433/x", "postgres://ada@db.example:5433/x", false),
            ("postgres/ada:secret@x.db", "postgres/ada:secret@x.db", false),
        ] {
            let path = Path::new(named);
            assert_eq!((shown(path).as_str(), has_password(path)), (as_shown, with_password));
        }
    }
}
